"""A head of one's own: learnt from labels or the model's answers, taken if it wins, and then it judges on this desk."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text

from functions.errors import Conflict, InputRejected
from functions.sentiment import store
from functions.sentiment.classifier.head import SHIPPED, Vector, load_head
from functions.sentiment.classifier.opinion import Closed, Opinion, Question
from functions.sentiment.model.headline import prompt_hash
from functions.sentiment.run.heads import head_in_use
from functions.sentiment.run.model_trial import evaluate_model
from functions.sentiment.run.own_head import train_own, use_shipped
from functions.sentiment.store import ModelAnswer

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
WORDS = {"bearish": "falls", "neutral": "waits", "bullish": "rises"}
SCORES = {"bearish": -0.6, "neutral": 0.0, "bullish": 0.6}


def embed(headline: str) -> Vector:
    """Three directions of the vector say which word stands in a headline; the rest is noise."""
    noise = np.random.default_rng(len(headline) * 7919 + sum(headline.encode())).normal(size=384) * 0.05
    noise[: len(WORDS)] += [float(word in headline) for word in WORDS.values()]
    return noise


def headline(number: int) -> tuple[str, str]:
    stance = list(WORDS)[number % 3]
    return f"Coin number {number} {WORDS[stance]} today", stance


def labels_file(folder: Path, numbers: Sequence[int]) -> Path:
    rows = [f"{words},{list(WORDS).index(stance) - 1}" for words, stance in map(headline, numbers)]
    file = folder / "labels.csv"
    file.write_text("\n".join(["title,label", *rows]))
    return file


def answered(engine: Engine, count: int, wrong: bool = False) -> None:
    """Keep what a model said of so many headlines; of the first also an answer that was thrown away."""
    with engine.begin() as connection:
        for number in range(count):
            words, stance = headline(number)
            said = headline(number + 1)[1] if wrong else stance
            verdict = (
                f'{{"subject":"MARKET","stance":"{said}","score":{SCORES[said]},"confidence":0.9,"factors":[],"summary":"x"}}'
            )
            row = ModelAnswer(
                model="reader-1",
                prompt_hash=prompt_hash(),
                text_hash=str(number),
                prompt_version="headline-1",
                words=words,
                subjects=["MARKET"],
                answer=f'{{"verdicts":[{verdict}]}}',
                unusable="",
                input_tokens=1,
                output_tokens=1,
                cost=Decimal(0),
                first_seen_at=NOON,
            )
            store.keep_answer(connection, row)


def test_shipped_head_judges_until_another_is_taken(engine: Engine, tmp_path: Path) -> None:
    assert head_in_use(engine) is load_head()
    trained = train_own(engine, labels_file(tmp_path, range(90)), "Mine.", answers=False, embed=embed)
    assert trained.taken
    assert trained.rival == "the head before"
    own = head_in_use(engine)
    assert own.learnt_from.startswith("Mine. ")
    assert own.has_learnt(headline(1)[0])
    assert own.opinion(embed("It rises")).bullish > 0.5
    use_shipped(engine)
    assert head_in_use(engine) is load_head()
    assert SHIPPED.exists()


def test_answers_of_the_model_teach_a_head_that_is_judged_on_labels_it_never_saw(engine: Engine, tmp_path: Path) -> None:
    answered(engine, 90)
    trained = train_own(engine, labels_file(tmp_path, range(60, 130)), "", answers=True, embed=embed)
    assert trained.taken
    assert trained.new.n == 70
    own = head_in_use(engine)
    assert own.learnt_from.startswith("Learnt from what reader-1 answered on this desk.")
    assert own.has_learnt(headline(3)[0])
    assert not own.has_learnt(headline(61)[0])  # it was kept aside


def test_model_that_is_wrong_teaches_nothing_that_labels_do_not_bear_out(engine: Engine, tmp_path: Path) -> None:
    answered(engine, 90, wrong=True)
    file = labels_file(tmp_path, range(200, 290))
    assert train_own(engine, file, "Mine.", answers=False, embed=embed).taken
    file = labels_file(tmp_path, range(300, 390))
    trained = train_own(engine, file, "", answers=True, embed=embed)
    assert not trained.taken
    assert trained.rival == "the head before"
    assert head_in_use(engine).learnt_from.startswith("Mine.")


def test_few_answers_teach_nothing(engine: Engine) -> None:
    answered(engine, 20)
    with pytest.raises(InputRejected, match="expected 60 headlines"):
        train_own(engine, None, "", answers=True, embed=embed)


def test_head_that_cannot_be_read_leaves_the_shipped_one(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO sentiment_head (taken_at, document, figures) VALUES (now(), '{}', '{}')"))
    assert head_in_use(engine) is load_head()


class Reader:
    """A model that answers what has a word of its own, and tires after some headlines."""

    name = "llm"

    def __init__(self, most: int) -> None:
        self._most = most

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        said: list[Opinion | None] = []
        for place, question in enumerate(questions):
            lean = 1 if "rises" in question.words else -1 if "falls" in question.words else 0
            opinion = Opinion(
                bearish=0.1 + 0.7 * (lean < 0), neutral=0.1 + 0.7 * (lean == 0), bullish=0.1 + 0.7 * (lean > 0), speaks=True
            )
            said.append(opinion if place < self._most else None)
        if self._most < len(questions):
            raise Closed("the day's budget is spent", said)
        return said


def test_model_is_judged_on_what_it_answers_and_the_rest_is_counted(tmp_path: Path) -> None:
    figures = evaluate_model(labels_file(tmp_path, range(30)), Reader(20))
    assert (figures["n"], figures["left_out"], figures["accuracy"]) == (20, 10, 1.0)
    assert figures["closed"] == "the day's budget is spent"
    assert evaluate_model(labels_file(tmp_path, range(30)), Reader(30))["closed"] == ""


def test_model_that_answers_nothing_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="answers none of 30 headlines: the day's budget"):
        evaluate_model(labels_file(tmp_path, range(30)), Reader(0))
