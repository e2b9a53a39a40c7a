"""What is known around setups beside their factors: the gate, the coins' daily trends, earlier signals, and what is no coin."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from functions.market.candles.gaps import to_ms
from functions.market.candles.timeframe import Timeframe
from functions.scoring.gate import regime
from functions.scoring.judge import FoundSetup, Market
from functions.scoring.rules import ScoreRules
from functions.scoring.store import line
from functions.technical.factors import trend
from functions.technical.setups.standing import Standing
from functions.technical.setups.state_row import standing_of
from functions.technical.store import standing_rows


@dataclass(frozen=True, slots=True)
class Around:
    """What is known at some closes.

    Attributes:
        gate: daily standing of the gate's pair, `[1, T]`.
        regime: direction it allows, `[T]`; NaN while it is unknown.
        trends: of each symbol the direction of its daily trend, `[T]`; NaN while it is unknown.
        tradable: the symbols that are coins to trade.
        signals: closes at which each symbol had a signal.
    """

    gate: Standing
    regime: NDArray[np.float64]
    trends: dict[str, NDArray[np.float64]]
    tradable: frozenset[str]
    signals: defaultdict[str, list[datetime]]

    @classmethod
    def read(cls, connection: Connection, found: Sequence[FoundSetup], closes: Sequence[datetime], rules: ScoreRules) -> Self:
        """Read what is known at `closes`, rising, about the symbols of some setups."""
        names = tuple(dict.fromkeys([rules.setups.gate_symbol, *(setup.symbol for setup in found)]))
        moments = np.array([to_ms(close) for close in closes], dtype=np.int64)
        rows = standing_rows(connection, Timeframe.D1, names, closes[0], closes[-1])
        standing = standing_of(Timeframe.D1, names, moments, rows)
        directions = trend(standing).direction
        gate = standing.row(0)
        first = closes[0] - timedelta(minutes=rules.cooldown_minutes)
        return cls(
            gate=gate,
            regime=regime(gate)[0],
            trends={name: directions[number] for number, name in enumerate(names)},
            tradable=line.tradable_symbols(connection, names),
            signals=line.signal_closes(connection, names, first, closes[-1]),
        )

    def market(self, setups: Sequence[FoundSetup], column: int) -> Market:
        """Return what is known of setups of one close, the one of this column."""
        return Market(
            regime=np.full(len(setups), self.regime[column]),
            daily_trend=np.array([self.trends[setup.symbol][column] for setup in setups]),
            tradable=np.array([setup.symbol in self.tradable for setup in setups]),
            minutes_since_signal=np.array([self._minutes(setup) for setup in setups]),
        )

    def remember(self, signals: Iterable[FoundSetup]) -> None:
        """Let setups that became signals count for those after them."""
        for setup in signals:
            self.signals[setup.symbol].append(setup.close_time)

    def _minutes(self, setup: FoundSetup) -> float:
        before = [close for close in self.signals[setup.symbol] if close <= setup.close_time]
        return (setup.close_time - max(before)).total_seconds() / 60 if before else np.inf
