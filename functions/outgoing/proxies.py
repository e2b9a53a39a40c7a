"""Which proxy a call passes: none to a part of ours or to this machine, to the outside the one that the environment names."""

import ipaddress
import ssl
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypedDict
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from functions.errors import InputRejected

_SCHEMES: Final = {"ws": "http", "wss": "https"}  # a websocket passes the proxy of the web page's scheme
_PORTS: Final = {"http": 80, "https": 443}


class Route(TypedDict, total=False):
    """The arguments of `httpx.get` and `httpx.Client` that choose a way."""

    proxy: str | None
    trust_env: bool
    verify: ssl.SSLContext


OURS: Final = Route(proxy=None, trust_env=False)  # from one part of ours to another


def route(url: str) -> Route:
    """Return the way to an address outside, e.g. `httpx.get(url, **route(url))`.

    Raises:
        InputRejected: the environment names a proxy of a kind that is not spoken here.
    """
    if is_here(url):
        return OURS
    return Route(proxy=proxy_for(url), trust_env=False, verify=certificates())


def proxy_for(url: str) -> str | None:
    """Return the proxy on the way to an address: HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, unless NO_PROXY names the host.

    Raises:
        InputRejected: it is a SOCKS proxy or something else that is not spoken here, or no address at all.
    """
    address = urlsplit(url)
    scheme = _SCHEMES.get(address.scheme, address.scheme)
    proxies = getproxies()
    kind = scheme if proxies.get(scheme) else "all"
    proxy = proxies.get(kind, "").strip()
    if not proxy or is_here(url) or _is_excluded(address, scheme, proxies.get("no", "")):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _has_place(proxy):
        raise InputRejected(
            "proxy", f"{kind.upper()}_PROXY is no address of a proxy: write it as http://host:port, or unset {kind.upper()}_PROXY"
        )
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise InputRejected(
            "proxy",
            f"{kind.upper()}_PROXY is a {urlsplit(proxy).scheme} proxy, which Quorum does not speak: "
            f"set HTTPS_PROXY=http://host:port to an HTTP proxy, or unset {kind.upper()}_PROXY",
        )
    return proxy


def _is_excluded(address: SplitResult, scheme: str, excluded: str) -> bool:
    """Tell whether NO_PROXY names a host: alone, with its port, or as a domain in any spelling, `.a.org` and `*.a.org` too."""
    names = [name.strip().removeprefix("*.") for name in excluded.split(",")]
    port = address.port or _PORTS.get(scheme, 0)
    return bool(proxy_bypass(f"{address.hostname}:{port}", {"no": ",".join(names)}))


def _has_place(proxy: str) -> bool:
    """Tell whether an address names a host, and no port that is none."""
    try:
        place = urlsplit(proxy)
        return bool(place.hostname) and place.port != 0
    except ValueError:
        return False


def check(urls: Iterable[str]) -> None:
    """Make sure that each address can be reached through what the environment names.

    Raises:
        InputRejected: a proxy on the way is of a kind that is not spoken here.
    """
    for url in urls:
        proxy_for(url)


def mounts(url: str) -> dict[str, httpx.AsyncBaseTransport]:
    """Return the mounts of a client that calls `url` through its proxy and everything else directly."""
    proxy = proxy_for(url)
    address = urlsplit(url)
    return {f"{address.scheme}://{address.hostname}": httpx.AsyncHTTPTransport(proxy=proxy)} if proxy else {}


def is_here(url: str) -> bool:
    """Tell whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@lru_cache(maxsize=1)
def certificates() -> ssl.SSLContext:
    """Return what certificates of the outside are judged by."""
    return httpx.create_ssl_context()  # SSL_CERT_FILE of the environment in it; made once, for it takes 60 ms
