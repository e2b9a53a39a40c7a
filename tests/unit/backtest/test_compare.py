"""Benchmarks by hand: Bitcoin held, and equal parts of all coins while the gate allows longs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.backtest.compare import benchmarks, closes_at, daily_prices
from functions.backtest.history import MarketHistory, lacking_days
from functions.costs import Costs
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.touch import milliseconds
from tests.unit.backtest.making import BEGIN, FREE, PAIR

DAY = timedelta(days=1)
DAYS = [BEGIN + number * DAY for number in range(4)]
COSTLY = Costs(fee=Decimal("0.001"), slippage=Decimal(0))


def history(*closes: list[float]) -> MarketHistory:
    """Return a market whose daily closes are these, the first one before the span begins; `BUSDT` is bought and held."""
    values = np.array(closes)
    hours = np.repeat(values, 24, axis=1)
    times = milliseconds(BEGIN - DAY) + np.arange(hours.shape[1], dtype=np.int64) * Timeframe.H1.milliseconds
    symbols = tuple(f"{chr(ord('A') + row)}USDT" for row in range(len(closes)))
    candles = Candles(Timeframe.H1, symbols, times, hours, hours, hours, hours, hours)
    return MarketHistory.of(candles, [PAIR] * len(closes))


def worth(market: MarketHistory, regime: list[int | None], costs: Costs = FREE) -> tuple[list[float], list[float]]:
    btc, basket = benchmarks(market, "BUSDT", DAYS, regime, costs)
    return list(btc.worth), list(basket.worth)


def test_bitcoin_is_bought_at_the_beginning_and_held() -> None:
    btc, _ = worth(history([1, 1, 1, 1], [100, 110, 99, 198]), [0, 0, 0, 0])
    assert btc == pytest.approx([1, 1.1, 0.99, 1.98])


def test_buying_costs_once() -> None:
    btc, _ = worth(history([1, 1, 1, 1], [100, 110, 99, 198]), [0, 0, 0, 0], COSTLY)
    assert btc == pytest.approx([0.999, 0.999 * 1.1, 0.999 * 0.99, 0.999 * 1.98])


def test_basket_is_held_from_the_midnight_at_which_the_gate_allows_longs() -> None:
    _, basket = worth(history([100, 110, 121, 133.1], [100, 130, 169, 219.7]), [0, 1, 0, 0])
    assert basket == pytest.approx([1, 1, 1.2, 1.2])


def test_each_turn_of_the_basket_costs() -> None:
    _, basket = worth(history([100, 110, 121, 133.1], [100, 130, 169, 219.7]), [0, 1, 0, 0], COSTLY)
    assert basket == pytest.approx([1, 0.999, 0.999 * 1.199, 0.999 * 1.199])


def test_basket_that_is_held_in_the_end_is_sold() -> None:
    _, basket = worth(history([100, 100, 100, 100], [100, 100, 100, 100]), [1, 1, 1, 1], COSTLY)
    assert basket == pytest.approx([0.999, 0.999, 0.999, 0.999 * 0.999])


def test_coin_that_lacks_has_no_part_in_the_basket() -> None:
    _, basket = worth(history([100, float("nan"), float("nan"), 100], [100, 110, 121, 133.1]), [1, 1, 1, 1])
    assert basket[1] == pytest.approx(1.05)


def test_closes_are_those_known_at_a_midnight() -> None:
    market = history([100, float("nan"), 120, 130])
    assert closes_at(market, DAYS).tolist() == [[100, 100, 120, 130]]
    assert np.isnan(closes_at(market, [BEGIN - DAY])).all()


def test_daily_prices_are_those_of_the_span() -> None:
    prices = daily_prices(history([100, 110, 120, 130]), ["AUSDT"], DAYS)["AUSDT"]
    assert (prices.days, prices.close) == (tuple(DAYS[:3]), (110, 120, 130))


def test_days_from_before_are_joined_and_those_of_the_candles_count_where_both_are_there() -> None:
    market = history([100, 110, 120, 130])
    before = history([1, 1, 1, 1]).days
    early = replace(before, open_time=before.open_time - 2 * Timeframe.D1.milliseconds)
    joined = MarketHistory.of(market.finest, [PAIR], early)
    assert joined.days.close.tolist() == [[1, 1, 100, 110, 120, 130]]
    assert lacking_days(joined, BEGIN) == 1
