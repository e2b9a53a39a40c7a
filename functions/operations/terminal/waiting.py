"""What a terminal shows while something takes long: one sentence that changes in place, with a spinner."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console

LINE_EVERY = 15.0  # seconds, where a line cannot be replaced: in a file or a pipe


class Waiting:
    """Use as `with Waiting(console) as waiting: waiting.tell("fetching packages")`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._printed_at = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._status.stop()

    def tell(self, sentence: str) -> None:
        """Show a sentence in place of the one before it; without a terminal as a line of its own, now and then."""
        if self._console.is_terminal:
            self._status.update(sentence)
            self._status.start()
        elif time.monotonic() - self._printed_at >= LINE_EVERY:
            self._printed_at = time.monotonic()
            self._console.print(sentence, highlight=False)
