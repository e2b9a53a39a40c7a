"""`POST /screener/run` on a real Postgres and the simulated exchange."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, text

from db.tables import score
from functions.market.candles.timeframe import Timeframe
from functions.market.run.bulk_lock import LOCK_NUMBER
from tests.sim import BybitSim, InThread


def run(client: TestClient, **body: object) -> dict[str, Any]:
    answer = client.post("/screener/run", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def test_all_usdt_pairs_are_considered_and_the_liquid_ones_ranked_with_reasons(client: TestClient, engine: Engine) -> None:
    found = run(client)
    top, left_out = found["top"], {one["code"]: one["symbols"] for one in found["left_out"]}
    assert found["made"]
    assert top["considered"] == top["ranked"] + sum(map(len, left_out.values()))
    assert top["ranked"] == 8, "of eight liquid pairs, though only three are streamed"
    assert {"USDCUSDT", "AAPLXUSDT", "FTTUSDT"} <= set(left_out["not_tradable"])
    scores = [pick["daily_score"] for pick in top["picks"]]
    assert scores == sorted(scores, reverse=True)
    assert [pick["rank"] for pick in top["picks"]] == list(range(1, 9))
    for pick in top["picks"]:
        assert (pick["score"], pick["points"], pick["daily_coverage"]) == (None, {}, 1.0)
        assert len(pick["reasons"]) == 4
        assert all(0 <= part <= 1 for part in pick["parts"].values())
    assert count(engine, "screener_pick") == 8


def test_daily_run_again_is_the_same_run_and_asks_the_exchange_nothing(
    client: TestClient, engine: Engine, exchange: BybitSim
) -> None:
    first = run(client)
    exchange.journal.clear()
    again = run(client)
    assert not again["made"]
    assert again["top"] == first["top"]
    assert exchange.journal.entries("rest") == []
    assert count(engine, "screener_run") == 1


def test_runs_at_the_same_time_are_one(client: TestClient, engine: Engine) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: run(client), range(3)))
    assert [answer["made"] for answer in answers].count(True) == 1
    assert (count(engine, "screener_run"), count(engine, "screener_pick")) == (1, 8)


def test_run_now_is_another_run_and_becomes_the_newest(
    client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    run(client)
    world.run(exchange.advance(3600))
    later = run(client, as_of="2024-03-05T13:00:10Z")
    assert later["made"]
    assert count(engine, "screener_run") == 2
    newest = client.get("/screener/top", params={"as_of": "2024-03-05T13:10:10Z", "n": 3}).json()
    assert newest["run"] == later["top"]["run"]
    assert newest["age_seconds"] == 600
    assert len(newest["picks"]) == 3
    earlier = client.get("/screener/top", params={"as_of": "2024-03-05T12:10:00Z"}).json()
    assert earlier["run"] == "daily:2024-03-05", "what was not known then is not shown"


def test_top_ranks_by_the_newest_scores_and_says_each_factors_share(client: TestClient, engine: Engine) -> None:
    top = run(client)["top"]
    before = [pick["symbol"] for pick in top["picks"]]
    close = Timeframe.M15.floor(datetime.fromisoformat(top["as_of"]))
    rows = [
        {"symbol": before[5], "close_time": close, "score": 61.0, "technical": 14.0, "momentum": -3.0},
        {"symbol": before[2], "close_time": close, "score": 38.0, "technical": -12.0, "momentum": None},
        {"symbol": before[7], "close_time": close - timedelta(hours=2), "score": 99.0, "technical": 49.0, "momentum": None},
    ]
    with engine.begin() as connection:
        about = {"version": 1, "coverage": 0.5, "confidence": 0.5, "as_of": close, "created_at": close}
        connection.execute(insert(score), [{**row, **about} for row in rows])
    picks = client.get("/screener/top").raise_for_status().json()["picks"]
    rest = [symbol for symbol in before if symbol not in (before[5], before[2])]
    assert [pick["symbol"] for pick in picks] == [before[5], before[2], *rest], "a late score counts for nothing"
    assert [pick["rank"] for pick in picks] == list(range(1, 9))
    assert (picks[0]["score"], picks[0]["coverage"], picks[0]["points"]) == (61.0, 0.5, {"technical": 14.0, "momentum": -3.0})
    assert [why["text"] for why in picks[0]["reasons"][:3]] == [
        "score 61 of 100, 50% of all weight known",
        "technical +14.0",
        "momentum -3.0",
    ]


def test_top_of_an_old_run_says_it_is_stale(client: TestClient) -> None:
    run(client)
    assert not client.get("/screener/top", params={"as_of": "2024-03-06T14:00:00Z"}).json()["stale"]
    assert client.get("/screener/top", params={"as_of": "2024-03-06T14:01:00Z"}).json()["stale"]


def test_top_before_any_run_is_404(client: TestClient) -> None:
    answer = client.get("/screener/top")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_screener_run")


def test_young_pair_is_ranked_by_what_is_known(client: TestClient, exchange: BybitSim, world: InThread) -> None:
    world.do(lambda: exchange.fault("list", symbol="NEWCUSDT", price=2.0))
    with_turnover = exchange.market.spec("NEWCUSDT").daily_turnover
    assert with_turnover > 1e6
    world.run(exchange.advance(24 * 3600, step=3600))
    found = run(client, as_of="2024-03-06T12:00:10Z")
    pick = next(pick for pick in found["top"]["picks"] if pick["symbol"] == "NEWCUSDT")
    assert pick["daily_coverage"] == 0.0
    assert pick["daily_score"] == 0.0
    assert {reason["code"] for reason in pick["reasons"]} == {"short_history"}


def test_candles_that_cannot_come_are_said_and_cost_coverage(client: TestClient, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK_NUMBER})
        found = run(client)
    assert "another part" in found["top"]["note"]
    assert {pick["daily_coverage"] for pick in found["top"]["picks"]} == {0.0}
    assert found["top"]["picks"][0]["reasons"][0]["code"] == "short_history"


def test_daily_run_without_its_candles_is_made_again_until_it_has_them(
    client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK_NUMBER})
        first = run(client)
        again = run(client)
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK_NUMBER})
    world.do(lambda: exchange.fault("rest_status", match="/v5/market/tickers", status=500, count=1))
    kept = run(client)
    whole = run(client)
    assert (first["made"], again["made"], kept["made"], whole["made"], run(client)["made"]) == (True, True, False, True, False)
    assert kept["top"]["note"] == again["top"]["note"]
    assert whole["top"]["note"] is None
    assert {pick["daily_coverage"] for pick in whole["top"]["picks"]} == {1.0}
    assert (count(engine, "screener_run"), count(engine, "screener_pick")) == (1, 8)


def test_exchange_down_is_a_503_and_stores_nothing(
    client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    world.do(lambda: exchange.fault("rest_status", match="/v5/market/tickers", status=500, count=1))
    assert client.post("/screener/run").status_code == 503
    assert count(engine, "screener_run") == 0
    assert run(client)["made"]


def test_another_moment_than_now_is_refused(client: TestClient, engine: Engine) -> None:
    answer = client.post("/screener/run", json={"as_of": "2024-03-05T11:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_now")
    assert count(engine, "screener_run") == 0
