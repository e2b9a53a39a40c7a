"""A white-box attack on text: whoever knows every number and writes whatever he likes on two publishers opens no trade.

He does better here than any headline could: each of his statements has the value and the confidence that he wishes, at the time
that he wishes, with the words and the links of others where he likes. He rules whoever reads him: a language model that judges as
he says, and an agent that answers of the coin what he says.
"""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.factors.history import FactorSource, ReadingGrid
from functions.factors.reading import Factor, FactorReading
from functions.scoring.combine import TEXT, combine
from functions.scoring.consensus import agreeing_factors
from functions.scoring.evidence import evidence
from functions.scoring.factor_grids import without
from functions.scoring.filters import rejections
from functions.sentiment.model.verdict import Stated
from functions.sentiment.research.finding import reading as research_reading
from functions.sentiment.research.task import ResearchRules
from functions.sentiment.scores.score import reading, score
from functions.sentiment.scores.statement import MoodRules, Statement
from tests.unit.scoring.making import LONG, RULES, factors
from tests.unit.scoring.making import reading as said
from tests.unit.sentiment.making_statements import NOON, statement

MOOD = MoodRules()
HONEST = ("Herald", "Ledger", "Courier", "Tribune")
ATTACKERS = (
    ("Eve", "Mallory"),
    ("Eve", "r/CryptoCurrency", "r/Bitcoin", "X"),
)
HOSTS = [f"https://{feed}.example/" for feed in ("herald", "ledger", "courier", "tribune", "eve", "mallory")]
STORIES = ["Spot fund approved for sale", "Exchange halts all withdrawals today", "Miners sell at a record pace"]


@st.composite
def honest_news(draw: st.DrawFn) -> list[Statement]:
    """What four publishers wrote that are nobody's: each story once, in words that may be another's too."""
    return [
        statement(
            number,
            draw(st.sampled_from([-0.9, -0.5, -0.05, 0.0, 0.05, 0.5, 0.9])),
            feed=draw(st.sampled_from(HONEST)),
            age=draw(st.floats(0, 12)),
            text=draw(st.sampled_from(["", *STORIES])),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


@st.composite
def attack(draw: st.DrawFn, news: list[Statement]) -> list[Statement]:
    """A hundred headlines: some in honest words seen before them, some of a kind repeated, links anywhere."""
    feeds = draw(st.sampled_from(ATTACKERS))
    kinds = draw(
        st.lists(
            st.tuples(
                st.sampled_from(feeds),
                st.sampled_from([-1.0, -0.5, 0.5, 1.0]),
                st.floats(0, 40),
                st.sampled_from(["", *STORIES, *(one.words for one in news)]),
                st.sampled_from(HOSTS),
            ),
            min_size=1,
            max_size=8,
        )
    )
    chosen = [kinds[number % len(kinds)] for number in range(100)]
    return [
        statement(1_000 + number, value, feed=feed, age=age, seen=max(age, 13.0), text=text, link=f"{host}{number}")
        for number, (feed, value, age, text, host) in enumerate(chosen)
    ]


def leaning(news: list[Statement], side: int) -> int:
    """How many honest publishers lean to a side when each is heard alone, less those that lean to the other."""
    alone = [score([one for one in news if one.feed == feed], NOON, MOOD) for feed in HONEST]
    values = [heard.value * side for heard in alone if heard]
    return sum(value >= MOOD.least_lean for value in values) - sum(value <= -MOOD.least_lean for value in values)


def grid(row: FactorReading) -> ReadingGrid:
    return said((row.value, row.confidence), publishers=row.publishers)


@st.composite
def ruled_agent(draw: st.DrawFn) -> dict[FactorSource, ReadingGrid]:
    """What an agent says of the coin whose every answer is the attacker's, or nothing."""
    stance = draw(st.sampled_from(["", "unclear", "bullish", "bearish", "neutral"]))
    if not stance:
        return {}
    sign = -1.0 if stance == "bearish" else 1.0
    size = draw(st.floats(0.0, 0.5) if stance == "neutral" else st.floats(0.01, 1.0))
    stated = Stated.model_validate(
        {
            "subject": "X",
            "stance": stance,
            "score": sign * size,
            "confidence": draw(st.floats(0, 1)),
            "factors": [],
            "summary": "",
        }
    )
    row = research_reading(stated.verdict(), "XUSDT", NOON, ResearchRules())
    return {FactorSource(Factor.SENTIMENT, row.source): grid(row)} if row else {}


@given(st.data())
def test_writing_on_two_publishers_completes_no_consensus_and_opens_no_trade(data: st.DataObject) -> None:
    news = data.draw(honest_news())
    poisoned = score([*news, *data.draw(attack(news))], NOON, MOOD)
    assert poisoned is not None
    side = 1 if poisoned.value >= 0 else -1
    if leaning(news, side) > 0:
        return  # somebody honest says the same: then there are three
    assert poisoned.publishers < RULES.least_publishers
    everything = factors({
        FactorSource(Factor.TECHNICAL, "trends"): said((0.9, 1.0)),
        FactorSource(Factor.MOMENTUM, "moves"): said((0.9, 1.0)),
        FactorSource(Factor.SENTIMENT, "news"): grid(reading(poisoned, "XUSDT", NOON, MOOD)),
        **data.draw(ruled_agent()),
    })  # fmt: skip
    silent = without(everything, TEXT)
    assert agreeing_factors(everything, LONG.direction, RULES)[0, 0] <= agreeing_factors(silent, LONG.direction, RULES)[0, 0] == 2
    assert rejections(LONG, evidence(everything, LONG.direction, RULES), RULES)[0, 0] != 0
    moved = np.abs(combine(everything, RULES).score - combine(silent, RULES).score)[0, 0]
    assert moved <= 100 * RULES.weights.share(TEXT) + 1e-9


def flood(number: int, feed: str, host: str = "") -> list[Statement]:
    """Fifty headlines of one feed, as bullish as can be."""
    return [statement(one, 1.0, feed=feed, link=host and f"{host}{one}") for one in range(number, number + 50)]


HERALD_UP = statement(1, 0.9, feed="Herald")
LEDGER_DOWN = statement(2, -0.9, feed="Ledger")
HERALD_TORN = [statement(3, 0.9, feed="Herald", text=STORIES[0]), statement(4, -0.9, feed="Herald", text=STORIES[1])]
TOLD_BEFORE = statement(5, -0.9, feed="Eve", seen=1, text=STORIES[1])


@pytest.mark.parametrize(
    "written",
    [
        [HERALD_UP, LEDGER_DOWN, *flood(100, "Eve"), *flood(200, "Mallory")],
        [*HERALD_TORN, TOLD_BEFORE, *flood(100, "Eve"), *flood(200, "Mallory")],
        [HERALD_UP, LEDGER_DOWN, *flood(100, "Eve", "https://ledger.example/"), *flood(200, "Mallory")],
        [*flood(100, "Eve"), *flood(200, "r/Bitcoin"), *flood(300, "r/CryptoCurrency"), *flood(400, "X")],
    ],
    ids=[
        "outnumber who is against",
        "tell first what speaks against it",
        "take the house of who is against",
        "write wherever anybody may",
    ],
)
def test_attack_completes_no_consensus(written: list[Statement]) -> None:
    poisoned = score(written, NOON, MOOD)
    assert poisoned is not None
    assert poisoned.value > 0.1
    assert poisoned.publishers < RULES.least_publishers


@given(ruled_agent(), st.floats(-1, 1), st.floats(0, 1), st.integers(1, 2))
def test_agent_that_the_attacker_rules_completes_no_consensus_beside_two_publishers(
    agent: dict[FactorSource, ReadingGrid], value: float, confidence: float, publishers: int
) -> None:
    everything = factors({
        FactorSource(Factor.TECHNICAL, "trends"): said((0.9, 1.0)),
        FactorSource(Factor.MOMENTUM, "moves"): said((0.9, 1.0)),
        FactorSource(Factor.SENTIMENT, "news"): said((value, confidence), publishers=publishers),
        **agent,
    })  # fmt: skip
    silent = without(everything, TEXT)
    assert agreeing_factors(everything, LONG.direction, RULES)[0, 0] == 2
    assert rejections(LONG, evidence(everything, LONG.direction, RULES), RULES)[0, 0] != 0
    moved = np.abs(combine(everything, RULES).score - combine(silent, RULES).score)[0, 0]
    assert moved <= 100 * RULES.weights.share(TEXT) + 1e-9


def test_three_who_agree_complete_it() -> None:
    agreed = score([statement(number, 0.8, feed=feed) for number, feed in enumerate(HONEST[:3])], NOON, MOOD)
    assert agreed is not None
    assert agreed.publishers == 3


def test_third_publisher_that_only_repeats_another_completes_nothing() -> None:
    repeated = [
        statement(number, 0.8, feed=feed, age=3 - number, text=STORIES[min(number, 1)]) for number, feed in enumerate(HONEST[:3])
    ]
    agreed = score(repeated, NOON + timedelta(minutes=1), MOOD)
    assert agreed is not None
    assert agreed.publishers == 2
