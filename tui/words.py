"""How a number, a price, an age and a direction are written in a cell. A sign or a word always stands beside the colour."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from math import floor, log10

NOTHING = "–"
LATE_MARK = "!"
LATE_AFTER = 20 * 60  # seconds: a candle of 15m is over, and the next one five minutes late
_BARS = "▁▂▃▄▅▆▇█"
_UNITS = ((1, "s", 60), (60, "m", 100), (3_600, "h", 100))  # seconds, and how many of them are written
_DAY = 86_400
_SMALL_FIGURES = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SMALL = 3  # powers of ten below 1
_SUFFIXES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


class Tone(StrEnum):
    """What a cell means; the theme gives each its colour."""

    PLAIN = "plain"
    UP = "up"
    DOWN = "down"
    LATE = "late"
    DIM = "dim"


def price(value: float | None) -> str:
    """Write a price with five significant digits: 67,123 or 0.41866; below a thousandth zeros are counted: 0.0₅98045.

    The small figure says how many zeros follow the point, as price pages of small coins write it.
    """
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    power = floor(log10(abs(value)))
    if power < -SMALL:
        digits = f"{abs(value):.4e}".split("e")[0].replace(".", "").rstrip("0")
        zeros = str(-power - 1).translate(_SMALL_FIGURES)
        return f"{'-' if value < 0 else ''}0.0{zeros}{digits}"
    return f"{value:,.{max(0, 4 - power)}f}"


def percent(fraction: float | None, places: int = 1) -> str:
    """Write a fraction as a percentage with its sign: +1.2%."""
    if fraction is None:
        return NOTHING
    return signed(fraction * 100, places) + "%"


def signed(value: float, places: int = 2) -> str:
    """Write a number with its sign; what rounds to nothing has none."""
    written = f"{value:+,.{places}f}"
    return written[1:] if float(written.replace(",", "")) == 0 else written


def share(fraction: float | None) -> str:
    """Write a share without a sign: 71%."""
    return NOTHING if fraction is None else f"{fraction * 100:.0f}%"


def money(value: float | None) -> str:
    """Write USDT: 1,003.25."""
    return NOTHING if value is None else f"{value:,.2f}"


def large(value: float) -> str:
    """Write a large amount in three digits: 1.24B, 310M, 52k."""
    for size, suffix in _SUFFIXES:
        if abs(value) >= size:
            return f"{value / size:.3g}{suffix}" if abs(value) < size * 1000 else f"{value / size:,.0f}{suffix}"
    return f"{value:.0f}"


def age(seconds: float | None) -> str:
    """Write an age in one unit: 12s, 3m, 90m, 5h, 30h, 5d. What is younger than four days says each hour more."""
    if seconds is None:
        return "never"
    for size, unit, most in _UNITS:
        count = floor(max(seconds, 0) / size + 0.5)
        if count < most:
            return f"{count}{unit}"
    return f"{floor(seconds / _DAY + 0.5)}d"


def ago(seconds: float | None) -> str:
    """Write how long ago something of each quarter of an hour was, with a mark when it is late: 2m ago, 3h ago!, never."""
    if seconds is None:
        return "never"
    return f"{age(seconds)} ago{LATE_MARK if seconds > LATE_AFTER else ''}"


def moment(at: datetime) -> str:
    """Write a UTC time: 2024-03-05 12:30."""
    return at.strftime("%Y-%m-%d %H:%M")


def direction(value: int | None) -> str:
    """Write a trend or a gate in one word with its sign."""
    return {1: "▲ up", -1: "▼ down", 0: "■ flat", None: "? unknown"}[value]


def tone_of(value: float | None) -> Tone:
    """Return the tone of a number that is good above zero."""
    if not value:
        return Tone.PLAIN
    return Tone.UP if value > 0 else Tone.DOWN


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw the newest `width` values, each as a bar between the least and the largest of them."""
    shown = list(values)[-width:]
    if not shown:
        return ""
    low, span = min(shown), max(shown) - min(shown)
    if not span:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((value - low) / span * (len(_BARS) - 1))] for value in shown)
