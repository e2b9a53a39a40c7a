"""Groups: their topics, their talk, other bots in them, who trades from them, and what becomes of one that is upgraded."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.delivery.sources import bot as outside
from tests.integration.delivery.conftest import CHAT, Bot
from tests.sim import InThread, TelegramSim

pytestmark = pytest.mark.usefixtures("market")
GROUP, SUPERGROUP, MEMBER = -4_001_234_567, -1_001_502_049_385, 42
TOPIC = 77


def texts(bot: Bot) -> list[str]:
    return [str(delivery["text"]) for delivery in bot.deliveries()]


def upgraded(bot: Bot, form: str) -> dict[str, Any]:
    """One of the two messages in which Telegram tells that a group became a supergroup."""
    if form == "migrate_to_chat_id":
        return bot.update(message={"message_id": 1, "date": 1, "chat": {"id": GROUP, "type": "group"}, form: SUPERGROUP})
    return bot.update(message={"message_id": 1, "date": 1, "chat": {"id": SUPERGROUP, "type": "supergroup"}, form: GROUP})


def refused(bot: Bot, delivery: dict[str, Any], **more: Any) -> str:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    report = {"attempt": delivery["attempt"], "error_code": 400, "description": words, **more}
    return str(bot.client.post(f"/alerts/{delivery['id']}/failed", json=report).raise_for_status().json()["state"])


def test_answer_goes_into_the_topic_it_was_asked_in(bot: Bot) -> None:
    bot.allow(SUPERGROUP)
    for topic in (TOPIC, None):
        bot.send(bot.written("/portfolio", chat=SUPERGROUP, topic=topic))
        assert [delivery["message_thread_id"] for delivery in bot.deliveries()] == [topic]


def test_reply_in_a_group_without_topics_is_no_topic(bot: Bot) -> None:
    bot.allow(SUPERGROUP)
    update = bot.written("/portfolio", chat=SUPERGROUP)
    update["message"]["message_thread_id"] = 5  # of the message that it replies to
    bot.send(update)
    assert [delivery["message_thread_id"] for delivery in bot.deliveries()] == [None]


def test_what_a_trade_says_goes_into_the_topic_it_was_asked_in(bot: Bot) -> None:
    bot.allow(SUPERGROUP, MEMBER)
    bot.send(bot.written("/trade BTC long 100", chat=SUPERGROUP, person=MEMBER, topic=TOPIC))
    told = {delivery["chat_id"]: delivery["message_thread_id"] for delivery in bot.deliveries()}
    assert told == {str(SUPERGROUP): TOPIC, str(MEMBER): None}


def test_picture_of_a_button_goes_into_the_topic_of_its_message(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(SUPERGROUP)
    number = signal_in()
    bot.deliveries()
    bot.send(bot.pressed(f"show:{number}", chat=SUPERGROUP, topic=TOPIC))
    answers = {delivery["method"]: delivery["message_thread_id"] for delivery in bot.deliveries()}
    assert answers == {"answerCallbackQuery": TOPIC, "sendPhoto": TOPIC}


def test_topic_that_is_closed_is_passed_over(bot: Bot) -> None:
    bot.allow(SUPERGROUP)
    bot.send(bot.written("/portfolio", chat=SUPERGROUP, topic=TOPIC))
    delivery = bot.claim()
    assert delivery is not None
    report = {"attempt": 1, "description": "Bad Request: TOPIC_CLOSED"}
    assert bot.client.post(f"/alerts/{delivery['id']}/failed", json=report).json()["state"] == "pending"
    assert [(again["id"], again["message_thread_id"]) for again in bot.deliveries()] == [(delivery["id"], None)]


@pytest.mark.parametrize("talk", ["good morning everyone", "btc", "lol", "see /help", "/ban someone", "/"])
def test_talk_in_a_group_is_not_answered(bot: Bot, talk: str) -> None:
    bot.allow(GROUP)
    bot.send(bot.written(talk, chat=GROUP))
    assert texts(bot) == []


def test_commands_in_a_group_are_answered(bot: Bot) -> None:
    bot.allow(GROUP)
    bot.send(bot.written("/help", chat=GROUP))
    bot.send(bot.written("/btc", chat=GROUP))
    assert len(texts(bot)) == 2


@pytest.mark.parametrize("chat", [GROUP, CHAT])
def test_command_for_another_bot_is_nobodys_business(bot: Bot, chat: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.allow(chat)
    with InThread(telegram := TelegramSim(token="123456:" + "x" * 35)):
        aim(bot, telegram, monkeypatch)
        for text in ("/trade@other_bot BTC long 100", "/start@other_bot", "/ban@other_bot", "/mute@other_bot BTC 4h"):
            assert bot.send(bot.written(text, chat=chat)) == {"handled": False, "reason": "nothing_asked"}
        assert texts(bot) == []
        assert bot.rows("SELECT count(*) FROM paper_trade") == [(0,)]
        bot.send(bot.written("/help@Quorum_Sim_Bot", chat=chat))
        assert len(texts(bot)) == 1


def test_command_with_a_name_in_a_group_waits_for_nobody_while_telegram_is_away(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow(GROUP)
    monkeypatch.setattr(outside, "_names", {})
    settings = bot.client.app.state.settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:1"})  # type: ignore[attr-defined]
    monkeypatch.setattr(bot.client.app.state, "settings", settings)  # type: ignore[attr-defined]
    assert bot.send(bot.written("/trade@any_bot BTC long 100", chat=GROUP))["reason"] == "nothing_asked"


def aim(bot: Bot, telegram: TelegramSim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the functions ask this Telegram who they are."""
    monkeypatch.setattr(outside, "_names", {})
    settings = bot.client.app.state.settings.model_copy(update={"telegram_api_url": telegram.url})  # type: ignore[attr-defined]
    monkeypatch.setattr(bot.client.app.state, "settings", settings)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["/trade BTC long 100", "/close BTC", "/close BTC 67000"])
def test_member_of_a_group_may_not_trade_and_is_told_why(bot: Bot, text: str) -> None:
    bot.allow(GROUP)
    bot.send(bot.written(text, chat=GROUP, person=MEMBER))
    assert texts(bot) == [f"Only those in TELEGRAM_TRADERS may trade from a group. Your id is {MEMBER}."]
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(0,)]


def test_who_writes_as_the_group_may_not_trade(bot: Bot) -> None:
    bot.allow(GROUP, 1_087_968_824)
    update = bot.written("/trade BTC long 100", chat=GROUP, person=1_087_968_824)
    update["message"]["sender_chat"] = {"id": GROUP}
    bot.send(update)
    assert texts(bot) == ["Who writes as the group cannot trade: write as yourself."]


@pytest.mark.parametrize("action", ["took", "exit"])
def test_member_of_a_group_may_not_trade_by_a_button(bot: Bot, action: str, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP)
    number = signal_in()
    bot.deliveries()
    bot.send(bot.pressed(f"{action}:{number}", chat=GROUP, person=MEMBER))
    (toast,) = texts(bot)
    assert "TELEGRAM_TRADERS" in toast
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(0,)]


@pytest.mark.parametrize("trader", ["private chat", "setting"])
def test_trader_may_trade_from_a_group(bot: Bot, trader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.allow(GROUP, *([MEMBER] if trader == "private chat" else []))
    if trader == "setting":
        settings = bot.client.app.state.settings.model_copy(update={"telegram_traders": (MEMBER,)})  # type: ignore[attr-defined]
        monkeypatch.setattr(bot.client.app.state, "settings", settings)  # type: ignore[attr-defined]
    bot.send(bot.written("/trade BTC long 100", chat=GROUP, person=MEMBER))
    assert bot.rows("SELECT state FROM paper_trade") == [("open",)]


def test_press_in_a_group_is_answered_in_the_group(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP)
    number = signal_in()
    bot.deliveries()
    bot.send(bot.pressed(f"skip:{number}", chat=GROUP, person=MEMBER))
    assert bot.rows("SELECT chat_id FROM signal_choice") == [(GROUP,)]


@pytest.mark.parametrize("form", ["migrate_to_chat_id", "migrate_from_chat_id"])
def test_upgraded_group_is_followed(bot: Bot, form: str, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP)
    bot.send(bot.written("/settings language ru", chat=GROUP))
    bot.deliveries()
    signal_in("ETHUSDT")
    for _ in range(2):
        assert bot.send(upgraded(bot, form))["handled"]
    moved = bot.deliveries()
    assert [(delivery["chat_id"], delivery["kind"]) for delivery in moved] == [
        (str(SUPERGROUP), "signal"),
        (str(SUPERGROUP), "chat_moved"),
    ]
    assert str(SUPERGROUP) in moved[1]["text"]
    assert "TELEGRAM_CHAT_IDS" in moved[1]["text"]
    bot.send(bot.written("/status", chat=SUPERGROUP))
    assert any(f"put {SUPERGROUP} in its place" in one for one in bot.client.get("/status").json()["missing"])
    (status,) = texts(bot)
    assert "Сообщения" in status, "its settings went along"


def test_upgrade_of_a_group_that_is_not_ours_changes_nothing(bot: Bot) -> None:
    for form in ("migrate_to_chat_id", "migrate_from_chat_id"):
        assert bot.send(upgraded(bot, form)) == {"handled": False, "reason": "not_allowed"}
    assert bot.rows("SELECT chat_id, moved_to FROM recipient") == [(CHAT, None)]


@pytest.mark.parametrize("names_it", ["migrate_to_chat_id", "parameters"])
def test_refusal_that_names_the_new_chat_is_followed(bot: Bot, names_it: str, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP)
    signal_in()
    delivery = bot.claim()
    assert delivery is not None
    value = SUPERGROUP if names_it == "migrate_to_chat_id" else {"migrate_to_chat_id": SUPERGROUP}
    for _ in range(2):
        assert refused(bot, delivery, **{names_it: value}) == "pending"
    assert [(again["chat_id"], again["kind"]) for again in bot.deliveries()] == [
        (str(SUPERGROUP), "signal"),
        (str(SUPERGROUP), "chat_moved"),
    ]
    assert bot.send(bot.written("/help", chat=SUPERGROUP))["handled"]


def test_refusal_that_names_no_new_chat_waits_for_it(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP)
    signal_in()
    delivery = bot.claim()
    assert delivery is not None
    assert refused(bot, delivery) == "pending"
    assert bot.claim() is None
    bot.send(upgraded(bot, "migrate_to_chat_id"))
    assert [again["chat_id"] for again in bot.deliveries()] == [str(SUPERGROUP)] * 2
    assert bot.client.get("/alerts/dead").json() == []


def test_upgraded_group_that_both_settings_name_is_told_once(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP, SUPERGROUP)
    bot.send(upgraded(bot, "migrate_to_chat_id"))
    bot.deliveries()
    signal_in()
    assert [delivery["chat_id"] for delivery in bot.deliveries()] == [str(SUPERGROUP)]


def test_new_id_in_the_settings_ends_the_move(bot: Bot, signal_in: Callable[..., int]) -> None:
    bot.allow(GROUP)
    bot.send(upgraded(bot, "migrate_to_chat_id"))
    bot.deliveries()
    bot.allow(SUPERGROUP)
    signal_in()
    assert [delivery["chat_id"] for delivery in bot.deliveries()] == [str(SUPERGROUP)]
    assert bot.rows("SELECT chat_id, moved_to FROM recipient") == [(SUPERGROUP, None)]
