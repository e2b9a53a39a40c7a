"""A database that refuses: every function says why with 503, and `/health/ready` is not ready."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.connect import engine_for
from functions.app import create_app
from functions.edge.refusals import MEMORY_SECONDS, RecentRefusal
from functions.settings import Settings
from tests.integration.db.test_away import STATES

Refuse = Callable[[str], None]


@pytest.fixture
def refuse_alerts(database: str) -> Refuse:
    """Have the database refuse each new alert with a state."""

    def refuse(state: str) -> None:
        owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        body = f"BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{state}'; END"
        with owner.begin() as connection:
            connection.execute(text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
            connection.execute(text("CREATE TRIGGER refuse BEFORE INSERT ON alert FOR EACH ROW EXECUTE FUNCTION refuse()"))

    return refuse


def raise_an_alert(client: TestClient) -> tuple[int, str]:
    answer = client.post("/status/failed-runs", json={"workflow": "w"})
    return answer.status_code, answer.json()["code"]


@pytest.mark.usefixtures("read_only")
@pytest.mark.parametrize("path", ["/alerts/claim", "/status/failed-runs", "/sentiment/news"])
def test_read_only_database_is_503_with_its_name(client: TestClient, path: str) -> None:
    bodies = {"/status/failed-runs": {"workflow": "w"}, "/sentiment/news": {"items": [{"feed": "f", "error": "e"}]}}
    client.app.state.settings = client.app.state.settings.model_copy(  # type: ignore[attr-defined]
        update={"telegram_chat_ids": (1,), "telegram_bot_token": client.app.state.settings.functions_token}  # type: ignore[attr-defined]
    )
    answer = client.post(path, json=bodies.get(path))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_read_only")
    assert "read-only" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "10"


@pytest.mark.usefixtures("read_only")
def test_read_only_database_is_not_ready_and_still_answers_questions(client: TestClient) -> None:
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "database_read_only")
    assert client.get("/health").status_code == 200
    assert client.get("/status").status_code == 200


def test_ready_writes_nothing_that_stays(client: TestClient, engine: Engine) -> None:
    assert client.get("/health/ready").status_code == 200
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM heartbeat")) == 0


@pytest.mark.parametrize("state", [state for state in STATES if STATES[state] not in ("database_limit", "database_away")])
def test_refusal_has_its_name_and_is_not_ready_just_after(client: TestClient, refuse_alerts: Refuse, state: str) -> None:
    refuse_alerts(state)
    assert raise_an_alert(client) == (503, STATES[state])
    ready = client.get("/health/ready")
    assert ready.status_code == (200 if state in ("25006", "53300") else 503)  # those two every write would meet


def test_statement_that_a_limit_forbids_is_500_because_no_later_try_helps(client: TestClient, refuse_alerts: Refuse) -> None:
    refuse_alerts("53400")
    assert raise_an_alert(client) == (500, "database_limit")


def test_no_free_connection_is_503_with_its_name(settings: Settings, client: TestClient) -> None:
    narrow = engine_for(settings.database("functions"), application="test", pool_size=1)
    narrow.pool._timeout = 0.05  # type: ignore[attr-defined]
    app: Any = client.app
    app.state.engine.dispose()
    app.state.engine = narrow
    with narrow.connect(), narrow.connect():
        assert raise_an_alert(client) == (503, "database_pool_empty")
        assert client.get("/health/ready").json()["code"] == "database_pool_empty"


def test_server_that_is_not_there_is_not_ready(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/none"})  # a port where nobody listens
    with TestClient(create_app(away), raise_server_exceptions=False) as client:
        assert client.get("/health/ready").json()["code"] == "database_away"


def test_refusal_is_forgotten_after_some_seconds(
    monkeypatch: pytest.MonkeyPatch, client: TestClient, refuse_alerts: Refuse
) -> None:
    refuse_alerts("53100")
    assert raise_an_alert(client) == (503, "database_full")
    refusal: RecentRefusal = client.app.state.refusal  # type: ignore[attr-defined]
    at = time.monotonic()
    monkeypatch.setattr("functions.edge.refusals.time.monotonic", lambda: at + MEMORY_SECONDS)
    assert refusal.recent() is None
