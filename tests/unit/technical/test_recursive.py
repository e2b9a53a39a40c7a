"""The compiled walk gives the bits of the formulas written out for one symbol, one candle after the other."""

from dataclasses import replace

import numpy as np
import pytest

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Indicators, analyse
from functions.technical.engine.history import history_of
from functions.technical.engine.recursive import Recursive, ema, recursive
from tests.unit.technical.making import walk

NAMES = tuple(Recursive.__slots__)


@pytest.fixture(scope="module")
def candles() -> Candles:
    """Symbols that begin at once, later, too late for EMA(200) and not at all; candles are missing."""
    made = walk(Timeframe.H1, ["AAAUSDT", "LATEUSDT", "LATERUSDT", "NEVERUSDT"], 333, seed=8)
    grids = {name: getattr(made, name).copy() for name in CANDLE_FIELDS}
    for grid in grids.values():
        grid[1, :70] = np.nan
        grid[2, :300] = np.nan
        grid[3] = np.nan
        grid[0, 150:153] = np.nan
    return replace(made, **grids)


def plainly(values: list[float], length: int, weight: float) -> list[float]:
    """One recursive average of a series, in plain numbers; NaN until it begins."""
    found = [float("nan")] * len(values)
    for number in range(length - 1, len(values)):
        if number == length - 1:
            total = 0.0
            for value in values[:length]:
                total += value
            found[number] = total / length
        else:
            found[number] = found[number - 1] + weight * (values[number] - found[number - 1])
    return found


def later(values: list[float], candles: int) -> list[float]:
    return [float("nan")] * candles + values


def expected(high: list[float], low: list[float], close: list[float], volume: list[float]) -> dict[str, list[float]]:
    """Everything recursive of one symbol from its first candle on."""
    steps = list(range(1, len(close)))
    ups, downs = [high[t] - high[t - 1] for t in steps], [low[t - 1] - low[t] for t in steps]
    ranges = [high[0] - low[0]] if high else []
    ranges += [max(high[t], close[t - 1]) - min(low[t], close[t - 1]) for t in steps]
    flows = {
        "gain": [max(close[t] - close[t - 1], 0.0) for t in steps],
        "loss": [max(close[t - 1] - close[t], 0.0) for t in steps],
        "plus": [up if up > max(down, 0.0) else 0.0 for up, down in zip(ups, downs, strict=True)],
        "minus": [down if down > max(up, 0.0) else 0.0 for up, down in zip(ups, downs, strict=True)],
        "ranges": ranges[1:],
    }
    found = {name: later(plainly(values, 14, 1 / 14), 1)[: len(close)] for name, values in flows.items()}
    found["atr"] = plainly(ranges, 14, 1 / 14)
    for length in (9, 21, 50, 200):
        found[f"ema{length}"] = plainly(close, length, 2 / (length + 1))
    fast, slow = plainly(close, 12, 2 / 13), plainly(close, 26, 2 / 27)
    found["macd"] = [one - other for one, other in zip(fast, slow, strict=True)]
    found["macd_signal"] = later(plainly(found["macd"][25:], 9, 2 / 10), 25)[: len(close)]
    index = [abs(p - m) / (p + m) * 100 for p, m in zip(found["plus"][14:], found["minus"][14:], strict=True)]
    found["adx"] = later(plainly(index, 14, 1 / 14), 14)[: len(close)]
    balance = [0.0] * len(close)
    for t in steps:
        balance[t] = balance[t - 1] + volume[t] * ((close[t] > close[t - 1]) - (close[t] < close[t - 1]))
    found["obv"] = balance
    return found


@pytest.mark.parametrize("symbol", range(4))
def test_walk_gives_the_bits_of_the_plain_formulas(candles: Candles, symbol: int) -> None:
    history = history_of(candles)
    found = recursive(history, len(history.close))
    start = int(history.starts[symbol])
    series = (getattr(history, name)[start:, symbol].tolist() for name in ("high", "low", "close", "volume"))
    plain = expected(*series)
    assert set(plain) == set(NAMES)
    for name in NAMES:
        values = getattr(found, name)[:, symbol]
        np.testing.assert_array_equal(values[start:], plain[name], err_msg=name)
        assert np.isnan(values[:start]).all() or name == "obv"


def test_the_last_rows_are_those_of_the_whole_walk(candles: Candles) -> None:
    history = history_of(candles)
    whole, last = recursive(history, len(history.close)), recursive(history, 5)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(last, name), getattr(whole, name)[-5:], err_msg=name)


def test_engine_hands_out_what_the_walk_gives(candles: Candles) -> None:
    found, walked = analyse(candles).indicators, recursive(history_of(candles), len(candles.open_time))
    for name in sorted(set(NAMES) & set(Indicators.__slots__)):
        np.testing.assert_array_equal(getattr(found, name).T, getattr(walked, name), err_msg=name)


def test_ema_of_one_series() -> None:
    values = np.random.default_rng(4).random(40)
    np.testing.assert_array_equal(ema(values, 9), plainly(values.tolist(), 9, 0.2))
    assert np.isnan(ema(values[:8], 9)).all()
