"""Read any pane in one snapshot of the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from functions.clock import MarketClock
from functions.panes.answers import DataPane, MarketPane, Pane, PortfolioPane, SignalPane, SignalsPane
from functions.panes.names import PaneName
from functions.panes.run.data import read_data
from functions.panes.run.market import read_market
from functions.panes.run.portfolio import read_portfolio
from functions.panes.run.signal import read_signal
from functions.panes.run.signals import read_signals
from functions.performance.answers import ReadinessAnswer
from functions.performance.run.readiness import read_readiness
from functions.scoring.rules import ScoreRules


@dataclass(frozen=True, slots=True)
class PaneReader:
    """Reads panes with the settings of one desk.

        PaneReader(engine, clock, rules).market()          # now
        PaneReader(engine, clock, rules).market(moment)    # as it was then

    The same moment gives the same values to everybody who asks.
    """

    engine: Engine
    clock: MarketClock
    rules: ScoreRules

    def read(self, name: PaneName, as_of: datetime | None = None) -> Pane:
        """Return a pane by its name; at the market clock's now without a moment."""
        reading: dict[PaneName, Callable[[datetime | None], Pane]] = {
            PaneName.MARKET: self.market,
            PaneName.SIGNALS: self.signals,
            PaneName.PORTFOLIO: self.portfolio,
            PaneName.DATA: self.data,
            PaneName.READINESS: self.readiness,
        }
        return reading[name](as_of)

    def market(self, as_of: datetime | None = None) -> MarketPane:
        """Return the market."""
        with self._snapshot() as connection:
            return read_market(connection, as_of or self.clock.now(), self.rules)

    def signals(self, as_of: datetime | None = None) -> SignalsPane:
        """Return the signals."""
        with self._snapshot() as connection:
            return read_signals(connection, as_of or self.clock.now(), self.rules)

    def portfolio(self, as_of: datetime | None = None) -> PortfolioPane:
        """Return the accounts."""
        with self._snapshot() as connection:
            return read_portfolio(connection, as_of or self.clock.now(), self.rules.setups.gate_symbol)

    def data(self, as_of: datetime | None = None) -> DataPane:
        """Return the sources and the machine."""
        at = as_of or self.clock.now()
        with self._snapshot() as connection:
            return read_data(connection, at, self.clock.wall(at), past=as_of is not None)

    def readiness(self, as_of: datetime | None = None) -> ReadinessAnswer:
        """Return how far the desk is from the plan and from real money."""
        at = as_of or self.clock.now()
        with self._snapshot() as connection:
            return read_readiness(connection, self.rules.setups.gate_symbol, at)

    def signal(self, number: int, as_of: datetime | None = None) -> SignalPane:
        """Return one signal with its candles."""
        at = as_of or self.clock.now()
        with self._snapshot() as connection:
            return read_signal(connection, number, at, self.clock.wall(at))

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection
