"""With which candle each indicator begins, and how many it needs until it is within 0.01% of one with a long history."""

from dataclasses import fields, replace

import numpy as np
import pytest

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, Indicators, analyse, analyse_history
from functions.technical.engine.history import history_of
from functions.technical.engine.span import WARM_UP
from functions.technical.setups.verdict import indicator_values
from tests.unit.technical.making import walk

# The candle that has the first value; a symbol's first candle is 1.
FIRST = {
    "ema9": 9,
    "ema21": 21,
    "ema50": 50,
    "ema200": 200,
    "macd": 26,
    "macd_signal": 34,
    "macd_histogram": 34,
    "rsi": 15,
    "stochastic_k": 30,
    "stochastic_d": 32,
    "bollinger_middle": 20,
    "bollinger_upper": 20,
    "bollinger_lower": 20,
    "atr": 14,
    "plus_di": 15,
    "minus_di": 15,
    "adx": 28,
    "obv": 1,
    "obv_change20": 21,
    "volume_average": 20,
    "vwap": 1,
}
# Measured on 300 random walks, with a margin; OBV has no level of its own, so it never settles.
SETTLED = {
    "ema9": 50,
    "ema21": 110,
    "ema50": 250,
    "ema200": 1000,
    "macd": 130,
    "macd_signal": 140,
    "macd_histogram": 130,
    "rsi": 180,
    "stochastic_k": 200,
    "stochastic_d": 200,
    "bollinger_middle": 20,
    "bollinger_upper": 20,
    "bollinger_lower": 20,
    "atr": 160,
    "plus_di": 160,
    "minus_di": 160,
    "adx": 220,
    "obv_change20": 21,
    "volume_average": 20,
    "vwap": 24,
}
PRICES = ("ema", "macd", "bollinger", "vwap")
PERCENT = ("rsi", "stochastic_k", "stochastic_d", "plus_di", "minus_di", "adx")


@pytest.fixture(scope="module")
def candles() -> Candles:
    return walk(Timeframe.H1, [f"S{number}USDT" for number in range(100)], 3000, seed=3)


@pytest.fixture(scope="module")
def full(candles: Candles) -> Analysis:
    return endless(candles, 1)


def endless(candles: Candles, last: int) -> Analysis:
    """The newest closes computed from all candles, however many there are."""
    return analyse_history(history_of(candles), last)


def newest(candles: Candles, bars: int) -> Candles:
    grids = (getattr(candles, name)[:, -bars:] for name in CANDLE_FIELDS)
    return Candles(candles.timeframe, candles.symbols, candles.open_time[-bars:], *grids)


def test_every_indicator_but_obv_is_listed() -> None:
    assert {field.name for field in fields(Indicators)} - set(SETTLED) == {"obv"}


def test_candles_under_a_close_cover_the_longest() -> None:
    assert max(SETTLED.values()) <= WARM_UP


@pytest.mark.parametrize(("name", "bars"), SETTLED.items())
def test_settled_within_a_hundredth_of_a_percent(name: str, bars: int, candles: Candles, full: Analysis) -> None:
    long = getattr(full.indicators, name)[:, 0]
    short = getattr(endless(newest(candles, bars), 1).indicators, name)[:, 0]
    # Of the price for what is measured in price, of the scale for 0..100, of itself for the rest.
    size = full.close[:, 0] if name.startswith(PRICES) else 100.0 if name in PERCENT else np.abs(long)
    assert (np.abs(short - long) / size).max() < 1e-4


@pytest.mark.parametrize("listed", [0, 37], ids=["from the first candle of the grid", "listed later"])
@pytest.mark.parametrize(("name", "first"), FIRST.items())
def test_first_value(name: str, first: int, listed: int) -> None:
    made = walk(Timeframe.H1, ["AAAUSDT"], 240, seed=2)
    grids = {column: getattr(made, column).copy() for column in CANDLE_FIELDS}
    for grid in grids.values():
        grid[:, :listed] = np.nan
    values = getattr(analyse(replace(made, **grids)).indicators, name)[0]
    if name == "obv" and listed:
        assert not values[: listed + 1].any()  # its level is 0 up to the first candle
        return
    assert np.isnan(values[: listed + first - 1]).all()
    assert np.isfinite(values[listed + first - 1 :]).all()


def test_every_indicator_has_a_first_value() -> None:
    assert {field.name for field in fields(Indicators)} == set(FIRST)


def test_obv_change_is_the_difference_of_obv_and_does_not_depend_on_the_beginning(candles: Candles) -> None:
    long, short = endless(candles, 50).indicators, endless(newest(candles, 73), 50).indicators
    np.testing.assert_array_equal(short.obv_change20, long.obv_change20)
    apart = endless(candles, 70).indicators.obv
    np.testing.assert_allclose(long.obv_change20, apart[:, 20:] - apart[:, :-20], rtol=1e-6)


def test_snapshot_leaves_out_what_depends_on_the_beginning(full: Analysis) -> None:
    assert set(indicator_values(full.indicators, 0, 0)) == set(FIRST) - {"obv"}


def test_obv_changes_do_not_depend_on_the_beginning(candles: Candles) -> None:
    long, short = endless(candles, 50).indicators.obv, endless(newest(candles, 100), 50).indicators.obv
    np.testing.assert_allclose(np.diff(short, axis=1), np.diff(long, axis=1), rtol=1e-6)
