"""From the entries that sources brought to headlines, what they say, and the rows that tell how each source is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from functions.clock import wall_now
from functions.logs import get_logger
from functions.outgoing import note_failure, note_success
from functions.sentiment import store
from functions.sentiment.news import NewsItem, RawItem, news_items
from functions.sentiment.run.judging import JudgedBatch, judge
from functions.sentiment.scores.statement import MoodRules
from functions.settings import Settings

log = get_logger("sentiment")


@dataclass(frozen=True, slots=True)
class Brought:
    """What one source brought in one reading: entries of one feed or of several."""

    source: str
    entries: Sequence[RawItem]


@dataclass(frozen=True, slots=True)
class KeptNews:
    """What became of the entries: how many were new, known, without words or address; why sources failed; what was judged."""

    new: int
    known: int
    unusable: int
    failed: Mapping[str, str]
    judged: JudgedBatch


def feed_row(feed: str) -> str:
    """Return the name of a feed's row in `source_status`."""
    return f"rss {feed}"


def keep_news(
    settings: Settings,
    engine: Engine,
    brought: Sequence[Brought],
    failed: Mapping[str, str],
    as_of: datetime,
    rules: MoodRules,
) -> KeptNews:
    """Keep the headlines that are new, judge what they say, and write the scores of what they name.

    A source none of whose entries can be read has failed: its form has changed.

    Args:
        settings: say who judges.
        engine: of the database.
        brought: by each source that answered.
        failed: one sentence for each source that did not.
        as_of: market time at which all of it came.
        rules: how statements count.
    """
    items = {one.source: news_items(one.entries, as_of) for one in brought}
    silent = [one for one in brought if one.entries and not items[one.source]]
    failed = {**failed, **{one.source: f"none of its {len(one.entries)} entries can be read" for one in silent}}
    every = [item for several in items.values() for item in several]
    with engine.begin() as connection:
        new = store.write_news(connection, every)
        newest = store.newest_by_feed(connection, [item.feed for item in every])
        for source in sorted(items.keys() - failed.keys()):
            told = [newest[feed] for feed in _feeds(items[source]) if feed in newest]
            note_success(connection, source, wall_now(), as_of - max(told) if told else None)
        for source, error in failed.items():
            note_failure(connection, source, wall_now(), error)
    if failed:
        log.warning("sources of news cannot be read", sources=dict(failed))
    entries = sum(len(one.entries) for one in brought)
    return KeptNews(
        new=new,
        known=len(every) - new,
        unusable=entries - len(every),
        failed=failed,
        judged=judge(settings, engine, every, as_of, rules),
    )


def _feeds(items: Sequence[NewsItem]) -> set[str]:
    return {item.feed for item in items}
