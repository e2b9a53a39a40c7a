"""A desk that trades a simulated market on paper, close by close and in time, by the product's own code; faults on command.

desk = TradedDesk.open(engine, settings, begin)
desk.pass_to(begin + timedelta(hours=8))                    # scanned, scored, settled and traded at each close of 15m
desk.pass_to(at, late=["SOLUSDT"])                          # whose candles of 15m and longer do not come
desk.sleep_to(at)                                           # nobody looks: candles come, nothing is scanned or traded
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from db.tables import ticker, universe_day
from functions.backtest.parity.run import note_rules
from functions.backtest.run.settings import rules_of as desk_rules
from functions.clock import MarketClock
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.paper.run.desk import settle
from functions.paper.run.following import follow
from functions.scoring.run.score import Scorer
from functions.scoring.run.settings import rules_of
from functions.settings import Settings
from functions.technical.run.scan import Scanner
from tests.sim.market.candles import TIMEFRAMES
from tests.sim.market.exchange import Market, make_market
from tests.sim.week import INTERVALS, SCANNED, SEED, WARM_UP, say_greed, scan, store_candles, store_symbols

QUARTER = Timeframe.M15.span


@dataclass(slots=True)
class TradedDesk:
    """The desk and its market, at a moment."""

    engine: Engine
    settings: Settings
    market: Market
    scanner: Scanner
    scorer: Scorer
    at: datetime

    @classmethod
    def open(cls, engine: Engine, settings: Settings, begin: datetime, pairs: int = 5) -> Self:
        """Store what came before `begin`, so that the desk can judge from then on."""
        market = make_market(symbols=pairs, seed=SEED, others=False)
        rules = rules_of(settings)
        scorer = Scorer(engine, MarketClock.system(), rules)
        desk = cls(engine, settings, market, Scanner(engine, CandleCache(engine), rules.setups), scorer, begin)
        with engine.begin() as connection:
            store_symbols(connection, market)
            for timeframe in SCANNED:
                store_candles(connection, market, timeframe, begin - WARM_UP * timeframe.span, begin)
            say_greed(connection, market, begin, begin)
        note_rules(engine, desk_rules(settings), begin)  # as the functions do when they start
        scan(desk.scanner, desk.scorer, begin)
        return desk

    def watch_all(self) -> None:
        """Let the desk watch every pair of the market."""
        watch_all(self.engine, self.market, self.at)

    def pass_to(self, until: datetime, late: Collection[str] = ()) -> None:
        """Let closes pass; the candles of `late` pairs that the desk judges by do not come before `bring` brings them."""
        while self.at < until:
            self._hear(late, self.at + QUARTER)
            scan(self.scanner, self.scorer, self.at)
            settle(self.at, self.settings, self.engine)
            follow(self.at, self.settings, self.engine)

    def sleep_to(self, until: datetime) -> None:
        """Let closes pass that nobody looks at, then look once, as after a restart."""
        self._hear((), until)
        scan(self.scanner, self.scorer, self.at)
        settle(self.at, self.settings, self.engine)
        follow(self.at, self.settings, self.engine)

    def bring(self, since: datetime, symbols: Collection[str]) -> None:
        """Bring the candles that were late, and judge them."""
        with self.engine.begin() as connection:
            for timeframe in SCANNED:
                store_candles(connection, self.market, timeframe, since, self.at, sorted(symbols))
        scan(self.scanner, self.scorer, self.at)
        follow(self.at, self.settings, self.engine)

    def _hear(self, late: Collection[str], until: datetime) -> None:
        """Store what the time up to a close of 15m brings: candles, Fear & Greed, and the price of its end."""
        after, self.at = self.at, until
        there = [symbol for symbol in self.market.symbols if symbol not in late]
        with self.engine.begin() as connection:
            store_candles(connection, self.market, Timeframe.M5, after, self.at)
            for timeframe in SCANNED:
                store_candles(connection, self.market, timeframe, after, self.at, there)
            say_greed(connection, self.market, after, self.at)
            prices = [self._price(symbol) for symbol in self.market.symbols]
            statement = insert(ticker).values(prices)
            values = {name: statement.excluded[name] for name in prices[0] if name != "symbol"}
            connection.execute(statement.on_conflict_do_update(index_elements=["symbol"], set_=values))

    def _price(self, symbol: str) -> dict[str, object]:
        """Return the first price of the candle that opens now."""
        now = int(self.at.timestamp() * 1000)
        candle = self.market.closed_candle(symbol, TIMEFRAMES[INTERVALS[Timeframe.M5]], now)
        price = float(candle[0, 0]) / 10.0 ** self.market.spec(symbol).price_decimals
        return {
            "symbol": symbol,
            "price": price,
            "low_24h": price,
            "high_24h": price,
            "volume_24h": 1.0,
            "turnover_24h": 1.0,
            "change_24h": 0.0,
            "exchange_time": self.at,
        }


def watch_all(engine: Engine, market: Market, at: datetime) -> None:
    """Let a desk watch every pair of the market, as after a look at what is traded most."""
    row = {"turnover_24h": 1e9, "kind": "", "special_treatment": False, "taken_at": at - QUARTER}
    rows = [
        {
            "day": at.date(),
            "symbol": symbol,
            "turnover_rank": rank,
            "tick_size": Decimal(10) ** -market.spec(symbol).price_decimals,
            "lot_size": Decimal("0.000001"),
            **row,
        }
        for rank, symbol in enumerate(market.symbols, start=1)
    ]
    with engine.begin() as connection:
        connection.execute(insert(universe_day), rows)
