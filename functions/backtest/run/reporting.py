"""What is asked of a backtest, and what a result says of its settings, its data and itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

import functions
from functions.backtest.hashes import hash_accounts, hash_data, hash_files, hash_settings, plain_json
from functions.backtest.history import MarketHistory
from functions.backtest.result import SIGNALS, AccountResult, DataReport, Hashes
from functions.backtest.rules import BacktestRules
from functions.backtest.span import Span
from functions.factors.history import ReadingColumns


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a backtest.

    Args:
        span: to trade.
        rules: of the account and the score.
        trades: `signals`, `technical` or `dips`: what the first account takes.
        sweeps: also run the ablation of each factor, the costs and the delays.
        notes: what a reader must know of the data, a line each.
    """

    span: Span
    rules: BacktestRules
    trades: str = SIGNALS
    sweeps: bool = False
    notes: tuple[str, ...] = ()


def keys_of(history: MarketHistory, readings: Sequence[ReadingColumns], *questions: Question) -> Mapping[str, str]:
    """Return what a run can be told by before it is run: the hashes of its data, the code and its settings."""
    return {
        "data": hash_data((history.finest, history.days), readings),
        "code": code_hash(),
        "settings": hash_settings(settings_of(*questions)),
    }


def hashes_of(
    history: MarketHistory, readings: Sequence[ReadingColumns], questions: Sequence[Question], accounts: Sequence[AccountResult]
) -> Hashes:
    """Return what a run can be told by, and what came out."""
    return Hashes(**keys_of(history, readings, *questions), result=hash_accounts(accounts))


def settings_of(*questions: Question) -> Mapping[str, object]:
    """Return every number that a run depends on, as JSON has them; those of each span where there are several."""
    settings = [
        {
            "trades": question.trades,
            "since": question.span.since.isoformat(),
            "until": question.span.until.isoformat(),
            **plain_json(replace(question.rules, admission=question.rules.limits)),
        }
        for question in questions
    ]
    return settings[0] if len(settings) == 1 else {"in_turn": settings}


def data_report(history: MarketHistory, span: Span, notes: tuple[str, ...]) -> DataReport:
    """Return what the candles of a run were like."""
    return DataReport(
        symbols=tuple(history.spans()),
        first=span.since,
        last=span.until,
        candles=int((~np.isnan(history.finest.close)).sum()),
        gaps=history.gaps(),
        notes=notes,
    )


@cache
def code_hash() -> str:
    """Hash the code that the figures follow from: every module of the functions."""
    room = Path(functions.__file__ or "").parent
    return hash_files({str(file.relative_to(room)): file.read_bytes() for file in sorted(room.rglob("*.py"))})
