"""Learning a head: figures by hand, a fit that finds what is there, and nothing judged by what has learnt from it."""

from pathlib import Path

import numpy as np
import pytest

from functions.errors import InputRejected
from functions.sentiment.classifier.head import Head, Vector, fingerprint, load_head
from functions.sentiment.classifier.opinion import Stance
from functions.sentiment.learning.labelled import labelled_headlines
from functions.sentiment.learning.measures import measure
from functions.sentiment.learning.regression import LinearPart, Recipe, fit
from functions.sentiment.learning.trial import out_of_fold
from functions.sentiment.run.learning import evaluate, train

PLACES = {"rises": 2, "stays": 1, "falls": 0}


def embed(headline: str) -> Vector:
    """A vector that says the side, with some noise of the headline's own."""
    side = next(place for word, place in PLACES.items() if word in headline)
    noise = np.random.default_rng(sum(headline.encode())).normal(scale=0.05, size=4)
    vector: Vector = noise + np.eye(4)[side]
    return vector


def labels_file(folder: Path, count: int, days: bool = True, name: str = "labels.csv") -> Path:
    words = [list(PLACES)[number % 3] for number in range(count)]
    rows = [
        f"Coin {name} {number} {word},{PLACES[word] - 1},2024-01-{number % 28 + 1:02}"
        if days
        else f"Coin {name} {number} {word},{PLACES[word] - 1}"
        for number, word in enumerate(words)
    ]
    file = folder / name
    file.write_text("\n".join(["title,label,date" if days else "title,label", *rows]))
    return file


def test_measures_are_those_counted_by_hand() -> None:
    labels = np.array([0, 0, 1, 2, 2])
    said = np.array([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.1, 0.3, 0.6], [0.45, 0.45, 0.1]])
    measured = measure(said, labels)
    assert measured.confusion == [[1, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert measured.accuracy == pytest.approx(3 / 5)
    assert measured.swaps == pytest.approx(1 / 5)
    assert measured.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1 / 2) / 3, abs=1e-4)
    assert measured.coverage_60 == pytest.approx(2 / 3)  # sure of 0.8, 0.7 and 0.6; the second is wrong
    assert measured.per_class["bearish"] == {"n": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667}


def test_fit_has_no_slope_left() -> None:
    numbers = np.random.default_rng(1)
    vectors, labels = numbers.normal(size=(60, 5)), numbers.integers(0, 3, 60)
    found = fit(vectors, labels, Recipe(strength=0.5, balance=0.0))
    missing = np.eye(3)[labels] - found.probabilities(vectors)
    assert np.abs(vectors.T @ missing - 0.5 * found.weights - np.outer(vectors.mean(axis=0), missing.sum(axis=0))).max() < 1e-4


def test_strong_pull_keeps_the_weights_it_starts_from() -> None:
    numbers = np.random.default_rng(2)
    vectors, labels = numbers.normal(size=(60, 5)), numbers.integers(0, 3, 60)
    start = LinearPart(numbers.normal(size=(5, 3)), numbers.normal(size=3))
    found = fit(vectors, labels, Recipe(strength=1e9), start)
    assert np.allclose(found.weights, start.weights, atol=1e-4)
    assert np.allclose(found.bias, start.bias, atol=1e-4)


def test_label_of_a_headline_never_moves_what_is_said_of_it() -> None:
    numbers = np.random.default_rng(3)
    vectors, labels = numbers.normal(size=(60, 5)), numbers.integers(0, 3, 60)
    other = labels.copy()
    other[7] = (labels[7] + 1) % 3
    assert np.array_equal(out_of_fold(vectors, labels, Recipe())[7], out_of_fold(vectors, other, Recipe())[7])


def test_labels_are_read_once_each() -> None:
    lines = ["title,label", '"Fees, again",-1', '"FEES, <b>again</b>",1', "Fees rise,1.0", ",0"]
    read = labelled_headlines(lines)
    assert [(one.headline, one.stance) for one in read] == [("Fees, again", Stance.BEARISH), ("Fees rise", Stance.BULLISH)]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["headline,label"], "expected the columns title and label"),
        (["title,label", "Fees,up"], "line 2: expected a label -1, 0 or 1, got 'up'"),
        (["title,label", "Fees"], "line 2"),
        (["title,label", ",1"], "at least one headline"),
        ([], "expected the columns"),
    ],
)
def test_file_that_holds_no_labels_is_refused(lines: list[str], sentence: str) -> None:
    with pytest.raises(InputRejected, match=sentence):
        labelled_headlines(lines)


def test_head_that_wins_is_written_and_judges_others(tmp_path: Path) -> None:
    head_file = tmp_path / "head.json"
    trained = train(labels_file(tmp_path, 90), head_file, "Learnt in a test.", embed)
    assert trained.taken
    assert trained.rival == "the lexicon"
    assert load_head(head_file).learnt_from == "Learnt in a test."
    figures = evaluate(labels_file(tmp_path, 30, days=False, name="others.csv"), head_file, embed=embed)
    assert figures["accuracy"] == 1.0
    assert figures["learnt"] == 0
    assert figures["forward"] is None


def test_head_that_does_not_win_is_not_written(tmp_path: Path) -> None:
    head_file = tmp_path / "head.json"
    perfect = Head(np.eye(4, 3) * 20, np.zeros(3), 0.5, "Before.", frozenset([fingerprint("another headline")]))
    head_file.write_bytes(perfect.to_json())
    trained = train(labels_file(tmp_path, 90), head_file, "Learnt in a test.", embed)
    assert (trained.taken, trained.rival) == (False, "the head before")
    assert head_file.read_bytes() == perfect.to_json()


def test_head_of_ones_own_labels_starts_from_the_head_there_was(tmp_path: Path) -> None:
    head_file = tmp_path / "head.json"
    wrong = Head(-np.eye(4, 3), np.zeros(3), 0.5, "Before.", frozenset([fingerprint("another headline")]))
    head_file.write_bytes(wrong.to_json())
    assert train(labels_file(tmp_path, 90), head_file, "Mine.", embed).taken
    head = load_head(head_file)
    assert head.learnt_from == "Mine. Before."
    assert head.has_learnt("another headline")
    assert len(head.learnt) == 91


def test_headlines_that_the_head_has_learnt_from_are_judged_by_others_folds(tmp_path: Path) -> None:
    head_file, file = tmp_path / "head.json", labels_file(tmp_path, 210)
    train(file, head_file, "Learnt in a test.", embed)
    figures = evaluate(file, head_file, embed=embed)
    assert figures["learnt"] == figures["n"] == 210
    assert figures["cross_validated"]["accuracy"] == 1.0
    assert figures["forward"]["n"] == 105


def test_headlines_that_all_were_learnt_from_and_are_few_are_not_judged(tmp_path: Path) -> None:
    head_file, file = tmp_path / "head.json", labels_file(tmp_path, 90)
    train(file, head_file, "Learnt in a test.", embed)
    few = tmp_path / "few.csv"
    few.write_text("\n".join(file.read_text().splitlines()[:11]))
    with pytest.raises(InputRejected, match="has learnt from all 10"):
        evaluate(few, head_file, embed=embed)


def test_too_few_labels_teach_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="expected 60 headlines of all three classes, got 30"):
        train(labels_file(tmp_path, 30), tmp_path / "head.json", "Learnt in a test.", embed)
