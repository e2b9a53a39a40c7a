"""The panes over HTTP and through the dashboard's own role: the same numbers, and nothing younger than the moment."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.connect import engine_for
from functions.market.candles.grid import Timeframe
from functions.panes.answers import PaneName
from functions.panes.run.read import PaneReader
from functions.scoring.run.settings import rules_of
from functions.settings import Settings
from tests.integration.scoring.conftest import SYMBOLS, Score, answer
from tests.integration.scoring.test_line import replay
from tests.unit.technical.making import END
from tui.tables import text_of

MOMENTS = 25  # of each pane; the numbers of all are compared


@pytest.fixture
def desk(world: Engine, scan: Score, score: Score) -> Engine:
    """Four hours scored close by close, and a snapshot of the universe."""
    with world.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO universe_day (day, symbol, turnover_rank, turnover_24h, tick_size, lot_size, kind,"
                " special_treatment, taken_at) SELECT CAST(:at AS date), symbol, row_number() OVER (ORDER BY symbol), 1e6,"
                " tick_size, lot_size, kind, special_treatment, :at FROM symbol"
            ),
            {"at": END - timedelta(days=1)},
        )
    replay(scan, score, 17)
    return world


@pytest.fixture
def reader(settings: Settings) -> Iterator[PaneReader]:
    """Panes as the dashboard reads them: with its own role."""
    engine = engine_for(settings.database("dashboard"), application="test-dashboard")
    yield PaneReader(engine, settings.clock, rules_of(settings))
    engine.dispose()


def asked(client: TestClient, name: PaneName, at: datetime) -> dict[str, Any]:
    path = "/readiness" if name is PaneName.READINESS else f"/panes/{name}"
    return answer(client.get(path, params={"as_of": at.isoformat()}))


@pytest.mark.usefixtures("desk")
def test_a_signal_in_full_has_the_candles_closed_by_then(client: TestClient, reader: PaneReader) -> None:
    signal = next(signal for signal in reader.signals(END).signals if signal.timeframe is Timeframe.M15)
    later = signal.close_time + timedelta(minutes=31)
    pane = reader.signal(signal.signal_id, later)
    assert answer(client.get(f"/panes/signals/{signal.signal_id}", params={"as_of": later.isoformat()})) == json.loads(
        pane.model_dump_json()
    )
    assert pane.signal.signal_id == signal.signal_id
    assert pane.candles[-1].closed_at == signal.close_time + timedelta(minutes=30)
    assert len(pane.candles) == 42
    query: dict[str, str | int] = {"symbol": signal.symbol, "timeframe": "15m", "limit": 42, "as_of": later.isoformat()}
    candles = answer(client.get("/market/candles", params=query))["candles"]
    assert [(candle.open, candle.high, candle.low, candle.close) for candle in pane.candles] == [
        (candle["open"], candle["high"], candle["low"], candle["close"]) for candle in candles
    ]
    missing = client.get("/panes/signals/999999", params={"as_of": later.isoformat()})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_signal")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("moments", [MOMENTS, pytest.param(100, marks=pytest.mark.soak)])
def test_every_number_of_the_dashboard_is_the_number_of_http(client: TestClient, reader: PaneReader, moments: int) -> None:
    draw = random.Random(7)
    for _ in range(moments):
        at = END - timedelta(minutes=draw.randrange(60 * 24 * 7 if moments > MOMENTS else 60 * 5))
        for name in PaneName:
            assert asked(client, name, at) == json.loads(reader.read(name, at).model_dump_json())


@pytest.mark.usefixtures("desk")
def test_the_market_has_prices_changes_trends_and_scores(client: TestClient) -> None:
    pane = asked(client, PaneName.MARKET, END)
    assert {row["symbol"] for row in pane["rows"]} == set(SYMBOLS)
    assert pane["gate"]["regime"] == 1
    assert [mood["source"] for mood in pane["moods"]] == ["fear_greed"]
    scores = {row["symbol"]: row["score"] for row in answer(client.get("/scores", params={"as_of": END.isoformat()}))["scores"]}
    for row in pane["rows"]:
        day = closes(client, row["symbol"], 97)
        assert row["price"] == day[-1]
        assert row["change_24h"] == pytest.approx(day[-1] / day[0] - 1)
        assert row["age_seconds"] == 0
        assert row["score"] == scores[row["symbol"]]
        assert row["trend"] in (-1, 0, 1)
        assert len(row["closes"]) == 24


def closes(client: TestClient, symbol: str, count: int) -> list[float]:
    """Return the newest closes of 15m, oldest first."""
    query: dict[str, str | int] = {"symbol": symbol, "timeframe": "15m", "limit": count, "as_of": END.isoformat()}
    return [candle["close"] for candle in answer(client.get("/market/candles", params=query))["candles"]]


@pytest.mark.usefixtures("desk")
def test_the_past_shows_nothing_younger_than_itself(reader: PaneReader) -> None:
    at = END - timedelta(hours=2, minutes=7)
    for name in PaneName:
        seen = moments(json.loads(reader.read(name, at).model_dump_json()))
        assert {where: moment for where, moment in seen if moment > at} == {}
    market = reader.market(at)
    assert {row.closed_at for row in market.rows} == {END - timedelta(hours=2, minutes=15)}
    assert len(reader.signals(at).signals) <= len(reader.signals(END).signals)


def moments(value: Any, name: str = "") -> list[tuple[str, datetime]]:
    """Return every time of what was that a pane holds; what a signal is valid until lies ahead of it."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in moments(inner, key)]
    if isinstance(value, list):
        return [found for inner in value for found in moments(inner, name)]
    if not isinstance(value, str) or name in ("expires_at", "stale_at"):
        return []
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return []
    return [(name, moment)] if moment.tzinfo else []


@pytest.mark.usefixtures("desk")
def test_an_hour_later_everything_is_an_hour_older(reader: PaneReader) -> None:
    now, later = reader.market(END), reader.market(END + timedelta(hours=1))
    assert [row.age_seconds for row in later.rows] == [row.age_seconds + 3600 for row in now.rows]
    assert [mood.age_seconds for mood in later.moods] == [mood.age_seconds + 3600 for mood in now.moods]
    assert all(row.late for row in reader.data(END + timedelta(days=2)).candles)
    assert "1h" in text_of(later)


@pytest.mark.parametrize("name", list(PaneName))
def test_a_desk_without_any_row_has_empty_panes(client: TestClient, name: PaneName) -> None:
    assert asked(client, name, END)["as_of"] == END.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("mode", ["", "SET TRANSACTION READ WRITE; "])
def test_the_dashboards_role_cannot_write(reader: PaneReader, mode: str) -> None:
    statement = f"{mode}INSERT INTO heartbeat (part, at, detail) VALUES ('x', now(), '{{}}')"
    with reader.engine.connect() as connection, pytest.raises(DBAPIError, match=r"read-only|permission denied"):
        connection.exec_driver_sql(statement)
