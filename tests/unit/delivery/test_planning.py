"""What goes out next: order, clusters, what is held back, what waits and what waits for nothing."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.delivery.outbox.planning import CLUSTER_FROM, PROBES, QueuePlan, SentHistory, SignalFacts, Waiting, plan_queue
from functions.delivery.outbox.policy import Held, Policy
from functions.outbox.classes import OPTIONAL, POLICIES, AlertClass

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
CLOSE = NOW - timedelta(seconds=2)
NOTHING = SentHistory({}, {})
CHAT = Policy(1)
REPORT, NEWS, TRADE = AlertClass.REPORT, AlertClass.NEWS, AlertClass.TRADE
SOON, LATER = timedelta(seconds=1), timedelta(seconds=9)


def signal(number: int, symbol: str | None = None, **changes: object) -> Waiting:
    facts = SignalFacts(symbol or f"S{number}USDT", "LONG", 0.8, CLOSE)
    return waiting(number, AlertClass.SIGNAL, signal=replace(facts, **changes))  # type: ignore[arg-type]


def waiting(number: int, alert_class: AlertClass = REPORT, **changes: object) -> Waiting:
    return replace(Waiting(number, alert_class, 0, NOW), **changes)  # type: ignore[arg-type]


def answer(number: int, **changes: object) -> Waiting:
    return waiting(number, AlertClass.ANSWER, asked=True, **changes)


def test_nothing_waits() -> None:
    assert plan_queue([], CHAT, NOTHING, NOW) == QueuePlan(None)


def test_first_of_the_queue_goes_and_a_lone_signal_at_once() -> None:
    assert plan_queue([signal(1), waiting(2)], CHAT, NOTHING, NOW) == QueuePlan(1)


def test_one_message_on_its_way_keeps_those_of_its_class() -> None:
    leased = waiting(2, lease_until=NOW + SOON, attempts=1)
    assert plan_queue([waiting(1), leased], CHAT, NOTHING, NOW) == QueuePlan(None)
    assert plan_queue([waiting(1), replace(leased, lease_until=NOW)], CHAT, NOTHING, NOW) == QueuePlan(1)


@pytest.mark.parametrize("urgent", [answer(2), waiting(2, TRADE), waiting(2, NEWS)])
def test_message_on_its_way_keeps_no_other_class(urgent: Waiting) -> None:
    assert plan_queue([waiting(1, lease_until=NOW + SOON, attempts=1), urgent], CHAT, NOTHING, NOW) == QueuePlan(2)


def test_retry_that_is_not_due_keeps_the_order_of_its_class() -> None:
    retry = waiting(1, attempts=1, failures=1, next_attempt_at=NOW + LATER)
    assert plan_queue([retry, waiting(2)], CHAT, NOTHING, NOW).send is None
    assert plan_queue([retry, waiting(2), waiting(3, NEWS)], CHAT, NOTHING, NOW).send == 3


@pytest.mark.parametrize("lane", AlertClass)
def test_message_that_failed_too_often_stands_aside(lane: AlertClass) -> None:
    patience = POLICIES[lane].patience
    failing = waiting(1, lane, attempts=9, failures=patience, next_attempt_at=NOW + LATER)
    assert plan_queue([failing, waiting(2, lane)], CHAT, NOTHING, NOW).send is None
    aside = replace(failing, failures=patience + 1)
    assert plan_queue([aside, waiting(2, lane)], CHAT, NOTHING, NOW).send == 2
    assert plan_queue([replace(aside, next_attempt_at=NOW), waiting(2, lane)], CHAT, NOTHING, NOW).send == 2
    assert plan_queue([replace(aside, next_attempt_at=NOW)], CHAT, NOTHING, NOW).send == 1
    assert plan_queue([replace(aside, lease_until=NOW + SOON), waiting(2, lane)], CHAT, NOTHING, NOW).send == 2
    assert plan_queue([aside], CHAT, NOTHING, NOW).send is None


def test_of_two_that_stand_aside_the_first_that_is_due_goes() -> None:
    first, second = (waiting(number, attempts=3, failures=3) for number in (1, 2))
    assert plan_queue([first, second], CHAT, NOTHING, NOW).send == 1
    assert plan_queue([replace(first, next_attempt_at=NOW + SOON), second], CHAT, NOTHING, NOW).send == 2


def test_one_that_stands_aside_goes_before_none_that_is_on_its_way_or_waits_for_its_retry() -> None:
    aside = waiting(2, attempts=3, failures=3)
    sent = waiting(1, attempts=2, lease_until=NOW + SOON)
    assert plan_queue([sent, aside], CHAT, NOTHING, NOW).send is None
    assert plan_queue([replace(sent, lease_until=None, next_attempt_at=NOW + SOON), aside], CHAT, NOTHING, NOW).send is None
    assert plan_queue([replace(sent, alert_class=TRADE), aside], CHAT, NOTHING, NOW).send == 2


def test_class_in_which_nothing_arrives_keeps_its_order_and_holds_up_no_other() -> None:
    failing = [waiting(number, attempts=3, failures=3, passed=False, next_attempt_at=NOW + LATER) for number in range(PROBES)]
    behind, other = waiting(8), waiting(9, NEWS)
    assert plan_queue([*failing, behind], CHAT, NOTHING, NOW).send is None
    assert plan_queue([*failing, behind, other], CHAT, NOTHING, NOW).send == 9
    assert plan_queue([*failing[1:], behind], CHAT, NOTHING, NOW).send == 8, "too few to tell"
    assert plan_queue([*failing[1:], replace(failing[0], passed=True), behind], CHAT, NOTHING, NOW).send == 8


def test_answers_and_trades_wait_for_no_failed_one_of_their_own() -> None:
    for lane in (AlertClass.ANSWER, TRADE):
        failed = waiting(1, lane, attempts=1, failures=1, next_attempt_at=NOW + LATER)
        assert plan_queue([failed, waiting(2, lane)], CHAT, NOTHING, NOW).send == 2


def test_trade_that_was_asked_for_goes_among_the_answers() -> None:
    asked = waiting(1, TRADE, asked=True, lease_until=NOW + SOON, attempts=1)
    assert plan_queue([asked, answer(2)], CHAT, NOTHING, NOW).send is None
    assert plan_queue([asked, waiting(2, TRADE)], CHAT, NOTHING, NOW).send == 2


def test_chat_that_telegram_asks_to_wait_gets_nothing_until_then() -> None:
    flooded = waiting(1, attempts=1, flooded=True, next_attempt_at=NOW + LATER)
    assert plan_queue([answer(2), flooded], CHAT, NOTHING, NOW) == QueuePlan(None)
    assert plan_queue([answer(2), replace(flooded, next_attempt_at=NOW)], CHAT, NOTHING, NOW) == QueuePlan(2)


def test_signals_of_one_close_and_direction_are_one_message() -> None:
    others = [signal(9, direction="SHORT"), signal(10, close_time=CLOSE - timedelta(hours=1)), waiting(11)]
    queue = [*(signal(number) for number in range(1, CLUSTER_FROM + 1)), *others]
    assert plan_queue(queue, CHAT, NOTHING, NOW) == QueuePlan(1, tuple(range(2, CLUSTER_FROM + 1)))


def test_signal_that_was_tried_is_in_no_cluster() -> None:
    queue = [*(signal(number) for number in range(1, CLUSTER_FROM + 1)), replace(signal(9), attempts=1)]
    assert plan_queue(queue, CHAT, NOTHING, NOW) == QueuePlan(1, tuple(range(2, CLUSTER_FROM + 1)))


def test_too_few_signals_go_one_by_one() -> None:
    assert plan_queue([signal(number) for number in range(1, CLUSTER_FROM)], CHAT, NOTHING, NOW) == QueuePlan(1)


def test_symbol_is_in_a_cluster_once() -> None:
    queue = [*(signal(number) for number in range(1, 6)), signal(6, "S1USDT"), signal(7, "S2USDT")]
    assert plan_queue(queue, CHAT, NOTHING, NOW).members == (2, 3, 4, 5)


def test_cooldown_holds_a_symbol_that_was_told_shortly_before() -> None:
    history = SentHistory({"S1USDT": CLOSE - timedelta(hours=3), "S2USDT": CLOSE - timedelta(hours=4)}, {})
    assert plan_queue([signal(1), signal(2)], CHAT, history, NOW) == QueuePlan(2, (), ((1, Held.COOLDOWN),))


def test_budget_of_the_day_holds_further_signals_and_nothing_else() -> None:
    history = SentHistory({}, {CLOSE.date(): 10})
    assert plan_queue([signal(1), waiting(2)], CHAT, history, NOW) == QueuePlan(2, (), ((1, Held.BUDGET),))


def test_budget_of_a_day_on_which_nothing_was_sent_is_whole() -> None:
    assert plan_queue([signal(1)], replace(CHAT, budget=1), SentHistory({}, {}), NOW) == QueuePlan(1)


@pytest.fixture(name="_machine_in_tokyo")
def _tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_machine_in_tokyo")
def test_day_of_the_budget_is_utcs_wherever_the_machine_stands() -> None:
    evening = CLOSE.replace(hour=23)
    history = SentHistory({}, {evening.date(): 10})
    assert plan_queue([signal(1, close_time=evening)], CHAT, history, NOW).held == ((1, Held.BUDGET),)


def test_muted_and_unwanted_coins_are_held_and_in_no_cluster() -> None:
    muted = {"S1USDT": NOW + SOON, "S4USDT": NOW + SOON}
    chat = replace(CHAT, mutes=muted, coins=frozenset(f"S{number}USDT" for number in range(8)))
    queue = [signal(9), *(signal(number) for number in range(1, 7))]
    assert plan_queue(queue, chat, NOTHING, NOW) == QueuePlan(2, (3, 5, 6), ((9, Held.COINS), (1, Held.MUTED)))


def test_unwanted_signal_is_held_with_its_reason() -> None:
    assert plan_queue([signal(1, confidence=0.7)], replace(CHAT, strong_only=True), NOTHING, NOW).held == ((1, Held.MODE),)


def test_class_that_the_chat_has_turned_off_is_held() -> None:
    chat = replace(CHAT, classes=frozenset({AlertClass.SIGNAL}))
    queue = [answer(1, next_attempt_at=NOW + LATER), waiting(2), signal(3), waiting(4, NEWS)]
    assert plan_queue(queue, chat, NOTHING, NOW) == QueuePlan(3, (), ((2, Held.CLASS),))
    assert AlertClass.ANSWER not in OPTIONAL
    assert plan_queue([answer(1), waiting(2, TRADE, asked=True)], chat, NOTHING, NOW).send == 1


def test_quiet_hours_let_answers_through_and_make_the_rest_wait() -> None:
    chat = replace(CHAT, quiet=(11 * 60, 13 * 60))
    queue = [signal(1), waiting(2), waiting(3, TRADE), answer(4), waiting(5)]
    assert plan_queue(queue, chat, NOTHING, NOW) == QueuePlan(4)
    assert plan_queue(queue, chat, NOTHING, NOW.replace(hour=13)) == QueuePlan(1)


def test_message_that_was_tried_goes_on_whatever_the_chat_wants_now() -> None:
    tried = replace(signal(1), attempts=1)
    assert plan_queue([tried, signal(2), signal(3), signal(4), signal(5)], replace(CHAT, budget=0), NOTHING, NOW) == QueuePlan(1)
