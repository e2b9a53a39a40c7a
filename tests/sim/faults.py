"""Faults on command: what goes wrong, for whom, how often or how long."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    `match` is a glob over the subject (a path, a topic, a Bot API method); `count` and `until` limit it, `probability`
    thins it out.
    """

    kind: str
    match: str = "*"
    count: int | None = None
    until: float | None = None
    probability: float = 1.0
    options: dict[str, object] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """Return a numeric option."""
        value = self.options.get(name, default)
        if not isinstance(value, int | float):
            raise TypeError(f"expected a number for {name}, got {value!r}")
        return float(value)

    def text(self, name: str, default: str) -> str:
        """Return a text option."""
        return str(self.options.get(name, default))


class FaultBook:
    """The faults in force. Chance comes from one seeded stream, so a run can be repeated."""

    def __init__(self, kinds: frozenset[str], seed: int = 0, wall: Callable[[], float] = time.time) -> None:
        self.kinds = kinds
        self.random = random.Random(seed)
        self._wall = wall
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(
        self,
        kind: str,
        *,
        match: str = "*",
        count: int | None = None,
        seconds: float | None = None,
        probability: float = 1.0,
        **options: object,
    ) -> Fault:
        """Put a fault in force for the next `count` cases and/or `seconds` of wall time; with neither until `clear`.

        Raises:
            ValueError: the kind is not known.
        """
        if kind not in self.kinds:
            raise ValueError(f"expected one of {', '.join(sorted(self.kinds))}, got {kind!r}")
        until = None if seconds is None else self._wall() + seconds
        fault = Fault(kind, match, count, until, probability, dict(options))
        self._faults.append(fault)
        return fault

    def clear(self, kind: str | None = None) -> None:
        """Lift every fault, or those of a kind."""
        self._faults = [fault for fault in self._faults if kind is not None and fault.kind != kind]

    def take(self, subject: str, *kinds: str, said: str = "") -> Fault | None:
        """Return the first fault of these kinds that strikes the subject now, and use up one of its count.

        A fault with the option `words` strikes only what was `said` with these words in it.
        """
        if not self._faults:
            return None
        now = self._wall()
        self._faults = [fault for fault in self._faults if fault.until is None or fault.until > now]
        for fault in self._faults:
            if fault.kind not in kinds or not fnmatchcase(subject, fault.match) or fault.text("words", "") not in said:
                continue
            if fault.probability < 1 and self.random.random() >= fault.probability:
                continue
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self._faults.remove(fault)
            return fault
        return None

    def listing(self) -> list[dict[str, object]]:
        """Return the faults in force, for the control API."""
        return [
            {
                "kind": fault.kind,
                "match": fault.match,
                "count": fault.count,
                "until": fault.until,
                "probability": fault.probability,
                **fault.options,
            }
            for fault in self._faults
        ]
