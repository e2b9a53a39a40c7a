"""A simulator in a thread of its own, for tests that are not asyncio."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

Result = TypeVar("Result")


class Simulator(Protocol):
    """What can run in a thread."""

    async def start(self) -> None:
        """Listen."""

    async def stop(self) -> None:
        """Stop."""


Sim = TypeVar("Sim", bound=Simulator)


class InThread:
    """Runs simulators on an event loop in a thread: `with InThread(BybitSim()) as world: ...`."""

    def __init__(self, *simulators: Simulator) -> None:
        self._simulators = simulators
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulators", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for simulator in self._simulators:
            self.run(simulator.start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for simulator in self._simulators:
            self.run(simulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Result], seconds: float = 300.0) -> Result:
        """Run a coroutine of a simulator (for example `sim.advance(300)`) and return its result; wait at most so long."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def do(self, work: Callable[[], Result]) -> Result:
        """Call something (for example `lambda: sim.say(chat, "/help")`) on the simulators' thread."""

        async def call() -> Result:
            return work()

        return self.run(call())
