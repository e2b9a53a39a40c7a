"""How much history is wanted of a timeframe: what the settings ask for, and no more than retention leaves."""

from collections.abc import Sequence
from datetime import datetime

from functions.errors import InputRejected
from functions.market.candles.gaps import Run, wanted_window
from functions.market.candles.grid import Timeframe
from functions.settings import Settings

LONGEST_DAYS = 3650


def check_days(days: int) -> int:
    """Return a plausible number of days of history.

    Raises:
        InputRejected: it is not between 1 and ten years.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InputRejected("absurd_days", f"expected days between 1 and {LONGEST_DAYS}, got {days}")
    return days


def history_window(settings: Settings, timeframe: Timeframe, as_of: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the first and last open time to have at `as_of`: so many days, at least 1,000 candles, at most what is kept."""
    kept = {Timeframe.M5: settings.keep_5m_days, Timeframe.M15: settings.keep_15m_days}.get(timeframe, LONGEST_DAYS)
    return wanted_window(timeframe, as_of, min(days, kept))


def wanted_history(
    settings: Settings, symbols: Sequence[str], timeframes: Sequence[Timeframe], as_of: datetime, days: int
) -> list[Run]:
    """Return the history to have of some pairs, as runs."""
    windows = [(timeframe, *history_window(settings, timeframe, as_of, days)) for timeframe in timeframes]
    return [Run(symbol, timeframe, first, last) for timeframe, first, last in windows for symbol in symbols]
