from datetime import UTC, datetime

import pytest

from functions.clock import MarketClock
from tests.sim.clock import AffineClock, ManualClock, iso, parse_time

TEXT = "2024-03-05T11:59:40Z@2026-11-22T21:10:00Zx20"


def test_clock_text_is_read_and_written_back() -> None:
    assert AffineClock.parse(TEXT).text == TEXT


def test_a_space_before_the_speed_is_allowed() -> None:
    assert AffineClock.parse(TEXT.replace("Zx", "Z x")) == AffineClock.parse(TEXT)


def test_market_time_runs_at_speed_over_wall_time() -> None:
    clock = AffineClock.parse(TEXT)
    wall = parse_time("2026-11-22T21:10:30Z")
    assert clock.at_wall(wall) == parse_time("2024-03-05T12:09:40Z") * 1000
    assert clock.wall_at(clock.at_wall(wall)) == pytest.approx(wall)


def test_the_product_reads_the_same_time_from_the_same_text() -> None:
    wall = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
    product = MarketClock.parse(AffineClock.parse(TEXT).text).at(wall)
    assert product.timestamp() * 1000 == AffineClock.parse(TEXT).at_wall(wall.timestamp())


def test_starting_shows_the_market_time_now() -> None:
    clock = AffineClock.starting("2024-03-05T12:00:00Z", speed=0.001)
    assert iso(clock.now_ms() // 1000) == "2024-03-05T12:00:00Z"


@pytest.mark.parametrize("text", ["", "2024-03-05", "2024-03-05@2026-11-22", "a@bx1"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        AffineClock.parse(text)


def test_manual_clock_does_not_go_back() -> None:
    clock = ManualClock("2024-03-05T12:00:00Z")
    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(clock.now_ms() - 1)
