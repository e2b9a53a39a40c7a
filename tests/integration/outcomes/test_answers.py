"""`GET /outcomes` and `GET /outcomes/lift`: what became of ideas, whether they beat random entries, and as of when."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.outcomes.lift import Verdict
from tests.integration.scoring.conftest import answer
from tests.unit.technical.making import END

DAY = timedelta(days=1)
NOW = END + timedelta(hours=1)
COLUMNS = """symbol, timeframe, close_time, version, hours, signal_id, code, direction, confidence, agreeing, moved, best, worst,
             first, r, randoms, random_r, random_won, settled_at"""


def add(engine: Engine, days_ago: int, r: float | None, *, symbol: str = "AAAUSDT", hours: int = 168, **more: Any) -> None:
    """Write an outcome of a rejection that was said some days ago and known seven days after."""
    said = END - days_ago * DAY
    row = {"symbol": symbol, "timeframe": "15m", "close_time": said, "version": 2, "hours": hours, "signal_id": None}
    row |= {"code": "no_consensus", "direction": 1, "confidence": 0.72, "agreeing": ["technical", "momentum"], "moved": 0.01}
    row |= {"best": 0.5, "worst": -0.2, "first": 1, "r": r, "randoms": 5, "random_r": 0.1, "random_won": 0.4}
    row |= {"settled_at": said + timedelta(hours=hours), **more}
    if r is None:
        row |= dict.fromkeys(("moved", "best", "worst", "first", "random_r", "random_won")) | {"randoms": 0}
    values = ", ".join(f":{name.strip()}" for name in COLUMNS.split(","))
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO outcome ({COLUMNS}) VALUES ({values})"), row)


def lift(client: TestClient, **query: Any) -> dict[str, Any]:
    return answer(client.get("/outcomes/lift", params={"kind": "rejection", "as_of": NOW.isoformat(), **query}))


def test_nothing_measured_is_not_enough(client: TestClient) -> None:
    found = lift(client, kind="signal")
    assert (found["lift"]["verdict"], found["lift"]["ideas"], found["lift"]["r"]) == (Verdict.NOT_ENOUGH, 0, None)
    assert (found["by_coin"], found["fewest_ideas"]) == ({}, 30)


def test_planted_edge_is_found_as_a_whole_and_where_it_lies(client: TestClient, engine: Engine) -> None:
    for day in range(8, 128):
        add(engine, day, 1.1 if day % 2 else 0.9)
        add(engine, day, 0.1 if day % 2 else 0.0, symbol="BBBUSDT", timeframe="1h", confidence=0.31, agreeing=["technical"])
    found = lift(client)
    assert (found["measured"], found["lift"]["ideas"], found["lift"]["days"]) == (240, 240, 120)
    assert found["lift"]["verdict"] == Verdict.EDGE
    assert found["lift"]["r"] == pytest.approx((1.0 + 0.05) / 2)
    assert found["lift"]["random_r"] == pytest.approx(0.1)
    assert found["lift"]["r_lift"]["low"] < 0.425 < found["lift"]["r_lift"]["high"]
    verdicts = {name: row["verdict"] for name, row in found["by_coin"].items()}
    assert verdicts == {"AAAUSDT": "edge", "BBBUSDT": "nothing_shown"}
    assert {name: row["ideas"] for name, row in found["by_factor"].items()} == {"technical": 240, "momentum": 120}
    assert set(found["by_timeframe"]) == {"15m", "1h"}
    assert set(found["by_confidence"]) == {"70-80%", "30-40%"}
    assert {name: row["ideas"] for name, row in found["by_reason"].items()} == {"no_consensus": 240}


def test_29_ideas_are_not_enough_and_30_are(client: TestClient, engine: Engine) -> None:
    for day in range(8, 37):
        add(engine, day, 1.0)
    assert lift(client)["lift"]["verdict"] == Verdict.NOT_ENOUGH
    add(engine, 37, 1.0)
    assert lift(client)["lift"]["verdict"] == Verdict.EDGE


def test_what_has_no_random_entries_or_no_candles_is_counted_apart(client: TestClient, engine: Engine) -> None:
    add(engine, 8, 1.0)
    add(engine, 9, 1.0, randoms=0, random_r=None, random_won=None)
    add(engine, 10, None)
    add(engine, 3, 0.2, hours=1, randoms=0, random_r=None, random_won=None)
    found = lift(client)
    assert [found[name] for name in ("measured", "alone", "unknown")] == [2, 1, 1]
    assert found["lift"]["ideas"] == 1


def test_as_of_knows_what_was_written_by_then(client: TestClient, engine: Engine) -> None:
    add(engine, 8, 1.0)
    add(engine, 20, 1.0)
    earlier = (END - 10 * DAY).isoformat()
    assert lift(client, as_of=earlier)["measured"] == 1
    found = answer(client.get("/outcomes", params={"as_of": earlier}))
    assert [row["close_time"] for row in found["outcomes"]] == [(END - 20 * DAY).isoformat().replace("+00:00", "Z")]


def test_outcomes_are_filtered_and_the_newest_comes_first(client: TestClient, engine: Engine) -> None:
    add(engine, 8, 1.0)
    add(engine, 9, -1.1, symbol="BBBUSDT", direction=-1, first=-1, code="gate_closed", confidence=0.2)
    add(engine, 9, None, symbol="CCCUSDT")

    def ask(**query: Any) -> list[tuple[str, Any]]:
        found = answer(client.get("/outcomes", params={"as_of": NOW.isoformat(), **query}))
        return [(row["symbol"], row["first"]) for row in found["outcomes"]]

    assert ask() == [("AAAUSDT", "target"), ("BBBUSDT", "stop"), ("CCCUSDT", None)]
    assert ask(direction="SHORT") == ask(code="gate_closed") == ask(symbol="BBBUSDT") == [("BBBUSDT", "stop")]
    assert ask(min_confidence=0.5, limit=1) == [("AAAUSDT", "target")]
    assert ask(kind="signal") == ask(hours=1) == ask(days=5) == []
