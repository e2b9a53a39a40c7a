"""No sequence of proposals, closings and price moves takes an account beyond its limits."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from functions.limits import Limits
from functions.paper.admission import AccountState, AdmissionRules, HeldTrade, Proposal, decide
from functions.paper.settling.exact import exact
from functions.paper.settling.position import ExitLevels, Side
from tests.unit.paper.settling.tables import START

RULES = AdmissionRules(Limits())
DAILY_LOSS, IN_A_ROW = RULES.daily_loss or Decimal(0), RULES.losses_in_a_row or 0
FEE = Decimal("0.001")
SYMBOLS = [f"C{number}USDT" for number in range(8)]

proposals = st.builds(
    lambda symbol, side, price, distance, moved, lot: Proposal(
        symbol=symbol,
        side=side,
        entry=Decimal(price),
        levels=ExitLevels(Decimal(price) - side.sign * Decimal(price) * distance / 100),
        paid=Decimal(price) * (1000 + moved) / 1000,
        lot=lot,
        min_amount=Decimal(5),
    ),
    st.sampled_from(SYMBOLS),
    st.sampled_from(Side),
    st.integers(1, 10**5),
    st.integers(1, 40),
    st.integers(-60, 60),
    st.sampled_from([Decimal(1), Decimal("0.001"), Decimal("1e-6")]),
)
closings = st.tuples(st.integers(0, 4), st.decimals(-20, 30, places=2))
events = st.tuples(st.integers(0, 300), proposals | closings)


@given(st.lists(events, max_size=60), st.decimals(10, 10**6, places=2))
@exact
def test_limits_hold_under_any_sequence(sequence: list[tuple[int, Proposal | tuple[int, Decimal]]], start: Decimal) -> None:
    at, cash, day_start = START, start, start
    held: list[HeldTrade] = []
    opened_at: dict[str, datetime] = {}
    results: list[tuple[datetime, Decimal]] = []
    limits = RULES.limits
    for minutes, event in sequence:
        if (at + timedelta(minutes=minutes)).date() != at.date():
            day_start = cash + sum((trade.cost for trade in held), Decimal(0))
        at += timedelta(minutes=minutes)
        if not isinstance(event, Proposal):
            number, percent = event
            if number < len(held):
                trade = held.pop(number)
                cash += trade.cost * (100 + percent) / 100
                results.append((at, trade.cost * percent / 100))
            continue
        equity = cash + sum((trade.cost for trade in held), Decimal(0))
        state = AccountState(equity, day_start, cash, tuple(held), opened_at, tuple(results))
        decision = decide(event, state, RULES, FEE, at)
        assert bool(decision.quantity) is not bool(decision.refusals)
        if not decision.quantity:
            continue
        cost, stop = decision.quantity * event.paid, event.levels.stop
        assert stop is not None
        assert decision.quantity % event.lot == 0
        assert decision.quantity * abs(event.paid - stop) <= limits.risk * equity
        assert event.min_amount <= cost <= limits.position * equity
        assert event.symbol not in {trade.symbol for trade in held}
        assert at - opened_at.get(event.symbol, at - RULES.cooldown) >= RULES.cooldown
        assert day_start - equity < DAILY_LOSS * day_start
        held.append(HeldTrade(event.symbol, event.side, cost))
        opened_at[event.symbol] = at
        cash -= cost * (1 + FEE)
        assert cash >= 0
        assert len(held) <= limits.open_trades
        assert max(sum(trade.side is side for trade in held) for side in Side) <= limits.open_in_one_direction
        assert sum((trade.cost for trade in held), Decimal(0)) <= limits.exposure * equity
        recent = results[-IN_A_ROW:]
        paused = len(recent) == IN_A_ROW and all(profit < 0 for _, profit in recent)
        assert not (paused and at - recent[-1][0] < RULES.pause)
