// News of what other processes do: the server is asked again and again, sooner after a wish.

const RETRY = 2000; // ms after which a server that did not answer is asked again

export class News {
  // url(): where they are; hear(news): ms until the next look, none after the last; say(words)
  constructor(url, hear, say, text) {
    Object.assign(this, { url, hear, say, text });
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  in(wait) {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => this.look(), wait);
  }

  // A look, and another one after a while.
  async look() {
    clearTimeout(this.timer);
    let wait = RETRY;
    try {
      const answer = await fetch(this.url(), { cache: "no-store" });
      if (this.stopped) return;
      if (answer.status === 404) return this.say(this.text.gone);
      if (!answer.ok) throw new Error(String(answer.status));
      wait = this.hear(await answer.json());
    } catch (error) {
      if (this.stopped) return;
      console.warn("No news:", error);
      this.say(this.text.lost);
    }
    if (wait) this.timer = setTimeout(() => this.look(), wait);
  }
}
