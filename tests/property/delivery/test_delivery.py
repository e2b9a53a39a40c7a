"""Whatever is written, pressed or raised: nothing breaks, limits hold, every delivery has one fate."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from functions.delivery.inbox.buttons import Action, read_press
from functions.delivery.inbox.commands import Command, Name, parse
from functions.delivery.inbox.updates import Pressed, WrittenMessage, read_update
from functions.delivery.messages.message import CAPTION_LIMIT, TEXT_LIMIT, length, plain
from functions.delivery.messages.rendering import render
from functions.delivery.messages.words import Language, Words
from functions.delivery.outbox.planning import SentHistory, SignalFacts, Waiting, plan_queue
from functions.delivery.outbox.policy import Policy
from functions.outbox.classes import AlertClass
from tests.sim.telegram.entities import parse_text, utf16_length
from tests.unit.delivery.making import signal_payload

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
words_of_commands = st.sampled_from(
    [*(f"/{name}" for name in Name), "BTC", "long", "1h", "4h", "quiet", "23-7", "coins", "timezone"]
)


@given(st.text() | st.lists(words_of_commands | st.text(max_size=8), max_size=5).map(" ".join))
def test_any_text_is_a_command(text: str) -> None:
    assert isinstance(parse(text), Command)


@given(
    st.text()
    | st.from_regex(r"[a-z]{1,8}:[0-9]{1,19}", fullmatch=True)
    | st.tuples(st.sampled_from(Action), st.integers(0, 10**19)).map(lambda parts: f"{parts[0]}:{parts[1]}")
)
def test_any_data_is_a_press_or_none(data: str) -> None:
    press = read_press(data)
    assert press is None or f"{press.action}:{press.number}" == data or data.partition(":")[2].startswith("0")


chats = st.fixed_dictionaries({"id": st.integers()}) | anything
senders = st.fixed_dictionaries({"language_code": st.text()}) | anything
messages = st.fixed_dictionaries({"chat": chats, "text": st.text(), "date": anything, "from": senders})
shown = st.fixed_dictionaries({"chat": chats}) | anything
queries = st.fixed_dictionaries({"id": st.text(min_size=1), "data": st.text() | anything, "from": chats, "message": shown})


@given(
    st.dictionaries(st.sampled_from(["update_id", "message", "callback_query"]), anything)
    | st.fixed_dictionaries({"update_id": st.integers(), "message": messages})
    | st.fixed_dictionaries({"update_id": st.integers(), "callback_query": queries | anything})
)
def test_any_update_is_read(update: dict[str, Any]) -> None:
    event = read_update(update)
    if isinstance(event, WrittenMessage | Pressed):
        asked = event.asked
        assert -(2**63) <= asked.chat_id < 2**63
        assert all(number is None or -(2**63) <= number < 2**63 for number in (asked.person_id, asked.thread_id))
        assert not isinstance(event, WrittenMessage) or event.text.strip()
    if event is not None:
        assert "\x00" not in repr(event)


@given(st.lists(st.text(max_size=300), max_size=60), st.sampled_from(Language), st.integers(1, 600))
def test_signals_fit_whatever_their_reasons_say(reasons: list[str], language: Language, count: int) -> None:
    said = [{"code": "x", "params": {}, "text": text} for text in reasons]
    payloads = [signal_payload(f"S{number}USDT", number + 1, reasons=said) for number in range(count)]
    one = render("signal", payloads[:1], Words(language))
    many = render("signal", payloads, Words(language))
    assert one.caption is not None
    for text, limit in ((one.caption, CAPTION_LIMIT), (one.text, TEXT_LIMIT), (many.text, TEXT_LIMIT)):
        assert 1 <= length(text) <= limit
        assert utf16_length(parse_text(text, "HTML").text) <= limit, "Telegram can read the markup"
    assert "65100.0" in plain(one.caption)
    assert all(len(button.data.encode()) <= 64 for message in (one, many) for button in message.buttons)


facts = st.builds(
    SignalFacts,
    symbol=st.sampled_from(["A", "B", "C", "D", "E", "F"]),
    direction=st.sampled_from(["LONG", "SHORT"]),
    confidence=st.floats(0, 1),
    close_time=st.sampled_from([NOW, NOW - timedelta(hours=1)]),
)
moments = st.integers(-100, 100).map(lambda seconds: NOW + timedelta(seconds=seconds))
waiting = st.builds(
    Waiting,
    id=st.just(0),
    alert_class=st.sampled_from(AlertClass),
    attempts=st.integers(0, 2),
    next_attempt_at=moments,
    lease_until=st.none() | moments,
    asked=st.booleans(),
    failures=st.integers(0, 4),
    flooded=st.integers(0, 9).map(lambda number: number == 0),
)
signals = st.builds(
    Waiting,
    id=st.just(0),
    alert_class=st.just(AlertClass.SIGNAL),
    attempts=st.integers(0, 1),
    next_attempt_at=st.just(NOW),
    signal=facts,
)
deliveries = st.lists(waiting | signals, max_size=25)
policies = st.builds(
    Policy,
    chat_id=st.just(1),
    strong_only=st.booleans(),
    min_confidence=st.floats(0, 1),
    coins=st.frozensets(st.sampled_from(["A", "B"])),
    quiet=st.none() | st.just((11 * 60, 13 * 60)),
    budget=st.integers(0, 3),
)


at_one_close = st.lists(
    st.builds(
        SignalFacts,
        symbol=st.sampled_from(["A", "B", "C", "D", "E", "F"]),
        direction=st.just("LONG"),
        confidence=st.floats(0.5, 1),
        close_time=st.just(NOW),
    ).map(lambda signal: Waiting(0, AlertClass.SIGNAL, 0, NOW, signal=signal)),
    min_size=4,
    max_size=15,
)


@given(
    deliveries | st.tuples(at_one_close, deliveries).map(lambda both: [*both[0], *both[1]]),
    policies | st.just(Policy(1)),
    st.dictionaries(st.sampled_from(["A", "B"]), st.just(NOW)),
    st.integers(0, 3),
)
def test_each_delivery_has_one_fate(found: list[Waiting], policy: Policy, closes: dict[str, datetime], sent: int) -> None:
    queue = [dataclasses.replace(item, id=number) for number, item in enumerate(found)]
    planned = plan_queue(queue, policy, SentHistory(closes, {NOW.date(): sent}), NOW)
    fates = [
        *planned.members,
        *(number for number, _ in planned.held),
        *([] if planned.send is None else [planned.send]),
    ]
    assert len(fates) == len(set(fates))
    assert not {item.id for item in queue if item.asked or item.leased(NOW)} & {number for number, _ in planned.held}
    if planned.members:
        said = [queue[number].signal for number in (planned.send, *planned.members) if number is not None]
        assert len({(one.direction, one.close_time) for one in said if one}) == 1
        assert len({one.symbol for one in said if one}) == len(said) >= 4
    if planned.send is not None:
        chosen = queue[planned.send]
        assert chosen.next_attempt_at <= NOW
        assert not chosen.leased(NOW)
        assert not any(item.flooded and item.next_attempt_at > NOW for item in queue)
        if not chosen.aside:
            among = [item for item in queue if item.lane is chosen.lane and not item.aside and item.id not in fates]
            assert not any(item.leased(NOW) for item in among), "one on its way in a class"
            assert all(item.id > chosen.id or policy.asleep(item.lane, NOW) for item in among), "nobody of its class is overtaken"
