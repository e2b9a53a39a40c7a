"""The SQL of headlines and of what is said in them."""

from functions.sentiment.store.headlines import (
    headlines,
    judged_keys,
    newest_by_feed,
    statements,
    traded_coins,
    write_judged,
    write_news,
)

__all__ = [
    "headlines",
    "judged_keys",
    "newest_by_feed",
    "statements",
    "traded_coins",
    "write_judged",
    "write_news",
]
