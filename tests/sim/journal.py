"""What a simulator has seen, with wall times."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

Entry = dict[str, object]


class Journal:
    """The newest entries, oldest first; each has `seq`, `wall` and `kind`."""

    def __init__(self, kept: int = 50_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._listeners: list[Callable[[Entry], None]] = []
        self._count = 0

    def add(self, kind: str, **facts: object) -> Entry:
        """Write an entry and tell the listeners."""
        self._count += 1
        entry: Entry = {"seq": self._count, "wall": time.time(), "kind": kind, **facts}
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)
        return entry

    def listen(self, listener: Callable[[Entry], None]) -> None:
        """Call `listener` with each new entry."""
        self._listeners.append(listener)

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until a condition holds, looking again after each new entry.

        Raises:
            TimeoutError: it does not hold in time.
        """
        changed = asyncio.Event()

        def note(entry: Entry) -> None:
            changed.set()

        self._listeners.append(note)
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    changed.clear()
                    await changed.wait()
        finally:
            self._listeners.remove(note)

    def entries(self, kind: str | None = None, after: int = 0) -> list[Entry]:
        """Return the entries after a sequence number, of one kind or all."""
        return [entry for entry in self._entries if (kind is None or entry["kind"] == kind) and _sequence(entry) > after]

    def clear(self) -> None:
        """Forget every entry; numbering goes on."""
        self._entries.clear()


def _sequence(entry: Entry) -> int:
    value = entry["seq"]
    return value if isinstance(value, int) else 0
