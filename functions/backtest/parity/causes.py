"""Why a trade differs: told by what the live desk left behind, never guessed. What nothing explains is called unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.backtest.parity.compare import Aspect, Difference
from functions.paper.admission import RefusalCode


class Kind(StrEnum):
    """Classes of causes."""

    DATA = "data"
    TIMING = "timing"
    PRICE = "price"
    SETTINGS = "settings"
    FOLLOWS = "follows"  # from another difference
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Causes; `KINDS` says which class each belongs to."""

    LATE_CANDLE = "late_candle"
    REVISED_CANDLE = "revised_candle"
    UNSEEN_CANDLES = "unseen_candles"
    DOWNTIME = "downtime"
    NOT_OPENED = "not_opened"
    ENTERED_WITHIN_A_CANDLE = "entered_within_a_candle"
    SETTLED_LATE = "settled_late"
    ENTRY_PRICE = "entry_price"
    EXIT_PRICE = "exit_price"
    CHANGED_SETTINGS = "changed_settings"
    OTHER_TRADES = "other_trades"
    UNKNOWN = "unknown"


KINDS: Mapping[Cause, Kind] = {
    Cause.LATE_CANDLE: Kind.DATA,
    Cause.REVISED_CANDLE: Kind.DATA,
    Cause.UNSEEN_CANDLES: Kind.DATA,
    Cause.DOWNTIME: Kind.TIMING,
    Cause.NOT_OPENED: Kind.TIMING,
    Cause.ENTERED_WITHIN_A_CANDLE: Kind.TIMING,
    Cause.SETTLED_LATE: Kind.TIMING,
    Cause.ENTRY_PRICE: Kind.PRICE,
    Cause.EXIT_PRICE: Kind.PRICE,
    Cause.CHANGED_SETTINGS: Kind.SETTINGS,
    Cause.OTHER_TRADES: Kind.FOLLOWS,
    Cause.UNKNOWN: Kind.UNKNOWN,
}
IN_TIME = timedelta(seconds=120)  # a close that is scored later than this was late: a minute of patience, and a minute's schedule
FINEST = timedelta(minutes=5)
_OF_PRICE = frozenset(
    code.value
    for code in (
        RefusalCode.STOP_PASSED,
        RefusalCode.TARGET_PASSED,
        RefusalCode.FAR_FROM_ENTRY,
        RefusalCode.TOO_SMALL,
    )
) | {"price_jump"}
_OF_OTHERS = frozenset(code.value for code in RefusalCode) - _OF_PRICE
_TOO_LATE, _RESTING = "too_late", "cooldown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the live desk left behind of a signal that differs.

    Args:
        settings: by the rules that were in force when it was said, it does not differ in this.
        coin_scored_at: when its close was scored; None if it never was.
        first_scored_at: when the first coin of that close was scored; None if none was.
        rejected: code of the first check that its setup failed; None when it was a signal, or no setup.
        refused: code of why the account did not open it; None when it did, or never decided.
        has_signal: there was a signal.
        revised_before: a candle that its setup stands on was corrected after it was judged.
        revised_within: a 5m candle of its life was corrected.
        others_held: the two sides did not hold the same pairs at its close, or had not earned the same by then.
    """

    settings: bool = False
    coin_scored_at: datetime | None = None
    first_scored_at: datetime | None = None
    rejected: str | None = None
    refused: str | None = None
    has_signal: bool = False
    revised_before: bool = False
    revised_within: bool = False
    others_held: bool = False


def cause_of(difference: Difference, evidence: Evidence) -> Cause:
    """Return why a trade differs."""
    if evidence.settings:
        return Cause.CHANGED_SETTINGS
    match difference.aspect:
        case Aspect.MISSING:
            return _why_missing(difference, evidence)
        case Aspect.ENTRY:
            return _why_entry(difference, evidence)
        case Aspect.EXIT:
            return _why_exit(difference, evidence)
        case _:
            return _why_other(evidence)


def _why_missing(difference: Difference, evidence: Evidence) -> Cause:
    late = _lateness(difference, evidence)
    if late and (evidence.refused in (None, _TOO_LATE) or not evidence.has_signal):
        return late
    if evidence.revised_before:
        return Cause.REVISED_CANDLE
    if evidence.refused in _OF_PRICE:
        return Cause.ENTRY_PRICE
    if evidence.refused in _OF_OTHERS or evidence.rejected == _RESTING:
        return Cause.OTHER_TRADES
    return Cause.NOT_OPENED if evidence.has_signal else Cause.UNKNOWN


def _lateness(difference: Difference, evidence: Evidence) -> Cause | None:
    """Return whether its close was scored late, and whether that was so of every coin; None when it was scored in time."""
    limit = difference.key.said_at + IN_TIME
    if evidence.coin_scored_at is not None and evidence.coin_scored_at <= limit:
        return None
    all_late = evidence.first_scored_at is None or evidence.first_scored_at > limit
    return Cause.DOWNTIME if all_late else Cause.LATE_CANDLE


def _why_entry(difference: Difference, evidence: Evidence) -> Cause:
    if difference.paper and difference.again and abs(difference.paper.entry.at - difference.again.entry.at) > FINEST:
        return _lateness(difference, evidence) or Cause.NOT_OPENED
    return Cause.REVISED_CANDLE if evidence.revised_within else Cause.ENTRY_PRICE


def _why_exit(difference: Difference, evidence: Evidence) -> Cause:
    paper, again = difference.paper, difference.again
    if paper is None or again is None:
        raise ValueError("expected a trade that both sides have")
    if evidence.revised_within:
        return Cause.REVISED_CANDLE
    if paper.unseen:
        return Cause.UNSEEN_CANDLES
    if paper.entry.at > again.entry.at and again.exits and again.exits[0].at - again.entry.at <= FINEST:
        return Cause.ENTERED_WITHIN_A_CANDLE
    if [fill.reason for fill in paper.exits] != [fill.reason for fill in again.exits]:
        return Cause.UNKNOWN
    apart = any(abs(one.at - other.at) > FINEST for one, other in zip(paper.exits, again.exits, strict=True))
    return Cause.SETTLED_LATE if apart else Cause.EXIT_PRICE


def _why_other(evidence: Evidence) -> Cause:
    """Return why a trade is extra, has other levels or another size."""
    if evidence.revised_before:
        return Cause.REVISED_CANDLE
    return Cause.OTHER_TRADES if evidence.others_held else Cause.UNKNOWN
