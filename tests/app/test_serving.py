"""What the server hands out beside pages: files named by their content, and nothing else."""

import asyncio
import functools
import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette

from ae_core import build, load_dataset, save_model
from ae_core.binary import as_binary
from app import services
from app.canvas.modules import FOLDER, modules_base
from app.services.cache import forget_all
from app.serving import door, routes

UNKNOWN = 32 * "0"


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
        asyncio.run(app(scope, receive, send))
        headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:])

    return request


@pytest.fixture
def get(ask):
    """get("/path"): what the app's own routes answer."""
    return functools.partial(ask, Starlette(routes=routes()))


def header_of(body):
    (length,) = struct.unpack_from("<I", body)
    return json.loads(body[4 : 4 + length]), 4 + length + -length % 4


def test_a_codec_is_served_under_the_digest_of_its_bytes(get, make_models):
    make_models("digits", 2)
    which = services.ref("digits", "variational", 2, 0.5)
    url = services.codec_url(which)
    status, headers, body = get(url)
    assert status == 200
    assert url == f"/_bottleneck/codec/{hashlib.sha256(body).hexdigest()[:32]}.bin"
    assert header_of(body)[0]["range"] == [0.01, 3.0]
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "identity"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_every_weight_of_a_codec_has_one_address(make_models):
    make_models("digits", 2)
    urls = {services.codec_url(services.ref("digits", "sparse", 2, w)) for w in (0.02, 0.5)}
    assert len(urls) == 1
    other = services.codec_url(services.ref("digits", "contractive", 2, 0.5))
    assert other not in urls


def test_pca_is_served_as_well(get):
    status, _, body = get(services.codec_url(services.ref("digits", "pca", 3)))
    assert status == 200
    header, _ = header_of(body)
    assert (header["variant"], header["latent_dim"], header["range"]) == ("pca", 3, None)


def test_a_model_that_changed_is_not_served_under_its_old_name(get, make_models, no_models):
    make_models("digits", 2)
    url = services.codec_url(services.ref("digits", "sparse", 2))
    assert get(url)[0] == 200
    folder = no_models / "home" / "models"
    (folder / "digits-contractive-d2.safetensors").unlink()
    other = build("sparse", (1, 8, 8), seed=5, lambda_=(0.01, 1.0))
    save_model(other, folder / "digits-sparse-d2.safetensors", dataset=load_dataset("digits"))
    forget_all()  # as after a restart, or when many others were asked for since
    assert get(url)[0] == 404
    assert get(services.codec_url(services.ref("digits", "sparse", 2)))[0] == 200


@pytest.mark.parametrize("name", ["digits", "shapes", "patches", "moons", "cbf"])
def test_samples_arrive_exactly(get, name):
    data = load_dataset(name)
    status, _, body = get(services.samples_url(name, "test", 50))
    assert status == 200
    header, at = header_of(body)
    raw = np.frombuffer(body, header["arrays"][0]["dtype"], data.test[:50].numel(), at)
    x = (raw * header["scale"] + header["offset"]).astype(np.float32)
    assert np.array_equal(x, data.test[:50].flatten().numpy())
    at += raw.nbytes + -raw.nbytes % 4
    assert np.frombuffer(body, "<i4", 50, at).tolist() == list(range(50))
    if data.test_labels is not None:
        assert np.frombuffer(body, "<i4", 50, at + 200).tolist() == data.test_labels[:50].tolist()
    assert header["shape"] == list(data.sample_shape)


def test_single_rows_arrive_with_their_own_places_and_classes(get):
    data, rows = load_dataset("digits"), (3, 40, 101)
    body = get(services.samples_url("digits", rows=rows))[2]
    header, at = header_of(body)
    raw = np.frombuffer(body, "u1", 192, at)
    assert np.allclose(raw * header["scale"], data.test[list(rows)].flatten().numpy())
    assert np.frombuffer(body, "<i4", 3, at + 192).tolist() == list(rows)
    classes = data.test_labels[list(rows)].tolist()
    assert np.frombuffer(body, "<i4", 3, at + 204).tolist() == classes


def test_digits_travel_as_bytes(get):
    header, _ = header_of(get(services.samples_url("digits"))[2])
    assert header["arrays"][0]["dtype"] == "uint8"


def test_modules_come_from_one_set_and_find_each_other(get):
    base = modules_base()
    for path in FOLDER.glob("*.js"):
        status, headers, body = get(base + path.name)
        assert (status, body) == (200, path.read_bytes())
        assert headers["content-type"].startswith("text/javascript")
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("import ") and " from " in line:
                name = line.split('"./')[1].split('"')[0]
                assert (FOLDER / name).is_file(), f"{path.name} imports {name}"
    assert get(base.replace(base.split("/")[-2], UNKNOWN) + "network.js")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/_bottleneck/",
        f"/_bottleneck/codec/{UNKNOWN}.bin",
        f"/_bottleneck/data/{UNKNOWN}.bin",
        "/_bottleneck/codec/../../requirements.txt",
        "/_bottleneck/codec/..%2f..%2frequirements.txt.bin",
        "/_bottleneck/codec//etc/passwd.bin",
        "/_bottleneck/data/digits.bin",
        "/_bottleneck/js/__init__.py",
        "/_bottleneck/anything/else",
    ],
)
def test_what_nobody_named_is_not_found(get, path):
    status, headers, body = get(path)
    assert (status, body) == (404, b"Not found")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["../serving.py", "__init__.py", "canvas.css", "modules.py", "..", ".", "%2e%2e"]
)
def test_the_module_route_serves_modules_only(get, name):
    assert get(modules_base() + name)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(get, method):
    url = services.samples_url("digits", "test", 5)
    assert get(url, method=method)[0] in (404, 405)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8501", 200), ("127.0.0.1", 200), ("evil.example", 400), ("", 400),
        ("localhost.evil.example", 400), ("127.0.0.1.nip.io:8501", 400),
    ],
)  # fmt: skip
def test_foreign_host_names_are_refused(monkeypatch, ask, host, status):
    url = services.samples_url("digits", "test", 5)
    settings = {"server.allowedHosts": ["localhost", "127.0.0.1"]}
    monkeypatch.setattr(st, "get_option", settings.get)
    guarded = Starlette(routes=routes(), middleware=door())
    assert ask(guarded, url, host)[0] == status
    assert ask(guarded, "/any/other/path", host)[0] == (404 if status == 200 else 400)


def test_without_a_list_of_hosts_every_name_is_let_in(monkeypatch, ask):
    monkeypatch.setattr(st, "get_option", {"server.allowedHosts": ["*"]}.get)
    assert ask(Starlette(routes=routes(), middleware=door()), "/x", "class.example")[0] == 404


def test_a_base_path_is_part_of_every_address(monkeypatch, ask):
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/lab/"}.get)
    url = services.samples_url("digits", "test", 5)
    assert url.startswith("/lab/_bottleneck/data/")
    assert ask(Starlette(routes=routes()), url)[0] == 200


def test_a_file_of_the_program_is_never_named_by_a_visitor():
    """The only thing taken from an address is compared with names that the program made."""
    assert services.asset(UNKNOWN) is None
    assert services.asset(str(Path(__file__))) is None
    assert services.asset("") is None


def test_large_weights_travel_as_float16_where_it_does_not_show(monkeypatch, get, make_models):
    make_models("digits", 2)
    which = services.ref("digits", "undercomplete", 2)
    whole = header_of(get(services.codec_url(which))[2])[0]
    assert {a["dtype"] for a in whole["arrays"]} == {"float32"}
    monkeypatch.setattr("app.services.assets.WORTH_HALVING", 100)
    from app.services import assets

    content = assets._codec_file(which)
    model = assets.network(which)
    fits = assets.half_suffices(model, load_dataset("digits").valid[:64])
    assert content == as_binary(model, half=fits)


@pytest.fixture
def race(trained_here):
    small = (("hidden_sizes", (8,)), ("latent_dim", 2))
    settings = services.RaceSettings("digits", (("undercomplete", small),), 2, 256, 0.003, 0)
    return services.find_race(services.start_race(settings, "somebody"))


def test_news_of_a_race_are_never_kept_and_its_snapshots_for_ever(get, race):
    status, headers, body = get(f"/_bottleneck/race/{race.id}/0.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert headers["cache-control"] == "no-store"
    (run,) = json.loads(body)["runs"]
    assert (run["id"], run["shots"], run["state"]) == (race.runs[0].id, [1, 2], "finished")
    status, headers, body = get(f"/_bottleneck/film/{run['id']}/1-2.bin")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert header_of(body)[0]["epochs"] == [1, 2]


@pytest.fixture
def post(ask):
    """post("/path", body): an order, as a page sends it."""

    def send(path, body, kind=b"application/json", method="POST"):
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", kind)]
        return ask(Starlette(routes=routes()), path, method=method, body=body, headers=headers)

    return send


def test_an_order_reaches_the_runs_or_says_why_not(post, race):
    orders = f"/_bottleneck/race/{race.id}/orders"
    status, headers, body = post(orders, b'{"act": "cancel"}')
    assert (status, json.loads(body)) == (200, {"refused": ""})
    assert headers["cache-control"] == "no-store"
    _, _, body = post(orders, b'{"act": "explode"}')
    assert "explode" in json.loads(body)["refused"]
    assert post("/_bottleneck/race/nobody/orders", b'{"act": "cancel"}')[0] == 404


@pytest.mark.parametrize(
    ("body", "kind", "method", "status"),
    [
        (b'{"act": "cancel"}', b"text/plain", "POST", 415),  # a form of a stranger's page
        (b'{"act": "' + 2000 * b"x" + b'"}', b"application/json", "POST", 413),
        (b"{", b"application/json", "POST", 400),
        (b'["cancel"]', b"application/json", "POST", 400),
        (b"\xff\xfe", b"application/json", "POST", 400),
        (b"", b"application/json", "OPTIONS", 405),  # nor may it ask whether it may
        (b"", b"application/json", "GET", 404),
    ],
)
def test_what_is_no_order_of_our_own_page_is_refused(post, race, body, kind, method, status):
    orders = f"/_bottleneck/race/{race.id}/orders"
    found, headers, _ = post(orders, body, kind, method)
    assert found == status
    assert not any(name.startswith("access-control") for name in headers)


def test_news_of_a_sweep_are_never_kept(get, trained_here):
    small = {"hidden_sizes": (8,), "latent_dim": 2}
    configs = tuple(("variational", tuple((small | {"beta": b}).items())) for b in (0.1, 1.0))
    settings = services.RaceSettings("digits", configs, 1, 256, 0.003, 0, varied="beta")
    name = services.start_race(settings, "somebody")
    status, headers, body = get(f"/_bottleneck/sweep/{name}.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert headers["cache-control"] == "no-store"
    assert [one["state"] for one in json.loads(body)["runs"]] == ["finished", "finished"]


@pytest.mark.parametrize(
    "path", ["race/{race}/../0.json", "sweep/{race}.json", "sweep/nobody.json",
             "sweep/{run}.json", "race/nobody/0.json", "film/{run}/3-9.bin",
             "film/{run}/x-y.bin", "film/{run}/0001.safetensors", "film/{run}/model.safetensors",
             "film/..%2f{run}/1-2.bin", "film/{race}/1-2.bin", "film/{run}/live.bin"],
)  # fmt: skip
def test_what_is_no_news_and_no_snapshot_is_not_found(get, race, path):
    status, headers, body = get("/_bottleneck/" + path.format(race=race.id, run=race.runs[0].id))
    assert (status, body) == (404, b"Not found")
    assert headers["cache-control"] == "no-store"
