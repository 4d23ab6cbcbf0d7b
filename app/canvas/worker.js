// One codec away from the page's own thread: it encodes all samples again for every new weight.

import { loadCodec } from "./network.js";

let codec, prepared, n;

async function start({ url, x }) {
  codec = await loadCodec(url);
  n = x.length / codec.D;
  prepared = codec.prepare(x, n);
  return null;
}

function encode({ weight }) {
  codec.setWeight(weight);
  return prepared.encode(0, n);
}

self.onmessage = async ({ data }) => {
  const { job } = data;
  try {
    const codes = data.url ? await start(data) : encode(data);
    self.postMessage({ job, codes }, codes ? [codes.buffer] : []);
  } catch (error) {
    self.postMessage({ job, error: String(error) }); // a rejection here is not heard outside
  }
};
