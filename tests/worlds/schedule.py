"""Virtual time: processes are generators that yield the seconds they wait, and may be ended at any of their steps."""

import heapq
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field
from random import Random

Process = Generator[float, None, None]


class Schedule:
    """Runs processes in the order of their time, seconds since the world began."""

    def __init__(self, chance: Random) -> None:
        self.now = 0.0
        self.chance = chance
        self._due: list[tuple[float, int, Process]] = []
        self._count = 0

    def start(self, process: Process, after: float = 0.0) -> Process:
        """Let a process run from now on, or after some seconds."""
        self._count += 1
        heapq.heappush(self._due, (self.now + after, self._count, process))
        return process

    def call(self, act: Callable[[], object], after: float) -> None:
        """Act once, after some seconds."""

        def once() -> Process:
            act()
            return
            yield

        self.start(once(), after)

    def run(self, until: float) -> None:
        """Run everything that is due before a time."""
        while self._due and self._due[0][0] < until:
            self.now, _, process = heapq.heappop(self._due)
            pause = next(process, None)
            if pause is not None:
                self.start(process, pause)
        self.now = until

    def chances(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self.chance.random() < probability


@dataclass
class World:
    """One seed's world; `without` names the safeguards that are taken away, `violations` says what went wrong in it."""

    seed: int
    without: Collection[str] = ()
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.schedule = Schedule(self.chance)
        self.faults = 0.0

    def violated(self, what: str) -> None:
        """Note that something must not have happened."""
        self.violations.append(f"{self.schedule.now:.1f} s: {what}")
