// Wishes of a hand: orders to the processes that train by a request of their own, for a run of the page would keep
// the hand waiting; what the page itself should do by way of Python, sent until it was heard.

const ORDERS = ["play", "pause", "step", "change", "cancel", "resume"];
const [AGAIN, TIMES] = [1500, 5]; // ms after which a wish that was not heard is sent again, and how often

export class Asker {
  constructor(component) {
    this.update(component);
  }

  update({ setStateValue, data }) {
    Object.assign(this, { keepState: setStateValue, heard: data.view.serial, orders: data.orders, text: data.text });
  }

  // "" once it was passed on, else why it was not.
  async ask(wish) {
    if (ORDERS.includes(wish.act)) return this.order(wish);
    this.serial = Math.max(Date.now(), (this.serial ?? 0) + 1);
    this.send({ ...wish, serial: this.serial }, 0);
    return "";
  }

  // Whether Python has heard all.
  idle() {
    return this.serial == null || this.heard >= this.serial;
  }

  async order(wish) {
    try {
      const body = JSON.stringify(wish);
      const answer = await fetch(this.orders, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (answer.status === 404) return this.text.gone;
      return (await answer.json()).refused;
    } catch (error) {
      console.warn("The order was not heard:", error);
      return this.text.unheard;
    }
  }

  // Again with the same serial until Python says that it was heard: one that has just been started anew knows
  // nobody's component before it has drawn the page once.
  send(wish, times) {
    if (this.gone || wish.serial !== this.serial || this.heard >= wish.serial || times > TIMES) return;
    this.keepState("kept", { ...wish, times });
    setTimeout(() => this.send(wish, times + 1), AGAIN);
  }
}
