"""Tables as plain cells, one module a pane: what the screens paint, `quorum show` prints and the tests read."""

from functions.panes.answers import DataPane, MarketPane, Pane, PortfolioPane
from functions.performance.answers import ReadinessAnswer
from tui.tables.cells import written
from tui.tables.data import candles_table, counts_line, delivered_line, machine_line, parts_table, sources_table
from tui.tables.market import market_line, market_table
from tui.tables.portfolio import accounts_table, closed_table, figures_line, open_table, prices_line
from tui.tables.readiness import coin_line, plan_table, readiness_line, real_money_table
from tui.tables.signals import SignalsShown, scored_line, signals_table, summary_line
from tui.words import moment


def text_of(pane: Pane) -> str:
    """Return a pane as text: its moment, its lines, its tables."""
    return "\n".join((f"{moment(pane.as_of)} UTC", *_blocks(pane)))


def _blocks(pane: Pane) -> tuple[str, ...]:
    if isinstance(pane, MarketPane):
        return market_line(pane), written(market_table(pane))
    if isinstance(pane, PortfolioPane):
        return (
            figures_line(pane),
            prices_line(pane),
            *(written(table(pane)) for table in (accounts_table, open_table, closed_table)),
        )
    if isinstance(pane, DataPane):
        tables = (written(table(pane)) for table in (candles_table, parts_table, sources_table))
        return delivered_line(pane), counts_line(pane), machine_line(pane), *tables
    if isinstance(pane, ReadinessAnswer):
        return readiness_line(pane), coin_line(pane), written(plan_table(pane)), written(real_money_table(pane))
    shown = signals_table(pane, SignalsShown())
    return scored_line(pane), summary_line(pane), written(shown)
