"""The market: gate, mood, and the pairs with the largest turnover."""

from textual.app import ComposeResult
from textual.widgets import Static

from functions.panes.answers import MarketPane, PaneName
from tui.screens.pane import PaneScreen
from tui.tables.market import gate_line, market_table, mood_line
from tui.widgets.table import PaneTable


class MarketScreen(PaneScreen[MarketPane]):
    """The first screen."""

    name_of_pane = PaneName.MARKET

    def content(self) -> ComposeResult:
        """Lay out gate, mood and table."""
        yield Static(id="gate", classes="line")
        yield Static(id="mood", classes="line")
        yield PaneTable(self.palette, id="pairs")

    def paint(self, pane: MarketPane) -> None:
        """Write the market."""
        self.line("#gate", gate_line(pane.gate.regime, pane.gate.symbol))
        self.line("#mood", mood_line(pane))
        self.query_one("#pairs", PaneTable).show(market_table(pane))
