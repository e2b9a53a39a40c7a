"""The parts of a trend on hand-written values."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from functions.arrays import FloatGrid
from functions.technical.engine import trend

NAN = float("nan")


def cell(value: float) -> FloatGrid:
    return np.array([[value]])


@pytest.mark.parametrize(
    ("close", "ema21", "ema50", "expected"),
    [
        pytest.param(110, 105, 100, +1, id="close and EMA21 above EMA50"),
        pytest.param(110, 99, 100, 0, id="EMA21 still below"),
        pytest.param(99, 105, 100, 0, id="close back below EMA50"),
        pytest.param(90, 95, 100, -1, id="close and EMA21 below EMA50"),
        pytest.param(100, 100, 100, 0, id="all equal"),
        pytest.param(100 + 1e-9, 100 + 1e-9, 100, 0, id="above by rounding only"),
        pytest.param(110, 105, NAN, 0, id="EMA50 not known yet"),
    ],
)
def test_stack(close: float, ema21: float, ema50: float, expected: int) -> None:
    assert trend.stack_direction(cell(close), cell(ema21), cell(ema50))[0, 0] == expected


def test_above_is_by_more_than_a_billionth() -> None:
    assert trend.above(cell(1e9 + 1), cell(1e9)).tolist() == [[False]]
    assert trend.above(cell(1e9 + 1.001), cell(1e9)).tolist() == [[True]]


@pytest.mark.parametrize(
    ("close", "ema50", "ema200", "expected"),
    [
        pytest.param(110, 105, 100, +1, id="above both"),
        pytest.param(110, 100, 105, +1, id="above both, whichever is higher"),
        pytest.param(102, 105, 100, 0, id="between, EMA50 above"),
        pytest.param(102, 100, 105, 0, id="between, EMA200 above"),
        pytest.param(90, 105, 100, -1, id="below both"),
        pytest.param(110, 105, NAN, 0, id="above EMA50, EMA200 not known yet"),
        pytest.param(90, 105, NAN, 0, id="below EMA50, EMA200 not known yet"),
        pytest.param(110, NAN, NAN, 0, id="nothing known"),
    ],
)
def test_regime(close: float, ema50: float, ema200: float, expected: int) -> None:
    assert trend.regime_direction(cell(close), cell(ema50), cell(ema200))[0, 0] == expected


@pytest.mark.parametrize(
    ("plus", "minus", "adx", "expected"),
    [
        pytest.param(30, 10, 25, +1, id="strong and upwards"),
        pytest.param(10, 30, 25, -1, id="strong and downwards"),
        pytest.param(30, 10, 19.9, 0, id="too weak"),
        pytest.param(30, 10, 20, +1, id="just strong enough"),
        pytest.param(20, 20, 25, 0, id="strong without a side"),
        pytest.param(30, 10, NAN, 0, id="ADX not known yet"),
    ],
)
def test_directional(plus: float, minus: float, adx: float, expected: int) -> None:
    assert trend.directional_direction(cell(plus), cell(minus), cell(adx))[0, 0] == expected


def zigzag(*turns: float) -> FloatGrid:
    """A price that walks straight from turn to turn in six steps each."""
    legs = [np.linspace(first, last, 6, endpoint=False) for first, last in pairwise(turns)]
    return np.concatenate([*legs, turns[-1:]])[:, None]


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        pytest.param((10, 20, 15, 25, 18, 30, 29), +1, id="higher highs and higher lows"),
        pytest.param((30, 20, 25, 15, 22, 10, 11), -1, id="lower highs and lower lows"),
        pytest.param((10, 20, 15, 25, 12, 30, 29), 0, id="higher high after a lower low"),
        pytest.param((10, 30, 12, 25, 15, 20, 19), 0, id="lower high after a higher low"),
        pytest.param((10, 20, 15, 20, 15, 20, 19), 0, id="equal turns"),
        pytest.param((10, 20, 15, 25), 0, id="only one confirmed high"),
    ],
)
def test_structure(turns: tuple[float, ...], expected: int) -> None:
    price = zigzag(*turns)
    assert trend.structure_direction(trend.swings(price, price))[-1, 0] == expected


def test_swing_is_marked_five_candles_after_its_turn() -> None:
    price = zigzag(10, 20, 12)  # the turn is row 6
    found = trend.swings(price, price)
    assert np.flatnonzero(~np.isnan(found.high[:, 0])).tolist() == [11]
    assert found.high[11, 0] == 20
    turned = trend.swings(-price, -price)
    assert np.flatnonzero(~np.isnan(turned.low[:, 0])).tolist() == [11]
    assert turned.low[11, 0] == -20


def test_swing_needs_the_five_candles_after_its_turn() -> None:
    price = zigzag(10, 20, 12)[:11]
    assert np.isnan(trend.swings(price, price).high).all()


def test_first_of_equal_highs_is_the_swing() -> None:
    price = np.concatenate([zigzag(10, 20), zigzag(20, 12)])  # rows 6 and 7 are both 20
    marks = trend.swings(price, price).high[:, 0]
    assert np.flatnonzero(~np.isnan(marks)).tolist() == [11]


def test_swings_are_forgotten_after_200_candles() -> None:
    rising = zigzag(10, 20, 15, 25, 18, 30, 29)
    price = np.vstack([rising, np.full((240, 1), 29.0)])
    marks = trend.structure_direction(trend.swings(price, price))[:, 0]
    # From the fourth swing on, until the older of the last two highs, marked on row 23, is forgotten.
    assert np.flatnonzero(marks).tolist() == list(range(29, 23 + 200))
    assert (marks[29:223] == 1).all()


@pytest.mark.parametrize(("rows", "rising"), [((1, 100), range(100, 201)), ((10, 11), range(11, 210)), ((1, 250), [])])
def test_last_two_swings_count_for_200_candles_from_the_older(rows: tuple[int, int], rising: Sequence[int]) -> None:
    high = np.full((300, 1), NAN)
    high[list(rows), 0] = (10.0, 11.0)
    found = trend.structure_direction(trend.Swings(high, high - 5.0))
    assert np.flatnonzero(found).tolist() == list(rising)
    assert (found >= 0).all()


def test_structure_of_the_newest_rows_is_that_of_all_rows() -> None:
    source = np.random.default_rng(5)
    price = 100 * np.exp(np.cumsum(source.normal(0, 0.02, (600, 3)), axis=0))
    marks = trend.swings(price * 1.01, price * 0.99)
    whole = trend.structure_direction(marks)
    assert {-1, 0, 1} == {*whole.ravel().tolist()}
    assert whole.dtype == np.int8
    for last in (0, 1, 7, 250, 600):
        np.testing.assert_array_equal(trend.structure_direction(marks, last), whole[600 - last :])


@pytest.mark.parametrize(
    ("direction", "structure", "directional", "expected"),
    [
        pytest.param(1, 1, 1, 1.0, id="all three agree"),
        pytest.param(1, 1, 0, 2 / 3, id="ADX is weak"),
        pytest.param(1, -1, 0, 1 / 3, id="the averages alone"),
        pytest.param(0, 1, 1, 0.0, id="no direction, no strength"),
        pytest.param(-1, -1, -1, 1.0, id="downwards likewise"),
    ],
)
def test_strength(direction: int, structure: int, directional: int, expected: float) -> None:
    signs = (np.array([[value]], dtype=np.int8) for value in (direction, structure, directional))
    assert trend.strength(*signs)[0, 0] == pytest.approx(expected)


def test_channel_leaves_its_own_candle_out() -> None:
    high = np.arange(30.0)[:, None]
    top, bottom = trend.channel(high, high, 20)
    assert (top[-1, 0], bottom[-1, 0]) == (28.0, 9.0)
