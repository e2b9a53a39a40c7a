"""The market overview on hand-written states."""

from datetime import UTC, datetime, timedelta

from functions.digest.missing import MissingPart
from functions.digest.overview import DailyState, breadth_of, gate_of, price_of
from tests.unit.screener.market import ticker

CLOSE = datetime(2024, 3, 5, tzinfo=UTC)
NOW = CLOSE + timedelta(hours=8)


def state(
    symbol: str = "BTCUSDT",
    close_time: datetime = CLOSE,
    problem: int = 0,
    direction: int = 1,
    regime: int | None = 1,
    close: float = 110.0,
    ema50: float | None = 100.0,
    ema200: float | None = 120.0,
) -> DailyState:
    return DailyState(symbol, close_time, problem, direction, regime, close, ema50, ema200)


def test_price_keeps_its_digits_and_its_age() -> None:
    price, missing = price_of("PEPEUSDT", ticker("PEPEUSDT", price=1.25e-05, exchange_time=NOW - timedelta(seconds=60)), NOW)
    assert price is not None
    assert (price.price, price.age_seconds, price.stale, missing) == ("0.0000125", 60.0, False, [])


def test_old_price_is_shown_and_said() -> None:
    price, missing = price_of("BTCUSDT", ticker("BTCUSDT", exchange_time=NOW - timedelta(seconds=61)), NOW)
    assert price is not None
    assert price.stale
    assert [one.text for one in missing] == ["the price of BTCUSDT is 61 s old"]


def test_gate_with_an_unsound_history_is_unknown() -> None:
    gate, missing = gate_of("BTCUSDT", [state(problem=3)], NOW)
    assert (gate.state, gate.trend, [one.code for one in missing]) == ("unknown", "up", [MissingPart.GATE_UNUSABLE])


def test_gate_a_day_late_is_unknown_and_says_how_late() -> None:
    gate, missing = gate_of("BTCUSDT", [state(close_time=CLOSE - timedelta(days=2))], NOW)
    assert (gate.state, missing[0].code, missing[0].params["late"]) == ("unknown", MissingPart.GATE_LATE, 2)
    assert gate.age_seconds == 56 * 3600


def test_breadth_counts_sound_states_of_the_newest_close_only() -> None:
    found, missing = breadth_of(
        [
            state("A"),
            state("B", close=130.0),
            state("C", close=90.0, ema200=None),
            state("D", problem=5, close=1e9),
            state("E", ema50=None),
            state("F", close_time=CLOSE - timedelta(days=1), close=1e9),
        ],
        NOW,
    )
    assert found is not None
    assert (found.coins, found.above_ema50, found.late) == (3, 0.6667, 1)
    assert (found.above_ema200, found.known_ema200) == (0.5, 2)
    assert [one.code for one in missing] == [MissingPart.BREADTH_LATE]


def test_breadth_of_young_coins_has_no_share_above_ema200() -> None:
    found, _ = breadth_of([state(ema200=None)], NOW)
    assert found is not None
    assert (found.above_ema50, found.above_ema200, found.known_ema200) == (1.0, None, 0)


def test_price_on_its_average_is_not_above_it() -> None:
    found, _ = breadth_of([state(close=100.0)], NOW)
    assert found is not None
    assert found.above_ema50 == 0.0
