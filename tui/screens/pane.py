"""What every screen of a pane has: a line that says which moment it shows, its content, and the keys at the bottom."""

from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer, Static

from functions.panes.answers import Pane, PaneName
from tui import words
from tui.theme import Palette

Shown = TypeVar("Shown", bound=Pane)


class PaneScreen(Screen[None], Generic[Shown]):
    """A screen that shows one pane. Subclasses lay out their widgets and paint a pane into them."""

    name_of_pane: ClassVar[PaneName]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette = palette
        self.pane: Shown | None = None

    def compose(self) -> ComposeResult:
        """Lay out the line of the moment, the content, and the keys."""
        yield Static("reading …", id="moment")
        yield from self.content()
        yield Footer(compact=True)

    def content(self) -> ComposeResult:
        """Lay out what is between."""
        raise NotImplementedError

    def paint(self, pane: Shown) -> None:
        """Write a pane into the widgets."""
        raise NotImplementedError

    def show(self, pane: Shown, *, past: bool) -> None:
        """Show a pane; `past` when a person asked for its moment."""
        self.pane = pane
        tabs = [(f" {number} {name.value.capitalize()} ", name is self.name_of_pane) for number, name in enumerate(PaneName, 1)]
        line = Text.assemble(*((text, "reverse" if current else "") for text, current in tabs))
        line.append(f"  {'◀ PAST ' if past else ''}{words.moment(pane.as_of)} UTC")
        self.query_one("#moment", Static).update(line)
        self.paint(pane)

    def tell(self, trouble: str) -> None:
        """Say why nothing newer is shown; what is on the screen stays, with its moment."""
        shown = f"; this is {self.pane.as_of:%m-%d %H:%M} UTC" if self.pane else ""
        self.query_one("#moment", Static).update(Text(f"! {trouble}{shown}", "bold reverse"))

    def line(self, where: str, text: str) -> None:
        """Write a line of text, cut at the right."""
        self.query_one(where, Static).update(Text(text, no_wrap=True, overflow="ellipsis"))
