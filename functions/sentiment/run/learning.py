"""Learning a head from a file and judging one on a file: what `quorum sentiment-train` and `quorum sentiment-eval` do."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from functions.errors import Conflict, InputRejected
from functions.sentiment.classifier.embedding import Embed, load_embedding
from functions.sentiment.classifier.head import Head, Vector, fingerprint, load_head
from functions.sentiment.classifier.lexicon import LexiconRoom
from functions.sentiment.classifier.opinion import Closed, Question
from functions.sentiment.learning.labelled import Labelled, labelled_headlines
from functions.sentiment.learning.measures import TrialFigures, judgements, measure
from functions.sentiment.learning.regression import LinearPart, Recipe, fit
from functions.sentiment.learning.trial import LEAST, forward, out_of_fold, sides_of, unseen

RoomName = Literal["embedding", "lexicon"]
SPEAKS = 0.6  # share of headlines on which a fresh head speaks; on the others it abstains
_SEEDS = range(4)
_TOLD = ("accuracy", "macro_f1", "swaps", "coverage_60")


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of a training.

    Attributes:
        head: the new one, if it won.
        rival: what it had to beat: the head there was, or the lexicon where that head has learnt from these headlines.
        new, old: figures on headlines that neither side has learnt from.
    """

    head: Head | None
    rival: str
    new: TrialFigures
    old: TrialFigures

    @property
    def taken(self) -> bool:
        """Tell whether the new head won."""
        return self.head is not None


def evaluate(file: Path, head_file: Path, room: RoomName = "embedding", embed: Embed | None = None) -> dict[str, Any]:
    """Judge a room on a file of labelled headlines; no headline is judged by a head that has learnt from it.

    Raises:
        InputRejected: the file cannot be read as labelled headlines.
        Conflict: the embedding does not run on this machine.
    """
    headlines, recipe = read_labelled(file), Recipe()
    if room == "lexicon":
        return {**measure(_lexicon(headlines), sides_of(headlines)).as_row(), "room": room}
    head = load_head(head_file)
    begin = time.perf_counter()
    vectors = _vectors(headlines, embed)
    spent = time.perf_counter() - begin
    said = unseen(head, headlines, vectors, recipe)
    judged = ~np.isnan(said[:, 0])
    if not judged.any():
        raise InputRejected("nothing_unseen", f"the head has learnt from all {len(headlines)} headlines; give it others too")
    labels = sides_of(headlines)[judged]
    speaks = said[judged].max(axis=1) >= head.least_confidence
    right = judgements(said[judged]) == labels
    return {
        **measure(said[judged], labels).as_row(),
        "room": room,
        "learnt": sum(head.has_learnt(headline.headline) for headline in headlines),
        "left_out": int((~judged).sum()),
        "spoken": round(float(speaks.mean()), 4),
        "accuracy_spoken": round(float(right[speaks].mean()), 4) if speaks.any() else None,
        "ms_per_headline": round(1000 * spent / len(headlines), 1),
        "cross_validated": _cross_validated(headlines, vectors, recipe),
        "forward": _forward(headlines, vectors, recipe),
    }


def train(file: Path, head_file: Path, notice: str, embed: Embed | None = None) -> Trained:
    """Learn a head from a file of labelled headlines, and write it into `head_file`, where the old one is, if it wins.

    Raises:
        InputRejected: the file cannot be read, or has too few headlines.
        Conflict: the embedding does not run on this machine.
    """
    old = load_head(head_file) if head_file.exists() else None
    trained = learn(read_labelled(file), old, notice, embed=embed)
    if trained.head:
        head_file.write_bytes(trained.head.to_json())
        load_head.cache_clear()
    return trained


def learn(
    headlines: Sequence[Labelled], old: Head | None, notice: str, *, judge: Sequence[Labelled] = (), embed: Embed | None = None
) -> Trained:
    """Learn a head; it wins only if both accuracy and macro-F1 on labels kept aside from its training are above its rival's.

    Without `judge` each label is kept aside once, in five folds, and what wins is then fitted on all labels. Where the old head
    has learnt from none of them, the new one starts from it.

    Args:
        headlines: with their labels.
        old: the head there is.
        notice: what the numbers are learnt from, for whoever reads them.
        judge: labels that are never learnt from: both heads are judged on them.
        embed: makes the vectors; by default the embedding of the wheel.

    Raises:
        InputRejected: there are too few headlines.
        Conflict: the embedding does not run on this machine.
    """
    recipe, kept_aside = Recipe(), {fingerprint(headline.headline) for headline in judge}
    headlines = [headline for headline in headlines if fingerprint(headline.headline) not in kept_aside]
    labels = sides_of(headlines)
    if len(headlines) < LEAST or len(set(labels.tolist())) < 3:
        raise InputRejected("too_few_labels", f"expected {LEAST} headlines of all three classes, got {len(headlines)}")
    fresh = old is not None and not any(old.has_learnt(headline.headline) for headline in (*headlines, *judge))
    start = LinearPart(old.weights, old.bias) if old and fresh else None
    vectors = _vectors(headlines, embed)
    fitted = fit(vectors, labels, recipe, start)
    judged, on = (judge, _vectors(judge, embed)) if judge else (headlines, vectors)
    aside = fitted.probabilities(on) if judge else out_of_fold(vectors, labels, recipe, start=start)
    rival = start.probabilities(on) if start else _lexicon(judged)
    new, before = measure(aside, sides_of(judged)), measure(rival, sides_of(judged))
    head = None
    if new.accuracy > before.accuracy and new.macro_f1 > before.macro_f1:
        learnt = frozenset(fingerprint(headline.headline) for headline in headlines)
        head = Head(
            weights=fitted.weights.round(5),
            bias=fitted.bias.round(5),
            least_confidence=round(float(np.quantile(aside.max(axis=1), 1.0 - SPEAKS)), 4),
            learnt_from=f"{notice} {old.learnt_from}" if old and fresh else notice,
            learnt=learnt | old.learnt if old and fresh else learnt,
        )
    return Trained(head=head, rival="the head before" if start else "the lexicon", new=new, old=before)


def read_labelled(file: Path) -> list[Labelled]:
    """Read a file of labelled headlines.

    Raises:
        InputRejected: it is no such file.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return labelled_headlines(lines)
    except UnicodeDecodeError:
        raise InputRejected("wrong_labels", f"expected {file} as UTF-8") from None


def _vectors(headlines: Sequence[Labelled], embed: Embed | None) -> Vector:
    try:
        vector_of = embed or load_embedding()
    except Closed as reason:
        raise Conflict("no_embedding", f"{reason}; the lexicon can be judged with --room lexicon") from None
    return np.stack([vector_of(headline.headline) for headline in headlines])


def _lexicon(headlines: Sequence[Labelled]) -> Vector:
    opinions = LexiconRoom().read([Question.of_market(headline.headline) for headline in headlines])
    return np.array([(opinion.bearish, opinion.neutral, opinion.bullish) for opinion in opinions if opinion])


def _cross_validated(headlines: Sequence[Labelled], vectors: Vector, recipe: Recipe) -> dict[str, float] | None:
    if len(headlines) < LEAST:
        return None
    labels = sides_of(headlines)
    rows = [measure(out_of_fold(vectors, labels, recipe, seed), labels) for seed in _SEEDS]
    return {name: round(float(np.mean([getattr(row, name) for row in rows])), 4) for name in _TOLD}


def _forward(headlines: Sequence[Labelled], vectors: Vector, recipe: Recipe) -> dict[str, float] | None:
    trial = forward(headlines, vectors, recipe)
    if trial is None:
        return None
    measured = measure(*trial)
    return {name: round(float(getattr(measured, name)), 4) for name in ("n", *_TOLD)}
