"""Small markets written by hand for dip orders: flat daily candles under an open gate, and the 4h candles of the last days."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from functions.backtest.history import MarketHistory, PairRules
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe

START = datetime(2024, 3, 5, tzinfo=UTC)  # the first day that is written by hand
DAYS_BEFORE = 260
PAIR = PairRules(Decimal("0.01"), Decimal("0.001"), Decimal(1))


def market(rows: dict[str, str], *, btc: str = "200 202 198 200", days: int = 1) -> MarketHistory:
    """Return the market of some coins beside Bitcoin.

    All rise evenly by a tenth a day up to 100 at `START`, with a daily range of 4, so that ATR(14) is 4: the limit of the first
    day is 100 - 1.75 x 4 = 93, its stop 93 - 16 = 77, its targets 104.2, 125 and 157. Bitcoin gains more than 10% in 30 days.
    From `START` on `rows` gives each coin's 4h candles, `open high low close`, split by `|`; the last close stands for the rest
    of the `days`.
    """
    texts = {"BTCUSDT": btc, **rows}
    count = 6 * days
    grids = [_coin(symbol, text, count) for symbol, text in texts.items()]
    finest = Candles.beside_each_other(Timeframe.H4, grids)
    return MarketHistory.of(finest, [PAIR] * len(texts))


def _coin(symbol: str, text: str, count: int) -> Candles:
    candles = [[float(value) for value in part.split()] for part in text.split("|")]
    candles += [[candles[-1][3]] * 4] * (count - len(candles))
    before = DAYS_BEFORE * 6
    last = candles[0][0]
    slope = 0.005 if symbol == "BTCUSDT" else 0.001
    day_close = last * (1 - slope * np.arange(DAYS_BEFORE - 1, -1, -1) / (1 + slope * 30))
    close = np.repeat(day_close, 6)
    prices = np.array([close, close + last * 0.02, close - last * 0.02, close])
    prices = np.concatenate([prices, np.array(candles).T], axis=1)[:, None, :]
    step = Timeframe.H4.milliseconds
    first = int(START.timestamp() * 1000) - before * step
    times = first + np.arange(prices.shape[2], dtype=np.int64) * step
    return Candles(Timeframe.H4, (symbol,), times, prices[0], prices[1], prices[2], prices[3], np.full(prices[0].shape, 1000.0))
