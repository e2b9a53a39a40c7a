"""What is written in the simulated world: the same for everybody, nothing from the future, one story an hour in every feed."""

from datetime import UTC, datetime, timedelta

from tests.sim.sources.newsroom import FEEDS, HOURS, articles, chatter

NOW = datetime(2024, 3, 5, 12, 30, tzinfo=UTC)


def test_feeds_say_the_same_to_whoever_asks_and_nothing_of_the_future() -> None:
    for feed in FEEDS:
        told = articles(feed, NOW, seed=1)
        assert told == articles(feed, NOW, seed=1) != articles(feed, NOW, seed=2)
        assert len(told) >= HOURS - 1
        assert all(one.at <= NOW for one in told)
        assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
        assert len({one.guid for one in told}) == len(told)


def test_what_was_written_stays_written() -> None:
    later = {(one.guid, one.title, one.at) for one in articles("Decrypt", NOW + timedelta(hours=3), seed=1)}
    kept = [one for one in articles("Decrypt", NOW, seed=1) if one.at > NOW - timedelta(hours=HOURS - 5)]
    assert {(one.guid, one.title, one.at) for one in kept} <= later


def test_each_hour_has_a_story_that_every_feed_tells_in_its_own_words() -> None:
    told = [{one.guid[-11:-1]: one.title for one in articles(feed, NOW, seed=1) if one.guid.endswith("a")} for feed in FEEDS]
    hours = set.intersection(*(set(one) for one in told))
    assert len(hours) >= HOURS - 1
    assert all(len({feed[hour] for feed in told}) == len(FEEDS) for hour in hours)


def test_crowd_writes_at_most_once_an_hour_at_a_place() -> None:
    said = chatter("r/Bitcoin", NOW, seed=1)
    assert len(said) == 12
    assert all(one.at <= NOW for one in said)
    assert len({(one.at.day, one.at.hour) for one in said}) == 12
