"""Backfill: how much history is wanted, and loading what is missing of it; a killed backfill is resumed by the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from functions.errors import InputRejected, RetryLater
from functions.market.candles.gaps import Run, wanted_window
from functions.market.candles.timeframe import Timeframe
from functions.market.reports import RepairReport
from functions.market.run.repair import GapRepair, OnPage
from functions.market.store import Gap
from functions.settings import Settings

LONGEST_DAYS = 3650
ROUNDS = 5  # of asking an exchange that fails now and then


async def backfill(
    repair: GapRepair,
    wanted: Sequence[Run],
    *,
    on_page: OnPage = lambda _run, _added: None,
    on_plan: Callable[[int], None] = lambda _candles: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> RepairReport:
    """Open and fill what is missing of some history, and what else is missing of the same series.

    Candles that the exchange denies once, as from before a pair's listing, stay open until it denies them again, ten minutes
    later.

    Args:
        repair: where from and where to.
        wanted: runs of candles that are closed, of pairs that the exchange knows.
        on_page: called with each answer: the run asked for, and how many candles came.
        on_plan: called once with how many candles will be asked for.
        sleep: how to wait between rounds.

    Raises:
        RetryLater: the exchange failed in every round; what came is stored, the next call goes on.
    """
    series = {(run.symbol, run.timeframe) for run in wanted}

    def is_of_series(gap: Gap) -> bool:
        return (gap.symbol, gap.timeframe) in series

    await repair.open_missing(wanted, "history")
    on_plan(await repair.count_missing(is_of_series))
    total = RepairReport()
    for number in range(ROUNDS):
        report = await repair.repair(is_of_series, on_page)
        # What a round denied or failed is tried again by the next: of these only the last counts.
        total = replace(total + report, denied=report.denied, failed=0, retry_after=0.0, last_error="")
        if not report.failed:
            return total
        if number < ROUNDS - 1 and report.retry_after < 60:
            await sleep(report.retry_after)
        else:
            break
    raise RetryLater(
        "backfill_unfinished", f"{report.failed} gaps are still open: {report.last_error}", report.retry_after or 5.0
    )


def check_days(days: int) -> int:
    """Return a plausible number of days of history.

    Raises:
        InputRejected: it is not between 1 and ten years.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InputRejected("absurd_days", f"expected days between 1 and {LONGEST_DAYS}, got {days}")
    return days


def history_window(settings: Settings, timeframe: Timeframe, as_of: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the first and last open time to have at `as_of`: so many days, at least 1,000 candles, within retention."""
    kept = {Timeframe.M5: settings.keep_5m_days, Timeframe.M15: settings.keep_15m_days}.get(timeframe, LONGEST_DAYS)
    return wanted_window(timeframe, as_of, min(days, kept))


def wanted_history(
    settings: Settings, symbols: Sequence[str], timeframes: Sequence[Timeframe], as_of: datetime, days: int
) -> list[Run]:
    """Return the history to have of some pairs, as runs."""
    windows = [(timeframe, *history_window(settings, timeframe, as_of, days)) for timeframe in timeframes]
    return [Run(symbol, timeframe, first, last) for timeframe, first, last in windows for symbol in symbols]
