// What a visitor keeps, on its way to Python, which writes the address.

// Streamlit delivers the last of several messages alone: each carries all that is not answered yet.
export class Keeper {
  constructor(component) {
    Object.assign(this, { serial: 0, open: {} });
    this.heed(component);
  }

  heed({ setStateValue }) {
    this.send = setStateValue;
  }

  keep(changes) {
    this.serial += 1;
    Object.assign(this.open, changes);
    this.send("kept", { serial: this.serial, ...this.open });
  }

  // Whether a view answers all that was kept; else it is an echo of something older. Where nothing
  // is open, a lower number is no echo but a server that has begun anew.
  hears({ serial }) {
    if (serial < this.serial && Object.keys(this.open).length) return false;
    this.serial = serial;
    this.open = {};
    return true;
  }

  // A view with what it does not know yet.
  latest(view) {
    return this.hears(view) ? view : { ...view, ...this.open };
  }
}

// Whether an answer tells something else than what is known: where it does not, a hand may be further by now.
export const differs = (told, known) => JSON.stringify(told) !== JSON.stringify(known);
