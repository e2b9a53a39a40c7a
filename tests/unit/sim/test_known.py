"""The market of the demo: known coins at believable prices that rise."""

import numpy as np
import pytest

from functions.operations.demo import KNOWN_SEED, SYMBOLS
from tests.sim.clock import DAY, HOUR
from tests.sim.market.candles import CLOSE, TIMEFRAMES
from tests.sim.market.exchange import Market
from tests.sim.market.known import PRICED_ON, PRICES, known_market
from tests.sim.market.noise import FloatArray

NOON = PRICED_ON * DAY + 12 * HOUR
USUAL_MOVE = (0.015, 0.06)  # a day's, as the deviation of daily log returns: those of large coins in early 2024


@pytest.fixture(scope="module")
def market() -> Market:
    return known_market(SYMBOLS, KNOWN_SEED)


def closes(market: Market, symbol: str, days: int, after: int = 0) -> FloatArray:
    """Daily closes in USDT up to the priced day, or to some days after it."""
    end = (PRICED_ON + after) * DAY
    _, candles = market.candles(symbol, TIMEFRAMES["D"], end - days * DAY, end - 1, end)
    prices: FloatArray = candles[CLOSE] / 10.0 ** market.spec(symbol).price_decimals
    return prices


def test_every_coin_is_known_costs_what_it_cost_and_moves_as_it_moved(market: Market) -> None:
    coins = [symbol for symbol in market.symbols if symbol.endswith("USDT")][:SYMBOLS]
    assert {"BTCUSDT", "ETHUSDT", "SOLUSDT"} < set(coins)
    for symbol in coins:
        spec = market.spec(symbol)
        noon = market.open_candle(symbol, TIMEFRAMES["5"], NOON)[CLOSE, 0] / 10.0**spec.price_decimals
        assert noon == pytest.approx(PRICES[spec.base], rel=0.08), symbol
        assert USUAL_MOVE[0] < np.diff(np.log(closes(market, symbol, 90))).std() < USUAL_MOVE[1], symbol


def test_the_gate_for_longs_stays_open_for_a_month(market: Market) -> None:
    prices = closes(market, "BTCUSDT", 1000, after=30)
    assert len(prices) == 1000
    for days, weight in ((50, 2 / 51), (200, 2 / 201)):
        average = prices[0]
        above = []
        for price in prices:
            average += weight * (price - average)
            above.append(price > average)
        assert all(above[-31:]), days
