"""The panes over HTTP and through the dashboard's own role: the same numbers, and nothing younger than the moment."""

import json
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.market.candles.timeframe import Timeframe
from functions.panes.answers import DataPane, MarketPane, Pane, PortfolioPane, SignalsPane
from functions.panes.names import PaneName
from functions.panes.rows import csv_of
from functions.panes.run.read import PaneReader
from functions.performance.answers import ReadinessAnswer
from tests.integration.panes.conftest import run
from tests.integration.scoring.conftest import SYMBOLS, answer
from tests.unit.technical.making import END
from tui import words
from tui.tables import text_of

MOMENTS = 6  # of the week, each with every pane; the numbers of all are compared
WEEK = timedelta(days=7)
PANES: dict[PaneName, type[Pane]] = {
    PaneName.MARKET: MarketPane,
    PaneName.SIGNALS: SignalsPane,
    PaneName.PORTFOLIO: PortfolioPane,
    PaneName.DATA: DataPane,
    PaneName.READINESS: ReadinessAnswer,
}


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
@pytest.mark.parametrize("count", [MOMENTS, pytest.param(100, marks=pytest.mark.soak)])
def test_every_number_of_the_dashboard_is_the_number_of_http(client: TestClient, reader: PaneReader, count: int) -> None:
    """And what is painted from the answer of HTTP is what the screen paints."""
    draw = random.Random(7)
    filled = dict.fromkeys(PaneName, 0)
    for _ in range(count):
        at = END - draw.randrange(WEEK // timedelta(minutes=1)) * timedelta(minutes=1)
        for name in PaneName:
            pane, answered = reader.read(name, at), asked(client, name, at)
            assert answered == json.loads(pane.model_dump_json()), (name, at)
            assert text_of(PANES[name].model_validate(answered)) == text_of(pane), (name, at)
            filled[name] += len(csv_of(pane))
        signals = reader.signals(at).signals
        if signals:
            number = draw.choice(signals).signal_id
            answered = answer(client.get(f"/panes/signals/{number}", params={"as_of": at.isoformat()}))
            assert answered == json.loads(reader.signal(number, at).model_dump_json()), (number, at)
    assert all(size > 100 * count for size in filled.values()), filled


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
    data = reader.data(at)
    assert [part.part for part in data.parts] == ["bridge"]
    assert {row.source: (row.ok_at, row.successes, row.error) for row in data.sources if row.source != "reddit"} == {
        "fear_greed": (None, None, ""),
        "news": (None, None, ""),
    }


def test_what_comes_later_changes_nothing_of_a_moment(desk: Engine, reader: PaneReader) -> None:
    """Of processes and sources only the newest word is kept: those that spoke since are left out of the past."""
    signal = reader.signals(END).signals[0].signal_id
    before = {name: reader.read(name, END) for name in PaneName}
    detail = reader.signal(signal, END)
    run(desk, _LATER, end=END)
    for name in PaneName:
        was, after = before[name], reader.read(name, END)
        if isinstance(was, DataPane) and isinstance(after, DataPane):
            assert [part.part for part in after.parts] == ["bridge"]
            after = after.model_copy(update={"parts": was.parts, "sources": was.sources})
        assert after == was, name
    assert reader.signal(signal, END) == detail
    later = END + timedelta(hours=2)
    open_then, open_later = (reader.portfolio(at).report.accounts[0].open for at in (END, later))
    assert (open_then, open_later) == (1, 0)
    assert len(reader.signals(later).signals) > len(reader.signals(END).signals)


_LATER = """
    INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, turnover, source)
    SELECT symbol, '15m', at, 500, 510, 490, 505, 1000, 505000, 'ws'
    FROM symbol, generate_series(:end, :end + interval '45 minutes', interval '15 minutes') AS at;
    INSERT INTO score (symbol, close_time, version, as_of, score, coverage, confidence, created_at, technical)
    SELECT symbol, at, 1, at, 99, 1, 1, at + interval '1 second', 5
    FROM symbol, generate_series(:end + interval '15 minutes', :end + interval '1 hour', interval '15 minutes') AS at;
    INSERT INTO setup (symbol, timeframe, close_time, version, direction, entry, stop, targets, risk_reward, cost, reasons,
                       created_at, expires_at)
    SELECT symbol, '15m', :end + interval '15 minutes', 1, 'LONG', 100, 95, '{105}', 2, 0.03, '[]', :end + interval '16 minutes',
           :end + interval '2 hours' FROM symbol;
    INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, confidence, score, coverage, factors, entry,
                        stop, targets, risk_reward, position_pct, reasons, indicators, created_at, expires_at)
    SELECT symbol, '15m', :end + interval '15 minutes', 1, 'score', 'LONG', 0.8, 74, 0.8, '[]', 100, 95, '{105,110,115}', 2, 5,
           '[]', '{}', :end + interval '16 minutes', :end + interval '2 hours' FROM symbol;
    INSERT INTO signal_end (signal_id, state, at, noted_at)
    SELECT id, 'hit_sl', :end + interval '10 minutes', :end + interval '11 minutes' FROM signal WHERE created_at <= :end
    ON CONFLICT DO NOTHING;
    UPDATE delivery SET state = 'delivered', finished_at = :end + interval '5 minutes' WHERE state = 'pending';
    UPDATE paper_trade SET state = 'closed', open_quantity = 0, closed_at = :end + interval '20 minutes' WHERE state = 'open';
    INSERT INTO paper_fill (trade_id, at, reason, price, quantity, fee, profit)
    SELECT id, closed_at, 'stop', 126, 2, 0.25, -12 FROM paper_trade WHERE closed_at > :end;
    UPDATE heartbeat SET at = :end + interval '1 minute' WHERE part = 'collector';
    UPDATE source_status SET last_success_at = :end + interval '1 minute', successes = successes + 1;
    UPDATE gap SET closed_at = :end + interval '1 minute', resolution = 'filled';
    INSERT INTO universe_day (day, symbol, turnover_rank, turnover_24h, tick_size, lot_size, kind, special_treatment, taken_at)
    SELECT CAST(:end AS date) + 1, symbol, row_number() OVER (ORDER BY symbol DESC), 1e6, tick_size, lot_size, kind,
           special_treatment, :end + interval '1 hour' FROM symbol LIMIT 2;
"""


def moments(value: Any, name: str = "") -> list[tuple[str, datetime]]:
    """Return every time of what was that a pane holds; what something is valid or to be judged from lies ahead of it."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in moments(inner, key)]
    if isinstance(value, list):
        return [found for inner in value for found in moments(inner, name)]
    if not isinstance(value, str) or name in ("expires_at", "stale_at", "earliest", "latest"):
        return []
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return []
    return [(name, moment)] if moment.tzinfo else []


@pytest.mark.usefixtures("desk")
def test_an_hour_later_every_age_on_every_screen_says_so(reader: PaneReader, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[float | None, str]] = []
    age = words.age

    def recorded(seconds: float | None) -> str:
        written.append((seconds, age(seconds)))
        return written[-1][1]

    monkeypatch.setattr(words, "age", recorded)
    for name in PaneName:
        seen = []
        for at in (END + timedelta(minutes=1), END + timedelta(minutes=61)):
            written.clear()
            pane = reader.read(name, at)
            text = text_of(pane)
            assert all(said in text for _, said in written), name
            known = {round(seconds, 3) for seconds, _ in written if seconds is not None}
            assert {round(seconds, 3) for seconds in ages(json.loads(pane.model_dump_json()))} <= known, name
            seen.append(list(written))
        now, later = seen
        assert now, f"{name} shows no age"
        assert len(now) - len(later) in (0, 1)  # one signal is older than a week now
        for (seconds, said), (older, said_later) in zip(now, later, strict=False):
            assert older == (None if seconds is None else pytest.approx(seconds + 3600)), name
            assert seconds is None or said != said_later or seconds > 98 * 3600, (name, said)
    assert all(row.late for row in reader.data(END + timedelta(days=2)).candles)


def ages(value: Any) -> list[float]:
    """Return every age that a pane holds."""
    if isinstance(value, list):
        return [age for inner in value for age in ages(inner)]
    if not isinstance(value, dict):
        return []
    own = [value["age_seconds"]] if value.get("age_seconds") is not None else []
    return own + [age for inner in value.values() for age in ages(inner)]


@pytest.mark.parametrize("name", list(PaneName))
def test_a_desk_without_any_row_has_empty_panes(client: TestClient, name: PaneName) -> None:
    assert asked(client, name, END)["as_of"] == END.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("mode", ["", "SET TRANSACTION READ WRITE; "])
def test_the_dashboards_role_cannot_write(reader: PaneReader, mode: str) -> None:
    statement = f"{mode}INSERT INTO heartbeat (part, at, detail) VALUES ('x', now(), '{{}}')"
    with reader.engine.connect() as connection, pytest.raises(DBAPIError, match=r"read-only|permission denied"):
        connection.exec_driver_sql(statement)
