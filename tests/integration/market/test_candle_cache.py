"""What is kept between reads is always what a read of everything gives."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, make_url, text

from functions.market.candles.closed import ClosedCandles, Source
from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.retention import Cut, Kind
from functions.market.run import candle_cache
from functions.market.run.candle_cache import CandleCache
from functions.market.store import read_candles, remove_oldest_day, write_candles
from functions.market.store.candle_grids import FEW, read_range
from tests.server import copy_database, drop, owner_engine

NAMES = [f"S{number:02d}USDT" for number in range(FEW + 3)]
HOUR = Timeframe.H1.span
START = datetime(2026, 3, 1, tzinfo=UTC)
BARS = 12


def put(connection: Connection, symbol: str, hour: int, price: float, source: Source = Source.WS) -> None:
    opened = np.array([round((START + hour * HOUR).timestamp() * 1000)])
    values: dict[str, Any] = {name: np.array([price]) for name in (*CANDLE_FIELDS, "turnover")}
    candles = ClosedCandles(Timeframe.H1, int(opened[0]) + 10_000_000_000, (symbol,), opened, **values)
    write_candles(connection, candles, source)


def same(found: Candles, expected: Candles) -> bool:
    grids = all(np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True) for name in CANDLE_FIELDS)
    return bool(grids and found.symbols == expected.symbols and np.array_equal(found.open_time, expected.open_time))


@pytest.fixture
def asked(engine: Engine) -> Callable[..., bool]:
    """Read by what is kept and anew, and tell whether both say the same."""
    keeper = CandleCache(engine)

    def ask(hour: int, symbols: list[str] = NAMES, bars: int = BARS) -> bool:
        as_of = START + hour * HOUR
        return same(keeper.read(Timeframe.H1, symbols, as_of, bars), read_candles(engine, Timeframe.H1, symbols, as_of, bars))

    return ask


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, datetime, datetime]]:
    """What was read for the keeper: how many symbols, from which open time to which."""
    made: list[tuple[int, datetime, datetime]] = []

    def noted(*call: Any) -> Candles:
        *_, symbols, first, last = call
        made.append((len(symbols), first, last))
        return read_range(*call)

    monkeypatch.setattr(candle_cache, "read_range", noted)
    return made


@pytest.mark.parametrize("seed", range(5))
def test_any_course_of_writes_and_reads(engine: Engine, asked: Callable[..., bool], seed: int) -> None:
    random = np.random.default_rng(seed)
    now = 30
    for _ in range(120):
        now += int(random.random() < 0.3)
        with engine.begin() as connection:
            for symbol in random.choice(NAMES, int(random.integers(0, 6))):
                source = Source.REST if random.random() < 0.3 else Source.WS
                put(connection, str(symbol), now - 1 - int(random.exponential(4)), float(random.random()) + 1, source)
            if random.random() < 0.05:
                before = START + (now - int(random.integers(5, 20))) * HOUR
                remove_oldest_day(connection, Cut(Kind.CANDLES, before, Timeframe.H1))
        if random.random() < 0.6:
            hour = now - int(random.integers(0, 3)) * int(random.random() < 0.2)
            symbols = [str(name) for name in random.permutation(NAMES)[: random.integers(1, len(NAMES) + 1)]]
            assert asked(hour, NAMES if random.random() < 0.6 else symbols, BARS + int(random.integers(0, 2)))


def test_what_a_transaction_wrote_that_was_open_during_a_read_is_seen_by_the_next(
    engine: Engine, asked: Callable[..., bool]
) -> None:
    with engine.begin() as connection:
        for hour in range(20):
            put(connection, NAMES[0], hour, 1.0)
    assert asked(20)
    with engine.connect() as late:
        put(late, NAMES[1], 15, 2.0)
        with engine.begin() as connection:  # a younger transaction, over before the older one
            put(connection, NAMES[2], 16, 3.0)
        assert asked(20)
        assert asked(20)
        late.commit()
    assert asked(20)


def test_a_close_reads_its_own_candles_alone(
    engine: Engine, asked: Callable[..., bool], reads: list[tuple[int, datetime, datetime]]
) -> None:
    with engine.begin() as connection:
        for hour in range(20):
            put(connection, NAMES[0], hour, 1.0)
    assert asked(20)
    with engine.begin() as connection:
        put(connection, NAMES[0], 20, 1.5)
        put(connection, NAMES[0], 3, 9.0)  # before the window
    assert asked(21)
    assert asked(21)
    newest = START + 20 * HOUR
    first = START + (20 - BARS) * HOUR
    assert [times for _, *times in reads] == [[first, newest - HOUR], [newest, newest], [newest + HOUR, newest]]


def test_a_symbol_that_comes_alone_does_not_push_the_others_out(
    engine: Engine, asked: Callable[..., bool], reads: list[tuple[int, datetime, datetime]]
) -> None:
    with engine.begin() as connection:
        for hour in range(20):
            put(connection, NAMES[0], hour, 1.0)
            put(connection, NAMES[1], hour, 2.0)
    assert asked(20, [NAMES[0]])
    assert asked(20, [NAMES[1]])
    reads.clear()
    assert asked(20, [NAMES[0]])
    assert asked(20, [NAMES[1], NAMES[0]])
    assert [(symbols, first) for symbols, first, _ in reads] == [(2, START + 20 * HOUR)] * 2


@pytest.mark.parametrize(
    "by_hand",
    [
        "UPDATE candle SET close = 7, high = 7 WHERE open_time = :at",
        "DELETE FROM candle WHERE open_time = :at",
        "INSERT INTO candle VALUES ('S01USDT', '1h', :at, 7, 7, 7, 7, 7, 7, 'rest')",
    ],
)
def test_what_another_hand_writes_is_seen_by_the_next_read(engine: Engine, asked: Callable[..., bool], by_hand: str) -> None:
    with engine.begin() as connection:
        for hour in range(20):
            put(connection, NAMES[0], hour, 1.0)
    assert asked(20)
    with engine.begin() as connection:
        connection.execute(text(by_hand), {"at": START + 15 * HOUR})
    assert asked(20)


def test_all_is_read_anew_after_hours_and_for_a_new_symbol(
    engine: Engine, asked: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_unnoted(price: float) -> None:
        with engine.begin() as connection:
            about = {"at": START + 15 * HOUR, "price": price}
            connection.execute(text("UPDATE candle SET close = :price, high = :price WHERE open_time = :at"), about)
            connection.execute(text("DELETE FROM candle_change"))

    with engine.begin() as connection:
        for hour in range(20):
            put(connection, NAMES[0], hour, 1.0)
    assert asked(20, NAMES[:2])
    write_unnoted(7.0)
    assert not asked(20, NAMES[:2])
    assert asked(20, NAMES)
    write_unnoted(8.0)
    monkeypatch.setattr(candle_cache, "KEEP_SECONDS", timedelta(0).total_seconds())
    assert asked(20, NAMES)


def test_after_a_restore_all_is_read_anew(engine: Engine, asked: Callable[..., bool], database: str) -> None:
    with engine.begin() as connection:
        for hour in range(20):
            put(connection, NAMES[0], hour, 1.0)
    assert asked(20)
    engine.dispose()
    name = str(make_url(database).database)
    with owner_engine(database).connect() as server:
        server.execute(text(f"ALTER DATABASE {name} RENAME TO {name}_replaced"))
        copy_database(server, f"{name}_replaced", name)
        server.execute(text(f"GRANT CONNECT ON DATABASE {name} TO functions"))
    with engine.begin() as connection:  # what the backup held was noted long before, if at all
        connection.execute(text("UPDATE candle SET close = 7, high = 7 WHERE open_time = :at"), {"at": START + 15 * HOUR})
        connection.execute(text("DELETE FROM candle_change"))
    assert asked(20)
    drop(database, f"{name}_replaced")


def test_grids_cannot_be_written_to(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, NAMES[0], 0, 1.0)
    candles = CandleCache(engine).read(Timeframe.H1, NAMES[:1], START + HOUR, BARS)
    assert [getattr(candles, name).flags.writeable for name in ("open_time", *CANDLE_FIELDS)] == [False] * 6
