"""What Telegram says happened: who asks, where and when, and what is nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.delivery.inbox.updates import Asked, Pressed, Upgraded, WrittenMessage, read_update, whole_text

PERSON, GROUP = 42, -1_001_502_049_385
WRITTEN = datetime(2024, 3, 5, 12, tzinfo=UTC)


def message(**changes: Any) -> dict[str, Any]:
    chat = {"id": PERSON, "type": "private"}
    sender = {"id": PERSON, "language_code": "ru"}
    return {"message_id": 1, "date": int(WRITTEN.timestamp()), "from": sender, "chat": chat, "text": "/help", **changes}


def query(**changes: Any) -> dict[str, Any]:
    return {
        "id": "q1",
        "from": {"id": PERSON},
        "message": message(chat={"id": GROUP, "type": "supergroup"}),
        "data": "took:1",
        **changes,
    }


def test_message_is_read_with_who_where_and_when() -> None:
    found = read_update({"update_id": 7, "message": message()})
    asked = Asked(update_id=7, chat_id=PERSON, person_id=PERSON, group=False, thread_id=None, language="ru")
    assert found == WrittenMessage(asked, "/help", WRITTEN, f"telegram:7:{int(WRITTEN.timestamp())}")


def test_press_in_a_group_is_of_the_group_and_its_person() -> None:
    found = read_update({"update_id": 7, "callback_query": query()})
    assert isinstance(found, Pressed)
    assert (found.asked.chat_id, found.asked.person_id, found.asked.group) == (GROUP, PERSON, True)
    assert found.press == "q1:took:1"
    assert found.asked.update_id == 7


def test_press_whose_message_is_gone_is_of_the_persons_own_chat() -> None:
    found = read_update({"update_id": 7, "callback_query": query(message=None)})
    assert isinstance(found, Pressed)
    assert (found.asked.chat_id, found.asked.group) == (PERSON, False)


@pytest.mark.parametrize(
    "update",
    [
        {"message": message()},
        {"update_id": True, "message": message()},
        {"update_id": 2**63, "message": message()},
        {"update_id": -(2**63) - 1, "message": message()},
        {"update_id": 1, "message": message(text="  ")},
        {"update_id": 1, "message": message(text="\x00")},
        {"update_id": 1, "message": message(chat={})},
        {"update_id": 1, "message": message(chat={"id": 2**63})},
        {"update_id": 1, "callback_query": query(id="")},
        {"update_id": 1, "callback_query": query(message=None, **{"from": None})},
    ],
)
def test_update_that_asks_for_nothing_is_none(update: dict[str, Any]) -> None:
    assert read_update(update) is None


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_largest_number_that_a_database_takes_is_read(number: int) -> None:
    assert read_update({"update_id": number, "message": message()}) is not None


@pytest.mark.parametrize(
    ("place", "thread"),
    [
        ({"message_thread_id": 5, "is_topic_message": True}, 5),
        ({"message_thread_id": 5}, None),
        ({"message_thread_id": 5, "is_topic_message": False}, None),
        ({"message_thread_id": "5", "is_topic_message": True}, None),
    ],
)
def test_topic_is_that_of_a_topics_message(place: dict[str, Any], thread: int | None) -> None:
    found = read_update({"update_id": 1, "message": message(**place)})
    assert isinstance(found, WrittenMessage)
    assert found.asked.thread_id == thread


@pytest.mark.parametrize(
    ("chat", "group"),
    [({"id": -5}, True), ({"id": 5, "type": "group"}, True), ({"id": 5, "type": "supergroup"}, True), ({"id": 5}, False)],
)
def test_group_is_known_by_its_kind_or_its_id(chat: dict[str, Any], group: bool) -> None:
    found = read_update({"update_id": 1, "message": message(chat=chat)})
    assert isinstance(found, WrittenMessage)
    assert found.asked.group is group


def test_who_writes_as_the_group_is_nobody() -> None:
    found = read_update({"update_id": 1, "message": message(sender_chat={"id": GROUP})})
    assert isinstance(found, WrittenMessage)
    assert found.asked.person_id is None


@pytest.mark.parametrize("date", [None, 0, -1, 2**32, 2**40, "1"])
def test_date_that_is_none_is_unknown(date: object) -> None:
    found = read_update({"update_id": 1, "message": message(date=date)})
    assert isinstance(found, WrittenMessage)
    assert found.at is None


@pytest.mark.parametrize("date", [1, 2**32 - 1])
def test_first_and_last_date_are_known(date: int) -> None:
    found = read_update({"update_id": 1, "message": message(date=date)})
    assert isinstance(found, WrittenMessage)
    assert found.at == datetime.fromtimestamp(date, UTC)


def test_texts_are_cut_at_what_telegram_allows() -> None:
    endless = "x" * 5000
    written = read_update({"update_id": 1, "message": message(text=endless, **{"from": {"language_code": endless}})})
    pressed = read_update({"update_id": 1, "callback_query": query(id=endless, data=endless)})
    assert isinstance(written, WrittenMessage)
    assert isinstance(pressed, Pressed)
    assert [len(text) for text in (written.text, written.asked.language, pressed.query_id, pressed.data)] == [4096, 10, 64, 64]


def test_upgrade_is_read_from_either_side() -> None:
    old = message(chat={"id": -5}, text=None, migrate_to_chat_id=GROUP)
    new = message(chat={"id": GROUP}, text=None, migrate_from_chat_id=-5)
    assert [read_update({"update_id": 1, "message": one}) for one in (old, new)] == [Upgraded(-5, GROUP)] * 2


@pytest.mark.parametrize(
    ("text", "whole"), [("a\x00b", "ab"), ("\ud83d rocket", " rocke"), ("123456789", "123456"), (None, ""), (5, "")]
)
def test_whole_text_is_what_a_database_takes(text: object, whole: str) -> None:
    assert whole_text(text, 6) == whole
