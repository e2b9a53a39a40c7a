"""What waits for what: nothing behind one message that Telegram does not take, nothing behind a clock that was wrong."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.delivery.api import outbox as outbox_api
from functions.delivery.api import updates as updates_api
from functions.delivery.outbox.failures import LONGEST_PAUSE
from functions.delivery.store import outbox as store
from functions.outbox import raise_alert
from tests.integration.delivery.conftest import CHAT, OTHER, Bot
from tests.unit.delivery.making import listing, trade_closed

pytestmark = pytest.mark.usefixtures("market")


def raise_one(engine: Engine, kind: str, payload: dict[str, Any], *, life: timedelta = timedelta(hours=24)) -> None:
    now = datetime.now(UTC)
    key = f"{kind}:{now.isoformat()}"
    with engine.begin() as connection:
        raise_alert(connection, key=key, kind=kind, payload=payload, created_at=now, expires_at=now + life)


def failed_run(engine: Engine, workflow: str, life: timedelta = timedelta(hours=24)) -> None:
    raise_one(engine, "failed_run", {"workflow": workflow, "node": "n", "message": "m", "execution_id": "1"}, life=life)


def fail(bot: Bot, delivery: dict[str, Any], words: str = "ETIMEDOUT") -> None:
    body = {"attempt": delivery["attempt"], "description": words}
    assert bot.client.post(f"/alerts/{delivery['id']}/failed", json=body).json()["state"] == "pending"


def make_due(bot: Bot) -> None:
    """Let the pauses pass."""
    with bot.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'"))


def fail_until_aside(bot: Bot, tries: int = 3) -> dict[str, Any]:
    """Let the message that is next fail, and fail again."""
    failing: dict[str, Any] = {}
    for _ in range(tries):
        delivery = bot.claim()
        assert delivery is not None
        fail(bot, delivery)
        make_due(bot)
        failing = delivery
    return failing


@pytest.mark.parametrize("state", ["waits for its retry", "is on its way"])
def test_answer_and_trade_pass_a_message_that_telegram_does_not_take(bot: Bot, state: str) -> None:
    failed_run(bot.engine, "poison")
    poison = bot.claim()
    assert poison is not None
    if state == "waits for its retry":
        fail(bot, poison)
    failed_run(bot.engine, "behind it")
    raise_one(bot.engine, "trade_closed", {**trade_closed(), "chat": None, "asked_by": None})
    bot.send(bot.written("/help"))
    assert [delivery["kind"] for delivery in bot.deliveries()] == ["reply", "trade_closed"]


def test_answer_passes_an_answer_that_telegram_does_not_take(bot: Bot) -> None:
    bot.send(bot.written("/settings"))
    poison = bot.claim()
    assert poison is not None
    fail(bot, poison)
    assert "/trade" in bot.ask("/help")


def test_news_wait_for_a_trade_and_hold_none_up(bot: Bot) -> None:
    for _ in range(3):
        raise_one(bot.engine, "listing", listing())
    raise_one(bot.engine, "trade_closed", {**trade_closed(), "chat": None, "asked_by": None})
    assert [delivery["kind"] for delivery in bot.deliveries()] == ["trade_closed", "listing", "listing", "listing"]


def test_message_that_fails_again_and_again_stands_aside(bot: Bot) -> None:
    failed_run(bot.engine, "poison")
    failed_run(bot.engine, "next")
    poison = fail_until_aside(bot)
    following = bot.claim()
    assert following is not None
    assert following["id"] != poison["id"]
    bot.client.post(f"/alerts/{following['id']}/delivered", json={"message_id": 1}).raise_for_status()
    again = bot.claim()
    assert again is not None
    assert again["id"] == poison["id"], "it is tried when nothing else is due"


def test_messages_keep_their_order_while_telegram_takes_none(bot: Bot) -> None:
    names = ["first", "second", "third", "fourth", "fifth"]
    for name in names:
        failed_run(bot.engine, name)
    for _ in range(20):
        delivery = bot.claim()
        assert delivery is not None
        fail(bot, delivery, "Bad Gateway")
        make_due(bot)
    came = []
    for number in range(5):
        delivery = bot.claim()
        assert delivery is not None
        came.append(next(name for name in names if name in delivery["text"]))
        bot.client.post(f"/alerts/{delivery['id']}/delivered", json={"message_id": number + 1}).raise_for_status()
        make_due(bot)
    assert came == names


def test_picture_that_does_not_get_through_goes_out_as_text(bot: Bot, signal_in: Callable[..., int]) -> None:
    signal_in()
    methods = []
    for _ in range(3):
        delivery = bot.claim()
        assert delivery is not None
        methods.append(delivery["method"])
        fail(bot, delivery, "The connection timed out")
        make_due(bot)
    assert methods == ["sendPhoto", "sendPhoto", "sendMessage"]


def test_flood_wait_of_a_chat_keeps_that_chat_alone(bot: Bot) -> None:
    bot.allow(CHAT, OTHER)
    failed_run(bot.engine, "flooded")
    first = bot.claim()
    assert first is not None
    fail(bot, first, "Too Many Requests: retry after 30")
    bot.send(bot.written("/help", chat=int(first["chat_id"])))
    assert {delivery["chat_id"] for delivery in bot.deliveries()} == {str(CHAT), str(OTHER)} - {first["chat_id"]}


@pytest.mark.parametrize("words", ["half an emoji \ud83d", "x" * 30_000, "a NUL \x00", ""])
def test_report_is_heard_whatever_its_words_are(bot: Bot, words: str) -> None:
    failed_run(bot.engine, "x")
    delivery = bot.claim()
    assert delivery is not None
    body = json.dumps({"attempt": 1, "description": words, "retry_after": 1e9})
    headers = {"Content-Type": "application/json"}
    answer = bot.client.post(f"/alerts/{delivery['id']}/failed", content=body, headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")


def test_status_counts_what_is_tried_again(bot: Bot) -> None:
    failed_run(bot.engine, "poison")
    delivery = bot.claim()
    assert delivery is not None
    fail(bot, delivery)
    outbox = bot.client.get("/status").json()["outbox"]
    assert (outbox["pending"], outbox["retried"]) == (1, 1)


def test_alert_has_its_delivery_from_the_moment_it_is_raised(bot: Bot) -> None:
    bot.allow(CHAT, OTHER)
    bot.claim()
    failed_run(bot.engine, "x")
    assert bot.rows("SELECT chat_id, state FROM delivery ORDER BY chat_id") == [(CHAT, "pending"), (OTHER, "pending")]


@pytest.mark.parametrize("claimed", [True, False])
def test_alert_that_expired_before_anybody_claimed_is_counted_as_lost(bot: Bot, claimed: bool) -> None:
    failed_run(bot.engine, "x", life=-timedelta(hours=1))
    if claimed:
        assert bot.claim() is None
    outbox = bot.client.get("/status").json()["outbox"]
    assert (outbox["pending"], outbox["expired"]) == (0, 1)
    assert bot.client.post("/digest/run").json()["digest"]["unsent"] == {"held": 0, "expired": 1, "dead": 0}


def test_digest_tells_each_chat_what_it_did_not_get_itself(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(CHAT, OTHER)
    bot.send(bot.written("/settings budget 0", chat=OTHER))
    bot.deliveries()
    signal_in()
    bot.deliveries()
    bot.client.post("/digest/run").raise_for_status()
    told = {delivery["chat_id"]: "held back by your settings" in delivery["text"] for delivery in bot.deliveries()}
    assert told == {str(CHAT): False, str(OTHER): True}


def test_status_tells_a_chat_its_own_messages(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(CHAT, OTHER)
    bot.send(bot.written("/settings budget 0", chat=OTHER))
    bot.deliveries()
    signal_in()
    bot.deliveries()
    assert "0 held back" in bot.ask("/status")


@contextmanager
def clock_off_by(span: timedelta) -> Iterator[None]:
    """Set this machine's clock wrong, as delivery reads it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (outbox_api, updates_api):
            patch.setattr(module, "wall_now", lambda: datetime.now(UTC) + span)
        yield


HOURS = [timedelta(hours=3), timedelta(hours=-3)]


@pytest.mark.parametrize("off", HOURS)
@pytest.mark.parametrize("words", ["connect ETIMEDOUT", "Too Many Requests: retry after 30"])
def test_failure_while_the_clock_was_wrong_waits_no_longer_than_its_pause(bot: Bot, off: timedelta, words: str) -> None:
    failed_run(bot.engine, "x")
    with clock_off_by(off):
        delivery = bot.claim()
        assert delivery is not None
        fail(bot, delivery, words)
    bot.claim()
    (waits,) = bot.rows("SELECT next_attempt_at - now() FROM delivery WHERE state = 'pending'")
    assert waits[0] <= LONGEST_PAUSE


@pytest.mark.parametrize("off", HOURS)
def test_lease_of_a_wrong_clock_ends_as_soon_as_any(bot: Bot, off: timedelta) -> None:
    failed_run(bot.engine, "x")
    with clock_off_by(off):
        assert bot.claim() is not None
    bot.claim()
    leases = bot.rows("SELECT lease_until - now() FROM delivery WHERE state = 'pending'")
    assert all(lease[0] <= store.LEASE for lease in leases)


def test_quiet_hours_of_a_wrong_clock_are_over_when_it_is_right(bot: Bot) -> None:
    now = datetime.now(UTC)
    start, end = now + timedelta(hours=2), now + timedelta(hours=5)
    bot.ask(f"/settings quiet {start:%H:%M}-{end:%H:%M}")
    failed_run(bot.engine, "x")
    with clock_off_by(timedelta(hours=3)):
        assert bot.claim() is None
    assert [delivery["kind"] for delivery in bot.deliveries()] == ["failed_run"]


def test_command_of_a_wrong_clock_is_answered_and_the_next_too(bot: Bot) -> None:
    with clock_off_by(timedelta(hours=3)):
        bot.send(bot.written("/help"))
        delivery = bot.claim()
        assert delivery is not None
        fail(bot, delivery)
    bot.send(bot.written("/status"))
    assert len(bot.deliveries()) == 1
    make_due(bot)
    assert len(bot.deliveries()) == 1
