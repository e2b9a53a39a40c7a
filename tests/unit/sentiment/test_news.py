"""Headlines: what a feed says, read and known again."""

from datetime import UTC, datetime

import pytest

from functions.sentiment.news import NewsItem, RawItem, news_item, published_at

SEEN = datetime(2024, 3, 5, 12, tzinfo=UTC)


def raw(**changes: str) -> RawItem:
    values = {
        "feed": "News",
        "guid": "id-1",
        "title": "Bitcoin rises",
        "link": "https://news.example/a",
        "published": "2024-03-05T11:00:00.000Z",
        "summary": "It rose.",
        **changes,
    }
    return RawItem(**values)


def item(**changes: str) -> NewsItem:
    found = news_item(raw(**changes), SEEN)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05T11:00:00.000Z", datetime(2024, 3, 5, 11, tzinfo=UTC)),
        ("Tue, 05 Mar 2024 11:00:00 +0200", datetime(2024, 3, 5, 9, tzinfo=UTC)),
        ("2024-03-05 11:00:00", datetime(2024, 3, 5, 11, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_of_feeds_are_read(text: str, moment: datetime | None) -> None:
    assert published_at(text) == moment


def test_headline_without_words_or_address_is_none() -> None:
    assert news_item(raw(title="<br/> …"), SEEN) is None
    assert news_item(raw(link="mailto:x@y.z"), SEEN) is None


def test_entry_without_a_date_or_with_one_to_come_is_published_when_it_is_seen() -> None:
    assert item(published="").published_at == SEEN
    assert item(published="2024-03-06T00:00:00Z").published_at == SEEN


def test_same_entry_has_the_same_key_whatever_its_tracking_says() -> None:
    first = item(guid="", link="https://news.example/a?utm_source=rss#top")
    again = item(guid="", link="https://news.example/a")
    assert first.key == again.key
    assert item(guid="other").key != item(guid="id-1").key


def test_same_story_is_known_by_its_words_alone() -> None:
    assert item(title="Bitcoin RISES!").title_key == item(title="bitcoin – rises").title_key
    assert item(title="Bitcoin falls").title_key != item(title="Bitcoin rises").title_key
