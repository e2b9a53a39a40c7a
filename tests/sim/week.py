"""One week of the simulated market through the real pipeline, drawn: `python -m tests.sim.week docs/images/score-week.png`.

Candles of twenty pairs and each day's Fear & Greed are stored as they come, scanned and scored by the product's own code on a
server of its own. The picture shows the scores of five coins, what the gate allows, the signals, and the rejections by their
first reason. The same command draws the same week again: the market follows from its seed alone.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, Engine, insert, select

from db import tables
from functions.clock import MarketClock
from functions.factors.store import write_readings
from functions.market.candles.closed import ClosedCandles, Source
from functions.market.candles.timeframe import Timeframe
from functions.market.run.candle_cache import CandleCache
from functions.market.store.candles import write_candles
from functions.scoring.rules import ScoreRules
from functions.scoring.run.score import Scorer
from functions.sentiment.sources.fear_greed import reading_of
from functions.technical.run.scan import Scanner
from functions.technical.setups.rules import SetupRules
from tests.sim.clock import DAY
from tests.sim.market.candles import TIMEFRAMES
from tests.sim.market.exchange import Market, make_market
from tests.sim.sources.greed import market_greed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEED, PAIRS = 42, 20
END = datetime(2023, 12, 10, tzinfo=UTC)  # in the week before, the gate is closed, opens for longs, and then for shorts
SHOWN = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "DOGEUSDT")
WARM_UP = 1270  # candles before the week: EMA(200) and the norms of a week need them
STEP = timedelta(hours=6)  # candles come in such pieces; what is scored late is scored as if it had been in time
SCANNED = (Timeframe.M15, Timeframe.H1, Timeframe.H4, Timeframe.D1)
INTERVALS = {Timeframe.M5: "5", Timeframe.M15: "15", Timeframe.H1: "60", Timeframe.H4: "240", Timeframe.D1: "D"}


@dataclass(frozen=True, slots=True)
class Week:
    """What became of a week.

    Attributes:
        closes: of 15m, rising.
        scores: of each shown coin, `[T]`; NaN where there is none.
        gates: when the gate changed to what, with what it was before the week.
        signals: symbol, close and direction.
        rejections: how many a UTC day and reason.
    """

    closes: Sequence[datetime]
    scores: Mapping[str, np.ndarray]
    gates: Sequence[tuple[datetime, int]]
    signals: Sequence[tuple[str, datetime, str]]
    rejections: Mapping[datetime, Counter[str]]

    def summary(self) -> dict[str, object]:
        """Return the week in figures, as the page has them."""
        total: Counter[str] = sum(self.rejections.values(), Counter())
        gates = [[f"{close:%d %b}", regime] for close, regime in self.gates]
        return {"signals": len(self.signals), "gates": gates, "rejections": dict(total.most_common())}


def run_week(engine: Engine, *, end: datetime = END, days: int = 7, pairs: int = PAIRS) -> Week:
    """Let the days before `end` pass, and return what became of them."""
    market = make_market(symbols=pairs, seed=SEED, others=False)
    begin = end - timedelta(days=days)
    scanner = Scanner(engine, CandleCache(engine), SetupRules())
    scorer = Scorer(engine, MarketClock.system(), ScoreRules())
    with engine.begin() as connection:
        store_symbols(connection, market)
        for timeframe in SCANNED:
            store_candles(connection, market, timeframe, begin - WARM_UP * timeframe.span, begin)
    pass_on(engine, market, begin, begin)
    scan(scanner, scorer, begin)
    at = begin
    while at < end:
        pass_on(engine, market, at, min(at + STEP, end))
        at = min(at + STEP, end)
        scan(scanner, scorer, at)
    with engine.connect() as connection:
        return _read(connection, begin, end)


def scan(scanner: Scanner, scorer: Scorer, at: datetime) -> None:
    """Scan and score what waits at a moment."""
    while scanner.run(at, SCANNED).states:
        pass
    scorer.run(at)


def pass_on(engine: Engine, market: Market, after: datetime, to: datetime) -> None:
    """Store what the market says from one moment to the next."""
    with engine.begin() as connection:
        for timeframe in SCANNED:
            store_candles(connection, market, timeframe, after, to)
        say_greed(connection, market, after, to)


def say_greed(connection: Connection, market: Market, after: datetime, to: datetime) -> None:
    """Store the Fear & Greed of each day from one moment to the next."""
    for day in range(int(after.timestamp() * 1000) // DAY, int(to.timestamp() * 1000) // DAY + 1):
        row = {
            "value": str(market_greed(market, day)),
            "timestamp": str(day * DAY // 1000),
            "value_classification": "of the day",
        }
        reading = reading_of({"data": [row]})
        write_readings(connection, [reading], seen_at=reading.as_of)


def store_symbols(connection: Connection, market: Market) -> None:
    """Store the pairs of the market."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    about = {
        "quote": "USDT",
        "status": "Trading",
        "lot_size": 0.01,
        "min_order_amount": 1,
        "kind": "",
        "special_treatment": False,
    }
    rows = [
        {
            "symbol": symbol,
            "base": symbol.removesuffix("USDT"),
            "tick_size": 10.0 ** -market.spec(symbol).price_decimals,
            "first_seen_at": begin,
            "last_seen_at": begin,
            **about,
        }
        for symbol in market.symbols
    ]
    connection.execute(insert(tables.symbol), rows)


def store_candles(
    connection: Connection,
    market: Market,
    timeframe: Timeframe,
    after: datetime,
    to: datetime,
    symbols: Sequence[str] | None = None,
) -> None:
    """Store the candles of some pairs, of all by default, that closed after one moment and by another."""
    last = timeframe.floor(to) - timeframe.span
    first = timeframe.floor(after)
    if last < first:
        return
    begin, end = (int(moment.timestamp() * 1000) for moment in (first, last))
    for symbol in market.symbols if symbols is None else symbols:
        spec = market.spec(symbol)
        opened, candles = market.candles(symbol, TIMEFRAMES[INTERVALS[timeframe]], begin, end, end + timeframe.milliseconds)
        candles = candles[:, : (end - opened) // timeframe.milliseconds + 1]
        scale = [spec.price_decimals] * 4 + [spec.volume_decimals, spec.turnover_decimals]
        values = [column / 10.0**decimals for column, decimals in zip(candles.astype(float), scale, strict=True)]
        closed = ClosedCandles(
            timeframe,
            end + timeframe.milliseconds,
            (symbol,) * candles.shape[1],
            opened + timeframe.milliseconds * np.arange(candles.shape[1], dtype=np.int64),
            *values,
        )
        write_candles(connection, closed, Source.REST)


def _read(connection: Connection, begin: datetime, end: datetime) -> Week:
    score, signal, rejection, gate = tables.score.c, tables.signal.c, tables.rejection.c, tables.regime_change.c
    closes = [begin + Timeframe.M15.span * number for number in range(1, int((end - begin) / Timeframe.M15.span) + 1)]
    columns = {close: number for number, close in enumerate(closes)}
    scores = {symbol: np.full(len(closes), np.nan) for symbol in SHOWN}
    for symbol, close, value in connection.execute(select(score.symbol, score.close_time, score.score)):
        if symbol in scores and close in columns and value is not None:
            scores[symbol][columns[close]] = value
    rejected: dict[datetime, Counter[str]] = {}
    for close, code in connection.execute(select(rejection.close_time, rejection.code).where(rejection.close_time > begin)):
        day = (close - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        rejected.setdefault(day, Counter())[code] += 1
    found = select(signal.symbol, signal.close_time, signal.direction).where(signal.close_time > begin)
    gates = select(gate.close_time, gate.regime).order_by(gate.close_time)
    return Week(
        closes=closes,
        scores=scores,
        gates=[(close, regime) for close, regime in connection.execute(gates)],
        signals=[
            (symbol, close, side) for symbol, close, side in connection.execute(found.order_by(signal.close_time, signal.symbol))
        ],
        rejections=dict(sorted(rejected.items())),
    )


_COLORS = ("#4c9be8", "#f5a742", "#b77cf0", "#26a69a", "#ef5350")
_GATES = {1: "#26a69a", -1: "#ef5350", 0: "#8b93a5"}
_GATE_NAMES = {1: "gate: longs", -1: "gate: shorts", 0: "gate: closed"}


def draw(week: Week, file: Path) -> None:
    """Draw a week into a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 2))
    _draw_scores(upper, week)
    _draw_rejections(lower, week)
    figure.savefig(file, dpi=100, metadata={"Software": None})


def _draw_scores(axes: "Axes", week: Week) -> None:
    ends = [*(close for close, _ in week.gates[1:]), week.closes[-1]]
    named: set[int] = set()
    for (close, regime), end in zip(week.gates, ends, strict=True):
        label = None if regime in named else _GATE_NAMES[regime]
        named.add(regime)
        axes.axvspan(max(close, week.closes[0]), end, color=_GATES[regime], alpha=0.12, linewidth=0, label=label)  # type: ignore[arg-type]
    for level, style in ((70, ":"), (50, "-"), (30, ":")):
        axes.axhline(level, color="#8b93a5", linestyle=style, linewidth=0.8)
    for color, (symbol, scores) in zip(_COLORS, week.scores.items(), strict=True):
        axes.plot(week.closes, scores, color=color, linewidth=1.1, label=symbol)  # type: ignore[arg-type]
        mine = [(close, side) for name, close, side in week.signals if name == symbol]
        for close, side in mine:
            marker = "^" if side == "LONG" else "v"
            axes.plot(close, scores[week.closes.index(close)], marker, color=color, markersize=9, markeredgecolor="black")  # type: ignore[arg-type]
    others = [close for name, close, _ in week.signals if name not in week.scores]
    axes.plot(others, [2] * len(others), "|", color="black", markersize=10, label="signals of other coins")  # type: ignore[arg-type]
    axes.set(
        ylim=(0, 100),
        xlim=(week.closes[0], week.closes[-1]),
        ylabel="score",
        title=f"One week of the simulated market: {len(week.signals)} signals",
    )
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)


def _draw_rejections(axes: "Axes", week: Week) -> None:
    total: Counter[str] = sum(week.rejections.values(), Counter())
    days = list(week.rejections)
    below = np.zeros(len(days))
    for code, count in total.most_common():
        heights = np.array([week.rejections[day][code] for day in days])
        axes.bar([f"{day:%d %b}" for day in days], heights, bottom=below, label=f"{code} ({count})")
        below = below + heights
    axes.set(ylabel="setups", title=f"{sum(total.values())} setups rejected, by the first check that failed")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)


def main() -> None:
    """Run the week, draw it, and print it in figures."""
    from db.connect import engine_for
    from tests.bench.ground import postgres

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--end", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC), default=END)
    options = parser.parse_args()
    with postgres() as url:
        engine = engine_for(url, application="week")
        week = run_week(engine, end=options.end)
        engine.dispose()
    draw(week, options.file)
    print(json.dumps(week.summary()))


if __name__ == "__main__":
    main()
