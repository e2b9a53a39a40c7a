"""A table as plain values: columns with their widths, rows of cells, each with its tone and what it is sorted by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.words import Tone


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, and whether its cells stand to the right."""

    title: str
    width: int
    right: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what it says, its tone, and what a sort compares (its text without that)."""

    text: str
    tone: Tone = Tone.PLAIN
    value: float | str | None = None

    @property
    def order(self) -> tuple[bool, float, str]:
        """Return what a sort compares: numbers before texts, what is not known last."""
        if isinstance(self.value, (int, float)):
            return False, float(self.value), ""
        return True, 0.0, str(self.value or self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the key of what it shows, and its cells."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CellTable:
    """A table with its rows in order.

    sorted_table = table.by(3, descending=True)
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]

    def by(self, column: int, *, descending: bool) -> "CellTable":
        """Return it ordered by a column; rows that are equal in it keep their order."""
        lines = sorted(self.lines, key=lambda line: line.cells[column].order, reverse=descending)
        return CellTable(self.columns, tuple(lines))

    def where(self, keep: Callable[[Line], bool]) -> "CellTable":
        """Return it with the rows that pass."""
        return CellTable(self.columns, tuple(line for line in self.lines if keep(line)))

    def width(self) -> int:
        """Return how many characters a row takes."""
        return sum(column.width for column in self.columns)


def fitted(column: Column, cell: Cell) -> str:
    """Return a cell's text in its column's width, one space free on its left; what is too long ends with an ellipsis."""
    room = column.width - 1
    text = cell.text if len(cell.text) <= room else f"{cell.text[: room - 1]}…"
    return " " + (text.rjust(room) if column.right else text.ljust(room))


def written(table: CellTable) -> str:
    """Return a table as text, its headings first."""
    head = "".join(fitted(column, Cell(column.title)) for column in table.columns)
    rows: Sequence[str] = [
        "".join(fitted(column, cell) for column, cell in zip(table.columns, line.cells, strict=True)) for line in table.lines
    ]
    return "\n".join(text.rstrip() for text in (head, *rows))
