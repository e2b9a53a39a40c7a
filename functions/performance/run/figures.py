"""The figures of any account over any span."""

from datetime import datetime

import numpy as np
from sqlalchemy import Connection, Engine

from functions.performance.answers import CurvePoint, FigureAnswer, PerformanceAnswer, finite
from functions.performance.metrics.beside import intervals
from functions.performance.metrics.equity import FIGURES, growth
from functions.performance.metrics.summary import measure
from functions.performance.run.history import DAY, AccountHistory, read_history
from functions.settings import Settings


def read_performance(
    account: str, since: datetime | None, as_of: datetime, settings: Settings, database: Engine
) -> PerformanceAnswer:
    """Return what an account did between two moments, by whole UTC days."""
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        history = read_history(connection, account, as_of, settings.gate_symbol, since)
    if history is None:
        return PerformanceAnswer(
            account=account, as_of=as_of, opened_at=None, first_day=None, days=0, start=None, figures=[], curve=[], unpriced=[]
        )
    return _answer(history, as_of)


def account_figures(connection: Connection, account: str, as_of: datetime, gate_symbol: str) -> list[FigureAnswer]:
    """Return every figure of an account since it began, as known at a moment; none before its first trade or whole day.

    Their intervals are left out: to draw them takes longer than a look at a screen may.
    """
    history = read_history(connection, account, as_of, gate_symbol)
    return _answer(history, as_of, sure=False).figures if history is not None and len(history.track.equity) else []


def _answer(history: AccountHistory, as_of: datetime, *, sure: bool = True) -> PerformanceAnswer:
    track = history.track
    around = intervals(track) if sure else {}
    known = bool(len(history.btc)) and not np.isnan(history.btc).all()
    btc = {name: figure(history.btc) for name, figure in FIGURES.items()} if known else {}
    held = growth(history.btc) * track.start
    return PerformanceAnswer(
        account=history.account.name,
        as_of=as_of,
        opened_at=history.account.opened_at,
        first_day=track.first_day,
        days=len(track.equity),
        start=track.start,
        figures=[FigureAnswer.of(name, value, around.get(name), btc.get(name)) for name, value in measure(track).items()],
        curve=[
            CurvePoint(day=(midnight - DAY).date(), equity=equity, btc=finite(worth) if known else None)
            for midnight, equity, worth in zip(history.midnights, track.equity.tolist(), held.tolist(), strict=True)
        ],
        unpriced=list(history.unpriced),
    )
