"""What the live canvas costs, measured in a real Chromium on this machine.

    python -m benchmarks.live [--rounds 5] [--slower 4]

Start: from the command to the first full home page, its reload, and its bytes beyond Streamlit's
own. Engine: a 784-512-256-2 network with gates, random weights, over 2,000 MNIST test images (or
random pixels with MNIST's share of zeros where the files are not here); what a move over a plane
and a move of a weight slider have to wait for, best of the rounds, since the machine is shared.
Hand: frames and delays of the open pages (benchmarks/live_hands.py). Race: how soon it obeys
(benchmarks/live_race.py). With --slower: only the hand's frames, on a page whose processor Chromium
slows down that many times. The load stands below each part. What visitors cost the server:
`python -m benchmarks.load`.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from ae_core import DataUnavailable, build, load_dataset
from ae_core.binary import as_binary, framed
from app.canvas.modules import modules_base
from benchmarks.app_server import AppServer, app_server, machine_load
from benchmarks.live_hands import hand_rows, slow_rows
from benchmarks.live_race import race_rows
from benchmarks.row import PATIENCE, Row

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu"]
RELOADS = 5
PAUSE = 1000  # ms between two: what a page does once it is full
POINTS = 2000
# Looks in every frame and keeps the first, in ms of the page's own clock since it was asked for,
# that finds the codes of all six codecs drawn, nothing running and nothing stale.
FULL = """requestAnimationFrame(function look(now) {
  const hosts = [...document.querySelectorAll('.stMain *')].map(e => e.shadowRoot).filter(Boolean);
  const drawn = hosts.flatMap(host => [...host.querySelectorAll('canvas[data-weight]')]);
  const { testScriptState: state } = document.querySelector('[data-testid=stApp]')?.dataset ?? {};
  const rests = state === 'notRunning' && !document.querySelector('[data-stale=true]');
  if (drawn.length === 6 && rests) window.full = now;
  else requestAnimationFrame(look);
})"""
OURS = "/_bottleneck/"

ENGINE = """async ({ base, codec, data, rounds }) => {
  const { codecOf, unframe } = await import(base + "network.js");
  const frame = async (url) => unframe(await (await fetch(url)).arrayBuffer());
  const file = await frame(codec), { arrays: [x] } = await frame(data), n = x.length / 784;
  const best = (work, repeat = 1) => {
    const times = [];
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      for (let j = 0; j < repeat; j++) work(j / repeat);
      times.push((performance.now() - start) / repeat);
    }
    return Math.min(...times);
  };
  const net = codecOf(file), z = Float32Array.of(0.3, -0.7), pixels = new Float32Array(784);
  const prepared = net.prepare(x, n), codes = new Float32Array(2 * n);
  const [low, high] = net.range, weight = u => low * (high / low) ** u;
  const all = Array.from({ length: 6 }, () => {
    const codec = codecOf(file);
    return { codec, samples: codec.prepare(x, n) };
  });
  return {
    load: best(() => codecOf(file)),
    weight: best(u => net.setWeight(weight(u)), 100),
    decode: best(() => net.decode(z, 1, pixels), 200),
    six: best(() => all.forEach(({ codec }) => codec.decode(z, 1, pixels)), 50),
    encode: best(() => net.encode(x, n, codes)),
    one: best(() => (net.setWeight(weight(0.4)), prepared.encode(0, n, codes))),
    planes: best(() => all.forEach(({ codec, samples }) => {
      codec.setWeight(weight(0.4));
      samples.encode(0, n, codes);
    })),
  };
}"""


def start_rows(browser: Browser, server: AppServer) -> list[Row]:
    """Command to first full picture, reload, and bytes of our own."""
    page, sizes = browser.new_page(), {}
    page.on("response", lambda r: sizes.update({r.url: r}) if OURS in r.url else None)
    page.add_init_script(FULL)
    cold = time.monotonic() - server.started
    page.goto(server.url)
    cold += seconds_until_full(page)
    own = sum(len(r.body()) for r in sizes.values())
    warm = []
    for _ in range(RELOADS):
        page.reload()
        warm.append(seconds_until_full(page))
        page.wait_for_timeout(PAUSE)
    page.close()
    return [
        Row("cold start: command to the first full home page", cold, "s", 8),
        Row(f"warm reload of the home page, median of {RELOADS}", median(warm), "s", 1.5),
        Row(f"warm reload of the home page, slowest of {RELOADS}", max(warm), "s"),
        Row("bytes of modules, codecs and samples for the home page", own / 1e6, "MB", 3),
    ]


def seconds_until_full(page: Page) -> float:
    """From the page's being asked for to its first full picture."""
    return float(page.wait_for_function("window.full", timeout=PATIENCE).json_value()) / 1000


def pixels() -> np.ndarray[Any, Any]:
    """(2000, 784) float32."""
    try:
        x = load_dataset("mnist").test[:POINTS]
    except DataUnavailable:
        generator = torch.Generator().manual_seed(0)
        x = torch.rand(POINTS, 784, generator=generator)
        x = x * (torch.rand(x.shape, generator=generator) < 0.19)
    return x.flatten(1).numpy()


def engine_rows(page: Page, server: AppServer, rounds: int) -> list[Row]:
    """The forward pass itself, on the page's main thread."""
    model = build("variational", (1, 28, 28), beta=(0.01, 10.0), output="sigmoid")
    files = {"codec": as_binary(model), "data": framed({}, [pixels()])}
    for name, body in files.items():
        page.route(f"**/{name}.bench", lambda route, _, body=body: route.fulfill(body=body))
    page.goto(server.url + "/_stcore/health")
    asked = {"base": modules_base(), "codec": "/codec.bench", "data": "/data.bench"}
    found = page.evaluate(ENGINE, {**asked, "rounds": rounds})
    return [
        Row("a codec's file into working memory", found["load"], "ms"),
        Row("a new weight, 784-512-256-2, of which 512 × 256 moves", found["weight"], "ms", 1),
        Row("one decode, 2-256-512-784", found["decode"], "ms", 1),
        Row("six decodes, as a pointer over six planes asks", found["six"], "ms", 16),
        Row("2,000 MNIST points encoded from pixels", found["encode"], "ms"),
        Row("2,000 MNIST points at a new weight, one plane", found["one"], "ms", 33),
        Row("2,000 MNIST points at a new weight, six planes", found["planes"], "ms", 150),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slower", type=int, help="only frames, so many times throttled")
    args = parser.parse_args()
    path = next((p for p in CHROMIUM if Path(p).exists()), None)
    with sync_playwright() as playwright, app_server() as server:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        if args.slower:
            for row in slow_rows(browser, server, args.slower):
                print(row, flush=True)
            print(machine_load())
            return
        for row in start_rows(browser, server):
            print(row, flush=True)
        print(machine_load())
        for row in engine_rows(browser.new_page(), server, args.rounds):
            print(row, flush=True)
        print(machine_load())
        for row in hand_rows(browser, server):
            print(row, flush=True)
        print(machine_load())
        for row in race_rows(browser, server):
            print(row, flush=True)
        browser.close()
    print(machine_load())


if __name__ == "__main__":
    main()
