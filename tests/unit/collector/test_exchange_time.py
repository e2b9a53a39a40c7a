"""What the exchange's clock is taken for."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from functions import clock as machine
from functions.clock import MarketClock
from functions.collector.exchange_time import AGREEING, ExchangeTime

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
STANDING = MarketClock(NOON, datetime(2026, 1, 1, tzinfo=UTC), 1e-9)


def measured(*ahead: float, took: float = 0.0) -> tuple[ExchangeTime, list[str]]:
    """Measure an exchange whose clock is so many seconds ahead of this machine's; return what is logged of it too."""
    one = ExchangeTime(STANDING, lambda: 0.0)
    with capture_logs() as logs:
        for seconds in ahead:
            one.measured(STANDING.now() + timedelta(seconds=seconds), took)
    return one, [str(line["log_level"]) for line in logs]


def ahead_of(one: ExchangeTime) -> float:
    return round((one.now() - STANDING.now()).total_seconds(), 2)


def test_without_an_answer_no_time_is_trusted() -> None:
    one, _ = measured()
    assert (one.trusted, one.now_ms()) == (False, None)


@pytest.mark.parametrize("ahead", [0.99, -0.99, 0.0])
def test_a_skew_of_up_to_a_second_is_the_networks(ahead: float) -> None:
    one, logs = measured(ahead)
    assert (ahead_of(one), one.trusted, logs) == (0.0, True, [])
    assert one.skew.total_seconds() == pytest.approx(ahead, abs=1e-3)
    assert one.now_ms() == int(one.now().timestamp() * 1000)


@pytest.mark.parametrize("ahead", [1.01, -1.01, 4.99])
def test_a_skew_of_seconds_is_warned_of_once_and_corrected(ahead: float) -> None:
    one, logs = measured(ahead, ahead)
    assert (ahead_of(one), logs) == (ahead, ["warning"])


@pytest.mark.parametrize("ahead", [6.0, 7200.0, -21_600.0, 3e7])
def test_a_large_skew_is_believed_when_three_answers_in_a_row_agree(ahead: float) -> None:
    for answers in range(1, AGREEING):
        one, logs = measured(*[ahead] * answers)
        assert (ahead_of(one), one.trusted, one.doubted, logs) == (0.0, False, True, ["info"])
    one, logs = measured(ahead, ahead + 0.2, ahead - 0.3)
    assert (ahead_of(one), one.trusted, one.doubted, logs) == (ahead, True, False, ["info", "warning"])


@pytest.mark.parametrize("answers", [(21_600.0, 0.1, 0.0), (21_600.0, 0.1, 21_600.0, 21_600.0), (7200.0, -7200.0, 21_600.0)])
def test_answers_from_another_time_that_do_not_agree_are_believed_by_nobody(answers: tuple[float, ...]) -> None:
    one, _ = measured(*answers)
    assert ahead_of(one) == 0.0


def test_the_end_of_a_skew_is_said() -> None:
    one, _ = measured(4.0)
    with capture_logs() as logs:
        one.measured(STANDING.now(), 0.0)
    assert ([line["log_level"] for line in logs], ahead_of(one)) == (["info"], 0.0)


def test_half_of_a_slow_answer_is_no_skew() -> None:
    clock = MarketClock.system()
    one = ExchangeTime(clock)
    one.measured(clock.now() - timedelta(seconds=2), 4.0)
    assert abs(one.skew) < timedelta(seconds=0.5)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_machine_clock_that_is_set_anew_moves_nothing(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    begun = machine.wall_now()
    seconds = [0.0]
    monkeypatch.setattr(machine, "wall_now", lambda: begun)
    one = ExchangeTime(MarketClock.system(), lambda: seconds[0])
    one.measured(begun, 0.0)
    monkeypatch.setattr(machine, "wall_now", lambda: begun + timedelta(hours=hours, seconds=20))
    seconds[0] = 20.0
    assert one.now() == begun + timedelta(seconds=20)
    one.measured(begun + timedelta(seconds=20), 0.0)
    assert (one.now(), one.skew) == (begun + timedelta(seconds=20), timedelta(hours=-hours))


def test_the_stream_tells_of_a_leap_and_corrects_no_seconds() -> None:
    one = ExchangeTime(STANDING, lambda: 0.0)
    one.measured(STANDING.now() - timedelta(seconds=3), 0.0, exact=False)
    assert (ahead_of(one), one.trusted) == (0.0, True)
    for _ in range(AGREEING):
        one.measured(STANDING.now() + timedelta(hours=3), 0.0, exact=False)
    assert ahead_of(one) == 3 * 3600


def test_time_runs_at_the_markets_speed() -> None:
    seconds = [0.0]
    clock = MarketClock(NOON, machine.wall_now(), 150.0)
    one = ExchangeTime(clock, lambda: seconds[0])
    began = one.now()
    seconds[0] = 2.0
    assert one.now() - began == timedelta(seconds=300)
    assert one.wall_seconds_since(began) == 2.0
