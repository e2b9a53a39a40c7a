"""The product's own source of history, over ccxt, answered by the simulated exchange in the same process."""

import random
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from functions.errors import RetryLater
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.gaps import Run
from functions.market.sources.bybit import BybitSource
from functions.market.sources.ccxt_bybit import errors as ccxt_errors
from tests.sim import BybitSim
from tests.sim.bybit.trouble import troubled
from tests.sim.wire.http import Request

NO_LIMIT = 1e9
_BROKEN: dict[str, type[ccxt_errors.BaseError]] = {  # as ccxt's own fetch raises them
    "close": ccxt_errors.ExchangeNotAvailable,
    "hang": ccxt_errors.RequestTimeout,
    "half": ccxt_errors.ExchangeError,
}


class LocalSource(BybitSource):
    """Only the wire is replaced: faults come out of ccxt as they would, and become our errors in the product's own code.

    `killed` is called by the request after `kill_soon`: the process dies in the middle of what it asked for.
    """

    def __init__(self, sim: BybitSim, killed: Callable[[], None] = lambda: None) -> None:
        super().__init__("http://simulated", NO_LIMIT)
        self._exchange.throttler.config.update(capacity=NO_LIMIT, tokens=NO_LIMIT)
        self._exchange.fetch = self._fetch
        self._sim, self._killed, self._left = sim, killed, -1
        self.failures: Counter[str] = Counter()

    def kill_soon(self, chance: random.Random) -> None:
        """Have one of the next requests be the last."""
        self._left = chance.randint(0, 20)

    async def candles(self, run: Run) -> ClosedCandles:
        """Return what the simulated exchange says."""
        if self._left == 0:
            self._killed()
        self._left -= 1
        try:
            return await super().candles(run)
        except RetryLater as error:
            self.failures[error.code] += 1
            raise

    async def _fetch(self, url: str, method: str = "GET", headers: object = None, body: object = None) -> object:
        parts = urlsplit(url)
        request = Request(method, parts.path, dict(parse_qsl(parts.query)), {})
        ask = self._sim.get
        answer = await troubled(
            request, self._sim.faults, None, lambda one: ask(one.path, **one.query), self._sim.clock, self._sim.altered
        )
        if answer.damage in _BROKEN:
            raise _BROKEN[answer.damage](f"bybit {method} {url}")
        text = answer.body.decode(errors="replace")
        found = self._exchange.parse_json(text)
        self._exchange.handle_errors(answer.status, "", url, method, dict(answer.headers), text, found, {}, None)
        self._exchange.handle_http_status_code(answer.status, "", url, method, text)
        return text if found is None else found
