"""The picture shows each line's change since its first moment, whatever its worth is in."""

from datetime import timedelta
from io import BytesIO

import numpy as np
from PIL import Image

from functions.delivery.messages.equity_picture import EquityLine, draw_equity
from functions.delivery.messages.words import Language, Words
from tests.unit.delivery import making

DAYS = [making.CLOSE + timedelta(days=number) for number in range(8)]


def pixels(*lines: EquityLine, language: Language = Language.EN) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(BytesIO(draw_equity(lines, Words(language)))).convert("RGB"))


def test_picture_is_as_large_as_every_other() -> None:
    assert pixels(EquityLine("Desk", DAYS, [1000.0 + day for day in range(8)])).shape == (800, 1280, 3)


def test_same_change_gives_the_same_line_whatever_it_is_worth() -> None:
    desk = EquityLine("Desk", DAYS, [1000 * 1.01**day for day in range(8)])
    richer = EquityLine("Desk", DAYS, [50_000 * 1.01**day for day in range(8)])
    poorer = EquityLine("Desk", DAYS, [1000 * 0.99**day for day in range(8)])
    assert np.array_equal(pixels(desk), pixels(richer))
    assert not np.array_equal(pixels(desk), pixels(poorer))


def test_an_account_of_two_days_stands_beside_one_of_eight() -> None:
    old, young = EquityLine("Desk", DAYS, [1.0] * 8), EquityLine("By hand", DAYS[-2:], [10.0, 11.0])
    assert not np.array_equal(pixels(old), pixels(old, young))
    assert not np.array_equal(pixels(old), pixels(old, language=Language.RU))  # the names of the days
