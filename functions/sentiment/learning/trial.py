"""Judging a recipe, or a head, on headlines that it has not learnt from."""

from collections.abc import Sequence

import numpy as np

from functions.sentiment.classifier.head import Head, Vector
from functions.sentiment.learning.labelled import Labelled
from functions.sentiment.learning.measures import Sides
from functions.sentiment.learning.regression import LinearPart, Recipe, fit

FOLDS = 5
LEAST = 60  # headlines, of which a fold leaves enough to learn from
NEEDED = 200  # headlines for a trial forward in time


def sides_of(headlines: Sequence[Labelled]) -> Sides:
    """Return the labels as places of the classes, `[N]`."""
    return np.array([headline.stance.value + 1 for headline in headlines], dtype=np.int64)


def out_of_fold(vectors: Vector, labels: Sides, recipe: Recipe, seed: int = 0, start: LinearPart | None = None) -> Vector:
    """Return for each headline what weights say that were fitted without its fold, `[N, 3]`; at least `LEAST` headlines."""
    order = np.random.default_rng(seed).permutation(len(labels))
    said = np.zeros((len(labels), 3))
    for fold in range(FOLDS):
        aside = order[fold::FOLDS]
        others = np.setdiff1d(order, aside)
        said[aside] = fit(vectors[others], labels[others], recipe, start).probabilities(vectors[aside])
    return said


def forward(headlines: Sequence[Labelled], vectors: Vector, recipe: Recipe) -> tuple[Vector, Sides] | None:
    """Return what weights say of the later half that were fitted on what is older: its two quarters one after the other.

    None where the file has no days, or too few headlines.
    """
    if len(headlines) < NEEDED or not all(headline.day for headline in headlines):
        return None
    order = np.argsort(np.array([headline.day for headline in headlines]), kind="stable")
    labels = sides_of(headlines)[order]
    sorted_vectors = vectors[order]
    half, three_quarters = len(order) // 2, len(order) * 3 // 4
    parts = [
        fit(sorted_vectors[:begin], labels[:begin], recipe).probabilities(sorted_vectors[begin:end])
        for begin, end in ((half, three_quarters), (three_quarters, len(order)))
    ]
    return np.vstack(parts), labels[half:]


def unseen(head: Head, headlines: Sequence[Labelled], vectors: Vector, recipe: Recipe) -> Vector:
    """Return what the head says of each headline, `[N, 3]`, as if it had learnt from none of them.

    Those that it has learnt from are judged by weights fitted without their fold; NaN where they are too few for that.
    """
    weights = LinearPart(head.weights, head.bias)
    said = weights.probabilities(vectors)
    learnt = np.array([head.has_learnt(headline.headline) for headline in headlines], dtype=bool)
    if learnt.any():
        labels = sides_of(headlines)[learnt]
        said[learnt] = out_of_fold(vectors[learnt], labels, recipe) if learnt.sum() >= LEAST else np.nan
    return said
