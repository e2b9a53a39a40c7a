"""Bybit's public spot REST through ccxt: rate limited, its errors as ours, its answers as our types."""

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Self

from prometheus_client import Counter

from functions.errors import Broken, InputRejected, QuorumError, RetryLater
from functions.logs import get_logger
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.gaps import PAGE, Run
from functions.market.run.bulk_lock import OTHERS_SHARE
from functions.market.sources import payloads
from functions.market.sources.ccxt_bybit import Exchange, StraightBybit
from functions.market.sources.ccxt_bybit import errors as ccxt_errors
from functions.market.universe import Instrument, Ticker
from functions.outgoing.proxies import proxy_for
from functions.outgoing.walls import REFUSES, Wall, wall_of

log = get_logger("market")
ODD_ROWS = Counter("quorum_exchange_odd_rows_total", "Rows of REST answers that were dropped as unreadable", ["kind"])
TIMEOUT_MS = 10_000
BANNED_SECONDS = 600.0  # after a breach of the limit by address the exchange wants ten minutes of silence
SHORTEST_REFUSAL = 60.0  # a bulk job gives up when it has to wait a minute
_REQUEST_COST = 1.0


class BybitSource:
    """The exchange's public data; use it as an async context manager in the loop that calls it.

    Every call raises `RetryLater` when the exchange is away, busy or unreadable, `InputRejected` for a symbol it does
    not know, and `Broken` for a request that it finds wrong. `trouble` is why the last call failed, empty after one that did not;
    `took` is how many seconds the last answer took.
    """

    # By address, in seconds of the monotonic clock: a ban that one source meets holds for every source of the process.
    banned_until: ClassVar[dict[str, float]] = {}

    def __init__(self, rest_url: str, requests_per_second: float) -> None:
        self._address, self._rate = rest_url.rstrip("/"), requests_per_second
        # The pace is kept here, before the look at the ban, and not in ccxt, where requests would queue up behind that look.
        self._exchange: Exchange = StraightBybit(
            {"enableRateLimit": False, "timeout": TIMEOUT_MS, "httpsProxy": proxy_for(self._address)}
        )
        for name in self._exchange.urls["api"]:
            if name != "ws":
                self._exchange.urls["api"][name] = self._address
        self.trouble, self.took = "", 0.0
        self.pace(OTHERS_SHARE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._exchange.close()

    def pace(self, share: float) -> None:
        """Take this share (0..1) of the allowed rate from now on."""
        self._exchange.throttler.config["refillRate"] = share * self._rate * _REQUEST_COST / 1000

    async def server_time(self) -> datetime:
        """Return the exchange's time."""
        answer = await self._call(self._exchange.publicGetV5MarketTime, {})
        return datetime.fromtimestamp(payloads.answer_time(answer) / 1000, UTC)

    async def instruments(self) -> list[Instrument]:
        """Return every spot pair that trades."""
        odd: list[str] = []
        answer = await self._call(self._exchange.publicGetV5MarketInstrumentsInfo, {"category": "spot"})
        instruments = payloads.instruments(answer, odd.append)
        _report_odd("instrument", odd)
        return instruments

    async def tickers(self) -> list[Ticker]:
        """Return every spot pair's ticker, with bid and ask."""
        odd: list[str] = []
        answer = await self._call(self._exchange.publicGetV5MarketTickers, {"category": "spot"})
        tickers = payloads.tickers(answer, odd.append)
        _report_odd("ticker", odd)
        return tickers

    async def candles(self, run: Run) -> ClosedCandles:
        """Return the closed candles of a run of at most 1,000; those the exchange does not have are not in it."""
        odd: list[str] = []
        first, last = (int(moment.timestamp() * 1000) for moment in (run.first, run.last))
        query = {"symbol": run.symbol, "interval": run.timeframe.bybit, "start": first, "end": last, "limit": PAGE}
        answer = await self._call(self._exchange.publicGetV5MarketKline, {"category": "spot", **query})
        candles = payloads.candles(answer, run.symbol, run.timeframe, first, last, odd.append)
        _report_odd("candle", odd)
        return candles

    async def _call(self, method: Callable[[dict[str, Any]], Awaitable[Any]], query: dict[str, Any]) -> payloads.Answer:
        await self._exchange.throttle(_REQUEST_COST)
        left = self.banned_until.get(self._address, 0.0) - time.monotonic()
        if left > 0:
            raise RetryLater(
                "exchange_banned", f"Bybit wants no request for {left:.0f} s", retry_after=max(left, SHORTEST_REFUSAL)
            )
        asked = time.monotonic()
        try:
            answer: payloads.Answer = await method(query)
        except ccxt_errors.BaseError as error:
            ours = _ours(error, query)
            if isinstance(ours, RetryLater) and ours.retry_after >= BANNED_SECONDS:
                self.banned_until[self._address] = time.monotonic() + ours.retry_after
            if not isinstance(ours, InputRejected):
                self.trouble = ours.detail
            raise ours from error
        self.trouble, self.took = "", time.monotonic() - asked
        return answer


def _ours(error: ccxt_errors.BaseError, query: dict[str, Any]) -> QuorumError:
    """Return an error of ccxt's as ours."""
    if isinstance(error, ccxt_errors.BadSymbol):
        return InputRejected("unknown_symbol", f"Bybit has no spot pair {query.get('symbol')}")
    status = _status(error)
    wall = wall_of(status, str(error)) or (Wall.REGION if status == HTTPStatus.FORBIDDEN else None)
    if wall in (Wall.REGION, Wall.ROBOTS) or isinstance(error, ccxt_errors.PermissionDenied | ccxt_errors.AuthenticationError):
        return RetryLater("exchange_refuses", REFUSES, retry_after=SHORTEST_REFUSAL)
    if isinstance(error, ccxt_errors.RateLimitExceeded | ccxt_errors.DDoSProtection):
        banned = status == HTTPStatus.FORBIDDEN
        return RetryLater("exchange_busy", "Bybit asks for fewer requests", retry_after=BANNED_SECONDS if banned else 1.0)
    if isinstance(error, ccxt_errors.NetworkError):  # timeouts and 5xx too
        return RetryLater("exchange_away", f"Bybit does not answer ({type(error).__name__})", retry_after=1.0)
    if isinstance(error, ccxt_errors.BadRequest):
        return Broken("exchange_rejects", f"Bybit rejects a request of ours: {error}"[:300])
    return RetryLater("exchange_error", f"Bybit answered an error: {error}"[:300], retry_after=1.0)


def _status(error: ccxt_errors.BaseError) -> int:
    """Return the HTTP status that ccxt puts behind the address it asked; 0 when there was no answer."""
    status = re.search(r"https?://\S+ (\d{3}) ", f"{error} ")
    return int(status[1]) if status else 0


def _report_odd(kind: str, odd: Sequence[str]) -> None:
    if odd:
        ODD_ROWS.labels(kind).inc(len(odd))
        log.warning("rows of the exchange's answer dropped", kind=kind, rows=len(odd), first=odd[0])
