"""Candles written by hand, put through a whole account: what fills, when, at which price, and what is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from functions.backtest.result import AccountResult
from functions.backtest.rules import BacktestRules
from functions.costs import Costs
from functions.limits import Limits
from functions.paper.admission import AdmissionRules
from tests.unit.backtest.making import BEGIN, FREE, PAIR, Row, at, market, order, trade

PLAIN = BacktestRules(costs=FREE)
SHORTS = replace(PLAIN, allow_short=True)
COSTLY = replace(PLAIN, costs=Costs())  # 0.1% and 0.05% a side
ROOMY = AdmissionRules(Limits(open_trades=2, open_in_one_direction=2))
FLAT: Row = (100, 100, 100, 100)
UP1: Row = (100, 107, 100, 107)  # reaches the first target
UP2: Row = (107, 120, 107, 120)
UP3: Row = (120, 140, 120, 140)
DOWN: Row = (100, 100, 90, 90)
Fills = Sequence[tuple[float, str, str]]  # candle at whose open, or after which (x + 1 is its close), reason, price


def fills_of(account: AccountResult, number: int = 0) -> list[tuple[float, str, str]]:
    return [
        ((fill.at - BEGIN) / timedelta(minutes=5), fill.reason.value, str(fill.price.normalize()))
        for fill in account.trades[number].fills
    ]


LONGS: Mapping[str, tuple[Sequence[Row], Fills]] = {
    "entry is the open after the signal": ([FLAT, (101, 102, 100, 101), FLAT], [(1, "entry", "101")]),
    "nothing is met and the trade stays open": ([FLAT, FLAT, (100, 106.99, 90.01, 100)], [(1, "entry", "1E+2")]),
    "stop in the candle of the entry": ([FLAT, DOWN], [(1, "entry", "1E+2"), (2, "stop", "9E+1")]),
    "stop at its level to the digit": ([FLAT, FLAT, (100, 100, 90, 95)], [(1, "entry", "1E+2"), (3, "stop", "9E+1")]),
    "stop one tick above the low": ([FLAT, FLAT, (100, 100, 89.99, 95)], [(1, "entry", "1E+2"), (3, "stop", "9E+1")]),
    "low one tick above the stop": ([FLAT, FLAT, (100, 100, 90.01, 95)], [(1, "entry", "1E+2")]),
    "gap through the stop fills at the open": ([FLAT, FLAT, (85, 88, 84, 86)], [(1, "entry", "1E+2"), (2, "stop", "85")]),
    "gap to the stop to the digit": ([FLAT, FLAT, (90, 95, 88, 94)], [(1, "entry", "1E+2"), (2, "stop", "9E+1")]),
    "stop and target in one candle takes the stop": (
        [FLAT, FLAT, (100, 120, 90, 110)],
        [(1, "entry", "1E+2"), (3, "stop", "9E+1")],
    ),
    "open beyond a target and the low at the stop takes the stop": (
        [FLAT, FLAT, (110, 112, 89, 100)],
        [(1, "entry", "1E+2"), (3, "stop", "9E+1")],
    ),
    "first target sells a third": ([FLAT, FLAT, UP1, (107, 108, 106, 107)], [(1, "entry", "1E+2"), (3, "target_1", "107")]),
    "high one tick below the first target": ([FLAT, FLAT, (100, 106.99, 100, 105)], [(1, "entry", "1E+2")]),
    "gap beyond the first target gives no better price": (
        [FLAT, FLAT, (110, 112, 109, 110), (110, 112, 109, 110)],
        [(1, "entry", "1E+2"), (3, "target_1", "107")],
    ),
    "two targets in one candle": (
        [FLAT, FLAT, (100, 125, 100, 124), (124, 125, 124, 125)],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (3, "target_2", "1.2E+2")],
    ),
    "all targets in one candle": (
        [FLAT, FLAT, (100, 141, 100, 140)],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (3, "target_2", "1.2E+2"), (3, "target_3", "1.4E+2")],
    ),
    "all targets one after the other": (
        [FLAT, FLAT, UP1, UP2, UP3],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (4, "target_2", "1.2E+2"), (5, "target_3", "1.4E+2")],
    ),
    "break-even after the first target": (
        [FLAT, FLAT, UP1, (107, 107, 100, 101)],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (4, "break_even", "1E+2")],
    ),
    "break-even is not met in the candle of the first target": (
        [FLAT, (100, 107, 99, 107), (107, 108, 106, 107)],
        [(1, "entry", "1E+2"), (2, "target_1", "107")],
    ),
    "gap through break-even fills at the open": (
        [FLAT, FLAT, UP1, (97, 98, 96, 97)],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (3, "break_even", "97")],
    ),
    "break-even after the second target": (
        [FLAT, FLAT, UP1, UP2, (118, 119, 99, 100)],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (4, "target_2", "1.2E+2"), (5, "break_even", "1E+2")],
    ),
    "a target and break-even in one candle takes break-even": (
        [FLAT, FLAT, UP1, (107, 121, 100, 110)],
        [(1, "entry", "1E+2"), (3, "target_1", "107"), (4, "break_even", "1E+2")],
    ),
    "first target in the candle of the entry": (
        [FLAT, (100, 108, 100, 108), (108, 109, 107, 108)],
        [(1, "entry", "1E+2"), (2, "target_1", "107")],
    ),
    "a candle that lacks is passed": (
        [FLAT, FLAT, None, DOWN],
        [(1, "entry", "1E+2"), (4, "stop", "9E+1")],
    ),
    "a gap after a candle that lacks fills at the open": (
        [FLAT, FLAT, None, (80, 82, 79, 81)],
        [(1, "entry", "1E+2"), (3, "stop", "8E+1")],
    ),
    "the first price after the signal lacks and the next one counts": ([FLAT, None, (101, 101, 101, 101)], [(2, "entry", "101")]),
    "a step that no market makes holds the trade": (
        [FLAT, FLAT, (5, 5, 5, 5), DOWN],
        [(1, "entry", "1E+2")],
    ),
}


@pytest.mark.parametrize("name", LONGS)
def test_long(name: str) -> None:
    table, expected = LONGS[name]
    account = trade(market(table), PLAIN, order())
    assert fills_of(account) == list(expected)
    assert sum(account.refusals.values()) == 0


S_UP: Row = (100, 110, 100, 110)
S1: Row = (100, 100, 93, 93)
SHORT_TABLES: Mapping[str, tuple[Sequence[Row], Fills]] = {
    "stop above": ([FLAT, FLAT, S_UP], [(1, "entry", "1E+2"), (3, "stop", "1.1E+2")]),
    "gap through the stop": ([FLAT, FLAT, (115, 116, 114, 115)], [(1, "entry", "1E+2"), (2, "stop", "115")]),
    "stop and target in one candle": ([FLAT, FLAT, (100, 110, 80, 90)], [(1, "entry", "1E+2"), (3, "stop", "1.1E+2")]),
    "first target below": ([FLAT, FLAT, S1, (93, 94, 92, 93)], [(1, "entry", "1E+2"), (3, "target_1", "93")]),
    "gap beyond the first target": (
        [FLAT, FLAT, (90, 91, 89, 90), (90, 91, 89, 90)],
        [(1, "entry", "1E+2"), (3, "target_1", "93")],
    ),
    "break-even": (
        [FLAT, FLAT, S1, (93, 100, 93, 99)],
        [(1, "entry", "1E+2"), (3, "target_1", "93"), (4, "break_even", "1E+2")],
    ),
    "all targets": (
        [FLAT, FLAT, (100, 100, 59, 60)],
        [(1, "entry", "1E+2"), (3, "target_1", "93"), (3, "target_2", "8E+1"), (3, "target_3", "6E+1")],
    ),
}


@pytest.mark.parametrize("name", SHORT_TABLES)
def test_short(name: str) -> None:
    table, expected = SHORT_TABLES[name]
    assert fills_of(trade(market(table), SHORTS, order(sign=-1))) == list(expected)


def test_short_is_refused_where_none_may_be_opened() -> None:
    account = trade(market([FLAT, FLAT]), PLAIN, order(sign=-1))
    assert (account.trades, account.refusals) == ((), {"shorts_off": 1})


def test_quantity_follows_from_the_risk_of_the_stop_in_whole_lots() -> None:
    (opened,) = trade(market([FLAT, FLAT]), PLAIN, order(distance=0.15)).trades
    assert opened.quantity == Decimal("0.333")  # 0.5% of 1000 over a stop 15 away
    assert opened.risk == Decimal("4.995")


def test_targets_take_a_third_each_and_the_last_one_the_rest() -> None:
    account = trade(market([FLAT, FLAT, (100, 141, 100, 140)]), PLAIN, order())
    (closed,) = account.trades
    assert [fill.quantity for fill in closed.fills[1:]] == [Decimal("0.166"), Decimal("0.166"), Decimal("0.168")]
    assert closed.profit == Decimal("0.166") * 7 + Decimal("0.166") * 20 + Decimal("0.168") * 40
    assert account.equity[-1] == 1000 + closed.profit


def test_stop_loses_the_risk_without_costs() -> None:
    account = trade(market([FLAT, DOWN]), PLAIN, order())
    assert (account.equity[-1], account.trades[0].r) == (Decimal(995), -1.0)


def test_entry_pays_slippage_and_fee() -> None:
    (opened,) = trade(market([FLAT, FLAT]), COSTLY, order()).trades
    assert opened.entry == Decimal("100.05")
    assert opened.fills[0].fee == Decimal("100.05") * opened.quantity / 1000


def test_stop_pays_slippage_and_fee() -> None:
    account = trade(market([FLAT, FLAT, DOWN]), COSTLY, order())
    (closed,) = account.trades
    last = closed.fills[-1]
    assert (last.price, last.fee) == (Decimal("89.95"), Decimal("89.95") * closed.quantity / 1000)
    assert account.equity[-1] == 1000 + closed.profit
    assert closed.profit == (Decimal("89.95") - Decimal("100.05")) * closed.quantity - closed.fees


def test_target_pays_slippage() -> None:
    account = trade(market([FLAT, FLAT, UP1, (107, 107, 106, 107)]), COSTLY, order())
    assert account.trades[0].fills[1].price == Decimal("106.94")


def test_break_even_stands_at_the_price_that_was_paid() -> None:
    account = trade(market([FLAT, FLAT, UP1, (107, 107, 100.05, 101)]), COSTLY, order())
    assert fills_of(account)[-1] == (4, "break_even", "99.99")


def test_stop_stays_without_break_even() -> None:
    rules = replace(PLAIN, break_even=False)
    table = [FLAT, FLAT, UP1, (107, 107, 95, 96), (96, 96, 89, 90)]
    assert fills_of(trade(market(table), rules, order()))[1:] == [(3, "target_1", "107"), (5, "stop", "9E+1")]


def test_time_is_up_at_the_first_price_from_then_on() -> None:
    rules = replace(PLAIN, hold=timedelta(minutes=10))
    table = [FLAT, FLAT, FLAT, (102, 103, 89, 90)]
    assert fills_of(trade(market(table), rules, order()))[1:] == [(3, "time", "102")]


def test_stop_before_time_is_up_counts() -> None:
    rules = replace(PLAIN, hold=timedelta(minutes=10))
    assert fills_of(trade(market([FLAT, FLAT, DOWN, FLAT]), rules, order()))[1:] == [(3, "stop", "9E+1")]


def test_gap_through_the_stop_when_time_is_up_is_a_stop() -> None:
    rules = replace(PLAIN, hold=timedelta(minutes=10))
    assert fills_of(trade(market([FLAT, FLAT, FLAT, (80, 81, 79, 80)]), rules, order()))[1:] == [(3, "stop", "8E+1")]


def test_regime_that_turns_sells_at_the_next_price() -> None:
    rules = replace(PLAIN, regime_exit=True)
    table = [FLAT, FLAT, FLAT, (101, 102, 100, 101), FLAT]
    account = trade(market(table, regime=[(at(0), 1.0), (at(3), 0.0)]), rules, order())
    assert fills_of(account)[1:] == []  # no daily close lies there
    assert account.trades[0].closed_at is None


def test_regime_that_turns_at_a_daily_close_sells_at_the_next_price() -> None:
    rules = replace(PLAIN, regime_exit=True)
    table = [FLAT] * 288 + [(103, 104, 102, 103)] * 2
    turned = market(table, regime=[(at(0), 1.0), (at(288), 0.0)])
    assert fills_of(trade(turned, rules, order(), days=2))[1:] == [(289, "regime", "103")]


def test_regime_that_stays_sells_nothing() -> None:
    rules = replace(PLAIN, regime_exit=True)
    stays = market([FLAT] * 290, regime=[(at(0), 1.0), (at(288), 1.0)])
    assert len(trade(stays, rules, order(), days=2).trades[0].fills) == 1


def test_pair_whose_candles_end_is_closed_at_its_last_price() -> None:
    account = trade(market([FLAT, FLAT, (100, 101, 99, 98)], [FLAT] * 6), PLAIN, order())
    assert fills_of(account)[1:] == [(3, "delisted", "98")]


def test_trade_that_is_open_when_the_span_ends_stands_at_the_last_close() -> None:
    account = trade(market([FLAT, FLAT, (100, 104, 100, 104)]), PLAIN, order())
    assert account.trades[0].closed_at is None
    assert account.equity[-1] == 1000 + 4 * account.trades[0].quantity


def test_what_is_filled_after_the_span_is_not_booked() -> None:
    account = trade(market([FLAT] * 288 + [DOWN]), PLAIN, order(), days=1)
    assert (len(account.trades[0].fills), account.equity[-1]) == (1, Decimal(1000))


def test_order_whose_time_is_over_before_a_price_comes_is_refused() -> None:
    table = [FLAT, *[None] * 12, FLAT]
    assert trade(market(table), PLAIN, order()).refusals == {"no_price": 1}


def test_order_of_an_hour_lives_four_hours() -> None:
    table = [FLAT, *[None] * 12, FLAT]
    assert fills_of(trade(market(table), PLAIN, order(hourly=True))) == [(13, "entry", "1E+2")]


def test_late_entry_fills_at_the_price_of_then() -> None:
    table = [FLAT, FLAT, FLAT, FLAT, (103, 103, 103, 103)]
    assert fills_of(trade(market(table), replace(PLAIN, delay=3), order())) == [(4, "entry", "103")]


def test_price_beyond_the_stop_is_not_entered() -> None:
    assert trade(market([FLAT, (89, 89, 89, 89)]), PLAIN, order()).refusals == {"stop_passed": 1}


def test_price_beyond_the_first_target_is_not_entered() -> None:
    assert trade(market([FLAT, (108, 108, 108, 108)]), PLAIN, order()).refusals == {"target_passed": 1}


def test_price_far_from_the_entry_that_was_meant_is_not_entered() -> None:
    assert trade(market([FLAT, (94, 94, 94, 94)]), PLAIN, order()).refusals == {"far_from_entry": 1}


def test_second_order_of_a_pair_is_refused_while_the_first_is_open() -> None:
    account = trade(market([FLAT] * 5), PLAIN, order(), order(candle=3))
    assert (len(account.trades), account.refusals) == (1, {"pair_is_open": 1})


def test_pair_rests_after_its_trade() -> None:
    account = trade(market([FLAT, DOWN, FLAT, FLAT]), PLAIN, order(), order(candle=3))
    assert (len(account.trades), account.refusals) == (1, {"cooldown": 1})


def test_pair_is_traded_again_after_its_rest() -> None:
    account = trade(market([FLAT, DOWN, *[FLAT] * 60]), PLAIN, order(), order(candle=49))
    assert len(account.trades) == 2


def test_of_two_signals_for_the_last_slot_the_first_one_takes_it() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(open_trades=1)))
    account = trade(market([FLAT] * 3, [FLAT] * 3), rules, order(0), order(1))
    assert [one.symbol for one in account.trades] == ["AUSDT"]
    assert account.refusals == {"too_many_open": 1}


def test_slot_is_free_again_at_the_close_of_the_candle_that_ended_its_trade() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(open_trades=1)))
    account = trade(market([FLAT, DOWN, FLAT], [FLAT] * 3), rules, order(0), order(1, candle=2))
    assert [one.symbol for one in account.trades] == ["AUSDT", "BUSDT"]


def test_slot_is_taken_until_then() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(open_trades=1)))
    account = trade(market([FLAT, FLAT, DOWN, FLAT], [FLAT] * 4), rules, order(0), order(1, candle=2))
    assert account.refusals == {"too_many_open": 1}


def test_no_more_than_so_many_in_one_direction() -> None:
    account = trade(market(*[[FLAT] * 3] * 4), PLAIN, *[order(row) for row in range(4)])
    assert (len(account.trades), account.refusals) == (3, {"too_many_in_one_direction": 1})


def test_a_short_has_a_place_beside_three_longs() -> None:
    orders = [*[order(row) for row in range(3)], order(3, sign=-1)]
    assert len(trade(market(*[[FLAT] * 3] * 4), SHORTS, *orders).trades) == 4


def test_exposure_is_capped_over_all_trades() -> None:
    limits = Limits(risk=Decimal("0.05"), position=Decimal("0.4"), exposure=Decimal("0.5"))
    rules = replace(PLAIN, admission=AdmissionRules(limits))
    account = trade(market([FLAT] * 3, [FLAT] * 3, [FLAT] * 3), rules, order(0), order(1), order(2))
    assert [one.quantity for one in account.trades] == [Decimal(4), Decimal(1)]
    assert account.refusals == {"exposure_full": 1}


def test_order_smaller_than_the_exchange_takes_is_refused() -> None:
    large = replace(PAIR, min_amount=Decimal(60))
    assert trade(market([FLAT] * 3, pair=large), PLAIN, order()).refusals == {"too_small": 1}


def test_tick_too_coarse_for_the_targets_is_refused() -> None:
    coarse = replace(PAIR, tick=Decimal(50))
    assert trade(market([FLAT] * 3, pair=coarse), PLAIN, order()).refusals == {"no_plan": 1}


def test_day_that_lost_its_limit_opens_nothing_more() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(risk=Decimal("0.03"), position=Decimal(1))))
    account = trade(market([FLAT, DOWN, FLAT, FLAT], [FLAT] * 4), rules, order(0), order(1, candle=3))
    assert account.refusals == {"daily_loss": 1}


def test_next_day_opens_again() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(risk=Decimal("0.03"), position=Decimal(1))))
    where = market([FLAT, DOWN, *[FLAT] * 300], [FLAT] * 302)
    assert len(trade(where, rules, order(0), order(1, candle=290), days=2).trades) == 2


def test_account_pauses_after_losses_in_a_row() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(), losses_in_a_row=2))
    tables = [[FLAT, DOWN, *[FLAT] * 4], [FLAT, DOWN, *[FLAT] * 4], [FLAT] * 6]
    account = trade(market(*tables), rules, order(0), order(1), order(2, candle=4))
    assert account.refusals == {"paused_after_losses": 1}


def test_profit_makes_the_next_position_larger() -> None:
    rules = replace(PLAIN, admission=AdmissionRules(Limits(risk=Decimal("0.02"), position=Decimal(1))))
    tables = [[FLAT, (100, 141, 100, 140), FLAT, FLAT], [FLAT] * 4]
    first, second = trade(market(*tables), rules, order(0), order(1, candle=2)).trades
    assert second.quantity > first.quantity


def test_equity_is_marked_each_midnight_at_the_newest_close() -> None:
    account = trade(market([FLAT, *[(100, 105, 100, 105)] * 290]), PLAIN, order(), days=2)
    assert account.equity == (Decimal(1000), Decimal("1002.5"), Decimal("1002.5"))
    assert account.exposure == pytest.approx((0.0, 50 / 1002.5, 50 / 1002.5))


def test_order_of_nobody_leaves_the_account_as_it_was() -> None:
    account = trade(market([FLAT] * 3), PLAIN)
    assert account.equity == (Decimal(1000), Decimal(1000))
    assert not account.trades
    assert not account.refusals


def test_unseen_candles_are_counted() -> None:
    assert trade(market([FLAT, FLAT, None, None, FLAT]), PLAIN, order()).trades[0].unseen == 2
