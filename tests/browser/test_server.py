"""The started server: `streamlit run app` serves our routes, and one door guards them all."""

import http.client
import re
from contextlib import closing
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

PATHS = ["/", "/latent", "/_stcore/health", "/_bottleneck/js/x/network.js", "/static/index.html"]


def ask(server, path, host=None):
    with closing(http.client.HTTPConnection(urlsplit(server).netloc, timeout=20)) as connection:
        connection.request("GET", path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_name_is_refused_on_every_path(server, path):
    assert ask(server, path, "evil.example")[0] == 400
    assert ask(server, path, "localhost")[0] in (200, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/_bottleneck/", "/_bottleneck/codec/x.bin", "/_bottleneck/codec/../../app/state.py",
        "/_bottleneck/js/%2e%2e/%2e%2e/app/state.py", "/_bottleneck/data/..%2f..%2fREADME.md.bin",
    ],
)  # fmt: skip
def test_nothing_of_the_machine_is_served(server, path):
    status, body = ask(server, path)
    assert status in (400, 404)
    assert not re.search(rb"import|Bottleneck is", body)
