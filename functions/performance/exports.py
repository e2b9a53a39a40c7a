"""What can be exported, and a table as it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Export(StrEnum):
    """What can be exported."""

    TRADES = "trades"
    SIGNALS = "signals"
    EQUITY = "equity"
    SCORES = "scores"


@dataclass(frozen=True, slots=True)
class Exported:
    """A table: its columns, and its rows in their order, each value as text; nothing is an empty text."""

    columns: tuple[str, ...]
    rows: Iterator[list[str]]
