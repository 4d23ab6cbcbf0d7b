"""What the server hands out beside pages: files named by their content, and nothing else."""

import copy
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
from ae_core.half import round_matrices
from app import services
from app.canvas.modules import FOLDER, modules_base
from app.services.cache import forget_all
from app.serving import door, routes

UNKNOWN = 32 * "0"


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


def test_what_float16_holds_exactly_travels_so_at_any_size(monkeypatch, make_models):
    from app.services import assets

    make_models("digits", 2)
    which = services.ref("digits", "undercomplete", 2)
    model = copy.deepcopy(assets.network(which))
    round_matrices(model)
    monkeypatch.setattr("app.services.assets.network", lambda _: model)
    assert assets._codec_file(which) == as_binary(model, half=True)
