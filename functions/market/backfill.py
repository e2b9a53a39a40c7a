"""Load history: everything wanted and missing, the timeframes signals stand on first; killed and started again it goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from functions.errors import InputRejected, RetryLater
from functions.market.candles import Timeframe
from functions.market.gaps import wanted_window
from functions.market.repair import ORDER, OnPage, Repair, Report

LONGEST_DAYS = 3650
ROUNDS = 5  # the second round is what closes a gap before a pair's listing; the others are for an exchange that stumbles


def check_days(days: int) -> int:
    """Return a plausible number of days of history.

    Raises:
        InputRejected: it is not between 1 and ten years.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InputRejected("absurd_days", f"expected days between 1 and {LONGEST_DAYS}, got {days}")
    return days


async def backfill(
    repair: Repair,
    symbols: Sequence[str],
    days: int,
    as_of: datetime,
    *,
    timeframes: Sequence[Timeframe] = ORDER,
    on_page: OnPage = lambda _run, _added: None,
    on_plan: Callable[[int], None] = lambda _candles: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """Open and fill what is missing of `days` days (at least 1,000 candles) of each timeframe.

    Args:
        repair: where from and where to.
        symbols: pairs that the exchange knows.
        days: history wanted.
        as_of: the exchange's time; candles that close later are not wanted yet.
        timeframes: all five by default.
        on_page: told of each answer: the run asked for, and how many candles came.
        on_plan: told once how many candles will be asked for.
        sleep: how to wait between rounds.

    Raises:
        InputRejected: the days are absurd.
        RetryLater: the exchange failed in every round; what came is stored, the next call goes on.
    """
    windows = [(timeframe, *wanted_window(timeframe, as_of, check_days(days))) for timeframe in timeframes]
    await repair.open_missing(symbols, windows, "history")
    on_plan(await repair.planned(symbols))
    total = Report()
    for number in range(ROUNDS):
        report = await repair.fill(symbols, on_page)
        total.filled, total.absent = total.filled + report.filled, total.absent + report.absent
        total.added, total.revised = total.added + report.added, total.revised + report.revised
        if not report.failed:
            return total
        if number < ROUNDS - 1 and report.retry_after < 60:
            await sleep(report.retry_after)
        else:
            break
    raise RetryLater(
        "backfill_unfinished", f"{report.failed} gaps are still open: {report.last_error}", report.retry_after or 5.0
    )
