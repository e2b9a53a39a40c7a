"""The figures of a run that scripts and pages read, under names that stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from statistics import fmean

import numpy as np

from functions.backtest.compare import BTC
from functions.backtest.result import SETUPS, SIGNALS, AccountResult, BacktestResult, BacktestTrade
from functions.paper.accounts import RANDOM
from functions.paper.settling.touch import milliseconds
from functions.performance.metrics.beside import intervals
from functions.performance.metrics.summary import Track, measure
from functions.performance.metrics.trades import TradeOutcomes

HEADLINE = ("win_rate", "profit_factor", "max_drawdown", "sharpe", "sortino", "calmar", "total_return")
Figures = Mapping[str, float | int | None]


def headline(result: BacktestResult) -> dict[str, float | int | None]:
    """Return the figures of a run's desk beside its benchmarks; None for what there is nothing to compute of.

    `random_sharpe` is the mean over the accounts of random entries. `fill_days` counts the days with an entry.
    `false_signal_reduction` is how much smaller the share of signals that lost is than that of all setups of the technical
    engine, a fraction of that; every one of them counts, with the same exits, whether or not an account had a place for it.
    """
    desk = result.desk
    figures = account_figures(desk, result.since.date())
    sharpes = [account_figures(one, result.since.date())["sharpe"] for one in result.accounts if is_random(one)]
    known = [one for one in sharpes if one is not None]
    btc = next(one for one in result.benchmarks if one.name == BTC)
    days = max(len(result.days) - 1, 1)
    return {
        "trades": len(desk.closed),
        **{name: figures[name] for name in HEADLINE},
        "btc_return": btc.worth[-1] - 1.0,
        "random_sharpe": fmean(known) if known else None,
        "signals": result.signals,
        "signals_per_day": result.signals / days,
        "fill_days": len({trade.opened_at.date() for trade in desk.trades}),
        "false_signal_reduction": false_signal_reduction(result),
    }


def headline_intervals(result: BacktestResult) -> dict[str, tuple[float, float] | None]:
    """Return the 90% bootstrap interval of each figure that has one; None where there is too little for it."""
    found = intervals(track_of(result.desk, result.since.date()), HEADLINE)
    return {name: (one.low, one.high) if one else None for name, one in found.items()}


def account_figures(account: AccountResult, first_day: date) -> dict[str, float | None]:
    """Return every figure of an account over its span; None where there is nothing to compute it of."""
    return {name: value if isfinite(value) else None for name, value in measure(track_of(account, first_day)).items()}


def in_r(account: AccountResult) -> dict[str, float | None]:
    """Return what the closed trades earned in units of their risk: the mean, and gains over losses; None without any."""
    r = np.array([trade.r for trade in account.closed])
    lost = -float(r[r < 0].sum())
    return {
        "expectancy": float(r.mean()) if len(r) else None,
        "profit_factor": float(r[r > 0].sum()) / lost if lost else None,
    }


def track_of(account: AccountResult, first_day: date) -> Track:
    """Return an account as its figures are computed from: the worth of each day and the trades that are closed."""
    equity = np.array([float(worth) for worth in account.equity])
    return Track(first_day=first_day, start=float(equity[0]), equity=equity[1:], trades=outcomes_of(account.closed))


def outcomes_of(trades: Sequence[BacktestTrade]) -> TradeOutcomes:
    """Return closed trades as arrays."""
    return TradeOutcomes(
        opened_at=np.array([milliseconds(trade.opened_at) for trade in trades], dtype=np.int64),
        closed_at=np.array([milliseconds(trade.closed_at) for trade in trades if trade.closed_at], dtype=np.int64),
        profit=np.array([float(trade.profit) for trade in trades]),
        r=np.array([trade.r for trade in trades]),
        traded=np.array([float(sum(fill.price * fill.quantity for fill in trade.fills)) for trade in trades]),
    )


def is_random(account: AccountResult) -> bool:
    """Tell whether an account took random entries."""
    return account.name.partition("_")[0] == RANDOM.name


def false_signal_reduction(result: BacktestResult) -> float | None:
    """Return how much smaller the share of losing signals is than that of the technical engine's setups."""
    rates = {rate.kind: rate for rate in result.rates if rate.count}
    if SIGNALS not in rates or SETUPS not in rates or not rates[SETUPS].lost:
        return None
    return 1.0 - rates[SIGNALS].lost / rates[SETUPS].lost
