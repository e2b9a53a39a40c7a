"""The history of a backtest from a folder of parquet files, with daily candles from before from another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from functions.backtest.history import MarketHistory, PairRules, joined_days
from functions.errors import InputRejected, NotFound
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import TRADING, Instrument, tradable
from functions.pairs import QUOTE
from functions.technical.engine.resample import resample
from functions.technical.sources.folder import base_timeframe, folder_candles, symbols_in, tick_of

# What the exchange asks of most pairs: files do not say it.
LOT, MIN_AMOUNT = Decimal("0.000001"), Decimal(1)
TRADED_ON = (Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.H4)


def history_of_folder(
    folder: Path, symbols: Sequence[str], gate_symbol: str, until: datetime, daily: Path | None = None
) -> MarketHistory:
    """Read the candles of some symbols, or of all, and of the gate's symbol.

    Args:
        folder: of the files, see `functions.technical.sources.folder`.
        symbols: to trade; all that have a file when there are none.
        gate_symbol: whose daily candles open the gate: from `folder`, or from `daily` where it has no file there.
        until: candles that close later are not read.
        daily: a folder of daily candles from before those of `folder`.

    Raises:
        NotFound: the folder holds no candles.
        InputRejected: a symbol has no file, or there are no candles short enough to trade on.
    """
    there = symbols_in(folder)
    if not there:
        raise NotFound("no_candles", f"expected parquet files of candles in {folder}, got none")
    unknown = [symbol for symbol in symbols if symbol not in there]
    if unknown:
        raise InputRejected("unknown_symbol", f"expected a file of each symbol in {folder}, {', '.join(unknown)} has none")
    rows = tuple(sorted({*(symbols or there), gate_symbol}))
    base = base_timeframe(folder, rows)
    if base not in TRADED_ON:
        raise InputRejected("too_coarse", f"expected candles of 5m, 15m, 1h or 4h in {folder}, the shortest are of {base}")
    finest = folder_candles(folder, rows, base, until)
    ticks = resample(finest, Timeframe.H4)
    pairs = [PairRules(tick_of(ticks, symbol), LOT, MIN_AMOUNT, tradable=is_coin(symbol)) for symbol in rows]
    return MarketHistory.of(finest, pairs, _daily(folder, daily, rows, until))


def history_of_dips(
    folder: Path, symbols: Sequence[str], gate_symbol: str, until: datetime, daily: Path | None = None
) -> MarketHistory:
    """Read the candles of some symbols, or of all, and the gate's daily candles alone from `daily`.

    A coin's trend and age count from its first candle in `folder` on. Errors as of `history_of_folder`.
    """
    history = history_of_folder(folder, symbols, gate_symbol, until)
    return replace(history, gate_days=_joined_gate(history, gate_symbol, daily, until))


def _joined_gate(history: MarketHistory, gate_symbol: str, daily: Path | None, until: datetime) -> Candles | None:
    before = _daily(daily, daily, (gate_symbol,), until) if daily else None
    return None if before is None else joined_days(before, history.days.of((gate_symbol,)))


def is_coin(symbol: str) -> bool:
    """Tell whether a symbol is a coin to trade, by its name alone: all that a file says of it."""
    return tradable(
        Instrument(
            symbol=symbol,
            base=symbol.removesuffix(QUOTE),
            quote=QUOTE,
            status=TRADING,
            tick_size=Decimal(1),
            lot_size=Decimal(1),
            min_order_amount=Decimal(1),
            kind="",
            special_treatment=False,
        )
    )


def _daily(folder: Path, daily: Path | None, rows: Sequence[str], until: datetime) -> Candles | None:
    """Return the daily candles that are not joined from shorter ones, if there are any."""
    place = daily or folder
    try:
        return folder_candles(place, rows, Timeframe.D1, until) if daily else None
    except NotFound as error:
        raise NotFound("no_candles", f"expected daily candles of {', '.join(rows[:3])} or others in {place}") from error
