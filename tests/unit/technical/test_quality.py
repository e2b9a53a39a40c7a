"""What makes a history unfit, on hand-written grids."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import analyse
from functions.technical.engine.quality import Problem
from tests.unit.technical.making import walk


def changed(bars: int = 120, **changes: dict[int, float]) -> Candles:
    """A sound walk with some values replaced: `close={-1: nan}`."""
    made = walk(Timeframe.H1, ["AAAUSDT"], bars)
    grids = {name: getattr(made, name).copy() for name in CANDLE_FIELDS}
    for name, values in changes.items():
        for column, value in values.items():
            grids[name][0, column] = value
    return Candles(made.timeframe, made.symbols, made.open_time, **grids)


def problem(candles: Candles) -> Problem:
    return Problem(int(analyse(candles, 1).problem[0, 0]))


def flat(bars: int) -> Candles:
    grid = np.full((1, bars), 5.0)
    return Candles(Timeframe.H1, ("AAAUSDT",), np.arange(bars, dtype=np.int64) * 3_600_000, grid, grid, grid, grid, grid)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("candles", "expected"),
    [
        pytest.param(changed(), Problem.NONE, id="sound"),
        pytest.param(changed(60), Problem.NONE, id="just enough candles"),
        pytest.param(changed(59), Problem.TOO_FEW, id="one candle too few"),
        pytest.param(changed(1), Problem.TOO_FEW, id="one candle"),
        pytest.param(changed(close={-1: NAN}), Problem.MISSING, id="newest candle missing"),
        pytest.param(changed(close={-1: INF}), Problem.MISSING, id="newest close infinite"),
        pytest.param(changed(low={-1: 0.0}), Problem.MISSING, id="price of zero"),
        pytest.param(changed(high={-1: 1e-3}), Problem.MISSING, id="high below low"),
        pytest.param(changed(volume={-1: -1.0}), Problem.MISSING, id="negative volume"),
        pytest.param(changed(close={-2: NAN, -10: NAN}), Problem.NONE, id="two gaps of 50 are allowed"),
        pytest.param(changed(close={-2: NAN, -10: NAN, -50: NAN}), Problem.GAPS, id="three gaps of 50"),
        pytest.param(changed(close={-2: NAN, -10: NAN, -51: NAN}), Problem.NONE, id="third gap is 51 candles ago"),
        pytest.param(changed(volume={-1: 0.0}), Problem.NO_TRADES, id="nothing traded in this candle"),
        pytest.param(flat(120), Problem.FLAT, id="flat price"),
    ],
)
def test_problem(candles: Candles, expected: Problem) -> None:
    assert problem(candles) is expected


def test_gap_counts_as_a_quiet_candle_at_the_last_close() -> None:
    whole, holed = changed(), changed(close={-2: NAN})
    last = whole.close[0, -3]
    expected = whole.close[0].copy()
    expected[-2] = last
    quiet = changed(open={-2: last}, high={-2: last}, low={-2: last}, close={-2: last}, volume={-2: 0.0})
    left, right = analyse(holed, 1).indicators, analyse(quiet, 1).indicators
    assert left.ema9[0, 0] == right.ema9[0, 0]
    assert left.atr[0, 0] == right.atr[0, 0]


NEARLY_FLAT = 5.0 * np.array([1.0] * 119 + [1.0 + 2e-9])
BARELY_FLAT = 5.0 * np.array([1.0] * 119 + [1.0 + 5e-10])


def prices(closes: NDArray[np.float64]) -> Candles:
    grid_ = closes[None, :]
    return replace(flat(len(closes)), open=grid_, high=grid_, low=grid_, close=grid_)


@pytest.mark.parametrize(
    ("candles", "expected"),
    [
        pytest.param(prices(NEARLY_FLAT), Problem.NONE, id="moved by more than 1e-9"),
        pytest.param(prices(BARELY_FLAT), Problem.FLAT, id="moved by less than 1e-9"),
        pytest.param(prices(np.array([1e9] * 119 + [1e9 - 1])), Problem.FLAT, id="moved by just 1e-9"),
        pytest.param(prices(np.array([1e9] * 119 + [1e9 - 1.001])), Problem.NONE, id="moved by a little more"),
        pytest.param(prices(np.array([5.0] * 100 + [6.0] * 20)), Problem.FLAT, id="moved 20 candles ago"),
        pytest.param(prices(np.array([5.0] * 101 + [6.0] * 19)), Problem.NONE, id="moved among the last 20"),
    ],
)
def test_flat_is_a_range_below_1e_9(candles: Candles, expected: Problem) -> None:
    assert problem(candles) is expected


def test_coin_that_moves_is_not_flat_for_one_candle_without_a_range_at_its_low() -> None:
    low = float(changed().low[0, -20:].min())
    still = {-10: low}
    assert problem(changed(open=still, high=still, low=still, close=still)) is Problem.NONE


def test_problems_are_small_numbers() -> None:
    assert analyse(changed(), 3).problem.dtype == np.int8
