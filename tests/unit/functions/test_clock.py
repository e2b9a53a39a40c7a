"""Market time as a line over wall time."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.clock import MarketClock

TEXT = "2024-03-05T11:59:40Z@2026-11-22T21:10:00Zx20"
WALL = datetime(2026, 11, 22, 21, 10, tzinfo=UTC)


def test_system_clock_is_the_wall_clock() -> None:
    assert MarketClock.parse("").at(WALL) == WALL


def test_simulated_clock_runs_faster_from_its_origin() -> None:
    clock = MarketClock.parse(TEXT)
    assert clock.at(WALL) == datetime(2024, 3, 5, 11, 59, 40, tzinfo=UTC)
    assert clock.at(WALL + timedelta(seconds=1)) == datetime(2024, 3, 5, 12, 0, 0, tzinfo=UTC)


def test_moments_that_are_written_in_another_zone_are_those_of_utc() -> None:
    clock = MarketClock.parse("2024-03-05T13:59:40+02:00@2026-11-22T23:10:00+02:00x20")
    assert clock == MarketClock.parse(TEXT)
    assert (clock.at(WALL).utcoffset(), clock.wall(clock.at(WALL)).utcoffset()) == (timedelta(0), timedelta(0))


def test_wall_seconds_of_a_market_span() -> None:
    assert MarketClock.parse(TEXT).wall_seconds(timedelta(minutes=15)) == 45


@pytest.mark.parametrize(
    "text", ["now", "2024-03-05T11:59:40Z", TEXT.replace("x20", "x0"), TEXT.replace("Z", ""), TEXT.replace("x", "y")]
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        MarketClock.parse(text)
