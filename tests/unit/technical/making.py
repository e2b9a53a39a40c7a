"""Candles made for the tests of the technical engine."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe

END = datetime(2024, 3, 5, tzinfo=UTC)  # a midnight: every timeframe closes then


def grid(
    timeframe: Timeframe,
    closes: NDArray[np.float64],
    *,
    end: datetime = END,
    symbols: Sequence[str] | None = None,
    spread: float = 0.002,
    volume: NDArray[np.float64] | None = None,
) -> Candles:
    """Candles `[S, T]` around closes `[S, T]`, the last one closing at `end`; each opens where the one before closed."""
    count, bars = closes.shape
    opens = np.concatenate([closes[:, :1], closes[:, :-1]], axis=1)
    last = int(end.timestamp() * 1000)
    times = last - timeframe.milliseconds * np.arange(bars, 0, -1, dtype=np.int64)
    return Candles(
        timeframe,
        tuple(symbols or (f"S{number}USDT" for number in range(count))),
        times,
        opens,
        np.maximum(opens, closes) * (1 + spread),
        np.minimum(opens, closes) * (1 - spread),
        closes,
        np.full(closes.shape, 100.0) if volume is None else volume,
    )


def walk(
    timeframe: Timeframe,
    symbols: Sequence[str],
    bars: int,
    *,
    seed: int = 1,
    drift: float = 0.0,
    noise: float = 0.01,
    end: datetime = END,
) -> Candles:
    """A random walk with a drift per candle; volumes at random."""
    source = np.random.default_rng([seed, timeframe.milliseconds // 60_000])
    steps = source.normal(drift, noise, (len(symbols), bars))
    closes = 100 * np.exp(np.cumsum(steps, axis=1))
    volume = source.lognormal(4, 1, closes.shape)
    return grid(timeframe, np.round(closes, 4), end=end, symbols=symbols, volume=volume, spread=noise / 4)


def store_candles(connection: Connection, candles: Candles, last: int | None = None) -> None:
    """Put a grid, or its last columns, into the candle table; NaN candles are left out."""
    first = 0 if last is None else len(candles.open_time) - last
    for number, symbol in enumerate(candles.symbols):
        columns = {name: getattr(candles, name)[number, first:] for name in CANDLE_FIELDS}
        there = ~np.isnan(columns["close"])
        connection.execute(
            text(
                "INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)"
                " SELECT :symbol, :timeframe, to_timestamp(t / 1000.0), o, h, l, c, v, 'rest' FROM unnest("
                "CAST(:times AS bigint[]), CAST(:open AS float8[]), CAST(:high AS float8[]), CAST(:low AS float8[]),"
                " CAST(:close AS float8[]), CAST(:volume AS float8[])) AS row (t, o, h, l, c, v)"
            ),
            {
                "symbol": symbol,
                "timeframe": candles.timeframe.value,
                "times": candles.open_time[first:][there].tolist(),
                **{name: values[there].tolist() for name, values in columns.items()},
            },
        )


def store_symbols(connection: Connection, symbols: Sequence[str], tick: str = "0.0001") -> None:
    """Make symbols known, with one tick size."""
    for symbol in symbols:
        connection.execute(
            text(
                "INSERT INTO symbol (symbol, base, quote, status, tick_size, lot_size, min_order_amount, kind, special_treatment,"
                " first_seen_at, last_seen_at) VALUES (:symbol, :base, 'USDT', 'Trading', :tick, 0.01, 1, '', false, :at, :at)"
            ),
            {"symbol": symbol, "base": symbol.removesuffix("USDT"), "tick": tick, "at": END - timedelta(days=900)},
        )
