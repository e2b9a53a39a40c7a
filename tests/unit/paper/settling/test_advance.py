"""How far a trade gets by what was seen. It is entered at 100 at 12:00 with 3 coins, a stop and three targets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from functions.costs import Costs
from functions.listings.watch import Presence
from functions.paper.settling.advance import Advance, Hold, MarketView, advance
from functions.paper.settling.position import Position, Terms
from functions.paper.settling.prices import Bar, PairCandles, Quote, Span
from functions.paper.trade import Trade, TradeRules
from tests.unit.paper.settling.tables import FREE, SPAN, START, candles, held, shown

QUIET = "100 101 99 100"
HOUR = timedelta(hours=1)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def trade(position: Position | None = None, **changed: object) -> Trade:
    fresh = Trade(
        id=1,
        account_id=1,
        account="manual",
        symbol="BTCUSDT",
        source="manual",
        chat_id=None,
        quantity=Decimal(3),
        position=position or held(),
        rules=TradeRules(Costs(), break_even=True),
        settled_until=START,
        opened_at=START,
    )
    return replace(fresh, **changed)  # type: ignore[arg-type]


def quote(price: str, moment: datetime) -> Quote:
    return Quote("BTCUSDT", Decimal(price), Decimal(1), Decimal(1000), moment)


def look(
    subject: Trade,
    stored: Sequence[Bar] | str,
    moment: datetime,
    *,
    latest: Quote | None = None,
    denied: tuple[Span, ...] = (),
    missed_at: datetime | None = None,
    looked_at: datetime | None = None,
    forming: Bar | None = None,
    turned_at: datetime | None = None,
    terms: Terms = FREE,
) -> Advance:
    """Advance a trade by 5m candles from 12:00 on; the pair is there unless a look missed it."""
    bars = candles(stored) if isinstance(stored, str) and stored else list(stored) if not isinstance(stored, str) else []
    first = START + (subject.settled_until - START) // SPAN * SPAN
    bars = [candle for candle in bars if candle.opened_at >= first]
    presence = Presence(START, missed_at, looked_at or moment)
    view = MarketView(PairCandles(bars, denied, first, SPAN), latest, presence, moment, forming, turned_at)
    return advance(subject, view, terms)


def flat(price: str, first: int, last: int) -> list[Bar]:
    """Candles of one price, by their number from 12:00."""
    return [Bar(START + n * SPAN, START + (n + 1) * SPAN, *[Decimal(price)] * 4) for n in range(first, last)]


def test_latest_price_meets_the_stop() -> None:
    advanced = look(trade(), QUIET, at(6), latest=quote("94", at(6)))
    assert (shown(advanced.settlement.fills), advanced.waiting) == (["stop 3 @ 94 at 12:06"], None)


def test_missing_candle_is_waited_for_and_the_latest_price_with_it() -> None:
    advanced = look(trade(), QUIET, at(31), latest=quote("94", at(31)))
    assert (advanced.settlement.fills, advanced.waiting) == ((), "BTCUSDT 5m is 5 candles late")


@pytest.mark.parametrize(
    ("minutes", "waiting"), [(4.9, None), (5, "BTCUSDT 5m is 1 candle late"), (12, "BTCUSDT 5m is 1 candle late")]
)
def test_candle_of_the_entry_is_waited_for_as_well(minutes: float, waiting: str | None) -> None:
    entered = trade(settled_until=at(2), opened_at=at(2))
    assert look(entered, "", at(minutes), latest=quote("101", at(minutes))).waiting == waiting


def test_denied_candle_settles_nothing_and_is_told() -> None:
    denied = (Span(at(5), at(15)),)
    stored = [*candles(QUIET), *flat("120", 3, 12)]
    advanced = look(trade(), stored, at(60), latest=quote("120", at(60)), denied=denied)
    assert (advanced.settlement.fills, advanced.until, advanced.unseen) == ((), at(5), 0)
    waiting = "the exchange says it has no BTCUSDT 5m candle of 12:05 UTC; it is passed after an hour of later prices"
    assert advanced.waiting == waiting


def test_denied_candle_is_passed_after_an_hour_of_later_prices_and_counted() -> None:
    denied = (Span(at(5), at(15)),)
    stored = [*candles(QUIET), *flat("120", 3, 14)]
    advanced = look(trade(), stored, at(70), latest=quote("120", at(70)), denied=denied)
    assert [fill.reason for fill in advanced.settlement.fills] == ["target_1", "target_2", "target_3"]
    assert (advanced.unseen, advanced.waiting) == (2, None)


def test_first_price_after_unseen_candles_fills_the_stop_and_not_its_level() -> None:
    denied = (Span(at(5), at(600)),)
    advanced = look(trade(), QUIET, at(75), latest=quote("80", at(75)), denied=denied)
    assert (shown(advanced.settlement.fills), advanced.unseen) == (["stop 3 @ 80 at 13:15"], 14)


def test_our_clock_ends_no_waiting() -> None:
    """Three hours ahead the prices seen are old, and no later price was seen for an hour."""
    denied = (Span(at(5), at(15)),)
    ahead = look(trade(), [*candles(QUIET), *flat("120", 3, 12)], at(240), latest=quote("120", at(60)), denied=denied)
    assert (ahead.settlement.fills, ahead.until) == ((), at(5))


@pytest.mark.parametrize(
    ("stored", "latest", "hold"),
    [
        (f"{QUIET} | 100000 100001 99999 100000", None, Hold(at(5), Decimal(100), Decimal(100000))),
        (f"{QUIET} | 100 100 0.09 0.1", None, Hold(at(5), Decimal(100), Decimal("0.1"))),
        (QUIET, "0.1", Hold(at(6), Decimal(100), Decimal("0.1"))),
        (QUIET, "100000", Hold(at(6), Decimal(100), Decimal(100000))),
        ("", "0.1", Hold(at(6), Decimal(100), Decimal("0.1"))),
    ],
    ids=["candle up", "candle down", "latest down", "latest up", "right after the entry"],
)
def test_step_that_no_market_makes_holds_the_trade(stored: str, latest: str | None, hold: Hold) -> None:
    advanced = look(trade(), stored, at(10 if latest is None else 6), latest=quote(latest, at(6)) if latest else None)
    assert (advanced.settlement.fills, advanced.hold, advanced.waiting, advanced.last) == ((), hold, None, Decimal(100))


def test_held_trade_stays_held_while_the_candles_say_so() -> None:
    first = look(trade(), f"{QUIET} | 0.1 0.1 0.1 0.1", at(10))
    later = trade(settled_until=first.until, last_price=first.last)
    advanced = look(later, [*candles(QUIET), *flat("0.1", 1, 20)], at(100), latest=quote("0.1", at(100)))
    assert (advanced.settlement.fills, advanced.hold) == ((), first.hold)


def test_held_trade_goes_on_when_the_price_was_a_fault_of_the_feed() -> None:
    assert look(trade(), QUIET, at(6), latest=quote("0.1", at(6))).hold
    later = trade(settled_until=at(5), last_price=Decimal(100))
    advanced = look(later, f"{QUIET} | 100 106 99 105", at(10.5), latest=quote("105", at(10.5)))
    assert (shown(advanced.settlement.fills), advanced.hold) == (["target_1 1 @ 105 at 12:10"], None)


def test_trade_without_levels_waits_for_nothing_and_is_held_all_the_same() -> None:
    bare = trade(held(levels="/"))
    assert look(bare, [*candles(QUIET), *flat("102", 4, 6)], at(60)).waiting is None
    advanced = look(bare, [*candles(QUIET), *flat("102", 4, 6), *flat("0.1", 6, 7)], at(60))
    assert (advanced.hold, advanced.unseen) == (Hold(at(30), Decimal(102), Decimal("0.1")), 0)


def gone(stored: Sequence[Bar] | str, **more: object) -> Advance:
    return look(trade(), stored, at(180), **{"missed_at": at(120), **more})  # type: ignore[arg-type]


def test_one_look_that_misses_the_pair_ends_nothing_however_late_it_is() -> None:
    advanced = gone(QUIET, looked_at=at(120), latest=quote("80", at(4)))
    assert (advanced.settlement.fills, advanced.waiting) == ((), "BTCUSDT 5m is 35 candles late")


def test_second_look_ten_minutes_later_ends_the_trade_once_its_candles_are_settled() -> None:
    stored = flat("101", 0, 24)
    assert gone(stored, looked_at=at(129.9)).settlement.fills == ()
    assert shown(gone(stored, looked_at=at(130)).settlement.fills) == ["delisted 3 @ 101 at 14:00"]


def test_candles_of_the_pair_that_is_gone_are_waited_for_an_hour() -> None:
    stored = flat("101", 0, 20)
    waiting = gone(stored, looked_at=at(179))
    assert (waiting.settlement.fills, waiting.waiting) == ((), "BTCUSDT 5m is 16 candles late")
    assert shown(gone(stored, looked_at=at(180)).settlement.fills) == ["delisted 3 @ 101 at 13:40"]


def test_stop_that_was_met_before_the_delisting_comes_first() -> None:
    stored = [*flat("101", 0, 10), *flat("90", 10, 24)]
    assert shown(gone(stored, looked_at=at(130)).settlement.fills) == ["stop 3 @ 90 at 12:50"]


def test_stop_behind_a_missing_candle_comes_first_after_the_hour() -> None:
    stored = [*flat("101", 0, 5), *flat("94", 10, 12)]
    advanced = gone(stored, looked_at=at(180))
    assert (shown(advanced.settlement.fills), advanced.unseen) == (["stop 3 @ 94 at 12:50"], 5)


@pytest.mark.parametrize(
    ("latest", "fill"),
    [
        (quote("103", at(121)), "delisted 3 @ 103 at 14:01"),
        (quote("80", at(4)), "delisted 3 @ 101 at 14:00"),
        (quote("103000", at(121)), "delisted 3 @ 101 at 14:00"),
        (quote("103", at(60 * 24 * 365)), "delisted 3 @ 101 at 14:00"),
    ],
    ids=["newer than the candles", "older than the candles", "a jump", "of the far future"],
)
def test_delisted_trade_ends_at_the_last_price_that_can_be_believed(latest: Quote, fill: str) -> None:
    assert shown(gone(flat("101", 0, 24), looked_at=at(130), latest=latest).settlement.fills) == [fill]


def test_pair_that_is_gone_and_jumped_ends_at_the_price_before_the_jump() -> None:
    stored = [*flat("101", 0, 3), *flat("0.1", 3, 24)]
    held_first = gone(stored, looked_at=at(130))
    assert (held_first.settlement.fills, held_first.hold) == ((), Hold(at(15), Decimal(101), Decimal("0.1")))
    assert shown(gone(stored, looked_at=at(180)).settlement.fills) == ["delisted 3 @ 101 at 12:15"]


def test_pair_that_came_back_is_not_gone() -> None:
    advanced = gone(flat("101", 0, 36), missed_at=None, looked_at=at(180))
    assert (advanced.settlement.fills, advanced.waiting) == ((), None)


def so_far(text: str, minutes: float, first: float = 5) -> Bar:
    """What the candle of 12:05, or another, has held up to some minutes past 12."""
    return Bar(at(first), at(minutes), *(Decimal(price) for price in text.split()))


@pytest.mark.parametrize(
    ("forming", "fills"),
    [
        ("100 101 94 99", ["stop 3 @ 95 at 12:07"]),
        ("93 101 92 99", ["stop 3 @ 93 at 12:05"]),
        ("100 106 99 105", []),
        ("100 101 95.01 99", []),
    ],
    ids=["it came back between two looks", "the market opened beyond it", "a target waits for the close", "not reached"],
)
def test_open_candle_meets_the_stop_by_the_rules_of_a_closed_one(forming: str, fills: list[str]) -> None:
    advanced = look(trade(), QUIET, at(7), latest=quote("99", at(7)), forming=so_far(forming, 7))
    assert shown(advanced.settlement.fills) == fills


def test_open_candle_counts_only_when_all_before_it_is_there() -> None:
    advanced = look(trade(), QUIET, at(12), latest=quote("99", at(12)), forming=so_far("100 101 94 99", 12, 10))
    assert (advanced.settlement.fills, advanced.waiting) == ((), "BTCUSDT 5m is 1 candle late")


def test_open_candle_of_the_entry_tells_nothing_but_the_latest_price() -> None:
    entered = trade(settled_until=at(2), opened_at=at(2))
    before = look(entered, "", at(4), latest=quote("99", at(4)), forming=so_far("100 101 94 99", 4, 0))
    assert before.settlement.fills == ()
    beyond = look(entered, "", at(4), latest=quote("94", at(4)), forming=so_far("100 101 94 94", 4, 0))
    assert shown(beyond.settlement.fills) == ["stop 3 @ 94 at 12:04"]


def test_latest_price_waits_for_the_candle_that_a_stream_tells_of() -> None:
    told = look(trade(), QUIET, at(6), latest=quote("94", at(6)), forming=so_far(QUIET, 4.9, 0))
    assert told.settlement.fills == ()
    silent = look(trade(), QUIET, at(6), latest=quote("94", at(6)), forming=so_far(QUIET, -60, -65))
    assert shown(silent.settlement.fills) == ["stop 3 @ 94 at 12:06"]


@pytest.mark.parametrize(("since", "counts"), [(timedelta(microseconds=1), False), (timedelta(0), True)])
def test_stream_that_told_of_no_candle_for_ten_minutes_is_not_waited_for(since: timedelta, counts: bool) -> None:
    last = replace(so_far(QUIET, 0, -5), closed_at=at(-4) + since)
    assert bool(look(trade(), QUIET, at(6), latest=quote("94", at(6)), forming=last).settlement.fills) is counts


def test_step_that_no_market_makes_within_the_open_candle_holds_the_trade() -> None:
    advanced = look(trade(), QUIET, at(7), forming=so_far("100 3000 100 3000", 7))
    assert (advanced.hold, advanced.settlement.fills) == (Hold(at(7), Decimal(100), Decimal(3000)), ())


def rules(**changed: object) -> TradeRules:
    return replace(TradeRules(Costs(), break_even=True), **changed)  # type: ignore[arg-type]


def test_trade_whose_time_is_up_leaves_at_the_next_open() -> None:
    timed = trade(rules=rules(leaves_at=at(7)))
    waiting = look(timed, QUIET, at(9), forming=so_far("100 101 99 100", 9))
    assert waiting.settlement.fills == ()
    live = look(timed, f"{QUIET}|{QUIET}", at(11), forming=so_far("102 103 101 103", 11, 10))
    replayed = look(timed, f"{QUIET}|{QUIET}|102 103 101 103", at(15))
    assert shown(live.settlement.fills) == shown(replayed.settlement.fills) == ["time 3 @ 102 at 12:10"]


def test_trade_leaves_with_the_candle_after_the_close_that_turned_the_gate() -> None:
    stored = f"{QUIET}|{QUIET}|101 102 100 101"
    turned = look(trade(rules=rules(regime_exit=True)), stored, at(15), turned_at=at(5))
    assert shown(turned.settlement.fills) == ["regime 3 @ 101 at 12:10"]
    assert look(trade(rules=rules()), stored, at(15), turned_at=at(5)).settlement.fills == ()


def test_trade_without_levels_leaves_when_its_time_is_up_and_waits_for_that_candle() -> None:
    timed = trade(held(levels="/"), rules=rules(leaves_at=at(5)))
    assert look(timed, "", at(11)).waiting == "BTCUSDT 5m is 2 candles late"
    assert shown(look(timed, f"{QUIET}|99 99 98 98", at(10)).settlement.fills) == ["time 3 @ 99 at 12:05"]


@pytest.mark.parametrize(
    ("latest", "looked", "fill"),
    [
        (quote("103", at(120)), 130, "delisted 3 @ 101 at 14:00"),
        (quote("103", at(131)), 130, "delisted 3 @ 103 at 14:11"),
        (quote("103", at(131) + timedelta(microseconds=1)), 130, "delisted 3 @ 101 at 14:00"),
    ],
    ids=["as old as the candles", "a minute after the look", "later"],
)
def test_price_of_a_pair_that_is_gone_is_newer_than_its_candles_and_not_much_later_than_the_look(
    latest: Quote, looked: float, fill: str
) -> None:
    advanced = gone(flat("101", 0, 24), looked_at=at(looked), latest=latest)
    assert shown(advanced.settlement.fills) == [fill]
    assert advanced.settlement.position.quantity == 0


def test_pair_that_is_gone_without_one_candle_ends_where_it_was_settled() -> None:
    advanced = look(trade(), "", at(180), missed_at=at(1), looked_at=at(180))
    assert shown(advanced.settlement.fills) == ["delisted 3 @ 100 at 12:00"]


FALLS = "100 101 94 96"


def test_candle_that_filled_a_resting_order_may_stop_it_and_that_of_a_market_order_only_by_its_close() -> None:
    resting = trade(rules=rules(by_limit=True), settled_until=START, opened_at=at(2))
    assert shown(look(resting, FALLS, at(5)).settlement.fills) == ["stop 3 @ 95 at 12:05"]
    market = trade(settled_until=at(2), opened_at=at(2))
    assert look(market, FALLS, at(5)).settlement.fills == ()


def test_candle_that_filled_a_resting_order_takes_no_profit() -> None:
    resting = trade(rules=rules(by_limit=True), settled_until=START, opened_at=at(2))
    assert look(resting, "100 106 99 104", at(5)).settlement.fills == ()
    assert shown(look(resting, f"{QUIET} | 100 106 99 104", at(10)).settlement.fills) == ["target_1 1 @ 105 at 12:10"]


def test_stop_of_a_trade_without_break_even_stays() -> None:
    stored = "100 106 101 104 | 104 104 99 101"
    assert shown(look(trade(), stored, at(10)).settlement.fills)[1:] == ["break_even 2 @ 100 at 12:10"]
    assert shown(look(trade(), stored, at(10), terms=replace(FREE, break_even=False)).settlement.fills)[1:] == []


def test_open_candle_that_filled_a_resting_order_may_stop_it_as_well() -> None:
    resting = trade(rules=rules(by_limit=True), settled_until=START, opened_at=at(2))
    assert shown(look(resting, "", at(4), forming=so_far("106 107 94 106", 4, 0)).settlement.fills) == ["stop 3 @ 95 at 12:04"]
    market = replace(resting, rules=rules())
    assert look(market, "", at(4), forming=so_far("106 107 94 106", 4, 0)).settlement.fills == ()


def test_open_candle_that_began_with_the_trade_counts_whole() -> None:
    advanced = look(trade(), "", at(4), forming=so_far(FALLS, 4, 0))
    assert shown(advanced.settlement.fills) == ["stop 3 @ 95 at 12:04"]


def test_open_candle_from_beyond_our_clock_by_more_than_a_minute_is_not_believed() -> None:
    advanced = look(trade(), QUIET, at(8), forming=so_far(FALLS, 9))
    assert shown(advanced.settlement.fills) == ["stop 3 @ 95 at 12:09"]
    assert look(trade(), QUIET, at(8) - timedelta(microseconds=1), forming=so_far(FALLS, 9)).settlement.fills == ()


def test_latest_price_that_is_old_settles_nothing() -> None:
    assert look(trade(), QUIET, at(6.5), latest=quote("94", at(5.4))).settlement.fills == ()


def test_trade_that_has_ended_is_not_held() -> None:
    advanced = look(trade(), f"{FALLS} | 3000 3000 3000 3000", at(10))
    assert (shown(advanced.settlement.fills), advanced.hold) == (["stop 3 @ 95 at 12:05"], None)


@pytest.mark.parametrize(
    ("leaves", "turned", "by_limit", "fill"),
    [
        (10, 10, False, "time 3 @ 101 at 12:10"),
        (20, 5, False, "regime 3 @ 101 at 12:10"),
        (20, 5, True, "regime 3 @ 100 at 12:05"),
        (5, 5, True, "time 3 @ 100 at 12:05"),
    ],
    ids=["its time comes first", "the gate turns first", "a resting order's at the close itself", "both at once"],
)
def test_the_sooner_of_its_time_and_the_turn_of_the_gate_ends_a_trade(
    leaves: float, turned: float, by_limit: bool, fill: str
) -> None:
    stored = f"{QUIET}|{QUIET}|101 102 100 101|{QUIET}|{QUIET}"
    of_both = trade(rules=rules(regime_exit=True, leaves_at=at(leaves), by_limit=by_limit))
    assert shown(look(of_both, stored, at(25), turned_at=at(turned)).settlement.fills) == [fill]


def test_trade_far_above_its_entry_leaves_at_a_price_near_its_last_one() -> None:
    risen = trade(held(levels="/ 9000"), rules=rules(leaves_at=at(5)), settled_until=at(5), last_price=Decimal(1900))
    assert shown(look(risen, flat("2100", 1, 2), at(10)).settlement.fills) == ["time 3 @ 2100 at 12:05"]


def test_step_from_the_last_sound_price_is_told_from_it_and_not_from_the_entry() -> None:
    risen = trade(held(levels="/ 9000"), settled_until=at(5), last_price=Decimal(1900))
    assert look(risen, [*flat("1950", 1, 2), *flat("2100", 2, 3)], at(15)).hold is None
    assert look(trade(held(levels="/ 9000")), [*flat("2100", 0, 1)], at(5)).hold == Hold(START, Decimal(100), Decimal(2100))
