"""Scores, rejections and the watch list over HTTP, now and as of then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.integration.scoring.conftest import QUARTER, SYMBOLS, Score, answer, greed, say
from tests.integration.scoring.test_line import replay
from tests.unit.technical.making import END


def get(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    return answer(client.get(path, params={"as_of": END.isoformat(), **query}))


@pytest.fixture
def scored(world: Engine, scan: Score, score: Score) -> list[dict[str, Any]]:
    """Four hours, scored close by close; the signals of them."""
    return replay(scan, score, 17)


@pytest.mark.usefixtures("scored")
def test_scores_of_all_coins_now_and_as_of_then(client: TestClient) -> None:
    now = get(client, "/scores")
    assert {row["symbol"] for row in now["scores"]} == set(SYMBOLS)
    assert [row["score"] for row in now["scores"]] == sorted((row["score"] for row in now["scores"]), reverse=True)
    assert now["gate"] == {
        "symbol": "BTCUSDT",
        "regime": 1,
        "since": (END - timedelta(days=1)).isoformat().replace("+00:00", "Z"),
    }
    assert {row["age_seconds"] for row in now["scores"]} == {0.0}
    assert all(sum(row["points"].values()) == pytest.approx(row["score"] - 50) for row in now["scores"])
    then = get(client, "/scores", as_of=(END - QUARTER + timedelta(seconds=90)).isoformat())
    assert {row["age_seconds"] for row in then["scores"]} == {90.0}
    assert {row["symbol"]: row["score"] for row in then["scores"]} != {row["symbol"]: row["score"] for row in now["scores"]}
    assert get(client, "/scores", as_of=(END - timedelta(days=2)).isoformat())["scores"] == []


@pytest.mark.usefixtures("scored")
def test_one_coin_shows_what_each_source_says_with_its_age_and_evidence(client: TestClient, engine: Engine) -> None:
    coin = get(client, "/scores/AAAUSDT")
    factors = {row["factor"]: row for row in coin["factors"]}
    assert list(factors) == ["technical", "sentiment", "onchain", "context", "momentum"]
    assert sum(row["weight"] for row in factors.values()) == pytest.approx(1.0)
    [trends] = factors["technical"]["readings"]
    assert (trends["source"], trends["fresh"], trends["age_seconds"]) == ("trends", True, 0.0)
    assert trends["evidence"].keys() == {"1d", "4h", "1h", "15m"}
    [mood] = factors["context"]["readings"]
    assert (mood["source"], mood["market"], mood["age_seconds"]) == ("fear_greed", True, 30 * 3600.0)
    assert (factors["sentiment"]["readings"], factors["sentiment"]["now"]["side"]) == ([], "silent")
    later = get(client, "/scores/AAAUSDT", as_of=(END + timedelta(hours=7)).isoformat())
    assert {row["factor"]: row["readings"][0]["fresh"] for row in later["factors"] if row["readings"]} == {
        "technical": False,
        "context": False,
        "momentum": False,
    }
    say(engine, greed(-1.0, END + timedelta(seconds=1)), seen_at=END + timedelta(seconds=1))
    assert get(client, "/scores/AAAUSDT") == coin


@pytest.mark.usefixtures("scored")
def test_history_of_a_coin_is_its_scores_oldest_first(client: TestClient) -> None:
    rows = get(client, "/scores/BTCUSDT/history", hours=2)["scores"]
    assert len(rows) == 8
    assert [row["close_time"] for row in rows] == sorted(row["close_time"] for row in rows)


def test_rejections_are_counted_by_reason_and_told_with_figures(client: TestClient, scored: list[dict[str, Any]]) -> None:
    found = get(client, "/rejections")
    assert found["signals"] == len(scored)
    assert found["setups"] == found["signals"] + sum(found["counts"].values())
    assert list(found["counts"].values()) == sorted(found["counts"].values(), reverse=True)
    newest = found["rejections"][0]
    assert newest["code"] == newest["reasons"][0]["code"] in found["counts"]
    one = get(client, f"/rejections/{newest['rejection_id']}")
    assert one == newest
    assert len(one["factors"]) == 5
    alone = get(client, "/rejections", symbol=newest["symbol"])
    assert {row["symbol"] for row in alone["rejections"]} == {newest["symbol"]}
    assert get(client, "/rejections", as_of=(END - timedelta(hours=5)).isoformat())["counts"] == {}


@pytest.mark.usefixtures("scored")
def test_watch_list_has_each_coin_once_while_its_setup_lives(client: TestClient) -> None:
    listed = get(client, "/watchlist")["setups"]
    assert listed
    assert len({row["symbol"] for row in listed}) == len(listed)
    assert get(client, "/watchlist", as_of=(END + timedelta(hours=5)).isoformat())["setups"] == []


def test_coin_shows_its_live_signal(client: TestClient, scored: list[dict[str, Any]]) -> None:
    last = scored[-1]
    signal = get(client, f"/scores/{last['symbol']}", as_of=last["close_time"])["signal"]
    said = {name: value for name, value in last.items() if name != "alerted"}
    assert signal == {**said, "state": "new", "ended_at": None}
    assert get(client, f"/scores/{last['symbol']}", as_of=(END + timedelta(hours=5)).isoformat())["signal"] is None


def test_signal_stands_where_its_times_and_its_end_say(client: TestClient, engine: Engine, scored: list[dict[str, Any]]) -> None:
    last = scored[-1]
    number, path = last["signal_id"], f"/signals/{last['signal_id']}"
    expires = datetime.fromisoformat(last["expires_at"])
    hit, noted = expires + timedelta(hours=1), expires + timedelta(hours=2)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO signal_end (signal_id, state, at, noted_at) VALUES (:number, 'hit_sl', :hit, :noted)"),
            {"number": number, "hit": hit, "noted": noted},
        )
    moments = (expires - timedelta(seconds=1), expires, noted - timedelta(seconds=1), noted)
    states = [get(client, path, as_of=at.isoformat())["state"] for at in moments]
    assert states == ["new", "active", "active", "hit_sl"]
    assert datetime.fromisoformat(get(client, path, as_of=noted.isoformat())["ended_at"]) == hit
    listed = get(client, "/signals", as_of=noted.isoformat(), state="hit_sl")["signals"]
    assert [one["signal_id"] for one in listed] == [number]
    active = get(client, "/signals", as_of=noted.isoformat(), state="active", symbol=last["symbol"], min_confidence=0.5)[
        "signals"
    ]
    assert number not in [one["signal_id"] for one in active]
    assert len(get(client, "/signals", as_of=noted.isoformat())["signals"]) == len(scored)
    assert get(client, "/signals", as_of=noted.isoformat(), direction="SHORT")["signals"] == []


@pytest.mark.parametrize("path", ["/signals/99999", "/scores/NONEUSDT", "/scores/NONEUSDT/history", "/rejections/7"])
def test_what_is_not_there_is_said(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
