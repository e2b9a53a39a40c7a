"""How far the desk is from the plan and from real money, beside what a coin toss shows."""

from textual.app import ComposeResult
from textual.widgets import Static

from functions.panes.names import PaneName
from functions.performance.answers import ReadinessAnswer
from tui.screens.pane import PaneScreen
from tui.tables.readiness import coin_line, plan_table, readiness_line, real_money_table
from tui.widgets.table import PaneTable


class ReadinessScreen(PaneScreen[ReadinessAnswer]):
    """Opens from every screen; the number of another one leaves it."""

    name_of_pane = PaneName.READINESS

    def content(self) -> ComposeResult:
        """Lay out what is known in a line each, and the figures of the plan above those of real money."""
        yield Static(id="ready", classes="line")
        yield Static(id="coin", classes="line")
        yield PaneTable(self.palette, id="plan")
        yield PaneTable(self.palette, id="real-money")

    def paint(self, pane: ReadinessAnswer) -> None:
        """Write the figures."""
        self.line("#ready", readiness_line(pane))
        self.line("#coin", coin_line(pane))
        self.tables([("#plan", plan_table(pane)), ("#real-money", real_money_table(pane))])
