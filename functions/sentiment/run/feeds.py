"""A feed that n8n could not read, read here."""

from datetime import datetime

from sqlalchemy import Engine

from functions.errors import QuorumError
from functions.outgoing.reach import place_of
from functions.sentiment.run.news import Brought, KeptNews, feed_row, keep_news
from functions.sentiment.scores.statement import MoodRules
from functions.sentiment.sources import feeds
from functions.settings import Settings
from functions.strangers import web_address


def read_feed(settings: Settings, engine: Engine, feed: str, url: str, error: str, as_of: datetime, rules: MoodRules) -> KeptNews:
    """Read a feed at its address and keep its headlines; when it cannot be read here either, its row has both errors.

    Args:
        settings: say who judges.
        engine: of the database.
        feed: its name.
        url: its address.
        error: what n8n said of it; may be empty.
        as_of: market time.
        rules: how statements count.
    """
    row, address = feed_row(feed), web_address(url)
    brought, failed = [], {}
    try:
        if address:
            named = bool(settings.feeds_url) and place_of(address) == place_of(settings.feeds_url)
            brought.append(Brought(row, feeds.read(feed, address, ours=named)))
        else:
            failed[row] = error or "no address of a feed"
    except QuorumError as refusal:
        failed[row] = f"{error}; {refusal.detail}" if error else refusal.detail
    return keep_news(settings, engine, brought, failed, as_of, rules)
