"""A backtest over the desk's own database: run, with its progress, and kept with all that it can be told by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Engine

from functions.backtest import store
from functions.backtest.figures import headline
from functions.backtest.history import MarketHistory
from functions.backtest.result import BacktestResult
from functions.backtest.rules import BacktestRules
from functions.backtest.run.backtest import backtest
from functions.backtest.run.reporting import Question, keys_of, settings_of
from functions.backtest.sources.database import history_of_database, readings_of_database, stored_span
from functions.backtest.span import check_fit, span_of
from functions.clock import wall_now
from functions.errors import RetryLater
from functions.factors.history import ReadingColumns
from functions.market.candles.timeframe import Timeframe

ONE_AT_A_TIME = Lock()  # a run takes half a gigabyte for its seconds
TOLD_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """What is asked of the database's candles; a day that is not given is the first or the last there is."""

    rules: BacktestRules
    trades: str
    symbols: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    sweeps: bool = False


def run_stored(engine: Engine, asked: StoredQuestion, now: datetime) -> int:
    """Run a backtest and keep it; one of the same data, code and settings that is done is not run again.

    Raises:
        InputRejected: the candles, the span or a symbol is not fit; nothing is kept.
        RetryLater: another one is running.
    """
    if not ONE_AT_A_TIME.acquire(blocking=False):
        raise RetryLater("backtest_running", "another backtest is running; ask again when it is done", retry_after=10)
    try:
        history, readings, question = read_question(engine, asked, now)
        keys = keys_of(history, readings, question)
        with engine.connect() as connection:
            done = store.find_done(connection, keys)
        return done if done is not None else _run(engine, history, readings, question, keys)
    finally:
        ONE_AT_A_TIME.release()


def read_question(
    engine: Engine, asked: StoredQuestion, now: datetime
) -> tuple[MarketHistory, Sequence[ReadingColumns], Question]:
    """Read the candles and readings that a question is about, and check that they are fit.

    Raises:
        InputRejected: they are not.
    """
    gate = asked.rules.score.setups.gate_symbol
    with engine.connect() as connection:
        first, last = stored_span(connection, now)
        day = Timeframe.D1.span
        since = asked.since or Timeframe.D1.floor(first + day - timedelta(milliseconds=1))
        until = asked.until or Timeframe.D1.floor(last)
        history = history_of_database(connection, asked.symbols, gate, since, max(until, since + day))
        span, notes = span_of(history, asked.since, asked.until, now)
        notes += check_fit(history, span, gate, uneven=True)  # a coin that was listed later is no fault of the data
        readings = readings_of_database(connection, history.symbols, span.since, span.until)
    return history, readings, Question(span, asked.rules, trades=asked.trades, sweeps=asked.sweeps, notes=tuple(notes))


def keep_run(engine: Engine, result: BacktestResult, question: Question, now: datetime) -> int:
    """Keep a run over other candles than the database's; one of the same data, code and settings is replaced by it."""
    keys = {name: getattr(result.hashes, name) for name in ("data", "code", "settings")}
    with engine.begin() as connection:
        number = store.begin_run(connection, _columns(keys, question), now)
        store.finish_run(connection, number, result, headline(result), now)
    return number


def _columns(keys: Mapping[str, str], question: Question) -> dict[str, Any]:
    """Return what is known of a run before it is run, by its columns."""
    return {
        **{f"{name}_hash": value for name, value in keys.items()},
        "rules": question.trades,
        "since": question.span.since,
        "until": question.span.until,
        "settings": dict(settings_of(question)),
    }


def _run(
    engine: Engine, history: MarketHistory, readings: Sequence[ReadingColumns], question: Question, keys: Mapping[str, str]
) -> int:
    with engine.begin() as connection:
        number = store.begin_run(connection, _columns(keys, question), wall_now())
    told_at = wall_now()

    def tell(step: str, done: int, of: int) -> None:
        nonlocal told_at
        if done == of or wall_now() - told_at >= TOLD_EVERY:
            told_at = wall_now()
            with engine.begin() as connection:
                store.note_progress(connection, number, step, done, of)

    try:
        result = backtest(history, readings, question, tell)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        with engine.begin() as connection:
            store.fail_run(connection, number, f"{type(error).__name__}: {error}", wall_now())
        raise
    with engine.begin() as connection:
        store.finish_run(connection, number, result, headline(result), wall_now())
    return number
