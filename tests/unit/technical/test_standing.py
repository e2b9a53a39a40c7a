"""What a higher timeframe says at closes of a lower one: its newest candle that was there, and how late that is."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.quality import Problem
from functions.technical.setups.standing import Standing, standing_at
from tests.unit.technical.making import walk

H4 = Timeframe.H4
SPAN = H4.milliseconds
NONE, FLAT, MISSING = Problem.NONE, Problem.FLAT, Problem.MISSING
NAN = float("nan")


def analysed() -> Analysis:
    """Three 4h closes of two symbols, each cell with values of its own; the second symbol lacks its last candle."""
    made = analyse(walk(H4, ["A", "B"], 3))
    return replace(
        made,
        problem=np.array([[NONE, FLAT, NONE], [NONE, FLAT, MISSING]], dtype=np.int8),
        trend=replace(
            made.trend,
            direction=np.array([[1, -1, 1], [-1, 1, 0]], dtype=np.int8),
            strength=np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
            regime=np.array([[-1, 1, -1], [1, -1, 1]], dtype=np.int8),
        ),
        indicators=replace(
            made.indicators,
            atr=np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            ema200=np.array([[NAN, 1.0, 1.0], [1.0, 1.0, NAN]]),
        ),
    )


WHOLE = analysed()
FIRST, SECOND, LAST = WHOLE.close_time.tolist()


def at(moment: int, symbol: int, higher: Analysis = WHOLE) -> dict[str, Any]:
    """What stands at one moment of one symbol, by name."""
    standing = standing_at(higher, np.array([FIRST - SPAN, moment, LAST + 9 * SPAN]))
    return {field.name: getattr(standing, field.name)[symbol, 1] for field in fields(Standing) if field.name != "timeframe"}


def said(
    close_time: int, late: int, problem: Problem, direction: int, strength: float, atr: float, regime: int, known: bool
) -> Any:
    names = [field.name for field in fields(Standing) if field.name != "timeframe"]
    values = (close_time, late, problem, direction, strength, atr, regime, known)
    return dict(zip(names, values, strict=True))


NOTHING = said(0, -1, MISSING, 0, 0.0, NAN, 0, known=False)
OF_FIRST = said(FIRST, 0, NONE, 1, 0.1, 1.0, -1, known=False)
OF_SECOND = said(SECOND, 0, FLAT, -1, 0.2, 2.0, 1, known=True)
OF_LAST = said(LAST, 0, NONE, 1, 0.3, 3.0, -1, known=True)
OF_OTHER = said(SECOND, 0, FLAT, 1, 0.5, 5.0, -1, known=True)


@pytest.mark.parametrize(
    ("moment", "symbol", "expected"),
    [
        pytest.param(FIRST - 1, 0, NOTHING, id="before the first close"),
        pytest.param(FIRST, 0, OF_FIRST, id="at the first close"),
        pytest.param(SECOND - 1, 0, OF_FIRST, id="just before the second"),
        pytest.param(SECOND, 0, OF_SECOND, id="at the second"),
        pytest.param(LAST + SPAN - 1, 0, OF_LAST, id="until the next one should have closed"),
        pytest.param(LAST + SPAN, 0, OF_LAST | {"late": 1}, id="a candle late"),
        pytest.param(LAST + 5 * SPAN + 1, 0, OF_LAST | {"late": 5}, id="five candles late"),
        pytest.param(SECOND, 1, OF_OTHER, id="of another symbol"),
        pytest.param(LAST, 1, OF_OTHER | {"late": 1}, id="the last candle is missing"),
    ],
)
def test_standing_is_that_of_the_newest_candle_that_was_there(moment: int, symbol: int, expected: dict[str, Any]) -> None:
    np.testing.assert_equal(at(moment, symbol), expected)


def test_without_candles_nothing_stands() -> None:
    never = analyse(walk(H4, ["A", "B"], 1))
    np.testing.assert_equal(at(LAST, 1, replace(never, problem=np.full((2, 1), MISSING, dtype=np.int8))), NOTHING)
    np.testing.assert_equal(at(LAST, 1, never.during(slice(0))), NOTHING)


@pytest.mark.parametrize("higher", [WHOLE, WHOLE.during(slice(0))], ids=["some candles", "none"])
def test_standing_has_a_cell_of_its_type_for_each_symbol_and_moment(higher: Analysis) -> None:
    standing = standing_at(higher, np.array([FIRST, SECOND, LAST, LAST + SPAN]))
    types = {"problem": np.int8, "direction": np.int8, "regime": np.int8, "strength": np.float64, "atr": np.float64}
    for name, expected in {**types, "close_time": np.int64, "late": np.int64, "regime_known": np.bool_}.items():
        grid = getattr(standing, name)
        assert (grid.shape, grid.dtype) == ((2, 4), np.dtype(expected)), name
    assert standing.timeframe is H4


@pytest.mark.parametrize("number", [0, 1])
def test_row_is_the_standing_of_one_symbol(number: int) -> None:
    standing = standing_at(WHOLE, np.array([SECOND, LAST]))
    row = standing.row(number)
    assert row.timeframe is H4
    for field in fields(Standing):
        if field.name != "timeframe":
            np.testing.assert_array_equal(getattr(row, field.name), getattr(standing, field.name)[[number]])
