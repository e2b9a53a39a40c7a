"""What one headline says of one coin, and the numbers by which such statements count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlsplit

from functions.sentiment.crowd import CROWD


@dataclass(frozen=True)
class Statement:
    """What one headline says of one coin, or of the market.

    Args:
        key: of the headline.
        words: the headline in its plain form.
        feed: name of the feed that told it.
        link: where it leads.
        published_at: as the feed says.
        first_seen_at: market time at which it came; the feed has no say in it.
        value: -1 (bearish) to +1 (bullish).
        confidence: 0..1; an abstention is no statement.
    """

    key: str
    words: str
    feed: str
    link: str
    published_at: datetime
    first_seen_at: datetime
    value: float
    confidence: float

    @cached_property
    def word_set(self) -> frozenset[str]:
        """Return its words in small letters, without signs."""
        return frozenset("".join(letter if letter.isalnum() else " " for letter in self.words.casefold()).split())

    @property
    def host(self) -> str:
        """Return the host it leads to, without `www.`; empty when there is none."""
        return (urlsplit(self.link).hostname or "").removeprefix("www.")


@dataclass(frozen=True, slots=True)
class MoodRules:
    """How statements count.

    Attributes:
        half_life: a statement of this age counts half.
        horizon: an older one does not count; by then it has faded to next to nothing.
        feed_weights: of publishers by the name of a feed; 1 for all others. 0 silences one. The crowd counts half.
        same_story: share of common words from which on two headlines tell one story.
        half_sure: how many publishers, each with much to say, make a confidence of a half.
        least_voice: a publisher with less to say is not counted as one of those who agree.
        least_lean: a publisher nearer to 0 is on no side.
        shift: a change of a value beyond this is told.
        shift_span: in this time.
        least_move: a publisher that moved less has not moved.
        least_movers: publishers that have to have moved.
        life: how long a reading of a score stays fresh.
    """

    half_life: timedelta = timedelta(hours=6)
    horizon: timedelta = timedelta(hours=72)
    feed_weights: Mapping[str, float] = field(default_factory=lambda: {CROWD: 0.5})
    same_story: float = 0.6
    half_sure: float = 2.0
    least_voice: float = 0.1
    least_lean: float = 0.1
    shift: float = 0.3
    shift_span: timedelta = timedelta(hours=4)
    least_move: float = 0.1
    least_movers: int = 2
    life: timedelta = timedelta(hours=3)


def visible(statements: Iterable[Statement], as_of: datetime, rules: MoodRules) -> list[Statement]:
    """Return what was published and seen by a moment and is not too old at it, in one order whatever order they came in."""
    known = {
        statement.key: statement
        for statement in statements
        if max(statement.published_at, statement.first_seen_at) <= as_of < statement.published_at + rules.horizon
    }
    return sorted(known.values(), key=lambda statement: (statement.first_seen_at, statement.key))
