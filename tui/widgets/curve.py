"""Curves on the screen: what accounts and Bitcoin made of 100, by UTC days."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import plotext
from rich.text import Text
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line; the values stand at equal distances, NaN where nothing is known."""

    name: str
    values: tuple[float, ...]


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
        return Text.from_ansi(drawn(self._curves, self.size.width, self.size.height))


def drawn(curves: Sequence[Curve], width: int, height: int) -> str:
    """Return the curves as text with terminal colours."""
    figure = plotext.figure
    figure.clear()
    figure.theme("dark")
    figure.plot_size(width, height)
    for curve in curves:
        # The library ends the process at a NaN in a line, so what is not known is left out.
        known = [(place, value) for place, value in enumerate(curve.values) if isfinite(value)]
        places, values = [place for place, _ in known], [value for _, value in known]
        figure.draw(figure.signal(places, values, marker="braille").lines().label(curve.name))
    figure.ruler("x").frequency(0)
    return str(figure.build())
