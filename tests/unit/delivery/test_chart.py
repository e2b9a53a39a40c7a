"""Pictures: always one, of the size promised, whatever the candles are."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from functions.delivery.messages.chart import ChartCandles, ChartLevel, draw
from functions.delivery.messages.figures import price_text
from functions.delivery.messages.words import Language, Words

START = datetime(2024, 3, 1, tzinfo=UTC)


def history(count: int, *, flat: bool = False, scale: float = 100.0) -> ChartCandles:
    source = np.random.default_rng(1)
    close = np.full(count, scale) if flat else scale * np.exp(np.cumsum(source.normal(0, 0.01, count)))
    opened = np.concatenate([close[:1], close[:-1]])
    times = [START + timedelta(hours=number) for number in range(count)]
    low, high = (close, close) if flat else (np.minimum(opened, close) * 0.99, np.maximum(opened, close) * 1.01)
    return ChartCandles(times, opened, high, low, close, np.zeros(count) if flat else source.lognormal(3, 1, count))


@pytest.mark.parametrize("found", [history(1), history(20), history(610), history(60, flat=True), history(60, scale=1e-9)])
def test_picture_of_any_candles(found: ChartCandles) -> None:
    price = float(found.close[-1])
    levels = [
        ChartLevel("Entry", price, "entry"),
        ChartLevel("Stop", price * 0.9, "stop"),
        ChartLevel("TP1", price * 1.2, "target"),
    ]
    for shown in ([], levels):
        image = Image.open(BytesIO(draw(found, "BTCUSDT · 1h", shown, found.open_time[-1], Words())))
        assert (image.format, image.size) == ("PNG", (1280, 800))


def texts_of(
    found: ChartCandles, levels: list[ChartLevel], monkeypatch: pytest.MonkeyPatch, words: Words | None = None
) -> list[str]:
    """What a picture says, as matplotlib draws it."""
    from matplotlib.text import Text

    said: list[str] = []
    write = Text.draw

    def listen(self: Text, *values: Any, **more: Any) -> Any:
        said.append(self.get_text())
        return write(self, *values, **more)

    monkeypatch.setattr(Text, "draw", listen)
    draw(found, "BTCUSDT · 1h", levels, None, words or Words())
    return said


@pytest.mark.parametrize(
    ("stop", "shown"), [(9e-10, "0.0000000009"), (1.23e-5, "0.0000123"), (95.5, "95.5"), (6.7e7, "67000000")]
)
def test_every_price_in_a_picture_is_a_plain_decimal(stop: float, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = texts_of(history(60, scale=stop * 1.1), [ChartLevel("Stop", stop, "stop")], monkeypatch)
    assert f" Stop {shown}" in said
    assert not [text for text in said if re.search(r"\de[+-]?\d", text)]
    marks = {text for text in said if re.fullmatch(r"\d+(\.\d+)?", text)}
    assert len(marks) > 4, "marks on the axis can be told apart"


def test_levels_are_drawn() -> None:
    found = history(200)
    plain = draw(found, "BTCUSDT · 1h", [], None, Words())
    assert draw(found, "BTCUSDT · 1h", [ChartLevel("Stop", float(found.close[-1]) * 0.9, "stop")], None, Words()) != plain


def test_levels_that_would_flatten_the_candles_are_named_at_the_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    found = history(60)
    last = float(found.close[-1])
    far = [ChartLevel("TP2", last * 2, "target"), ChartLevel("TP3", last * 3, "target"), ChartLevel("Stop", last * 0.4, "stop")]
    said = texts_of(found, [ChartLevel("Entry", last, "entry"), ChartLevel("TP1", last * 1.02, "target"), *far], monkeypatch)
    assert f" TP1 {price_text(last * 1.02)}" in said
    assert f" TP2 {price_text(last * 2)} ↑" in said
    assert f" TP3 {price_text(last * 3)} ↑" in said
    assert f" Stop {price_text(last * 0.4)} ↓" in said


def test_times_are_the_chats_and_the_price_is_called_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = texts_of(history(60), [], monkeypatch, Words(Language.RU, "Europe/Moscow"))
    assert "3 мар. 14:00" in said  # the last candle opened at 11:00 UTC
    assert "MSK" in said
    assert any(re.fullmatch(r"закрытие \d+(\.\d+)?", text) for text in said)
    days = replace(history(60), open_time=[START + timedelta(days=number) for number in range(60)])
    assert "29 Apr" in texts_of(days, [], monkeypatch)
