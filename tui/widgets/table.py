"""A table on the screen: painted from plain cells, sorted with a key, the cursor staying on its row."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from tui.tables.cells import Cell, CellTable, Column, fitted
from tui.theme import Palette


class PaneTable(DataTable[Text]):
    """A `CellTable` on the screen. `o` sorts by the next column, `O` turns the order round."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "sort", "Sort"), Binding("O", "turn", "Turn order", show=False)]

    def __init__(self, palette: Palette, **options: Any) -> None:
        super().__init__(cell_padding=0, cursor_type="row", zebra_stripes=True, **options)
        self._palette = palette
        self._shown: CellTable | None = None
        self._painted: CellTable | None = None
        self._headings: list[str] = []
        self._column: int | None = None
        self._descending = True

    def show(self, table: CellTable) -> None:
        """Paint a table; the cursor stays on the row with the same key."""
        self._shown = table
        table = table.fitting(self.size.width or self.app.size.width)
        ordered = table if self._column is None else table.by(self._column, descending=self._descending)
        headings = [self._heading(number, column) for number, column in enumerate(ordered.columns)]
        if (
            self._painted
            and headings == self._headings
            and [line.key for line in self._painted.lines] == [line.key for line in ordered.lines]
        ):
            self._paint_changes(self._painted, ordered)
        else:
            self._paint_all(headings, ordered)
        self._painted, self._headings = ordered, headings

    def _heading(self, number: int, column: Column) -> str:
        mark = ("▾" if self._descending else "▴") if number == self._column else ""
        title = f"{column.title}{mark}"
        return f" {title.rjust(column.width - 1) if column.right else title}"

    def _paint_all(self, headings: Sequence[str], table: CellTable) -> None:
        kept, place = self.selected_key, self.scroll_offset
        self.clear(columns=True)
        for heading, column in zip(headings, table.columns, strict=True):
            self.add_column(Text(heading), width=column.width)
        keys = []
        for line in table.lines:
            self.add_row(
                *(self._text(column, cell) for column, cell in zip(table.columns, line.cells, strict=True)), key=line.key
            )
            keys.append(line.key)
        if kept in keys:
            self.cursor_coordinate = Coordinate(keys.index(kept), 0)
            self.scroll_to(place.x, place.y, animate=False)

    def _paint_changes(self, before: CellTable, table: CellTable) -> None:
        """Paint the cells that say something else: of hundreds of rows most stand as they were."""
        for row, (old, line) in enumerate(zip(before.lines, table.lines, strict=True)):
            if old.cells == line.cells:
                continue
            for place, (column, was, cell) in enumerate(zip(table.columns, old.cells, line.cells, strict=True)):
                if (was.text, was.tone) != (cell.text, cell.tone):
                    self.update_cell_at(Coordinate(row, place), self._text(column, cell))

    def _text(self, column: Column, cell: Cell) -> Text:
        return Text(fitted(column, cell), self._palette.style(cell.tone))

    @property
    def selected_key(self) -> str | None:
        """The key of the row under the cursor; None in an empty table."""
        if not self.row_count:
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def action_sort(self) -> None:
        """Sort by the next column; after the last one in the order it came in."""
        columns = len(self.columns)
        following = 0 if self._column is None else self._column + 1
        self._column = following if following < columns else None
        self._repaint()

    def action_turn(self) -> None:
        """Turn the order round."""
        self._descending = not self._descending
        self._repaint()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column that was clicked; a second click turns the order round."""
        if event.column_index == self._column:
            self._descending = not self._descending
        self._column = event.column_index
        self._repaint()

    def on_resize(self) -> None:
        """Paint the columns that there is room for."""
        self._repaint()

    def _repaint(self) -> None:
        if self._shown is not None:
            self.show(self._shown)
