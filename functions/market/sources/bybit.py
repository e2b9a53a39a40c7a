"""Bybit's public spot REST through ccxt: rate limited, its errors as ours, its answers as our types."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Self

from ccxt.async_support.base.exchange import Exchange
from ccxt.async_support.bybit import bybit
from ccxt.base import errors as ccxt_errors

from functions.errors import Broken, InputRejected, RetryLater
from functions.market.closed import ClosedCandles
from functions.market.gaps import PAGE, Run
from functions.market.sources import payloads
from functions.market.universe import Instrument, Ticker

TIMEOUT_MS = 10_000
BANNED_SECONDS = 600.0  # after a breach of the limit by address the exchange wants ten minutes of silence
_COST = 5  # what ccxt counts for each of the calls used here, in units of its `rateLimit`


class BybitSource:
    """The exchange's public data; use it as an async context manager in the loop that calls it.

    Every call raises `RetryLater` when the exchange is away, busy or speaks garbage, and `InputRejected` for a symbol it does
    not know.
    """

    def __init__(self, rest_url: str, requests_per_second: float) -> None:
        self._exchange: Exchange = bybit(
            {"enableRateLimit": True, "rateLimit": 1000 / requests_per_second / _COST, "timeout": TIMEOUT_MS}
        )
        for name in self._exchange.urls["api"]:
            if name != "ws":
                self._exchange.urls["api"][name] = rest_url.rstrip("/")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._exchange.close()

    async def server_time(self) -> datetime:
        """Return the exchange's time."""
        answer = await _call(self._exchange.publicGetV5MarketTime, {})
        return datetime.fromtimestamp(payloads.said_at(answer) / 1000, UTC)

    async def instruments(self) -> list[Instrument]:
        """Return every spot pair that trades."""
        return payloads.instruments(await _call(self._exchange.publicGetV5MarketInstrumentsInfo, {"category": "spot"}))

    async def tickers(self) -> list[Ticker]:
        """Return every spot pair's ticker, with bid and ask."""
        return payloads.tickers(await _call(self._exchange.publicGetV5MarketTickers, {"category": "spot"}))

    async def candles(self, run: Run) -> ClosedCandles:
        """Return the closed candles of a run of at most 1,000; those the exchange does not have are not in it."""
        first, last = (int(moment.timestamp() * 1000) for moment in (run.first, run.last))
        query = {
            "category": "spot",
            "symbol": run.symbol,
            "interval": run.timeframe.bybit,
            "start": first,
            "end": last,
            "limit": PAGE,
        }
        answer = await _call(self._exchange.publicGetV5MarketKline, query)
        return payloads.candles(answer, run.symbol, run.timeframe, first, last)


async def _call(method: Callable[[dict[str, Any]], Awaitable[Any]], query: dict[str, Any]) -> payloads.Answer:
    try:
        answer: payloads.Answer = await method(query)
    except ccxt_errors.BadSymbol as error:
        raise InputRejected("unknown_symbol", f"Bybit has no spot pair {query.get('symbol')}") from error
    except (ccxt_errors.RateLimitExceeded, ccxt_errors.DDoSProtection) as error:
        wait = BANNED_SECONDS if " 403 " in f" {error} " else 1.0
        raise RetryLater("exchange_busy", "Bybit asks for fewer requests", retry_after=wait) from error
    except ccxt_errors.NetworkError as error:  # timeouts and 5xx too
        raise RetryLater("exchange_away", f"Bybit does not answer ({type(error).__name__})", retry_after=1.0) from error
    except (ccxt_errors.PermissionDenied, ccxt_errors.AuthenticationError) as error:
        raise Broken("exchange_refuses", "Bybit refuses this address or region; set BYBIT_REST_URL to another host") from error
    except ccxt_errors.BadRequest as error:
        raise Broken("exchange_rejects", f"Bybit rejects a request of ours: {error}"[:300]) from error
    except ccxt_errors.BaseError as error:
        raise RetryLater("exchange_error", f"Bybit answered an error: {error}"[:300], retry_after=1.0) from error
    return answer
