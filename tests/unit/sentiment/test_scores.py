"""Scores: sums by hand, one voice a publisher, one count a story, and shifts that are none."""

from dataclasses import replace
from datetime import timedelta
from math import exp

import pytest

from functions.factors.reading import Factor
from functions.sentiment.scores.score import reading, score
from functions.sentiment.scores.shift import shift
from functions.sentiment.scores.statement import MoodRules, Statement
from functions.sentiment.scores.stories import publishers, told_first
from tests.unit.sentiment.making_statements import NOON, statement

RULES = MoodRules()


def value(statements: list[Statement], rules: MoodRules = RULES) -> float:
    said = score(statements, NOON, rules)
    assert said is not None
    return said.value


def test_nothing_said_is_no_score() -> None:
    assert score([], NOON, RULES) is None
    assert score([statement(1, 0.5, confidence=0.0)], NOON, RULES) is None


def test_statement_counts_half_after_its_half_life() -> None:
    assert value([statement(1, 0.9), statement(2, 0.0, age=6)]) == pytest.approx(0.6)


def test_publishers_count_by_their_strength() -> None:
    said = [statement(1, 0.8, feed="A"), statement(2, -0.4, feed="B", confidence=0.5)]
    strong, weak = 1 - exp(-1), 1 - exp(-0.5)
    assert value(said) == pytest.approx((0.8 * strong - 0.4 * weak) / (strong + weak))
    both = score(said, NOON, RULES)
    assert both is not None
    assert both.confidence == pytest.approx((strong + weak) / (strong + weak + 2))


def test_weight_of_a_feed_is_the_users() -> None:
    said = [statement(1, 1.0, feed="A"), statement(2, -1.0, feed="B")]
    assert value(said) == pytest.approx(0.0)
    assert value(said, replace(RULES, feed_weights={"A": 3.0})) == pytest.approx(0.5)
    assert value(said, replace(RULES, feed_weights={"A": 0.0})) == pytest.approx(-1.0)


def test_what_came_or_was_published_later_or_long_ago_does_not_count() -> None:
    said = [statement(1, 0.5)]
    others = [statement(2, -1, age=-1), statement(3, -1, age=1, seen=-1), statement(4, -1, age=72)]
    assert score([*said, *others], NOON, RULES) == score(said, NOON, RULES)


def test_many_headlines_of_one_publisher_are_one_voice() -> None:
    flood = [statement(number, 1.0, feed="A") for number in range(100)]
    said = score([*flood, statement(200, -1.0, feed="B"), statement(201, -1.0, feed="C")], NOON, RULES)
    assert said is not None
    assert said.value < 0
    assert said.publishers == 1  # two less the one against them


def test_story_that_several_tell_counts_for_the_first_alone() -> None:
    told = [
        statement(1, 0.7, feed="B", age=1, text="SEC approves the first spot Bitcoin ETF"),
        statement(2, 0.6, feed="A", age=0.5, text="SEC approves first spot Bitcoin ETF"),
        statement(3, -0.6, feed="C", age=0.2, text="SEC rejects first spot Bitcoin ETF"),
        statement(4, 0.6, feed="C", age=0.1, text="Solana halts again"),
    ]
    assert [one.key for one in told_first(told, 0.6)] == ["1", "3", "4"]


def test_whoever_says_it_was_first_is_not_believed() -> None:
    told = [
        statement(1, 0.7, feed="Late", age=5, seen=0.1, text="SEC approves the first spot Bitcoin ETF"),
        statement(2, 0.7, feed="First", age=1, text="SEC approves the first spot Bitcoin ETF"),
    ]
    said = score(told, NOON, RULES)
    assert said is not None
    assert list(said.voices) == ["First"]


def test_feeds_of_one_house_are_one_publisher() -> None:
    said = [
        statement(1, 1, feed="News", link="https://www.news.example/1"),
        statement(2, 1, feed="News: Bitcoin", link="https://news.example/2"),
        statement(3, 1, feed="Other", link="https://other.example/1"),
        statement(4, 1, feed="Nowhere", link="mailto:"),
        statement(5, 1, feed="Elsewhere", link="mailto:"),
    ]
    assert publishers(said) == {
        "News": "News",
        "News: Bitcoin": "News",
        "Other": "Other",
        "Nowhere": "Nowhere",
        "Elsewhere": "Elsewhere",
    }


def test_score_is_a_reading_of_the_sentiment_factor() -> None:
    said = score([statement(number, 0.5, feed=feed) for number, feed in enumerate("ABC")], NOON, RULES)
    assert said is not None
    row = reading(said, "BTCUSDT", NOON, RULES)
    assert (row.factor, row.publishers, row.stale_at) == (Factor.SENTIMENT, 3, NOON + timedelta(hours=3))
    assert row.evidence == {"stories": 3, "publishers": {"A": 0.5, "B": 0.5, "C": 0.5}}


EARLIER = [statement(1, 0.3, feed="A", age=5), statement(2, 0.3, feed="B", age=5)]
SHIFTED = [statement(number, -1.0, feed=feed, age=0.1) for number, feed in ((3, "A"), (4, "B"))]


def moved(later: list[Statement]) -> tuple[float, set[str]] | None:
    before = score(EARLIER, NOON - RULES.shift_span, RULES)
    found = shift(before, score([*EARLIER, *later], NOON, RULES), RULES)
    return (found.delta, set(found.movers)) if found else None


def test_shift_of_two_publishers_is_told() -> None:
    found = moved(SHIFTED)
    assert found is not None
    assert found[0] < -0.3
    assert found[1] == {"A", "B"}


def test_one_publisher_shifts_nothing_however_much_it_writes() -> None:
    flood = [statement(number, -1.0, feed="A", age=0.1) for number in range(10, 60)]
    assert moved(flood) is None


def test_small_change_or_silence_before_is_no_shift() -> None:
    assert moved([statement(3, 0.2, feed="A"), statement(4, 0.2, feed="B")]) is None
    assert shift(None, score(SHIFTED, NOON, RULES), RULES) is None
    assert shift(score(SHIFTED, NOON, RULES), None, RULES) is None
