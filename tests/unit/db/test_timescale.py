"""When candles become a hypertable, which chunks become one, and when nothing is done."""

from datetime import UTC, datetime, timedelta

import pytest

from db.timescale import CHUNK, Chunk, Offer, merges, plan

WEEK = timedelta(days=7)
SPAN = datetime.fromtimestamp(200 * CHUNK.total_seconds(), UTC)  # where chunks of ninety days begin


def week(number: int) -> Chunk:
    return Chunk(f"week{number}", SPAN + number * WEEK, SPAN + (number + 1) * WEEK, compressed=False)


@pytest.mark.parametrize("offer", [Offer(available=False), Offer(available=False, loaded=True), Offer(available=True)])
def test_a_server_without_the_extension_or_that_does_not_load_it_is_left_alone(offer: Offer) -> None:
    assert plan(offer) == []


def test_a_fresh_server_with_the_extension_gets_chunks_of_ninety_days_and_nothing_compressed() -> None:
    extension, hypertable = plan(Offer(available=True, loaded=True))
    assert extension.startswith("CREATE EXTENSION")
    assert "INTERVAL '90 days'" in hypertable
    assert "create_default_indexes => false" in hypertable
    assert "migrate_data => true" in hypertable


@pytest.mark.parametrize(("interval", "left"), [(None, 1), (CHUNK, 0), (WEEK, 0)])
def test_only_what_is_not_done_is_done(interval: timedelta | None, left: int) -> None:
    assert len(plan(Offer(available=True, loaded=True, installed=True, interval=interval))) == left


def test_a_server_that_has_the_extension_and_does_not_load_it_is_worth_a_remark() -> None:
    assert "shared_preload_libraries" in Offer(available=True).remark
    assert Offer(available=True, loaded=True).remark == ""
    assert Offer(available=False).remark == ""


def test_weeks_within_ninety_days_become_one_chunk() -> None:
    weeks = [week(number) for number in range(20)]
    first, second = merges(weeks)
    assert first == [f"week{number}" for number in range(13)]  # the thirteenth begins on the 84th day
    assert second == [f"week{number}" for number in range(13, 20)]


def test_chunks_with_a_hole_between_them_stay_apart() -> None:
    assert merges([week(0), week(1), week(3), week(4), week(6)]) == [["week0", "week1"], ["week3", "week4"]]


def test_a_chunk_alone_is_merged_with_nothing() -> None:
    assert merges([]) == merges([week(0)]) == []
