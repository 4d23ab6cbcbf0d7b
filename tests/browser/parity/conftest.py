"""A page that computes with the canvas's modules, and a desk to exchange arrays with it."""

import functools
import http.server
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CANVAS = Path(__file__).resolve().parents[3] / "app" / "canvas"

# Codes, decodings and log-variances at every weight, in one array, sent back as they are.
PAGE = """<!doctype html><link rel="icon" href="data:,"><script type="module">
const numbers = async name => new Float32Array(await (await fetch(name)).arrayBuffer());
window.run = async (name, n, weights) => {
  const { loadCodec } = await import("/network.js");
  const codec = await loadCodec(name + ".bin");
  const x = await numbers(name + ".x"), z = await numbers(name + ".z");
  const prepared = codec.prepare(x, n), { D, latentDim: d } = codec;
  for (const [i, weight] of weights.entries()) {
    if (weight !== null) codec.setWeight(weight);
    const parts = [codec.decode(z.subarray(i * n * d), n)];
    if (codec.variant === "variational") {
      const { mu, logVar } = codec.posterior(x, n);
      parts.push(mu, logVar);
    } else parts.push(i % 2 ? prepared.encode(0, n) : codec.encode(x, n));
    await fetch(`${name}.${i}`, { method: "POST", body: new Blob(parts) });
  }
};
// [reconstruction, penalty] at every weight.
window.terms = async (name, n, weights) => {
  const { loadCodec } = await import("/network.js");
  const codec = await loadCodec(name + ".bin"), x = await numbers(name + ".x");
  return weights.map(weight => {
    if (weight !== null) codec.setWeight(weight);
    const { reconstruction, penalty } = codec.terms(x, n);
    return [reconstruction, penalty];
  });
};
// Singular values and input directions of ∂f/∂x at one sample, at every weight.
window.directions = async (name, weights) => {
  const { loadCodec } = await import("/network.js"), { jacobian } = await import("/jacobian.js");
  const { singular } = await import("/singular.js");
  const codec = await loadCodec(name + ".bin"), x = await numbers(name + ".x");
  return weights.map(weight => {
    if (weight !== null) codec.setWeight(weight);
    const { values, inputs } = singular(jacobian(codec, x), codec.latentDim, codec.D);
    return [values, inputs.map(one => [...one])];
  });
};
// Rows nearest to each of some questions, one after the other, as a hand asks.
window.nearest = async (all, questions, n, count) => {
  const { nearestOf } = await import("/nearest.js");
  let before = [];
  return questions.map(([one, self]) => (before = nearestOf(all, one, self, n, count, before)));
};
// The plane of codes (n, d), asked at once and, from there, of the same codes turned a little.
window.planes = async (first, second, n, d) => {
  const { mainPlane } = await import("/principal.js");
  const before = { directions: null };
  return [first, second].map(z => {
    const mean = new Float64Array(d);
    for (let i = 0; i < n * d; i++) mean[i % d] += z[i] / n;
    const { directions, shares } = mainPlane(z, mean, n, d, before.directions);
    before.directions = directions;
    return [directions.map(one => [...one]), shares];
  });
};
// One sample bent by given draws.
window.bent = async (...settings) => [...(await import("/bend.js")).moved(...settings)];
window.ready = true;
</script>"""


@dataclass
class Desk:
    """Files by name for the page to fetch, and what it sent back."""

    files: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)


class Handler(http.server.SimpleHTTPRequestHandler):
    """The canvas's modules, the page, and a desk to leave arrays on."""

    def __init__(self, *args, desk, **kwargs):
        self.desk = desk
        super().__init__(*args, directory=str(CANVAS), **kwargs)

    def do_GET(self):
        name = self.path.lstrip("/")
        body = PAGE.encode() if not name else self.desk.files.get(name)
        if body is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if name else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.desk.answers[self.path.lstrip("/")] = body
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def desk():
    return Desk()


@pytest.fixture(scope="module")
def address(desk):
    handler = functools.partial(Handler, desk=desk)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def pages(browser, address):
    """pages[False] computes with SIMD, pages[True] has never heard of WebAssembly."""
    context, found = browser.new_context(), {}
    for plain in (False, True):
        page = found[plain] = context.new_page()
        if plain:
            page.add_init_script("delete globalThis.WebAssembly")
        page.goto(address)
        page.wait_for_function("window.ready")
        assert page.evaluate("typeof WebAssembly") == ("undefined" if plain else "object")
    yield found
    context.close()
