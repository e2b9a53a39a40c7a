"""Dip orders on the real half year of 2024: what the rule study counted, to the digit that it gives."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from functions.backtest.engine.dip_options import dip_rules
from functions.backtest.figures import in_r, track_of
from functions.backtest.history import MarketHistory
from functions.backtest.result import AccountResult, BacktestResult
from functions.backtest.rules import BacktestRules
from functions.backtest.run.dips import backtest_dips
from functions.backtest.run.reporting import Question
from functions.backtest.sources.folder import history_of_dips
from functions.backtest.span import span_of
from functions.market.candles.gaps import to_ms
from functions.performance.metrics.equity import max_drawdown
from functions.performance.metrics.trades import win_rate

DATA = Path(__file__).parents[4] / "shared" / "data" / "ohlcv"
OPTIONS = "slots=50, risk=0.18, position=1.5, coins=all, age=1, start=100000"
END = datetime(2024, 7, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the candles of 2024 are not in ../shared")


@dataclass(frozen=True, slots=True)
class Vector:
    """What the study counted of one form."""

    fills: int
    won: float
    profit_factor: float
    expectancy: float
    drawdown: float | None = None  # at each candle's close, percent


@pytest.fixture(scope="module")
def history() -> MarketHistory:
    return history_of_dips(DATA / "spot_5m_2024h1", [], "BTCUSDT", END, DATA / "spot_2021_2024")


@pytest.fixture(scope="module")
def runs(history: MarketHistory) -> dict[str, BacktestResult]:
    span, _ = span_of(history, None, None, END)
    results = {}
    for name, more in (("without", ", strength=off"), ("with", "")):
        rules = dip_rules(OPTIONS + more, BacktestRules(random_seeds=0))
        results[name] = backtest_dips(history, Question(span, rules, trades="dips"), lambda *_: None)
    return results


@pytest.mark.parametrize(
    ("run", "account", "vector"),
    [
        ("without", 0, Vector(98, 72.4, 6.78, 0.368, 1.8)),
        ("without", 1, Vector(100, 68.0, 5.76, 0.326)),
        ("with", 0, Vector(80, 83.8, 13.47, 0.483, 1.1)),
        ("with", 1, Vector(82, 79.3, 10.82, 0.431)),
    ],
    ids=["limit without strength", "late without strength", "limit with strength", "late with strength"],
)
def test_figures_are_those_of_the_study(
    runs: dict[str, BacktestResult], history: MarketHistory, run: str, account: int, vector: Vector
) -> None:
    taken: AccountResult = runs[run].accounts[account]
    figures = in_r(taken)
    trades = track_of(taken, runs[run].since.date()).trades
    assert len(taken.trades) == vector.fills
    assert round(100 * win_rate(trades.profit), 1) == pytest.approx(vector.won, abs=0.06)
    # The study sells at the last price before a moment, the desk at the first from it on: a part in a thousand.
    assert figures["profit_factor"] == pytest.approx(vector.profit_factor, rel=0.01)
    assert figures["expectancy"] == pytest.approx(vector.expectancy, abs=0.001)
    if vector.drawdown is not None:
        assert round(100 * drawdown_at_candles(taken, history), 1) == vector.drawdown


def drawdown_at_candles(account: AccountResult, history: MarketHistory) -> float:
    """Return the deepest fall of an account whose open trades stand at the close of each 5m candle, as the study marks them.

    The backtest marks at midnight, when what fell within a day is often back.
    """
    close, opened = history.finest.close, history.finest.open_time
    equity = np.full(len(opened), float(account.start))
    for trade in account.trades:
        price = close[history.symbols.index(trade.symbol)]
        held, booked = np.zeros(len(opened)), np.zeros(len(opened))
        for number, fill in enumerate(trade.fills):
            since = int(np.searchsorted(opened + history.finest.timeframe.milliseconds, to_ms(fill.at)))
            held[since:] += float(fill.quantity) * (-1 if number else 1)
            booked[since:] += float(fill.profit - fill.fee)
        equity += booked + np.where(held > 0, held * (price - float(trade.entry)), 0.0)
    return max_drawdown(equity[1:] / equity[:-1] - 1)


def test_orders_exits_and_first_fills_are_those_of_the_study(runs: dict[str, BacktestResult]) -> None:
    without, strong = runs["without"], runs["with"]
    assert (without.setups, strong.setups) == (2476, 1892)
    exits = [trade.reason.value for trade in without.desk.trades if trade.reason]
    kinds = (("time", "regime"), ("target_3",), ("stop", "break_even"))
    assert [sum(map(exits.count, names)) for names in kinds] == [92, 3, 3]
    told = [(trade.symbol, f"{trade.opened_at:%m-%d %H:%M}", round(trade.r, 3)) for trade in without.desk.trades]
    # A fill counts from the close of its candle: five minutes after the open that the study names.
    symbols = ("WLDUSDT", "APTUSDT", "DOGEUSDT", "FETUSDT", "HBARUSDT", "JTOUSDT")
    assert [(symbol, at) for symbol, at, _ in told[:6]] == [
        (symbol, "02-20 04:05" if symbol == "WLDUSDT" else "02-20 15:30") for symbol in symbols
    ]
    assert [r for *_, r in told[:6]] == pytest.approx([0.898, 0.229, 0.231, 0.829, 0.402, 0.084], abs=0.0015)
    assert [(symbol, at) for symbol, at, _ in told[-4:]] == [
        ("UNIUSDT", "06-11 15:35"),
        ("BTCUSDT", "06-11 15:45"),
        ("ETHUSDT", "06-11 15:45"),
        ("OMUSDT", "06-11 20:20"),
    ]
    assert [r for *_, r in told[-4:]] == pytest.approx([0.376, 0.066, 0.049, -0.100], abs=0.0015)
    assert {f"{trade.closed_at:%m-%d %H:%M}" for trade in without.desk.trades[-4:] if trade.closed_at} == {"06-14 00:00"}
