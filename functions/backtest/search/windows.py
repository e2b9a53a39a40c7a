"""When a configuration is chosen and when it is traded: windows that roll over a span."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from functions.backtest.span import DAY, Span
from functions.errors import InputRejected

LEAST_EMBARGO = 7  # days: the longest horizon that a signal is followed to
FEWEST = 2  # windows


@dataclass(frozen=True, slots=True)
class WindowRules:
    """How long the past is, how long nothing of it is used, and how long a choice is traded; whole days.

    Raises:
        InputRejected: a length is too short; the message names it.
    """

    past: int = 365
    embargo: int = 14
    test: int = 91

    def __post_init__(self) -> None:
        if self.embargo < LEAST_EMBARGO:
            raise InputRejected("short_embargo", f"expected an embargo of {LEAST_EMBARGO} days or more, got {self.embargo}")
        for name in ("past", "test"):
            if getattr(self, name) < 1:
                raise InputRejected("short_window", f"expected 1 day or more of {name}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Window:
    """What was known when a choice was made, and the days it was traded on."""

    past: Span
    test: Span


def windows(span: Span, rules: WindowRules, longest_hold: timedelta) -> Sequence[Window]:
    """Roll over a span: the tests follow each other without a gap up to its end, each an embargo after its past.

    Args:
        span: of the candles.
        rules: lengths.
        longest_hold: of any trade: what was entered in the past is over when a test begins.

    Raises:
        InputRejected: the embargo is shorter than a trade may be held, or the span is too short for two windows.
    """
    if rules.embargo * DAY < longest_hold:
        raise InputRejected(
            "short_embargo", f"expected an embargo as long as trades are held, {longest_hold / DAY:g} days, got {rules.embargo}"
        )
    first = span.since + (rules.past + rules.embargo) * DAY
    needed = rules.past + rules.embargo + FEWEST * rules.test
    if span.since + needed * DAY > span.until:
        raise InputRejected(
            "too_little_history",
            f"expected {needed} days for {FEWEST} windows of {rules.past} + {rules.embargo} + {rules.test} days,"
            f" got {(span.until - span.since) // DAY} from {span.since:%Y-%m-%d} to {span.until:%Y-%m-%d}",
        )
    rolled = []
    while first < span.until:
        ended = first - rules.embargo * DAY
        test = Span(first, min(first + rules.test * DAY, span.until))
        rolled.append(Window(Span(ended - rules.past * DAY, ended), test))
        first = test.until
    return rolled
