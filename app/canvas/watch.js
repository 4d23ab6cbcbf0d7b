// What a race and a sweep have in common: runs that others train, looked at again and again, and wishes to them.

import { Asker } from "./asker.js";
import { h, say } from "./dom.js";
import { OVER } from "./racebar.js";

const PATIENCE = 2000; // ms for which a wish may go unanswered

// A page of its own says: source(props), what it is built of; build(props); request(), to show what is new.
export class Watch {
  constructor(component, kind) {
    this.asker = new Asker(component);
    this.root = h("div", { class: `bnc ${kind}` });
    component.parentElement.append(this.root);
    this.sizes = new ResizeObserver(() => this.request());
    this.sizes.observe(this.root);
  }

  unmount() {
    this.gone = this.asker.gone = true;
    this.reports?.stop();
    this.sizes.disconnect();
    this.root.remove();
  }

  async update(component) {
    this.asker.update(component);
    const { data: props } = component;
    if (JSON.stringify(this.source(props)) !== JSON.stringify(this.source(this.props))) return this.build(props);
    this.props = props;
    this.request();
  }

  // What the folders tell: whether a wish was granted, and the end, which Python should know.
  heard(news) {
    this.news = news;
    if (this.pending && (this.pending.state !== news.state || performance.now() > this.pending.until)) this.pending = null;
    if (news.state !== this.told && OVER.includes(news.state)) this.asker.ask({ act: "seen" });
    this.told = news.state;
  }

  // Buttons wait until the state is another one.
  wait() {
    this.pending = { state: this.news.state, until: performance.now() + PATIENCE };
  }

  // haste: ms until the folders are looked at again
  async wish(wish, haste) {
    this.request();
    this.refused = await this.asker.ask(wish);
    if (this.refused) this.pending = null;
    this.reports.in(this.refused ? 0 : haste);
  }

  say(words) {
    this.note.hidden = !words;
    say(this.note, words);
  }
}
