"""What the command asks for: read the candles, run the backtest, answer with its figures, write the report."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from functions.backtest.engine.dip_options import dip_rules
from functions.backtest.figures import headline, headline_intervals, in_r
from functions.backtest.hashes import plain_json
from functions.backtest.history import MarketHistory
from functions.backtest.result import CORE, DIPS, BacktestResult
from functions.backtest.rules import BacktestRules
from functions.backtest.run.backtest import backtest
from functions.backtest.run.reporting import Question
from functions.backtest.run.stored import StoredQuestion, keep_run, run_stored
from functions.backtest.slices import slices_of
from functions.backtest.sources.fear_greed import fear_greed_readings
from functions.backtest.sources.folder import history_of_dips, history_of_folder
from functions.backtest.sources.panel import history_of_panel
from functions.backtest.span import check_fit, span_of
from functions.backtest.store import find_run
from functions.clock import wall_now
from functions.errors import InputRejected
from functions.factors.history import ReadingColumns
from functions.pairs import read_symbol
from functions.scoring.rules import FactorWeights
from functions.settings import Settings
from functions.settings.weights import read_weights

DATABASE = "db"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for on the command line; an empty text is the default."""

    data: str
    since: datetime | None = None
    until: datetime | None = None
    symbols: str = ""
    weights: str = ""
    daily: Path | None = None
    fear_greed: Path | None = None
    trades: str = "signals"
    dips: str = ""
    panel: Path | None = None
    sweeps: bool = False
    uneven: bool = False
    store: bool = False


def run_command(asked: Asked, report: Path | None = None) -> dict[str, Any]:
    """Run what is asked for and return its figures; write the report if one is named.

    Raises:
        InputRejected, NotFound: the candles, the span, a symbol or a setting is not fit; nothing is stored.
    """
    if asked.data == DATABASE:
        return _stored(asked)
    rules = rules_asked(asked, BacktestRules())
    with progress_bars() as progress:
        reading = progress.add_task("read candles", total=None)
        history, readings = read_asked(asked, rules)
        progress.update(reading, total=1, completed=1)
        span, notes = span_of(history, asked.since, asked.until, wall_now())
        notes += check_fit(history, span, rules.score.setups.gate_symbol, uneven=asked.uneven)
        question = Question(span, rules, trades=asked.trades, sweeps=asked.sweeps, notes=tuple(notes))
        result = backtest(history, readings, question, told_on(progress))
    if report:
        from functions.backtest.report.page import page  # with it come plotly and jinja, half a second

        report.write_text(page(result), encoding="utf-8")
    document = document_of(result)
    if asked.store:
        with _desk_database() as (_, engine):
            document["run"] = keep_run(engine, result, question, wall_now())
    return document


def document_of(result: BacktestResult) -> dict[str, Any]:
    """Return the figures of a run as one document."""
    return {
        **headline(result),
        "intervals": headline_intervals(result),
        "from": result.since.isoformat(),
        "to": result.until.isoformat(),
        "rules": result.rules,
        "in_r": in_r(result.desk),
        "exits": dict(Counter(trade.reason.value for trade in result.desk.closed if trade.reason)),
        "slices": plain_json(slices_of(result.desk.closed)),
        "setups": result.setups,
        "rejections": dict(result.rejections),
        "refusals": dict(result.desk.refusals),
        "symbols": len(result.data.symbols),
        "candles": result.data.candles,
        "gaps": dict(result.data.gaps),
        "notes": list(result.data.notes),
        "hashes": {name: getattr(result.hashes, name) for name in ("data", "code", "settings", "result")},
    }


def progress_bars() -> Progress:
    """Return bars for a person at a terminal; they vanish when they are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def told_on(progress: Progress) -> Callable[[str, int, int], None]:
    """Return what moves a bar of its own for each step it is told of."""
    tasks: dict[str, TaskID] = {}

    def told(step: str, done: int, of: int) -> None:
        if step not in tasks:
            tasks[step] = progress.add_task(step, total=of)
        progress.update(tasks[step], completed=done, total=of)

    return told


def _stored(asked: Asked) -> dict[str, Any]:
    """Run a backtest over the desk's own database, by its settings, and return what was kept of it."""
    from functions.backtest.run.settings import rules_of

    with _desk_database() as (settings, engine):
        question = StoredQuestion(
            rules=rules_asked(asked, rules_of(settings)),
            trades=asked.trades,
            symbols=symbols_of(asked.symbols),
            since=asked.since,
            until=asked.until,
            sweeps=asked.sweeps,
        )
        number = run_stored(engine, question, wall_now())
        with engine.connect() as connection:
            row = find_run(connection, number) or {}
    hashes = {name: row[f"{name}_hash"] for name in ("data", "code", "settings", "result")}
    span = {"from": row["since"].isoformat(), "to": row["until"].isoformat()}
    return {**row["figures"], "run": number, "rules": row["rules"], **span, "hashes": hashes}


@contextmanager
def _desk_database() -> Iterator[tuple[Settings, Engine]]:
    """Connect to the desk's own database, and give its settings."""
    from db.connect import engine_for

    settings = Settings.load()
    engine = engine_for(settings.database("functions"), application="backtest", pool_size=4)
    try:
        yield settings, engine
    finally:
        engine.dispose()


def rules_asked(asked: Asked, rules: BacktestRules) -> BacktestRules:
    """Return the rules with what is asked for in their place."""
    if asked.trades in (DIPS, CORE):
        return dip_rules(asked.dips, rules)
    if asked.dips or asked.panel:
        raise InputRejected("wrong_option", "expected --dips and --panel with --rules dips or core alone")
    if not asked.weights:
        return rules
    try:
        weights = FactorWeights(**read_weights(asked.weights))
    except ValueError as error:
        raise InputRejected("wrong_weights", str(error)) from error
    return replace(rules, score=replace(rules.score, weights=weights))


def read_asked(asked: Asked, rules: BacktestRules) -> tuple[MarketHistory, Sequence[ReadingColumns]]:
    """Read the candles, and the readings of the factors that candles do not give."""
    folder = Path(asked.data)
    if not folder.is_dir():
        raise InputRejected("no_folder", f"expected a folder of parquet files or db, {asked.data} is neither")
    until = asked.until or datetime.fromtimestamp(wall_now().timestamp(), UTC)
    if asked.panel:
        return history_of_panel(folder, asked.panel, until), []
    if asked.trades in (DIPS, CORE):
        return history_of_dips(folder, symbols_of(asked.symbols), rules.dips.gate_symbol, until, asked.daily), []
    history = history_of_folder(folder, symbols_of(asked.symbols), rules.score.setups.gate_symbol, until, asked.daily)
    readings = [fear_greed_readings(asked.fear_greed, len(history.symbols))] if asked.fear_greed else []
    return history, readings


def symbols_of(text: str) -> list[str]:
    """Read the names of pairs, separated by commas.

    Raises:
        InputRejected: one of them cannot be a pair.
    """
    symbols = []
    for name in (part.strip() for part in text.split(",") if part.strip()):
        symbol = read_symbol(name)
        if symbol is None:
            raise InputRejected("unknown_symbol", f"expected names of pairs like BTCUSDT,ETHUSDT, got {name!r}")
        symbols.append(symbol)
    return symbols
