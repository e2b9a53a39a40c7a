"""ccxt's Bybit and nothing else of ccxt: the package's own `__init__` loads every exchange there is, 50 MB in each process."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from typing_extensions import override

PACKAGES = ("ccxt", "ccxt.async_support")


@contextmanager
def unopened(*packages: str) -> Iterator[None]:
    """Let modules be imported from packages whose `__init__` is not run; afterwards the packages are as unknown as before.

    Args:
        packages: outer ones first; one that is imported already is left as it is.
    """
    made = [name for name in packages if name not in sys.modules]
    for name in made:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(name)
        sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


with unopened(*PACKAGES):
    from ccxt.base import errors, exchange  # isort: skip

    # The package passes these on, and its modules ask it for them.
    passed_on = {name: value for module in (errors, exchange) for name, value in vars(module).items() if name[0].isupper()}
    vars(sys.modules["ccxt"]).update(passed_on)
    from ccxt.async_support.base.exchange import Exchange
    from ccxt.async_support.bybit import bybit


class StraightBybit(bybit):  # type: ignore[misc]
    """Bybit at the address that the settings name: an answer that leads elsewhere is an error of the network."""

    session: aiohttp.ClientSession | None

    @override
    def open(self, lazy: bool = False) -> None:
        """Open a session, where there is none, that refuses redirects."""
        known = self.session
        super().open(lazy)
        if self.own_session and self.session is not None and self.session is not known:
            self.session.detach()
            self.session = aiohttp.ClientSession(connector=self.tcp_connector, trace_configs=[_straight()])


def _straight() -> aiohttp.TraceConfig:
    async def refuse(_session: object, _context: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
        raise aiohttp.ClientError(f"{redirect.response.status} leads elsewhere")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


__all__ = ["Exchange", "StraightBybit", "errors"]
