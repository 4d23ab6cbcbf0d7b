// Wishes of a hand, by way of Python: each is sent until it was heard.

const [AGAIN, TIMES] = [1500, 5]; // ms after which a wish that was not heard is sent again, and how often

export class Asker {
  constructor(component) {
    this.update(component);
  }

  update({ setStateValue, data }) {
    Object.assign(this, { keepState: setStateValue, heard: data.view.serial });
  }

  ask(wish) {
    this.serial = Math.max(Date.now(), (this.serial ?? 0) + 1);
    this.send({ ...wish, serial: this.serial }, 0);
  }

  // Again with the same serial until Python says that it was heard: one that has just been started anew knows
  // nobody's component before it has drawn the page once.
  send(wish, times) {
    if (this.gone || wish.serial !== this.serial || this.heard >= wish.serial || times > TIMES) return;
    this.keepState("kept", { ...wish, times });
    setTimeout(() => this.send(wish, times + 1), AGAIN);
  }
}
