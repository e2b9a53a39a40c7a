"""Reading a model's answer: held to its schema word by word, whatever the server promised, or thrown away whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.sentiment.classifier.opinion import Opinion, Stance
from functions.sentiment.model.marking import gives_away
from functions.strangers import clean

LEAST_CONFIDENCE = 0.4  # a model that is less sure than this abstains
_CLEAR = 0.001  # by which the side of a verdict is likelier than neutral
FACTOR_LIMIT, SUMMARY_LIMIT, MOST_FACTORS = 80, 200, 3
Number = Annotated[float, Field(allow_inf_nan=False)]


class Unusable(Exception):
    """An answer is thrown away; the words say why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model says of one subject, in words that may be shown."""

    subject: str
    opinion: Opinion
    factors: tuple[str, ...]
    summary: str


class Stated(BaseModel):
    """A verdict as the schema has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subject: str
    stance: Literal["bullish", "bearish", "neutral", "unclear"]
    score: Annotated[Number, Field(ge=-1, le=1)]
    confidence: Annotated[Number, Field(ge=0, le=1)]
    factors: Annotated[list[str], Field(max_length=20)]
    summary: str

    def verdict(self) -> Verdict:
        """Return the verdict.

        Raises:
            Unusable: stance and score contradict each other.
        """
        return Verdict(
            subject=self.subject,
            opinion=opinion_of(self.stance, self.score, self.confidence),
            factors=tuple(clean(factor, FACTOR_LIMIT) for factor in self.factors[:MOST_FACTORS]),
            summary=clean(self.summary, SUMMARY_LIMIT),
        )


class _Verdicts(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    verdicts: list[Stated]


def verdicts(answer: str, subjects: Sequence[str], marker: str, instructions: str) -> list[Verdict]:
    """Return the verdict on each subject, in their order.

    Raises:
        Unusable: the answer repeats the marker or the instructions, is no JSON of the schema, or names other subjects.
    """
    try:
        stated = _Verdicts.model_validate_json(answer).verdicts
    except ValidationError as error:
        guard(answer, answer, marker, instructions)
        raise Unusable(problem(error)) from None
    guard(answer, orjson.dumps([one.model_dump() for one in stated]).decode(), marker, instructions)
    by_subject = {one.subject: one for one in stated}
    if len(stated) != len(subjects) or set(by_subject) != set(subjects):
        raise Unusable("its subjects are not those that were asked")
    return [by_subject[subject].verdict() for subject in subjects]


def guard(raw: str, read: str, marker: str, instructions: str) -> None:
    """Throw an answer away that gives away that it was written for somebody else.

    Args:
        raw: as it came.
        read: its texts without JSON's escapes.
        marker: of this call.
        instructions: of this call.

    Raises:
        Unusable: it repeats the marker or the instructions.
    """
    if given_away := gives_away(f"{raw}\n{read}", marker, instructions):
        raise Unusable(given_away)


def problem(error: ValidationError) -> str:
    """Return what is wrong with an answer, without its words: they are a stranger's."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return "it is no JSON"
    place = ".".join(str(part) for part in first["loc"] if isinstance(part, str) and part in Stated.model_fields)
    return f"it does not fit the schema ({place or first['type']})"


def opinion_of(stance: str, score: float, confidence: float) -> Opinion:
    """Return the probabilities whose lean is the score, the side's own being as near to the confidence as that allows.

    An unclear stance is an abstention, and so is one that the model is not sure of.

    Raises:
        Unusable: the score is on another side than the stance.
    """
    if stance == "unclear":
        return Opinion(bearish=0.3, neutral=0.4, bullish=0.3, speaks=False)
    size = abs(score)
    if stance == "neutral":
        if size > 0.5:
            raise Unusable("its score is on another side than its stance")
        neutral = min(max(confidence, (1.0 + size) / 3.0), 1.0 - size)
        for_it, against = (1.0 - neutral + score) / 2.0, (1.0 - neutral - score) / 2.0
    else:
        side = Stance.BULLISH if stance == "bullish" else Stance.BEARISH
        if score * side.value <= 0:
            raise Unusable("its score is on another side than its stance")
        strong = min(max(confidence, size, (1.0 + size) / 3.0 + _CLEAR), (1.0 + size) / 2.0)
        weak, neutral = strong - size, 1.0 - 2.0 * strong + size
        for_it, against = (strong, weak) if side is Stance.BULLISH else (weak, strong)
    return Opinion(
        bearish=max(against, 0.0), neutral=max(neutral, 0.0), bullish=max(for_it, 0.0), speaks=confidence >= LEAST_CONFIDENCE
    )
