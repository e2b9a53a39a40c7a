"""The accounts beside each other and beside Bitcoin, open and closed trades, and the curve of equity."""

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from functions.panes.answers import PortfolioPane
from functions.panes.names import PaneName
from tui.screens.pane import PaneScreen
from tui.tables.portfolio import accounts_table, closed_table, figures_line, open_table, prices_line
from tui.widgets.curve import Curve, CurvesChart
from tui.widgets.table import PaneTable


class PortfolioScreen(PaneScreen[PortfolioPane]):
    """The third screen."""

    name_of_pane = PaneName.PORTFOLIO

    def content(self) -> ComposeResult:
        """Lay out the accounts, the trades and the curves."""
        yield Static(id="figures", classes="line")
        yield Static(id="prices", classes="line")
        yield PaneTable(self.palette, id="accounts")
        with Container(id="books"):
            with Vertical(id="trades"):
                yield PaneTable(self.palette, id="open")
                yield PaneTable(self.palette, id="closed")
            yield CurvesChart(id="curves")

    def paint(self, pane: PortfolioPane) -> None:
        """Write the accounts."""
        self.line("#figures", figures_line(pane))
        self.line("#prices", prices_line(pane))
        tables = {"#accounts": accounts_table, "#open": open_table, "#closed": closed_table}
        self.tables([(where, table(pane)) for where, table in tables.items()])
        self.query_one("#curves", CurvesChart).show(curves_of(pane))


def curves_of(pane: PortfolioPane) -> list[Curve]:
    """Return what each account and the coin beside them made of 100; all begin where the first account began."""
    moments = [point.at for point in pane.curves.prices]
    curves = []
    for account in pane.curves.accounts:
        worth = {point.at: float(point.equity / account.start * 100) for point in account.points}
        curves.append(Curve(account.name.replace("_", " "), tuple(worth.get(at, float("nan")) for at in moments)))
    prices = {point.at: float(point.price) for point in pane.curves.prices if point.price}
    if prices:
        first = next(iter(prices.values()))
        held = tuple(prices.get(at, float("nan")) / first * 100 for at in moments)
        curves.append(Curve(pane.curves.symbol.removesuffix("USDT"), held))
    return curves
