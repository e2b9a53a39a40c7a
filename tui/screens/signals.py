"""The signals of a week with filters; Enter shows one in full."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable, Static

from functions.panes.answers import SignalsPane
from functions.panes.names import PaneName
from functions.scoring.states import SignalState
from functions.technical.setups.signal import Direction
from tui.screens.pane import PaneScreen
from tui.tables.signals import SignalsShown, scored_line, signals_table, summary_line
from tui.theme import Palette
from tui.widgets.table import PaneTable

DIRECTIONS = ("", Direction.LONG.value, Direction.SHORT.value)
STATES = ("", *(state.value for state in SignalState))
CONFIDENCES = (0.0, 0.65, 0.75, 0.85)


class SignalAsked(Message):
    """A person wants to see one signal in full."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class SignalsScreen(PaneScreen[SignalsPane]):
    """The second screen."""

    name_of_pane = PaneName.SIGNALS
    asks_for = "coin, e.g. BTC; Enter shows it, empty shows all"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "next('direction')", "Side"),
        Binding("s", "next('state')", "State"),
        Binding("c", "next('least_confidence')", "Conf"),
        Binding("x", "all", "All"),
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.shown = SignalsShown()

    def content(self) -> ComposeResult:
        """Lay out gate, summary and table."""
        yield Static(id="gate", classes="line")
        yield Static(id="summary", classes="line")
        yield PaneTable(self.palette, id="signals")

    def paint(self, pane: SignalsPane) -> None:
        """Write the signals that pass the filters."""
        table = signals_table(pane, self.shown)
        filters = f"  showing {len(table.lines)} of {len(pane.signals)}: {self.shown}" if str(self.shown) else ""
        self.line("#gate", scored_line(pane) + filters)
        self.line("#summary", summary_line(pane))
        self.query_one("#signals", PaneTable).show(table)

    def seek(self, text: str) -> None:
        """Show the signals of a coin."""
        self._filter(replace(self.shown, coin=text))

    def action_next(self, name: str) -> None:
        """Go to the next value of a filter."""
        choices: tuple[object, ...] = {"direction": DIRECTIONS, "state": STATES, "least_confidence": CONFIDENCES}[name]
        following = (choices.index(getattr(self.shown, name)) + 1) % len(choices)
        self._filter(replace(self.shown, **{name: choices[following]}))  # type: ignore[arg-type]

    def action_all(self) -> None:
        """Show every signal again."""
        self._filter(SignalsShown())

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the signal under the cursor in full."""
        if event.row_key.value:
            self.post_message(SignalAsked(int(event.row_key.value)))

    def _filter(self, shown: SignalsShown) -> None:
        self.shown = shown
        self.repaint()
