"""A table as plain values: columns with their widths, rows of cells, each with its tone and what it is sorted by."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.words import Tone


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, whether its cells stand right, and whether it only fills free room."""

    title: str
    width: int
    right: bool = False
    wide: bool = False


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

    def holding(self, text: str) -> "CellTable":
        """Return it with the rows that hold a text somewhere; all for an empty one."""
        lines = (line for line in self.lines if any(text.casefold() in cell.text.casefold() for cell in line.cells))
        return CellTable(self.columns, tuple(lines)) if text else self

    def fitting(self, width: int) -> "CellTable":
        """Return it without the columns that only fill free room, unless there is room for all."""
        if sum(column.width for column in self.columns) <= width:
            return self
        kept = [place for place, column in enumerate(self.columns) if not column.wide]
        lines = tuple(Line(line.key, tuple(line.cells[place] for place in kept)) for line in self.lines)
        return CellTable(tuple(self.columns[place] for place in kept), lines)


def fitted(column: Column, cell: Cell) -> str:
    """Return a cell's text in its column's width, one space free on its left; what is too long ends with an ellipsis."""
    room = column.width - 1
    text = cell.text if len(cell.text) <= room else f"{cell.text[: room - 1]}…"
    return " " + (text.rjust(room) if column.right else text.ljust(room))


def written(table: CellTable, width: int = 80) -> str:
    """Return a table as text, its headings first."""
    table = table.fitting(width)
    head = "".join(fitted(column, Cell(column.title)) for column in table.columns)
    rows: Sequence[str] = [
        "".join(fitted(column, cell) for column, cell in zip(table.columns, line.cells, strict=True)) for line in table.lines
    ]
    return "\n".join(text.rstrip() for text in (head, *rows))
