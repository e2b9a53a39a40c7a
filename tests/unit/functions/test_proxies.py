"""Which proxy a call passes: none on this machine, to the outside the environment's, and no other kind than HTTP."""

import os

import pytest

from functions.errors import InputRejected
from functions.outgoing.proxies import OURS, check, is_here, mounts, proxy_for, route

PROXY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("HTTPS_PROXY", "https://api.bybit.com"),
        ("https_proxy", "https://api.bybit.com"),
        ("HTTPS_PROXY", "wss://stream.bybit.com/v5/public/spot"),
        ("HTTP_PROXY", "http://example.org"),
        ("ALL_PROXY", "https://api.telegram.org"),
    ],
)
def test_outside_is_reached_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(name, PROXY)
    assert proxy_for(url) == route(url)["proxy"] == PROXY


def test_proxy_without_a_scheme_is_an_http_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.org:3128")
    assert proxy_for("https://api.bybit.com") == "http://proxy.example.org:3128"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "0.0.0.0", "n8n.localhost"])
def test_this_machine_is_reached_directly(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert proxy_for(f"http://{host}:8300") is None
    assert route(f"http://{host}:8300") == OURS
    assert mounts(f"http://{host}:8300") == {}


def test_host_that_the_environment_excludes_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "telegram.org")
    assert proxy_for("https://api.telegram.org") is None
    assert proxy_for("https://api.bybit.com") == PROXY


@pytest.mark.parametrize("kind", ["socks5", "socks5h", "socks4", "ftp"])
def test_proxy_of_another_kind_is_refused_with_its_setting(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{kind}://user:hunter2@127.0.0.1:9")
    with pytest.raises(InputRejected, match=rf"^ALL_PROXY is a {kind} proxy, .* HTTPS_PROXY=http://host:port") as caught:
        check(["http://127.0.0.1:8300", "wss://stream.bybit.com"])
    assert "hunter2" not in caught.value.detail


@pytest.mark.parametrize("value", ["http://", "http://host:port", "http://[::1", "http://host:0"])
def test_proxy_that_is_no_address_is_refused_with_its_setting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(InputRejected, match=r"^HTTPS_PROXY is no address of a proxy: write it as http://host:port"):
        check(["https://api.bybit.com"])


@pytest.mark.parametrize("excluded", ["bybit.com", ".bybit.com", "*.bybit.com", "api.bybit.com:443", "a.org, *.bybit.com", "*"])
def test_host_is_excluded_in_every_spelling(monkeypatch: pytest.MonkeyPatch, excluded: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f" {PROXY} ")
    monkeypatch.setenv("NO_PROXY", excluded)
    assert proxy_for("https://api.bybit.com") is None
    assert proxy_for("wss://stream.bybit.com:8443") == (PROXY if ":443" in excluded else None)
    assert proxy_for("https://notbybit.com") == (None if excluded == "*" else PROXY)


def test_http_proxy_is_taken_before_a_socks_proxy_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert proxy_for("https://api.bybit.com") == PROXY


def test_client_passes_the_proxy_to_one_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert list(mounts("https://api.telegram.org")) == ["https://api.telegram.org"]


@pytest.mark.parametrize(
    ("url", "here"), [("http://functions:8300", False), ("https://localhost.example", False), ("nothing", False)]
)
def test_names_of_others_are_not_this_machine(url: str, here: bool) -> None:
    assert is_here(url) is here
