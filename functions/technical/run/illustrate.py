"""Draw the charts of docs/technical.md from a made-up market: `python -m functions.technical.run.illustrate docs/technical`."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.resample import resample
from functions.technical.setups.batch import decide_closes
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.verdict import DecidedCloses

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

DAYS = 120
SHOWN = 200
COLOURS = {"ema21": "tab:orange", "ema50": "tab:blue", "ema200": "tab:purple"}


def market(seed: int = 4) -> Candles:
    """Return made-up 1h candles of one coin, which is its own gate: a rise with pullbacks."""
    source = np.random.default_rng(seed)
    steps = source.normal(0.0008, 0.008, DAYS * 24)
    close = 100 * np.exp(np.cumsum(steps))[None, :]
    opened = np.concatenate([close[:, :1], close[:, :-1]], axis=1)
    reach = 1 + np.abs(source.normal(0, 0.003, close.shape))
    end = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp() * 1000)
    times = end - Timeframe.H1.milliseconds * np.arange(close.shape[1], 0, -1, dtype=np.int64)
    high, low = np.maximum(opened, close) * reach, np.minimum(opened, close) / reach
    return Candles(Timeframe.H1, ("BTCUSDT",), times, opened, high, low, close, source.lognormal(4, 0.6, close.shape))


def draw_candles(axes: Axes, candles: Candles) -> None:
    """Draw the last candles."""
    for number in range(SHOWN):
        column = number - SHOWN
        opened, close = candles.open[0, column], candles.close[0, column]
        colour = "tab:green" if close >= opened else "tab:red"
        axes.plot([number, number], [candles.low[0, column], candles.high[0, column]], color=colour, linewidth=0.6)
        axes.plot([number, number], [opened, close], color=colour, linewidth=2.5, solid_capstyle="butt")
    axes.set_xlim(-1, SHOWN)
    axes.set_xticks([])
    axes.set_ylabel("price")


def draw_indicators(target: Path, candles: Candles, analysis: Analysis) -> None:
    """Averages, bands and levels over the price; RSI, ADX and MACD histogram below."""
    figure, (top, middle, bottom) = plt.subplots(3, 1, figsize=(9, 7), height_ratios=(3, 1, 1), layout="constrained")
    draw_candles(top, candles)
    values = analysis.indicators
    for name, colour in COLOURS.items():
        top.plot(getattr(values, name)[0, -SHOWN:], color=colour, linewidth=1, label=name.upper())
    upper, lower = values.bollinger_upper[0, -SHOWN:], values.bollinger_lower[0, -SHOWN:]
    top.fill_between(range(SHOWN), lower, upper, color="grey", alpha=0.12, label="Bollinger 20, 2")
    around = analysis.levels(len(analysis.close_time) - 1)[0]
    for level in (*around.support, *around.resistance):
        top.axhline(level.price, color="black", linewidth=0.4 + 3 * level.strength, linestyle=":")
    top.legend(loc="upper left", fontsize=8)
    middle.plot(values.rsi[0, -SHOWN:], label="RSI 14")
    middle.plot(values.adx[0, -SHOWN:], label="ADX 14")
    for line in (20, 40, 60):
        middle.axhline(line, color="grey", linewidth=0.5)
    middle.legend(loc="upper left", fontsize=8)
    bottom.bar(range(SHOWN), values.macd_histogram[0, -SHOWN:], color="tab:grey", label="MACD histogram")
    bottom.legend(loc="upper left", fontsize=8)
    for axes in (middle, bottom):
        axes.set_xlim(-1, SHOWN)
        axes.set_xticks([])
    figure.savefig(target, dpi=80, metadata={"Software": None})
    plt.close(figure)


def draw_entries(target: Path, candles: Candles, closes: DecidedCloses) -> None:
    """The three entries where gate and daily trend allow them, with stop and targets of the first signal shown."""
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    draw_candles(axes, candles)
    events, due = closes.analysis.entries, closes.decisions.direction[0]
    marks = {"breakout": "^", "pullback": "o", "momentum": "s"}
    for name, mark in marks.items():
        hits = np.flatnonzero((getattr(events, name)[0] == due) & (due != 0)) - (len(due) - SHOWN)
        hits = hits[hits >= 0]
        axes.plot(hits, candles.low[0, hits - SHOWN] * 0.995, mark, markersize=6, label=name, linestyle="none")
    first = len(due) - SHOWN + int(np.flatnonzero(due[-SHOWN:])[0])
    entry, risk = candles.close[0, first], candles.close[0, first] * closes.decisions.distance[0, first]
    start = first - (len(due) - SHOWN)
    axes.hlines(entry, start, SHOWN, color="black", linewidth=1, label="entry")
    axes.hlines(
        entry - due[first] * risk, start, SHOWN, color="tab:red", linewidth=1, label="stop: the wider of 2 ATR(1d), 4 ATR(4h)"
    )
    for ratio in closes.rules.targets_r:
        axes.hlines(entry + due[first] * risk * float(ratio), start, SHOWN, color="tab:green", linewidth=1)
    axes.legend(loc="upper left", fontsize=8)
    figure.savefig(target, dpi=80, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Draw all charts into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    candles = market()
    analysis = analyse(candles)
    higher = analyse(resample(candles, Timeframe.D1)), analyse(resample(candles, Timeframe.H4))
    draw_indicators(folder / "indicators.png", candles, analysis)
    draw_entries(folder / "entries.png", candles, decide_closes(analysis, *higher, SetupRules()))


if __name__ == "__main__":
    main()
