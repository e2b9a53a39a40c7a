"""A work that met an error that nobody expected begins again, and ends by cancellation only."""

import asyncio

import pytest
from structlog.testing import capture_logs

from functions.collector import endless as module
from functions.collector.endless import endless
from functions.collector.measures import ERRORS


def failures(name: str) -> float:
    value: float = ERRORS.labels(name)._value.get()
    return value


@pytest.mark.parametrize("error", [OverflowError("too large"), KeyError("x"), ExceptionGroup("two", [ValueError(), TypeError()])])
async def test_an_unexpected_error_is_told_and_counted_and_the_work_begins_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(module, "AGAIN_AFTER", 0.0)
    begun, told = [0], [0]
    before, again = failures("test"), asyncio.Event()

    async def work() -> None:
        begun[0] += 1
        if begun[0] < 3:
            raise error
        again.set()
        await asyncio.Event().wait()

    def failed() -> None:
        told[0] += 1

    with capture_logs() as logs:
        task = asyncio.create_task(endless("test", work, failed))
        await asyncio.wait_for(again.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (begun[0], told[0], failures("test") - before) == (3, 2, 2.0)
    assert [line["work"] for line in logs] == ["test", "test"]
