"""One settlement: every idea whose horizon is over and whose candles are there gets its outcome, every signal its end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import numpy as np
from sqlalchemy import Connection, Engine

from functions.costs import Costs
from functions.market.candles.gaps import to_ms
from functions.outcomes.baseline import Beside, draw
from functions.outcomes.ends import SignalEnd, ends_of
from functions.outcomes.ideas import SaidIdea, laid_out
from functions.outcomes.results import HOLD, HORIZONS, HOUR, Flags, Ideas, measure
from functions.outcomes.run.market import FINEST, Seen, read_field, read_seen
from functions.outcomes.store import settling
from functions.scoring.rules import ScoreRules

EACH = 5  # random entries beside an idea
SEED = 20_240_101  # of their draws; another one gives another baseline
TOGETHER = timedelta(hours=6)  # closes that are measured over one reading of candles
BATCHES_A_RUN = 24  # of each horizon that wrote something; after so many a run leaves what was missed to the next one
PATIENCE = timedelta(days=2)  # for candles that lack and that nobody fetches any more
_TICK = timedelta(microseconds=1)
_NOBODY, _NOTHING = np.zeros(0, dtype=np.int64), np.zeros(0)


@dataclass(slots=True)
class OutcomeReport:
    """What one run did; `written` and `waiting` are ideas by the hours of their horizon."""

    as_of: datetime
    written: Counter[int] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)
    ended: list[SignalEnd] = field(default_factory=list)
    more: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeSettler:
    """Everything a settlement of outcomes needs from outside; ideas older than `kept`, as long as 5m candles are, are left."""

    engine: Engine
    rules: ScoreRules
    kept: timedelta

    @property
    def costs(self) -> Costs:
        """Return what a fill costs."""
        return self.rules.setups.costs

    def run(self, as_of: datetime) -> OutcomeReport:
        """Settle what is due at `as_of`; running it again, also at the same time, changes nothing.

        An outcome follows from candles alone, so a run after an outage writes what the runs that were missed would have written.
        An idea whose candles lack waits; when nobody fetches them any more it is written as unknown.
        """
        report = OutcomeReport(as_of)
        with self.engine.begin() as connection:
            settling.lock_settlement(connection)
            self._end_signals(connection, report)
        for horizon in HORIZONS:
            self._settle(horizon, report)
        return report

    def _end_signals(self, connection: Connection, report: OutcomeReport) -> None:
        signals = settling.open_signals(connection, report.as_of - self.kept, report.as_of)
        if signals:
            first, symbols = signals[0].close_time, [signal.symbol for signal in signals]
            seen = read_seen(connection, symbols, first, report.as_of, report.as_of)
            report.ended += ends_of(seen.paths, signals, seen.rows, self.costs)
            settling.write_ends(connection, report.ended, report.as_of)

    def _settle(self, horizon: timedelta, report: OutcomeReport) -> None:
        hours, last = horizon // HOUR, report.as_of - horizon - FINEST.span
        after, batches = report.as_of - self.kept, 0
        while batches < BATCHES_A_RUN:
            with self.engine.begin() as connection:
                settling.lock_settlement(connection)
                first = settling.first_due(connection, hours, after, last)
                if first is None:
                    return
                ideas = settling.due_ideas(connection, hours, first - _TICK, min(first + TOGETHER, last))
                settled = DueIdeas.read(connection, ideas, horizon, report.as_of, self.rules).outcomes()
                settling.write_outcomes(connection, settled)
            report.written[hours] += len(settled)
            report.waiting[hours] += len(ideas) - len(settled)
            batches += bool(settled)
            after = min(first + TOGETHER, last)
        report.more = True


@dataclass(frozen=True, slots=True)
class DueIdeas:
    """Ideas of some hours that are measured over one reading of candles.

    Attributes:
        ideas: oldest first.
        horizon: after it they are over.
        as_of: what is known then.
        rules: of the score and its setups.
        connection: of the settlement.
        seen: candles of their pairs and of the gate's, at the last horizon of all coins beside them, too.
        said: the ideas over the rows of `seen`.
    """

    ideas: Sequence[SaidIdea]
    horizon: timedelta
    as_of: datetime
    rules: ScoreRules
    connection: Connection
    seen: Seen
    said: Ideas

    @classmethod
    def read(
        cls, connection: Connection, ideas: Sequence[SaidIdea], horizon: timedelta, as_of: datetime, rules: ScoreRules
    ) -> Self:
        """Read the candles of a batch."""
        symbols = {rules.setups.gate_symbol, *(idea.symbol for idea in ideas)}
        if horizon == HOLD:
            scored = settling.scored_coins(connection, _closes(ideas))
            symbols |= frozenset[str]().union(*scored.values())
        last = ideas[-1].close_time + horizon + FINEST.span
        seen = read_seen(connection, sorted(symbols), ideas[0].close_time, last, as_of)
        return cls(ideas, horizon, as_of, rules, connection, seen, laid_out(ideas, seen.rows))

    def outcomes(self) -> list[dict[str, Any]]:
        """Return the rows of those ideas whose outcome is known, or will never be."""
        costs = self.rules.setups.costs
        results = measure(self.seen.paths, self.said, costs, self.horizon, self.seen.gone)
        known, lost = np.isfinite(results.r), self._lost()
        beside = self._beside(lost) if self.horizon == HOLD else Beside.of(_NOBODY, _NOTHING, len(self.ideas))
        columns = {
            "moved": results.returns[:, HORIZONS.index(self.horizon)],
            "best": results.best,
            "worst": results.worst,
            "first": results.first,
            "r": results.r,
            "random_r": beside.r,
            "random_won": beside.won,
        }
        settled = np.where(known, beside.lacking == 0, lost[self.said.row])
        return [
            {
                **_about(self.ideas[number]),
                "hours": self.horizon // HOUR,
                **{name: _number(values[number]) if known[number] else None for name, values in columns.items()},
                "randoms": int(beside.count[number]) if known[number] else 0,
                "settled_at": self.as_of,
            }
            for number in np.flatnonzero(settled).tolist()
        ]

    def _beside(self, lost: Flags) -> Beside:
        """Return what the random entries came to; one whose candles will never come is left out."""
        closes = _closes(self.ideas)
        moments = np.searchsorted([to_ms(close) for close in closes], self.said.said_at)
        field = read_field(self.connection, self.seen, closes, self.rules)
        drawn = draw(self.said, moments, field, seed=SEED, each=EACH, numbers=self.seen.numbers)
        r = measure(self.seen.paths, drawn.ideas, self.rules.setups.costs, HOLD, self.seen.gone).r
        counted = np.isfinite(r) | ~lost[drawn.ideas.row]
        return Beside.of(drawn.beside[counted], r[counted], len(self.ideas))

    def _lost(self) -> Flags:
        """Tell of which pairs candles that lack will not come any more, `[S]`: two days late, and nobody fetches them.

        While no pair at all has every candle, something is down: then none is lost.
        """
        first, last = self.ideas[0].close_time, self.ideas[-1].close_time + self.horizon + FINEST.span
        fetched = settling.pairs_with_open_gaps(self.connection, self.seen.symbols, first, last)
        whole = (~np.isnan(self.seen.paths.prices[3])).all(axis=1).any()
        late = self.as_of >= last + PATIENCE
        return np.array([bool(whole and late) and symbol not in fetched for symbol in self.seen.symbols], dtype=np.bool_)


def _closes(ideas: Sequence[SaidIdea]) -> list[datetime]:
    return sorted({idea.close_time for idea in ideas})


def _about(idea: SaidIdea) -> dict[str, Any]:
    """Return what an outcome says of its idea."""
    names = ("symbol", "timeframe", "close_time", "version", "signal_id", "code", "direction", "confidence")
    return {**{name: getattr(idea, name) for name in names}, "agreeing": list(idea.agreeing)}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
