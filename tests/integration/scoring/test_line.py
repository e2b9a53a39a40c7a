"""`POST /scoring/run` on a real database: what is scanned is scored once, with its signals, rejections and alerts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.factors.reading import Factor
from functions.factors.store import write_readings
from functions.scoring.document import SignalAlert
from tests.integration.scoring.conftest import QUARTER, SYMBOLS, Score, count, greed, rows, say
from tests.integration.technical.test_scan import owner
from tests.unit.technical.making import END

TABLES = ("score", "signal", "rejection", "alert", "regime_change")


def closes(number: int) -> list[datetime]:
    """The last closes of 15m, oldest first."""
    return [END - back * QUARTER for back in range(number - 1, -1, -1)]


def replay(scan: Score, score: Score, number: int) -> list[dict[str, Any]]:
    """Scan and score the last closes one by one; returns every signal."""
    found = []
    for close in closes(number):
        scan(close)
        found += score(close)["signals"]
    return found


def test_rising_market_gives_signals_each_with_its_alert(world: Engine, scan: Score, score: Score) -> None:
    signals = replay(scan, score, 17)
    assert signals
    assert {signal["direction"] for signal in signals} == {"LONG"}
    alerts = rows(world, "SELECT key, payload, created_at, expires_at FROM alert WHERE kind = 'signal' ORDER BY id")
    assert len(alerts) == len(signals) == count(world, "signal")
    key, payload, created_at, expires_at = alerts[0]
    said = SignalAlert.model_validate(payload)
    assert key == f"signal:{said.symbol}:{said.timeframe}:{said.close_time.isoformat()}:score:v1"
    assert expires_at - created_at == said.expires_at - said.close_time
    assert abs(created_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert (said.score > 50, said.confidence >= 0.65, said.position_pct > 0) == (True, True, True)
    assert {one.factor.value: one.side.value for one in said.factors} == {
        "technical": "agrees",
        "sentiment": "silent",
        "onchain": "silent",
        "context": "agrees",
        "momentum": "agrees",
    }
    assert said.coverage == pytest.approx(0.6)
    assert sum(one.points or 0 for one in said.factors) == pytest.approx(said.score - 50, abs=0.02)


def test_every_setup_ends_as_a_signal_or_a_rejection(world: Engine, scan: Score, score: Score) -> None:
    replay(scan, score, 17)
    assert count(world, "setup") == count(world, "signal") + count(world, "rejection") > 0
    assert count(world, "close_to_score") == 0
    for code, reasons in rows(world, "SELECT code, reasons FROM rejection"):
        assert code == reasons[0]["code"]
        assert all(reason["text"] for reason in reasons)


def test_every_coin_has_a_score_at_every_close(world: Engine, scan: Score, score: Score) -> None:
    replay(scan, score, 5)
    kept = rows(world, "SELECT symbol, close_time, score, coverage FROM score")
    assert {(symbol, close) for symbol, close, _, _ in kept} == {(symbol, close) for symbol in SYMBOLS for close in closes(5)}
    assert {round(coverage, 9) for _, _, _, coverage in kept} == {0.6}
    assert all(0 <= score <= 100 for _, _, score, _ in kept)


def test_second_run_writes_nothing(world: Engine, scan: Score, score: Score) -> None:
    scan(END)
    first = score(END)
    before = [count(world, table) for table in TABLES]
    second = score(END)
    assert (first["scores"], first["closes"]) == (len(SYMBOLS), 1)
    assert (second["scores"], second["closes"], second["signals"], second["rejections"]) == (0, 0, [], {})
    assert [count(world, table) for table in TABLES] == before


def test_close_that_is_scored_again_keeps_its_rows(world: Engine, scan: Score, score: Score) -> None:
    for close in closes(9):
        scan(close)
    score(END)
    statements = [f"SELECT * FROM {table} ORDER BY 1, 2, 3" for table in TABLES]
    before = [rows(world, statement) for statement in statements]
    with world.begin() as connection:
        connection.execute(
            text("""INSERT INTO close_to_score SELECT timeframe, close_time, array_agg(symbol) FROM technical_state
                    WHERE timeframe IN ('15m', '1h') GROUP BY timeframe, close_time""")
        )
    answer = score(END)
    assert (answer["scores"], answer["signals"], answer["rejections"]) == (0, [], {})
    assert [rows(world, statement) for statement in statements] == before


def test_three_runs_at_once_write_everything_once(world: Engine, scan: Score, score: Score) -> None:
    for close in closes(9):
        scan(close)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: score(END), range(3)))
    assert sorted(answer["scores"] for answer in answers) == [0, 0, 9 * len(SYMBOLS)]
    assert count(world, "setup") == count(world, "signal") + count(world, "rejection")
    assert count(world, "signal") == sum(len(answer["signals"]) for answer in answers)


def test_after_a_stop_every_missed_close_is_scored_as_it_would_have_been(world: Engine, scan: Score, score: Score) -> None:
    signals = replay(scan, score, 60)
    facts = "SELECT symbol, close_time, score, coverage, confidence, technical, context, momentum FROM score ORDER BY 1, 2"
    outcomes = """SELECT symbol, timeframe, close_time, 'signal', score FROM signal
                  UNION ALL SELECT symbol, timeframe, close_time, code, score FROM rejection ORDER BY 1, 2, 3"""
    live = rows(world, facts), rows(world, outcomes)
    for table in TABLES:
        with world.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))
    with world.begin() as connection:
        connection.execute(
            text("""INSERT INTO close_to_score SELECT timeframe, close_time, array_agg(symbol) FROM technical_state
                    WHERE timeframe IN ('15m', '1h') GROUP BY timeframe, close_time""")
        )
    answer = score(END)
    assert answer["closes"] == 60
    assert (rows(world, facts), rows(world, outcomes)) == live
    newest = {signal["symbol"] for signal in signals if datetime.fromisoformat(signal["close_time"]) == END}
    assert {signal["symbol"] for signal in answer["signals"] if signal["alerted"]} == newest
    assert any(not signal["alerted"] for signal in answer["signals"])


def test_candles_alone_are_silent_and_say_why(candles: Engine, scan: Score, score: Score) -> None:
    signals = replay(scan, score, 17)
    assert signals == []
    found = "SELECT r.reasons FROM rejection r JOIN setup s USING (symbol, timeframe, close_time) WHERE direction = 'LONG'"
    longs = rows(candles, found)
    assert longs
    for (reasons,) in longs:
        consensus = next(reason for reason in reasons if reason["code"] == "no_consensus")
        assert consensus["text"] == "2 of the 3 factors that have to agree do"
    assert {round(coverage, 9) for (coverage,) in rows(candles, "SELECT coverage FROM score")} == {0.5}


def test_pair_that_had_a_signal_waits_four_hours(world: Engine, scan: Score, score: Score) -> None:
    signals = replay(scan, score, 60)
    by_symbol: dict[str, list[datetime]] = {}
    for signal in signals:
        by_symbol.setdefault(signal["symbol"], []).append(datetime.fromisoformat(signal["close_time"]))
    gaps = [later - one for times in by_symbol.values() for one, later in pairwise(times)]
    assert all(gap >= timedelta(hours=4) for gap in gaps)
    assert rows(world, "SELECT 1 FROM rejection WHERE code = 'cooldown' LIMIT 1")


def test_refused_reading_is_counted_and_changes_no_score(candles: Engine, scan: Score, score: Score) -> None:
    sure = replace(greed(), symbol="AAAUSDT", factor=Factor.SENTIMENT, source="news", value=1.0, confidence=1.0)
    refused = [replace(sure, value=1.5), replace(sure, as_of=END + timedelta(days=1)), replace(sure, symbol="NONEUSDT")]
    with candles.begin() as connection:
        written = write_readings(connection, refused, seen_at=END - timedelta(hours=20))
    assert (written.new, sum(written.refused.values())) == (0, 3)
    scan(END)
    score(END)
    assert set(rows(candles, "SELECT sentiment, coverage > 0.5 FROM score")) == {(None, False)}


def test_stale_reading_counts_for_nothing(candles: Engine, scan: Score, score: Score) -> None:
    say(candles, greed(as_of=END - timedelta(hours=37)))
    scan(END)
    score(END)
    assert {round(coverage, 9) for (coverage,) in rows(candles, "SELECT coverage FROM score")} == {0.5}


def test_what_comes_after_a_close_does_not_count_for_it_in_a_catch_up(candles: Engine, scan: Score, score: Score) -> None:
    for close in closes(3):
        scan(close)
    say(candles, greed(), seen_at=END - QUARTER + timedelta(seconds=30))
    score(END + timedelta(minutes=5))
    found = rows(candles, "SELECT DISTINCT close_time, round(coverage::numeric, 9) FROM score ORDER BY 1")
    assert [float(coverage) for _, coverage in found] == [0.5, 0.6, 0.6]


def test_failure_while_writing_leaves_nothing_behind(
    client: TestClient, world: Engine, scan: Score, score: Score, database: str
) -> None:
    for close in closes(17):
        scan(close)
    with owner(database).begin() as connection:
        connection.execute(text("ALTER TABLE alert ADD CONSTRAINT broken CHECK (kind <> 'signal')"))
    assert client.post("/scoring/run", json={"as_of": END.isoformat()}).status_code == 500
    assert [count(world, table) for table in TABLES] == [0] * len(TABLES)
    with owner(database).begin() as connection:
        connection.execute(text("ALTER TABLE alert DROP CONSTRAINT broken"))
    assert score(END)["closes"] == 17


def test_pair_that_is_no_coin_gives_no_signal(world: Engine, scan: Score, score: Score) -> None:
    with world.begin() as connection:
        connection.execute(text("UPDATE symbol SET kind = 'xstocks' WHERE symbol = 'AAAUSDT'"))
    replay(scan, score, 17)
    assert rows(world, "SELECT 1 FROM signal WHERE symbol = 'AAAUSDT'") == []
    assert {code for (code,) in rows(world, "SELECT code FROM rejection WHERE symbol = 'AAAUSDT'")} == {"pair_excluded"}


def test_gate_that_turns_raises_one_alert(world: Engine, scan: Score, score: Score) -> None:
    scan(END - QUARTER)
    score(END - QUARTER)
    assert rows(world, "SELECT symbol, regime, before FROM regime_change") == [("BTCUSDT", 1, None)]
    assert rows(world, "SELECT 1 FROM alert WHERE kind = 'regime'") == []
    with world.begin() as connection:
        connection.execute(text("UPDATE regime_change SET regime = 0"))
    scan(END)
    score(END)
    score(END)
    assert rows(world, "SELECT regime, before, close_time FROM regime_change ORDER BY close_time") == [
        (0, None, END - timedelta(days=1)),
        (1, 0, END),
    ]
    [(key, kind_class, payload)] = rows(world, "SELECT key, class, payload FROM alert WHERE kind = 'regime'")
    assert (key, kind_class) == (f"regime:BTCUSDT:{END.isoformat()}", "regime")
    assert payload == {"symbol": "BTCUSDT", "regime": 1, "before": 0, "close_time": END.isoformat()}
