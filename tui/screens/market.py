"""The market: gate, mood, and the pairs with the largest turnover."""

from textual.app import ComposeResult
from textual.widgets import Static

from functions.panes.answers import MarketPane
from functions.panes.names import PaneName
from tui.screens.pane import PaneScreen
from tui.tables.market import market_line, market_table
from tui.widgets.table import PaneTable


class MarketScreen(PaneScreen[MarketPane]):
    """The first screen."""

    name_of_pane = PaneName.MARKET

    def content(self) -> ComposeResult:
        """Lay out gate and mood in a line, for twenty pairs to fit below it, and the table."""
        yield Static(id="mood", classes="line")
        yield PaneTable(self.palette, id="pairs")

    def paint(self, pane: MarketPane) -> None:
        """Write the market."""
        self.line("#mood", market_line(pane))
        self.tables([("#pairs", market_table(pane))])
