from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sim.clock import DAY, MINUTE, parse_time
from tests.sim.market.board import Board
from tests.sim.market.candles import (
    BASE,
    CLOSE,
    HIGH,
    LOW,
    OPEN,
    PER_DAY,
    TIMEFRAMES,
    VOLUME,
    decimal_column,
    decimal_text,
    part_formed,
    resample,
)
from tests.sim.market.exchange import Market, make_market
from tests.sim.market.noise import IntArray

NOW = int(parse_time("2024-03-05T11:59:40Z") * 1000)
NEXT_DAY = NOW - NOW % DAY + DAY
MARKET = make_market(symbols=6, seed=3, quiet=frozenset({"XRPUSDT"}))
COINS = ["BTCUSDT", "ETHUSDT", "XRPUSDT"]


def candles(market: Market, symbol: str, interval: str, count: int, now: int = NOW) -> IntArray:
    frame = TIMEFRAMES[interval]
    return market.candles(symbol, frame, now - (count - 1) * frame.length, now, now)[1]


@pytest.mark.parametrize("symbol", COINS)
@pytest.mark.parametrize("interval", ["15", "60", "240", "D", "W"])
def test_each_timeframe_adds_up_from_five_minutes(symbol: str, interval: str) -> None:
    frame = TIMEFRAMES[interval]
    end = frame.floor(NOW)
    start = end - 8 * frame.length
    base = MARKET.candles(symbol, TIMEFRAMES["5"], start, end - BASE, NOW)[1]
    higher = MARKET.candles(symbol, frame, start, end - frame.length, NOW)[1]
    np.testing.assert_array_equal(resample(base, frame.length // BASE), higher)


@pytest.mark.parametrize("interval", ["15", "60", "240", "D", "W"])
def test_an_open_candle_is_its_closed_part_and_the_forming_bar(interval: str) -> None:
    frame = TIMEFRAMES[interval]
    base = MARKET.candles("BTCUSDT", TIMEFRAMES["5"], frame.floor(NOW), NOW, NOW)[1]
    open_candle = MARKET.open_candle("BTCUSDT", frame, NOW)
    np.testing.assert_array_equal(resample(base, base.shape[1]), open_candle)


def test_the_same_seed_gives_the_same_market_whatever_else_is_in_it() -> None:
    small, large = make_market(symbols=2, seed=9), make_market(symbols=40, seed=9, others=False)
    np.testing.assert_array_equal(candles(small, "ETHUSDT", "60", 500), candles(large, "ETHUSDT", "60", 500))


def test_another_seed_gives_another_market() -> None:
    other = make_market(symbols=2, seed=10)
    assert not np.array_equal(candles(other, "ETHUSDT", "D", 50), candles(MARKET, "ETHUSDT", "D", 50))


def test_any_stretch_alone_equals_the_same_stretch_of_a_longer_one() -> None:
    long = candles(MARKET, "ETHUSDT", "5", 5000)
    np.testing.assert_array_equal(candles(MARKET, "ETHUSDT", "5", 7), long[:, -7:])


def test_a_thousand_days_of_history_exist() -> None:
    assert candles(MARKET, "BTCUSDT", "D", 1000).shape == (6, 1000)


@pytest.mark.parametrize("symbol", MARKET.symbols)
def test_candles_are_possible(symbol: str) -> None:
    series = candles(MARKET, symbol, "5", 3000)
    assert (series[LOW] >= 1).all()
    assert (series[LOW] <= np.minimum(series[OPEN], series[CLOSE])).all()
    assert (series[HIGH] >= np.maximum(series[OPEN], series[CLOSE])).all()
    assert (series[VOLUME] >= 0).all()
    np.testing.assert_array_equal(series[OPEN, 1:], series[CLOSE, :-1])


def test_a_quiet_symbol_does_not_trade_for_hours() -> None:
    series = candles(MARKET, "XRPUSDT", "5", 10 * PER_DAY)
    silent = series[VOLUME] == 0
    assert 0.1 < silent.mean() < 0.6
    assert (series[HIGH] == series[LOW])[silent].all()
    assert "000000000000000000000000000000000000" in "".join("0" if one else "1" for one in silent)


def test_symbols_move_with_the_market() -> None:
    market = make_market(symbols=5, seed=1, others=False)
    prices = np.stack([candles(market, symbol, "D", 700)[CLOSE] for symbol in market.symbols]).astype(float)
    correlation = np.corrcoef(np.diff(np.log(prices)))
    off_diagonal = correlation[~np.eye(5, dtype=bool)]
    assert 0.1 < off_diagonal.mean() < 0.9


def test_volatility_clusters() -> None:
    close = candles(MARKET, "BTCUSDT", "D", 2000)[CLOSE].astype(float)
    size = np.abs(np.diff(np.log(close)))
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.03


def test_prices_span_many_magnitudes_and_names_are_unique() -> None:
    market = make_market(symbols=600, seed=1)
    prices = [market.spec(symbol).price for symbol in market.symbols]
    assert len(set(market.symbols)) == 614
    assert min(prices) < 1e-5
    assert max(prices) > 1e4


@given(fraction=st.floats(0, 1, exclude_max=True), later=st.floats(0, 1, exclude_max=True))
def test_a_forming_candle_only_widens_and_stays_inside_the_closed_one(fraction: float, later: float) -> None:
    fraction, later = sorted((fraction, later))
    whole = candles(MARKET, "ETHUSDT", "5", 200, NOW - NOW % DAY - 1)
    chance = np.random.default_rng(1).integers(0, 65536, (200, 4))
    early, late = part_formed(whole, chance, fraction), part_formed(whole, chance, later)
    assert (early[HIGH] <= late[HIGH]).all()
    assert (late[HIGH] <= whole[HIGH]).all()
    assert (early[LOW] >= late[LOW]).all()
    assert (late[LOW] >= whole[LOW]).all()
    assert (early[VOLUME] <= late[VOLUME]).all()


def test_a_candle_that_has_just_begun_knows_nothing_of_its_range() -> None:
    whole = candles(MARKET, "ETHUSDT", "5", 200, NOW - NOW % DAY - 1)
    chance = np.random.default_rng(1).integers(0, 65536, (200, 4))
    begun = part_formed(whole, chance, 0.05)
    np.testing.assert_array_equal(begun[HIGH], np.maximum(begun[OPEN], begun[CLOSE]))
    np.testing.assert_array_equal(begun[LOW], np.minimum(begun[OPEN], begun[CLOSE]))


def test_a_half_formed_candle_differs_from_the_closed_one() -> None:
    start = NOW - NOW % BASE
    half = MARKET.open_candle("BTCUSDT", TIMEFRAMES["5"], start + BASE // 2)
    whole = MARKET.closed_candle("BTCUSDT", TIMEFRAMES["5"], start)
    assert half[CLOSE] != whole[CLOSE]
    assert half[VOLUME] < whole[VOLUME]


@given(
    units=st.lists(st.integers(0, 10**16), min_size=1, max_size=20),
    decimals=st.integers(0, 12),
)
def test_columns_are_written_like_single_numbers(units: list[int], decimals: int) -> None:
    column = decimal_column(np.array(units, dtype=np.int64), decimals)
    assert [text.decode() for text in column] == [decimal_text(unit, decimals) for unit in units]


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(0, 4, "0"), (1, 10, "0.0000000001"), (1927400, 3, "1927.4"), (500, 0, "500"), (500, 2, "5"), (65140, 1, "6514")],
)
def test_numbers_have_no_exponent_and_no_trailing_zero(units: int, decimals: int, text: str) -> None:
    assert decimal_text(units, decimals) == text


@pytest.mark.parametrize("now", [NOW, NEXT_DAY, NEXT_DAY + 7 * MINUTE, NEXT_DAY - 1])
def test_the_board_agrees_with_the_series(now: int) -> None:
    board = Board(MARKET)
    rows = np.arange(len(MARKET.symbols))
    for interval in ("5", "15", "240", "D"):
        frame = TIMEFRAMES[interval]
        board.move_to(now)
        forming = board.open_candles(frame, now, rows)
        closed = board.closed_candles(frame, frame.floor(now))
        for row, symbol in enumerate(board.symbols):
            np.testing.assert_array_equal(forming[:, row], MARKET.open_candle(symbol, frame, now)[:, 0])
            start = frame.floor(now) - frame.length
            np.testing.assert_array_equal(closed[:, row], MARKET.closed_candle(symbol, frame, start)[:, 0])


def test_a_listed_symbol_has_no_candle_before_its_listing() -> None:
    market = make_market(symbols=2, seed=1)
    market.list_symbol("NEWUSDT", NOW, price=2.0)
    later = NOW + 3 * 60 * MINUTE
    first, series = market.candles("NEWUSDT", TIMEFRAMES["60"], 0, later, later)
    assert first == NOW - NOW % (60 * MINUTE)
    assert series.shape[1] == 4
    base = market.candles("NEWUSDT", TIMEFRAMES["5"], 0, later, later)[1]
    np.testing.assert_array_equal(base[VOLUME:].sum(axis=1), series[VOLUME:].sum(axis=1))
    board = Board(market)
    board.move_to(later)
    daily = board.open_candles(TIMEFRAMES["D"], later, np.array([board.position["NEWUSDT"]]))
    np.testing.assert_array_equal(daily, market.open_candle("NEWUSDT", TIMEFRAMES["D"], later))


def test_a_delisted_symbol_is_gone() -> None:
    market = make_market(symbols=2, seed=1)
    market.delist("ETHUSDT")
    assert "ETHUSDT" not in market
    assert "ETHUSDT" not in market.symbols


@pytest.fixture
def recorded_folder(tmp_path: Path) -> Path:
    """Two days of prices with two decimals; one bar is missing."""
    start = int(parse_time("2024-03-04T00:00:00Z") * 1000)
    opened = np.delete(start + np.arange(2 * PER_DAY) * BASE, 100)
    close = np.round(3000 + np.cumsum(np.random.default_rng(1).normal(0, 3, opened.size)), 2)
    opens = np.concatenate([[3000.0], close[:-1]])
    columns = {
        "date": pa.array(opened, pa.timestamp("ms", "UTC")),
        "open": opens,
        "high": np.maximum(opens, close) + 0.25,
        "low": np.minimum(opens, close) - 0.25,
        "close": close,
        "volume": np.full(opened.size, 1.125),
    }
    pq.write_table(pa.table(columns), tmp_path / "ETHUSDT.parquet")
    return tmp_path


def test_recorded_candles_trade_as_recorded_and_join_generated_ones_without_a_jump(recorded_folder: Path) -> None:
    market = make_market(symbols=3, seed=1, data=recorded_folder, others=False)
    spec = market.spec("ETHUSDT")
    assert market.symbols[0] == "ETHUSDT"
    assert len(market.symbols) == 3
    assert (spec.price_decimals, spec.volume_decimals) == (2, 3)
    start = int(parse_time("2024-03-04T00:00:00Z") * 1000)
    late = start + 5 * DAY
    series = market.candles("ETHUSDT", TIMEFRAMES["5"], start - 3 * DAY, late, late)[1]
    recorded = series[:, 3 * PER_DAY : 5 * PER_DAY]
    assert recorded[OPEN, 0] == 300_000
    assert recorded[VOLUME].tolist().count(1125) == 2 * PER_DAY - 1
    assert recorded[VOLUME, 100] == 0
    assert series[CLOSE, 3 * PER_DAY - 1] == 300_000
    assert series[OPEN, 5 * PER_DAY] == recorded[CLOSE, -1]
    daily = market.candles("ETHUSDT", TIMEFRAMES["D"], start - 3 * DAY, late - DAY, late)[1]
    np.testing.assert_array_equal(daily, resample(series[:, : 8 * PER_DAY], PER_DAY))


def test_time_outside_the_simulated_years_is_refused() -> None:
    with pytest.raises(ValueError, match="2018"):
        make_market(symbols=1).list_symbol("NEWUSDT", int(parse_time("2031-01-01") * 1000))


def test_a_dip_is_back_in_four_minutes_and_every_timeframe_has_its_low() -> None:
    market = make_market(symbols=3, seed=3, others=False)
    opened = NOW - NOW % BASE
    dip = market.dip("BTCUSDT", opened + 10_000, 0.2)
    board = Board(market)
    closed = market.closed_candle("BTCUSDT", TIMEFRAMES["5"], opened)[:, 0]
    opening, low = int(closed[OPEN]), int(closed[LOW])
    assert (dip.start, low) == (opened + 10_000, round(opening * 0.8))
    seen = []
    for now in range(opened, opened + BASE, 5_000):
        part = market.open_candle("BTCUSDT", TIMEFRAMES["5"], now)[:, 0]
        board.move_to(now)
        rows = np.array([board.position["BTCUSDT"]])
        np.testing.assert_array_equal(board.open_candles(TIMEFRAMES["5"], now, rows)[:, 0], part)
        assert board.tickers(now, rows)[0, 0] == part[CLOSE] >= part[LOW]
        seen.append(int(part[CLOSE]))
    assert min(seen) == low == seen[14]
    assert seen[50] == pytest.approx(opening, rel=0.02)
    for interval in ("15", "60", "D"):
        assert market.closed_candle("BTCUSDT", TIMEFRAMES[interval], TIMEFRAMES[interval].floor(opened))[LOW, 0] <= low
