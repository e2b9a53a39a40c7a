"""What the intake gives out of what it took in."""

import pytest

from functions.collector import intake as module
from functions.collector.intake import Intake
from functions.market.candles import Timeframe
from functions.market.gaps import Run, from_ms
from tests.unit.collector import frames
from tests.unit.collector.frames import MINUTE, NOON


def taken(*all_frames: bytes) -> Intake:
    intake = Intake()
    for frame in all_frames:
        intake.take(frame)
    return intake


def test_duplicates_are_one_candle() -> None:
    (batch,) = taken(frames.kline(NOON), frames.kline(NOON)).candles()
    assert (batch.symbols, batch.open_time.tolist()) == (("BTCUSDT",), [NOON])


def test_candles_come_out_once_in_batches_of_a_timeframe() -> None:
    intake = taken(frames.kline(NOON), frames.kline(NOON, interval="5"), frames.kline(NOON, symbol="ETHUSDT"))
    assert [(batch.timeframe, batch.symbols) for batch in intake.candles()] == [
        (Timeframe.M5, ("BTCUSDT",)),
        (Timeframe.M15, ("BTCUSDT", "ETHUSDT")),
    ]
    assert intake.candles() == []


def test_an_impossible_candle_is_dropped_and_the_others_stay() -> None:
    (batch,) = taken(frames.kline(NOON, close="500"), frames.kline(NOON, symbol="ETHUSDT")).candles()
    assert batch.symbols == ("ETHUSDT",)


def test_two_versions_of_a_candle_are_disputed_and_the_first_is_kept() -> None:
    intake = taken(frames.kline(NOON), frames.kline(NOON, close="100.5"))
    (batch,) = intake.candles()
    assert batch.close.tolist() == [101.5]
    assert intake.disputed() == {Run("BTCUSDT", Timeframe.M15, from_ms(NOON), from_ms(NOON))}
    assert intake.disputed() == set()


def test_what_could_not_be_stored_comes_out_again_exactly() -> None:
    intake = taken(frames.kline(NOON), frames.kline(NOON, symbol="ETHUSDT", close="100.123456789"))
    first = intake.candles()
    intake.give_back(first)
    intake.take(frames.kline(NOON + 15 * MINUTE))
    (again,) = intake.candles()
    assert sorted(zip(again.symbols, again.open_time.tolist(), again.close.tolist(), strict=True)) == [
        ("BTCUSDT", NOON, 101.5),
        ("BTCUSDT", NOON + 15 * MINUTE, 101.5),
        ("ETHUSDT", NOON, 100.123456789),
    ]


def test_memory_is_bounded_and_the_oldest_go_first(monkeypatch: object) -> None:
    intake = taken(*(frames.kline(NOON + number * 15 * MINUTE) for number in range(5)))
    limit, module.MOST_WAITING = module.MOST_WAITING, 3
    try:
        intake.give_back(intake.candles())
    finally:
        module.MOST_WAITING = limit
    (batch,) = intake.candles()
    assert batch.open_time.tolist() == [NOON + number * 15 * MINUTE for number in (2, 3, 4)]


def test_the_newest_ticker_wins_whatever_the_order() -> None:
    intake = taken(frames.ticker(said=NOON + 2, last="3"), frames.ticker(said=NOON + 1, last="2"), frames.ticker("ETHUSDT"))
    assert {one.symbol: one.price for one in intake.tickers()} == {"BTCUSDT": 3.0, "ETHUSDT": 65140.5}
    assert intake.tickers() == []


@pytest.mark.parametrize("price", ["?", None, "NaN", "inf", "0", "-5", [], {}])
def test_an_impossible_ticker_is_dropped_and_counted(price: object) -> None:
    intake = taken(frames.ticker(last=price), frames.ticker("ETHUSDT"))
    assert [one.symbol for one in intake.tickers()] == ["ETHUSDT"]
    assert intake.counts["Impossible"] == 1
