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
    lock_news,
    newest_by_feed,
    statements,
    told_of,
    traded_coins,
    write_judged,
    write_news,
)
from functions.sentiment.store.heads import keep_head, newest_head
from functions.sentiment.store.told import headlines_of

__all__ = [
    "ModelAnswer",
    "Price",
    "correct",
    "headlines",
    "headlines_of",
    "judged_keys",
    "keep_answer",
    "keep_head",
    "kept_answers",
    "lock_news",
    "newest_by_feed",
    "newest_head",
    "reserve",
    "spent_on",
    "statements",
    "told_of",
    "traded_coins",
    "usable_answers",
    "write_judged",
    "write_news",
]
