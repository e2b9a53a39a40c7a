"""How well a classifier judges labelled headlines."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.sentiment.classifier.opinion import Stance

Sides = NDArray[np.int64]  # 0, 1, 2 for bearish, neutral, bullish
NAMES = tuple(side.name.lower() for side in sorted(Stance))
COVERED = 0.6  # share of the headlines, the surest ones, that `coverage_60` is the accuracy of


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """Figures of one trial.

    Attributes:
        n: headlines.
        accuracy: share that is judged as labelled.
        macro_f1: mean of the three classes' F1; a class that is neither labelled nor judged has 0.
        swaps: share judged bullish that is labelled bearish, or the reverse.
        coverage_60: accuracy over the 60% of which the classifier is surest.
        per_class: precision, recall, f1 and n of each class, by name.
        confusion: rows are labels and columns judgements: bearish, neutral, bullish.
    """

    n: int
    accuracy: float
    macro_f1: float
    swaps: float
    coverage_60: float
    per_class: dict[str, dict[str, float]]
    confusion: list[list[int]]

    def as_row(self) -> dict[str, Any]:
        """Return the figures as JSON has them, shares with four digits."""
        return {name: round(figure, 4) if isinstance(figure, float) else figure for name, figure in asdict(self).items()}


def measure(probabilities: NDArray[np.float64], labels: Sides) -> TrialFigures:
    """Return the figures of judgements `[N, 3]` against labels `[N]`, N at least 1."""
    judged = judgements(probabilities)
    confusion = np.zeros((3, 3), dtype=np.int64)
    np.add.at(confusion, (labels, judged), 1)
    per_class = {name: _class_figures(confusion, place) for place, name in enumerate(NAMES)}
    right = judged == labels
    # Of two that are equally sure the earlier one counts: the figure does not depend on a sort's choice.
    surest = np.argsort(-probabilities.max(axis=1), kind="stable")[: max(1, round(COVERED * len(labels)))]
    return TrialFigures(
        n=len(labels),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([figures["f1"] for figures in per_class.values()])),
        swaps=float((np.abs(judged - labels) == 2).mean()),
        coverage_60=float(right[surest].mean()),
        per_class=per_class,
        confusion=confusion.tolist(),
    )


def judgements(probabilities: NDArray[np.float64]) -> Sides:
    """Return the likeliest side of each row `[N, 3]`, as `Opinion.stance` does."""
    neutral_first = probabilities[:, [1, 0, 2]].argmax(axis=1)
    sides: Sides = np.array([1, 0, 2])[neutral_first]
    return sides


def _class_figures(confusion: NDArray[np.int64], place: int) -> dict[str, float]:
    hits, labelled, judged = confusion[place, place], confusion[place].sum(), confusion[:, place].sum()
    return {
        "n": int(labelled),
        "precision": round(float(hits / judged), 4) if judged else 0.0,
        "recall": round(float(hits / labelled), 4) if labelled else 0.0,
        "f1": round(float(2 * hits / (labelled + judged)), 4) if labelled + judged else 0.0,
    }
