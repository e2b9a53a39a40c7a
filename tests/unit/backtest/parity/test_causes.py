"""Why a trade differs, by what the live desk left behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from functions.backtest.parity.causes import KINDS, Cause, Evidence, cause_of
from functions.backtest.parity.compare import compare
from functions.backtest.parity.run import rules_document
from functions.backtest.parity.trades import ComparedTrade
from functions.backtest.rules import BacktestRules
from functions.scoring.rules import FactorWeights, ScoreRules
from tests.unit.backtest.parity.making import CLOSE, SECOND, trade

STOPPED = ("stop", 3.0, "89.9", "3")
IN_TIME = Evidence(coin_scored_at=CLOSE + SECOND, first_scored_at=CLOSE + SECOND, has_signal=True)
LATE = timedelta(minutes=20)


def cause(paper: ComparedTrade | None, again: ComparedTrade | None, **evidence: object) -> Cause:
    (difference,) = compare([paper] if paper else [], [again] if again else []).differences
    return cause_of(difference, replace(IN_TIME, **evidence))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"coin_scored_at": CLOSE + LATE, "refused": "too_late"}, Cause.LATE_CANDLE),
        ({"coin_scored_at": None, "has_signal": False}, Cause.LATE_CANDLE),
        ({"coin_scored_at": CLOSE + LATE, "first_scored_at": CLOSE + LATE, "refused": "too_late"}, Cause.DOWNTIME),
        ({"coin_scored_at": None, "first_scored_at": None, "has_signal": False}, Cause.DOWNTIME),
        ({"has_signal": False, "rejected": "no_consensus", "revised_before": True}, Cause.REVISED_CANDLE),
        ({"refused": "far_from_entry"}, Cause.ENTRY_PRICE),
        ({"refused": "price_jump"}, Cause.ENTRY_PRICE),
        ({"refused": "too_many_open"}, Cause.OTHER_TRADES),
        ({"refused": "cooldown"}, Cause.OTHER_TRADES),
        ({"has_signal": False, "rejected": "cooldown"}, Cause.OTHER_TRADES),
        ({"refused": "too_late"}, Cause.NOT_OPENED),
        ({}, Cause.NOT_OPENED),
        ({"has_signal": False, "rejected": "no_consensus"}, Cause.UNKNOWN),
        ({"settings": True, "refused": "too_many_open"}, Cause.CHANGED_SETTINGS),
    ],
)
def test_trade_that_the_desk_did_not_open(evidence: dict[str, object], expected: Cause) -> None:
    assert cause(None, trade(STOPPED), **evidence) is expected


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"revised_before": True}, Cause.REVISED_CANDLE),
        ({"others_held": True}, Cause.OTHER_TRADES),
        ({"settings": True}, Cause.CHANGED_SETTINGS),
        ({}, Cause.UNKNOWN),
    ],
)
def test_trade_that_the_backtest_does_not_open(evidence: dict[str, object], expected: Cause) -> None:
    assert cause(trade(STOPPED), None, **evidence) is expected
    assert cause(trade(STOPPED, stop="91"), trade(STOPPED), **evidence) is expected
    assert cause(trade(STOPPED, quantity="4"), trade(STOPPED), **evidence) is expected


def test_entry_at_another_price_or_another_time() -> None:
    assert cause(trade(price="101"), trade()) is Cause.ENTRY_PRICE
    assert cause(trade(price="101"), trade(), revised_within=True) is Cause.REVISED_CANDLE
    late = trade(after=LATE)
    assert cause(late, trade()) is Cause.NOT_OPENED
    assert cause(late, trade(), coin_scored_at=CLOSE + LATE) is Cause.LATE_CANDLE
    assert cause(late, trade(), coin_scored_at=CLOSE + LATE, first_scored_at=CLOSE + LATE) is Cause.DOWNTIME


def test_exit_that_differs() -> None:
    held = trade(after=2 * SECOND)
    assert cause(held, trade(("stop", 1.0, "89.9", "3"))) is Cause.ENTERED_WITHIN_A_CANDLE
    assert cause(held, trade(STOPPED), revised_within=True) is Cause.REVISED_CANDLE
    assert cause(trade(unseen=2), trade(STOPPED)) is Cause.UNSEEN_CANDLES
    assert cause(trade(("stop", 9.0, "89.9", "3")), trade(STOPPED)) is Cause.SETTLED_LATE
    assert cause(trade(("stop", 3.0, "88", "3")), trade(STOPPED)) is Cause.EXIT_PRICE
    assert cause(trade(("time", 3.0, "89.9", "3")), trade(STOPPED)) is Cause.UNKNOWN


def test_every_cause_has_a_class() -> None:
    assert set(KINDS) == set(Cause)


def test_rules_are_the_same_after_they_were_noted() -> None:
    rules = BacktestRules(score=ScoreRules(weights=FactorWeights(technical=12.5), least_confidence=0.7), hold=timedelta(hours=30))
    noted = rules_document(rules)
    read = TypeAdapter(BacktestRules).validate_python(noted)
    assert read == replace(rules, admission=rules.limits)
    assert rules_document(read) == noted
