"""The SQL of readings and headlines. Nothing seen after a moment is visible at it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import factor_reading, news_item
from functions.sentiment.news import NewsItem
from functions.sentiment.readings import MARKET, Factor, FactorReading

SAME_STORY = timedelta(days=3)  # a title that comes again later is another story
_LOCK = 0x4E455753  # any constant: one batch of headlines is written at a time

_FIELDS = ("symbol", "factor", "source", "value", "confidence", "as_of", "stale_at", "evidence")
_NEWS = tuple(NewsItem.__dataclass_fields__)
_INSERT_NEWS = text(f"""
    INSERT INTO news_item ({", ".join(_NEWS)})
    SELECT {", ".join(f":{name}" for name in _NEWS)}
    WHERE NOT EXISTS (SELECT 1 FROM news_item WHERE title_key = :title_key AND first_seen_at > :first_seen_at - :same_story)
    ON CONFLICT (key) DO NOTHING
""")  # noqa: S608 - the names are our own


def write_reading(connection: Connection, reading: FactorReading, seen_at: datetime) -> bool:
    """Keep a reading; False when what this source says of that moment is kept already."""
    row = {**asdict(reading), "factor": reading.factor.value, "evidence": dict(reading.evidence), "seen_at": seen_at}
    statement = insert(factor_reading).values(**row).on_conflict_do_nothing()
    return connection.execute(statement.returning(factor_reading.c.symbol)).first() is not None


def newest_reading(connection: Connection, source: str, as_of: datetime, symbol: str = MARKET) -> FactorReading | None:
    """Return what a source said last as known at a moment; it may be stale."""
    columns = [factor_reading.c[name] for name in _FIELDS]
    known = (factor_reading.c.seen_at <= as_of) & (factor_reading.c.as_of <= as_of)
    of = (factor_reading.c.source == source) & (factor_reading.c.symbol == symbol)
    newest = select(*columns).where(of & known).order_by(factor_reading.c.as_of.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return FactorReading(**{**row, "factor": Factor(row["factor"])}) if row else None


def write_news(connection: Connection, items: Sequence[NewsItem]) -> int:
    """Keep the headlines that are new; return how many. The same story of another feed within three days is not."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return sum(connection.execute(_INSERT_NEWS, {**asdict(item), "same_story": SAME_STORY}).rowcount for item in items)


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
