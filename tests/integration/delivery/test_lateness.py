"""What was said while the desk was off: questions are answered, trades at the latest price are not made."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from functions.delivery.run.acting import FRESH_FOR
from tests.integration.delivery.conftest import Bot

pytestmark = pytest.mark.usefixtures("market")
LATE = [FRESH_FOR + timedelta(minutes=1), timedelta(hours=2), timedelta(hours=20)]


def trades(bot: Bot) -> list[tuple[object, ...]]:
    return bot.rows("SELECT state FROM paper_trade")


@pytest.mark.parametrize("age", LATE)
def test_trade_written_long_ago_is_not_made_and_that_is_told(bot: Bot, age: timedelta) -> None:
    bot.send(bot.written("/trade BTC long 100", age=age))
    (told,) = bot.deliveries()
    assert f"you wrote this {int(age.total_seconds() // 60)} min ago" in told["text"]
    assert trades(bot) == []


def test_trade_written_just_now_is_made(bot: Bot) -> None:
    bot.send(bot.written("/trade BTC long 100", age=FRESH_FOR - timedelta(seconds=30)))
    assert trades(bot) == [("open",)]


def test_close_written_long_ago_ends_nothing_unless_it_names_its_price(bot: Bot) -> None:
    bot.send(bot.written("/trade BTC long 100"))
    bot.deliveries()
    bot.send(bot.written("/close BTC", age=LATE[0]))
    assert "Nothing was traded" in bot.deliveries()[0]["text"]
    assert trades(bot) == [("open",)]
    bot.send(bot.written("/close BTC 67000", age=LATE[0]))
    assert "Nothing was traded" not in bot.deliveries()[0]["text"]


@pytest.mark.parametrize("question", ["/help", "/status", "/portfolio", "/settings"])
def test_question_written_long_ago_is_answered(bot: Bot, question: str) -> None:
    bot.send(bot.written(question, age=LATE[-1]))
    (told,) = bot.deliveries()
    assert "Nothing was traded" not in told["text"]


def test_trade_that_was_made_and_comes_again_late_stays_made(bot: Bot) -> None:
    update = bot.written("/trade BTC long 100")
    bot.send(update)
    bot.deliveries()
    with bot.engine.begin() as connection:  # the functions fell before they could remember the update
        connection.exec_driver_sql("DELETE FROM telegram_update")
        connection.exec_driver_sql("UPDATE paper_request SET at = at - interval '20 h'")
    with pytest.MonkeyPatch.context() as patch:
        from functions.delivery.api import updates as updates_api

        patch.setattr(updates_api, "wall_now", lambda: datetime.now(UTC) + LATE[0])
        bot.send(update)
    assert bot.deliveries() == []
    assert trades(bot) == [("open",)]


@pytest.mark.parametrize("action", ["took", "exit"])
def test_press_that_may_be_old_trades_nothing_and_asks_for_another(bot: Bot, action: str, signal_in: Callable[..., int]) -> None:
    number = signal_in()
    bot.deliveries()
    opened = []
    if action == "exit":
        bot.send(bot.written("/trade BTC long 100"))
        bot.deliveries()
        opened = [("open",)]
    bot.send(bot.pressed(f"{action}:{number}"), seen_after=datetime.now(UTC) - LATE[0])
    (toast,) = bot.deliveries()
    assert toast["text"] == "This press may be 3 min old: press again if you still want it."
    assert trades(bot) == opened


def test_press_that_came_at_once_trades(bot: Bot, signal_in: Callable[..., int]) -> None:
    number = signal_in()
    bot.deliveries()
    bot.send(bot.pressed(f"took:{number}"), seen_after=datetime.now(UTC) - timedelta(seconds=25))
    assert trades(bot) == [("open",)]


def test_language_is_that_of_the_message_until_one_is_chosen(bot: Bot) -> None:
    assert "бумажный счёт" in bot.ask("/help", language="ru")
    assert "paper account" in bot.ask("/help", language="en")
    bot.ask("/settings language ru", language="en")
    assert "бумажный счёт" in bot.ask("/help", language="en")


def test_start_keeps_the_language_it_was_written_in(bot: Bot) -> None:
    bot.ask("/start", language="ru")
    assert "бумажный счёт" in bot.ask("/help", language="en")
