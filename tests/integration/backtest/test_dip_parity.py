"""Dip orders over days and coins of the simulated market: the account that trades them all does what the backtest makes of it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, text

from functions.backtest.engine.dip_options import dip_rules
from functions.backtest.engine.dips import place_orders, run_dips, survey_history, touched_orders
from functions.backtest.engine.market import TradedMarket
from functions.backtest.parity.again import marks_of
from functions.backtest.parity.compare import Tolerance, compare
from functions.backtest.parity.store import desk_trades
from functions.backtest.parity.trades import ComparedTrade, again
from functions.backtest.run.settings import rules_of
from functions.backtest.sources.database import history_of_database
from functions.clock import MarketClock
from functions.dips.run.place import place
from functions.market.candles.gaps import to_ms
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.paper.accounts import DIPS
from functions.paper.run.desk import settle
from functions.paper.store import account as accounts
from functions.scoring.run.score import Scorer
from functions.scoring.run.settings import rules_of as score_rules
from functions.settings import Settings
from functions.technical.run.scan import Scanner
from tests.conftest import make_settings
from tests.sim.market.exchange import make_market
from tests.sim.traded import QUARTER, watch_all
from tests.sim.week import SEED, WARM_UP, scan, store_candles, store_symbols

DAY = Timeframe.D1.span
EXACT = Tolerance(price=Decimal(0), quantity=Decimal(0), moment=timedelta(0))
# Three orders of the second day fill, and the gate closes two days later.
TURN = datetime(2021, 10, 15, tzinfo=UTC)
# Six of ten orders fill within a day, in another order than that of their names, and the account has places for five.
CRASH = datetime(2024, 5, 6, tzinfo=UTC)
_ENDED = text("""
    SELECT coalesce(o.code, o.state) FROM resting_order o JOIN paper_account a ON a.id = account_id
    WHERE name = 'dips' AND state <> 'placed'
""")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of an account that no order is too small for."""
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, paper_start=100_000)


def let_days_pass(engine: Engine, settings: Settings, since: datetime, days: int, looks: int) -> None:
    """Let a desk place and fill orders, with no more of it at work than they need: of scans and scores only those of midnight.

    Args:
        engine: connections to an empty database.
        settings: of the desk.
        since: the first midnight at which orders are placed.
        days: that pass.
        looks: how often in a day it is looked what the market came down to.
    """
    market, rules = make_market(symbols=10, seed=SEED, others=False), score_rules(settings)
    scanner, scorer = Scanner(engine, CandleCache(engine), rules.setups), Scorer(engine, MarketClock.system(), rules)
    with engine.begin() as connection:
        store_symbols(connection, market)
        store_candles(connection, market, Timeframe.D1, since - WARM_UP * DAY, since - DAY)
    watch_all(engine, market, since)
    for midnight in (since + number * DAY for number in range(days + 1)):
        with engine.begin() as connection:
            for timeframe in (Timeframe.D1, Timeframe.M5):
                store_candles(connection, market, timeframe, midnight - DAY, midnight)
            store_candles(connection, market, Timeframe.M15, midnight - QUARTER, midnight)
        for number in range(1, looks):
            settle(midnight - DAY + number * DAY / looks, settings, engine)
        scan(scanner, scorer, midnight)
        settle(midnight, settings, engine)
        place(midnight, settings, engine)


def trades_live(engine: Engine, until: datetime) -> list[ComparedTrade]:
    """Return every trade of the account of dip orders."""
    with engine.connect() as connection:
        trades = desk_trades(connection, accounts.find_account(connection, DIPS.name), until)
    return sorted(trades, key=lambda trade: trade.key)


def trades_tested(engine: Engine, settings: Settings, since: datetime, until: datetime) -> list[ComparedTrade]:
    """Return what a backtest of dip orders makes of the same candles."""
    rules = dip_rules("", rules_of(settings))
    with engine.connect() as connection:
        history = history_of_database(connection, (), settings.gate_symbol, since, until)
    survey = survey_history(history, rules)
    market = TradedMarket.of(history, survey.closes, np.where(survey.gate, 1.0, 0.0))
    orders = place_orders(survey, history.pairs, to_ms(since), to_ms(until), rules.dips)
    touched = touched_orders(orders, market, rules.dips, Counter())
    account = run_dips(DIPS.name, touched, market, marks_of(since, until), rules)
    return sorted((again(trade) for trade in account.trades), key=lambda trade: trade.key)


def reasons(trades: list[ComparedTrade]) -> Counter[str]:
    """Count what ended trades, or a part of them."""
    return Counter(fill.reason.value for trade in trades for fill in trade.exits)


def ended_orders(engine: Engine) -> Counter[str]:
    """Count the orders by what became of them."""
    with engine.connect() as connection:
        return Counter(connection.scalars(_ENDED))


def compared(engine: Engine, settings: Settings, since: datetime, until: datetime) -> list[ComparedTrade]:
    """Check that both sides made the same trades, to the price and the moment of each fill; return them."""
    live, tested = trades_live(engine, until), trades_tested(engine, settings, since, until)
    assert compare(live, tested, EXACT).differences == ()
    return live


def test_orders_that_fill_expire_and_end_with_the_gate_are_those_of_the_backtest(engine: Engine, settings: Settings) -> None:
    let_days_pass(engine, settings, TURN, days=4, looks=1)
    live = compared(engine, settings, TURN, TURN + 4 * DAY)
    assert reasons(live) == {"regime": 3}
    assert ended_orders(engine) == {"filled": 3, "expired": 2}


def test_orders_that_nobody_looked_at_for_a_day_take_the_places_in_order_of_time(engine: Engine, settings: Settings) -> None:
    let_days_pass(engine, settings, CRASH, days=1, looks=1)
    live = compared(engine, settings, CRASH, CRASH + DAY)
    assert {trade.key.symbol for trade in live} == {f"{coin}USDT" for coin in ("ADA", "BTC", "ETH", "SHIB", "XRP")}
    assert ended_orders(engine) == {"filled": 5, "too_many_open": 1, "expired": 4}


@pytest.mark.soak
@pytest.mark.parametrize(
    ("since", "days", "looks", "exits"),
    [(CRASH, 10, 24, {"time": 5}), (CRASH - 113 * DAY, 120, 1, {"time": 27, "target_1": 3})],
)
def test_weeks_of_dip_orders_agree_in_every_trade(
    engine: Engine, settings: Settings, since: datetime, days: int, looks: int, exits: dict[str, int]
) -> None:
    let_days_pass(engine, settings, since, days, looks)
    live = compared(engine, settings, since, since + days * DAY)
    assert reasons(live) == exits
