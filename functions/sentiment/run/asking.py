"""Many questions to one model, some at once, until the time is over or the model is away."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import TypeVar

from functions.errors import QuorumError
from functions.outgoing.chat import ABOUT_ONE_QUESTION, Completion, ModelAddress, ModelClient

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Asking:
    """A batch of questions.

    Args:
        address: of the model.
        at_once: calls.
        most_in_a_row: failures that one question each may have brought about, after which no further one is asked.
        seconds: after which no further question is asked.
    """

    def __init__(self, address: ModelAddress, *, at_once: int, most_in_a_row: int, seconds: float) -> None:
        self._address = address
        self._at_once = at_once
        self._most_in_a_row = most_in_a_row
        self._seconds = seconds
        self._stopped, self._lock = Event(), Lock()
        self._in_a_row = 0  # failures
        self.closed = ""  # why not all is answered, in one sentence: the first reason

    def each(self, tasks: Sequence[Task], ask: Callable[[ModelClient, Task], Answer | None]) -> list[Answer | None]:
        """Return an answer for each task, None where there is none.

        A failure that a question may have brought about ends nothing for the others. What is due to the model ends the batch.

        Args:
            tasks: asked in their order.
            ask: one question; called from several threads.
        """
        end = time.monotonic() + self._seconds

        def one(task: Task) -> Answer | None:
            if self._stopped.is_set():
                return None
            if time.monotonic() > end:
                self.stop("the time for this batch is over")
                return None
            try:
                answer = ask(model, task)
            except QuorumError as error:
                self._fail(error)
                return None
            self._in_a_row = 0
            return answer

        with ModelClient(self._address) as model, ThreadPoolExecutor(self._at_once, self._address.name) as threads:
            return list(threads.map(one, tasks))

    def stop(self, reason: str) -> None:
        """Ask no further question."""
        with self._lock:
            self.closed = self.closed or reason
        self._stopped.set()

    def _fail(self, error: QuorumError) -> None:
        with self._lock:
            self.closed = self.closed or error.detail
            self._in_a_row += 1
        if error.code not in ABOUT_ONE_QUESTION or self._in_a_row >= self._most_in_a_row:
            self._stopped.set()


def unfinished(completion: Completion) -> str:
    """Return why an answer is thrown away without a look into it; empty when it is not."""
    if completion.refusal:
        return "it refuses"
    return {"length": "it is cut off", "content_filter": "it is filtered"}.get(completion.finish, "")
