"""Bybit's REST answers as our types; pure, so that tests can feed it recorded answers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

from functions.errors import RetryLater
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.gaps import SETTLE_MS
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import Instrument, Ticker
from functions.market.wire import EARLIEST, LATEST, is_name, moment_of, name_of, number_of

Answer = Mapping[str, Any]
SMALLEST_SIZE, LARGEST_SIZE = 1e-24, 1e15
Odd = Callable[[str], None]  # called with a sentence about each row that is dropped
Read = TypeVar("Read")


def answer_time(answer: Answer) -> int:
    """Return the exchange's time of an answer, in ms.

    Raises:
        RetryLater: the answer has none.
    """
    try:
        return moment_of(_field(answer, "time"))
    except ValueError as error:
        raise _garbage(str(error)) from error


def instruments(answer: Answer, odd: Odd) -> list[Instrument]:
    """Return the spot pairs of an instruments-info answer, each once; `odd` is called for each row that is none.

    Raises:
        RetryLater: the answer is not what the exchange documents, or no row of it is.
    """
    return _once(_readable(_named_rows(answer, odd), _instrument, odd), odd)


def tickers(answer: Answer, odd: Odd) -> list[Ticker]:
    """Return the tickers of a tickers answer, each pair once, with bid and ask; a pair that never traded is left out.

    Raises:
        RetryLater: as for `instruments`.
    """
    at = datetime.fromtimestamp(answer_time(answer) / 1000, UTC)
    traded = [row for row in _named_rows(answer, odd) if not (isinstance(row, Mapping) and row.get("lastPrice") in ("", "0"))]
    return _once(_readable(traded, lambda row: _ticker(row, at), odd), odd)


def candles(answer: Answer, symbol: str, timeframe: Timeframe, first: int, last: int, odd: Odd) -> ClosedCandles:
    """Return the closed candles of a kline answer with open time (ms) in first..last, oldest first.

    A candle counts as closed two seconds of the exchange's own time after its end. One with values that no candle can have is
    `impossible`: the exchange answered for it, and has no other.

    Raises:
        RetryLater: the answer is not what the exchange documents, or no row of it names a candle.
    """
    known_at = answer_time(answer)
    newest = min(last, known_at - SETTLE_MS - timeframe.milliseconds)

    def closed(rows: Sequence[Any], impossible: Sequence[int] = ()) -> ClosedCandles:
        grid = np.array([row[:7] for row in rows], dtype=np.float64).reshape(len(rows), 7)
        if not ((grid[:, 0] >= EARLIEST) & (grid[:, 0] < LATEST)).all():
            raise ValueError("expected candles that open between 2001 and 2099")
        open_time = grid[:, 0].astype(np.int64)
        _, order = np.unique(open_time, return_index=True)
        kept = order[(open_time[order] >= first) & (open_time[order] <= newest)]
        columns = np.ascontiguousarray(grid[kept, 1:].T)
        return ClosedCandles(timeframe, known_at, (symbol,) * len(kept), open_time[kept], *columns, impossible=tuple(impossible))

    rows = _rows(answer)
    pair = answer["result"].get("symbol") or symbol
    if rows and pair != symbol:
        raise _garbage(f"candles of {str(pair)[:40]} for {symbol}")
    try:
        return closed(rows)
    except (KeyError, OverflowError, TypeError, ValueError):  # one row spoils the whole grid: find it
        sound, bad = _sound_and_bad(rows, closed, odd)
    named = [at for at in map(_open_time, bad) if at is not None and at % timeframe.milliseconds == 0]
    if not sound and not named:
        raise _garbage(f"no candle in {len(rows)} rows")
    return closed(sound, [at for at in named if first <= at <= newest])


def _sound_and_bad(rows: Sequence[Any], read: Callable[[Sequence[Any]], ClosedCandles], odd: Odd) -> tuple[list[Any], list[Any]]:
    """Return the rows that can be read, and those that cannot; `odd` is called for the latter."""
    sound, bad = [], []
    for row in rows:
        try:
            read([row])
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            bad.append(row)
            odd(f"{str(row)[:100]}: {error!r}"[:200])
        else:
            sound.append(row)
    return sound, bad


def _open_time(row: Any) -> int | None:
    try:
        return moment_of(row[0])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _readable(rows: Sequence[Any], read: Callable[[Any], Read], odd: Odd) -> list[Read]:
    """Return the rows as objects; unreadable ones are dropped, unless none is left."""
    objects, dropped = [], []
    for row in rows:
        try:
            objects.append(read(row))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            dropped.append(f"{str(row)[:100]}: {error!r}"[:200])
    if dropped and not objects:
        raise _garbage(dropped[0])
    for reason in dropped:
        odd(reason)
    return objects


Named = TypeVar("Named", Instrument, Ticker)


def _once(rows: Sequence[Named], odd: Odd) -> list[Named]:
    """Return the first row of each pair."""
    first: dict[str, Named] = {}
    for row in rows:
        if first.setdefault(row.symbol, row) is not row:
            odd(f"{row.symbol} is in the answer twice")
    return list(first.values())


def _instrument(row: Answer) -> Instrument:
    status, kind = row["status"], row.get("symbolType") or ""
    if not (isinstance(status, str) and status and isinstance(kind, str) and f"{status}{kind}".isprintable()):
        raise ValueError("expected a status and a kind in words")
    return Instrument(
        symbol=name_of(row["symbol"]),
        base=name_of(row["baseCoin"]),
        quote=name_of(row["quoteCoin"]),
        status=status[:40],
        tick_size=_size(row["priceFilter"]["tickSize"]),
        lot_size=_size(row["lotSizeFilter"]["basePrecision"]),
        min_order_amount=_size(row["lotSizeFilter"]["minOrderAmt"], zero=True),
        kind=kind[:40],
        special_treatment=row.get("stTag") == "1",
    )


def _size(value: Any, *, zero: bool = False) -> Decimal:
    """Return a step of prices or sizes, above zero or, where `zero` is one, zero."""
    size = number_of(value)
    if not (SMALLEST_SIZE <= size <= LARGEST_SIZE or (zero and size == 0)):
        raise ValueError(f"expected a size above zero, got {value!r}")
    return Decimal(str(value))


def _ticker(row: Answer, at: datetime) -> Ticker:
    return Ticker(
        symbol=row["symbol"],
        price=number_of(row["lastPrice"]),
        high=number_of(row["highPrice24h"]),
        low=number_of(row["lowPrice24h"]),
        volume=number_of(row["volume24h"]),
        turnover=number_of(row["turnover24h"]),
        change=number_of(row["price24hPcnt"]),
        exchange_time=at,
        bid=_positive(row.get("bid1Price")),
        ask=_positive(row.get("ask1Price")),
        quoted_at=at,
    )


def _positive(value: Any) -> float | None:
    """Return a price; an empty side of the book is sent as an empty text or as zero, and an absurd one is none."""
    if value in (None, ""):
        return None
    price = number_of(value)
    return price if price > 0 else None


def _rows(answer: Answer) -> Sequence[Any]:
    rows = _field(_field(answer, "result"), "list")
    if not isinstance(rows, list):
        raise _garbage(f"expected a list, got {type(rows).__name__}")
    return rows


def _named_rows(answer: Answer, odd: Odd) -> list[Any]:
    """Return the rows without those of pairs that are with names in another script or form: no setting can name them."""
    rows = []
    for row in _rows(answer):
        name = row.get("symbol") if isinstance(row, Mapping) else None
        if isinstance(name, str) and not is_name(name):
            odd(f"a pair named {name[:40]!r}")
        else:
            rows.append(row)
    return rows


def _field(answer: object, name: str) -> Any:
    if not isinstance(answer, Mapping) or name not in answer:
        raise _garbage(f"expected a field {name!r}")
    return answer[name]


def _garbage(what: str) -> RetryLater:
    return RetryLater("exchange_garbage", f"Bybit answered something unreadable ({what})", retry_after=1.0)
