"""Backtests over the database: kept once, found again with their trades, and refused in one line."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.backtest.rules import BacktestRules
from functions.backtest.run.command import Asked, run_command
from functions.backtest.run.settings import rules_of
from functions.backtest.run.stored import ONE_AT_A_TIME, StoredQuestion, read_question, run_stored
from functions.backtest.sources.database import readings_of_database
from functions.backtest.store import newest_runs, run_document, run_trades
from functions.clock import wall_now
from functions.delivery.messages.words import Language, Words
from functions.delivery.run.backtest import newest
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.store import write_readings
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import DESK
from functions.paper.run.rules import rules_of as desk_rules
from functions.settings import Settings
from functions.technical.engine.resample import resample
from tests.conftest import PASSWORD, TOKEN
from tests.unit.backtest.test_command import write
from tests.unit.backtest.worlds import BEGIN, DAYS, SINCE, world
from tests.unit.technical.making import END, store_candles, store_symbols, walk

SYMBOLS = ("AAAUSDT", "BTCUSDT")
DAY = timedelta(days=1)
ASKED = {"as_of": END.isoformat(), "since": (END - 3 * DAY).isoformat(), "until": END.isoformat()}


def fill(engine: Engine, daily: int = 230, end: datetime = END) -> None:
    """Store ten days of 5m candles and what is joined from them, and days from before."""
    finest = walk(Timeframe.M5, SYMBOLS, 10 * 288, drift=0.0002, noise=0.002, end=end)
    before = walk(Timeframe.D1, SYMBOLS, daily, drift=0.004, noise=0.01, end=end - 10 * DAY)
    with engine.begin() as connection:
        store_symbols(connection, SYMBOLS)
        store_candles(connection, finest)
        for timeframe in (Timeframe.M15, Timeframe.H1, Timeframe.H4, Timeframe.D1):
            store_candles(connection, resample(finest, timeframe))
        store_candles(connection, before)


def test_accounts_of_a_backtest_live_by_the_desk_s_rules(settings: Settings) -> None:
    changed = settings.model_copy(update={"paper_hold_days": 3.5, "paper_regime_exit": True, "losses_in_a_row": 2})
    for written in (settings, changed):
        live, past = desk_rules(written, DESK), rules_of(written)
        assert (past.limits, past.hold, past.regime_exit) == (live.admission, live.hold, live.regime_exit)
    assert rules_of(settings).hold == BacktestRules().hold


def test_run_is_kept_with_its_hashes_figures_and_trades(client: TestClient, engine: Engine) -> None:
    fill(engine)
    answer = client.post("/backtest/runs", json=ASKED | {"rules": "technical"})
    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert (run["state"], run["since"][:10], run["until"][:10]) == ("done", "2024-03-02", "2024-03-05")
    assert run["figures"]["btc_return"] is not None
    again = client.get(f"/backtest/runs/{run['id']}").json()
    assert again == run
    assert client.get("/backtest/runs").json()["runs"] == [run]
    document = client.get(f"/backtest/runs/{run['id']}/result").json()["result"]
    assert document["hashes"]["result"] == run["result_hash"]
    trades = client.get(f"/backtest/runs/{run['id']}/trades", params={"account": "desk"}).json()["trades"]
    assert len(trades) == document["accounts"][0]["trades"]
    assert [trade["number"] for trade in trades] == list(range(1, len(trades) + 1))


def test_newest_run_is_told_in_telegram_with_its_picture(client: TestClient, engine: Engine) -> None:
    fill(engine)
    run = client.post("/backtest/runs", json=ASKED | {"rules": "technical"}).json()
    with engine.connect() as connection:
        said = newest(connection, wall_now(), wall_now(), Words(Language.RU, "Europe/Moscow"))
        before = newest(connection, wall_now() - DAY, wall_now(), Words())
    assert said.text.startswith(f"<b>Бэктест {run['id']}</b>, 2 мар. – 4 мар., 2 монеты")
    assert said.picture == f"/charts/backtests/{run['id']}.png?language=ru&zone=Europe%2FMoscow"
    picture = client.get(said.picture)
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")
    assert before.text.startswith("No backtest is stored yet")
    assert client.get("/charts/backtests/99.png").json()["code"] == "unknown_backtest"


def test_same_question_is_run_once(client: TestClient, engine: Engine) -> None:
    fill(engine)
    first, second = (client.post("/backtest/runs", json=ASKED).json() for _ in range(2))
    assert first == second
    other = client.post("/backtest/runs", json=ASKED | {"weights": "technical=1"}).json()
    assert other["id"] != first["id"]
    assert other["settings_hash"] != first["settings_hash"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"since": (END - 9 * DAY).isoformat(), "until": (END - 9 * DAY).isoformat()}, "empty_span"),
        ({"until": (END + 30 * DAY).isoformat()}, "future_span"),
        ({"since": (END - timedelta(hours=7)).isoformat()}, "wrong_span"),
        ({"symbols": ["NOPEUSDT"]}, "unknown_symbol"),
        ({"weights": "luck=1"}, "wrong_weights"),
    ],
)
def test_what_is_not_fit_is_refused_and_nothing_is_kept(
    client: TestClient, engine: Engine, change: dict[str, object], code: str
) -> None:
    fill(engine)
    answer = client.post("/backtest/runs", json=ASKED | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert client.get("/backtest/runs").json() == {"runs": []}


def test_too_little_history_for_the_gate_is_refused(client: TestClient, engine: Engine) -> None:
    fill(engine, daily=100)
    answer = client.post("/backtest/runs", json=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_little_history")


def test_database_without_candles_is_refused(client: TestClient) -> None:
    assert client.post("/backtest/runs", json=ASKED).json()["code"] == "no_candles"


def test_one_run_at_a_time(client: TestClient, engine: Engine) -> None:
    fill(engine)
    with ONE_AT_A_TIME:
        answer = client.post("/backtest/runs", json=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (503, "backtest_running")


def test_unknown_run_is_not_found(client: TestClient) -> None:
    for path in ("/backtest/runs/7", "/backtest/runs/7/result", "/backtest/runs/7/trades"):
        assert client.get(path).status_code == 404


def test_run_that_broke_off_is_run_again(engine: Engine) -> None:
    fill(engine)
    asked = StoredQuestion(BacktestRules(), "signals", since=END - 3 * DAY, until=END)
    number = run_stored(engine, asked, END)
    with engine.begin() as connection:
        connection.execute(text("UPDATE backtest_run SET state = 'running', result = NULL, result_hash = NULL, figures = NULL"))
    assert run_stored(engine, asked, END) == number
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT state FROM backtest_run")) == "done"


def test_readings_are_those_of_sources_and_not_what_candles_say(engine: Engine) -> None:
    fill(engine)
    said = [
        FactorReading(MARKET, Factor.CONTEXT, "fear_greed", 0.4, 0.5, END - DAY, END, {}),
        FactorReading("AAAUSDT", Factor.TECHNICAL, "trends", 0.4, 0.5, END - DAY, END, {}),
    ]
    with engine.begin() as connection:
        write_readings(connection, said, seen_at=END - DAY)
        (columns,) = readings_of_database(connection, SYMBOLS, END - 3 * DAY, END)
    assert (columns.source, columns.row.tolist()) == ((Factor.CONTEXT, "fear_greed"), [2])


def test_every_timeframe_is_the_stored_one(engine: Engine) -> None:
    fill(engine)
    history, _, question = read_question(engine, StoredQuestion(BacktestRules(), "signals", since=END - 3 * DAY), END)
    assert question.span.days[-1] == END
    joined: Candles = resample(history.finest, Timeframe.M15)
    tail = history.quarters.close[:, -len(joined.open_time) :]
    assert np.array_equal(tail, joined.close)
    assert len(history.days.open_time) > 200


@pytest.fixture
def desk_settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find the settings of a desk whose database is the test's."""
    secrets = dict.fromkeys(("FUNCTIONS_TOKEN", "N8N_ENCRYPTION_KEY", "N8N_WEBHOOK_TOKEN"), TOKEN)
    passwords = {f"DB_{name}_PASSWORD": PASSWORD for name in ("FUNCTIONS", "COLLECTOR", "DASHBOARD", "N8N")}
    places = {"DATABASE_URL": database, "DATA_DIR": str(tmp_path), "N8N_OWNER_PASSWORD": "Owner-only-for-tests-1"}
    file = tmp_path / "settings"
    file.write_text("".join(f"{name}={value}\n" for name, value in {**secrets, **passwords, **places}.items()))
    monkeypatch.setenv("QUORUM_ENV_FILE", str(file))


@pytest.mark.usefixtures("desk_settings")
def test_command_runs_over_the_database_of_the_settings(engine: Engine) -> None:
    today = Timeframe.D1.floor(wall_now())
    fill(engine, end=today)
    document = run_command(Asked("db", since=today - 3 * DAY, until=today))
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT id, result_hash FROM backtest_run")).one()
    assert (document["run"], document["hashes"]["result"]) == tuple(kept)


@pytest.mark.usefixtures("desk_settings")
def test_run_over_a_folder_is_kept_when_that_is_asked_for_and_told_like_any_other(engine: Engine, tmp_path: Path) -> None:
    history = world()
    data, daily = write(tmp_path / "data", history.finest), write(tmp_path / "daily", history.days)
    asked = Asked(str(data), since=SINCE, until=BEGIN + DAYS * DAY, daily=daily, trades="technical")
    assert "run" not in run_command(asked)
    document = run_command(replace(asked, store=True))
    with engine.connect() as connection:
        (row,) = newest_runs(connection, wall_now(), 9)
        kept = run_document(connection, document["run"])
        trades = run_trades(connection, document["run"], "desk", 1000)
    assert (row["id"], row["state"], row["figures"]["trades"]) == (document["run"], "done", document["trades"])
    assert kept is not None
    assert kept["slices"] == json.loads(json.dumps(document["slices"]))
    for parts in document["slices"].values():
        assert sum(part["trades"] for part in parts) == document["trades"] > 0
    assert len(trades) == kept["accounts"][0]["trades"]
