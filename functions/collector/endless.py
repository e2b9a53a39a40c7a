"""The outermost loops of the process: an unexpected error is logged and counted, and the work begins again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from functions.collector.measures import ERRORS
from functions.logs import get_logger

log = get_logger("collector")
AGAIN_AFTER = 5.0


async def endless(name: str, work: Callable[[], Coroutine[Any, Any, None]], failed: Callable[[], None] = lambda: None) -> None:
    """Run work without end: an error is logged and counted, and the work begins again. Only cancellation ends it.

    Args:
        name: for the log and the metric.
        work: begins from anew at each call.
        failed: told of each error.
    """
    while True:
        try:
            await work()
        except Exception:
            ERRORS.labels(name).inc()
            log.exception("unexpected error; it goes on", work=name, again_in_s=AGAIN_AFTER)
            failed()
        await asyncio.sleep(AGAIN_AFTER)
