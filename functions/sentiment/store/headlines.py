"""The SQL of headlines and of what they say. Nothing seen after a moment is visible at it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import news_item, sentiment, symbol
from functions.sentiment.judged import Judged
from functions.sentiment.news import NewsItem
from functions.sentiment.research.task import Told
from functions.sentiment.scores.statement import Statement

SAME_STORY = timedelta(days=3)  # words that another feed says again later are another story
_LOCK = 0x4E455753  # any constant: one batch of headlines is written at a time

_NEWS = tuple(name for name in NewsItem.__dataclass_fields__ if name != "dated")
# A headline is known when its feed has told it: under its key, or under its guid or its address with the same words, so that
# neither an address that moves nor a guid that changes makes it another. The latter two must be of the same moment, unless the
# feed gives none: one title each day is a column. Another feed's words are the same story for some days.
_INSERT_NEWS = text(f"""
    INSERT INTO news_item ({", ".join(_NEWS)})
    SELECT {", ".join(f":{name}" for name in _NEWS)}
    WHERE NOT EXISTS (
        SELECT 1 FROM news_item AS known
        WHERE known.title_key = :title_key AND CASE
            WHEN known.feed <> :feed THEN known.first_seen_at > :first_seen_at - :same_story
            ELSE ((:guid_key <> '' AND known.guid_key = :guid_key) OR known.link = :link)
                AND (known.published_at = :published_at OR NOT :dated)
            END
    )
    ON CONFLICT (key) DO NOTHING
""")  # noqa: S608 - the names are our own


def write_news(connection: Connection, items: Sequence[NewsItem]) -> int:
    """Keep the headlines that are new; return how many. What another feed has told in the same words within three days is not."""
    lock_news(connection)
    return sum(connection.execute(_INSERT_NEWS, {**asdict(item), "same_story": SAME_STORY}).rowcount for item in items)


def lock_news(connection: Connection) -> None:
    """Let one batch of headlines be written, or judged, at a time, until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def headlines(connection: Connection, as_of: datetime, within: timedelta, count: int) -> list[NewsItem]:
    """Return the headlines published in a span before a moment and known at it, newest first."""
    columns = [news_item.c[name] for name in _NEWS]
    known = (news_item.c.first_seen_at <= as_of) & (news_item.c.published_at <= as_of)
    chosen = select(*columns).where(known & (news_item.c.published_at > as_of - within))
    rows = connection.execute(chosen.order_by(news_item.c.published_at.desc(), news_item.c.key).limit(count))
    return [NewsItem(**row) for row in rows.mappings()]


def newest_by_feed(connection: Connection, feeds: Sequence[str]) -> dict[str, datetime]:
    """Return when the newest headline of each feed was published."""
    rows = connection.execute(
        select(news_item.c.feed, func.max(news_item.c.published_at).label("newest"))
        .where(news_item.c.feed.in_(feeds))
        .group_by(news_item.c.feed)
    )
    return {row.feed: row.newest for row in rows}


def traded_coins(connection: Connection, quote: str) -> frozenset[str]:
    """Return the base coins of the pairs with a quote coin that trade."""
    pairs = select(symbol.c.base).where((symbol.c.quote == quote) & symbol.c.delisted_at.is_(None))
    return frozenset(connection.scalars(pairs))


def judged_keys(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Return which headlines are judged already."""
    return frozenset(connection.scalars(select(sentiment.c.key).where(sentiment.c.key.in_(keys))))


def write_judged(connection: Connection, rows: Sequence[Judged]) -> int:
    """Keep what headlines say; return how many rows are new. What was said once stays said."""
    if not rows:
        return 0
    written = insert(sentiment).on_conflict_do_nothing().returning(sentiment.c.key)
    return len(connection.execute(written, [asdict(row) for row in rows]).all())


def told_of(connection: Connection, coin: str, as_of: datetime, within: timedelta, count: int) -> list[Told]:
    """Return the newest headlines of a coin that were published in a span before a moment and known at it, newest first."""
    known = (sentiment.c.first_seen_at <= as_of) & (sentiment.c.published_at <= as_of) & (sentiment.c.coin == coin)
    rows = connection.execute(
        select(sentiment.c.words, sentiment.c.published_at)
        .where(known & (sentiment.c.published_at > as_of - within))
        .order_by(sentiment.c.published_at.desc(), sentiment.c.key)
        .limit(count)
    )
    return [Told(row.words, row.published_at) for row in rows]


def statements(connection: Connection, as_of: datetime, within: timedelta) -> dict[str, list[Statement]]:
    """Return what was said of each coin by headlines of a span before a moment and known at it, without abstentions."""
    known = (sentiment.c.first_seen_at <= as_of) & (sentiment.c.published_at <= as_of) & sentiment.c.speaks
    rows = connection.execute(select(sentiment).where(known & (sentiment.c.published_at > as_of - within)))
    said: dict[str, list[Statement]] = {}
    for row in rows.mappings():
        statement = Judged(**row).statement()
        if statement:
            said.setdefault(row["coin"], []).append(statement)
    return said
