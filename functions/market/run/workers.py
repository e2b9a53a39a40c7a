"""Several workers on one list of work."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def work_off(work: Callable[[], Coroutine[Any, Any, None]], workers: int) -> None:
    """Run `work` side by side `workers` times; the first error ends the others and comes out as itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
