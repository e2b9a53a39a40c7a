"""How long candles, what scans left of them, and the ledger are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.market.candles import Timeframe

LEDGER_DAYS = 400  # closed gaps and revisions; a gap that says "absent" stays as long as its timeframe does

# What a scan leaves of a close is ten times the candle's size and is read while it is the newest, and for a day by the digest.
STATE_DAYS = {Timeframe.M5: 3, Timeframe.M15: 31}


@dataclass(frozen=True, slots=True)
class Cut:
    """Candles of a timeframe that opened before `before` go, and states that stand on a close before `states_before`."""

    timeframe: Timeframe
    before: datetime
    states_before: datetime


def cuts(as_of: datetime, keep_5m_days: int, keep_15m_days: int) -> list[Cut]:
    """Return what retention removes at a moment: 5m and 15m have an end, 1h and above stay for ever."""
    kept = {Timeframe.M5: keep_5m_days, Timeframe.M15: keep_15m_days}
    return [
        Cut(timeframe, _back(timeframe, as_of, days), _back(timeframe, as_of, min(days, STATE_DAYS[timeframe])))
        for timeframe, days in kept.items()
    ]


def _back(timeframe: Timeframe, as_of: datetime, days: int) -> datetime:
    return timeframe.floor(as_of - timedelta(days=days))
