"""Commands over HTTP on a real Postgres: written right and wrong, repeated, from strangers."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import sqlalchemy
from structlog.testing import CapturingLogger

from db.tables import score
from functions.delivery.api import updates as updates_api
from functions.delivery.messages.words import Words
from functions.factors.reading import Factor, FactorReading
from functions.factors.store import write_readings
from functions.market.candles.timeframe import Timeframe
from functions.reasons import Why
from functions.screener import store as screener
from functions.screener.pick import Pick
from functions.technical.setups.reasons import Code
from tests.integration.delivery.conftest import CHAT, STRANGER, Bot, candles
from tests.unit.delivery.making import write_rejection

pytestmark = pytest.mark.usefixtures("market")


def test_start_greets_and_keeps_the_language_of_the_person(bot: Bot) -> None:
    assert "Добро пожаловать" in bot.ask("/start", language="ru-RU")
    assert "Настройки" in bot.ask("/settings")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/help", "/chart BTCUSDT 1h"),
        ("/status", "Messages: "),
        ("/top 2", "1. <b>"),
        ("/signal btc", "It has no score"),
        ("/signal NOPE", "NOPEUSDT is not a pair"),
        ("/btc", "BTCUSDT"),
        ("/portfolio", "Equity <b>1,000.00 USDT</b>"),
        ("/settings", "/settings_mode all"),
        ("/mute btc 4h", "BTCUSDT is muted until"),
        ("/mute btc off", "BTCUSDT is not muted any more"),
        ("/why 99", "There is no signal 99."),
        ("/why R99", "There is no rejection R99."),
        ("/why", "Nothing is scored yet"),
        ("/today", "No coin had an entry"),
        ("/readiness", "Not ready for real money."),
        ("/profit", "No account has traded yet"),
        ("/backtest", "No backtest is stored yet"),
        ("/daily", "No account has traded yet"),
        ("/trades", "No trade is closed yet"),
        ("/watch", "No rejected setup is open."),
        ("/news", "<b>The market</b>: nothing is written of it in three days"),
        ("/news NOPE", "NOPEUSDT is not a pair"),
        ("/mood", "No news of the last three days"),
        ("/close BTC", "You have no open trade in BTCUSDT"),
        ("/trade NOPE long 100", "The exchange has no such pair."),
        ("/trade BTC short 100", "PAPER_ALLOW_SHORT"),
        ("hello", "I do not know that."),
    ],
)
def test_command_is_answered(bot: Bot, text: str, words: str) -> None:
    assert words in bot.ask(text)


@pytest.mark.parametrize(
    "text",
    [
        "/top 0",
        "/signal",
        "/chart BTC 7h",
        "/trade BTC up 1",
        "/close",
        "/mute BTC soon",
        "/today 5",
        "/readiness 5",
        "/why x",
        "/settings mode loud",
    ],
)
def test_wrong_input_gets_one_line_that_says_how_to_write_it(bot: Bot, text: str) -> None:
    answer = bot.ask(text)
    assert f"Write {text.split()[0]}" in answer
    assert answer.startswith("“") or len(text.split()) == 1
    assert "\n" not in answer


def test_chart_without_candles_is_a_text_at_once(bot: Bot) -> None:
    bot.send(bot.written("/chart btc 4h"))
    (delivery,) = bot.deliveries()
    assert delivery["method"] == "sendMessage"
    assert delivery["text"].startswith("BTCUSDT 4h: too few candles for a picture.")


def test_half_of_a_character_in_a_message_is_no_fault(bot: Bot) -> None:
    update = json.dumps({"update": bot.written("/help \ud83d")})
    answer = bot.client.post("/telegram/updates", content=update, headers={"Content-Type": "application/json"})
    assert answer.json()["handled"]
    assert len(bot.deliveries()) == 1


def test_chart_is_a_picture_of_ours_with_a_text_to_fall_back_on(bot: Bot) -> None:
    candles(bot, "BTCUSDT", "4h", 20)
    bot.send(bot.written("/chart btc 4h"))
    (delivery,) = bot.deliveries()
    assert delivery["method"] == "sendPhoto"
    assert delivery["photo_url"].endswith("/charts/BTCUSDT.png?timeframe=4h&language=en")
    assert "not available" in delivery["text"]


def test_chart_says_which_close_it_ends_at_and_how_late_that_is(bot: Bot) -> None:
    candles(bot, "BTCUSDT", "4h", 32)
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM candle WHERE open_time > (SELECT max(open_time) FROM candle) - interval '2 days'")
        (close,) = connection.exec_driver_sql("SELECT max(open_time) + interval '4 hours' FROM candle").one()
    bot.send(bot.written("/chart btc 4h"))
    (delivery,) = bot.deliveries()
    assert Words().moment(close) in delivery["text"]
    assert re.search(r": 1[123] candles late", delivery["text"])


def test_signal_says_that_its_data_are_late_instead_of_what_they_said(bot: Bot) -> None:
    close = Timeframe.M15.floor(datetime.now(UTC)) - timedelta(hours=2)
    why = Why.of(Code.NO_ENTRY, direction="LONG")
    with bot.engine.begin() as connection:
        connection.execute(
            sqlalchemy.text("""INSERT INTO technical_state (symbol, timeframe, close_time, version, direction, reason, code)
                               VALUES ('BTCUSDT', '15m', :close, 1, 'NEUTRAL', :text, :code)"""),
            {"close": close, "text": why.text, "code": why.code},
        )
    answer = bot.ask("/signal btc")
    assert re.search(r"no signal because BTCUSDT 15m is [89] candles late", answer)
    assert "no entry" not in answer


def test_status_marks_candles_that_are_late(bot: Bot) -> None:
    candles(bot, "BTCUSDT", "4h", 2)
    assert "\n4h: 1 coins to " in bot.ask("/status")
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE candle SET open_time = open_time - interval '1 day'")
    assert "\n❌ 4h: 1 coins to " in bot.ask("/status")


def test_setting_that_names_an_unknown_coin_is_refused(bot: Bot) -> None:
    assert "BCTUSDT is not a pair of the exchange" in bot.ask("/settings coins BTC BCT")
    assert "/settings_coins all" in bot.ask("/settings")
    assert bot.ask("/settings coins BTC ETH") == "✅ /settings_coins BTCUSDT ETHUSDT. /settings shows all of them."


def test_trade_is_opened_once_and_told_by_its_alert(bot: Bot) -> None:
    update = bot.written("/trade btc long 100")
    assert [bot.send(update)["handled"] for _ in range(3)] == [True, False, False]
    (delivery,) = bot.deliveries()
    assert "Paper long BTCUSDT" in delivery["text"]
    assert bot.rows("SELECT count(*) FROM paper_trade") == [(1,)]
    assert "closed at" in bot.ask("/close BTC")


def test_stranger_is_one_log_line_however_much_he_writes(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    said = CapturingLogger()
    monkeypatch.setattr(updates_api, "log", said)
    monkeypatch.setattr(updates_api, "_strangers", {})
    for text in ("/help", "/status", "hello"):
        bot.send(bot.written(text, chat=STRANGER))
    assert [(call.method_name, call.kwargs) for call in said.calls] == [("warning", {"chat": STRANGER})]


def test_stranger_gets_nothing_and_changes_nothing(bot: Bot) -> None:
    assert bot.send(bot.written("/mute btc 4h", chat=STRANGER)) == {"handled": False, "reason": "not_allowed"}
    assert bot.deliveries() == []
    assert bot.rows("SELECT count(*) FROM mute") == [(0,)]


def test_answer_goes_to_the_chat_that_asked(bot: Bot) -> None:
    bot.send(bot.written("/help"))
    assert bot.rows("SELECT chat_id FROM alert WHERE kind = 'reply'") == [(CHAT,)]


def test_settings_change_what_is_sent(bot: Bot, signal_in: Callable[..., int]) -> None:
    assert "/settings_confidence 80" in bot.ask("/settings confidence 80")
    signal_in(confidence=0.75)
    assert bot.deliveries() == []
    assert bot.rows("SELECT held_because FROM delivery WHERE state = 'held'") == [("confidence",)]


def test_language_changes_every_answer(bot: Bot) -> None:
    assert "Все настройки" in bot.ask("/settings language ru")
    assert bot.ask("/signal") == "Напишите /signal BTCUSDT: одна монета"


def test_why_lists_the_reasons_of_a_signal(bot: Bot, signal_in: Callable[..., int]) -> None:
    number = signal_in()
    bot.deliveries()
    assert "daily trend up (strength 80%)" in bot.ask(f"/why {number}")


def test_why_explains_a_rejection_and_today_and_watch_name_it(bot: Bot) -> None:
    close = Timeframe.M15.floor(datetime.now(UTC))
    with bot.engine.begin() as connection:
        number = write_rejection(connection, "ETHUSDT", close)
    assert "• confidence is 43%, less than 65%" in bot.ask(f"/why R{number}")
    today = bot.ask("/why")
    assert "0 signals in 24 h\n1 setup was judged" in today
    assert "1 x too few factors agree" in today
    assert bot.ask("/today") == today
    assert f"<b>ETHUSDT LONG</b> 15m · score 62 · too few factors agree · /why_R{number}" in bot.ask("/watch")
    assert "ETHUSDT LONG</b> 15m" in bot.ask("/signal eth")


def test_signal_shows_the_score_of_a_coin_without_a_signal(bot: Bot) -> None:
    now = datetime.now(UTC)
    close = Timeframe.M15.floor(now)
    reading = FactorReading("ETHUSDT", Factor.TECHNICAL, "trends", 0.5, 0.8, close, close + timedelta(hours=1), {})
    with bot.engine.begin() as connection:
        assert not write_readings(connection, [reading], seen_at=close).refused
        row = {"symbol": "ETHUSDT", "close_time": close, "version": 1, "as_of": close, "score": 70.0, "technical": 20.0}
        connection.execute(sqlalchemy.insert(score).values(**row, coverage=0.4, confidence=0.53, created_at=close))
    answer = bot.ask("/signal eth")
    assert "Score <b>70</b> · confidence <b>53%</b> · coverage 40%" in answer
    assert re.search(r"✅ Technical \+20\.0 · \+0\.50 · (now|\d+ min ago)", answer)
    assert "▫️ Momentum: nothing fresh" in answer


def test_gate_is_in_status_and_top(bot: Bot) -> None:
    for command in ("/status", "/top"):
        assert "❔ Market: not known" in bot.ask(command)


def test_signal_command_shows_the_live_signal_with_its_picture(bot: Bot, signal_in: Callable[..., int]) -> None:
    number = signal_in()
    bot.deliveries()
    bot.send(bot.written("/signal btc"))
    (delivery,) = bot.deliveries()
    assert f"signal={number}" in delivery["photo_url"]
    assert delivery["buttons"][0]["callback_data"] == f"took:{number}"


def test_number_that_telegram_uses_again_after_a_week_is_a_new_update(bot: Bot) -> None:
    update = bot.written("/help")
    bot.send(update)
    with bot.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE telegram_update SET received_at = received_at - interval '7 days'")
    bot.send(bot.written("/help"))
    assert bot.send(update)["handled"] is True


def test_top_shows_the_newest_screening_with_its_reasons(bot: Bot) -> None:
    trend = {"code": "trend_up", "params": {"strength": 0.8, "adx": 31.0}, "text": "daily uptrend (strength 80%, ADX 31)"}
    scores = {"trend": None, "volume": None, "volatility": None, "rsi": None}
    made = Pick(1, "ETHUSDT", 0.9, 1.0, "up", 3500.0, 0.02, 9e6, 0.001, scores, ())
    with bot.engine.begin() as connection:
        screener.write_run(connection, "daily:x", datetime.now(UTC) - timedelta(hours=30), 50, {}, None, [made])
        connection.exec_driver_sql(f"UPDATE screener_pick SET reasons = '{orjson.dumps([trend]).decode()}'".replace("%", "%%"))
    answer = bot.ask("/top 5")
    assert "(old)" in answer
    assert "1. <b>ETHUSDT</b>" in answer
    assert "daily uptrend (strength 80%, ADX 31)" in answer


def test_score_command_says_how_good_the_signals_were_in_five_lines(bot: Bot) -> None:
    said = bot.ask("/score").split("\n")
    assert len(said) == 5
    assert said[0] == "<b>How good were we?</b> 0 signals are 7 days old, 0 still run"
    assert said[4] == "Not enough yet: 0 of 30 signals, 0 of 20 days"
    bot.ask("/trade BTC long 100")
    assert bot.ask("/score").split("\n")[3].startswith("By hand -0.01%")


def test_news_and_mood_name_what_is_written_with_its_source_and_age(bot: Bot) -> None:
    items = [
        {"feed": feed, "title": f"Bitcoin rallies to a record high, {feed} says", "link": f"https://{feed}.example/1"}
        for feed in ("Herald", "Ledger")
    ]
    assert bot.client.post("/sentiment/news", json={"items": items}).json()["judged"] == 4
    news = bot.ask("/news btc")
    assert news.startswith("<b>BTC</b>: +")
    assert '<a href="https://Herald.example/1">Bitcoin rallies to a record high, Herald says</a> · Herald, now' in news
    assert "by 1 publisher," in bot.ask("/mood")  # one story, whoever tells it
    assert "Written well of: BTC +" in bot.ask("/mood")
