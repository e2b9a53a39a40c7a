"""HTTP: the panes of the dashboard, with the numbers that are on its screens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from functions.edge import Config, Database
from functions.moments import AsOf
from functions.panes.answers import DataPane, MarketPane, PortfolioPane, SignalPane, SignalsPane
from functions.panes.run.read import PaneReader
from functions.scoring.run.settings import rules_of

router = APIRouter(prefix="/panes", tags=["panes"])


def _reader(settings: Config, database: Database) -> PaneReader:
    return PaneReader(database, settings.clock, rules_of(settings))


Reader = Annotated[PaneReader, Depends(_reader)]


@router.get("/market")
def market(reader: Reader, as_of: AsOf = None) -> MarketPane:
    """Show the gate, the mood, and the pairs with the largest turnover: price, change, trend, score."""
    return reader.market(as_of)


@router.get("/signals")
def signals(reader: Reader, as_of: AsOf = None) -> SignalsPane:
    """Show the signals of a week, each as it stands, and at what the other setups of a day failed."""
    return reader.signals(as_of)


@router.get("/signals/{signal_id}")
def signal(signal_id: Annotated[int, Path(ge=1, le=2**62)], reader: Reader, as_of: AsOf = None) -> SignalPane:
    """Show one signal as it stands, with the candles round its close."""
    return reader.signal(signal_id, as_of)


@router.get("/portfolio")
def portfolio(reader: Reader, as_of: AsOf = None) -> PortfolioPane:
    """Show every account beside the others and Bitcoin: equity, open and closed trades, the desk's figures."""
    return reader.portfolio(as_of)


@router.get("/data")
def data(reader: Reader, as_of: AsOf = None) -> DataPane:
    """Show whether the numbers come: processes, sources, candles, gaps, deliveries, the machine."""
    return reader.data(as_of)
