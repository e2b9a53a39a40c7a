"""A trade as it is compared: what the desk did on paper, and what the backtest makes of the same signal, in one form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from functions.backtest.result import BacktestTrade
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Fill, Side


@dataclass(frozen=True, order=True, slots=True)
class TradeKey:
    """The signal that a trade follows: two trades of one key are the same trade."""

    said_at: datetime
    symbol: str
    timeframe: Timeframe
    side: Side


@dataclass(frozen=True, slots=True)
class ComparedTrade:
    """One trade up to the end of the window.

    Args:
        key: of its signal.
        entry: its first fill.
        stop: as it was at the entry.
        targets: nearest first.
        exits: in order of time, those up to the end of the window.
        unseen: 5m candles that passed over it without having been seen.
    """

    key: TradeKey
    entry: Fill
    stop: Decimal | None
    targets: tuple[Decimal, ...]
    exits: tuple[Fill, ...]
    unseen: int = 0

    @property
    def closed_at(self) -> datetime | None:
        """Return when it ended; None while something of it is held."""
        left = self.entry.quantity - sum((fill.quantity for fill in self.exits), Decimal(0))
        return None if left else self.exits[-1].at

    def is_held_at(self, moment: datetime) -> bool:
        """Tell whether it was open at a moment: opened before it, and not over by then."""
        closed = self.closed_at
        return self.entry.at < moment and (closed is None or closed > moment)


def again(trade: BacktestTrade) -> ComparedTrade:
    """Return a trade of the backtest as it is compared."""
    return ComparedTrade(
        key=TradeKey(trade.said_at, trade.symbol, trade.timeframe, trade.side),
        entry=trade.fills[0],
        stop=trade.stop,
        targets=trade.targets,
        exits=trade.fills[1:],
        unseen=trade.unseen,
    )


def held_at(trades: Sequence[ComparedTrade], moment: datetime) -> frozenset[str]:
    """Return the pairs that an account held at a moment."""
    return frozenset(trade.key.symbol for trade in trades if trade.is_held_at(moment))
