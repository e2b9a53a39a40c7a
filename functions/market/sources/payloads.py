"""Bybit's REST answers as our types; pure, so that tests feed it what the exchange said."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import numpy as np

from functions.errors import RetryLater
from functions.market.candles import Timeframe
from functions.market.closed import ClosedCandles
from functions.market.gaps import SETTLE_MS
from functions.market.universe import Instrument, Ticker

Answer = Mapping[str, Any]
Odd = Callable[[str], None]  # told of a row that was dropped
Read = TypeVar("Read")


def said_at(answer: Answer) -> int:
    """Return the exchange's time of an answer, in ms.

    Raises:
        RetryLater: the answer has none.
    """
    return int(_field(answer, "time"))


def instruments(answer: Answer, odd: Odd) -> list[Instrument]:
    """Return the spot pairs of an instruments-info answer; `odd` is told of each row that is none.

    Raises:
        RetryLater: the answer is not what the exchange documents, or no row of it is.
    """
    return _readable(_rows(answer), _instrument, odd)


def tickers(answer: Answer, odd: Odd) -> list[Ticker]:
    """Return the tickers of a tickers answer, with bid and ask; a pair that never traded is left out.

    Raises:
        RetryLater: as for `instruments`.
    """
    at = datetime.fromtimestamp(said_at(answer) / 1000, UTC)
    traded = [row for row in _rows(answer) if not (isinstance(row, Mapping) and row.get("lastPrice") in ("", "0"))]
    return _readable(traded, lambda row: _ticker(row, at), odd)


def candles(answer: Answer, symbol: str, timeframe: Timeframe, first: int, last: int, odd: Odd) -> ClosedCandles:
    """Return the closed candles of a kline answer with open time (ms) in first..last, oldest first.

    A candle counts as closed two seconds of the exchange's own time after its end.

    Raises:
        RetryLater: as for `instruments`.
    """
    known_at = said_at(answer)
    newest = min(last, known_at - SETTLE_MS - timeframe.milliseconds)

    def closed(rows: Sequence[Any]) -> ClosedCandles:
        grid = np.array([row[:7] for row in rows], dtype=np.float64).reshape(len(rows), 7)
        open_time = grid[:, 0].astype(np.int64)
        _, order = np.unique(open_time, return_index=True)
        kept = order[(open_time[order] >= first) & (open_time[order] <= newest)]
        return ClosedCandles(timeframe, known_at, (symbol,) * len(kept), open_time[kept], *np.ascontiguousarray(grid[kept, 1:].T))

    rows = _rows(answer)
    try:
        return closed(rows)
    except (TypeError, ValueError):  # one row spoils the whole grid: find it
        sound = _readable(rows, lambda row: (closed([row]), row)[1], odd)
        return closed(sound)


def _readable(rows: Sequence[Any], read: Callable[[Any], Read], odd: Odd) -> list[Read]:
    """Return what the rows say; those that say nothing are dropped, unless none is left."""
    found, dropped = [], []
    for row in rows:
        try:
            found.append(read(row))
        except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as error:
            dropped.append(f"{str(row)[:100]}: {error!r}"[:200])
    if dropped and not found:
        raise _garbage(dropped[0])
    for one in dropped:
        odd(one)
    return found


def _instrument(row: Answer) -> Instrument:
    sizes = (row["priceFilter"]["tickSize"], row["lotSizeFilter"]["basePrecision"], row["lotSizeFilter"]["minOrderAmt"])
    tick, lot, least = map(Decimal, sizes)
    symbol, base, quote, status = names = [row[name] for name in ("symbol", "baseCoin", "quoteCoin", "status")]
    if not all(isinstance(name, str) and name for name in names) or not (tick > 0 and lot > 0 and least >= 0):
        raise ValueError("expected names, and sizes above zero")
    return Instrument(symbol, base, quote, status, tick, lot, least, row.get("symbolType") or "", row.get("stTag") == "1")


def _ticker(row: Answer, at: datetime) -> Ticker:
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
        quoted_at=at,
    )


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
