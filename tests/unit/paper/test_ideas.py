"""What an account may trade by itself: until when, and which coin stands beside a signal."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.market.candles.timeframe import Timeframe
from functions.paper.ideas import Coin, TradeIdea, random_beside
from functions.paper.settling.position import ExitLevels, Side
from functions.paper.trade import signal_idea
from tests.unit.paper.settling.tables import START

SIGNAL = TradeIdea(
    idea=signal_idea(7),
    symbol="BTCUSDT",
    side=Side.LONG,
    entry=Decimal(100),
    levels=ExitLevels(Decimal(90), (Decimal(107), Decimal(120), Decimal(140))),
    timeframe=Timeframe.M15,
    close_time=START,
    expires_at=START + timedelta(hours=4),
)
COINS = [Coin(f"C{number}USDT", Decimal(10), Decimal("0.2"), Decimal("0.01")) for number in range(5)]


@pytest.mark.parametrize(
    ("change", "minutes"),
    [({}, 16), ({"timeframe": Timeframe.H1}, 61), ({"expires_at": START + timedelta(minutes=5)}, 5)],
    ids=["15m", "1h", "it expires before"],
)
def test_idea_is_open_as_long_as_a_signal_is_sent(change: dict[str, object], minutes: int) -> None:
    assert replace(SIGNAL, **change).open_until == START + timedelta(minutes=minutes)  # type: ignore[arg-type]


def test_entry_beside_a_signal_has_its_exits_in_the_range_of_its_own_coin() -> None:
    drawn = random_beside(SIGNAL, Decimal(4), COINS)
    assert drawn is not None
    assert (drawn.idea.key, drawn.idea.signal_id, drawn.entry) == ("random:7", 7, Decimal(10))
    of_the_signal = (SIGNAL.side, SIGNAL.timeframe, SIGNAL.close_time, SIGNAL.expires_at)
    assert (drawn.side, drawn.timeframe, drawn.close_time, drawn.expires_at) == of_the_signal
    assert drawn.levels == ExitLevels(Decimal("9.5"), (Decimal("10.35"), Decimal(11), Decimal(12)))


def test_draw_depends_on_the_signal_and_the_coins_alone() -> None:
    drawn = random_beside(SIGNAL, Decimal(4), COINS)
    assert random_beside(SIGNAL, Decimal(4), [*reversed(COINS), Coin("BTCUSDT", *[Decimal(1)] * 3)]) == drawn
    closes = (replace(SIGNAL, close_time=START + number * timedelta(minutes=15)) for number in range(60))
    picked = [found.symbol for close in closes if (found := random_beside(close, Decimal(4), COINS))]
    assert {picked.count(coin.symbol) > 3 for coin in COINS} == {True}


def test_draw_is_the_same_on_every_machine() -> None:
    drawn = [random_beside(replace(SIGNAL, symbol=f"S{number}USDT"), Decimal(4), COINS) for number in range(8)]
    assert "".join(entry.symbol[1] for entry in drawn if entry) == "43113203"


@pytest.mark.parametrize(("price", "fits"), [("0.500001", True), ("0.5", False), ("0.4", False)])
def test_exits_that_reach_nothing_do_not_fit_and_those_just_above_do(price: str, fits: bool) -> None:
    cheap = Coin("CUSDT", Decimal(price), Decimal("0.2"), Decimal("0.000001"))
    assert (random_beside(SIGNAL, Decimal(4), [cheap]) is not None) is fits


def test_no_entry_without_another_coin_or_with_exits_below_nothing() -> None:
    assert random_beside(SIGNAL, Decimal(4), []) is None
    assert random_beside(SIGNAL, Decimal(4), [replace(COINS[0], range=Decimal(4))]) is None
