"""A picture of what each account did beside Bitcoin: percent since the first day that is shown. Readable on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from functions.delivery.messages.chart import ONE_AT_A_TIME
from functions.delivery.messages.words import Words

if TYPE_CHECKING:  # matplotlib takes longer to import than everything else: the first picture does it
    from matplotlib.figure import Figure

_GROUND, _GRID, _FAINT = "#131722", "#242a38", "#8b93a5"
# Told apart without colour vision; each line has its own dash and its name at its end.
_LINES = (("#56b4e9", "-"), ("#e69f00", "--"), ("#009e73", ":"), ("#cc79a7", "-."), ("#f0e442", "--"), ("#b8bfcc", ":"))


@dataclass(frozen=True, slots=True)
class EquityLine:
    """What something was worth at moments, oldest first; nothing but its changes is shown."""

    name: str
    at: Sequence[datetime]
    worth: Sequence[float]


def draw_equity(lines: Sequence[EquityLine], words: Words) -> bytes:
    """Return a PNG of 1280 x 800; the first line is drawn strongest.

    Args:
        lines: of two moments or more each.
        words: of the chat: its zone, which the days are in.
    """
    from matplotlib.figure import Figure

    with ONE_AT_A_TIME:
        return _drawn(Figure(figsize=(8, 5), dpi=160, facecolor=_GROUND), lines, words)


def _drawn(figure: "Figure", lines: Sequence[EquityLine], words: Words) -> bytes:
    axes = figure.subplots()
    figure.subplots_adjust(left=0.02, right=0.9, top=0.9, bottom=0.08)
    for number, line in enumerate(lines):
        color, dash = _LINES[number % len(_LINES)]
        change = [100 * (worth / line.worth[0] - 1) for worth in line.worth]
        label = f"{line.name} {change[-1]:+.1f}%"
        axes.plot(list(line.at), change, color=color, linestyle=dash, linewidth=2.6 if number == 0 else 1.5, label=label)  # type: ignore[arg-type]
    axes.axhline(0, color=_FAINT, linewidth=0.8)
    axes.set_facecolor(_GROUND)
    axes.grid(color=_GRID, linewidth=0.7)
    axes.yaxis.tick_right()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:+.1f}%")
    axes.tick_params(colors=_FAINT, labelsize=8.5, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    moments = max((line.at for line in lines), key=len)
    step = max(1, (len(moments) - 1) // 6)
    axes.set_xticks([*moments[::step]], [words.day(at) for at in moments[::step]])  # type: ignore[arg-type]
    figure.legend(loc="upper left", ncols=3, fontsize=9, frameon=False, labelcolor="linecolor", handlelength=2)
    picture = BytesIO()
    figure.savefig(picture, format="png", facecolor=_GROUND, pil_kwargs={"compress_level": 1})
    return picture.getvalue()
