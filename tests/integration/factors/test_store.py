"""Readings in a real Postgres: what is kept, and what was known when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import numpy as np
import pytest
from sqlalchemy import Engine, text

from functions.arrays import Microseconds
from functions.factors.history import FactorSource
from functions.factors.reading import MARKET, Factor, FactorReading, Refusal
from functions.factors.store import WrittenReadings, newest_readings, reading_grids, write_readings

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
READING = FactorReading(
    symbol="BTCUSDT",
    factor=Factor.SENTIMENT,
    source="news",
    value=0.4,
    confidence=0.8,
    as_of=NOON,
    stale_at=NOON + 6 * HOUR,
    evidence={"headlines": 7, "words": ["up", "до луны"]},
    publishers=3,
)


@pytest.fixture(autouse=True)
def pairs(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO symbol (symbol, base, quote, status, tick_size, lot_size, min_order_amount, kind, special_treatment,
                                    first_seen_at, last_seen_at)
                SELECT name || 'USDT', name, 'USDT', 'Trading', 0.1, 0.001, 5, '', false, :at, :at
                FROM unnest(ARRAY['BTC', 'ETH', 'SOL']) AS name
            """),
            {"at": NOON},
        )


def write(engine: Engine, *readings: FactorReading, seen_at: datetime = NOON) -> WrittenReadings:
    with engine.begin() as connection:
        return write_readings(connection, readings, seen_at)


def newest(engine: Engine, as_of: datetime, *symbols: str) -> list[FactorReading]:
    with engine.connect() as connection:
        return newest_readings(connection, symbols or ["BTCUSDT"], as_of)


def microseconds(moments: Sequence[datetime]) -> Microseconds:
    return np.array([round(moment.timestamp() * 1e6) for moment in moments], dtype=np.int64)


def test_reading_comes_back_as_it_was_written(engine: Engine) -> None:
    assert write(engine, READING) == WrittenReadings(new=1, repeated=0, refused={})
    assert newest(engine, NOON) == [READING]


def test_repeat_is_no_new_row(engine: Engine) -> None:
    write(engine, READING)
    assert write(engine, READING, READING) == WrittenReadings(new=0, repeated=2, refused={})
    assert write(engine, READING, seen_at=NOON + HOUR) == WrittenReadings(new=0, repeated=1, refused={})


@pytest.mark.parametrize(
    "change",
    [
        {"value": 0.5},
        {"confidence": 0.7},
        {"stale_at": NOON + 7 * HOUR},
        {"evidence": {"headlines": 8}},
        {"publishers": 2},
    ],
)
def test_restatement_stands_beside_what_it_corrects(engine: Engine, change: dict[str, float]) -> None:
    restated = replace(READING, **change)  # type: ignore[arg-type]
    write(engine, READING)
    assert write(engine, restated, seen_at=NOON + HOUR).new == 1
    assert newest(engine, NOON + HOUR - timedelta(microseconds=1)) == [READING]
    assert newest(engine, NOON + HOUR) == [restated]


def test_restatement_taken_back_is_a_third_row(engine: Engine) -> None:
    write(engine, READING)
    write(engine, replace(READING, value=0.5), seen_at=NOON + HOUR)
    assert write(engine, READING, seen_at=NOON + 2 * HOUR).new == 1
    assert newest(engine, NOON + 2 * HOUR) == [READING]


def test_call_that_comes_again_after_a_restatement_changes_nothing(engine: Engine) -> None:
    restated = replace(READING, value=0.5)
    write(engine, READING)
    write(engine, restated, seen_at=NOON + HOUR)
    assert write(engine, READING, seen_at=NOON).new == 0
    assert newest(engine, NOON + HOUR) == [restated]


def test_statement_that_was_seen_before_the_newest_one_is_known_from_then_on(engine: Engine) -> None:
    restated = replace(READING, value=0.5)
    write(engine, READING)
    write(engine, restated, seen_at=NOON + 2 * HOUR)
    assert write(engine, restated, seen_at=NOON + HOUR).new == 1
    assert newest(engine, NOON + HOUR) == [restated]


def test_refused_readings_are_counted_and_stop_no_other(engine: Engine) -> None:
    written = write(
        engine,
        replace(READING, value=2.0),
        replace(READING, as_of=NOON + HOUR),
        replace(READING, symbol="NOUSDT"),
        replace(READING, symbol="XXUSDT"),
        replace(READING, symbol=MARKET),
        READING,
    )
    assert written == WrittenReadings(new=2, repeated=0, refused={Refusal.VALUE: 1, Refusal.FUTURE: 1, Refusal.UNKNOWN_SYMBOL: 2})
    assert newest(engine, NOON + 2 * HOUR, "BTCUSDT", "NOUSDT", MARKET) == [READING, replace(READING, symbol=MARKET)]


def test_reading_of_a_clock_that_runs_ahead_waits_for_its_time(engine: Engine) -> None:
    ahead = replace(READING, as_of=NOON + timedelta(seconds=30))
    assert write(engine, ahead).new == 1
    assert newest(engine, NOON) == []
    assert newest(engine, ahead.as_of) == [ahead]


def test_nothing_is_written_for_no_readings(engine: Engine) -> None:
    assert write(engine) == WrittenReadings(new=0, repeated=0, refused={})


def test_newest_of_every_factor_and_source_of_the_symbols_asked_for(engine: Engine) -> None:
    whales = replace(READING, factor=Factor.ONCHAIN, source="whales")
    reddit = replace(READING, source="reddit")
    ether, market = replace(READING, symbol="ETHUSDT"), replace(READING, symbol=MARKET)
    older = replace(READING, as_of=NOON - HOUR, value=-1.0)
    write(engine, older, READING, whales, reddit, ether, market, replace(READING, symbol="SOLUSDT"))
    assert newest(engine, NOON, "BTCUSDT", "ETHUSDT", MARKET) == [whales, READING, reddit, ether, market]


def test_grids_hold_at_each_moment_what_the_newest_readings_say(engine: Engine) -> None:
    random = Random(7)
    symbols = ("BTCUSDT", "ETHUSDT", MARKET)
    moments = [NOON + HOUR * step / 2 for step in range(24)]
    for _ in range(150):
        seen_at = NOON + timedelta(minutes=random.randrange(-600, 720))
        as_of = NOON + timedelta(minutes=random.randrange(-600, 721, 60))
        reading = replace(
            READING,
            symbol=random.choice(symbols),
            source=random.choice(["news", "reddit"]),
            value=random.uniform(-1, 1),
            as_of=min(as_of, seen_at),
            stale_at=seen_at + HOUR,
            publishers=random.randrange(1, 5),
        )
        assert write(engine, reading, seen_at=seen_at).refused == {}
    with engine.connect() as connection:
        grids = reading_grids(connection, symbols, microseconds(moments))
        for column, moment in enumerate(moments):
            expected = {(one.source, one.symbol): one for one in newest_readings(connection, symbols, moment)}
            alone = reading_grids(connection, symbols, microseconds([moment]))
            for (row, symbol), (voice, grid) in product(enumerate(symbols), grids.items()):
                newest_reading = expected.get((voice.source, symbol))
                cell = (row, column)
                assert (newest_reading is None) == bool(np.isnan(grid.value[cell]))
                if newest_reading:
                    assert newest_reading.value == grid.value[cell] == alone[voice].value[row, 0]
                    assert newest_reading.confidence == grid.confidence[cell]
                    assert newest_reading.publishers == grid.publishers[cell]
                    assert (newest_reading.stale_at > moment) == grid.fresh[cell]


def test_no_readings_give_no_grids(engine: Engine) -> None:
    with engine.connect() as connection:
        assert reading_grids(connection, ["BTCUSDT", MARKET], microseconds([NOON])) == {}


def test_source_in_a_grid_is_told_by_its_factor_too(engine: Engine) -> None:
    write(engine, READING, replace(READING, factor=Factor.CONTEXT))
    with engine.connect() as connection:
        grids = reading_grids(connection, ["BTCUSDT"], microseconds([NOON]))
    assert set(grids) == {FactorSource(Factor.SENTIMENT, "news"), FactorSource(Factor.CONTEXT, "news")}
