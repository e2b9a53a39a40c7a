"""What an order may be, as the person who asks reads it. Equity and cash 1000, BTC at 100, tick 0.1, by hand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.errors import Conflict, InputRejected, QuorumError
from functions.limits import Limits
from functions.listings.watch import Presence
from functions.paper.admission import AccountState, AdmissionRules, HeldTrade, Proposal, Refusal, RefusalCode, decide
from functions.paper.orders import AccountRules, TradedPair, check_traded, levels_on_ticks, refused
from functions.paper.settling.position import ExitLevels, Side, Terms
from functions.paper.trade import TradeRules
from tests.unit.paper.settling.tables import START

RULES = AdmissionRules(Limits(exposure=Decimal(5), open_in_one_direction=5), daily_loss=None, losses_in_a_row=None, farthest=None)
PAIR = TradedPair("BTCUSDT", "Trading", Decimal("0.1"), Decimal("0.001"), Decimal(5), Presence(START, None, START))
STATE = AccountState(equity=Decimal(1000), day_start_equity=Decimal(1000), cash=Decimal(1000), held=(), opened_at={}, results=())


def levels(stop: str | None, *targets: str) -> ExitLevels:
    return ExitLevels(Decimal(stop) if stop else None, tuple(map(Decimal, targets)))


def ask(
    side: Side = Side.LONG,
    asked: ExitLevels | None = None,
    paid: str = "100",
    notional: str | None = "100",
    state: AccountState = STATE,
) -> Decimal:
    """Return the coins of an order, or raise what the person reads."""
    proposal = Proposal(
        symbol="BTCUSDT",
        side=side,
        entry=Decimal(paid),
        levels=levels_on_ticks(side, asked or ExitLevels(), PAIR.tick),
        paid=Decimal(paid),
        lot=PAIR.lot,
        min_amount=PAIR.min_amount,
        seen=Decimal(100),
        notional=Decimal(notional) if notional else None,
    )
    decision = decide(proposal, state, RULES, Decimal("0.001"), START)
    for refusal in decision.refusals:
        raise refused(refusal, proposal, {trade.symbol: number for number, trade in enumerate(state.held, 7)})
    return decision.quantity


@pytest.mark.parametrize(
    ("side", "levels", "code", "words"),
    [
        (Side.LONG, levels("100"), "wrong_stop", "expected a stop below 100 for a long, got 100"),
        (Side.LONG, levels("101"), "wrong_stop", "got 101"),
        (Side.LONG, levels("0.04"), "wrong_stop", "above 0 for a long, got 0"),
        (Side.SHORT, levels("99"), "wrong_stop", "expected a stop above 100 for a short, got 99"),
        (Side.LONG, levels("95", "100"), "target_passed", "would fill at 100; expected its first target above that for a long"),
        (Side.SHORT, levels(None, "105"), "target_passed", "expected its first target below that for a short, got 105"),
        (Side.LONG, levels("95", "110", "105"), "wrong_targets", "nearest first, for a long, got 110, 105"),
        (Side.LONG, levels(None, "105", "105"), "wrong_targets", "got 105, 105"),
        (Side.SHORT, levels(None, "90", "0.01"), "wrong_targets", "nearest first, for a short, got 90, 0"),
    ],
)
def test_levels_on_the_wrong_side_are_refused(side: Side, levels: ExitLevels, code: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words) as caught:
        ask(side, levels)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("side", "paid", "levels", "code"),
    [
        (Side.LONG, "100.3", levels("95", "100.2", "110"), "target_passed"),
        (Side.LONG, "100.3", levels("95", "100.3", "110"), "target_passed"),
        (Side.LONG, "100.3", levels("100.1", "110"), "wrong_stop"),
        (Side.SHORT, "99.7", levels("105", "99.8"), "target_passed"),
        (Side.SHORT, "99.7", levels("99.9", "90"), "wrong_stop"),
    ],
)
def test_levels_are_held_against_the_fill_and_the_price_seen(side: Side, paid: str, levels: ExitLevels, code: str) -> None:
    with pytest.raises(InputRejected) as caught:
        ask(side, levels, paid)
    assert caught.value.code == code


def test_levels_are_put_on_the_nearest_tick() -> None:
    assert levels_on_ticks(Side.LONG, levels("95.04", "105.05", "110"), Decimal("0.1")) == levels("95.0", "105.1", "110.0")
    assert levels_on_ticks(Side.LONG, levels("0.1", "0.2", "0.3"), Decimal("0.1")) == levels("0.1", "0.2", "0.3")


@pytest.mark.parametrize(
    ("notional", "paid", "stop", "coins"),
    [
        ("100", "30", None, "3.333"),
        (None, "100", "90", "0.5"),
        (None, "104", "90", "0.357"),
        (None, "100", "98", "2"),
    ],
    ids=["what is asked for", "by the risk", "further from the stop it is less", "never above the limit"],
)
def test_quantity_of_an_order(notional: str | None, paid: str, stop: str | None, coins: str) -> None:
    assert ask(asked=levels(stop), paid=paid, notional=notional) == Decimal(coins)


@pytest.mark.parametrize("cost", ["5", "200"])
def test_amount_at_the_limits_is_taken(cost: str) -> None:
    assert ask(notional=cost) == Decimal(cost) / 100


@pytest.mark.parametrize(
    ("change", "kind", "code", "words"),
    [
        (
            {"state": replace(STATE, held=(HeldTrade("BTCUSDT", Side.LONG, Decimal(1)),))},
            Conflict,
            "already_open",
            "trade 7 is open in BTCUSDT; close it first",
        ),
        (
            {"state": replace(STATE, held=tuple(HeldTrade(str(n), Side.LONG, Decimal(1)) for n in range(5)))},
            Conflict,
            "too_many_open",
            "5 trades are open, at most 5 may be; close one first",
        ),
        ({"notional": "0.05"}, InputRejected, "order_too_small", "is 0 USDT of BTCUSDT"),
        ({"notional": "4.999"}, InputRejected, "order_too_small", "is 4.9 USDT of BTCUSDT in whole lots, at least 5"),
        (
            {"notional": "200.1"},
            InputRejected,
            "position_too_large",
            r"at most 200.00 USDT \(20% of the equity of 1000.00 USDT\), got 200.10",
        ),
        ({"notional": "150", "state": replace(STATE, equity=Decimal(700))}, InputRejected, "position_too_large", "most 140.00"),
        ({"notional": "5", "state": replace(STATE, equity=Decimal(-10))}, Conflict, "limit_reached", "exposure_full"),
        (
            {"state": replace(STATE, cash=Decimal(100))},
            Conflict,
            "not_enough_cash",
            "needs 100.10 USDT with its fee, 100.00 are free",
        ),
    ],
)
def test_what_cannot_be_opened(change: dict[str, object], kind: type[QuorumError], code: str, words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        ask(**change)  # type: ignore[arg-type]
    assert caught.value.code == code


FIGURES = {
    name: f"{place}.5" for place, name in enumerate(("paid", "target", "largest", "share", "cost", "needed", "free", "least"))
}


@pytest.mark.parametrize(
    ("code", "kind", "said", "figures"),
    [
        (RefusalCode.PAIR_IS_OPEN, Conflict, "already_open", {"trade": "9", "symbol": "BTCUSDT"}),
        (RefusalCode.TOO_MANY_OPEN, Conflict, "too_many_open", {"most": "5"}),
        (RefusalCode.STOP_PASSED, InputRejected, "wrong_stop", {}),
        (RefusalCode.TARGET_PASSED, InputRejected, "target_passed", {"paid": "0.5", "target": "1.5"}),
        (RefusalCode.POSITION_TOO_LARGE, InputRejected, "position_too_large", {"largest": "2.5", "share": "3.5", "cost": "4.5"}),
        (RefusalCode.NOT_ENOUGH_CASH, Conflict, "not_enough_cash", {"needed": "5.5", "free": "6.5"}),
        (RefusalCode.TOO_SMALL, InputRejected, "order_too_small", {"cost": "4.5", "least": "7.5"}),
    ],
)
def test_refusal_in_another_language_has_its_figures(
    code: RefusalCode, kind: type[QuorumError], said: str, figures: dict[str, str]
) -> None:
    refusal = Refusal(code, {**FIGURES, "open": "4", "most": "5", "stop": "8.5", "equity": "9.5"})
    proposal = Proposal("BTCUSDT", Side.LONG, Decimal(1), ExitLevels(), *[Decimal(1)] * 3)
    error = refused(refusal, proposal, {"BTCUSDT": 9})
    assert (type(error), error.code, error.figures) == (kind, said, figures)


def test_limit_without_words_of_its_own_names_itself_and_its_figures() -> None:
    proposal = Proposal("BTCUSDT", Side.LONG, Decimal(1), ExitLevels(), *[Decimal(1)] * 3)
    error = refused(Refusal(RefusalCode.DAILY_LOSS, {"lost": "31", "most": "30"}), proposal, {})
    assert (error.code, error.detail) == ("limit_reached", f"{RefusalCode.DAILY_LOSS}: lost 31, most 30")
    assert error.figures == {"limit": "lost 31, most 30"}


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_can_be_read(code: RefusalCode) -> None:
    figures = dict.fromkeys(("open", "most", "paid", "stop", "target", "share", "largest", "cost", "equity"), "1")
    refusal = Refusal(code, {**figures, "needed": "2", "free": "1", "least": "5"})
    proposal = Proposal("BTCUSDT", Side.LONG, Decimal(1), ExitLevels(), *[Decimal(1)] * 3)
    assert refused(refusal, proposal, {"BTCUSDT": 1}).detail


def test_long_is_traded_and_a_short_when_the_setting_says_so() -> None:
    check_traded(Side.LONG, PAIR, allow_short=False)
    check_traded(Side.SHORT, PAIR, allow_short=True)


@pytest.mark.parametrize(
    ("side", "pair", "code", "words", "figures"),
    [
        (
            Side.SHORT,
            PAIR,
            "shorts_off",
            "expected long: on spot a short means stay out; PAPER_ALLOW_SHORT=true allows paper shorts",
            {},
        ),
        (
            Side.LONG,
            replace(PAIR, status="PreLaunch"),
            "not_trading",
            "BTCUSDT is PreLaunch on the exchange, expected Trading",
            {"symbol": "BTCUSDT"},
        ),
    ],
)
def test_what_is_not_traded(side: Side, pair: TradedPair, code: str, words: str, figures: dict[str, str]) -> None:
    with pytest.raises(InputRejected) as caught:
        check_traded(side, pair, allow_short=False)
    assert (caught.value.code, caught.value.detail, caught.value.figures) == (code, words, figures)


COSTS = Costs(fee=Decimal("0.001"), slippage=Decimal("0.002"))
HELD = AccountRules(
    start=Decimal(1000),
    costs=COSTS,
    admission=RULES,
    allow_short=False,
    break_even=True,
    regime_exit=True,
    hold=timedelta(hours=10),
    by_limit=True,
)


@pytest.mark.parametrize(
    ("rules", "minutes", "leaves"),
    [
        (HELD, 0, 600),
        (HELD, 1, 605),
        (HELD, 5, 605),
        (replace(HELD, by_limit=False), 1, 601),
        (replace(HELD, hold=None), 1, None),
    ],
)
def test_trade_is_held_from_the_end_of_the_candle_that_filled_a_resting_order(
    rules: AccountRules, minutes: int, leaves: int | None
) -> None:
    of_trade = rules.of_trade(START + timedelta(minutes=minutes))
    assert of_trade == TradeRules(
        costs=COSTS,
        break_even=True,
        regime_exit=True,
        leaves_at=None if leaves is None else START + timedelta(minutes=leaves),
        by_limit=rules.by_limit,
    )


def test_order_meets_the_steps_of_its_pair_and_the_costs_of_its_trade() -> None:
    rules = TradeRules(costs=COSTS, break_even=False, by_limit=True)
    assert PAIR.terms(rules) == Terms(Decimal("0.1"), Decimal("0.001"), COSTS, break_even=False, by_limit=True)
