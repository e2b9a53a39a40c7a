"""What is said of one headline, and the seam that everybody who can say it stands behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, Self

from functions.factors.reading import MARKET


class Stance(IntEnum):
    """Which way a headline points."""

    BEARISH = -1
    NEUTRAL = 0
    BULLISH = 1


@dataclass(frozen=True, slots=True)
class Question:
    """What does this headline say of this coin?

    Args:
        headline: in its plain form.
        coin: a base coin, or `MARKET`.
        words: the part of the headline that speaks of the coin, for who cannot be told a coin.
    """

    headline: str
    coin: str
    words: str

    @classmethod
    def of_market(cls, headline: str) -> Self:
        """Return the question what a plain headline says of the market as a whole."""
        return cls(headline, MARKET, headline)


@dataclass(frozen=True, slots=True)
class Opinion:
    """How likely a headline is bearish, neutral and bullish.

        opinion = Opinion(bearish=0.1, neutral=0.2, bullish=0.7, speaks=True)
        opinion.stance, opinion.value, opinion.confidence     # BULLISH, 0.6, 0.7

    Args:
        bearish, neutral, bullish: probabilities; their sum is 1.
        speaks: whether it is sure enough to count. An opinion that does not speak is an abstention and no neutral one.
    """

    bearish: float
    neutral: float
    bullish: float
    speaks: bool

    @property
    def stance(self) -> Stance:
        """Return the likeliest side; of two that are alike the neutral one."""
        likely = {Stance.NEUTRAL: self.neutral, Stance.BEARISH: self.bearish, Stance.BULLISH: self.bullish}
        return max(likely, key=lambda side: likely[side])

    @property
    def value(self) -> float:
        """Return how far it leans, -1 (bearish) to +1 (bullish)."""
        return self.bullish - self.bearish

    @property
    def confidence(self) -> float:
        """Return the probability of its side, 1/3..1."""
        return max(self.bearish, self.neutral, self.bullish)


class Closed(Exception):
    """This room cannot answer here and now, or no further; the next one may.

    Args:
        reason: one sentence.
        answered: what it had answered by then, one opinion a question; nothing when it had not begun.
    """

    def __init__(self, reason: str, answered: "Sequence[Opinion | None]" = ()) -> None:
        super().__init__(reason)
        self.answered = answered


class Room(Protocol):
    """Somebody who reads headlines: a language model, the embedding with its head, or the lexicon."""

    name: str

    def read(self, questions: Sequence[Question]) -> Sequence[Opinion | None]:
        """Return an opinion for each question, None where there is no answer.

        Each answer depends on its own headline alone.

        Raises:
            Closed: it can answer nothing.
        """


@dataclass(frozen=True, slots=True)
class Answer:
    """An opinion, and the name of the room that it is from."""

    opinion: Opinion
    room: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What all rooms together said, and why those that are closed said nothing.

    Attributes:
        answers: one a question, in their order; None where nobody answered.
        closed: a sentence for each room that was asked and is closed.
    """

    answers: Sequence[Answer | None]
    closed: dict[str, str]


def ask(rooms: Sequence[Room], questions: Sequence[Question]) -> Answers:
    """Ask the first room every question, and each further one what is not answered yet.

    Args:
        rooms: the best first.
        questions: one without words is asked of nobody.
    """
    answers: list[Answer | None] = [None] * len(questions)
    closed: dict[str, str] = {}
    for room in rooms:
        waiting = [place for place, question in enumerate(questions) if answers[place] is None and question.words.strip()]
        if not waiting:
            break
        try:
            opinions = room.read([questions[place] for place in waiting])
        except Closed as reason:
            closed[room.name] = str(reason)
            opinions = reason.answered or [None] * len(waiting)
        for place, opinion in zip(waiting, opinions, strict=True):
            if opinion is not None:
                answers[place] = Answer(opinion, room.name)
    return Answers(answers, closed)
