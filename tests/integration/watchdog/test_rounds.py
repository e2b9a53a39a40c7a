"""The watchdog at a desk whose parts are stood in for: what it tells Telegram by itself, what it pings, what it writes down."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.clock import wall_now
from functions.settings import Settings
from functions.status.store import beat
from functions.watchdog.run.watch import Watchdog
from n8n.reading import grant
from tests.conftest import make_settings
from tests.sim import DEFAULT_CHAT, InThread, TelegramSim


@dataclass
class Desk:
    """What stands in for the parts: one HTTP server that answers as it is told, and notes the pings."""

    url: str
    down: set[str] = field(default_factory=set)  # paths that answer 503
    pings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def endings(self) -> list[str]:
        """Each ping by its last word: start, fail, or well."""
        return [path.removeprefix("/ping/some-uuid").removeprefix("/") or "well" for path, _ in self.pings]


@contextmanager
def parts() -> Iterator[Desk]:
    desk = Desk("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if self.path in desk.down else 200)
            self.end_headers()

        def do_POST(self) -> None:
            desk.pings.append((self.path, self.rfile.read(int(self.headers["content-length"])).decode()))
            self.do_GET()

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        desk.url = f"http://127.0.0.1:{server.server_port}"
        yield desk
        server.shutdown()
        thread.join()


@dataclass
class World:
    desk: Desk
    telegram: TelegramSim
    threads: InThread
    settings: Settings
    watchdog: Watchdog
    now: datetime

    def set_to(self, seen: tuple[str, ...] = ("functions", "n8n"), **changes: object) -> None:
        """Go on with another watchdog, of other settings, that has seen some parts answer."""
        self.watchdog._engine.dispose()
        self.watchdog = Watchdog(self.settings.model_copy(update=changes))
        self.watchdog._looker._seen.update(seen)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with a collector that beats, and make a round."""
        self.now += timedelta(seconds=seconds)
        self.watchdog.round(self.now)

    @property
    def told(self) -> list[str]:
        return [message.text for message in self.telegram.sent]


@pytest.fixture
def world(database: str) -> Iterator[World]:
    telegram = TelegramSim()
    with parts() as desk, InThread(telegram) as threads:
        settings = make_settings(
            database_url=database,
            functions_url=desk.url,
            n8n_url=desk.url,
            telegram_api_url=telegram.url,
            telegram_bot_token=telegram.token,
            telegram_chat_ids=(DEFAULT_CHAT,),
            healthcheck_url=f"{desk.url}/ping/some-uuid",
        )
        world = World(desk, telegram, threads, settings, Watchdog(settings), wall_now())
        world.set_to()
        yield world
        world.watchdog._engine.dispose()


def n8n_tables(engine: Engine, *, published: bool = True, ran: datetime | None = None) -> None:
    """Make of n8n's tables what we read, as n8n's own role, with one workflow that runs each minute."""
    nodes = """[{"type": "n8n-nodes-base.scheduleTrigger", "parameters": {"rule": {"interval":
               [{"field": "cronExpression", "expression": "20 * * * * *"}]}}}]"""
    with engine.begin() as connection:
        for statement in (
            """CREATE TABLE n8n.workflow_entity (id text, name text, "activeVersionId" text, "updatedAt" timestamptz, nodes json,
               settings json, meta json, "isArchived" bool, secret text)""",
            'CREATE TABLE n8n.workflow_history ("versionId" text, nodes json)',
            'CREATE TABLE n8n.workflow_statistics ("workflowId" text, name text, "latestEvent" timestamptz)',
        ):
            connection.execute(text(statement))
        grant(connection)
        connection.execute(
            text("""INSERT INTO n8n.workflow_entity VALUES ('settle', 'Settle', :version, '2020-01-01Z', :nodes, '{}',
                    '{"quorum": {}}', false, 'hidden')"""),
            {"version": "one" if published else None, "nodes": nodes},
        )
        if ran:
            connection.execute(
                text("INSERT INTO n8n.workflow_statistics VALUES ('settle', 'production_success', :ran)"), {"ran": ran}
            )


@pytest.fixture
def owner(settings: Settings) -> Iterator[Engine]:
    from tests.integration.db.test_migrations import engine_of

    engine = engine_of(settings, "n8n")
    yield engine
    engine.dispose()


def status(client: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/status").raise_for_status().json()
    return answer


def test_well_desk_is_pinged_with_start_and_end_each_period_and_nobody_is_told(world: World, client: TestClient) -> None:
    for _ in range(14):
        world.pass_time(5)
    assert world.desk.endings == ["start", "well", "start", "well"]
    assert world.told == []
    parts_seen = {part["part"]: part["detail"] for part in status(client)["parts"]}
    assert parts_seen.keys() == {"watchdog", "functions", "n8n", "postgres"}
    assert parts_seen["functions"] == {"seen_by": "watchdog"}
    assert parts_seen["watchdog"] == {"telegram_trouble": "", "check_trouble": "", "chats": 1, "check": True}


def test_part_that_is_gone_is_told_once_after_the_grace_and_fails_the_check(world: World) -> None:
    world.pass_time(0)
    world.desk.down.add("/healthz/readiness")
    for _ in range(14):
        world.pass_time(5)
    assert world.told == [
        "The desk needs you\n❌ n8n does not answer: no message leaves, and no schedule runs\n"
        "make doctor on the desk's machine says more."
    ]
    world.pass_time(55)
    assert world.desk.endings == ["start", "well", "start", "well", "start", "fail"]
    assert world.desk.pings[-1][1] == "n8n: status 503"
    world.desk.down.clear()
    world.pass_time(5)
    assert world.told[1:] == ["The desk is well again\n✅ n8n answers again"]


def test_part_that_has_never_answered_may_be_starting_for_five_minutes(world: World) -> None:
    world.set_to(seen=())
    world.desk.down.add("/healthz/readiness")
    for _ in range(6):
        world.pass_time(60)
    assert world.told == []
    world.pass_time(5)
    world.pass_time(60)
    assert "n8n does not answer" in world.told[0]


def test_database_that_is_away_is_told_without_it(world: World, read_only: None) -> None:
    world.desk.down.add("/health/ready")
    world.pass_time(0)
    world.pass_time(61)
    assert [line for line in world.told[0].splitlines() if "❌" in line] == [
        "❌ The database does not answer: nothing is stored or sent"
    ]


def test_silent_collector_is_told_in_the_language_of_the_chat(world: World, engine: Engine) -> None:
    with engine.begin() as connection:
        beat(connection, "collector", world.now - timedelta(seconds=31), {})
        connection.execute(text("INSERT INTO chat (chat_id, language) VALUES (:chat, 'ru')"), {"chat": DEFAULT_CHAT})
    world.pass_time(0)
    world.pass_time(61)
    assert "❌ collector молчит" in world.told[0]


def test_blocked_bot_harms_nothing_fails_the_check_and_stands_in_the_status(world: World, client: TestClient) -> None:
    world.threads.do(lambda: world.telegram.fault("block", chat_id=DEFAULT_CHAT))
    world.desk.down.add("/healthz/readiness")
    world.pass_time(0)
    for _ in range(5):
        world.pass_time(61)
    assert world.told == []
    assert world.desk.pings[-1][1].splitlines() == [
        "n8n: status 503",
        f"Telegram is not told: chat {DEFAULT_CHAT}: Forbidden: bot was blocked by the user",
    ]
    tries = [call for call in world.telegram.journal.entries("call") if call["method"] == "sendMessage"]
    assert len(tries) == 1  # and not at each round: a person must act
    assert any("the watchdog cannot write to Telegram" in sentence for sentence in status(client)["missing"])


def test_chat_that_takes_it_is_told_when_another_refuses(world: World) -> None:
    world.set_to(watchdog_chat_ids=(404, DEFAULT_CHAT))
    world.desk.down.add("/healthz/readiness")
    world.pass_time(0)
    world.pass_time(61)
    assert len(world.told) == 1
    assert world.watchdog._detail()["telegram_trouble"].startswith("chat 404: Bad Request: chat not found")


def test_telegram_and_check_that_are_away_harm_nothing(world: World, client: TestClient) -> None:
    world.set_to(telegram_api_url="http://127.0.0.1:9")
    world.desk.down |= {"/healthz/readiness", "/ping/some-uuid", "/ping/some-uuid/start", "/ping/some-uuid/fail"}
    for _ in range(4):
        world.pass_time(61)
    missing = status(client)["missing"]
    assert "the watchdog cannot ping HEALTHCHECK_URL: it answers 503" in missing
    assert any("the watchdog cannot write to Telegram" in sentence for sentence in missing)
    assert not any(world.telegram.token in sentence for sentence in missing)


def test_workflow_that_n8n_does_not_run_is_told_of_though_n8n_is_well(world: World, client: TestClient, owner: Engine) -> None:
    n8n_tables(owner, ran=world.now + timedelta(seconds=30))
    world.pass_time(60)
    assert [one["state"] for one in status(client)["workflows"]] == ["runs"]
    for _ in range(60):
        world.pass_time(5)
    assert "❌ n8n answers, but the workflow Settle does not run (last: " in world.told[0]
    with owner.begin() as connection:
        connection.execute(text('UPDATE n8n.workflow_statistics SET "latestEvent" = :now'), {"now": world.now})
    world.pass_time(5)
    assert world.told[1].endswith("✅ The workflow Settle runs again")


def test_stopped_and_unpublished_workflows_stand_in_the_status(client: TestClient, engine: Engine, owner: Engine) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    n8n_tables(owner, ran=long_ago)
    with engine.begin() as connection:
        beat(connection, "n8n", wall_now(), {"ready_since": long_ago.isoformat()})
    answer = status(client)
    assert [(one["workflow"], one["state"]) for one in answer["workflows"]] == [("settle", "stopped")]
    assert any("'Settle' does not run: its last success was 2020-01-01 00:00 UTC" in one for one in answer["missing"])
    with owner.begin() as connection:
        connection.execute(text('UPDATE n8n.workflow_entity SET "activeVersionId" = NULL'))
    assert [one["state"] for one in status(client)["workflows"]] == ["off"]


def test_workflow_that_is_switched_off_while_the_watchdog_looks_is_told_of(world: World, owner: Engine) -> None:
    n8n_tables(owner, ran=world.now + timedelta(hours=1))
    world.pass_time(0)
    with owner.begin() as connection:
        connection.execute(text('UPDATE n8n.workflow_entity SET "activeVersionId" = NULL'))
    world.pass_time(5)
    world.pass_time(61)
    assert "❌ The workflow Settle was switched off in n8n" in world.told[0]


def test_of_n8n_nothing_else_can_be_read(engine: Engine, owner: Engine) -> None:
    n8n_tables(owner)
    with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("SELECT secret FROM n8n.workflow_entity"))
