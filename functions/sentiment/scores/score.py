"""The score of a coin or of the market at a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import exp, fsum

from functions.factors.reading import Factor, FactorReading
from functions.sentiment.crowd import CROWD, is_crowd
from functions.sentiment.scores.statement import MoodRules, Statement, visible
from functions.sentiment.scores.stories import publishers, told_first

SOURCE = "news"


@dataclass(frozen=True, slots=True)
class Voice:
    """What one publisher says.

    Attributes:
        value: mean of its statements by age and confidence, -1..1.
        strength: 0..1; how much it has to say. It has one voice, however much it writes.
        stories: that it told first.
    """

    value: float
    strength: float
    stories: int


@dataclass(frozen=True, slots=True)
class Score:
    """What all publishers say.

    Attributes:
        value: -1 (extreme fear) to +1 (extreme greed).
        confidence: 0..1; grows with publishers who have something to say, and fades with age.
        publishers: that are on the value's side, less the feeds that are on the other; at least 1.
        voices: what each publisher says, by name.
    """

    value: float
    confidence: float
    publishers: int
    voices: Mapping[str, Voice]


def score(statements: Iterable[Statement], as_of: datetime, rules: MoodRules) -> Score | None:
    """Return the score at a moment; None when nobody says anything.

    `value = sum(weight * strength * voice) / sum(weight * strength)` over publishers, `strength = 1 - exp(-sum(faded))`,
    `faded = confidence * 2 ** (-age / half_life)`, `confidence = S / (S + half_sure)` with `S = sum(weight * strength)`.

    Args:
        statements: of one coin, or all for the market, in any order and as often as they come.
        as_of: nothing published or first seen after it counts.
        rules: how they count.
    """
    known = visible(statements, as_of, rules)
    publisher_of = publishers(known)
    told = told_first(known, rules.same_story)
    voices = _voices(told, {one.key: publisher_of[one.feed] for one in told}, as_of, rules)
    weights = {name: rules.feed_weights.get(name, 1.0) * voice.strength for name, voice in voices.items()}
    total = fsum(weights.values())
    if total <= 0:
        return None
    value = max(-1.0, min(1.0, fsum(weights[name] * voice.value for name, voice in voices.items()) / total))
    feeds = _voices(known, {one.key: CROWD if is_crowd(one.feed) else one.feed for one in known}, as_of, rules)
    agreeing, against = _sides(1 if value >= 0 else -1, voices, feeds, publisher_of, rules)
    return Score(value, total / (total + rules.half_sure), max(1, agreeing - against), voices)


def reading(said: Score, symbol: str, as_of: datetime, rules: MoodRules) -> FactorReading:
    """Return a score as the reading that scoring reads."""
    return FactorReading(
        symbol=symbol,
        factor=Factor.SENTIMENT,
        source=SOURCE,
        value=said.value,
        confidence=said.confidence,
        as_of=as_of,
        stale_at=as_of + rules.life,
        evidence={
            "stories": sum(voice.stories for voice in said.voices.values()),
            "publishers": {name: round(voice.value, 3) for name, voice in sorted(said.voices.items())},
        },
        publishers=said.publishers,
    )


def _sides(
    side: int, voices: Mapping[str, Voice], feeds: Mapping[str, Voice], publisher_of: Mapping[str, str], rules: MoodRules
) -> tuple[int, int]:
    """Return how many publishers are on a side, and how many feeds are on the other.

    Whoever writes on one feed can tell another's story first, or lead to another's host and so share its voice. Neither makes a
    feed agree that does not agree by all that it wrote itself, nor takes one away from those against: two feeds add two at most.
    """

    def leans(voice: Voice, way: int) -> bool:
        return voice.strength >= rules.least_voice and voice.value * way >= rules.least_lean

    agree_themselves = {publisher_of.get(feed, feed) for feed, voice in feeds.items() if leans(voice, side)}
    agreeing = sum(leans(voice, side) and name in agree_themselves for name, voice in voices.items())
    return agreeing, sum(leans(voice, -side) for voice in feeds.values())


def _voices(said: Iterable[Statement], speaker_of: Mapping[str, str], as_of: datetime, rules: MoodRules) -> dict[str, Voice]:
    """Return the voice of each speaker, `speaker_of` each statement's key, in one order."""
    told: dict[str, list[tuple[float, float]]] = {}
    for statement in said:
        faded = statement.confidence * 2.0 ** -((as_of - statement.published_at) / rules.half_life)
        told.setdefault(speaker_of[statement.key], []).append((faded, statement.value))
    return {name: _voice(parts) for name, parts in sorted(told.items()) if any(faded > 0 for faded, _ in parts)}


def _voice(said: list[tuple[float, float]]) -> Voice:
    much = fsum(faded for faded, _ in said)
    return Voice(fsum(faded * value for faded, value in said) / much, 1.0 - exp(-much), len(said))
