"""Who came and who went, on hand-written pairs."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.listings.watch import Change, Event, Known, Presence, changes, is_news, may_wait

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OLD = Known("BTCUSDT", "Trading", FIRST, NOW, None)


def pair(**changed: object) -> Known:
    values = {"symbol": "NEWUSDT", "status": "Trading", "first_seen_at": NOW, "last_seen_at": NOW, "noted": None, **changed}
    return Known(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pair(), Change("NEWUSDT", Event.LISTED, NOW)),
        (pair(noted=Event.LISTED), None),
        (pair(first_seen_at=FIRST), None),
        (pair(first_seen_at=FIRST, status="Delisted", last_seen_at=NOW - 12 * MINUTE, delisted_at=NOW - 9 * MINUTE), None),
        (pair(first_seen_at=FIRST, status="Delisted", last_seen_at=FIRST, delisted_at=NOW), None),
        (
            pair(first_seen_at=FIRST, status="Delisted", last_seen_at=NOW - 12 * MINUTE, delisted_at=NOW - 10 * MINUTE),
            Change("NEWUSDT", Event.DELISTED, NOW - 12 * MINUTE),
        ),
        (pair(noted=Event.DELISTED, status="Delisted", last_seen_at=NOW - 60 * MINUTE), None),
        (pair(first_seen_at=FIRST, noted=Event.DELISTED), Change("NEWUSDT", Event.LISTED, NOW)),
        (pair(status="Delisted", noted=Event.LISTED, last_seen_at=FIRST), Change("NEWUSDT", Event.DELISTED, FIRST)),
    ],
)
def test_one_pair(found: Known, expected: Change | None) -> None:
    assert changes([OLD, found], NOW) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("missed_at", "looked_at", "gone"),
    [(None, NOW, False), (NOW, NOW, False), (NOW - 9.9 * MINUTE, NOW, False), (NOW - 10 * MINUTE, NOW, True)],
)
def test_presence_needs_two_looks_ten_minutes_apart(missed_at: datetime | None, looked_at: datetime, gone: bool) -> None:
    presence = Presence(FIRST, missed_at, looked_at)
    assert presence.is_gone == gone
    assert presence.missing_for == (NOW - missed_at if missed_at else timedelta(0))


def test_pairs_of_the_very_first_look_are_no_news() -> None:
    assert changes([pair(), pair(symbol="OTHERUSDT")], NOW) == []
    assert changes([], NOW) == []


def test_changes_are_in_order_of_time_and_name() -> None:
    later = [pair(symbol=name, first_seen_at=at) for name, at in (("B", NOW), ("A", NOW), ("C", NOW - MINUTE))]
    assert [change.symbol for change in changes([OLD, *later], NOW)] == ["C", "A", "B"]


def test_new_pair_without_a_price_waits_three_minutes() -> None:
    change = Change("NEWUSDT", Event.LISTED, NOW)
    assert may_wait(change, priced=False, as_of=NOW + timedelta(minutes=2, seconds=59))
    assert not may_wait(change, priced=False, as_of=NOW + 3 * MINUTE)
    assert not may_wait(change, priced=True, as_of=NOW)
    assert not may_wait(Change("NEWUSDT", Event.DELISTED, NOW), priced=False, as_of=NOW)


@pytest.mark.parametrize(("seen_after", "news"), [(NOW - MINUTE, True), (NOW - timedelta(hours=36), False), (None, False)])
def test_listing_is_news_when_we_were_looking(seen_after: datetime | None, news: bool) -> None:
    assert is_news(Change("NEWUSDT", Event.LISTED, NOW), seen_after, NOW) == news


def test_delisting_is_news_for_a_day_and_a_half() -> None:
    change = Change("NEWUSDT", Event.DELISTED, NOW)
    assert is_news(change, None, NOW + timedelta(hours=35))
    assert not is_news(change, None, NOW + timedelta(hours=36))
