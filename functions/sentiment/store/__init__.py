"""The SQL of headlines, of what is said in them, and of who says it."""

from functions.sentiment.store.answers import (
    ModelAnswer,
    Price,
    correct,
    keep_answer,
    kept_answers,
    reserve,
    spent_on,
    usable_answers,
)
from functions.sentiment.store.headlines import (
    headlines,
    judged_keys,
    newest_by_feed,
    statements,
    traded_coins,
    write_judged,
    write_news,
)
from functions.sentiment.store.heads import keep_head, newest_head

__all__ = [
    "ModelAnswer",
    "Price",
    "correct",
    "headlines",
    "judged_keys",
    "keep_answer",
    "keep_head",
    "kept_answers",
    "newest_by_feed",
    "newest_head",
    "reserve",
    "spent_on",
    "statements",
    "traded_coins",
    "usable_answers",
    "write_judged",
    "write_news",
]
