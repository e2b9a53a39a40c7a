"""Scores at a moment: nothing later changes them, nor does their order; what goes missing moves them by its share."""

from dataclasses import replace
from datetime import datetime, timedelta
from math import exp

from hypothesis import given
from hypothesis import strategies as st

from functions.sentiment.crowd import CROWD, is_crowd, leans
from functions.sentiment.scores.score import score
from functions.sentiment.scores.shift import Shift, shift
from functions.sentiment.scores.statement import MoodRules, Statement
from tests.unit.sentiment.making_statements import NOON, statement

RULES = MoodRules()
FEEDS = ("A", "B", "C", "D", "E", "r/Bitcoin", "r/CryptoCurrency", "X")


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


@given(some(), some(), st.floats(-5, 5))
def test_what_comes_later_never_makes_or_hides_a_shift(early: list[Statement], more: list[Statement], hours: float) -> None:
    as_of = NOON + timedelta(hours=hours)
    known = [one for one in [*early, *more] if max(one.published_at, one.first_seen_at) <= as_of]
    assert shift_at([*early, *more], as_of) == shift_at(known, as_of)


def shift_at(statements: list[Statement], as_of: datetime) -> Shift | None:
    before, now = (score(statements, at, RULES) for at in (as_of - RULES.shift_span, as_of))
    return shift(before, now, RULES)


@given(some(), st.sampled_from(["r/Bitcoin", "X"]))
def test_crowd_is_one_publisher_wherever_it_writes(statements: list[Statement], feed: str) -> None:
    moved = [replace(one, feed=feed) if is_crowd(one.feed) else one for one in statements]
    assert score(moved, NOON, RULES) == score(statements, NOON, RULES)


SHARES = st.lists(st.floats(0, 100), min_size=1, max_size=20)


@given(SHARES, st.data())
def test_vote_that_changes_a_little_changes_every_lean_a_little(shares: list[float], data: st.DataObject) -> None:
    place, by = data.draw(st.integers(0, len(shares) - 1)), data.draw(st.floats(-5, 5))
    changed = [min(100.0, max(0.0, share + by)) if number == place else share for number, share in enumerate(shares)]
    before, after = (leans({f"{number}": share for number, share in enumerate(some)}) for some in (shares, changed))
    assert all(-1 <= lean <= 1 for lean in before.values())
    assert all(abs(before[coin] - after[coin]) <= 0.2 * abs(by) + 1e-9 for coin in before)


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
    publishers = {CROWD if is_crowd(feed) else feed for feed in FEEDS}
    said = {name: [one for one in statements if name == (CROWD if is_crowd(one.feed) else one.feed)] for name in publishers}
    return sum(RULES.feed_weights.get(name, 1.0) * (1 - exp(-sum(map(_faded, told)))) for name, told in said.items())


@given(some())
def test_score_is_within_its_range(statements: list[Statement]) -> None:
    said = score(statements, NOON, RULES)
    if said is not None:
        assert -1 <= said.value <= 1
        assert 0 < said.confidence < 1
        assert 1 <= said.publishers <= len(FEEDS)
