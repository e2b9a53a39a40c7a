"""Scores at a moment: nothing later changes them, nor does their order; what goes missing moves them by its share."""

from datetime import timedelta
from math import exp

from hypothesis import given
from hypothesis import strategies as st

from functions.sentiment.scores.score import score
from functions.sentiment.scores.statement import MoodRules, Statement
from tests.unit.sentiment.making_statements import NOON, statement

RULES = MoodRules()
FEEDS = "ABCDE"


@st.composite
def some(draw: st.DrawFn, least: int = 0, most: int = 30) -> list[Statement]:
    count = draw(st.integers(least, most))
    return [
        statement(
            number,
            draw(st.floats(-1, 1)),
            feed=draw(st.sampled_from(FEEDS)),
            age=draw(st.floats(-10, 80)),
            seen=draw(st.floats(-10, 80)),
            confidence=draw(st.floats(0.34, 1)),
        )
        for number in range(count)
    ]


@given(some(), some(), st.floats(-5, 5))
def test_what_comes_later_never_changes_a_score(early: list[Statement], more: list[Statement], hours: float) -> None:
    as_of = NOON + timedelta(hours=hours)
    known = [one for one in [*early, *more] if max(one.published_at, one.first_seen_at) <= as_of]
    assert score([*early, *more], as_of, RULES) == score(known, as_of, RULES)


@given(some(), st.randoms(use_true_random=False))
def test_order_and_repetition_change_no_bit(statements: list[Statement], order: object) -> None:
    mixed = [*statements, *statements]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    assert score(mixed, NOON, RULES) == score(statements, NOON, RULES)


@given(some(least=10), st.data())
def test_tenth_that_is_lost_moves_a_score_by_no_more_than_its_share(statements: list[Statement], data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.integers(0, len(statements) - 1), max_size=len(statements) // 10))
    kept = [one for number, one in enumerate(statements) if number not in lost]
    whole, rest = score(statements, NOON, RULES), score(kept, NOON, RULES)
    if whole is None or rest is None:
        return
    share = sum(_faded(statements[number]) for number in lost) / min(_strength(statements), _strength(kept))
    assert abs(whole.value - rest.value) <= 4 * share + 1e-9
    assert abs(whole.confidence - rest.confidence) <= sum(_faded(statements[number]) for number in lost) + 1e-9


def _faded(one: Statement) -> float:
    if max(one.published_at, one.first_seen_at) > NOON or one.published_at + RULES.horizon <= NOON:
        return 0.0
    return one.confidence * float(2.0 ** -((NOON - one.published_at) / RULES.half_life))


def _strength(statements: list[Statement]) -> float:
    return sum(1 - exp(-sum(_faded(one) for one in statements if one.feed == feed)) for feed in FEEDS)


@given(some())
def test_score_is_within_its_range(statements: list[Statement]) -> None:
    said = score(statements, NOON, RULES)
    if said is not None:
        assert -1 <= said.value <= 1
        assert 0 < said.confidence < 1
        assert 1 <= said.publishers <= len(FEEDS)
