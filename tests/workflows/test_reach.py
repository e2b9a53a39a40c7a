"""n8n's own guard as our environment makes it, over addresses that a feed or its redirect may name; n8n does not run for it."""

import json
import os
import subprocess

import pytest

from n8n.environment import environment
from n8n.install import ensure_installed
from tests.conftest import make_settings

pytestmark = pytest.mark.n8n
PROGRAM = """
const root = process.argv[1] + '/node_modules/';
const load = (name) => require(root + name);
load('reflect-metadata');
const { Container } = load('@n8n/di');
const { SsrfProtectionConfig } = load('@n8n/config');
const { SsrfProtectionService } = require(root + '@n8n/backend-network/dist/ssrf/ssrf-protection.service.js');
const names = JSON.parse(process.argv[2]);
const said = [];
const logger = { scoped: () => ({ warn: (words) => said.push(words), debug() {}, info() {}, error() {} }) };
const resolver = { lookup: async (name) => [{ address: names[name], family: 4 }] };
const config = Container.get(SsrfProtectionConfig);
const guard = new SsrfProtectionService(config, resolver, logger);
(async () => {
  const allowed = [];
  for (const url of JSON.parse(process.argv[3])) if ((await guard.validateUrl(new URL(url))).ok) allowed.push(url);
  console.log(JSON.stringify({ enabled: config.enabled, said, allowed }));
})();
"""
NAMES = {
    "functions": "172.18.0.5",
    "api.telegram.org": "149.154.167.220",
    "feed.example": "1.1.1.1",
    "here.example": "127.0.0.1",
    "inside.example": "10.0.0.9",
    "carrier.example": "100.64.1.1",
}
INSIDE = [
    *("http://127.0.0.2:9/", "http://169.254.169.254/latest", "http://[::1]/", "http://0.0.0.0/", "http://224.0.0.1/"),
    *("http://192.168.1.1/", "http://[::ffff:10.0.0.1]/", "http://[2002:a00:1::]/", "http://inside.example/"),
    *("http://carrier.example/",),
]
OUTSIDE = ["https://feed.example/rss", "https://api.telegram.org/bot1:x/sendMessage"]


def allowed(functions_url: str) -> dict[str, object]:
    """Return what n8n's guard lets through on a desk whose functions are there."""
    installation = ensure_installed(print)
    given = environment(
        make_settings(database_url="postgresql://postgres@/quorum?host=/tmp/sockets", functions_url=functions_url)
    )
    asked = [*OUTSIDE, *INSIDE, "http://127.0.0.1:8300/", "http://functions:8300/", "http://here.example/"]
    done = subprocess.run(
        [str(installation.node), "-e", PROGRAM, str(installation.folder), json.dumps(NAMES), json.dumps(asked)],
        env={"PATH": os.environ["PATH"], **{name: value for name, value in given.items() if "SSRF" in name}},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_beside_the_functions_of_compose_only_the_internet_is_reached() -> None:
    assert allowed("http://functions:8300") == {"enabled": True, "said": [], "allowed": [*OUTSIDE, "http://functions:8300/"]}


def test_on_one_machine_only_its_own_address_is_reached_beside_the_internet() -> None:
    here = ["http://127.0.0.1:8300/", "http://here.example/"]
    assert allowed("") == {"enabled": True, "said": [], "allowed": [*OUTSIDE, *here]}
