"""How well the language model judges labelled headlines."""

from pathlib import Path
from typing import Any

import numpy as np

from functions.errors import Conflict
from functions.sentiment.classifier.opinion import Closed, Question, Room
from functions.sentiment.learning.measures import judgements, measure
from functions.sentiment.learning.trial import sides_of
from functions.sentiment.run.learning import read_labelled


def evaluate_model(file: Path, room: Room) -> dict[str, Any]:
    """Judge a room on a file of labelled headlines; what it does not answer is left out and counted.

    Raises:
        InputRejected: the file cannot be read as labelled headlines.
        Conflict: it answers nothing.
    """
    headlines = read_labelled(file)
    closed = ""
    try:
        opinions = room.read([Question.of_market(headline.headline) for headline in headlines])
    except Closed as reason:
        closed, opinions = str(reason), reason.answered
    said = [(headline, opinion) for headline, opinion in zip(headlines, opinions, strict=False) if opinion]
    if not said:
        raise Conflict("no_answer", f"the model answers none of {len(headlines)} headlines: {closed or 'no answer is usable'}")
    labels = sides_of([headline for headline, _ in said])
    probabilities = np.array([(opinion.bearish, opinion.neutral, opinion.bullish) for _, opinion in said])
    speaks = np.array([opinion.speaks for _, opinion in said], dtype=bool)
    right = judgements(probabilities) == labels
    return {
        **measure(probabilities, labels).as_row(),
        "room": room.name,
        "left_out": len(headlines) - len(said),
        "spoken": round(float(speaks.mean()), 4),
        "accuracy_spoken": round(float(right[speaks].mean()), 4) if speaks.any() else None,
        "closed": closed,
    }
