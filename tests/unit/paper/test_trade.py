"""What a trade follows, and which price of it is sound."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from functions.paper.trade import Idea, TradeRules, signal_idea
from tests.unit.paper.settling.tables import NOTHING, START
from tests.unit.paper.trades import trade


def test_idea_of_a_signal_has_its_number() -> None:
    assert signal_idea(7) == Idea(key="signal:7", signal_id=7, rejection_id=None)


def test_price_of_the_entry_is_sound_until_a_settlement_meets_another() -> None:
    later = START + timedelta(minutes=5)
    assert trade().sound_price == Decimal(100)
    assert trade(last_price=Decimal(99)).sound_price == Decimal(99)
    assert trade(settled_until=later).sound_price is None
    assert trade().advanced(later, Decimal(98), None, 3) == trade(settled_until=later, last_price=Decimal(98), unseen=3)
    assert trade(unseen=2).advanced(later, None, START, 3) == trade(settled_until=later, held_at=START, unseen=5)


def test_only_a_resting_order_has_a_moment_of_its_fill() -> None:
    resting = replace(trade(), rules=TradeRules(costs=NOTHING, break_even=True, by_limit=True))
    assert (resting.filled_at, trade().filled_at) == (START, None)
