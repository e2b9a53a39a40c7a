"""Asking a source and keeping what it says: one way, whatever its factor."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from functions.errors import RetryLater
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.store import newest_readings
from functions.outgoing.run import SourceAnswer, refresh_source

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reading(value: float = 0.5, as_of: datetime = NOON - HOUR, symbol: str = MARKET) -> FactorReading:
    return FactorReading(
        symbol=symbol,
        factor=Factor.ONCHAIN,
        source="somewhere",
        value=value,
        confidence=0.5,
        as_of=as_of,
        stale_at=as_of + 6 * HOUR,
        evidence={},
    )


def status(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM source_status WHERE source = 'somewhere'")).one()


def kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(newest_readings(connection, [MARKET], NOON))


def test_what_a_source_says_is_kept_with_what_stands_beside_it(engine: Engine) -> None:
    def beside(connection: Connection) -> None:
        connection.execute(text("INSERT INTO heartbeat (part, at, detail) VALUES ('beside', now(), '{}')"))

    assert refresh_source(engine, "somewhere", lambda: SourceAnswer([reading()], beside), NOON) is None
    row = status(engine)
    assert (row.successes, row.errors, row.lag_seconds) == (1, 0, 3600)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM heartbeat WHERE part = 'beside'")) == 1


def test_refused_reading_is_a_failure_and_leaves_the_others(engine: Engine) -> None:
    answer = SourceAnswer([reading(), reading(value=7.0), reading(symbol="NOSUCHUSDT")])
    error = refresh_source(engine, "somewhere", lambda: answer, NOON)
    assert error == "reading refused: value is not between -1 and 1, symbol is unknown"
    row = status(engine)
    assert (row.successes, row.errors, row.last_error) == (0, 1, error)
    assert kept(engine) == 1


def test_source_that_is_away_is_noted(engine: Engine) -> None:
    def away() -> SourceAnswer:
        raise RetryLater("source_away", "somewhere does not answer")

    assert refresh_source(engine, "somewhere", away, NOON) == "somewhere does not answer"
    assert status(engine).last_error == "somewhere does not answer"
    assert kept(engine) == 0
