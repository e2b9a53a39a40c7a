"""What LunarCrush, CoinGecko, Reddit, aggregators and feeds answer, as documented and as it should not be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.errors import Broken
from functions.factors.reading import MARKET, Factor
from functions.outgoing import Page
from functions.sentiment.crowd import is_crowd, leans
from functions.sentiment.news import news_item
from functions.sentiment.posts import PostPaths, posts_of
from functions.sentiment.sources import feeds, lunarcrush, reddit, trending, votes

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
COINS = frozenset({"BTC", "ETH", "SOL", "ADA", "XRP", "DOGE"})


def coin(symbol: str, sentiment: object, rank: int | None = 1, posts: object = 300) -> dict[str, Any]:
    return {
        "id": 1, "symbol": symbol, "name": symbol, "price": 1.5, "market_cap_rank": rank, "sentiment": sentiment,
        "social_volume_24h": posts, "interactions_24h": 83998832, "galaxy_score": 39.9, "alt_rank": 212, "max_supply": None,
        "categories": "layer-1,pow", "blockchains": [{"type": "layer1", "address": None}],
    }  # fmt: skip


def listing(*rows: object, **config: object) -> dict[str, object]:
    return {"config": {"sort": "market_cap_rank", "limit": 0, "generated": 1709640000, **config}, "data": list(rows)}


def test_crowds_like_everything_so_the_usual_is_the_middle() -> None:
    assert leans({"A": 80, "B": 80, "C": 80, "D": 100, "E": 0}) == {"A": 0, "B": 0, "C": 0, "D": 1, "E": -1}
    assert leans({"A": 75}) == {"A": 0.5}  # nobody knows what is usual
    assert leans({}) == {}
    assert leans(dict.fromkeys("ABCDE", 100.0)) == dict.fromkeys("ABCDE", 0.0)
    assert leans(dict.fromkeys("ABCDE", 0.0)) == dict.fromkeys("ABCDE", 0.0)


def test_lunarcrush_is_a_reading_of_each_coin_that_trades() -> None:
    rows = [coin(name, share) for name, share in (("BTC", 90), ("ETH", 80), ("SOL", 80), ("ADA", 60), ("OTHER", 80))]
    answer = lunarcrush.answer_of(listing(*rows), COINS)
    said = {row.symbol: (row.value, round(row.confidence, 9), row.factor) for row in answer.readings}
    assert said == {
        "BTCUSDT": (0.5, 0.15, Factor.SENTIMENT),
        "ETHUSDT": (0.0, 0.15, Factor.SENTIMENT),
        "SOLUSDT": (0.0, 0.15, Factor.SENTIMENT),
        "ADAUSDT": (-0.25, 0.15, Factor.SENTIMENT),
    }
    (first, *_) = answer.readings
    assert (first.as_of, first.stale_at) == (NOON, NOON + timedelta(hours=7))
    assert first.evidence["by"] == "LunarCrush"


def test_of_two_coins_with_one_symbol_the_larger_one_is_meant_and_scrambled_rows_are_left_out() -> None:
    rows = [coin("BTC", 73, 1), coin("BTC", 3, 4000), coin("btc", 5, None), coin("ETH", "XXX"), coin("SOL", None), None, "row"]
    answer = lunarcrush.answer_of(listing(*rows), COINS)
    assert [(row.symbol, row.evidence["value"]) for row in answer.readings] == [("BTCUSDT", 73)]
    assert answer.left_out == 4


def test_coin_without_posts_has_no_say() -> None:
    (row,) = lunarcrush.answer_of(listing(coin("BTC", 73, posts=None)), COINS).readings
    assert row.confidence == 0


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": [coin("BTC", 73)]},
        listing(),
        listing(coin("BTC", 101)),
        listing(coin("BTC", 73), generated=None),
        listing(coin("BTC", 73), generated=10**30),
        {"config": {"generated": 1}, "data": "text"},
    ],
)
def test_lunarcrush_of_another_form_is_refused(answer: object) -> None:
    with pytest.raises(Broken, match="expected"):
        lunarcrush.answer_of(answer, COINS)


def item(symbol: object = "PEPE", **fields: object) -> dict[str, object]:
    return {"item": {"id": "pepe", "coin_id": 1, "name": "Pepe", "symbol": symbol, "market_cap_rank": 28, "score": 0, **fields}}


def test_trending_coins_are_context_without_a_direction() -> None:
    (row,) = trending.answer_of(
        {"coins": [item(), item("<b>x</b>", market_cap_rank=None), item(None), {}], "nfts": []}, NOON
    ).readings
    assert (row.symbol, row.factor, row.value, row.confidence) == (MARKET, Factor.CONTEXT, 0.0, 0.0)
    assert row.evidence["coins"] == [
        {"symbol": "PEPE", "name": "Pepe", "rank": 28},
        {"symbol": "X", "name": "Pepe", "rank": None},
    ]


@pytest.mark.parametrize("answer", [None, [], {}, {"coins": None}, {"coins": []}, {"coins": [{}, item(""), item(7)]}])
def test_trending_without_a_coin_is_refused(answer: object) -> None:
    with pytest.raises(Broken, match="expected"):
        trending.answer_of(answer, NOON)


@pytest.mark.parametrize(
    ("answer", "up"),
    [
        ({"sentiment_votes_up_percentage": 71.3, "community_data": {"reddit_subscribers": 0}}, 71.3),
        ({"sentiment_votes_up_percentage": 71.3}, 71.3),
        ({"sentiment_votes_up_percentage": None}, None),
        ({"sentiment_votes_up_percentage": 101}, None),
        ({"sentiment_votes_up_percentage": "71"}, None),
        ({"sentiment_votes_up_percentage": float("nan")}, None),
        ({"error": "coin not found"}, None),
        ([], None),
    ],
)
def test_votes_are_a_share_or_none(answer: object, up: float | None) -> None:
    read = votes.votes_of(answer)
    assert (read.up if read else None) == up


def test_votes_are_readings_of_little_confidence() -> None:
    found = {name: votes.Votes(up, {"watchers": 3.0}) for name, up in zip("ABCDE", (70, 80, 80, 80, 90), strict=True)}
    rows = votes.readings(found, NOON)
    assert (rows[0].symbol, rows[0].value, rows[0].confidence) == ("AUSDT", -0.125, 0.1)
    assert rows[0].evidence == {"value": 70, "watchers": 3.0, "by": "CoinGecko"}


X = PostPaths(items="data", id="id", text="text", published="created_at", link="url")


def test_posts_are_entries_wherever_an_aggregator_has_them() -> None:
    ours = {"data": [{"id": "1", "text": "Up", "created_at": "2024-03-05T11:00:00Z"}, {"id": 2, "text": None}, "row"]}
    first, second = posts_of(ours, X) or []
    assert (first.feed, first.guid, first.link) == ("X", "1", "https://x.com/i/web/status/1")
    assert (second.title, second.link) == ("", "https://x.com/i/web/status/2")
    deep = {
        "result": {
            "tweets": [
                {"tweet": {"key": "9", "full_text": "Up", "at": "Tue, 05 Mar 2024 11:00:00 GMT"}, "url": "https://x.com/9"}
            ]
        }
    }
    paths = PostPaths(items="result.tweets", id="tweet.key", text="tweet.full_text", published="tweet.at", link="url")
    (post,) = posts_of(deep, paths) or []
    assert (post.guid, post.link, post.title) == ("9", "https://x.com/9", "Up")
    assert [one.guid for one in posts_of([{"id": "3"}], PostPaths("", "id", "text", "created_at", "url")) or []] == ["3"]


@pytest.mark.parametrize("answer", [None, [], {}, {"data": None}, {"data": {}}, {"data": "text"}, {"errors": [{"title": "x"}]}])
def test_answer_without_a_list_of_posts_is_none(answer: object) -> None:
    assert posts_of(answer, X) is None


def submission(**fields: object) -> dict[str, object]:
    return {
        "id": "abc", "title": "Bitcoin up", "permalink": "/r/Bitcoin/comments/abc/bitcoin_up/", "subreddit": "Bitcoin",
        "created_utc": 1709636400.0, "stickied": False, "over_18": False, "removed_by_category": None, "url": "https://other.example/",
        **fields,
    }  # fmt: skip


def test_reddit_posts_lead_to_reddit_and_are_of_the_crowd() -> None:
    (post,) = reddit.entries_of(iter([submission()]))
    assert (post.feed, post.link) == ("r/Bitcoin", "https://www.reddit.com/r/Bitcoin/comments/abc/bitcoin_up/")
    assert is_crowd(post.feed)
    assert not is_crowd("CoinDesk")
    read = news_item(post, NOON)
    assert read is not None
    assert read.published_at == NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"stickied": True},
        {"over_18": True},
        {"removed_by_category": "moderator"},
        {"title": None},
        {"id": 7},
        {"permalink": None},
    ],
)
def test_reddit_posts_that_say_nothing_are_left_out(fields: dict[str, object]) -> None:
    assert list(reddit.entries_of(iter([submission(**fields)]))) == []


@pytest.mark.parametrize("created", [None, "x", float("nan"), 1e30])
def test_reddit_post_of_no_time_is_seen_when_it_is_read(created: object) -> None:
    (post,) = reddit.entries_of(iter([submission(created_utc=created)]))
    assert post.published == ""


RSS = """<rss version="2.0"><channel><title>t</title><item><title><![CDATA[<b>Up</b> & away]]></title>
<link>https://paper.example/1?utm_source=rss</link><guid isPermaLink="false">p1</guid>
<pubDate>Tue, 05 Mar 2024 11:00:00 GMT</pubDate>
<description>&lt;p&gt;Short.&lt;/p&gt;</description></item><item><title>No guid & no date</title><link>https://paper.example/2</link></item>"""


@pytest.mark.parametrize("rest", ["</channel></rss>", "", "</channel"], ids=["whole", "cut off", "half an end"])
def test_feed_is_read_though_it_is_no_well_formed_xml(rest: str) -> None:
    first, second = feeds.entries_of("Paper", Page((RSS + rest).encode(), "application/rss+xml"))
    assert (first.guid, first.published) == ("p1", "Tue, 05 Mar 2024 11:00:00 GMT")
    read = [news_item(entry, NOON) for entry in (first, second)]
    assert [(one.title, one.published_at) for one in read if one] == [
        ("Up & away", NOON - timedelta(hours=1)),
        ("No guid & no date", NOON),
    ]


def test_atom_feed_in_another_encoding_is_read() -> None:
    atom = (
        '<?xml version="1.0" encoding="windows-1251"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id>'
        "<title>Биткоин растёт</title><link href='https://paper.example/a'/><updated>2024-03-05T11:00:00Z</updated></entry></feed>"
    )
    (entry,) = feeds.entries_of("Paper", Page(atom.encode("cp1251"), "application/atom+xml"))
    assert (entry.title, entry.published) == ("Биткоин растёт", "2024-03-05T11:00:00Z")


@pytest.mark.parametrize(
    "body", [b"", b"<html><p>Just a moment...</html>", b"{}", b"\x00\xff", b"<rss><channel></channel></rss>"]
)
def test_page_without_an_entry_is_no_feed(body: bytes) -> None:
    with pytest.raises(Broken, match="no feed with entries"):
        feeds.entries_of("Paper", Page(body, "text/html"))
