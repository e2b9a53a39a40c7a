"""One story that several tell counts once, and several feeds of one house are one publisher."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from functions.sentiment.crowd import CROWD, is_crowd
from functions.sentiment.scores.statement import Statement


def told_first(statements: Sequence[Statement], same_story: float) -> list[Statement]:
    """Return of each story the statement that was seen first.

    Two statements tell one story when the share of common words among all words of both is at least `same_story` and both lean to
    one side: "rises" and "falls" are two stories. Each is compared with those seen before it alone.

    Args:
        statements: in the order in which they were first seen, as `visible` returns them.
        same_story: 0..1.
    """
    first: list[Statement] = []
    by_word: dict[str, list[int]] = {}
    for statement in statements:
        common = Counter(place for word in statement.word_set for place in by_word.get(word, ()))
        if any(_one_story(statement, first[place], count, same_story) for place, count in common.items()):
            continue
        for word in statement.word_set:
            by_word.setdefault(word, []).append(len(first))
        first.append(statement)
    return first


def _one_story(statement: Statement, other: Statement, common: int, same_story: float) -> bool:
    together = len(statement.word_set) + len(other.word_set) - common
    return common >= same_story * together and bool(np.sign(statement.value) == np.sign(other.value))


def publishers(statements: Iterable[Statement]) -> dict[str, str]:
    """Return each feed's publisher, named by the first of its feeds; all feeds of the crowd are one, `CROWD`.

    Feeds whose headlines mostly lead to one host are one publisher. Whoever makes a feed lead elsewhere can only merge it with
    others: a feed is never more than one publisher.
    """
    hosts: dict[str, Counter[str]] = {}
    for statement in statements:
        hosts.setdefault(statement.feed, Counter())[statement.host] += 1
    homes = {feed: max(sorted(counted), key=lambda host: counted[host]) for feed, counted in hosts.items()}
    houses: dict[str, str] = {}
    for feed in sorted(feed for feed in homes if not is_crowd(feed)):
        houses.setdefault(homes[feed], feed)
    return {feed: CROWD if is_crowd(feed) else houses[home] if home else feed for feed, home in homes.items()}
