"""One scoring: every close that is scanned and not scored yet, with all that follows from it in one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np
from sqlalchemy import Connection, Engine

from functions.clock import MarketClock
from functions.factors.reading import MARKET
from functions.factors.store import reading_grids
from functions.market.candles.timeframe import Timeframe
from functions.outbox import raise_alerts
from functions.scoring.combine import combine, points
from functions.scoring.factor_grids import factor_grids
from functions.scoring.judge import FoundSetup, Judgement, Known, judge
from functions.scoring.rules import ScoreRules
from functions.scoring.run.around import Around
from functions.scoring.run.writing import (
    Said,
    WrittenSignal,
    note_regimes,
    signal_alerts,
    write_rejections,
    write_signals,
)
from functions.scoring.store import line
from functions.technical.closes.backlog import PATIENCE

CLOSES_AT_ONCE = 48  # of one transaction
SCORES_A_RUN = 20_000  # after so many a run leaves the rest of what was missed to the next one


@dataclass(slots=True)
class ScoringReport:
    """What one run did; `rejections` are counted by the code of their first reason."""

    as_of: datetime
    closes: int = 0
    scores: int = 0
    signals: list[WrittenSignal] = field(default_factory=list)
    rejections: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Batch:
    """Closes that are scored together: what is known at each, by the row of a symbol and the column of a close."""

    known: Known
    rows: Mapping[str, int]
    columns: Mapping[datetime, int]

    def said(self, judgement: Judgement, rules: ScoreRules) -> Said:
        """Return what the factors said of a judged setup's coin."""
        setup, scores = judgement.setup, self.known.scores
        cell = self.rows[setup.symbol], self.columns[setup.close_time]
        score = float(scores.score[cell])
        return Said(
            score=score if np.isfinite(score) else None,
            coverage=float(scores.coverage[cell]),
            confidence=float(scores.confidence[cell]),
            factors=self.known.said(*cell, setup.direction, rules),
        )


@dataclass(frozen=True, slots=True)
class Scorer:
    """Everything a scoring needs from outside."""

    engine: Engine
    clock: MarketClock
    rules: ScoreRules

    def run(self, as_of: datetime) -> ScoringReport:
        """Score what waits at `as_of`; running it again, also at the same time, changes nothing.

        A close is scored by what was known a minute after it at most, however late it is: a catch-up says what the desk would
        have said. Every missed close gets its scores, signals and rejections; only a timeframe's newest close is worth an alert.
        """
        report = ScoringReport(as_of)
        more = True
        while more and report.scores < SCORES_A_RUN:
            with self.engine.begin() as connection:
                line.lock_scoring(connection)
                waiting = line.waiting_closes(connection, as_of, CLOSES_AT_ONCE)
                if waiting:
                    self._score(connection, waiting, report)
            more = len(waiting) == CLOSES_AT_ONCE
        return report

    def _score(self, connection: Connection, waiting: Sequence[line.WaitingClose], report: ScoringReport) -> None:
        batch = self._batch(connection, waiting, report.as_of)
        for close in waiting:
            if close.timeframe is Timeframe.M15:
                self._write_scores(connection, close, batch, report)
        setups = line.setups_to_judge(connection, waiting)
        around = Around.read(connection, setups, list(batch.columns), self.rules)
        judged = [(one, batch.said(one, self.rules)) for one in self._judged(setups, around, batch)]
        rejected = [(one, said) for one, said in judged if one.failed]
        signals = [(one, said) for one, said in judged if not one.failed]
        write_rejections(connection, rejected, report.as_of)
        written = write_signals(connection, signals, self.rules, report.as_of)
        changes = note_regimes(connection, around, self.rules, self.clock, report.as_of)
        raise_alerts(connection, [*changes, *signal_alerts(written, self.clock, report.as_of)])
        line.remove_waiting(connection, waiting)
        report.signals += written
        report.rejections.update(one.reasons[0].code.value for one, _ in rejected)

    def _batch(self, connection: Connection, waiting: Sequence[line.WaitingClose], as_of: datetime) -> Batch:
        symbols = sorted(frozenset[str]().union(*(close.symbols for close in waiting)))
        closes = sorted({close.close_time for close in waiting})
        moments = np.array([_microseconds(_known_at(close, as_of)) for close in closes], dtype=np.int64)
        readings = reading_grids(connection, [*symbols, MARKET], moments)
        factors = factor_grids(readings, (len(symbols), len(closes)), self.rules)
        known = Known(readings, factors, combine(factors, self.rules), points(factors, self.rules))
        rows = {symbol: row for row, symbol in enumerate(symbols)}
        return Batch(known, rows, {close: column for column, close in enumerate(closes)})

    def _write_scores(self, connection: Connection, close: line.WaitingClose, batch: Batch, report: ScoringReport) -> None:
        rows = np.array([batch.rows[symbol] for symbol in close.symbols])
        column, scores = batch.columns[close.close_time], batch.known.scores
        columns = line.ScoreColumns(
            symbols=close.symbols,
            score=scores.score[rows, column],
            coverage=scores.coverage[rows, column],
            confidence=scores.confidence[rows, column],
            points={factor: grid[rows, column] for factor, grid in batch.known.points.items()},
        )
        known_at = _known_at(close.close_time, report.as_of)
        report.scores += line.write_scores(connection, close.close_time, known_at, columns, report.as_of)
        report.closes += 1

    def _judged(self, setups: Sequence[FoundSetup], around: Around, batch: Batch) -> list[Judgement]:
        """Judge setups in order of their closes: a signal keeps the next one of its pair waiting."""
        judged: list[Judgement] = []
        for (close, _), group in groupby(setups, lambda setup: (setup.close_time, setup.timeframe)):
            together, column = list(group), batch.columns[close]
            rows = np.array([batch.rows[setup.symbol] for setup in together])
            factors = {factor: grid.at(rows, column) for factor, grid in batch.known.factors.items()}
            judgements = judge(together, factors, around.market(together, column), self.rules)
            around.remember(one.setup for one in judgements if not one.failed)
            judged += judgements
        return judged


def _known_at(close: datetime, as_of: datetime) -> datetime:
    """Return the moment whose knowledge a close is scored by."""
    return min(as_of, close + PATIENCE)


def _microseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
