"""What the doctor finds, with the real functions, a real database, and a simulated exchange and Telegram."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import Engine, insert, text

from db.tables import symbol
from functions.app import create_app
from functions.clock import wall_now
from functions.operations import page
from functions.operations.checks import doctor
from functions.operations.checks.doctor import Finding, examine
from functions.operations.supervise import Supervisor
from functions.outgoing import note_failure, note_success
from functions.outgoing.walls import REFUSES
from functions.settings import Settings
from functions.shown import command
from functions.status.missing import WRONG_TOKEN
from functions.status.store import beat
from tests.conftest import make_settings
from tests.sim import DEFAULT_CHAT, AffineClock, BybitSim, InThread, TelegramSim


class World:
    """The outside, and what a desk in it is set to."""

    def __init__(self, bybit: BybitSim, telegram: TelegramSim, settings: Settings, threads: InThread, app: FastAPI) -> None:
        self.bybit = bybit
        self.telegram = telegram
        self.settings = settings
        self.threads = threads
        self.app = app

    def call(self, method: str, **parameters: str) -> dict[str, Any]:
        """Call a method of the bot."""
        answer = httpx.post(f"{self.settings.telegram_bot_url}/{method}", json=parameters, timeout=5).json()["result"]
        return answer if isinstance(answer, dict) else {}

    def examine(self, **changes: object) -> dict[str, Finding]:
        given = self.settings.model_dump() | changes
        return {finding.check: finding for finding in examine(Settings.model_validate(given))}


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def functions(app: FastAPI) -> Iterator[str]:
    """The HTTP functions on a port of their own; yields their address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def world(app: FastAPI, functions: str, database: str, tmp_path: Path) -> Iterator[World]:
    bybit, telegram = BybitSim(symbols=2, clock=AffineClock.starting(wall_now())), TelegramSim()
    with InThread(bybit, telegram) as threads:
        settings = make_settings(
            database_url=database,
            data_dir=tmp_path,
            functions_url=functions,
            bybit_rest_url=bybit.rest_url,
            telegram_api_url=telegram.url,
            telegram_bot_token=telegram.token,
            telegram_chat_ids=(DEFAULT_CHAT,),
            n8n_url="http://127.0.0.1:9",
        )
        yield World(bybit, telegram, settings, threads, app)


@contextmanager
def answering(body: str) -> Iterator[str]:
    """Somebody on a port who answers everything with one body; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def insert_candle(engine: Engine, age: timedelta) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, turnover, source)
                    VALUES ('BTCUSDT', '5m', :at, 1, 1, 1, 1, 1, 1, 'rest')"""),
            {"at": wall_now() - age},
        )


def test_a_healthy_outside_is_all_right(world: World) -> None:
    found = world.examine()
    expected = dict.fromkeys(("database", "migrations", "disk", "exchange", "clock", "telegram", "functions"), "ok")
    assert {name: found[name].verdict for name in expected} == expected


def test_n8n_that_does_not_answer_fails_with_its_address(world: World) -> None:
    assert world.examine()["n8n"] == Finding(
        "n8n", "fail", f"no answer at http://127.0.0.1:9; {command('logs --module n8n')} says why"
    )


def test_a_wrong_telegram_token_fails_without_showing_it(world: World) -> None:
    found = world.examine(telegram_bot_token="123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")["telegram"]
    assert found.verdict == "fail"
    assert "AAAA" not in found.detail


def test_webhook_of_another_program_fails_with_its_address(world: World) -> None:
    world.call("setWebhook", url="https://other.example/hook")
    found = world.examine()["telegram"]
    assert found.verdict == "fail"
    assert "its webhook is https://other.example/hook" in found.detail
    assert "bot of its own" in found.detail


@pytest.mark.parametrize("heard", [False, True])
def test_second_program_that_polls_fails(world: World, engine: Engine, heard: bool) -> None:
    words = "Conflict: terminated by other getUpdates request"
    if heard:  # the collector was told; the doctor does not take the poll away from it
        with engine.begin() as connection:
            beat(connection, "collector", wall_now(), {"telegram_trouble": words})
    else:
        world.threads.do(lambda: world.telegram.fault("tg_status", match="getUpdates", status=409, description=words))
    found = world.examine()["telegram"]
    assert found.verdict == "fail"
    assert f"({words}): another program takes them" in found.detail


def test_poll_of_a_running_collector_is_left_alone(world: World, engine: Engine) -> None:
    with engine.begin() as connection:
        beat(connection, "collector", wall_now(), {"telegram_trouble": ""})
    world.threads.do(lambda: world.telegram.fault("tg_status", match="getUpdates", status=409, description="Conflict"))
    assert world.examine()["telegram"].verdict == "ok"


@pytest.mark.parametrize(
    ("chat", "words"),
    [
        (77, "chat 77 is unknown to the bot: open @{name} in Telegram and press Start, or correct TELEGRAM_CHAT_IDS"),
        (-77, "chat -77 is unknown to the bot: add @{name} to the group, or correct TELEGRAM_CHAT_IDS"),
    ],
)
def test_chat_that_never_started_the_bot_fails_with_the_next_step(world: World, chat: int, words: str) -> None:
    found = world.examine(telegram_chat_ids=(DEFAULT_CHAT, chat))
    assert found[f"chat {chat}"] == Finding(f"chat {chat}", "fail", words.format(name=world.call("getMe")["username"]))
    assert "to 1 of 2 chat(s)" in found["telegram"].detail


def test_chat_that_blocked_the_bot_fails_with_the_next_step(world: World) -> None:
    world.threads.do(lambda: world.telegram.fault("block", chat_id=DEFAULT_CHAT))
    found = world.examine()[f"chat {DEFAULT_CHAT}"]
    assert found.verdict == "fail"
    assert "bot was blocked by the user" in found.detail
    assert "press Restart" in found.detail


def test_page_names_what_telegram_refuses_in_one_line(world: World) -> None:
    wrong = world.settings.model_copy(update={"telegram_bot_token": SecretStr("123456:" + "A" * 35)})
    assert [line for line in shown(wrong) if line.startswith("! Telegram")] == [f"! {WRONG_TOKEN}"]


def test_page_names_failing_sources_unknown_pairs_and_refused_messages(world: World, engine: Engine) -> None:
    now = wall_now()
    with engine.begin() as connection:
        note_failure(connection, "Decrypt", now, "Decrypt refuses with 404")
        note_success(connection, "CoinDesk", now)
        pair = {"symbol": "BTCUSDT", "base": "BTC", "quote": "USDT", "status": "Trading", "kind": "", "special_treatment": False}
        sizes = dict.fromkeys(("tick_size", "lot_size", "min_order_amount"), 1)
        connection.execute(insert(symbol).values(**pair, **sizes, first_seen_at=now, last_seen_at=now))
        connection.execute(
            text("""WITH raised AS (INSERT INTO alert (key, kind, class, priority, payload, created_at, expires_at)
                                    VALUES ('k', 'digest', 'report', 4, '{}', :at, :at) RETURNING id)
                    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, finished_at, last_error)
                    SELECT id, 5, 'dead', :at, :at, 'Bad Request: chat not found' FROM raised"""),
            {"at": now},
        )
    world.app.state.settings = world.settings.model_copy(update={"symbols": ("BTCUSD",), "gate_symbol": "BTCUSDT"})
    lines = "\n".join(shown(world.settings))
    assert "! Decrypt: Decrypt refuses with 404" in lines
    assert "CoinDesk" not in lines
    assert "! SYMBOLS: BTCUSD is no USDT pair of the exchange, nothing of it is watched; did you mean BTCUSDT?" in lines
    assert "! Telegram refused messages, the newest with: Bad Request: chat not found" in lines


def shown(settings: Settings) -> list[str]:
    """The lines of the status page."""
    console = Console(file=io.StringIO(), width=200)
    console.print(page.render(settings, Supervisor(settings.data_dir)))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_no_telegram_token_warns(world: World) -> None:
    assert world.examine(telegram_bot_token="")["telegram"].verdict == "warn"


def test_no_chat_warns(world: World) -> None:
    found = world.examine(telegram_chat_ids=())["telegram"]
    assert (found.verdict, "TELEGRAM_CHAT_IDS" in found.detail) == ("warn", True)


def test_a_key_that_is_not_set_is_named_with_what_it_adds_and_how_to_get_it(world: World) -> None:
    found = world.examine()["key dominance"]
    assert found.verdict == "unset"
    assert found.detail.startswith("COINGECKO_KEY would add more calls of CoinGecko")
    assert "key dominance" not in world.examine(coingecko_key=SecretStr("CG-1"))
    listed = {one["source"]: one["settings"] for one in (page.read_status(world.settings) or {})["unconfigured"]}
    assert listed["dominance"] == ["COINGECKO_KEY"]


def test_a_data_folder_that_is_not_there_yet_is_measured_where_it_would_be(world: World, tmp_path: Path) -> None:
    found = world.examine(data_dir=tmp_path / "of" / "tomorrow")
    assert (found["disk"].verdict, found["functions"].verdict) == ("ok", "ok")
    assert found["disk"].detail.endswith(f"MB free in {tmp_path}")


@pytest.mark.parametrize("below", [".", "data"])
def test_a_data_folder_that_is_a_file_fails(world: World, tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    assert world.examine(data_dir=file / below)["disk"].verdict == "fail"


def test_an_exchange_that_is_away_fails_and_the_rest_is_examined(world: World) -> None:
    found = world.examine(bybit_rest_url="http://127.0.0.1:9")
    assert found["exchange"].verdict == "fail"
    assert found["functions"].verdict == "ok"


@pytest.mark.parametrize(
    ("status", "page", "words"),
    [
        (403, "403, access too frequent", "Bybit asks for fewer requests (403); wait ten minutes"),
        (429, "", "Bybit asks for fewer requests (429); wait ten minutes"),
        (403, "configured to block access from your country", f"{REFUSES} (403)"),
        (403, "", f"{REFUSES} (403)"),
        (451, "", f"{REFUSES} (451)"),
        (503, "maintenance", "Bybit answers 503; try again in some minutes"),
        (404, "", "Bybit answers 404; try again in some minutes, or see whether BYBIT_REST_URL is right"),
    ],
)
def test_a_refusal_of_the_exchange_is_called_what_it_is(status: int, page: str, words: str) -> None:
    said = doctor.why_refused(httpx.Response(status, text=page))
    assert said is not None
    assert said.startswith(words)


def test_an_exchange_that_refuses_fails_with_its_reason(world: World) -> None:
    world.threads.do(lambda: world.bybit.fault("rest_status", match="/v5/market/time", status=403))
    found = world.examine()["exchange"]
    assert (found.verdict, found.detail.partition(";")[0]) == ("fail", "Bybit asks for fewer requests (403)")


@pytest.mark.parametrize("body", ["null", "[]", '{"result": null}', '{"ok": true}', '{"ok": true, "result": []}', "<html>"])
def test_answers_of_another_shape_are_findings(world: World, body: str) -> None:
    with answering(body) as somebody:
        found = world.examine(bybit_rest_url=somebody, telegram_api_url=somebody, functions_url=somebody)
    assert {found[name].verdict for name in ("exchange", "telegram", "functions")} == {"fail"}
    assert world.settings.telegram_bot_token.get_secret_value() not in found["telegram"].detail


def test_a_collector_that_cannot_reach_the_exchange_warns_with_its_words(world: World, engine: Engine) -> None:
    trouble = "Bybit does not answer: no route to host"
    with engine.begin() as connection:
        beat(connection, "collector", wall_now(), {"exchange_trouble": trouble})
    found = world.examine()
    assert found["collector"] == Finding("collector", "warn", f"beats, but: {trouble}")
    assert found["candles"].detail == f"none yet: {trouble}"
    assert "\n".join(shown(world.settings)).count(trouble) == 2


def test_a_clock_that_is_off_warns_with_the_seconds(world: World) -> None:
    now = wall_now()
    off = f"{now + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}@{now:%Y-%m-%dT%H:%M:%SZ}x1"
    found = world.examine(market_clock=off)["clock"]
    assert found.verdict == "warn"
    assert "set this machine's clock" in found.detail


def test_a_database_that_is_away_fails_and_hides_the_password(world: World) -> None:
    found = world.examine(database_url="postgresql://owner:hunter2@127.0.0.1:1/quorum")
    assert found["database"].verdict == "fail"
    assert "hunter2" not in found["database"].detail


def test_an_old_database_is_told_to_migrate(world: World, settings: Settings) -> None:
    from tests.integration.operations.test_backup import engine_of

    with engine_of(settings).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    found = world.examine()["migrations"]
    assert found.verdict == "fail"
    assert "quorum migrate" in found.detail


def test_a_wrong_functions_token_says_so(world: World) -> None:
    found = world.examine(functions_token="another-token-than-theirs")["functions"]
    assert found.verdict == "fail"
    assert "FUNCTIONS_TOKEN" in found.detail


def test_a_collector_that_was_never_there_fails(world: World) -> None:
    assert world.examine()["collector"].verdict == "fail"


def test_a_fresh_candle_is_all_right(world: World, engine: Engine) -> None:
    insert_candle(engine, timedelta(minutes=6))
    assert world.examine()["candles"].verdict == "ok"


def test_candles_that_stopped_fail_with_how_many_are_missing(world: World, engine: Engine) -> None:
    insert_candle(engine, timedelta(hours=1))
    found = world.examine()["candles"]
    assert found.verdict == "fail"
    assert "11 candle(s) late" in found.detail


def test_no_candle_yet_warns(world: World) -> None:
    assert world.examine()["candles"].verdict == "warn"
