"""The simulated outside world: the exchange, Telegram and other sources, over their real protocols, as rough as reality."""

from tests.sim.bybit.feed import Pace, SentClose
from tests.sim.bybit.server import BybitSim
from tests.sim.bybit.trouble import RateLimit
from tests.sim.clock import AffineClock, ManualClock
from tests.sim.market.exchange import Market, make_market
from tests.sim.model.server import GatewaySim, ModelSim
from tests.sim.sources.reddit import Submission
from tests.sim.sources.server import Article, SourcesSim
from tests.sim.telegram.rates import Rates
from tests.sim.telegram.server import DEFAULT_CHAT, DEFAULT_TOKEN, TelegramSim
from tests.sim.thread import InThread

__all__ = [
    "DEFAULT_CHAT",
    "DEFAULT_TOKEN",
    "AffineClock",
    "Article",
    "BybitSim",
    "GatewaySim",
    "InThread",
    "ManualClock",
    "Market",
    "ModelSim",
    "Pace",
    "RateLimit",
    "Rates",
    "SentClose",
    "SourcesSim",
    "Submission",
    "TelegramSim",
    "make_market",
]
