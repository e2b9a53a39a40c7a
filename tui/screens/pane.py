"""What every screen of a pane has: the line of its moment, its content, a line to search with, and the keys at the bottom."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from functions.panes.answers import Pane
from functions.panes.names import PaneName
from tui import words
from tui.tables.cells import CellTable
from tui.theme import Palette
from tui.widgets.keys import KeysLine
from tui.widgets.table import PaneTable

Shown = TypeVar("Shown", bound=Pane)
TABS = (PaneName.MARKET, PaneName.SIGNALS, PaneName.PORTFOLIO, PaneName.DATA)
LEAST_WIDTH, LEAST_HEIGHT = 80, 20


class PaneScreen(Screen[None], Generic[Shown]):
    """A screen that shows one pane. Subclasses lay out their widgets and paint a pane into them.

    A terminal that is too small for it gets one line that says so.
    """

    name_of_pane: ClassVar[PaneName]
    asks_for: ClassVar[str] = "text in a row; Enter shows those, empty shows all"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "find", "Find"), Binding("escape", "leave", show=False)]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette = palette
        self.pane: Shown | None = None
        self.sought = ""

    def compose(self) -> ComposeResult:
        """Lay out the line of the moment, the content, and the keys."""
        yield Static(id="small")
        yield Static("reading …", id="moment")
        yield from self.content()
        yield Input(placeholder=self.asks_for, id="sought", compact=True)
        yield KeysLine()

    def content(self) -> ComposeResult:
        """Lay out what is between."""
        raise NotImplementedError

    def paint(self, pane: Shown) -> None:
        """Write a pane into the widgets."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Hide the line to type in until it is asked for."""
        self.query_one("#sought", Input).display = False
        self.query(PaneTable).first().focus()

    @property
    def stands(self) -> bool:
        """Tell whether its widgets are there; while the dashboard ends they are not, and a reading may still come back."""
        return bool(self.query("#moment"))

    def show(self, pane: Shown, *, past: bool) -> None:
        """Show a pane; `past` when a person asked for its moment."""
        self.pane = pane
        line = Text.assemble(*(self._tab(number, name) for number, name in enumerate(TABS, 1)))
        line.append(f"  {'◀ PAST ' if past else ''}{words.moment(pane.as_of)} UTC")
        self.query_one("#moment", Static).update(line)
        self.paint(pane)

    def _tab(self, number: int, name: PaneName) -> tuple[str, Style]:
        return f" {number} {name.value.capitalize()} ", Style(
            reverse=name is self.name_of_pane, meta={"@click": f"app.pane('{name.value}')"}
        )

    def tell(self, trouble: str) -> None:
        """Say why nothing newer is shown; what is on the screen stays, with its moment."""
        shown = f"; this is {self.pane.as_of:%m-%d %H:%M} UTC" if self.pane else ""
        self.query_one("#moment", Static).update(Text(f"! {trouble}{shown}", "bold reverse"))

    def line(self, where: str, text: str) -> None:
        """Write a line of text, cut at the right."""
        self.query_one(where, Static).update(Text(text, no_wrap=True, overflow="ellipsis"))

    def tables(self, shown: Sequence[tuple[str, CellTable]]) -> None:
        """Paint tables, each with the rows that hold what was searched for."""
        for where, table in shown:
            self.query_one(where, PaneTable).show(table.holding(self.sought))

    def seek(self, text: str) -> None:
        """Show the rows that hold a text."""
        self.sought = text
        self.repaint()

    def repaint(self) -> None:
        """Paint the same pane again."""
        if self.pane is not None:
            self.paint(self.pane)

    def action_find(self) -> None:
        """Ask for a text."""
        box = self.query_one("#sought", Input)
        box.display = True
        box.focus()

    def action_leave(self) -> None:
        """Leave the line to type in as it was."""
        self._close_search()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Show what was written."""
        self._close_search()
        self.seek(event.value.strip())

    def on_resize(self, event: Resize) -> None:
        """Say so when the terminal is too small."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-small")
        self.query_one("#small", Static).update(
            f"This terminal has {width}x{height} characters; Quorum's screens need {LEAST_WIDTH}x{LEAST_HEIGHT}. "
            "`quorum show` prints the same numbers. q quits."
        )

    def _close_search(self) -> None:
        self.query_one("#sought", Input).display = False
        self.query(PaneTable).first().focus()
