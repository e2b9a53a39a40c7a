"""How long candles and the ledger are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.market.candles import Timeframe

LEDGER_DAYS = 400  # closed gaps and revisions; a gap that says "absent" stays as long as its timeframe does


@dataclass(frozen=True, slots=True)
class Cut:
    """Candles of a timeframe that opened before `before` go."""

    timeframe: Timeframe
    before: datetime


def cuts(as_of: datetime, keep_5m_days: int, keep_15m_days: int) -> list[Cut]:
    """Return what retention removes at a moment: 5m and 15m have an end, 1h and above stay for ever."""
    kept = {Timeframe.M5: keep_5m_days, Timeframe.M15: keep_15m_days}
    return [Cut(timeframe, timeframe.floor(as_of - timedelta(days=days))) for timeframe, days in kept.items()]
