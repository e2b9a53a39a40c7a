"""How good the desk was, in five lines: what is not enough is said, and no rate stands without its interval."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from functions.delivery.messages.texts.paper import accounts
from functions.delivery.messages.words import Language, Words
from functions.outcomes.answers import IdeaKind, LiftAnswer, LiftRow
from functions.outcomes.lift import Days
from tests.unit.delivery import making


def lift(days: int, r: float = 0.0) -> dict[str, Any]:
    """The lift of one signal a day, half of them won, earning `r` more than random entries on average."""
    swing = np.where(np.arange(days) % 2, 1.0, -1.0)
    row = LiftRow.of_days(
        Days(np.ones(days, dtype=np.int64), swing + r, np.zeros(days), (swing > 0).astype(np.float64), np.full(days, 0.4))
    )
    answer = LiftAnswer(
        as_of=making.CLOSE,
        since=making.CLOSE - timedelta(days=400),
        kind=IdeaKind.SIGNAL,
        measured=days,
        running=3,
        unknown=0,
        alone=0,
        lift=row,
        by_factor={},
        by_timeframe={},
        by_coin={},
        by_confidence={},
        by_reason={},
    )
    return answer.model_dump(mode="json")


def record(found: dict[str, Any], language: Language = Language.EN) -> list[str]:
    return accounts.track_record(found, making.accounts_report().model_dump(mode="json"), Words(language)).split("\n")


def test_record_has_five_lines_with_accounts_and_btc_beside_each_other() -> None:
    said = record(lift(12))
    assert len(said) == 5
    assert said[0] == "<b>How good were we?</b> 12 signals are 7 days old, 3 still run"
    assert said[1].startswith("Won 50%, random entries 40%: ")
    assert said[2].startswith("R +0.00, random entries +0.00: ")
    assert said[3].startswith("Desk +0.32% · By hand +0.32% · Technical only +0.32%")
    assert said[3].endswith("BTCUSDT held -2.25%")
    assert said[4] == "Not enough yet: 12 of 30 signals, 12 of 20 days"


@pytest.mark.parametrize(
    ("days", "r", "said"),
    [
        (60, 0.0, "Nothing is shown: they may be no better than random entries"),
        (400, 1.0, "They beat random entries, however often one looks (19 of 20)"),
        (400, -1.0, "They do worse than random entries, however often one looks (19 of 20)"),
    ],
)
def test_last_line_is_the_verdict(days: int, r: float, said: str) -> None:
    assert record(lift(days, r))[4] == said


def test_before_the_first_signal_and_the_first_trade_it_says_so() -> None:
    report = making.accounts_report().model_dump(mode="json") | {"accounts": []}
    said = accounts.track_record(lift(0), report, Words()).split("\n")
    assert said[1:] == [
        "Win rate: no day with a signal yet",
        "R: no day with a signal yet",
        "No account has traded yet",
        "Not enough yet: 0 of 30 signals, 0 of 20 days",
    ]


def test_record_in_russian() -> None:
    said = record(lift(22), Language.RU)
    assert said[0] == "<b>Насколько мы точны?</b> 22 сигнала старше 7 дней, ещё идут 3"
    assert said[4] == "Пока мало: 22 из 30 сигналов, 22 из 20 дней"
