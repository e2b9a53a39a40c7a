import pytest

from tests.sim.bybit.trouble import RateLimit
from tests.sim.faults import FaultBook

KINDS = frozenset({"drop", "delay"})


class Wall:
    """A wall clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_counted_fault_strikes_so_often_and_no_more() -> None:
    book = FaultBook(KINDS)
    book.add("drop", count=2)
    assert [book.take("x", "drop") is not None for _ in range(4)] == [True, True, False, False]
    assert not book


def test_a_timed_fault_ends() -> None:
    wall = Wall()
    book = FaultBook(KINDS, wall=wall)
    book.add("drop", seconds=5)
    wall.now += 4.9
    assert book.take("x", "drop")
    wall.now += 0.2
    assert book.take("x", "drop") is None


def test_a_fault_strikes_only_what_it_matches() -> None:
    book = FaultBook(KINDS)
    book.add("drop", match="kline.15.*")
    assert book.take("kline.15.BTCUSDT", "drop")
    assert book.take("kline.5.BTCUSDT", "drop") is None
    assert book.take("kline.15.BTCUSDT", "delay") is None


def test_chance_is_the_same_for_the_same_seed() -> None:
    def run(seed: int) -> list[bool]:
        book = FaultBook(KINDS, seed)
        book.add("drop", probability=0.3)
        return [book.take("x", "drop") is not None for _ in range(200)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 30 < sum(run(1)) < 90


def test_clear_lifts_one_kind_or_all() -> None:
    book = FaultBook(KINDS)
    book.add("drop")
    fault = book.add("delay", delay=3)
    book.clear("drop")
    assert book.take("x", "drop") is None
    assert fault.number("delay", 1.0) == 3
    book.clear()
    assert not book


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of delay, drop, got 'explode'"):
        FaultBook(KINDS).add("explode")


def test_the_rate_limit_bans_for_its_time() -> None:
    limit = RateLimit(requests=3, seconds=5, ban=60)
    assert [limit.allows(now) for now in (0, 1, 2, 3)] == [True, True, True, False]
    assert not limit.allows(30)
    assert limit.allows(63.1)


def test_slow_requests_are_never_banned() -> None:
    limit = RateLimit(requests=3, seconds=5)
    assert all(limit.allows(2.0 * number) for number in range(20))
