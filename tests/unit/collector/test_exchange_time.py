"""What the exchange's clock is taken for."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from functions.clock import MarketClock
from functions.collector.exchange_time import ExchangeTime

STANDING = MarketClock(datetime(2024, 3, 5, 12, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), 1e-9)


def measured(ahead: float, took: float = 0.0) -> tuple[ExchangeTime, list[str]]:
    """Measure an exchange whose clock is so many seconds ahead; return what is said of it too."""
    one = ExchangeTime(STANDING)
    with capture_logs() as logs:
        one.measured(STANDING.now() + timedelta(seconds=ahead), took)
    return one, [str(line["log_level"]) for line in logs]


@pytest.mark.parametrize("ahead", [0.99, -0.99, 0.0])
def test_a_skew_of_up_to_a_second_is_the_networks(ahead: float) -> None:
    one, said = measured(ahead)
    assert abs(one.now() - STANDING.now()) < timedelta(milliseconds=1)
    assert said == []
    assert one.skew.total_seconds() == pytest.approx(ahead, abs=1e-3)


@pytest.mark.parametrize("ahead", [1.01, -1.01, 7200.0])
def test_a_skew_of_more_than_a_second_is_warned_of_once_and_corrected(ahead: float) -> None:
    one, said = measured(ahead)
    assert (one.now() - STANDING.now()).total_seconds() == pytest.approx(ahead, abs=1e-3)
    assert said == ["warning"]
    with capture_logs() as logs:
        one.measured(STANDING.now() + timedelta(seconds=ahead), 0.0)
    assert logs == []


def test_the_end_of_a_skew_is_said() -> None:
    one, _ = measured(5.0)
    with capture_logs() as logs:
        one.measured(STANDING.now(), 0.0)
    assert [line["log_level"] for line in logs] == ["info"]


def test_half_of_a_slow_answer_is_no_skew() -> None:
    clock = MarketClock.system()
    one = ExchangeTime(clock)
    one.measured(clock.now() - timedelta(seconds=2), 4.0)
    assert abs(one.skew) < timedelta(seconds=0.5)
