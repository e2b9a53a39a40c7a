"""How greedy a simulated market is: the mood follows Bitcoin's price of the last month, as the real index mostly does."""

from math import tanh

from tests.sim.clock import DAY
from tests.sim.market.candles import CLOSE, TIMEFRAMES
from tests.sim.market.exchange import Market

MONTH = 30  # days
FULL = 0.15  # change of a month that is most of the way to an extreme


def market_greed(market: Market, day: int, symbol: str = "BTCUSDT") -> int:
    """Return the index of a UTC day, 10 to 90, from what was known when the day began; 50 without a month of history."""
    now = day * DAY
    _, candles = market.candles(symbol, TIMEFRAMES["D"], now - (MONTH + 1) * DAY, now - 1, now)
    if candles.shape[1] <= MONTH:
        return 50
    change = candles[CLOSE, -1] / candles[CLOSE, -1 - MONTH] - 1
    return round(50 + 40 * tanh(change / FULL))
