"""The last room: VADER's word list. It is right less than half of the time and answers only where the embedding cannot run."""

from collections.abc import Sequence
from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from functions.sentiment.classifier.opinion import Opinion, Question

_LEAST = 0.05  # VADER's own bound between neutral and not


class LexiconRoom:
    """Opinions of a word list."""

    name = "lexicon"

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        """Return an opinion for each question, of its words alone; see `Room`.

        Without a word of the list it is no opinion but an abstention.
        """
        return [_opinion(_analyser().polarity_scores(question.words)) for question in questions]


def _opinion(scores: dict[str, float]) -> Opinion:
    lean = scores["compound"]
    if abs(lean) < _LEAST:
        return Opinion(bearish=0.3, neutral=0.4, bullish=0.3, speaks=False)
    side = 0.5 + abs(lean) / 2
    against = (1.0 - side) / 2
    bearish, bullish = (against, side) if lean > 0 else (side, against)
    return Opinion(bearish=bearish, neutral=against, bullish=bullish, speaks=True)


@cache
def _analyser() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
