"""The workflows at work: the real n8n between the real functions and a simulated Telegram that can refuse."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import Engine, text

from db.connect import engine_for
from functions.delivery.inbox.buttons import KEYBOARD
from functions.outbox import raise_alert
from functions.settings import Settings
from n8n import workflows
from n8n.rest import Rest
from n8n.workflows import Json
from tests.desk import until
from tests.sim import InThread, TelegramSim
from tests.unit.delivery.making import listing, write_signal
from tests.unit.technical.making import store_symbols
from tests.workflows.conftest import restore
from tests.workflows.world import CHAT, SECOND, FunctionsServer, Outside, RunningBridge

pytestmark = [pytest.mark.n8n, pytest.mark.slow]
AT_WORK = {"candles-closed", "deliver-alerts", "report-failed-run", "telegram-update"}


@pytest.fixture(scope="module")
def outside(session: Rest, n8n_settings: Settings, deployed: dict[str, object], engine: Engine) -> Iterator[Outside]:
    """n8n with the workflows under test alone; the others would fail for want of an exchange."""
    port = int(n8n_settings.telegram_api_url.rpartition(":")[2])
    telegram = TelegramSim(port=port, token=n8n_settings.telegram_bot_token.get_secret_value(), chats=[CHAT, SECOND])
    functions = FunctionsServer(n8n_settings)
    with InThread(telegram, functions, RunningBridge(n8n_settings)) as thread:
        restore(session, n8n_settings, deployed)
        for name in workflows.load().keys() - AT_WORK:
            session.unpublish(name)
        for name in ("candles-closed", "deliver-alerts"):
            repeat_at_once(session, name)
        yield Outside(thread, telegram, functions)


def repeat_at_once(session: Rest, name: str) -> None:
    """Let a workflow repeat its calls without the seconds it waits in between: how often it does so is what counts."""
    found = session.workflow(name)
    for node in found["nodes"]:
        if node.get("retryOnFail"):
            node["waitBetweenTries"] = 100
    publish(session, found)


@pytest.fixture(scope="module")
def engine(n8n_settings: Settings) -> Iterator[Engine]:
    engine = engine_for(n8n_settings.database("functions"), application="test")
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def nothing_before(outside: Outside, engine: Engine) -> None:
    """Begin each test, and each second try of one, without faults and without what was sent or was left to be sent."""
    outside.functions.refuse("", 0)
    outside.telegram.clear()
    with suppress(AssertionError):  # a lease that a test leaves behind outlasts any patience
        until(lambda: not rows(engine, "SELECT 1 FROM delivery WHERE lease_until > clock_timestamp()"), "all has arrived", 10)
    outside.forget()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM delivery WHERE lease_until IS NULL OR lease_until < clock_timestamp()"))
        connection.execute(text("DELETE FROM alert WHERE NOT EXISTS (SELECT FROM delivery WHERE alert_id = alert.id)"))


def pair(engine: Engine, symbol: str, timeframe: Literal["15m", "1h"]) -> None:
    """Make a pair known, with 200 candles up to the last full hour."""
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    step = timedelta(minutes=15) if timeframe == "15m" else timedelta(hours=1)
    rows = [
        {"symbol": symbol, "timeframe": timeframe, "time": last - age * step, "low": 100 + age % 7, "high": 110 + age % 5}
        for age in range(200)
    ]
    with engine.begin() as connection:
        if connection.scalar(text("SELECT true FROM symbol WHERE symbol = :symbol"), {"symbol": symbol}):
            return  # a first try of the test has made it
        store_symbols(connection, [symbol])
        connection.execute(
            text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)
                    VALUES (:symbol, :timeframe, :time, :low, :high, :low, :high, 5, 'rest')"""),
            rows,
        )


def alert(engine: Engine, words: str, kind: str = "failed_run", payload: Json | None = None) -> None:
    now = datetime.now(UTC)
    payload = payload or {"workflow": words, "node": "test", "message": "raised by a test", "execution_id": "1"}
    with engine.begin() as connection:
        raise_alert(connection, key=words, kind=kind, payload=payload, created_at=now, expires_at=now + timedelta(hours=1))


@pytest.fixture
def sweep(outside: Outside, n8n_settings: Settings) -> Callable[[], None]:
    """Return what has the outbox emptied now: the clock does it every ten seconds only."""

    def deliver() -> None:
        headers = {"X-Quorum-Token": n8n_settings.n8n_webhook_token.get_secret_value()}
        httpx.post(f"{n8n_settings.n8n_address}/webhook/candles-closed", json={}, headers=headers, timeout=30).raise_for_status()

    return deliver


def rows(engine: Engine, statement: str, **values: object) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def deliveries(engine: Engine, key: str) -> list[tuple[Any, ...]]:
    statement = "SELECT d.state, d.last_error FROM delivery d JOIN alert a ON a.id = d.alert_id WHERE a.key = :key"
    return rows(engine, statement, key=key)


def test_command_is_answered_and_help_brings_the_keyboard(outside: Outside) -> None:
    outside.says("/help")
    outside.wait(lambda: bool(outside.got("/chart")))
    markup = outside.got("/chart")[0].markup
    assert [[button["text"] for button in row] for row in markup["keyboard"]] == [
        list(KEYBOARD[at : at + 2]) for at in range(0, 6, 2)
    ]
    assert markup["resize_keyboard"] is True


def test_button_under_the_settings_changes_them(outside: Outside) -> None:
    outside.says("/settings")
    outside.wait(lambda: bool(outside.got("/settings_hear")))
    for wish in ("strong", "all"):  # the second leaves all as it was
        outside.presses(f"write:/settings mode {wish}")
        outside.wait(lambda wish=wish: bool(outside.got(f"/settings_mode {wish}. ")))  # type: ignore[misc]


def test_chart_arrives_as_a_picture(outside: Outside, engine: Engine) -> None:
    pair(engine, "AAAUSDT", "1h")
    outside.says("/chart AAAUSDT 1h")
    outside.wait(lambda: bool(outside.got("AAAUSDT")))
    assert outside.got("AAAUSDT")[0].photo.startswith(b"\x89PNG")


def test_signal_has_its_four_buttons_and_a_press_is_answered(outside: Outside, engine: Engine, sweep: Callable[[], None]) -> None:
    pair(engine, "BBBUSDT", "15m")
    with engine.begin() as connection:
        number = write_signal(connection, "BBBUSDT")
    sweep()
    outside.wait(lambda: bool(outside.got("BBBUSDT")))
    sent = outside.got("BBBUSDT")[0]
    assert sent.photo
    rows = sent.markup["inline_keyboard"]
    assert [len(row) for row in rows] == [2, 2]
    data = [button["callback_data"] for row in rows for button in row]
    assert all(str(number) in one for one in data)
    outside.presses(data[1])
    calls = outside.telegram.journal.entries
    outside.wait(lambda: any(call["method"] == "answerCallbackQuery" and call["ok"] for call in calls("call")))


def test_signal_without_its_picture_goes_out_as_text_with_the_buttons(
    outside: Outside, engine: Engine, sweep: Callable[[], None]
) -> None:
    with engine.begin() as connection:
        write_signal(connection, "CCCUSDT")  # no candles: no chart can be drawn
    sweep()
    outside.wait(lambda: bool(outside.got("CCCUSDT")))
    sent = outside.got("CCCUSDT")[0]
    assert (sent.method, sent.photo) == ("sendMessage", b"")
    assert len(sent.markup["inline_keyboard"]) == 2


def test_refusal_reaches_the_outbox_in_telegrams_words(outside: Outside, engine: Engine, sweep: Callable[[], None]) -> None:
    outside.fault("tg_status", words="for nobody", status=400, description="Bad Request: chat not found", count=1)
    alert(engine, "for nobody")
    sweep()
    until(lambda: deliveries(engine, "for nobody") == [("dead", "Bad Request: chat not found")], "it is given up", 60)
    assert outside.got("for nobody") == []


def test_flood_wait_is_kept(outside: Outside, engine: Engine, sweep: Callable[[], None]) -> None:
    outside.fault("tg_status", words="flooded", status=429, retry_after=2, count=1)
    alert(engine, "flooded")
    sweep()
    until(lambda: deliveries(engine, "flooded") == [("delivered", "Too Many Requests: retry after 2")], "it arrives later", 60)
    assert len(outside.got("flooded")) == 1
    calls = outside.telegram.journal.entries("call")
    refused, sent = [float(str(call["wall"])) for call in calls if "flooded" in str(call["parameters"])]
    assert sent - refused >= 2


@pytest.mark.parametrize(("kind", "most"), [("tg_disconnect", 1), ("tg_half", 2), ("tg_garbage", 2), ("tg_lost_answer", 2)])
def test_message_survives_a_broken_connection(
    kind: str, most: int, outside: Outside, engine: Engine, sweep: Callable[[], None]
) -> None:
    outside.fault(kind, words=f"broken by {kind}", count=1)
    alert(engine, f"broken by {kind}")
    sweep()
    until(lambda: [state for state, _ in deliveries(engine, f"broken by {kind}")] == ["delivered"], "it arrives", 90)
    assert not outside.telegram.faults, "it was struck"
    assert 1 <= len(outside.got(f"broken by {kind}")) <= most


@pytest.mark.parametrize(("what", "fault"), [("delivered", None), ("failed", {"status": 429, "retry_after": 1})])
def test_functions_that_are_away_longer_than_n8n_retries_hear_how_it_went(
    what: str, fault: Json | None, outside: Outside, engine: Engine, sweep: Callable[[], None]
) -> None:
    if fault:
        outside.fault("tg_status", words=f"long not {what}", count=1, **fault)
    outside.functions.refuse(f"/{what}", 7)  # n8n's own retries end after five
    alert(engine, f"long not {what}")
    sweep()
    until(lambda: [state for state, _ in deliveries(engine, f"long not {what}")] == ["delivered"], "it is known in the end", 120)
    assert outside.functions.refusals == 0
    assert len(outside.got(f"long not {what}")) == 1


def test_failed_run_is_told_in_the_words_of_the_function_that_refused(
    outside: Outside, engine: Engine, sweep: Callable[[], None]
) -> None:
    words = "Bybit does not answer (RequestTimeout)"
    outside.functions.refuse("/technical/scan", 6, words)  # three tries of the call, three of the clock if it strikes meanwhile
    statement = text(
        "SELECT payload ->> 'message' FROM alert WHERE kind = 'failed_run' AND payload ->> 'workflow' = 'Candles closed'"
    )

    def told() -> str:
        with engine.connect() as connection:
            return str(connection.scalar(statement) or "")

    sweep()
    until(lambda: bool(told()), "the failure is noted", 60)
    assert told() == words


def test_words_of_telegram_are_kept_until_the_report_of_them_is_heard(
    outside: Outside, engine: Engine, sweep: Callable[[], None]
) -> None:
    outside.fault("tg_status", words="kept words", status=400, description="Bad Request: chat not found", count=1)
    outside.functions.refuse("/failed", 7)  # n8n's own retries end after five, then the report goes round
    alert(engine, "kept words")
    sweep()
    until(lambda: deliveries(engine, "kept words") == [("dead", "Bad Request: chat not found")], "it is given up", 120)


def test_answer_goes_into_the_topic_of_a_forum_group(outside: Outside, engine: Engine, sweep: Callable[[], None]) -> None:
    now = datetime.now(UTC)
    payload: Json = {"text": "into the topic", "caption": None, "picture": None, "buttons": [], "callback_query_id": None}
    with engine.begin() as connection:
        raise_alert(
            connection,
            key="into the topic",
            kind="reply",
            payload=payload,
            created_at=now,
            expires_at=now + timedelta(hours=1),
            chat_id=CHAT,
            thread_id=77,
        )
    alert(engine, "into no topic")
    sweep()
    outside.wait(lambda: bool(outside.got("into the topic") and outside.got("into no topic")))
    calls = outside.telegram.journal.entries("call")
    sent = {words: call for words in ("into the topic", "into no topic") for call in calls if words in str(call["parameters"])}
    assert sent["into the topic"]["parameters"]["message_thread_id"] in (77, "77")  # type: ignore[index]
    assert "message_thread_id" not in str(sent["into no topic"]["parameters"])


def test_claim_whose_answer_is_lost_is_tried_again_for_the_same_message(
    outside: Outside, engine: Engine, sweep: Callable[[], None]
) -> None:
    outside.functions.lose("/claim")
    time.sleep(0.5)  # a claim that came before has been answered
    alert(engine, "lost claim")
    sweep()
    until(lambda: [state for state, _ in deliveries(engine, "lost claim")] == ["delivered"], "it arrives", 60)
    with engine.connect() as connection:
        statement = "SELECT attempts FROM delivery d JOIN alert a ON a.id = d.alert_id WHERE a.key = 'lost claim'"
        assert connection.scalar(text(statement)) == 1
    assert outside.functions.refusals == 0


@pytest.fixture
def routed(session: Rest) -> Iterator[Json]:
    """Deliver alerts, to be changed; afterwards it is as before."""
    before = session.workflow("deliver-alerts")
    yield json.loads(json.dumps(before))
    publish(session, before)


def test_news_go_to_the_second_chat_when_its_id_is_written(
    outside: Outside, engine: Engine, sweep: Callable[[], None], session: Rest, routed: Json
) -> None:
    second(routed)["value"] = str(SECOND)
    publish(session, routed)
    alert(engine, "a pair came", "listing", listing())
    alert(engine, "nothing moved")
    sweep()
    outside.wait(lambda: bool(outside.got("NEWUSDT") and outside.got("nothing moved")))
    assert [sent.chat_id for sent in outside.got("NEWUSDT")] == [SECOND]
    assert [sent.chat_id for sent in outside.got("nothing moved")] == [CHAT]


def test_signal_with_its_picture_goes_to_the_second_chat_when_its_wire_is_laid_there(
    outside: Outside, engine: Engine, sweep: Callable[[], None], session: Rest, routed: Json
) -> None:
    second(routed)["value"] = str(SECOND)
    outputs = next(node for node in routed["nodes"] if node["name"] == "What is it about?")["parameters"]["rules"]["values"]
    signals = [output["outputKey"] for output in outputs].index("Signals")
    routed["connections"]["What is it about?"]["main"][signals][0]["node"] = "To a second chat"
    publish(session, routed)
    pair(engine, "DDDUSDT", "15m")
    with engine.begin() as connection:
        write_signal(connection, "DDDUSDT")
    sweep()
    outside.wait(lambda: bool(outside.got("DDDUSDT")))
    (sent,) = outside.got("DDDUSDT")
    assert (sent.chat_id, sent.method) == (SECOND, "sendPhoto")


def second(workflow: Json) -> Json:
    """Return the field for the second chat's id."""
    found: Json = next(node for node in workflow["nodes"] if node["name"] == "To a second chat")["parameters"]["assignments"]
    return dict(found)["assignments"][0]  # type: ignore[no-any-return]


def test_class_that_an_old_workflow_does_not_know_is_delivered_all_the_same(
    outside: Outside, engine: Engine, sweep: Callable[[], None], session: Rest, routed: Json
) -> None:
    rules = next(node for node in routed["nodes"] if node["name"] == "What is it about?")["parameters"]["rules"]["values"]
    for rule in rules[:-1]:
        rule["conditions"]["conditions"][0]["rightValue"] += " of another day"
    publish(session, routed)
    alert(engine, "of a class that came later")
    sweep()
    outside.wait(lambda: bool(outside.got("of a class that came later")))


def publish(session: Rest, workflow: Json) -> None:
    """Save and publish, as a person in the editor."""
    name = workflow["id"]  # what n8n answers has the tags as objects, and takes ids: they are left as they are
    version = session.update({key: workflow[key] for key in ("id", "nodes", "connections", "meta")})["versionId"]
    session.publish(name, version)
    until(lambda: session.is_live(name, version), "it is live", 30)


def test_update_that_the_functions_refuse_is_not_taken_and_the_failure_is_told(outside: Outside, n8n_settings: Settings) -> None:
    headers = {"X-Quorum-Token": n8n_settings.n8n_webhook_token.get_secret_value()}
    answer = httpx.post(f"{n8n_settings.n8n_address}/webhook/telegram-update", json=["no update"], headers=headers, timeout=30)
    assert answer.status_code == 500
    outside.wait(lambda: bool(outside.got("Answer Telegram")))


@pytest.mark.parametrize("path", ["candles-closed", "telegram-update"])
@pytest.mark.parametrize("headers", [{}, {"X-Quorum-Token": "wrong"}, {"Authorization": "Bearer token-only-for-tests"}])
def test_door_opens_with_the_token_alone(path: str, headers: dict[str, str], outside: Outside, n8n_settings: Settings) -> None:
    assert httpx.post(f"{n8n_settings.n8n_address}/webhook/{path}", json={}, headers=headers, timeout=30).status_code == 403
