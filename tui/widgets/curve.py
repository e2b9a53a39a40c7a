"""Curves on the screen: what accounts and Bitcoin made of 100, by UTC days."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from math import isfinite, nan

import plotext
from rich.text import Text
from textual.widget import Widget

TICKS = 5
WHOLE = 1000  # from there on without a decimal
COLOURS = ((95, 175, 255), (255, 175, 95), (175, 135, 255), (135, 215, 135), (255, 135, 175), (215, 215, 135))


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line; the values stand at equal distances, NaN where nothing is known."""

    name: str
    values: tuple[float, ...]

    @property
    def end(self) -> float:
        """Return the newest value that is known; NaN without one."""
        return next((value for value in reversed(self.values) if isfinite(value)), nan)


class CurvesChart(Widget):
    """Draws its curves over each other in whatever room it has."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the library's own name
        super().__init__(id=id)
        self._curves: Sequence[Curve] = ()

    def show(self, curves: Sequence[Curve]) -> None:
        """Draw these curves."""
        self._curves = curves
        self.refresh()

    def render(self) -> Text:
        """Return the picture, or a line that says why there is none."""
        longest = max((len(curve.values) for curve in self._curves), default=0)
        if longest < 2:
            return Text("equity is drawn from the second day on", "dim")
        names = legend(self._curves)
        names.truncate(self.size.width, overflow="ellipsis")
        return Text("\n").join([names, Text.from_ansi(drawn(self._curves, self.size.width, self.size.height - 1))])


def legend(curves: Sequence[Curve]) -> Text:
    """Return the name of each curve with its newest value, the highest first, as their ends stand."""
    ends = [(curve.end, curve.name, colour) for curve, colour in zip(curves, cycle(COLOURS), strict=False) if isfinite(curve.end)]
    names = ((f"━ {name} {end:.1f}  ", f"rgb{colour}".replace(" ", "")) for end, name, colour in sorted(ends, reverse=True))
    return Text.assemble("of 100: ", *names, no_wrap=True, overflow="ellipsis")


def drawn(curves: Sequence[Curve], width: int, height: int) -> str:
    """Return the curves as text with terminal colours."""
    figure = plotext.figure
    figure.clear()
    figure.theme("dark")
    figure.plot_size(width, height)
    for curve, colour in zip(curves, cycle(COLOURS), strict=False):
        # The library ends the process at a NaN in a line, so what is not known is left out.
        points = [(place, value) for place, value in enumerate(curve.values) if isfinite(value)]
        places, values = [place for place, _ in points], [value for _, value in points]
        figure.draw(figure.signal(places, values, marker=plotext.marker("braille", colour)).lines())
    figure.ruler("x").frequency(0)
    known = [value for curve in curves for value in curve.values if isfinite(value)]
    if known:
        ticks = [min(known) + (max(known) - min(known)) * part / (TICKS - 1) for part in range(TICKS)]
        # Its own labels of large values are powers of ten.
        figure.ruler("y").ticks(ticks, [f"{tick:,.0f}" if max(known) >= WHOLE else f"{tick:.1f}" for tick in ticks])
    return str(figure.build())
