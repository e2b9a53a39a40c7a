"""A picture of a market: candles, averages, volume, and the levels of a signal. Readable on a phone.

Drawn with matplotlib's figures directly: mplfinance goes through pyplot, whose global state is not for a server's threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from functions.delivery.messages.figures import axis_text, price_text
from functions.delivery.messages.words import Words
from functions.technical.engine.recursive import ema

if TYPE_CHECKING:  # matplotlib takes longer to import than everything else: the first picture does it
    from matplotlib.axes import Axes

SHOWN = 110
FEWEST_CANDLES = 20  # below it a picture says nothing
WARM_UP = 500  # candles before the shown ones, so that EMA(200) is true where it is drawn
_ROOM = 26  # candle widths right of the last one, for the levels and their names
_AXIS_FITS = 10  # characters of a price at the full size of the axis
_GROUND, _GRID, _TEXT, _FAINT = "#131722", "#242a38", "#d6dae3", "#8b93a5"
_UP, _DOWN, _ENTRY = "#26a69a", "#ef5350", "#f5c542"
_COLORS = {"entry": _ENTRY, "stop": _DOWN, "target": _UP}
_CANDLES_HEIGHT = 0.3  # of the picture at least: levels that would leave them less are named at the edge
_LINE = 0.05  # of the picture's height, for a level named at the edge
_NAME: dict[str, Any] = {"fontsize": 9.5, "fontweight": "bold", "ha": "right"}
_AVERAGES = ((21, "#f5a742"), (50, "#4c9be8"), (200, "#b77cf0"))
ONE_AT_A_TIME = Lock()  # fonts are shared between figures
Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChartCandles:
    """Closed candles of one symbol, oldest first, all of one length."""

    open_time: Sequence[datetime]
    open: Series
    high: Series
    low: Series
    close: Series
    volume: Series


@dataclass(frozen=True, slots=True)
class ChartLevel:
    """A price worth a line: its name, e.g. `Stop`, and what it is."""

    name: str
    price: float
    kind: str  # entry, stop or target


def draw(history: ChartCandles, title: str, levels: Sequence[ChartLevel], since: datetime | None, words: Words) -> bytes:
    """Return a PNG of 1280 x 800.

    Args:
        history: the last `SHOWN` candles are drawn, those before them warm up the averages.
        title: at the top left.
        levels: of a signal; none for a plain chart.
        since: when the signal came; its levels begin there; None without one.
        words: of the chat: its language and its zone, which the times are in.
    """
    from matplotlib.figure import Figure

    with ONE_AT_A_TIME:
        figure = Figure(figsize=(8, 5), dpi=160, facecolor=_GROUND)
        prices, volumes = figure.subplots(2, 1, sharex=True, height_ratios=(5, 1))
        figure.subplots_adjust(left=0.015, right=0.885, top=0.93, bottom=0.06, hspace=0.03)
        first = max(len(history.close) - SHOWN, 0)
        _candles(prices, history, first)
        _averages(prices, history, first)
        _volume(volumes, history, first)
        low, high = _frame(history, first, levels)
        _levels(prices, history, first, [level for level in levels if low <= level.price <= high], since)
        _beyond(prices, [level for level in levels if level.price > high], up=True)
        _beyond(prices, [level for level in levels if level.price < low], up=False)
        _zones(prices, history, first, levels, since)
        _dress(prices, volumes, low, high, len(history.close) - first, levels)
        _times(volumes, history.open_time[first:], words)
        figure.text(0.992, 0.031, words.zone_name(history.open_time[-1]), color=_FAINT, fontsize=8.5, ha="right")
        close = words.say("close {price}", price=price_text(float(history.close[-1])))
        figure.text(0.015, 0.955, title, color=_TEXT, fontsize=13, fontweight="bold")
        figure.text(0.885, 0.955, close, color=_TEXT, fontsize=13, fontweight="bold", ha="right")
        picture = BytesIO()
        figure.savefig(picture, format="png", facecolor=_GROUND, pil_kwargs={"compress_level": 1})
    return picture.getvalue()


def _candles(axes: "Axes", history: ChartCandles, first: int) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    opened, high, low, close = (series[first:] for series in (history.open, history.high, history.low, history.close))
    places = np.arange(len(close))
    colors = np.where(close >= opened, _UP, _DOWN).tolist()
    wicks = np.stack([np.column_stack([places, low]), np.column_stack([places, high])], axis=1)
    axes.add_collection(LineCollection(list(wicks), colors=colors, linewidths=0.9))
    # A candle that closes where it opened still shows as a line.
    least = 0.0008 * (high.max() - low.min() or close[-1])
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    top = np.maximum(top, bottom + least)
    axes.add_collection(PolyCollection(_boxes(places, bottom, top), facecolors=colors, edgecolors=colors, linewidths=0.4))


def _averages(axes: "Axes", history: ChartCandles, first: int) -> None:
    drawn = False
    for length, color in _AVERAGES:
        if len(history.close) > length:
            average = ema(history.close, length)[first:]
            axes.plot(np.arange(len(average)), average, color=color, linewidth=1.3, label=f"EMA {length}")
            drawn = True
    if drawn:
        axes.legend(
            loc="upper left", ncols=3, fontsize=8.5, frameon=False, labelcolor="linecolor", handlelength=1.2, borderpad=0.1
        )


def _volume(axes: "Axes", history: ChartCandles, first: int) -> None:
    from matplotlib.collections import PolyCollection

    volume = history.volume[first:]
    places, floor = np.arange(len(volume)), np.zeros(len(volume))
    colors = np.where(history.close[first:] >= history.open[first:], _UP, _DOWN).tolist()
    axes.add_collection(PolyCollection(_boxes(places, floor, volume), facecolors=colors, alpha=0.55))
    axes.set_ylim(0, max(float(volume.max()), 1e-12) * 1.1)


def _boxes(places: NDArray[np.int64], bottom: Series, top: Series) -> list[Series]:
    """Return the corners of a box a candle."""
    corners = [(-0.36, bottom), (-0.36, top), (0.36, top), (0.36, bottom)]
    return list(np.stack([np.column_stack([places + shift, edge]) for shift, edge in corners], axis=1))


def _frame(history: ChartCandles, first: int, levels: Sequence[ChartLevel]) -> tuple[float, float]:
    """Return the prices shown: all candles, and of the levels, the nearest first, those that leave the candles their height."""
    low, high = float(history.low[first:].min()), float(history.high[first:].max())
    most = (high - low) / _CANDLES_HEIGHT if high > low else np.inf
    last = float(history.close[-1])
    for level in sorted(levels, key=lambda level: abs(level.price - last)):
        below, above = min(low, level.price), max(high, level.price)
        if above - below <= most:
            low, high = below, above
    return low, high


def _span(history: ChartCandles, first: int, since: datetime | None) -> tuple[int, int]:
    """Return the places between which levels are drawn: from the candle at which the signal came to the right edge."""
    count = len(history.close) - first
    start = count - 1
    if since is not None:
        start = max(sum(moment < since for moment in history.open_time[first:]) - 1, 0)
    return start, count + _ROOM


def _levels(axes: "Axes", history: ChartCandles, first: int, levels: Sequence[ChartLevel], since: datetime | None) -> None:
    start, end = _span(history, first, since)
    for level in levels:
        color, line = _COLORS[level.kind], "-" if level.kind == "entry" else "--"
        axes.plot([start, end], [level.price, level.price], color=color, linewidth=1.3, linestyle=line)
        axes.text(end, level.price, f" {level.name} {price_text(level.price)}", color=color, va="bottom", **_NAME)


def _beyond(axes: "Axes", levels: Sequence[ChartLevel], *, up: bool) -> None:
    """Name the levels that are outside of the picture at its edge, the furthest one next to it."""
    for number, level in enumerate(sorted(levels, key=lambda level: level.price, reverse=up)):
        place = 0.99 - number * _LINE if up else 0.01 + number * _LINE
        words = f" {level.name} {price_text(level.price)} {'↑' if up else '↓'}"
        side = "top" if up else "bottom"
        axes.text(0.999, place, words, color=_COLORS[level.kind], transform=axes.transAxes, va=side, **_NAME)


def _zones(axes: "Axes", history: ChartCandles, first: int, levels: Sequence[ChartLevel], since: datetime | None) -> None:
    """Shade what a signal risks, and what it aims for."""
    start, end = _span(history, first, since)
    prices = {level.kind: level.price for level in levels}
    if {"entry", "stop", "target"} <= prices.keys():
        axes.fill_between([start, end], prices["entry"], prices["stop"], color=_DOWN, alpha=0.13, linewidth=0)
        axes.fill_between([start, end], prices["entry"], prices["target"], color=_UP, alpha=0.10, linewidth=0)


def _dress(prices: "Axes", volumes: "Axes", low: float, high: float, count: int, levels: Sequence[ChartLevel]) -> None:
    """Set limits, grid and ticks; what is named at an edge has room there."""
    height = high - low or high * 0.01
    above, below = (sum(test) for test in ([level.price > high for level in levels], [level.price < low for level in levels]))
    prices.set_ylim(low - height * (0.06 + _LINE * below), high + height * (0.11 + _LINE * above))
    prices.set_xlim(-1.5, count + (_ROOM if levels else 2))
    volumes.set_yticks([])
    for axes in (prices, volumes):
        axes.set_facecolor(_GROUND)
        axes.grid(color=_GRID, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.yaxis.tick_right()
        axes.tick_params(colors=_FAINT, labelsize=8.5, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    span = high - low
    longest = len(axis_text(high, span))
    prices.yaxis.set_major_formatter(lambda value, _: axis_text(value, span))
    prices.tick_params(labelbottom=False)
    prices.tick_params(axis="y", labelsize=min(8.5, 8.5 * _AXIS_FITS / longest))


def _times(axes: "Axes", times: Sequence[datetime], words: Words) -> None:
    """Name six candles, the last one among them, by their opening; those of more than a week by the day alone."""
    count = len(times)
    places = np.linspace(min(6, count - 1), count - 1, num=min(6, count)).round().astype(int)
    name = words.day if count > 1 and (times[-1] - times[0]).days > 6 else words.clock
    axes.set_xticks(places, [name(times[place]) for place in places])
