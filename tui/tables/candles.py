"""A picture of candles in characters: one column a candle, the levels of a signal dotted, with their names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from functions.panes.answers import CandleShown, SignalPane
from tui import words
from tui.words import Tone

MARGIN = 16  # characters, of the names at the right
LEAST_HEIGHT = 4
WICK, UP, DOWN, LEVEL, SIGNAL = "│", "█", "▒", "┄", "▲"
Piece = tuple[str, Tone]


@dataclass(frozen=True, slots=True)
class Level:
    """A price that the signal names."""

    name: str
    price: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Scale:
    """Which row a price lies in; the highest price is in row 0."""

    low: float
    high: float
    rows: int

    def row(self, price: float) -> int:
        """Return the row of a price."""
        span = self.high - self.low
        return round((self.high - price) / span * (self.rows - 1)) if span else self.rows // 2


def levels_of(pane: SignalPane) -> list[Level]:
    """Return entry, stop and targets of a signal."""
    signal = pane.signal
    targets = [Level(f"TP{place}", float(price), Tone.UP) for place, price in enumerate(signal.targets, start=1)]
    return [Level("entry", float(signal.entry), Tone.PLAIN), Level("stop", float(signal.stop), Tone.DOWN), *targets]


def candle_chart(pane: SignalPane, width: int, height: int) -> list[list[Piece]]:
    """Return the lines of the picture, each as pieces of text with their tones; none without a candle or without room.

    Rising candles are full, falling ones are hatched. The last line marks the candle that the signal was made at.
    """
    if width <= MARGIN or height < LEAST_HEIGHT or not pane.candles:
        return []
    candles = pane.candles[MARGIN - width :]
    levels = levels_of(pane)
    prices = [price for candle in candles for price in (candle.low, candle.high)] + [level.price for level in levels]
    scale = Scale(min(prices), max(prices), height - 1)
    columns = [_column(candle, scale) for candle in candles]
    named: dict[int, list[Level]] = {}
    for level in levels:
        named.setdefault(scale.row(level.price), []).append(level)
    lines = []
    for row in range(scale.rows):
        here = named.get(row, [])
        blank = (LEVEL if here else " ", here[0].tone if here else Tone.PLAIN)
        label = " ".join([*(level.name for level in here), words.price(here[0].price)]) if here else ""
        lines.append([*_joined(column[row] or blank for column in columns), (f" {label}"[:MARGIN], blank[1])])
    return [*lines, [(_marks(candles, pane), Tone.PLAIN)]]


def _column(candle: CandleShown, scale: Scale) -> list[Piece | None]:
    rising = candle.close >= candle.open
    tone = Tone.UP if rising else Tone.DOWN
    cells: list[Piece | None] = [None] * scale.rows
    for row in range(scale.row(candle.high), scale.row(candle.low) + 1):
        cells[row] = (WICK, tone)
    for row in range(scale.row(max(candle.open, candle.close)), scale.row(min(candle.open, candle.close)) + 1):
        cells[row] = (UP if rising else DOWN, tone)
    return cells


def _joined(cells: Iterable[Piece]) -> Sequence[Piece]:
    """Return the cells of a line with neighbours of one tone together."""
    pieces: list[Piece] = []
    for text, tone in cells:
        if pieces and pieces[-1][1] is tone:
            pieces[-1] = (pieces[-1][0] + text, tone)
        else:
            pieces.append((text, tone))
    return pieces


def _marks(candles: Sequence[CandleShown], pane: SignalPane) -> str:
    """Return the line below: a mark under the signal's candle with its time."""
    place = next((place for place, candle in enumerate(candles) if candle.closed_at == pane.signal.close_time), None)
    if place is None:
        return f"last close {words.moment(candles[-1].closed_at)} UTC"
    return " " * place + f"{SIGNAL} {pane.signal.close_time:%H:%M} UTC"
