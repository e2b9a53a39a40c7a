"""What the writer cannot store stays in memory, whatever the database says."""

from collections.abc import Callable

import orjson
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.away import DATABASE_AWAY, reason_of
from db.connect import engine_for
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed.closes import CloseTracker
from functions.collector.feed.intake import Intake
from functions.collector.measures import Measures
from functions.collector.writer import Writer
from functions.logs.database import database_words
from functions.market.store import read_forming
from functions.settings import Settings
from tests.integration.db.test_away import STATES

START = 1_709_636_400_000  # 2024-03-05 11:00 UTC
Refuse = Callable[[str], None]


@pytest.fixture
def owner(database: str) -> Engine:
    return create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)


@pytest.fixture
def intake() -> Intake:
    """An intake that holds one closed candle."""
    holding = Intake()
    row = {"start": START, "end": START + 299_999, "interval": "5", "open": "1", "close": "1", "high": "1", "low": "1"}
    row |= {"volume": "0", "turnover": "0", "confirm": True, "timestamp": START}
    frame = {"topic": "kline.5.BTCUSDT", "ts": START + 300_000, "type": "snapshot", "data": [row]}
    holding.take(orjson.dumps(frame))
    return holding


def writer_of(engine: Engine, settings: Settings, intake: Intake) -> Writer:
    return Writer(engine, intake, CloseTracker(["BTCUSDT"]), ExchangeTime(settings.clock), Measures())


@pytest.mark.parametrize("state", STATES)
async def test_candles_wait_for_a_database_that_refuses_and_are_stored_when_it_takes_them(
    settings: Settings, owner: Engine, intake: Intake, state: str
) -> None:
    body = f"BEGIN RAISE EXCEPTION 'said so' USING ERRCODE = '{state}'; END"
    with owner.begin() as connection:
        connection.execute(text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
        connection.execute(text("CREATE TRIGGER refuse BEFORE INSERT ON candle FOR EACH STATEMENT EXECUTE FUNCTION refuse()"))
    engine = engine_for(settings.database("collector"), application="test")
    writer = writer_of(engine, settings, intake)
    with pytest.raises(DATABASE_AWAY) as caught:
        await writer.flush_candles()
    assert intake.waiting == 1
    reason = reason_of(caught.value)
    assert reason is not None
    assert reason.code == STATES[state]
    assert database_words(caught.value) == f"{reason.sentence} (said so)"
    with owner.begin() as connection:
        connection.execute(text("DROP TRIGGER refuse ON candle"))
    await writer.flush_candles()
    assert intake.waiting == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM candle")) == 1
    engine.dispose()


async def test_candles_wait_for_a_database_that_has_become_read_only(settings: Settings, owner: Engine, intake: Intake) -> None:
    with owner.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{owner.url.database}" SET default_transaction_read_only = on'))
    engine = engine_for(settings.database("collector"), application="test")
    with pytest.raises(DATABASE_AWAY):
        await writer_of(engine, settings, intake).flush_candles()
    assert intake.waiting == 1
    engine.dispose()


async def test_candles_wait_while_no_connection_is_free(settings: Settings, intake: Intake) -> None:
    engine = engine_for(settings.database("collector"), application="test", pool_size=1)
    engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    with engine.connect(), engine.connect(), pytest.raises(DATABASE_AWAY):
        await writer_of(engine, settings, intake).flush_candles()
    assert intake.waiting == 1
    engine.dispose()


async def test_open_candle_is_stored_and_only_a_newer_word_replaces_it(settings: Settings, engine: Engine) -> None:
    collector = engine_for(settings.database("collector"), application="test")
    told = Intake(lambda: START + 600_000)
    writer = writer_of(collector, settings, told)
    for seconds, low in ((60, "99"), (30, "98"), (120, "97")):
        row = {"start": START, "open": "100", "high": "101", "low": low, "close": "100", "confirm": False}
        frame = {"topic": "kline.5.BTCUSDT", "ts": START + seconds * 1000, "type": "snapshot", "data": [row]}
        told.take(orjson.dumps(frame))
        await writer.flush_tickers()
    with engine.connect() as connection:
        candle = read_forming(connection, "BTCUSDT")
        assert read_forming(connection, "ETHUSDT") is None
    assert candle is not None
    assert (candle.low, (candle.exchange_time - candle.open_time).total_seconds()) == (97.0, 120.0)
    collector.dispose()
