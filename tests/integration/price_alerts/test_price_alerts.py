"""Price alerts from the chat and over HTTP: set, listed, removed, fired once, found after a downtime with the right time."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.levels import store
from functions.levels.level import Direction, DoubtedPrice, Touch
from functions.settings import CHECKOUT, Settings
from tests.conftest import make_settings
from tests.integration.delivery.conftest import CHAT, OTHER, Bot
from tests.integration.paper.market import add_candles, add_pairs, quote

PAGE = (CHECKOUT / "docs" / "alerts.md").read_text()
STEP = timedelta(minutes=5)
USAGE = "Write /alert BTC 67000 or /alert BTC -5%"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return make_settings(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        telegram_bot_token="123456:" + "x" * 35,
        telegram_chat_ids=(CHAT, OTHER),
        price_alerts=3,
    )


@pytest.fixture(autouse=True)
def _market(engine: Engine) -> None:
    add_pairs(engine)
    quote(engine, 67000, datetime.now(UTC), low=60000, high=70000)


@pytest.fixture
def bot(client: TestClient, engine: Engine) -> Bot:
    return Bot(client, engine)


def checked(bot: Bot, at: datetime | None = None, **body: Any) -> dict[str, Any]:
    as_of = {"as_of": at.isoformat()} if at else {}
    answer: dict[str, Any] = bot.client.post("/price-alerts/check", json={**as_of, **body}).raise_for_status().json()
    return answer


def touch(bot: Bot, level: str, seen: str, at: datetime, direction: Direction = Direction.RISING) -> None:
    with bot.engine.begin() as connection:
        store.write_touches(connection, [Touch("BTCUSDT", Decimal(level), direction, at, Decimal(seen))], [])


def test_set_listed_removed(bot: Bot) -> None:
    assert bot.ask("/alert BTC 68340").startswith("🔔 Alert 1: BTCUSDT at <code>68340</code>, +2.00% from <code>67000</code>")
    assert "63650" in bot.ask("/alert btc -5%")
    assert bot.ask("/alert BTC 68340").startswith("🔔 Alert 1:")  # the same is the same one
    listed = bot.ask("/alerts")
    assert re.findall(r"^(\d)\. BTCUSDT <code>(\d+)", listed, re.MULTILINE) == [("1", "68340"), ("2", "63650")]
    assert bot.ask("/alert remove 1") == "Alert 1 is removed: BTCUSDT at 68340"
    assert bot.ask("/alert remove 1") == "No alert 1 waits: /alerts lists those that do."
    bot.send(bot.written("/alert remove 2", chat=OTHER))
    assert "No alert 2 waits" in bot.deliveries()[0]["text"]  # it is another chat's


BAD = [
    ("/alert BTC", USAGE, "Напишите /alert BTC 67000"),
    ("/alert", USAGE, "Напишите /alert"),
    ("/alert BTC 0", USAGE, "Напишите /alert"),
    ("/alert BTC -100%", USAGE, "Напишите /alert"),
    ("/alert BTC 5%", USAGE, "Напишите /alert"),
    ("/alert BTC 6e4", USAGE, "Напишите /alert"),
    ("/alert remove x", USAGE, "Напишите /alert"),
    ("/alert BTC 67,000", "“67,000” may mean 67000 or 67.0000", "«67,000» – это 67000"),
    ("/alert BTC 67000", "BTCUSDT is at 67000, 67000 is passed already", "BTCUSDT уже на 67000"),
    ("/alert BTC above 60000", "BTCUSDT is at 67000, 60000 is passed already", "BTCUSDT уже на 67000"),
    ("/alert BTC ниже 68000", "BTCUSDT is at 67000, 68000 is passed already", "BTCUSDT уже на 67000"),
    ("/alert NOCOIN 5", "NOCOINUSDT is not a pair of the exchange", "Пары NOCOINUSDT"),
    ("/alert remove 77", "No alert 77 waits", "Оповещение 77 не ждёт"),
]


def test_what_cannot_be_is_one_line_that_says_what_to_write(bot: Bot) -> None:
    for language, expected in (("en", 1), ("ru", 2)):
        bot.ask(f"/settings language {language}")
        for row in BAD:
            answer = bot.ask(row[0])
            assert row[expected] in answer, row[0]
            assert "\n" not in answer
    assert bot.client.get("/price-alerts", params={"chat": CHAT}).json()["alerts"] == []


def test_one_more_than_may_wait_is_refused_and_so_is_an_old_message(bot: Bot) -> None:
    for price in (68000, 69000, 70000):
        assert "🔔" in bot.ask(f"/alert BTC {price}")
    assert bot.ask("/alert BTC 71000").startswith("3 alerts wait already: /alerts lists them")
    assert "🔔" in bot.ask("/alert BTC 69000")  # it waits already
    bot.ask("/alert remove 2")
    bot.send(bot.written("/alert BTC 66000", age=timedelta(minutes=5)))
    assert "you wrote this 5 min ago" in bot.deliveries()[0]["text"]
    assert len(bot.client.get("/price-alerts", params={"chat": CHAT}).json()["alerts"]) == 2


def test_without_a_price_of_now_nothing_is_set(bot: Bot) -> None:
    quote(bot.engine, 67000, datetime.now(UTC) - timedelta(minutes=3))
    assert bot.ask("/alert BTC 68000").startswith("No alert is set: there is no price of BTCUSDT")


def test_a_touch_fires_once_and_is_told_to_the_chat_that_asked(bot: Bot) -> None:
    bot.ask("/alert BTC 68000")
    bot.ask("/alert BTC 69000")
    now = datetime.now(UTC) + timedelta(seconds=5)
    touch(bot, "68000", "68010", now)
    assert checked(bot, symbols=["ETHUSDT"])["pairs"] == 0
    assert [(fired["alert_id"], fired["price"]) for fired in checked(bot, symbols=["BTCUSDT"])["fired"]] == [(1, "68000")]
    assert checked(bot)["fired"] == []
    [told] = bot.deliveries()
    assert (told["chat_id"], told["kind"]) == (str(CHAT), "price_alert")
    assert told["text"].startswith("🔔 <b>BTCUSDT</b> rose to <code>68000</code>")
    assert "Found" not in told["text"]
    assert [alert["alert_id"] for alert in bot.client.get("/price-alerts", params={"chat": CHAT}).json()["alerts"]] == [2]


def test_quiet_hours_do_not_hold_it(bot: Bot) -> None:
    bot.ask("/settings quiet 0-23:59")
    bot.ask("/alert BTC 68000")
    touch(bot, "68000", "68010", datetime.now(UTC) + timedelta(seconds=1))
    checked(bot)
    assert [one["kind"] for one in bot.deliveries()] == ["price_alert"]


def test_what_was_reached_while_the_collector_was_down_is_found_with_its_time(bot: Bot) -> None:
    bot.ask("/alert BTC 66000", language="ru")
    [(set_at,)] = bot.rows("SELECT set_at FROM price_alert")
    first = set_at - timedelta(minutes=set_at.minute % 5, seconds=set_at.second, microseconds=set_at.microsecond)
    later = first + 6 * STEP
    assert checked(bot, later)["fired"] == []
    add_candles(bot.engine, "BTCUSDT", "67000 67000 60000 67000|67000 67100 66900 67000|67000 67100 65900 67000", first)
    [fired] = checked(bot, later)["fired"]
    assert datetime.fromisoformat(fired["at"]) == first + 3 * STEP
    text_ = bot.deliveries()[0]["text"]
    assert "опустилась до <code>66000</code>" in text_
    assert "Найдено через 15 минут" in text_


def test_a_price_that_no_market_makes_fires_nothing_and_is_told_once(bot: Bot) -> None:
    bot.ask("/alert BTC -50%")
    now = datetime.now(UTC)
    touch(bot, "33500", "67", now + timedelta(seconds=1), Direction.FALLING)
    for number in range(2):
        with bot.engine.begin() as connection:
            seen_at = now.replace(minute=30, second=number)
            doubted = DoubtedPrice("BTCUSDT", seen_at, Decimal(67000), Decimal(67))
            store.write_touches(connection, [], [doubted])
    at = now.replace(minute=31)
    assert checked(bot, at) == {**checked(bot, at), "fired": [], "doubted": 1, "pairs": 1}
    texts = [one["text"] for one in bot.deliveries() if one["kind"] == "price_doubted" and one["chat_id"] == str(CHAT)]
    assert len(texts) == 1
    assert "<code>67000</code> to <code>67</code> in one step" in texts[0]


def test_pairs_with_an_alert_are_watched_and_one_that_cannot_be_checked_holds_up_no_other(bot: Bot) -> None:
    bot.client.post("/price-alerts", json={"symbol": "ADAUSDT", "price": 68000}).raise_for_status()
    bot.client.post("/price-alerts", json={"symbol": "BTCUSDT", "percent": 1, "chat": CHAT}).raise_for_status()
    touch(bot, "67670", "67700", datetime.now(UTC) + timedelta(seconds=1))
    with bot.engine.begin() as connection:
        connection.execute(text("UPDATE price_alert SET last_price = 'NaN' WHERE symbol = 'ADAUSDT'"))
        connection.execute(text("INSERT INTO forming_candle VALUES ('ADAUSDT', now(), 1, 1, 1, 1, now())"))
    answer = checked(bot)
    assert [fired["symbol"] for fired in answer["fired"]] == ["BTCUSDT"]


def test_an_alert_for_every_chat_reaches_every_chat(bot: Bot) -> None:
    bot.client.post("/price-alerts", json={"symbol": "BTCUSDT", "price": "68000"}).raise_for_status()
    touch(bot, "68000", "68000", datetime.now(UTC) + timedelta(seconds=1))
    checked(bot)
    assert sorted(one["chat_id"] for one in bot.deliveries()) == sorted(map(str, (CHAT, OTHER)))


def test_http_refuses_what_is_no_alert(client: TestClient) -> None:
    bodies: list[dict[str, Any]] = [
        {},
        {"price": 1, "percent": 1},
        {"percent": 0},
        {"percent": -100},
        {"price": -1},
        {"price": "NaN"},
    ]
    for body in bodies:
        assert client.post("/price-alerts", json={"symbol": "BTCUSDT", **body}).status_code == 422, body


def test_the_page_says_what_the_bot_answers(bot: Bot) -> None:
    for written, promised in re.findall(r"^\| `(/alert[^`]*)`[^|]*\| ([^|]+) \|$", PAGE, re.MULTILINE):
        answer = bot.ask(written)
        if promised.startswith(("Write", "BTCUSDT", "NOCOIN")):
            assert promised in answer, written
        else:
            assert "Write /alert" not in answer, written
