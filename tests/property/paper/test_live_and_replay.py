"""Whoever looks at a market while its candles form books what whoever replays them afterwards does."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.listings.watch import Presence
from functions.paper.settling.advance import MarketView, advance
from functions.paper.settling.position import Fill
from functions.paper.settling.prices import Bar, PairCandles, Span
from functions.paper.settling.touch import moment_of
from functions.paper.trade import Trade, TradeRules
from tests.property.paper.paths import TERMS, Case, Market, cases, market
from tests.unit.paper.settling.tables import SPAN, START


def trade_of(case: Case) -> Trade:
    """A trade by hand has its exit in its rules; a turn of the gate is no rule of its own here."""
    leaves_at = case.leaves.at if case.leaves else None
    return Trade(
        id=1,
        account_id=1,
        account="desk",
        symbol="BTCUSDT",
        source="signal",
        chat_id=None,
        quantity=case.position.quantity,
        position=case.position,
        rules=TradeRules(TERMS.costs, break_even=True, leaves_at=leaves_at),
        settled_until=case.since,
        opened_at=case.since,
    )


class Watcher:
    """Settles one trade of a market at moments of its own choice, and keeps its fills."""

    def __init__(self, on: Market, case: Case) -> None:
        self.trade, self.fills = trade_of(case), list[Fill]()
        self.bars = [bar for bar in on.rows[case.row] if bar is not None]
        opened = (moment_of(int(at)) for at in on.candles.open_time[np.flatnonzero(on.absent[case.row])])
        self.denied = [Span(at, at + SPAN) for at in opened]

    def look(self, at: datetime, forming: Bar | None = None) -> None:
        trade = self.trade
        if not trade.position.quantity:
            return
        first = START + (trade.settled_until - START) // SPAN * SPAN
        stored = [bar for bar in self.bars if bar.opened_at >= first and bar.closed_at <= at]
        view = MarketView(PairCandles(stored, self.denied, first, SPAN), None, Presence(START, None, at), at, forming)
        made = advance(trade, view, TERMS)
        moved = trade.advanced(made.until, made.last, made.hold.at if made.hold else None, made.unseen)
        self.trade = replace(moved, position=made.settlement.position)
        self.fills += made.settlement.fills


def so_far(random: np.random.Generator, bar: Bar) -> Bar:
    """Return what a candle may have held at some moment before its end."""
    at = bar.opened_at + timedelta(seconds=int(random.integers(1, 299)))
    prices = [[bar.open], [bar.open, bar.low], [bar.open, bar.high], [bar.open, bar.low, bar.high]][int(random.integers(4))]
    return Bar(bar.opened_at, at, bar.open, max(prices), min(prices), prices[-1])


def booked(fills: list[Fill]) -> list[tuple[str, Decimal, Decimal, Decimal, datetime]]:
    """Return fills without the second within their candle, which only who watched can know."""
    return [(fill.reason, fill.price, fill.quantity, fill.profit, START - (START - fill.at) // SPAN * SPAN) for fill in fills]


@pytest.mark.parametrize("seed", range(3))
def test_looks_while_candles_form_book_what_a_replay_books(seed: int) -> None:
    random = np.random.default_rng([seed, 77])
    on = market(random, length=90)
    over = 0
    for case in cases(random, on, 30):
        live, replay = Watcher(on, case), Watcher(on, case)
        for bar in live.bars:
            if bar.opened_at >= case.since:
                forming = so_far(random, bar)
                live.look(forming.closed_at, forming)
            live.look(bar.closed_at)
        replay.look(replay.bars[-1].closed_at)
        assert booked(live.fills) == booked(replay.fills)
        assert live.trade.position.quantity == replay.trade.position.quantity
        over += not live.trade.position.quantity
    assert over > 10
