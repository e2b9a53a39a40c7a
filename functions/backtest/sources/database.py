"""The history of a backtest from the desk's own database: its candles, its pairs, and what every source said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from functions.backtest.history import MarketHistory, PairRules
from functions.errors import InputRejected
from functions.factors.history import FactorSource, ReadingColumns
from functions.factors.reading import MARKET, Factor
from functions.factors.store import reading_columns
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.store.candle_grids import read_range
from functions.market.store.universe import read_instruments
from functions.market.universe import tradable
from functions.technical.engine.span import LONGEST
from functions.technical.factors import MOVES, TRENDS

YEAR = timedelta(days=366)
COMPUTED = {FactorSource(Factor.TECHNICAL, TRENDS), FactorSource(Factor.MOMENTUM, MOVES)}  # from the candles themselves
_SPAN = text("""
    SELECT min(open_time), max(open_time) FROM candle
    WHERE timeframe = :timeframe AND open_time >= :since AND open_time < :until
""")
_SYMBOLS = text("""
    SELECT DISTINCT symbol FROM candle
    WHERE timeframe = :timeframe AND open_time >= :since AND open_time < :until ORDER BY symbol
""")


def stored_span(connection: Connection, now: datetime) -> tuple[datetime, datetime]:
    """Return when the first 5m candle of the last year opens and the last one closes.

    Raises:
        InputRejected: there is none.
    """
    first, last = connection.execute(_SPAN, {"timeframe": Timeframe.M5.value, "since": now - YEAR, "until": now}).one()
    if first is None:
        raise InputRejected("no_candles", "expected 5m candles in the database, got none: quorum collector backfill loads them")
    return first, last + Timeframe.M5.span


def history_of_database(
    connection: Connection, symbols: Sequence[str], gate_symbol: str, since: datetime, until: datetime
) -> MarketHistory:
    """Read the stored candles of every timeframe, each with what the live desk would compute it from.

    Raises:
        InputRejected: a symbol is unknown, or there are no candles in that span.
    """
    span = {"timeframe": Timeframe.M5.value, "since": since, "until": until}
    there = list(connection.scalars(_SYMBOLS, span))
    instruments = read_instruments(connection, [*there, *symbols, gate_symbol])
    unknown = [symbol for symbol in symbols if symbol not in instruments]
    if unknown:
        raise InputRejected("unknown_symbol", f"expected pairs of the exchange, got {', '.join(unknown)}")
    if not there:
        raise InputRejected("no_candles", f"expected 5m candles from {since:%Y-%m-%d} to {until:%Y-%m-%d}, got none")
    rows = tuple(sorted({*(symbols or there), gate_symbol} & set(instruments)))
    if gate_symbol not in rows:
        raise InputRejected("unknown_symbol", f"expected the gate's symbol {gate_symbol} among the pairs of the exchange")

    def read(timeframe: Timeframe, before: int = LONGEST) -> Candles:
        last = timeframe.last_closed(until)
        return read_range(connection, timeframe, rows, timeframe.floor(since) - before * timeframe.span, last)

    pairs = [
        PairRules(one.tick_size, one.lot_size, one.min_order_amount, tradable=tradable(one))
        for one in (instruments[symbol] for symbol in rows)
    ]
    return MarketHistory(
        finest=read(Timeframe.M5, 0),
        quarters=read(Timeframe.M15),
        hours=read(Timeframe.H1),
        fours=read(Timeframe.H4),
        days=read(Timeframe.D1),
        pairs=pairs,
    )


def readings_of_database(
    connection: Connection, symbols: Sequence[str], since: datetime, until: datetime
) -> list[ReadingColumns]:
    """Return what every source said of some symbols, and, in the last row, of the market as a whole."""
    columns = reading_columns(connection, [*symbols, MARKET], since, until)
    return [one for one in columns if one.source not in COMPUTED]
