"""How long a backtest takes, beside vectorbt on the job that all peers were measured on.

`common_*`: enter long at the next open when EMA9 crosses above EMA21 and the close is above EMA200, leave when EMA9 is below
EMA21 or at a 3% stop, 0.1% fee a side; 50 symbols, six months of 5m. The stopwatch covers indicators, simulation and trade
statistics, as the peer's does; the files are read before. `full_*`: the whole recommendation backtest over the same candles:
setups, factors, score, signals, the desk, its shadows and benchmarks. `vectorbt_warm_s` is the peer's second run or later, in an
environment of its own, between two of ours; without such an environment it and the ratios are null.

`python -m tests.bench.backtest --data DIR --daily DIR --peers DIR --json`
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from functions.arrays import FloatGrid
from functions.backtest.history import MarketHistory
from functions.backtest.result import BacktestResult
from functions.backtest.rules import BacktestRules
from functions.backtest.run.backtest import backtest
from functions.backtest.run.reporting import Question
from functions.backtest.sources.fear_greed import fear_greed_readings
from functions.backtest.sources.folder import history_of_folder
from functions.backtest.span import span_of
from functions.factors.history import ReadingColumns
from functions.market.candles.grid import Candles
from functions.paper.settling.touch import NEVER, Found, Paths, Trades, first_touches
from functions.performance.metrics.trades import profit_factor, win_rate
from functions.technical.engine.walk import average
from tests.bench.ground import load

SHARED = Path(__file__).parents[3] / "shared"
PEER = Path.home() / ".cache" / "quorum" / "peers" / "vectorbt"
NEEDS = ("vectorbt", "plotly<6", "TA-Lib", "pyarrow")
FEE, STOP = 0.001, 0.03
END = datetime(2024, 7, 1, tzinfo=UTC)
ROUNDS = 3


@dataclass(frozen=True)
class Common:
    """What came of the common job."""

    seconds: float
    trades: int
    won: float
    profit_factor: float


def common_job(candles: Candles) -> Common:
    """Run the job that all peers run."""
    begun = time.perf_counter()
    rows, columns = entries(candles)
    paths = Paths.of(candles)
    entered = columns + 1
    price = paths.prices[0][rows, entered]
    trades = Trades(
        row=rows,
        sign=np.ones(len(rows), dtype=np.int64),
        entry=price,
        stop=price * (1 - STOP),
        targets=np.full((len(rows), 3), np.nan),
        since=candles.open_time[entered],
        targets_hit=np.zeros(len(rows), dtype=np.int64),
        break_even_from=np.full(len(rows), NEVER),
        break_even=np.zeros(len(rows), dtype=np.bool_),
        leaves_at=leaving(candles, rows, columns),
        last=price,
        filled_at=np.zeros(len(rows), dtype=np.int64),
    )
    touches = first_touches(paths, trades)
    over = touches.found >= Found.STOP
    left = np.where(over, touches.level, touches.last)
    earned = left * (1 - FEE) / (price * (1 + FEE)) - 1
    won, factor = win_rate(earned), profit_factor(earned)
    return Common(time.perf_counter() - begun, len(rows), won, factor)


_AVERAGES: dict[int, FloatGrid] = {}


def entries(candles: Candles) -> tuple[np.ndarray, np.ndarray]:
    """Return where the fast average crosses above the slow one under a close above the trend: rows and columns."""
    close = np.ascontiguousarray(candles.close.T)
    starts = np.zeros(close.shape[1], dtype=np.int64)
    for length in (9, 21, 200):
        _AVERAGES[length] = average(close, length, 2.0 / (length + 1), starts)
    above = _AVERAGES[9] > _AVERAGES[21]
    crossed = above[1:-1] & ~above[:-2] & (_AVERAGES[9][:-2] <= _AVERAGES[21][:-2]) & (close > _AVERAGES[200])[1:-1]
    columns, rows = np.nonzero(crossed)
    return rows, columns + 1


def leaving(candles: Candles, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return when each trade leaves for the averages: at the open after the first close with the fast one below."""
    below = _AVERAGES[9] < _AVERAGES[21]
    leaves = np.full(len(rows), NEVER)
    step = candles.timeframe.milliseconds
    for row in range(below.shape[1]):
        chosen = np.flatnonzero(rows == row)
        at = np.flatnonzero(below[:, row])
        place = np.searchsorted(at, columns[chosen], side="right")
        known = place < len(at)
        leaves[chosen[known]] = candles.open_time[at[place[known]]] + step
    return leaves


def full_job(history: MarketHistory, readings: list[ReadingColumns]) -> tuple[float, BacktestResult]:
    """Run the whole recommendation backtest."""
    span, _ = span_of(history, None, None, END)
    begun = time.perf_counter()
    joined = MarketHistory.of(history.finest, history.pairs, history.days)
    result = backtest(joined, readings, Question(span, BacktestRules()))
    return time.perf_counter() - begun, result


def peer_seconds(peers: Path) -> tuple[float | None, int | None]:
    """Run the peer's script in its own environment: its best warm seconds, and how many trades it counted."""
    python = PEER / "bin" / "python"
    script = peers / "vectorbt_ema.py"
    if not script.exists() or (not python.exists() and not _installed()):
        return None, None
    ran = subprocess.run([str(python), str(script)], capture_output=True, text=True, check=False)
    warm = re.findall(r"warm ([\d.]+) s\s+\d+ candles\s+(\d+) trades", ran.stdout)
    return (min(float(seconds) for seconds, _ in warm), int(warm[-1][1])) if warm else (None, None)


def _installed() -> bool:
    """Put the peer into an environment of its own, outside of this one; tell whether that was possible."""
    print(f"installing {NEEDS[0]} into {PEER} …", file=sys.stderr)
    commands = ([sys.executable, "-m", "venv", str(PEER)], [str(PEER / "bin" / "pip"), "install", "-q", *NEEDS])
    return all(subprocess.run(command, check=False, capture_output=True).returncode == 0 for command in commands)


def measure(data: Path, daily: Path, mood: Path, peers: Path) -> dict[str, Any]:
    """Run both jobs, the peer between them."""
    history = history_of_folder(data, (), "BTCUSDT", END, daily)
    readings = [fear_greed_readings(mood, len(history.symbols))] if mood.exists() else []
    common_job(history.finest.during(slice(0, 3000)))  # the compiler's second is not the job's
    full_job(history, readings)
    common, full, warm = [], [], []
    peer_trades = None
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        common.append(common_job(history.finest))
        full.append(full_job(history, readings))
        seconds, counted = peer_seconds(peers)
        warm += [] if seconds is None else [seconds]
        peer_trades = counted or peer_trades
    best, (full_s, result) = min(common, key=lambda one: one.seconds), min(full, key=lambda one: one[0])
    vectorbt = min(warm, default=None)
    return {
        "common_s": round(best.seconds, 3),
        "common_trades": best.trades,
        "common_win_rate": round(best.won, 4),
        "vectorbt_warm_s": vectorbt,
        "vectorbt_trades": peer_trades,
        "ratio": round(best.seconds / vectorbt, 3) if vectorbt else None,
        "full_s": round(full_s, 3),
        "full_ratio": round(full_s / vectorbt, 2) if vectorbt else None,
        "full_candles_per_s": round(history.finest.close.size / full_s),
        "full_trades": len(result.desk.trades),
        "full_signals": result.signals,
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load": load(),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "data/ohlcv/spot_5m_2024h1")
    parser.add_argument("--daily", type=Path, default=SHARED / "data/ohlcv/spot_2021_2024")
    parser.add_argument("--fear-greed", type=Path, default=SHARED / "data/fear_greed/fear_greed_2018_2024.csv")
    parser.add_argument("--peers", type=Path, default=SHARED / "peers")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.data, chosen.daily, chosen.fear_greed, chosen.peers)))


if __name__ == "__main__":
    main()
