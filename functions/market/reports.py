"""What the jobs that ask the exchange did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from functions.errors import QuorumError, RetryLater
from functions.market.universe import RankedSymbol


@dataclass(frozen=True, slots=True)
class RefreshedUniverse:
    """A ranking just taken, and what changed since the one before; the first ranking lists nothing.

    `unknown_kinds` are the kinds of pairs that nobody has judged yet, with how many pairs are of each: none of them is watched.
    """

    taken_at: datetime
    ranked: list[RankedSymbol]
    listed: list[str]
    delisted: list[str]
    unknown_kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did: gaps by result, candles by result, and how many seconds the exchange wants to be left alone.

    `denied` gaps wait for the exchange to deny them once more, `failed` ones for an answer.
    """

    filled: int = 0
    absent: int = 0
    denied: int = 0
    failed: int = 0
    added: int = 0
    revised: int = 0
    retry_after: float = 0.0
    last_error: str = ""

    @classmethod
    def failure(cls, error: QuorumError) -> Self:
        """Return a gap or a request that has to be tried again."""
        pause = error.retry_after if isinstance(error, RetryLater) else 0.0
        return cls(failed=1, retry_after=pause, last_error=error.detail)

    def __add__(self, later: "RepairReport") -> "RepairReport":
        """Return both together: the longest pause, and the last error."""
        return RepairReport(
            filled=self.filled + later.filled,
            absent=self.absent + later.absent,
            denied=self.denied + later.denied,
            failed=self.failed + later.failed,
            added=self.added + later.added,
            revised=self.revised + later.revised,
            retry_after=max(self.retry_after, later.retry_after),
            last_error=later.last_error or self.last_error,
        )
