"""When the market comes down to an order that rests under it."""

import numpy as np
import pytest

from functions.paper.settling.resting import Fall, first_fall

NAN = np.nan


@pytest.mark.parametrize(
    ("opens", "lows", "closes", "last", "fall"),
    [
        ([100, 99], [91, 90], [99, 95], 100, Fall(1, stepped=False)),
        ([100, 99], [90, 80], [99, 95], 100, Fall(0, stepped=False)),
        ([100, 99], [90.1, 91], [99, 95], 100, None),
        ([60, 99], [50, 91], [55, 95], 90, Fall(0, stepped=True)),
        ([60, 99], [50, 91], [55, 95], 89.9, Fall(0, stepped=False)),
        ([99, 60], [95, 50], [90, 55], 60, Fall(1, stepped=True)),
        ([99, 60], [95, 50], [89, 55], 300, Fall(1, stepped=False)),
        ([99, NAN, 60], [95, NAN, 50], [90, NAN, 55], 60, Fall(2, stepped=True)),
        ([NAN, 60], [NAN, 50], [NAN, 55], 90, Fall(1, stepped=True)),
        ([NAN], [NAN], [NAN], 90, None),
        ([], [], [], 90, None),
    ],
    ids=["at the level", "the first of two", "above it", "a step from the last price", "less than one", "a step between candles",
         "the newest price counts", "over a hole", "nothing but a hole before", "nothing but holes", "nothing"],
)  # fmt: skip
def test_first_candle_that_comes_down(
    opens: list[float], lows: list[float], closes: list[float], last: float, fall: Fall | None
) -> None:
    begins, least, ends = (np.array(values, dtype=float) for values in (opens, lows, closes))
    assert first_fall(begins, least, ends, level=90.0, last=last) == fall
