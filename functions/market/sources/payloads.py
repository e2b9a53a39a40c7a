"""Bybit's REST answers as our types; pure, so that tests feed it what the exchange said."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from functions.errors import RetryLater
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles
from functions.market.gaps import SETTLE_MS
from functions.market.universe import Instrument, Ticker

Answer = Mapping[str, Any]


def said_at(answer: Answer) -> int:
    """Return the exchange's time of an answer, in ms.

    Raises:
        RetryLater: the answer has none.
    """
    return int(_field(answer, "time"))


def instruments(answer: Answer) -> list[Instrument]:
    """Return the spot pairs of an instruments-info answer.

    Raises:
        RetryLater: the answer is not what the exchange documents.
    """
    return [_instrument(row) for row in _rows(answer)]


def tickers(answer: Answer) -> list[Ticker]:
    """Return the tickers of a tickers answer, with bid and ask; a pair that never traded is left out.

    Raises:
        RetryLater: as for `instruments`.
    """
    at = datetime.fromtimestamp(said_at(answer) / 1000, UTC)
    return [_ticker(row, at) for row in _rows(answer) if row.get("lastPrice") not in ("", "0", None)]


def candles(answer: Answer, symbol: str, timeframe: Timeframe, first: int, last: int) -> ClosedCandles:
    """Return the closed candles of a kline answer with open time (ms) in first..last, oldest first.

    A candle counts as closed two seconds of the exchange's own time after its end.

    Raises:
        RetryLater: as for `instruments`, or a candle is impossible.
    """
    known_at = said_at(answer)
    rows = _rows(answer)
    try:
        grid = np.array([row[:7] for row in rows], dtype=np.float64).reshape(len(rows), 7)
    except (TypeError, ValueError) as error:
        raise _garbage(f"kline of {symbol} {timeframe}: {error}") from error
    open_time = grid[:, 0].astype(np.int64)
    newest = min(last, known_at - SETTLE_MS - timeframe.milliseconds)
    _, order = np.unique(open_time, return_index=True)
    kept = order[(open_time[order] >= first) & (open_time[order] <= newest)]
    columns = np.ascontiguousarray(grid[kept, 1:].T)
    try:
        return ClosedCandles(timeframe, known_at, (symbol,) * len(kept), open_time[kept], *columns)
    except ValueError as error:
        raise _garbage(f"kline of {symbol}: {error}") from error


def _instrument(row: Answer) -> Instrument:
    try:
        return Instrument(
            symbol=row["symbol"],
            base=row["baseCoin"],
            quote=row["quoteCoin"],
            status=row["status"],
            tick_size=Decimal(row["priceFilter"]["tickSize"]),
            lot_size=Decimal(row["lotSizeFilter"]["basePrecision"]),
            min_order_amount=Decimal(row["lotSizeFilter"]["minOrderAmt"]),
            kind=row.get("symbolType", ""),
            special_treatment=row.get("stTag") == "1",
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise _garbage(f"instrument {row.get('symbol')}: {error!r}") from error


def _ticker(row: Answer, at: datetime) -> Ticker:
    try:
        return Ticker(
            symbol=row["symbol"],
            price=float(row["lastPrice"]),
            high=float(row["highPrice24h"]),
            low=float(row["lowPrice24h"]),
            volume=float(row["volume24h"]),
            turnover=float(row["turnover24h"]),
            change=float(row["price24hPcnt"]),
            exchange_time=at,
            bid=_positive(row.get("bid1Price")),
            ask=_positive(row.get("ask1Price")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _garbage(f"ticker {row.get('symbol')}: {error!r}") from error


def _positive(value: str | None) -> float | None:
    """Return a price; an empty side of the book is sent as an empty text or as zero."""
    price = float(value or 0)
    return price if price > 0 else None


def _rows(answer: Answer) -> Sequence[Any]:
    rows = _field(_field(answer, "result"), "list")
    if not isinstance(rows, list):
        raise _garbage(f"expected a list, got {type(rows).__name__}")
    return rows


def _field(answer: object, name: str) -> Any:
    if not isinstance(answer, Mapping) or name not in answer:
        raise _garbage(f"expected a field {name!r}")
    return answer[name]


def _garbage(what: str) -> RetryLater:
    return RetryLater("exchange_garbage", f"Bybit answered something unreadable ({what})", retry_after=1.0)
