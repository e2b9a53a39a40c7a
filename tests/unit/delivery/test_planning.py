"""What goes out next: order, clusters, what is held back and what waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.delivery.planning import CLUSTER_FROM, History, Plan, SignalFacts, Waiting, plan
from functions.delivery.policy import Held, Policy

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
CLOSE = NOW - timedelta(seconds=2)
NOTHING = History({}, {})
CHAT = Policy(1)


def signal(number: int, symbol: str | None = None, **changes: object) -> Waiting:
    facts = SignalFacts(symbol or f"S{number}USDT", "LONG", 0.8, CLOSE)
    return replace(waiting(number), signal=replace(facts, **changes))  # type: ignore[arg-type]


def waiting(number: int, **changes: object) -> Waiting:
    found = Waiting(number, 0, NOW, None, None, answer=False, signal=None)
    return replace(found, **changes)  # type: ignore[arg-type]


def test_nothing_waits() -> None:
    assert plan([], CHAT, NOTHING, NOW) == Plan(None)


def test_oldest_goes_first_and_a_lone_signal_at_once() -> None:
    assert plan([signal(1), waiting(2)], CHAT, NOTHING, NOW) == Plan(1)


def test_one_message_on_its_way_keeps_the_others() -> None:
    leased = waiting(2, lease_until=NOW + timedelta(seconds=1), attempts=1)
    assert plan([waiting(1), leased], CHAT, NOTHING, NOW) == Plan(None)


def test_retry_that_is_not_due_keeps_the_order() -> None:
    assert plan([waiting(1, attempts=1, next_attempt_at=NOW + timedelta(seconds=9)), waiting(2)], CHAT, NOTHING, NOW).send is None


def test_signals_of_one_close_and_direction_are_one_message() -> None:
    others = [signal(9, direction="SHORT"), signal(10, close_time=CLOSE - timedelta(hours=1)), waiting(11)]
    queue = [*(signal(number) for number in range(1, CLUSTER_FROM + 1)), *others]
    assert plan(queue, CHAT, NOTHING, NOW) == Plan(1, tuple(range(2, CLUSTER_FROM + 1)))


def test_too_few_signals_go_one_by_one() -> None:
    assert plan([signal(number) for number in range(1, CLUSTER_FROM)], CHAT, NOTHING, NOW) == Plan(1)


def test_symbol_is_in_a_cluster_once() -> None:
    queue = [*(signal(number) for number in range(1, 6)), signal(6, "S1USDT"), signal(7, "S2USDT")]
    assert plan(queue, CHAT, NOTHING, NOW).members == (2, 3, 4, 5)


def test_cooldown_holds_a_symbol_that_was_told_shortly_before() -> None:
    history = History({"S1USDT": CLOSE - timedelta(hours=3), "S2USDT": CLOSE - timedelta(hours=4)}, {})
    assert plan([signal(1), signal(2)], CHAT, history, NOW) == Plan(2, (), ((1, Held.COOLDOWN),))


def test_budget_of_the_day_holds_further_signals_and_nothing_else() -> None:
    history = History({}, {CLOSE.date(): 10})
    assert plan([signal(1), waiting(2)], CHAT, history, NOW) == Plan(2, (), ((1, Held.BUDGET),))


def test_unwanted_signal_is_held_with_its_reason() -> None:
    assert plan([signal(1, confidence=0.7)], replace(CHAT, strong_only=True), NOTHING, NOW).held == ((1, Held.MODE),)


def test_quiet_hours_let_answers_through_and_make_the_rest_wait() -> None:
    chat = replace(CHAT, quiet=(11 * 60, 13 * 60))
    until = NOW.replace(hour=13)
    queue = [signal(1), waiting(2), waiting(3, answer=True), waiting(4)]
    assert plan(queue, chat, NOTHING, NOW) == Plan(3, (), (), ((1, until), (2, until)))


def test_what_waits_for_the_morning_does_not_block() -> None:
    asleep = waiting(1, held_until=NOW + timedelta(hours=1))
    assert plan([asleep, waiting(2)], CHAT, NOTHING, NOW) == Plan(2)
    assert plan([replace(asleep, held_until=NOW)], CHAT, NOTHING, NOW) == Plan(1)


def test_message_that_was_tried_goes_on_whatever_the_chat_wants_now() -> None:
    tried = replace(signal(1), attempts=1)
    assert plan([tried, signal(2), signal(3), signal(4), signal(5)], replace(CHAT, budget=0), NOTHING, NOW) == Plan(1)
