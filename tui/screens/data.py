"""Where the numbers come from: candles, processes, sources, messages, the machine."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from functions.panes.answers import DataPane
from functions.panes.names import PaneName
from tui.screens.pane import PaneScreen
from tui.tables.data import candles_table, counts_line, delivered_line, machine_line, parts_table, sources_table
from tui.widgets.table import PaneTable


class DataScreen(PaneScreen[DataPane]):
    """The fourth screen."""

    name_of_pane = PaneName.DATA

    def content(self) -> ComposeResult:
        """Lay out what arrived, counts, candles beside processes, and sources."""
        yield Static(id="delivered", classes="line")
        yield Static(id="counts", classes="line")
        yield Static(id="machine", classes="line")
        with Horizontal(id="reach"):
            yield PaneTable(self.palette, id="candles")
            yield PaneTable(self.palette, id="parts")
        yield PaneTable(self.palette, id="sources")

    def paint(self, pane: DataPane) -> None:
        """Write the state of everything that runs."""
        self.line("#delivered", delivered_line(pane))
        self.line("#counts", counts_line(pane))
        self.line("#machine", machine_line(pane))
        tables = {"#candles": candles_table, "#parts": parts_table, "#sources": sources_table}
        self.tables([(where, table(pane)) for where, table in tables.items()])
