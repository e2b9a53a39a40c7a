"""The desk's closed trades in parts: by month, coin, regime and band of confidence, each with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.backtest.figures import outcomes_of
from functions.backtest.result import BacktestTrade
from functions.outcomes.lift import band_of
from functions.performance.metrics.trades import TradeOutcomes, expectancy, profit_factor, win_rate

REGIMES: Mapping[int | None, str] = {1: "Gate allows longs", -1: "Gate allows shorts", 0: "Gate closed", None: "Gate unknown"}


@dataclass(frozen=True, slots=True)
class Slice:
    """Some closed trades: how many, the share that earned, profit factor and mean in R, and their profit in USDT after fees."""

    label: str
    trades: int
    win_rate: float
    profit_factor: float
    expectancy_r: float
    profit: float


@dataclass(frozen=True, slots=True)
class Slices:
    """The same trades cut in four ways.

    Args:
        months: by the month of UTC that they closed in, oldest first.
        symbols: by coin, most trades first.
        regimes: by what the gate allowed at their signal.
        confidence: by band of confidence, lowest first.
    """

    months: tuple[Slice, ...]
    symbols: tuple[Slice, ...]
    regimes: tuple[Slice, ...]
    confidence: tuple[Slice, ...]


def slices_of(closed: Sequence[BacktestTrade]) -> Slices:
    """Cut closed trades into parts."""
    months = _slices(closed, [f"{trade.closed_at:%Y-%m}" for trade in closed])
    symbols = _slices(closed, [trade.symbol for trade in closed])
    confidence = _slices(closed, [band_of(trade.confidence) for trade in closed])
    return Slices(
        months=tuple(sorted(months, key=lambda part: part.label)),
        symbols=tuple(sorted(symbols, key=lambda part: (-part.trades, part.label))),
        regimes=tuple(_slices(closed, [REGIMES[trade.regime] for trade in closed])),
        confidence=tuple(sorted(confidence, key=lambda part: int(part.label.partition("-")[0]))),
    )


def _slices(trades: Sequence[BacktestTrade], labels: Sequence[str]) -> list[Slice]:
    chosen: dict[str, list[BacktestTrade]] = {}
    for trade, label in zip(trades, labels, strict=True):
        chosen.setdefault(label, []).append(trade)
    return [_slice(label, outcomes_of(part)) for label, part in chosen.items()]


def _slice(label: str, trades: TradeOutcomes) -> Slice:
    return Slice(
        label=label,
        trades=len(trades.profit),
        win_rate=win_rate(trades.profit),
        profit_factor=profit_factor(trades.r),
        expectancy_r=expectancy(trades.r),
        profit=float(trades.profit.sum()),
    )
