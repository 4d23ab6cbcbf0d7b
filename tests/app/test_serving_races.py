"""What the server hands out of races and sweeps, and how it takes orders for them."""

import json

import pytest
from starlette.applications import Starlette

from app import services
from app.serving import routes
from tests.app.frames import unframed


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
    assert unframed(body)[0]["epochs"] == [1, 2]


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
    _, _, body = post(orders, b'{"act": "change", "value": 1' + 400 * b"0" + b"}")
    assert "too large" in json.loads(body)["refused"]
    assert post("/_bottleneck/race/nobody/orders", b'{"act": "cancel"}')[0] == 404


@pytest.mark.parametrize(
    ("body", "kind", "method", "status"),
    [
        (b'{"act": "cancel"}', b"text/plain", "POST", 415),  # a form of a stranger's page
        (b'{"act": "' + 2000 * b"x" + b'"}', b"application/json", "POST", 413),
        (b"{", b"application/json", "POST", 400),
        (b"[" * 990, b"application/json", "POST", 400),
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
