"""Arbitrary pairs, positions and runs of prices."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from functions.costs import Costs
from functions.paper.settling.position import (
    Exit,
    ExitLevels,
    Fill,
    FillReason,
    Position,
    Side,
    Terms,
    enter,
    lots_for,
    market_price,
)
from functions.paper.settling.prices import Bar
from tests.unit.paper.settling.tables import SPAN, START

STEPS = st.integers(0, 8).map(lambda places: Decimal(1).scaleb(-places))
RATES = st.decimals(0, Decimal("0.05"), places=6)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    """Ticks and lots from 1 to 1e-8, fees and slippage up to 5%."""
    return Terms(draw(STEPS), draw(STEPS), Costs(draw(RATES), draw(RATES)), break_even=draw(st.booleans()))


@st.composite
def entries(draw: st.DrawFn, terms: Terms) -> tuple[Position, Fill]:
    """A position just entered, with any levels on their right side."""
    side = draw(st.sampled_from(Side))
    price = draw(st.integers(20, 10**7)) * terms.tick
    distances = sorted(draw(st.sets(st.integers(1, 19), max_size=3)))
    targets = tuple(price + side.sign * distance * price / 20 for distance in distances)
    stop = draw(st.none() | st.integers(1, 19).map(lambda distance: price - side.sign * distance * price / 20))
    smallest = price * 2 * terms.lot
    notional = smallest * draw(st.integers(1, 10**6))
    paid = market_price(price, terms, buys=side is Side.LONG)
    quantity = lots_for(notional, paid, terms.lot)
    assert quantity
    return enter(side, quantity, paid, START, ExitLevels(stop, targets), terms)


_CANDLE = st.tuples(*[st.integers(1, 60)] * 4)


def runs(around: Decimal, longest: int = 12) -> st.SearchStrategy[list[Bar]]:
    """5m candles that wander, gap and spike between nothing and twice a price."""

    def candle(number: int, parts: tuple[int, ...]) -> Bar:
        values = [part * around / 30 for part in parts]
        at = START + number * SPAN
        return Bar(at, at + SPAN, values[0], max(values), min(values), values[1])

    return st.lists(_CANDLE, max_size=longest).map(lambda rows: [candle(number, parts) for number, parts in enumerate(rows)])


def exits() -> st.SearchStrategy[Exit]:
    """Exits that are due at any minute of the first hour."""
    return st.builds(Exit, st.integers(0, 60).map(lambda minute: START + timedelta(minutes=minute)), st.just(FillReason.TIME))


def as_ticks(prices: list[Decimal]) -> list[Bar]:
    """Prices a second apart."""
    return [Bar.tick(START + timedelta(seconds=n), price) for n, price in enumerate(prices)]
