"""The engine walks over all averages at once; each formula on its own gives the same bits."""

from dataclasses import replace

import numpy as np

from functions.market.candles import Timeframe
from functions.technical import indicators as formula
from functions.technical.analysis import analyse
from functions.technical.history import history_of
from functions.technical.windows import shift
from tests.unit.technical.making import walk


def test_formulas_give_the_bits_of_the_engine_also_for_a_symbol_listed_later() -> None:
    made = walk(Timeframe.H1, ["AAAUSDT", "LATEUSDT", "LATERUSDT"], 333, seed=8)
    grids = {name: getattr(made, name).copy() for name in ("open", "high", "low", "close", "volume")}
    for grid in grids.values():
        grid[1, :70] = np.nan
        grid[2, :300] = np.nan
        grid[0, 150:153] = np.nan
    candles = replace(made, **grids)
    history = history_of(candles)
    high, low, close, starts = history.high, history.low, history.close, history.starts
    line, signal, histogram = formula.macd(close, starts)
    plus, minus, adx = formula.adx(high, low, close, starts)
    expected = {
        **{f"ema{length}": formula.ema(close, length, starts) for length in (9, 21, 50, 200)},
        "macd": line,
        "macd_signal": signal,
        "macd_histogram": histogram,
        "rsi": formula.rsi(close, starts),
        "atr": formula.atr(formula.true_range(high, low, shift(close, 1)), starts),
        "plus_di": plus,
        "minus_di": minus,
        "adx": adx,
        "obv": formula.obv(close, history.volume),
    }
    found = analyse(candles).indicators
    for name, values in expected.items():
        np.testing.assert_array_equal(getattr(found, name).T, values, err_msg=name)
        # The late symbols have values, so that this says something of them too.
        assert np.isfinite(values[-1, 1])
