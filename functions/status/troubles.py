"""What does not work, as the watchdog finds it and people read it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What does not work."""

    DATABASE = "database"
    FUNCTIONS = "functions"
    N8N = "n8n"
    COLLECTOR = "collector"
    CANDLES = "candles"
    STOPPED = "stopped"  # a workflow that n8n does not run
    OFF = "off"  # a workflow that somebody has switched off


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that does not work.

    Args:
        kind: of thing.
        name: of the shard or the workflow, where there are several.
        seen_at: when it last worked, where that is known.
        reason: in the words of who found it.
    """

    kind: Kind
    name: str = ""
    seen_at: datetime | None = field(default=None, compare=False)
    reason: str = field(default="", compare=False)

    @property
    def words(self) -> str:
        """Return it for a log and for the check's own page."""
        return ": ".join(filter(None, (f"{self.kind} {self.name}".strip(), self.reason)))


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told now."""

    began: tuple[Trouble, ...] = ()
    ended: tuple[Trouble, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.began or self.ended)
