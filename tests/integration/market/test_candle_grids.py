"""Reading the newest candles of many symbols as one grid."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, text

from functions.market.candles.timeframe import Timeframe
from functions.market.store import candle_rows, read_candles
from functions.market.store.candle_grids import FEW, TOGETHER

NAMES = [f"S{number:02d}USDT" for number in range(FEW + 10)]
HOUR = Timeframe.H1.span
START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 3 * TOGETHER + 2


@pytest.fixture
def stored(engine: Engine) -> dict[tuple[str, datetime], list[float]]:
    """Candles in another order at each close, some missing, no close at all in the middle; and some that must not be read."""
    random = np.random.default_rng(5)
    found: dict[tuple[str, datetime], list[float]] = {}
    for hour in range(HOURS):
        for number in random.permutation(len(NAMES)):
            if hour != TOGETHER and random.random() < 0.8:
                found[NAMES[number], START + hour * HOUR] = [float(value) for value in random.random(5)]
    rows = [{"s": name, "f": "1h", "at": at, **dict(zip("ohlcv", values, strict=True))} for (name, at), values in found.items()]
    other = {**dict.fromkeys("ohlcv", 7.0), "s": NAMES[0]}
    rows += [
        {**other, "f": "15m", "at": START},
        {**other, "f": "1h", "at": START - HOUR},
        {**other, "f": "1h", "at": START + HOURS * HOUR},
    ]
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)"
                " VALUES (:s, :f, :at, :o, :h, :l, :c, :v, 'ws')"
            ),
            rows,
        )
    return found


@pytest.mark.parametrize("count", [1, 2, FEW, FEW + 1, len(NAMES)])
def test_grid_has_each_candle_in_its_place(engine: Engine, stored: dict[tuple[str, datetime], list[float]], count: int) -> None:
    asked = [*reversed(NAMES[-count:]), "NONEUSDT"]
    grid = read_candles(engine, Timeframe.H1, asked, START + HOURS * HOUR + timedelta(minutes=59), HOURS)
    times = [datetime.fromtimestamp(at / 1000, UTC) for at in grid.open_time.tolist()]
    expected = np.array([[stored.get((name, at), [np.nan] * 5) for at in times] for name in asked])
    found = np.stack([grid.open, grid.high, grid.low, grid.close, grid.volume], axis=2)
    np.testing.assert_array_equal(found, expected)
    there = [at for name, at in stored if name in asked]
    assert (times[0], times[-1]) == (min(there), max(there))
    assert grid.symbols == tuple(asked)


def test_nothing_stored_is_an_empty_grid(engine: Engine) -> None:
    for asked in ([], ["NONEUSDT"], [f"N{number}USDT" for number in range(FEW + 1)]):
        grid = read_candles(engine, Timeframe.H1, asked, START, 100)
        assert grid.close.shape == (len(asked), 0)
        assert grid.last_close is None


def test_none_of_many_asked_is_among_those_stored(engine: Engine, stored: dict[tuple[str, datetime], list[float]]) -> None:
    grid = read_candles(engine, Timeframe.H1, [f"N{number}USDT" for number in range(FEW + 1)], START + HOURS * HOUR, HOURS)
    assert not np.isfinite(grid.close).any()


def test_candles_corrected_later_are_as_they_were_known_at_a_moment(engine: Engine) -> None:
    at, later = START, START + timedelta(hours=3)
    first, second = START + timedelta(hours=1), START + timedelta(hours=2)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO candle (symbol, timeframe, open_time, open, high, low, close, volume, source)"
                " VALUES ('AUSDT', '1h', :at, 1, 1, 1, 1, 1, 'ws'), ('BUSDT', '1h', :at, 9, 9, 9, 9, 9, 'ws')"
            ),
            {"at": at},
        )
        for value, moment in ((2.0, first), (3.0, second)):
            connection.execute(text("UPDATE candle SET close = :value, high = :value WHERE symbol = 'AUSDT'"), {"value": value})
            connection.execute(
                text("UPDATE candle_revision SET revised_at = :moment WHERE id = (SELECT max(id) FROM candle_revision)"),
                {"moment": moment},
            )
    for known_at, expected in ((first - timedelta(seconds=1), 1.0), (first, 2.0), (second, 3.0), (None, 3.0)):
        grid = read_candles(engine, Timeframe.H1, ["BUSDT", "AUSDT"], later, 5, known_at)
        assert grid.close.tolist() == [[9.0], [expected]]
        with engine.connect() as connection:
            (row,) = candle_rows(connection, "AUSDT", Timeframe.H1, later, 5, known_at)
        assert (row["close"], row["volume"]) == (expected, 1.0)
