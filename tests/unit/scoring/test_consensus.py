"""How many factors agree with a direction."""

import numpy as np
import pytest

from functions.scoring.consensus import agreeing_factors
from tests.unit.scoring.making import RULES, Said, cell, heard

UP: Said = (0.5, 0.8)
DOWN: Said = (-0.5, 0.8)


@pytest.mark.parametrize(
    ("said", "publishers", "direction", "agreeing"),
    [
        pytest.param({}, 1, 1, 0, id="nobody"),
        pytest.param({"technical": UP, "context": UP, "momentum": UP}, 1, 1, 3, id="three for long"),
        pytest.param({"technical": UP, "context": UP, "momentum": UP}, 1, -1, 0, id="none for short"),
        pytest.param({"technical": DOWN, "context": DOWN, "momentum": UP}, 1, -1, 2, id="two for short"),
        pytest.param({"technical": UP, "context": (0.09, 1.0), "momentum": (0.1, 1.0)}, 1, 1, 2, id="one leans too little"),
        pytest.param({"technical": UP, "context": (0.9, 0.0), "momentum": UP}, 1, 1, 2, id="one sees no direction"),
        pytest.param({"technical": UP, "context": UP, "sentiment": UP}, 2, 1, 2, id="text of two publishers"),
        pytest.param({"technical": UP, "context": UP, "sentiment": UP}, 3, 1, 3, id="text of three publishers"),
        pytest.param({"technical": DOWN, "context": DOWN, "sentiment": DOWN}, 3, -1, 3, id="text of three for short"),
        pytest.param({"technical": UP, "context": UP, "sentiment": DOWN}, 3, 1, 2, id="text of three against it"),
        pytest.param({"technical": UP, "context": UP, "momentum": UP}, 1, 0, 0, id="no direction"),
        pytest.param({"technical": UP, "context": UP, "momentum": UP}, 1, np.nan, 0, id="direction unknown"),
    ],
)
def test_factors_that_agree(said: dict[str, Said], publishers: int, direction: float, agreeing: int) -> None:
    assert agreeing_factors(heard(said, publishers), cell(direction), RULES)[0, 0] == agreeing
