"""Ask every source of what people write and look for, all at once: each may be slow, and one that is down stops no other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from functions.errors import QuorumError
from functions.outgoing import Source
from functions.outgoing.run import SourceAnswer, refresh_source
from functions.pairs import QUOTE
from functions.sentiment import store
from functions.sentiment.news import RawItem
from functions.sentiment.run.news import Brought, KeptNews, keep_news
from functions.sentiment.scores.statement import MoodRules
from functions.sentiment.sources import lunarcrush, posts, reddit, trending, votes
from functions.settings import Settings


@dataclass(frozen=True, slots=True)
class SocialRead:
    """What one asking came to.

    Attributes:
        answered: sources that said something.
        unset: sources that are not asked, for a setting of theirs is empty.
        news: what became of the posts; it names the sources of posts that failed.
        errors: one sentence for each source that failed.
    """

    answered: list[str]
    unset: list[str]
    news: KeptNews
    errors: dict[str, str]


def refresh_social(settings: Settings, engine: Engine, as_of: datetime, rules: MoodRules) -> SocialRead:
    """Ask every source that is set; keep readings as they come, and judge the posts of all together."""
    with engine.connect() as connection:
        coins = store.traded_coins(connection, QUOTE)
    measured, written = dict(_measured(settings, coins, as_of)), dict(_written(settings))
    with ThreadPoolExecutor(max_workers=len(measured) + len(written) or 1) as pool:
        refreshing = {name: pool.submit(refresh_source, engine, name, ask, as_of) for name, ask in measured.items()}
        reading = {name: pool.submit(_entries, ask) for name, ask in written.items()}
    errors = {name: error for name, done in refreshing.items() if (error := done.result())}
    read = {name: done.result() for name, done in reading.items()}
    brought = [Brought(name, entries) for name, entries in read.items() if not isinstance(entries, str)]
    failed = {name: error for name, error in read.items() if isinstance(error, str)}
    news = keep_news(settings, engine, brought, failed, as_of, rules)
    errors |= news.failed
    asked = [*measured, *written]
    unset = [name for name in (lunarcrush.NAME, reddit.NAME, posts.NAME) if name not in asked]
    return SocialRead(answered=[name for name in asked if name not in errors], unset=unset, news=news, errors=errors)


def _measured(settings: Settings, coins: frozenset[str], as_of: datetime) -> Iterator[tuple[str, Callable[[], SourceAnswer]]]:
    """Yield the sources whose answers are readings."""
    key = settings.coingecko_key.get_secret_value()
    headers = {"x-cg-demo-api-key": key} if key else {}
    yield trending.NAME, partial(trending.read, Source(trending.NAME, settings.coingecko_url, headers), as_of)
    most = len(votes.IDS) if key else votes.WITHOUT_KEY
    yield votes.NAME, partial(votes.read, Source(votes.NAME, settings.coingecko_url, headers), coins, as_of, most)
    if token := settings.lunarcrush_key.get_secret_value():
        source = Source(lunarcrush.NAME, settings.lunarcrush_url, {"Authorization": f"Bearer {token}"})
        yield lunarcrush.NAME, partial(lunarcrush.read, source, coins)


def _written(settings: Settings) -> Iterator[tuple[str, Callable[[], list[RawItem]]]]:
    """Yield the sources whose answers are posts."""
    secret = settings.reddit_client_secret.get_secret_value()
    if settings.reddit_client_id and secret and settings.subreddits:
        yield (
            reddit.NAME,
            partial(
                reddit.read,
                settings.reddit_url,
                settings.reddit_oauth_url,
                client_id=settings.reddit_client_id,
                client_secret=secret,
                subreddits=settings.subreddits,
            ),
        )
    if settings.posts_url:
        key = settings.posts_key.get_secret_value()
        source = Source(posts.NAME, settings.posts_url, {"Authorization": f"Bearer {key}"} if key else {})
        yield posts.NAME, partial(posts.read, source, settings.post_paths)


def _entries(ask: Callable[[], list[RawItem]]) -> list[RawItem] | str:
    """Return what a source says, or why it says nothing."""
    try:
        return ask()
    except QuorumError as error:
        return error.detail
