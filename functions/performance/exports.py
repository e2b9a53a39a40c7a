"""What can be exported, and a table as it is written."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from itertools import chain


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


def csv_lines(exported: Exported) -> Iterator[str]:
    """Yield a table as lines of CSV, the names of its columns first."""
    for row in chain([exported.columns], exported.rows):
        line = StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()
