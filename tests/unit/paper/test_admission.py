"""Every refusal, each with its figures, and the size of what is allowed. Equity 1000, BTC meant and paid at 100, stop at 90."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.limits import Limits
from functions.paper.accounts import ACCOUNTS
from functions.paper.admission import (
    AccountState,
    AdmissionRules,
    HeldTrade,
    Proposal,
    RefusalCode,
    decide,
)
from functions.paper.settling.position import ExitLevels, Side
from tests.unit.paper.settling.tables import START

RULES = AdmissionRules(Limits())
FEE = Decimal("0.001")
LONG = Proposal(
    symbol="BTCUSDT",
    side=Side.LONG,
    entry=Decimal(100),
    levels=ExitLevels(Decimal(90), (Decimal(107), Decimal(120), Decimal(140))),
    paid=Decimal(100),
    lot=Decimal("0.001"),
    min_amount=Decimal(5),
)
EMPTY = AccountState(equity=Decimal(1000), day_start_equity=Decimal(1000), cash=Decimal(1000), held=(), opened_at={}, results=())


def held(*sides: str, cost: int = 50) -> tuple[HeldTrade, ...]:
    return tuple(HeldTrade(f"C{number}USDT", Side(side), Decimal(cost)) for number, side in enumerate(sides))


def losses(*profits: int) -> tuple[tuple[datetime, Decimal], ...]:
    return tuple((START - timedelta(hours=len(profits) - n), Decimal(profit)) for n, profit in enumerate(profits))


def test_stop_that_loses_half_a_percent_gives_the_size() -> None:
    decision = decide(LONG, EMPTY, RULES, FEE, START)
    assert (decision.quantity, decision.refusals) == (Decimal("0.5"), ())


def test_size_follows_from_the_price_that_is_paid() -> None:
    assert decide(replace(LONG, paid=Decimal(102)), EMPTY, RULES, FEE, START).quantity == Decimal("0.416")


@pytest.mark.parametrize(
    ("proposal", "state", "code", "figures"),
    [
        ({}, {"held": (HeldTrade("BTCUSDT", Side.SHORT, Decimal(1)),)}, "pair_is_open", {"symbol": "BTCUSDT"}),
        ({}, {"held": held("long", "long", "short", "short", "short")}, "too_many_open", {"open": "5", "most": "5"}),
        (
            {},
            {"held": held("long", "long", "long")},
            "too_many_in_one_direction",
            {"side": "long", "open": "3", "most": "3"},
        ),
        ({}, {"held": held("short", cost=500)}, "exposure_full", {"held": "500", "most": "500"}),
        (
            {},
            {"opened_at": {"BTCUSDT": START - timedelta(hours=3)}},
            "cooldown",
            {"symbol": "BTCUSDT", "until": "2024-03-05T13:00:00+00:00"},
        ),
        ({}, {"equity": Decimal(980)}, "daily_loss", {"lost": "20", "most": "20"}),
        (
            {},
            {"results": losses(5, -1, -1, -1, -1)},
            "paused_after_losses",
            {"losses": "4", "until": "2024-03-06T11:00:00+00:00"},
        ),
        ({"paid": Decimal(90), "entry": Decimal(91)}, {}, "stop_passed", {"paid": "90", "stop": "90"}),
        ({"paid": Decimal(107), "entry": Decimal(106)}, {}, "target_passed", {"paid": "107", "target": "107"}),
        ({"paid": Decimal("105.1")}, {}, "far_from_entry", {"paid": "105.1", "entry": "100"}),
        ({"paid": Decimal("94.9")}, {}, "far_from_entry", {"paid": "94.9", "entry": "100"}),
        ({"min_amount": Decimal("50.01")}, {}, "too_small", {"cost": "50", "least": "50.01"}),
        ({"lot": Decimal(1)}, {}, "too_small", {"cost": "0", "least": "5"}),
    ],
)
def test_refusal_says_its_figures(
    proposal: dict[str, object], state: dict[str, object], code: str, figures: dict[str, str]
) -> None:
    decision = decide(replace(LONG, **proposal), replace(EMPTY, **state), RULES, FEE, START)  # type: ignore[arg-type]
    assert decision.quantity == 0
    assert [(refusal.code.value, dict(refusal.figures)) for refusal in decision.refusals] == [(code, figures)]


@pytest.mark.parametrize(
    "state",
    [
        {"opened_at": {"BTCUSDT": START - timedelta(hours=4)}},
        {"opened_at": {"ETHUSDT": START}},
        {"equity": Decimal("980.01")},
        {"results": losses(-1, -1, -1)},
        {"results": losses(-1, -1, -1, 1)},
        {"results": tuple((at - timedelta(hours=24), profit) for at, profit in losses(-1, -1, -1, -1))},
    ],
    ids=["cooldown over", "cooldown of another pair", "less lost", "three losses", "won again", "pause over"],
)
def test_limit_that_is_not_reached_does_not_refuse(state: dict[str, object]) -> None:
    assert decide(LONG, replace(EMPTY, **state), RULES, FEE, START).refusals == ()  # type: ignore[arg-type]


def test_all_that_stands_against_a_trade_is_said_headline_first() -> None:
    state = replace(EMPTY, held=held("long", "long", "long", "long", "long"), equity=Decimal(900))
    codes = [refusal.code for refusal in decide(LONG, state, RULES, FEE, START).refusals]
    assert codes == [RefusalCode.TOO_MANY_OPEN, RefusalCode.TOO_MANY_IN_ONE_DIRECTION, RefusalCode.DAILY_LOSS]


def test_room_and_cash_cut_the_size() -> None:
    assert decide(LONG, replace(EMPTY, held=held("short", cost=480)), RULES, FEE, START).quantity == Decimal("0.2")
    assert decide(LONG, replace(EMPTY, cash=Decimal(10)), RULES, FEE, START).quantity == Decimal("0.099")


def test_proposal_without_a_stop_is_a_fault() -> None:
    with pytest.raises(ValueError, match="expected a proposal with a stop"):
        decide(replace(LONG, levels=ExitLevels()), EMPTY, RULES, FEE, START)


def test_each_account_trades_an_origin_of_its_own() -> None:
    assert len({account.trades for account in ACCOUNTS}) == len({account.name for account in ACCOUNTS}) == len(ACCOUNTS)
    assert [account.name for account in ACCOUNTS if not account.shadow] == ["desk", "manual", "dips"]


RISKY = AdmissionRules(Limits(exposure=Decimal(5), open_risk=Decimal("0.02")))


def at_risk(*risks: str) -> AccountState:
    return replace(
        EMPTY, held=tuple(HeldTrade(f"C{number}USDT", Side.LONG, Decimal(50), Decimal(risk)) for number, risk in enumerate(risks))
    )


@pytest.mark.parametrize(("risks", "coins"), [((), "0.5"), (("10",), "0.5"), (("10", "7"), "0.3"), (("19.99",), "0.001")])
def test_size_keeps_within_what_may_be_at_risk_at_once(risks: tuple[str, ...], coins: str) -> None:
    least = replace(LONG, min_amount=Decimal("0.1"))
    assert decide(least, at_risk(*risks), RISKY, FEE, START).quantity == Decimal(coins)


@pytest.mark.parametrize("risks", [("20",), ("12", "8.5")])
def test_no_trade_is_added_when_that_is_used_up(risks: tuple[str, ...]) -> None:
    decision = decide(LONG, at_risk(*risks), RISKY, FEE, START)
    figures = {"risk": f"{sum(map(float, risks)):g}", "most": "20"}
    assert [(refusal.code.value, dict(refusal.figures)) for refusal in decision.refusals] == [("open_risk_full", figures)]


def test_lots_are_whole_where_the_risk_that_is_left_cuts_the_size() -> None:
    assert decide(replace(LONG, lot=Decimal("0.01")), at_risk("10", "7.05"), RISKY, FEE, START).quantity == Decimal("0.29")


@pytest.mark.parametrize(
    ("proposal", "state"),
    [
        ({"min_amount": Decimal("0.1")}, {"held": held("short", cost=499)}),
        ({}, {"results": losses(-1, -1, -1, 0)}),
        ({}, {"results": losses(0, -1, -1, -1)}),
        ({}, {"results": tuple((at, Decimal("0.5")) for at, _ in losses(-1, -1, -1, -1))}),
        ({}, {"results": tuple((START - timedelta(hours=24 + 3 - n), Decimal(-1)) for n in range(4))}),
        ({"paid": Decimal("90.5"), "entry": Decimal("90.6")}, {}),
        ({"levels": ExitLevels(Decimal(90), (Decimal("100.5"), Decimal(120), Decimal(140)))}, {}),
        ({"paid": Decimal(105)}, {}),
    ],
    ids=["a little room", "no loss", "no loss before", "small wins", "the pause ends now", "a stop just below",
         "a target just above", "as far as it may be"],
)  # fmt: skip
def test_what_just_keeps_a_limit_is_allowed(proposal: dict[str, object], state: dict[str, object]) -> None:
    decision = decide(replace(LONG, **proposal), replace(EMPTY, **state), RULES, FEE, START)  # type: ignore[arg-type]
    assert decision.refusals == ()
    assert decision.quantity > 0


def test_pause_counts_from_the_last_of_the_losses() -> None:
    lost = tuple((START - timedelta(hours=hours), Decimal(-1)) for hours in (60, 50, 40, 23))
    assert [one.code for one in decide(LONG, replace(EMPTY, results=lost), RULES, FEE, START).refusals] == [
        RefusalCode.PAUSED_AFTER_LOSSES
    ]


def by_hand(cost: str, **state: object) -> list[tuple[str, dict[str, str]]]:
    """Return what stands against an order of so many USDT, by hand."""
    wide = AdmissionRules(Limits(exposure=Decimal(50)), daily_loss=None, losses_in_a_row=None, farthest=None)
    order = replace(LONG, notional=Decimal(cost))
    decision = decide(order, replace(EMPTY, **state), wide, FEE, START)  # type: ignore[arg-type]
    assert decision.quantity == (0 if decision.refusals else Decimal(cost) / 100)
    return [(refusal.code.value, dict(refusal.figures)) for refusal in decision.refusals]


def test_order_may_take_the_last_cent_of_the_cash_with_its_fee() -> None:
    assert by_hand("100", cash=Decimal("100.1")) == []
    assert by_hand("100", cash=Decimal("100.09")) == [("not_enough_cash", {"needed": "100.10", "free": "100.09"})]


def test_order_by_hand_without_a_stop_and_without_an_amount_is_nothing() -> None:
    bare = AdmissionRules(Limits(), daily_loss=None, losses_in_a_row=None, farthest=None)
    decision = decide(replace(LONG, levels=ExitLevels(), notional=Decimal(0)), EMPTY, bare, FEE, START)
    assert decision.quantity == 0
