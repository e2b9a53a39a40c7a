"""Where a call may go whose address an outsider chose, by a redirect or in a request: to the public internet, nowhere else.

A name is looked up once, every answer is judged, and the connection is made to an address that was judged: a name that answers
otherwise the second time gains nothing.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import httpcore
import httpx
from typing_extensions import override

from functions.errors import Broken

_PORTS: Final = {"http": 80, "https": 443}
_TRANSLATED: Final = tuple(ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "::ffff:0:0:0/96"))
_SWITCHED_OFF: Final = ipaddress.IPv6Network("::/96")  # IPv4 in the last four bytes, long given up; some systems still route it

Place = tuple[str, int]


def place_of(url: str) -> Place:
    """Return host and port of an http or https address."""
    parts = urlsplit(url)
    return (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def is_public(address: str) -> bool:
    """Tell whether an IP address is of the public internet: not of this machine, of a network of its own, of a cloud's metadata.

    An IPv6 address that carries an IPv4 one is judged by that as well.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    carried = _carried(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    if carried is not None:
        return is_public(str(carried))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address in one that is made of it: mapped, 6to4, Teredo, translated (NAT64)."""
    if any(ip in network for network in (*_TRANSLATED, _SWITCHED_OFF)):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def look_up(host: str, port: int) -> list[str]:
    """Return the IP addresses of a name, IPv4 first: only one of them is called, and more networks have that.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]


def check_name(source: str, url: str) -> None:
    """Refuse an address that is no public one by how it is written: a proxy looks names up itself, and nothing else judges then.

    Raises:
        Broken: its host is an IP address that is not public, or a name that only a network of its own knows.
    """
    host = place_of(url)[0]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        known_everywhere = "." in host.strip(".") and not host.rstrip(".").endswith(_LOCAL)
        if known_everywhere and not _is_number(host):
            return
    else:
        if is_public(host):
            return
    raise _refused(source, host)


_LOCAL: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa")


def _is_number(host: str) -> bool:
    """Tell whether systems read a host as an IPv4 address though it is not written as one: 0x7f.1, 127.1, 0177.0.0.1."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def _refused(source: str, host: str) -> Broken:
    return Broken(
        "address_refused",
        f"{source} leads to {host}, which is not on the public internet; an address of your own network belongs in the settings",
    )


class PublicBackend(httpcore.NetworkBackend):
    """Connects to what settings name as it is, and to anything else only where all its addresses are public.

    Args:
        source: its name, for the error.
        ours: host and port that the settings name; None if the whole address came from outside.
    """

    def __init__(self, source: str, ours: Place | None) -> None:
        self._source, self._ours = source, ours
        self._network = httpcore.SyncBackend()

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect.

        Raises:
            Broken: the place is another than that of the settings, and not public.
        """
        if (host, port) != self._ours:
            host = self._judged(host, port)
        return self._network.connect_tcp(host, port, timeout, local_address, socket_options)

    def _judged(self, host: str, port: int) -> str:
        try:
            addresses = look_up(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        if not addresses or not all(is_public(address) for address in addresses):
            raise _refused(self._source, host)
        return addresses[0]


class PublicTransport(httpx.HTTPTransport):
    """httpx's own way, its connections made by `PublicBackend`; for calls that pass no proxy."""

    def __init__(self, source: str, ours: Place | None, verify: ssl.SSLContext) -> None:
        super().__init__(trust_env=False, verify=verify)
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify, max_keepalive_connections=1, network_backend=PublicBackend(source, ours)
        )
