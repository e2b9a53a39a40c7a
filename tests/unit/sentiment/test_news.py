"""Headlines: what a feed says, read and known again."""

from datetime import UTC, datetime

import pytest

from functions.sentiment.news import NewsItem, RawItem, news_item, news_items, published_at

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
        (" 2024-03-05T11:00:00Z ", datetime(2024, 3, 5, 11, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
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


def test_entry_is_named_by_its_feed_its_guid_and_its_address() -> None:
    first = item()
    assert item(title="Corrected", summary="Other", published="").key == first.key
    assert item(guid=" id-1 ").key == first.key
    assert item(feed="Other").key != first.key
    assert item(link="https://news.example/b").key != first.key
    assert item(guid="").guid_key == ""
    assert item(link="https://news.example/b", feed="Other").guid_key == first.guid_key != ""


def test_entry_without_an_address_is_at_the_address_that_is_its_guid() -> None:
    assert item(link="", guid="https://news.example/g").link == "https://news.example/g"
    assert news_item(raw(link="", guid="id-1"), SEEN) is None


def test_title_tells_apart_what_one_feed_gives_one_name_and_one_address() -> None:
    home = [raw(guid="N/A", link="https://news.example/", title=title) for title in ("Rise", "Fall", "Rise")]
    rise, fall, again = news_items(home, SEEN)
    assert rise.key == again.key != fall.key
    assert news_items([*home[:1], raw(title="…")], SEEN) == [item(guid="N/A", link="https://news.example/", title="Rise")]


def test_text_is_cut_where_it_is_kept() -> None:
    long = item(title="t" * 400, feed="f" * 200, summary="s" * 600)
    assert (len(long.title), len(long.feed), len(long.summary)) == (300, 100, 500)
    assert {len(key) for key in (long.key, long.guid_key, long.title_key)} == {32}
    assert item(feed=" ").feed == "a feed without a name"


def test_same_story_is_known_by_its_words_alone() -> None:
    assert item(title="Bitcoin RISES!").title_key == item(title="bitcoin – rises").title_key
    assert item(title="Bitcoin falls").title_key != item(title="Bitcoin rises").title_key
