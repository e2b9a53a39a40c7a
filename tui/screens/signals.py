"""The signals of a week with filters; Enter shows one in full."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Input, Static

from functions.panes.answers import PaneName, SignalsPane
from functions.scoring.answers import StandingSignal
from functions.scoring.states import SignalState
from functions.technical.setups.signal import Direction
from tui.screens.pane import PaneScreen
from tui.tables.market import gate_line
from tui.tables.signals import SignalsShown, signal_in_full, signals_table, summary_line
from tui.theme import Palette
from tui.widgets.table import PaneTable

DIRECTIONS = ("", Direction.LONG.value, Direction.SHORT.value)
STATES = ("", *(state.value for state in SignalState))
CONFIDENCES = (0.0, 0.65, 0.75, 0.85)


class SignalDetail(ModalScreen[None]):
    """One signal with its plan, its factors and its reasons."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "Back")]

    def __init__(self, signal: StandingSignal) -> None:
        super().__init__()
        self._signal = signal

    def compose(self) -> ComposeResult:
        """Lay out the text and the keys."""
        with VerticalScroll(id="detail"):
            yield Static("\n".join(signal_in_full(self._signal)), markup=False)
        yield Footer(compact=True)


class SignalsScreen(PaneScreen[SignalsPane]):
    """The second screen."""

    name_of_pane = PaneName.SIGNALS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Coin"),
        Binding("d", "next('direction')", "Side"),
        Binding("s", "next('state')", "State"),
        Binding("c", "next('least_confidence')", "Conf"),
        Binding("x", "all", "All"),
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.shown = SignalsShown()

    def content(self) -> ComposeResult:
        """Lay out gate, summary, the coin to look for, and the table."""
        yield Static(id="gate", classes="line")
        yield Static(id="summary", classes="line")
        yield Input(placeholder="coin, e.g. BTC; Enter shows it, empty shows all", id="coin")
        yield PaneTable(self.palette, id="signals")

    def on_mount(self) -> None:
        """Hide the line to type in until it is asked for."""
        self.query_one("#coin", Input).display = False
        self.query_one("#signals", PaneTable).focus()

    def paint(self, pane: SignalsPane) -> None:
        """Write the signals that pass the filters."""
        table = signals_table(pane, self.shown)
        filters = f"  showing {len(table.lines)} of {len(pane.signals)}: {self.shown}" if str(self.shown) else ""
        self.line("#gate", gate_line(pane.gate.regime, pane.gate.symbol) + filters)
        self.line("#summary", summary_line(pane))
        self.query_one("#signals", PaneTable).show(table)

    def action_find(self) -> None:
        """Ask for a coin."""
        box = self.query_one("#coin", Input)
        box.display = True
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Show the coin that was written."""
        event.input.display = False
        self._filter(replace(self.shown, coin=event.value.strip()))
        self.query_one("#signals", PaneTable).focus()

    def action_next(self, name: str) -> None:
        """Go to the next value of a filter."""
        choices: tuple[object, ...] = {"direction": DIRECTIONS, "state": STATES, "least_confidence": CONFIDENCES}[name]
        following = (choices.index(getattr(self.shown, name)) + 1) % len(choices)
        self._filter(replace(self.shown, **{name: choices[following]}))  # type: ignore[arg-type]

    def action_all(self) -> None:
        """Show every signal again."""
        self._filter(SignalsShown())

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Show the signal under the cursor in full."""
        signals = self.pane.signals if self.pane else []
        found = next((signal for signal in signals if str(signal.signal_id) == event.row_key.value), None)
        if found is not None:
            self.app.push_screen(SignalDetail(found))

    def _filter(self, shown: SignalsShown) -> None:
        self.shown = shown
        if self.pane is not None:
            self.paint(self.pane)
