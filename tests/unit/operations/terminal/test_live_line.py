"""The last line of the terminal."""

from datetime import UTC, datetime

import pytest

from functions.clock import MarketClock
from functions.operations.terminal.live_line import line

NOW = datetime(2024, 3, 5, 14, 29, 0, tzinfo=UTC)


def clock(speed: float) -> MarketClock:
    return MarketClock(NOW, NOW, speed)


def account(name: str, equity: str, percent: float) -> dict[str, object]:
    return {"name": name, "equity": equity, "return_pct": percent}


@pytest.mark.parametrize(("speed", "left"), [(1, "1 min 00 s"), (20, "3 s")])
def test_wait_for_the_next_close_is_told_in_this_machines_seconds(speed: float, left: str) -> None:
    assert line(NOW, clock(speed), []) == f"market 5 Mar 14:29 UTC · next 15m close in {left} · no paper trade yet"


def test_result_of_the_desk_and_of_the_trader_is_told_and_no_shadows() -> None:
    accounts = [account("desk", "1004.2", 0.42), account("random", "900", -10), account("manual", "1299.5", -0.05)]
    said = line(NOW, clock(1), accounts)
    assert said.endswith("paper desk 1,004.20 (+0.42%) · yours 1,299.50 (-0.05%)")


def test_at_a_close_the_next_one_is_a_quarter_of_an_hour_away() -> None:
    assert "next 15m close in 15 min 00 s" in line(NOW.replace(minute=30), clock(1), [])
