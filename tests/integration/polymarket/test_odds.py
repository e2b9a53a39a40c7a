"""`/polymarket/...` on a real Postgres and a simulated Polymarket."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.factors.reading import MARKET, Factor
from functions.factors.store import newest_readings
from tests.integration.polymarket.conftest import NOON
from tests.sim import InThread, SourcesSim
from tests.sim.sources.polymarket import Bet, BetEvent

HOUR = timedelta(hours=1)
END = NOON + timedelta(days=60)


@pytest.fixture
def bets(sources: SourcesSim) -> list[Bet]:
    """Seven markets that move only when a test moves them, in four events."""
    names = ("reach $100,000", "dip to $40,000", "reach $90,000")
    alone = [Bet(str(number), f"Will Bitcoin {name}?", 0.5, END) for number, name in enumerate(names, 1)]
    group = [Bet(str(number), f"Will Ethereum be between {number}k and {number + 1}k?", 0.25, END) for number in range(4, 8)]
    sources.polymarket.wanders = False
    sources.polymarket.events = [
        BetEvent("91", "Bitcoin in March", alone[:2]),
        BetEvent("92", "Bitcoin in April", alone[2:]),
        BetEvent("93", "Ethereum price", group, exclusive=True),
    ]
    return [*alone, *group]


def refresh(client: TestClient, at: datetime) -> dict[str, Any]:
    answer = client.post("/polymarket/odds/refresh", json={"as_of": at.isoformat()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def odds(client: TestClient, at: datetime, **query: object) -> dict[str, dict[str, Any]]:
    answer = client.get("/polymarket/odds", params={"as_of": at.isoformat(), "limit": 200, **query})  # type: ignore[dict-item]
    assert answer.status_code == 200, answer.text
    return {one["question"]: one for one in answer.json()}


def told(engine: Engine, kind: str = "odds_moved") -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT payload FROM alert WHERE kind = :kind ORDER BY id"), {"kind": kind})
        return [dict(row.payload) for row in rows]


def status(engine: Engine, source: str = "polymarket") -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM source_status WHERE source = :source"), {"source": source}).one_or_none()


def test_first_read_gives_odds_a_mood_and_a_status(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    answer = refresh(client, NOON)
    assert (answer["markets"], answer["reads"], answer["errors"]) == (9, 9, {})
    with engine.connect() as connection:
        readings = newest_readings(connection, [MARKET, "BTCUSDT"], NOON)
    assert [(one.symbol, one.factor, one.source) for one in readings] == [(MARKET, Factor.CONTEXT, "polymarket")]
    assert 0 < readings[0].confidence <= 0.2
    assert status(engine).successes == 1


def test_second_read_of_the_same_moment_changes_nothing(client: TestClient, engine: Engine) -> None:
    first = refresh(client, NOON)
    again = refresh(client, NOON)
    assert (first["reads"], again["reads"], again["moves"]) == (9, 0, 0)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM factor_reading")) == 1


def test_odds_are_not_known_before_they_were_read(client: TestClient) -> None:
    refresh(client, NOON)
    assert odds(client, NOON - timedelta(seconds=1)) == {}
    assert len(odds(client, NOON)) == 9
    assert len(odds(client, NOON, symbol="BTCUSDT")) == 2


def test_exclusive_group_is_renormalised_and_keeps_its_sum(client: TestClient, bets: list[Bet]) -> None:
    bets[3].probability = 0.5
    refresh(client, NOON)
    found = odds(client, NOON, symbol="ETHUSDT")
    assert [round(one["probability"], 4) for one in found.values()] == [0.4, 0.2, 0.2, 0.2]
    assert {round(one["group_sum"], 4) for one in found.values()} == {1.25}


def test_move_is_told_at_its_second_read_once(client: TestClient, engine: Engine, bets: list[Bet]) -> None:
    for hour in range(3):
        refresh(client, NOON + hour * HOUR)
    bets[0].probability, bets[0].last_trade = 0.63, 0.5
    moves = [refresh(client, NOON + hour * HOUR)["moves"] for hour in range(3, 8)]
    assert moves == [0, 1, 0, 0, 0]
    [alert] = told(engine)
    assert (alert["event"], alert["symbol"]) == ("Bitcoin in March", "BTCUSDT")
    [move] = alert["markets"]
    assert (move["before"], move["after"], move["confirmed_by"]) == (0.5, pytest.approx(0.63), "reads")


def test_move_that_was_traded_is_told_at_once(client: TestClient, engine: Engine, bets: list[Bet]) -> None:
    for hour in range(3):
        refresh(client, NOON + hour * HOUR)
    bets[0].probability, bets[0].volume = 0.65, bets[0].volume + 20_000
    assert refresh(client, NOON + 3 * HOUR)["moves"] == 1
    assert told(engine)[0]["markets"][0]["confirmed_by"] == "trades"
    assert status(engine, "polymarket_clob").successes == 1


def test_spike_that_was_not_traded_is_never_told(client: TestClient, engine: Engine, bets: list[Bet]) -> None:
    for hour in range(30):
        bets[0].probability = 0.8 if hour == 3 else 0.5
        refresh(client, NOON + hour * HOUR)
    assert told(engine) == []


def test_book_that_cannot_be_asked_leaves_the_move_to_the_second_read(
    client: TestClient, engine: Engine, sources: SourcesSim, world: InThread, bets: list[Bet]
) -> None:
    for hour in range(3):
        refresh(client, NOON + hour * HOUR)
    bets[0].probability, bets[0].volume = 0.65, bets[0].volume + 20_000
    world.do(lambda: sources.fault("src_status", match="/clob/*", status=403))
    answer = refresh(client, NOON + 3 * HOUR)
    assert (answer["moves"], answer["errors"]) == (0, {"polymarket_clob": "polymarket_clob refuses with 403"})
    assert status(engine, "polymarket_clob").errors == 1
    assert refresh(client, NOON + 4 * HOUR)["moves"] == 1


def test_one_cause_that_moves_several_markets_is_one_message(client: TestClient, engine: Engine, bets: list[Bet]) -> None:
    for hour in range(5):
        if hour == 3:
            bets[0].probability, bets[1].probability = 0.7, 0.3
        refresh(client, NOON + hour * HOUR)
    [alert] = told(engine)
    assert len(alert["markets"]) == 2


@pytest.mark.parametrize("listed", [True, False])
def test_resolution_is_told_as_such_and_is_no_move(client: TestClient, engine: Engine, bets: list[Bet], listed: bool) -> None:
    for hour in range(3):
        refresh(client, NOON + hour * HOUR)
    ended = bets[0] if listed else bets[2]  # the other market of its event is open, or there is none
    ended.closed, ended.winner, ended.probability = True, "Yes", 1.0
    assert refresh(client, NOON + 3 * HOUR)["resolved"] == 1
    assert refresh(client, NOON + 4 * HOUR)["resolved"] == 0
    assert told(engine) == []
    [alert] = told(engine, "odds_resolved")
    assert alert["markets"] == [{"question": ended.question, "winner": "Yes"}]
    assert odds(client, NOON + 4 * HOUR)[ended.question]["winner"] == "Yes"
    assert odds(client, NOON + 2 * HOUR)[ended.question]["winner"] is None


def test_market_that_is_closed_without_an_outcome_waits_for_it(client: TestClient, engine: Engine, bets: list[Bet]) -> None:
    refresh(client, NOON)
    bets[2].closed = True
    assert refresh(client, NOON + HOUR)["resolved"] == 0
    bets[2].winner = "No"
    assert refresh(client, NOON + 2 * HOUR)["resolved"] == 1
    assert told(engine, "odds_resolved")[0]["markets"][0]["winner"] == "No"


@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("src_status", {"status": 401}, "polymarket refuses with 401"),
        ("src_status", {"status": 403}, "polymarket refuses with 403"),
        ("src_status", {"status": 429, "retry_after": "600"}, "polymarket"),
        ("src_status", {"status": 503, "retry_after": "600"}, "polymarket answered 503"),
        ("src_garbage", {}, "polymarket answered something else than JSON"),
        ("src_half", {}, "polymarket does not answer"),
        ("src_hang", {}, "polymarket does not answer"),
        ("src_disconnect", {}, "polymarket does not answer"),
    ],
)
def test_source_that_fails_is_named_and_what_was_known_stays(
    client: TestClient,
    engine: Engine,
    sources: SourcesSim,
    world: InThread,
    bets: list[Bet],
    impatient: Callable[[str], None],
    fault: str,
    options: dict[str, object],
    words: str,
) -> None:
    refresh(client, NOON)
    impatient(fault)
    world.do(lambda: sources.fault(fault, match="/gamma/*", **options))
    answer = refresh(client, NOON + HOUR)
    assert words in answer["errors"]["polymarket"]
    assert words in status(engine).last_error
    assert (answer["reads"], answer["resolved"]) == (0, 0)
    assert len(odds(client, NOON + HOUR)) == 7
    world.do(sources.faults.clear)
    assert refresh(client, NOON + 2 * HOUR)["errors"] == {}
    assert status(engine).last_success_at > status(engine).last_error_at


def test_empty_list_is_named_and_nothing_counts_as_missing(client: TestClient, engine: Engine, sources: SourcesSim) -> None:
    refresh(client, NOON)
    sources.polymarket.events = []
    answer = refresh(client, NOON + HOUR)
    assert (answer["reads"], answer["errors"]) == (0, {"polymarket": "polymarket lists no open crypto market"})
    assert (status(engine).successes, status(engine).errors) == (1, 1)
    assert len(odds(client, NOON + HOUR)) == 9


def test_answer_of_a_changed_schema_is_named(client: TestClient, engine: Engine, bets: list[Bet]) -> None:
    for bet in bets:
        bet.left_out = frozenset({"outcomes"})
    answer = refresh(client, NOON)
    assert "expected events with markets" in answer["errors"]["polymarket"]
    assert status(engine).last_success_at is None


def test_market_that_cannot_be_read_stops_no_other(client: TestClient, bets: list[Bet]) -> None:
    bets[0].instead = {"question": None}
    answer = refresh(client, NOON)
    assert (answer["reads"], answer["unreadable"]) == (6, 1)


def many(count: int) -> list[BetEvent]:
    return [
        BetEvent(str(number), "Bitcoin", [Bet(str(number), f"Will Bitcoin reach {number}k?", 0.5, END, volume_24h=5000 + number)])
        for number in range(1000, 1000 + count)
    ]


def test_walk_takes_every_page_also_when_order_and_limit_are_not_kept(client: TestClient, sources: SourcesSim) -> None:
    sources.polymarket.wanders, sources.polymarket.ordered, sources.polymarket.largest_page = False, False, 7
    sources.polymarket.events = many(250)
    answer = refresh(client, NOON)
    assert (answer["markets"], answer["errors"]) == (60, {})
    assert min(one["volume_24h"] for one in odds(client, NOON).values()) == 5000 + 1190


@pytest.mark.parametrize(("cursors", "words"), [("stuck", "was there before"), ("unknown", "was there before")])
def test_cursor_that_goes_round_ends_the_walk_with_an_error(
    client: TestClient, engine: Engine, sources: SourcesSim, cursors: Any, words: str
) -> None:
    sources.polymarket.wanders = False
    sources.polymarket.events = many(60)
    refresh(client, NOON)
    sources.polymarket.cursors = cursors
    answer = refresh(client, NOON + HOUR)
    assert words in answer["errors"]["polymarket"]
    assert (answer["reads"], answer["resolved"]) == (25, 0)  # what came is kept, and nothing counts as missing


def test_strangers_and_clock_bets_are_left_out(client: TestClient, sources: SourcesSim, bets: list[Bet]) -> None:
    soon = Bet("70", "Bitcoin Up or Down - March 5, 1PM?", 0.5, NOON + timedelta(days=3), outcomes=("Up", "Down"))
    sources.polymarket.events += [
        BetEvent("95", "Super Bowl", [Bet("71", "Will it rain?", 0.5, END)], crypto=False),
        BetEvent("96", "Bitcoin Up or Down", [soon]),
    ]
    assert refresh(client, NOON)["markets"] == 7
