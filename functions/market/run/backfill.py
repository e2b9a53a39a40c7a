"""Load history: everything wanted and missing, the timeframes signals stand on first; killed and started again it goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from functions.errors import RetryLater
from functions.market.candles.gaps import Run
from functions.market.reports import Report
from functions.market.run.repair import OnPage, Repair
from functions.market.store import Gap

ROUNDS = 5  # for an exchange that stumbles


async def backfill(
    repair: Repair,
    wanted: Sequence[Run],
    *,
    on_page: OnPage = lambda _run, _added: None,
    on_plan: Callable[[int], None] = lambda _candles: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """Open and fill what is missing of some history, and what else is missing of the same series.

    What the exchange denies once, as the time before a pair's listing, is denied again by whoever asks ten minutes later.

    Args:
        repair: where from and where to.
        wanted: runs of candles that are closed, of pairs that the exchange knows.
        on_page: told of each answer: the run asked for, and how many candles came.
        on_plan: told once how many candles will be asked for.
        sleep: how to wait between rounds.

    Raises:
        RetryLater: the exchange failed in every round; what came is stored, the next call goes on.
    """
    series = {(run.symbol, run.timeframe) for run in wanted}

    def chosen(gap: Gap) -> bool:
        return (gap.symbol, gap.timeframe) in series

    await repair.open_missing(wanted, "history")
    on_plan(await repair.planned(chosen))
    total = Report()
    for number in range(ROUNDS):
        report = await repair.fill(chosen, on_page)
        total.filled, total.absent = total.filled + report.filled, total.absent + report.absent
        total.denied = report.denied
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
