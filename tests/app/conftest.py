"""Pages in a test: opened by address, with models that are made here in a moment."""

import base64
import functools
import re
from pathlib import Path

import pytest
import torch
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from ae_core import build, load_dataset, save_model
from ae_core.runs.execute import execute
from app import services
from app.serving import routes
from tests.app import loops
from tests.app.pages import TINY
from tests.app.racing import raced

ENTRY = Path(__file__).resolve().parents[2] / "app" / "streamlit_app.py"
KNOBS = {
    "undercomplete": {},
    "sparse": {"lambda_": (0.01, 1.0)},
    "contractive": {"lambda_": (0.01, 10.0)},
    "denoising": {"noise_std": (0.0, 1.0)},
    "variational": {"beta": (0.01, 3.0)},
}


@pytest.fixture
def no_models(monkeypatch, tmp_path):
    """A machine without any trained model."""
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path / "home"))
    for module in ("ae_core.folders", "app.services.catalogue"):
        monkeypatch.setattr(f"{module}.SHIPPED_MODELS", tmp_path / "shipped")
    return tmp_path


@pytest.fixture
def make_models(no_models, monkeypatch):
    """make_models(data, d): a network of every variant, its weights shaken but not trained.

    A fresh gate answers every λ alike; a shaken one does not. A quick machine makes them while the
    shelf still trusts its last look.
    """
    monkeypatch.setattr("app.services.shelf.FRESH", 0.0)

    def make(data, d):
        dataset = load_dataset(data)
        for variant, knob in KNOBS.items():
            model = build(
                variant, dataset.sample_shape, seed=0, latent_dim=d, hidden_sizes=(16,), **knob
            )
            generator = torch.Generator().manual_seed(1)
            with torch.no_grad():
                for p in model.parameters():
                    p += 0.1 * torch.randn(p.shape, generator=generator)
            path = no_models / "home" / "models" / f"{data}-{variant}-d{d}.safetensors"
            path.parent.mkdir(parents=True, exist_ok=True)
            save_model(model, path, dataset=dataset)

    return make


@pytest.fixture
def trained_here(no_models, monkeypatch):
    """Runs are trained in this process before `submit` returns; no worker is started."""
    monkeypatch.setattr("ae_core.runs.execute.LINGER", 3.0)  # who stands still is let go soon

    def submit(runs, **_):
        execute(list(runs))
        return []

    monkeypatch.setattr("ae_core.jobs.submit", submit)
    return no_models


@pytest.fixture
def open_page():
    """open_page("reconstruct", data="moons"): the page after its first run."""

    def open_(page, **query):
        app = AppTest.from_file(str(ENTRY), default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        if page != "home":
            app.switch_page(f"views/{page}.py")
        app.run()
        assert not app.exception
        return app

    return open_


@pytest.fixture
def asked():
    """asked(app, "sample"): what the address says of a field; None where it says nothing."""

    def read(app, name):
        value = app.query_params.get(name)
        return value[0] if isinstance(value, list) else value

    return read


@pytest.fixture
def drawn():
    """drawn(app): everything the page drew as HTML, the drawings inside decoded to SVG."""

    def unpack(found):
        return base64.b64decode(found.group(1)).decode()

    def html(app):
        bodies = "\n".join(element.proto.body for element in app.get("html"))
        return re.sub(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", unpack, bodies)

    return html


@pytest.fixture
def finished(trained_here):
    return raced("undercomplete", "denoising", "variational")


@pytest.fixture
def tiny(trained_here, open_page):
    def open_(race=TINY, **query):
        return open_page("train", race=race, **query)

    return open_


@pytest.fixture
def shown(asked):
    """shown(app): the race that the page's address names."""

    def read(app):
        return services.find_race(asked(app, "run"))

    return read


@pytest.fixture
def ask():
    """ask(app, "/path", host): status, headers and body, without a socket."""

    def request(app, path, host="localhost:8501", method="GET", body=b"", headers=()):
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": [(b"host", host.encode()), *headers], "scheme": "http",
            "http_version": "1.1", "server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 5),
            "root_path": "",
        }  # fmt: skip
        loops.run(app(scope, receive, send))
        headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])

    return request


@pytest.fixture
def get(ask):
    """get("/path"): what the app's own routes answer."""
    return functools.partial(ask, Starlette(routes=routes()))
