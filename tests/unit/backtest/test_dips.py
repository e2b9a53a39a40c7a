"""Dip orders on small markets: the coin closes at 100, its ATR is 4, so its limit 93, its stop 77, its targets 104.2 125 157."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.backtest.engine.dip_options import dip_rules
from functions.backtest.engine.dips import DipOrder, Entry, place_orders, run_dips, survey_history, touched_orders
from functions.backtest.engine.market import TradedMarket
from functions.backtest.engine.offers import Offers
from functions.backtest.engine.portfolio import run_account
from functions.backtest.history import MarketHistory
from functions.backtest.result import AccountResult
from functions.backtest.rules import BacktestRules
from functions.backtest.run.core import backtest_core
from functions.backtest.run.dips import backtest_dips
from functions.backtest.run.reporting import Question
from functions.backtest.span import Span
from functions.costs import Costs
from functions.errors import InputRejected
from functions.limits import Limits
from functions.market.candles.gaps import to_ms
from functions.paper.admission import AdmissionRules
from functions.paper.dips import dip_admission_beside
from functions.technical.dips.survey import survey_dips
from tests.unit.backtest.dip_tables import START, market

DAY = timedelta(days=1)
FREE = replace(dip_rules("", BacktestRules()), costs=Costs(fee=Decimal(0), slippage=Decimal(0)), random_seeds=1)
QUIET = "100 101 99 100"
WHOLE, FRACTIONS = np.zeros(0, dtype=np.int64), np.zeros(0)
NO_OFFERS = Offers(
    row=WHOLE,
    sign=WHOLE,
    said_at=WHOLE,
    hourly=np.zeros(0, dtype=np.bool_),
    close=FRACTIONS,
    distance=FRACTIONS,
    regime=FRACTIONS,
    score=FRACTIONS,
    confidence=FRACTIONS,
    points={},
)


def trade(
    history: MarketHistory, rules: BacktestRules = FREE, *, placed: int = 1, days: int = 1, entry: Entry = Entry.LIMIT
) -> tuple[AccountResult, Counter[str]]:
    """Place the orders of the first `placed` days of a market and trade them over all `days`."""
    survey = survey_history(history, rules)
    traded = TradedMarket.of(history, survey.closes, np.where(survey.gate, 1.0, 0.0))
    orders = place_orders(survey, history.pairs, to_ms(START), to_ms(START + placed * DAY), rules.dips)
    refusals: Counter[str] = Counter()
    touched = touched_orders([one for one in orders if one.row], traded, rules.dips, refusals)
    return run_dips("dips", touched, traded, [START + n * DAY for n in range(days + 1)], rules, entry=entry), refusals


def fills(account: AccountResult) -> list[str]:
    return [
        f"{trade.symbol} {fill.reason} {fill.price.normalize():f} at {fill.at:%d %H:%M}"
        for trade in account.trades
        for fill in trade.fills
    ]


def test_order_is_placed_under_the_close_by_the_days_range() -> None:
    history = market({"AUSDT": QUIET})
    survey = survey_history(history, FREE)
    (order,) = [one for one in place_orders(survey, history.pairs, to_ms(START), to_ms(START + DAY), FREE.dips) if one.row]
    assert (order.day, order.levels.limit, order.levels.touched_at) == (to_ms(START), Decimal("93.00"), Decimal("92.99"))
    assert (order.levels.stop, order.levels.targets) == (Decimal(77), (Decimal("104.20"), Decimal(125), Decimal(157)))


@pytest.mark.parametrize(
    ("candles", "expected"),
    [
        pytest.param(f"{QUIET} | 100 100 93 95", [], id="a price at the limit itself fills nothing"),
        pytest.param(f"{QUIET} | 100 100 92.99 95", ["entry 93 at 05 08:00"], id="one tick through it does, at the limit"),
        pytest.param(
            f"{QUIET} | 100 160 92 95 | 95 96 94 95", ["entry 93 at 05 08:00"], id="the candle of the fill takes no profit"
        ),
        pytest.param(
            f"{QUIET} | 100 160 70 150",
            ["entry 93 at 05 08:00", "stop 77 at 05 08:00"],
            id="the candle of the fill may stop it",
        ),
        pytest.param(
            f"{QUIET} | 100 100 92 95 | 95 110 76 100",
            ["entry 93 at 05 08:00", "stop 77 at 05 12:00"],
            id="the stop comes before a target",
        ),
        pytest.param(
            f"{QUIET} | 100 100 92 95 | 95 110 92 105 | 105 105 90 95",
            ["entry 93 at 05 08:00", "target_1 104.2 at 05 12:00", "break_even 93 at 05 16:00"],
            id="the first target moves the stop to the entry from the next candle on",
        ),
        pytest.param(
            f"{QUIET} | 100 100 92 95 | 95 160 94 150",
            ["entry 93 at 05 08:00", "target_1 104.2 at 05 12:00", "target_2 125 at 05 12:00", "target_3 157 at 05 12:00"],
            id="a third leaves at each target",
        ),
    ],
)
def test_one_order(candles: str, expected: list[str]) -> None:
    account, _ = trade(market({"AUSDT": candles}))
    assert fills(account) == [f"AUSDT {fill}" for fill in expected]


def test_order_is_good_for_a_day() -> None:
    account, _ = trade(market({"AUSDT": " | ".join([*[QUIET] * 6, "100 100 92 95"])}, days=2), days=2)
    assert account.trades == ()


def test_what_is_left_is_sold_five_days_after_the_candle_of_the_fill() -> None:
    account, _ = trade(market({"AUSDT": f"{QUIET} | 100 100 92 95 | 95 96 94 95"}, days=7), days=7)
    assert fills(account)[1:] == ["AUSDT time 95 at 10 08:00"]


def test_what_is_left_is_sold_at_the_daily_close_at_which_the_gate_closes() -> None:
    falling = " | ".join(["200 202 198 200"] * 11 + ["200 200 100 100"])
    account, _ = trade(market({"AUSDT": f"{QUIET} | 100 100 92 95 | 95 96 94 95"}, btc=falling, days=4), days=4)
    assert fills(account)[1:] == ["AUSDT regime 95 at 07 00:00"]


def test_no_order_while_bitcoin_is_weak_or_below_its_averages() -> None:
    history = market({"AUSDT": QUIET})
    strict = replace(FREE.dips, strength=0.2)
    survey = survey_history(history, FREE)
    assert survey.strong[-2]
    assert not survey_history(history, replace(FREE, dips=strict)).strong.any()
    fallen = survey_history(market({"AUSDT": QUIET}, btc="200 200 100 100"), FREE)
    assert (fallen.gate[-2], fallen.gate[-1], fallen.strong[-1]) == (True, False, False)


def test_two_coins_in_one_candle_both_fill_and_the_cap_on_open_risk_leaves_the_rest() -> None:
    coins = {f"{name}USDT": f"{QUIET} | 100 100 92 93" for name in "ABCD"}
    rules = dip_rules("slots=20, risk=4, position=100", FREE)
    account, _ = trade(market(coins), replace(FREE, admission=rules.admission))
    risks = [round(float(one.risk), 0) for one in account.trades]
    # 4% of 1,000 each until 10% are at risk: the third is cut down to what is left, the fourth finds nothing.
    assert ([one.symbol for one in account.trades], risks) == (["AUSDT", "BUSDT", "CUSDT"], [40.0, 40.0, 20.0])
    assert account.refusals == {"open_risk_full": 1}
    assert {one.opened_at for one in account.trades} == {account.trades[0].opened_at}


def test_account_of_other_things_fills_dips_by_its_own_limits_and_their_size() -> None:
    history = market({"AUSDT": f"{QUIET} | 100 100 92 95 | 95 160 94 150", "BUSDT": f"{QUIET} | {QUIET} | 100 100 92 95"}, days=7)
    survey = survey_history(history, FREE)
    traded = TradedMarket.of(history, survey.closes, np.where(survey.gate, 1.0, 0.0))
    orders = place_orders(survey, history.pairs, to_ms(START), to_ms(START + DAY), FREE.dips)
    touched = touched_orders([one for one in orders if one.row], traded, FREE.dips, Counter())
    days = [START + n * DAY for n in range(8)]
    rules = replace(FREE, admission=AdmissionRules(limits=Limits(open_in_one_direction=1)))
    beside = run_account("desk", NO_OFFERS, traded, days, rules, touched)
    alone = run_dips("dips", touched, traded, days, replace(FREE, admission=dip_admission_beside(rules.limits)))
    # Two at once, though the account allows one in a direction: the cap on all stops stands in its place.
    assert [trade.symbol for trade in beside.trades] == ["AUSDT", "BUSDT"]
    assert (fills(beside), beside.equity) == (fills(alone), alone.equity)


def test_slots_go_in_order_of_fills() -> None:
    coins = {"AUSDT": f"{QUIET} | {QUIET} | 100 100 92 95", "BUSDT": f"{QUIET} | 100 100 92 95"}
    rules = dip_rules("slots=1", FREE)
    account, _ = trade(market(coins), replace(FREE, admission=rules.admission))
    assert ([one.symbol for one in account.trades], account.refusals) == (["BUSDT"], {"too_many_open": 1})


def test_coin_that_is_held_when_orders_are_placed_gets_none() -> None:
    candles = " | ".join(["100 100 92 95", *["95 95 95 95"] * 5, "95 95 70 80", "80 80 70 80"])
    account, _ = trade(market({"AUSDT": candles}, days=2), placed=2, days=2)
    assert len(account.trades) == 1


@pytest.mark.parametrize("opens", [50, 1])
def test_step_that_no_market_makes_is_no_dip(opens: int) -> None:
    account, refusals = trade(market({"AUSDT": f"{QUIET} | {opens} {opens} {opens} {opens}"}))
    assert (account.trades, refusals) == ((), {"price_step": 1})


def test_coin_that_was_exchanged_overnight_is_a_new_coin() -> None:
    days = market({"AUSDT": QUIET}).days
    swapped = replace(
        days,
        **{
            name: np.where(np.arange(days.close.shape[1]) < 200, getattr(days, name) * [[1.0], [30.0]], getattr(days, name))
            for name in ("open", "high", "low", "close")
        },
    )
    turnover = np.ones(days.close.shape)
    survey = survey_dips(swapped, np.ones(2, dtype=np.bool_), turnover, FREE.dips)
    whole = survey_dips(days, np.ones(2, dtype=np.bool_), turnover, FREE.dips)
    assert survey.wanted[1, 199]
    assert whole.wanted[1, -2]
    assert not survey.wanted[1, 200:].any()


def test_survey_of_what_was_known_is_the_survey_of_all_up_to_there() -> None:
    history = market({"AUSDT": f"{QUIET} | 100 160 70 150", "BUSDT": QUIET}, days=3)
    whole = survey_history(history, FREE)
    for cut in (len(whole.closes) - 1, len(whole.closes) - 2, 120):
        known = survey_dips(history.days.until(cut), np.ones(3, dtype=np.bool_), np.ones((3, cut)), FREE.dips)
        assert np.array_equal(known.strong, whole.strong[:cut])
        assert np.array_equal(known.range, whole.range[:, :cut], equal_nan=True)
        assert np.array_equal(known.wanted, whole.wanted[:, :cut])


def test_run_stands_beside_a_late_account_and_random_entries() -> None:
    history = market({"AUSDT": f"{QUIET} | 100 100 92 95 | 95 160 94 150", "BUSDT": QUIET}, days=2)
    result = backtest_dips(history, Question(Span(START, START + 2 * DAY), FREE, trades="dips"), lambda *_: None)
    assert [account.name for account in result.accounts] == ["dips", "dips_late", "random"]
    assert (result.setups, result.signals) == (6, 1)
    late = result.accounts[1].trades[0]
    assert (late.entry, late.opened_at, late.stop) == (Decimal(95), START + timedelta(hours=8), Decimal(79))
    assert result.accounts[2].trades[0].symbol in ("BTCUSDT", "BUSDT")


def test_order_of_a_coin_whose_range_is_larger_than_its_price_has_its_stop_at_a_tick() -> None:
    wide = market({"AUSDT": QUIET}).days
    stretched = replace(wide, high=wide.high * 1.2, low=wide.low * 0.8)
    survey = survey_dips(stretched, np.ones(2, dtype=np.bool_), np.ones(wide.close.shape), FREE.dips)
    history = replace(market({"AUSDT": QUIET}), days=stretched)
    orders: list[DipOrder] = place_orders(survey, history.pairs, to_ms(START), to_ms(START + DAY), FREE.dips)
    assert {order.levels.stop for order in orders} == {Decimal("0.01")}


@pytest.mark.parametrize("text", ["slots=0", "risk=x", "speed=1", "slots", "strength=-1"])
def test_options_that_are_none_say_what_to_write(text: str) -> None:
    with pytest.raises(InputRejected, match="expected"):
        dip_rules(text, BacktestRules())


def test_weekly_allocation_is_left_at_the_close_at_which_the_gate_closes() -> None:
    falling = " | ".join(["200 202 198 200"] * 65 + ["200 200 100 100"])
    history = market({"AUSDT": QUIET, "BUSDT": QUIET}, btc=falling, days=14)
    span = Span(START, START + 14 * DAY)
    costly = replace(FREE, costs=Costs(fee=Decimal("0.001"), slippage=Decimal(0)))
    (core,) = backtest_core(history, Question(span, costly, trades="core")).accounts
    # Bitcoin halves within the eleventh day: all is sold at its close, and each of the two trades of all that there is cost 0.1%.
    assert core.exposure == (1.0,) * 11 + (0.0,) * 4
    assert core.equity[0] == Decimal("999.0")
    assert core.equity[-1] == Decimal("998.001")
