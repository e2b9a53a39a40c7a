"""What each chat wants, from the scan's alert to the message: clusters, quiet hours, cooldown, budget, refusals."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.delivery.store import outbox as store
from functions.outbox import raise_alert
from tests.integration.delivery.conftest import CHAT, OTHER, Bot
from tests.unit.delivery.making import write_signal

Write = Callable[..., int]
pytestmark = pytest.mark.usefixtures("market")


def burst(engine: Engine, count: int, close: datetime) -> None:
    with engine.begin() as connection:
        for number in range(count):
            write_signal(connection, f"S{number}USDT", close_time=close)


def fail(client: TestClient, delivery: dict[str, Any], description: str) -> str:
    report = {"attempt": delivery["attempt"], "description": description}
    answer = client.post(f"/alerts/{delivery['id']}/failed", json=report).raise_for_status().json()
    return str(answer["state"])


def test_many_signals_of_one_close_are_one_message_and_all_delivered(bot: Bot) -> None:
    burst(bot.engine, 500, datetime.now(UTC))
    (delivery,) = bot.deliveries()
    assert (delivery["kind"], delivery["symbol"]) == ("signal", None)
    assert "500 signals LONG" in delivery["text"]
    assert [button["callback_data"].partition(":")[0] for button in delivery["buttons"]] == ["show"] * 4
    assert bot.rows("SELECT state, count(*), count(DISTINCT message_id) FROM delivery GROUP BY 1") == [("delivered", 500, 1)]


def test_cluster_that_is_tried_again_is_the_same_message(bot: Bot) -> None:
    burst(bot.engine, 5, datetime.now(UTC))
    first = bot.claim()
    assert first is not None
    assert fail(bot.client, first, "Bad Request: can't parse entities: x") == "pending"
    second = bot.claim()
    assert second is not None
    assert second["id"] == first["id"]
    assert second["text"].startswith("🟢 5 signals LONG")
    assert "<" not in second["text"]


def test_cluster_whose_lead_expires_frees_the_others(bot: Bot) -> None:
    burst(bot.engine, 5, datetime.now(UTC))
    assert bot.claim() is not None
    with bot.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET lease_until = now() - interval '1 s' WHERE lead_id IS NULL"))
        connection.execute(text("UPDATE alert SET expires_at = now() WHERE id = (SELECT min(id) FROM alert)"))
    assert "4 signals LONG" in bot.deliveries()[0]["text"]


def test_cluster_that_expires_as_a_whole_is_not_sent(bot: Bot) -> None:
    burst(bot.engine, 5, datetime.now(UTC))
    assert bot.claim() is not None
    with bot.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET lease_until = now() - interval '1 s' WHERE lead_id IS NULL"))
        connection.execute(text("UPDATE alert SET expires_at = now()"))
    assert bot.deliveries() == []
    assert bot.rows("SELECT state, count(*) FROM delivery GROUP BY 1") == [("expired", 5)]


@pytest.mark.parametrize("broken", [0, 3])
def test_cluster_goes_out_without_the_one_that_cannot_be_said(bot: Bot, broken: int) -> None:
    burst(bot.engine, 6, datetime.now(UTC))
    with bot.engine.begin() as connection:
        connection.execute(text(f"UPDATE alert SET payload = payload - 'stop' WHERE symbol = 'S{broken}USDT'"))
    (delivery,) = bot.deliveries()
    assert "5 signals LONG" in delivery["text"]
    assert bot.rows("SELECT state, count(*), max(attempts) FROM delivery GROUP BY 1 ORDER BY 1") == [
        ("dead", 1, 0),
        ("delivered", 5, 1),
    ]


def test_lone_signal_has_its_picture_and_buttons(bot: Bot, signal_in: Write) -> None:
    number = signal_in()
    (delivery,) = bot.deliveries()
    assert (delivery["method"], delivery["kind"], delivery["symbol"]) == ("sendPhoto", "signal", "BTCUSDT")
    assert f"/charts/BTCUSDT.png?timeframe=15m&signal={number}" in delivery["photo_url"]
    assert [button["callback_data"] for button in delivery["buttons"]] == [
        f"{action}:{number}" for action in ("took", "skip", "chart", "mute")
    ]


def test_picture_that_telegram_refuses_goes_out_as_text(bot: Bot, signal_in: Write) -> None:
    signal_in()
    first = bot.claim()
    assert first is not None
    assert fail(bot.client, first, "Bad Request: IMAGE_PROCESS_FAILED") == "pending"
    (second,) = bot.deliveries()
    assert (second["id"], second["method"], second["photo_url"]) == (first["id"], "sendMessage", None)
    assert second["buttons"] == first["buttons"]


def test_second_signal_of_a_symbol_waits_for_its_cooldown(bot: Bot, signal_in: Write) -> None:
    close = datetime.now(UTC)
    for hours, timeframe in ((5, "1h"), (4, "15m"), (0, "1h")):
        signal_in(close_time=close - timedelta(hours=hours), timeframe=timeframe)
        bot.deliveries()
    assert bot.rows("SELECT state, held_because FROM delivery ORDER BY id") == [
        ("delivered", None),
        ("held", "cooldown"),
        ("delivered", None),
    ]


def away_longer_than_the_life_of_what_was_tried(bot: Bot) -> None:
    """Telegram does not answer until what waits has expired."""
    delivery = bot.claim()
    assert delivery is not None
    assert fail(bot.client, delivery, "ECONNREFUSED") == "pending"
    with bot.engine.begin() as connection:
        connection.execute(text("UPDATE alert SET expires_at = now()"))
    assert bot.claim() is None


def test_signal_that_expired_unseen_starts_no_cooldown_and_costs_no_budget(bot: Bot, signal_in: Write) -> None:
    bot.ask("/settings budget 1")
    signal_in()
    away_longer_than_the_life_of_what_was_tried(bot)
    signal_in(timeframe="1h")
    assert [one["kind"] for one in bot.deliveries()] == ["signal"]


def test_cluster_that_expired_unseen_starts_no_cooldown(bot: Bot, signal_in: Write) -> None:
    burst(bot.engine, 5, datetime.now(UTC))
    away_longer_than_the_life_of_what_was_tried(bot)
    signal_in("S3USDT", timeframe="1h")
    assert [one["symbol"] for one in bot.deliveries()] == ["S3USDT"]


def test_budget_of_the_day_holds_what_is_over_it(bot: Bot, signal_in: Write) -> None:
    bot.ask("/settings budget 1")
    close = datetime.now(UTC)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        signal_in(symbol, close_time=close)
    (delivery,) = bot.deliveries()
    assert delivery["text"].endswith("This was the 1 signal message of today: /settings_budget for more.")
    assert delivery["caption"].endswith("/settings_budget for more.")
    assert bot.rows("SELECT held_because FROM delivery WHERE state = 'held'") == [("budget",)]
    assert "1 held back" in bot.ask("/status")


def test_only_the_last_message_of_the_budget_says_so_also_when_it_is_tried_again(bot: Bot, signal_in: Write) -> None:
    bot.ask("/settings budget 2")
    close = datetime.now(UTC)
    signal_in("BTCUSDT", close_time=close)
    (first,) = bot.deliveries()
    assert "/settings budget" not in first["text"]
    burst(bot.engine, 5, close)
    tried = bot.claim()
    assert tried is not None
    fail(bot.client, tried, "ECONNREFUSED")
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE delivery SET next_attempt_at = now()")
    (second,) = bot.deliveries()
    assert tried["text"] == second["text"]
    assert second["text"].endswith("This was the last of today's 2 signal messages: /settings_budget for more.")


def test_quiet_hours_hold_signals_and_let_answers_through(bot: Bot, signal_in: Write) -> None:
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(hours=2)
    bot.ask(f"/settings quiet {start:%H:%M}-{end:%H:%M}")
    signal_in()
    assert bot.deliveries() == []
    assert "Settings" in bot.ask("/settings")
    bot.send(bot.written("/settings quiet off"))
    assert [one["method"] for one in bot.deliveries()] == ["sendMessage", "sendPhoto"]


def quiet_now(bot: Bot, chat: int) -> None:
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(hours=2)
    bot.send(bot.written(f"/settings quiet {start:%H:%M}-{end:%H:%M}", chat=chat))
    bot.deliveries()


def test_close_in_quiet_hours_is_told_at_once_to_the_chat_that_asked_and_to_no_other(bot: Bot) -> None:
    bot.allow(CHAT, OTHER)
    bot.send(bot.written("/trade btc long 100", chat=OTHER))
    bot.deliveries()
    for chat in (CHAT, OTHER):
        quiet_now(bot, chat)
    bot.send(bot.written("/close btc", chat=CHAT))
    assert [(one["chat_id"], one["kind"]) for one in bot.deliveries()] == [(str(CHAT), "trade_closed")]


def test_trade_in_quiet_hours_is_told_at_once(bot: Bot) -> None:
    quiet_now(bot, CHAT)
    bot.send(bot.written("/trade btc long 100"))
    assert [one["kind"] for one in bot.deliveries()] == ["trade_opened"]


def test_alert_without_a_text_is_given_up_and_does_not_block(bot: Bot, client: TestClient) -> None:
    now = datetime.now(UTC)
    with bot.engine.begin() as connection:
        raise_alert(connection, key="odd", kind="odd", payload={}, created_at=now, expires_at=now + timedelta(hours=1))
    assert "Settings" in bot.ask("/settings")
    (letter,) = client.get("/alerts/dead").json()
    assert letter["kind"] == "odd"
    assert "'odd'" in letter["error"]
    assert "not delivered" in bot.ask("/status")
    assert client.get("/status").json()["outbox"]["dead"] == 1


def test_answer_to_a_button_that_telegram_has_forgotten_is_no_dead_letter(bot: Bot) -> None:
    bot.send(bot.pressed("took:1"))
    delivery = bot.claim()
    assert delivery is not None
    assert fail(bot.client, delivery, "Bad Request: query is too old and response timeout expired") == "expired"


def test_answer_of_one_chat_is_not_addressed_to_another(bot: Bot) -> None:
    bot.send(bot.written("/help"))
    with bot.engine.begin() as connection:
        store.begin_claim(connection, (CHAT, 2, 3), datetime.now(UTC))
    assert bot.rows("SELECT chat_id FROM delivery") == [(CHAT,)]


def test_chart_is_drawn_from_stored_candles(bot: Bot, signal_in: Write) -> None:
    number = signal_in()
    assert bot.client.get("/charts/BTCUSDT.png").json()["code"] == "too_few_candles"
    with bot.engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)
                    SELECT 'BTCUSDT', '1h', date_trunc('hour', now()) - n * interval '1 hour', 67000 + n, 67100 + n, 66900 + n,
                           67050 + n, 10, 'rest' FROM generate_series(1, 300) AS n""")
        )
    answer = bot.client.get(f"/charts/BTCUSDT.png?signal={number}&language=ru")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert bot.client.get("/charts/BTCUSDT.png?signal=99").json()["code"] == "unknown_signal"
