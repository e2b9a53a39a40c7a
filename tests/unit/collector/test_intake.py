"""What the intake gives out of what it took in."""

import pytest

from functions.collector.feed import intake as module
from functions.collector.feed.intake import AHEAD_MS, REPLAYED_MS, Intake
from functions.market.candles.gaps import Run, from_ms
from functions.market.candles.timeframe import Timeframe
from tests.unit.collector import frames
from tests.unit.collector.frames import MINUTE, NOON


def taken(*all_frames: bytes) -> Intake:
    intake = Intake()
    for frame in all_frames:
        intake.take(frame)
    return intake


def test_intake_that_took_nothing_says_nothing() -> None:
    one = Intake()
    assert (one.newest_sent_ms, one.last_sent_ms, one.last_malformed, one.sent_ms, one.waiting) == (0, 0, "", [], 0)


def test_duplicates_are_one_candle() -> None:
    intake = taken(frames.kline(NOON), frames.kline(NOON))
    assert intake.disputed() == set()
    (batch,) = intake.candles()
    assert (batch.symbols, batch.open_time.tolist()) == (("BTCUSDT",), [NOON])


def test_candles_come_out_once_in_batches_of_a_timeframe() -> None:
    intake = taken(frames.kline(NOON), frames.kline(NOON, interval="5"), frames.kline(NOON, symbol="ETHUSDT"))
    assert [(batch.timeframe, batch.symbols) for batch in intake.candles()] == [
        (Timeframe.M5, ("BTCUSDT",)),
        (Timeframe.M15, ("BTCUSDT", "ETHUSDT")),
    ]
    assert intake.sent_ms == [NOON + 15 * MINUTE + 600, NOON + 5 * MINUTE + 600, NOON + 15 * MINUTE + 600]
    assert (intake.candles(), intake.sent_ms) == ([], [])


def test_impossible_candles_are_dropped_and_counted_and_the_others_stay() -> None:
    spoilt = [frames.kline(NOON, symbol=symbol, close="500") for symbol in ("BTCUSDT", "XRPUSDT")]
    intake = taken(spoilt[0], frames.kline(NOON, symbol="ETHUSDT"), spoilt[1])
    (batch,) = intake.candles()
    assert batch.symbols == ("ETHUSDT",)
    assert intake.counts["Impossible"] == 2
    assert intake.last_malformed == f"expected 15m candles with high and low around open and close, got XRPUSDT at {NOON}"


def test_two_versions_of_a_candle_are_disputed_and_the_first_is_kept() -> None:
    intake = taken(frames.kline(NOON), frames.kline(NOON, close="100.5"))
    (batch,) = intake.candles()
    assert batch.close.tolist() == [101.5]
    assert intake.disputed() == {Run("BTCUSDT", Timeframe.M15, from_ms(NOON), from_ms(NOON))}
    assert intake.disputed() == set()


def test_a_second_version_that_comes_while_the_first_cannot_be_stored_is_disputed() -> None:
    intake = taken(frames.kline(NOON))
    first = intake.candles()
    intake.take(frames.kline(NOON, close="100.5"))
    intake.give_back(first)
    assert intake.disputed() == {Run("BTCUSDT", Timeframe.M15, from_ms(NOON), from_ms(NOON))}


def test_what_comes_again_while_the_first_cannot_be_stored_is_not_disputed() -> None:
    intake = taken(frames.kline(NOON))
    first = intake.candles()
    intake.take(frames.kline(NOON))
    intake.take(frames.kline(NOON, symbol="ETHUSDT", close="100.5"))
    intake.give_back(first)
    assert intake.disputed() == set()


def test_candles_said_at_different_times_are_one_batch_known_at_the_last() -> None:
    intake = taken(
        frames.kline(NOON), frames.kline(NOON, symbol="ETHUSDT", sent_ms=NOON + 20 * MINUTE), frames.kline(NOON + 15 * MINUTE)
    )
    (batch,) = intake.candles()
    assert (len(batch), batch.known_at) == (3, NOON + 30 * MINUTE + 600)
    assert intake.counts["Impossible"] == 0


def test_a_batch_of_nothing_but_an_impossible_candle_is_none_and_counted_once() -> None:
    intake = taken(frames.kline(NOON, close="500"))
    assert intake.candles() == []
    assert intake.counts["Impossible"] == 1


def test_frames_are_counted_by_their_meaning_and_the_last_damage_is_named() -> None:
    intake = taken(frames.kline(NOON), frames.ticker(), frames.ticker(), b"{", b'{"op":"pong"}')
    assert dict(intake.counts) == {"KlineFrame": 1, "TickerFrame": 2, "Malformed": 1, "Pong": 1}
    assert "JSONDecodeError" in intake.last_malformed


def test_each_push_about_a_series_is_heard() -> None:
    intake = taken(frames.kline(NOON, confirm=False, sent_ms=NOON + MINUTE))
    assert intake.klines_sent_ms == {("BTCUSDT", Timeframe.M15): NOON + MINUTE}


def test_of_two_tickers_of_one_millisecond_the_later_wins() -> None:
    (found,) = taken(frames.ticker(last="1"), frames.ticker(last="2")).tickers()
    assert found.price == 2.0


@pytest.mark.parametrize(("later", "newest"), [(1, 1), (0, 0), (-1, 0), (-REPLAYED_MS, 0), (-REPLAYED_MS - 1, -REPLAYED_MS - 1)])
def test_newest_push_is_the_latest_unless_its_own_time_was_wrong(later: int, newest: int) -> None:
    other = taken(frames.ticker(), frames.ticker("ETHUSDT", sent_ms=NOON + later))
    assert other.newest_sent_ms == NOON + newest
    same = taken(frames.ticker(last="1"), frames.ticker(last="2", sent_ms=NOON + later))
    (found,) = same.tickers()
    assert (same.seen["BTCUSDT"], found.price) == (NOON + newest, 1.0 if newest > later else 2.0)


YEAR = 365 * 24 * 60 * MINUTE


def test_a_ticker_stamped_a_year_ahead_holds_up_nothing_after_it() -> None:
    intake = taken(frames.ticker(sent_ms=NOON + YEAR, last="9"), frames.ticker(sent_ms=NOON + 1, last="1"))
    (found,) = intake.tickers()
    assert (found.price, intake.seen["BTCUSDT"], intake.newest_sent_ms) == (1.0, NOON + 1, NOON + 1)


def test_what_comes_from_beyond_the_exchanges_time_is_dropped_and_counted() -> None:
    intake = Intake(lambda: NOON)
    for sent_ms in (NOON + AHEAD_MS, NOON + AHEAD_MS + 1, NOON + YEAR):
        intake.take(frames.ticker(sent_ms=sent_ms, last="9"))
        intake.take(frames.kline(NOON - 15 * MINUTE, sent_ms=sent_ms))
    assert (intake.counts["Impossible"], intake.newest_sent_ms) == (4, NOON + AHEAD_MS)
    assert "kline.15.BTCUSDT said at" in intake.last_malformed
    (batch,) = intake.candles()
    assert batch.known_at == NOON + AHEAD_MS
    intake.take(frames.ticker(sent_ms=NOON + 60_000))
    assert intake.last_malformed == f"tickers.BTCUSDT said at {NOON + 60_000}, 60 s ahead of the exchange's time"


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
    intake = taken(frames.ticker(sent_ms=NOON + 2, last="3"), frames.ticker(sent_ms=NOON + 1, last="2"), frames.ticker("ETHUSDT"))
    assert {one.symbol: one.price for one in intake.tickers()} == {"BTCUSDT": 3.0, "ETHUSDT": 65140.5}
    assert intake.tickers() == []


@pytest.mark.parametrize("price", ["?", None, "NaN", "inf", "0", "-5", [], {}, True, "1e308", "12345678901234567890", 1e300])
def test_an_impossible_ticker_is_dropped_and_counted(price: object) -> None:
    intake = taken(frames.ticker(last=price), frames.ticker("ETHUSDT"))
    assert [one.symbol for one in intake.tickers()] == ["ETHUSDT"]
    assert intake.counts["Impossible"] == 1


def test_impossible_tickers_are_all_counted_and_the_last_one_named_in_short() -> None:
    name, digits = "B" * 30, b'"-1.2345678901234567e-100"'
    long = frames.ticker(name)
    for number in (b'"65305.6"', b'"64727.9"', b'"2953.835931"', b'"191907024.69597728"'):
        long = long.replace(number, digits)
    intake = taken(frames.ticker("AUSDT", last="?"), long)
    assert (intake.tickers(), intake.counts["Impossible"]) == ([], 2)
    assert intake.last_malformed.startswith(f"ticker of {name}: ")
    assert len(intake.last_malformed) == 200


def forming(start: int, *, sent_ms: int, symbol: str = "BTCUSDT", close: str = "101.5") -> bytes:
    return frames.kline(start, interval="5", confirm=False, sent_ms=sent_ms, symbol=symbol, close=close)


def test_newest_open_candle_of_each_pair_comes_out_once() -> None:
    intake = taken(
        forming(NOON, sent_ms=NOON + MINUTE),
        forming(NOON, sent_ms=NOON + 2 * MINUTE, close="101"),
        forming(NOON, sent_ms=NOON + MINUTE, symbol="ETHUSDT"),
    )
    told = {candle.symbol: (candle.close, candle.exchange_time) for candle in intake.forming()}
    assert told == {"BTCUSDT": (101.0, from_ms(NOON + 2 * MINUTE)), "ETHUSDT": (101.5, from_ms(NOON + MINUTE))}
    assert intake.forming() == []


def test_open_candle_whose_time_is_over_is_none_and_an_unreadable_one_is_counted() -> None:
    over = taken(forming(NOON, sent_ms=NOON + 5 * MINUTE))
    assert (over.forming(), over.counts["Impossible"]) == ([], 0)
    spoilt = taken(forming(NOON, sent_ms=NOON + MINUTE, close="much"), forming(NOON, sent_ms=NOON + MINUTE, symbol="ETHUSDT"))
    assert [candle.symbol for candle in spoilt.forming()] == ["ETHUSDT"]
    assert spoilt.counts["Impossible"] == 1
    assert spoilt.last_malformed.startswith("open candle of BTCUSDT: ")
    spoilt.take(forming(NOON, sent_ms=NOON + MINUTE, close="much"))
    assert (spoilt.forming(), spoilt.counts["Impossible"]) == ([], 2)


def test_candle_from_beyond_the_exchanges_time_is_dropped_and_said() -> None:
    intake = Intake(lambda: NOON)
    intake.take(frames.kline(NOON, sent_ms=NOON + 15 * MINUTE + AHEAD_MS + 1))
    assert (intake.candles(), intake.counts["Impossible"]) == ([], 1)
    ahead = 15 * MINUTE + AHEAD_MS + 1
    said = f"kline.15.BTCUSDT said at {NOON + ahead}, {ahead / 1000:.0f} s ahead of the exchange's time"
    assert (intake.last_malformed, intake.last_sent_ms, intake.waiting) == (said, NOON + ahead, 0)


def test_candles_that_wait_are_counted() -> None:
    assert taken(frames.kline(NOON), frames.kline(NOON, symbol="ETHUSDT")).waiting == 2
