"""The span that is traded, and whether the candles are fit for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.backtest.history import MarketHistory, check_gate_history, lacking_days
from functions.errors import InputRejected
from functions.market.candles.timeframe import Timeframe

DAY = timedelta(days=1)
NAMED = 3  # symbols that a line names


@dataclass(frozen=True, slots=True)
class Span:
    """Whole UTC days: from the midnight that `since` is, up to the one that `until` is."""

    since: datetime
    until: datetime

    @property
    def days(self) -> tuple[datetime, ...]:
        """Return the beginning and every midnight up to the end."""
        return tuple(self.since + number * DAY for number in range((self.until - self.since) // DAY + 1))


def span_of(history: MarketHistory, since: datetime | None, until: datetime | None, now: datetime) -> tuple[Span, list[str]]:
    """Return the span that is asked for as far as there are candles, and what had to be left out of it, a line each.

    Args:
        history: of the market.
        since: a midnight; the first whole day of the candles without it.
        until: a midnight; the end of the last whole day without it.
        now: nothing is known of later.

    Raises:
        InputRejected: it is empty, lies in the future, does not begin and end at midnight UTC, or no candle lies in it.
    """
    for moment in (since, until):
        if moment is not None and moment != Timeframe.D1.floor(moment):
            raise InputRejected("wrong_span", f"expected whole days of UTC, got {moment.isoformat()}")
    if since is not None and until is not None and since >= until:
        raise InputRejected("empty_span", f"expected --from before --to, got {since:%Y-%m-%d} and {until:%Y-%m-%d}")
    if (since is not None and since >= now) or (until is not None and until > now):
        raise InputRejected("future_span", f"expected a span before today, {now:%Y-%m-%d}: nothing is known of later days")
    spans = history.spans()
    if not spans:
        raise InputRejected("no_candles", "expected candles of at least one symbol in that span, got none")
    first, last = min(begun for begun, _ in spans.values()), max(ended for _, ended in spans.values())
    begins, ends = Timeframe.D1.floor(first + DAY - timedelta(milliseconds=1)), Timeframe.D1.floor(last)
    span = Span(max(begins, since or begins), min(ends, until or ends))
    if span.since >= span.until:
        asked = f"{since or first:%Y-%m-%d} to {until or last:%Y-%m-%d}"
        raise InputRejected("no_candles", f"expected candles from {asked}, they go from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
    notes = []
    if (since is not None and span.since > since) or (until is not None and span.until < until):
        notes.append(f"the candles cover {span.since:%Y-%m-%d} to {span.until:%Y-%m-%d} of what was asked for")
    return span, notes


def check_fit(history: MarketHistory, span: Span, gate_symbol: str, *, uneven: bool) -> list[str]:
    """Check that the candles are fit for a span; return what a reader must know of them, a line each.

    Args:
        history: of the market.
        span: that is traded.
        gate_symbol: whose daily candles open the gate.
        uneven: symbols may begin later and end earlier than the span.

    Raises:
        InputRejected: a symbol does not cover the span, or the gate is not known at its beginning.
    """
    check_gate_history(history, gate_symbol, span.since)
    spans = history.spans()
    uncovered = {
        symbol: covered for symbol, covered in spans.items() if covered[0] > span.since + DAY or covered[1] < span.until - DAY
    }
    notes = []
    if uncovered:
        shown = ", ".join(f"{name} {one[0]:%Y-%m-%d} to {one[1]:%Y-%m-%d}" for name, one in list(uncovered.items())[:NAMED])
        more = f" and {len(uncovered) - NAMED} more" if len(uncovered) > NAMED else ""
        line = (
            f"{len(uncovered)} of {len(spans)} symbols do not cover {span.since:%Y-%m-%d} to {span.until:%Y-%m-%d}: {shown}{more}"
        )
        if not uneven:
            hint = "take them out with --symbols, choose a span that all cover, or allow it with --uneven"
            raise InputRejected("different_spans", f"{line}; {hint}")
        notes.append(f"{line}; a trade of a symbol that ends is closed at its last price")
    gaps = history.gaps()
    if gaps:
        notes.append(f"{sum(gaps.values())} candles lack in {len(gaps)} symbols")
    short = lacking_days(history, span.since)
    if short:
        notes.append(f"{short} of {len(history.symbols)} symbols have too few daily candles at the beginning for a daily trend")
    return notes
