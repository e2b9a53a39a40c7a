"""Multinomial logistic regression: the weights of a head from vectors and labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.sentiment.classifier.head import Vector, probabilities
from functions.sentiment.learning.measures import Sides

_STEPS = 500
_SETTLED = 1e-7


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted.

    Attributes:
        strength: of the pull towards the weights it starts from; in units of one headline's share in the fit.
        balance: 0 lets each headline count alike, 1 each class. Between them a rare class is heard without being shouted.
    """

    strength: float = 0.3
    balance: float = 0.5


@dataclass(frozen=True, slots=True)
class LinearPart:
    """What `logits = vector @ weights + bias` is made of: `[D, 3]` and `[3]`."""

    weights: Vector
    bias: Vector

    def probabilities(self, vectors: Vector) -> Vector:
        """Return what it says of vectors `[N, D]`, `[N, 3]`."""
        return probabilities(vectors @ self.weights + self.bias)


def fit(vectors: Vector, labels: Sides, recipe: Recipe, start: LinearPart | None = None) -> LinearPart:
    """Return the weights with the least penalised loss.

    `loss = -sum(count(label) * log p(label)) + strength / 2 * |weights - start|^2`, where `count` is `(N_class / N) ** -balance`,
    of mean 1. Each step uses Böhning's bound on the curvature (1992), so that the loss falls at every step and no step size is
    chosen; the same input gives the same weights.

    Args:
        vectors: `[N, D]`.
        labels: `[N]`, 0..2.
        recipe: how strong the pull is.
        start: what the weights are pulled towards; zero without it.
    """
    middle = vectors.mean(axis=0)
    inputs = np.column_stack([vectors - middle, np.ones(len(vectors))])
    counts = _counts(labels, recipe.balance)
    pull = np.full(inputs.shape[1], recipe.strength)
    pull[-1] = 1e-6 if start is None else recipe.strength
    anchor = np.zeros((inputs.shape[1], 3)) if start is None else np.vstack([start.weights, start.bias + middle @ start.weights])
    curvature = 0.5 * (inputs * counts[:, None]).T @ inputs + np.diag(pull)
    downhill = np.linalg.inv(curvature)
    target = np.eye(3)[labels]
    found = anchor.copy()
    for _ in range(_STEPS):
        missing = (target - probabilities(inputs @ found)) * counts[:, None]
        step = downhill @ (inputs.T @ missing - pull[:, None] * (found - anchor))
        found += step
        if np.abs(step).max() < _SETTLED:
            break
    return LinearPart(weights=found[:-1], bias=found[-1] - middle @ found[:-1])


def _counts(labels: Sides, balance: float) -> NDArray[np.float64]:
    shares = np.bincount(labels, minlength=3) / len(labels)
    rarity = shares[labels] ** -balance
    counts: NDArray[np.float64] = rarity / rarity.mean()
    return counts
