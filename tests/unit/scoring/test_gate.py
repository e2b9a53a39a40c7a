"""Which direction Bitcoin's daily close allows."""

import numpy as np
import pytest

from functions.scoring.gate import regime
from tests.unit.scoring.making import cell


@pytest.mark.parametrize(
    ("close", "ema50", "ema200", "direction"),
    [
        pytest.param(110, 100, 90, 1, id="above both"),
        pytest.param(110, 100, 105, 1, id="above both, averages crossed"),
        pytest.param(80, 100, 90, -1, id="below both"),
        pytest.param(95, 100, 90, 0, id="between"),
        pytest.param(95, 90, 100, 0, id="between, averages crossed"),
        pytest.param(100, 100, 90, 0, id="on one of them"),
        pytest.param(110, 100, np.nan, np.nan, id="EMA200 unknown"),
        pytest.param(110, np.nan, 90, np.nan, id="EMA50 unknown"),
        pytest.param(np.nan, 100, 90, np.nan, id="close unknown or late"),
    ],
)
def test_regime(close: float, ema50: float, ema200: float, direction: float) -> None:
    np.testing.assert_array_equal(regime(cell(close), cell(ema50), cell(ema200)), cell(direction))
