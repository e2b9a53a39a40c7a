"""When a denial of the exchange, "no such candle", counts, and when a gap is asked for again.

One answer without a candle may be half an answer. A candle counts as absent once the exchange has denied it twice, ten minutes
apart, in answers that hold other candles of the pair. Absent candles are asked for again now and then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.market.candles.closed import ClosedCandles
from functions.market.candles.gaps import PAGE, Run, from_ms, missing_runs

ENOUGH = 2  # denials that make a candle absent
APART = timedelta(minutes=10)  # the least between two denials that count
LONGEST_PAUSE = timedelta(minutes=10)  # between two tries of a gap that answers do not settle


def denial_counts(denied_at: datetime | None, now: datetime) -> bool:
    """Tell whether a denial at `now` counts after the one at `denied_at`: far from it, whichever way a clock was set."""
    return denied_at is None or abs(now - denied_at) >= APART


def due_in(unsettled: int, tried_at: datetime | None, now: datetime) -> timedelta:
    """Return how long a gap waits until it is asked for again: 1, 2, 4 ... s after each answer that did not settle it.

    Args:
        unsettled: answers that did not settle it.
        tried_at: exchange time of the last of them; one that lies ahead of `now` is a clock's mistake and holds up nothing.
        now: exchange time.
    """
    if not unsettled or tried_at is None or tried_at > now:
        return timedelta(0)
    pause = min(timedelta(seconds=2 ** min(unsettled - 1, 20)), LONGEST_PAUSE)
    return max(tried_at + pause - now, timedelta(0))


def with_neighbour(page: Run, now: datetime) -> Run:
    """Return a request for a page and one candle beside it, which shows that the answer is about the pair.

    Args:
        page: at most 999 candles, or 1,000 whose newer neighbour is not over yet.
        now: exchange time.
    """
    span = page.timeframe.span
    newer = page.last + span
    if newer + 2 * span <= now:  # over for long, so that an answer from a little earlier has it too
        return Run(page.symbol, page.timeframe, page.first, newer)
    first = page.first - span if page.count < PAGE else page.first
    return Run(page.symbol, page.timeframe, first, page.last)


@dataclass(slots=True)
class CoveredRuns:
    """The parts of one gap that the exchange's answers covered, page by page, the newest first.

    Args:
        gone: the pair trades no more: an answer without any candle covers its page too.
    """

    gone: bool
    runs: list[Run] = field(default_factory=list)
    _before_first: bool = False  # an older page lies before the pair's first candle

    def add(self, page: Run, answer: ClosedCandles) -> None:
        """Add a page with the answer to the request that contained it."""
        named = [int(at) for at in answer.open_time] + list(answer.impossible)
        if named:
            self._before_first = from_ms(min(named)) > page.first
        if (named or self._before_first or self.gone) and page.closes_by(answer.known_at):
            self.runs.append(page)

    def denies(self, lacking: Sequence[Run]) -> bool:
        """Tell whether the answers covered all these runs, which none of them held."""
        return not any(missing_runs(run, self.runs) for run in lacking)
