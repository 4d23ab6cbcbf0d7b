// Codes of many samples at the weight of the moment, computed in a worker; only the newest counts.

// -> {encode(weight): Promise of (n · d) codes, or of null where a newer weight came; close()}.
// Rejects where the browser gives no module worker: encode on the page's thread then.
export async function remoteEncoder(url, x) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  let job = 0, busy = null, next = null;
  const failed = new Promise((_, reject) => {
    worker.onerror = event => reject(new Error(event.message || "the worker did not start"));
  });
  failed.catch(() => {}); // heard by whoever waits for an answer
  const ask = message => Promise.race([failed, new Promise((resolve, reject) => {
    const mine = ++job;
    const hear = ({ data }) => {
      if (data.job !== mine) return;
      worker.removeEventListener("message", hear);
      if (data.error) reject(new Error(data.error));
      else resolve(data.codes);
    };
    worker.addEventListener("message", hear);
    worker.postMessage({ ...message, job: mine });
  })]);
  await ask({ url: new URL(url, location.href).href, x });

  // While one weight is computed at most one other waits: the hand has long left those between.
  async function encode(weight) {
    next?.(null);
    if (busy) {
      const skipped = await Promise.race([busy.then(() => false), new Promise(resolve => {
        next = () => resolve(true);
      })]);
      next = null;
      if (skipped) return null;
    }
    const answer = ask({ weight });
    busy = answer.finally(() => (busy = null));
    return answer;
  }

  return { encode, close: () => worker.terminate() };
}
