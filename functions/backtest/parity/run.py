"""One look at parity: the desk's window run again from the database, compared, each difference explained, all of it stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from functions.backtest.hashes import hash_data, hash_settings, plain_json
from functions.backtest.history import MarketHistory, check_gate_history
from functions.backtest.parity import store
from functions.backtest.parity.again import earned_before, trades_again, window_since
from functions.backtest.parity.answers import Parity, ParityLine, ParityRan
from functions.backtest.parity.causes import KINDS, Cause, cause_of
from functions.backtest.parity.compare import Comparison, Difference, compare
from functions.backtest.parity.trades import ComparedTrade, held_at
from functions.backtest.rules import BacktestRules
from functions.backtest.run.reporting import code_hash
from functions.backtest.run.stored import ONE_AT_A_TIME
from functions.backtest.sources.database import history_of_database, readings_of_database
from functions.errors import InputRejected, RetryLater
from functions.factors.history import ReadingColumns
from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import DESK
from functions.paper.report import OpenedAccount
from functions.paper.store.reports import opened_accounts

WINDOW = timedelta(days=28)
ERAS = 4  # earlier rules of a window that are tried, the newest
_RULES = TypeAdapter(BacktestRules)


@dataclass(frozen=True, slots=True)
class _Window:
    """What is compared.

    Args:
        since, until: the first close that counts, and the first that does not any more.
        paper: the desk's trades of it.
        history, readings: what the market was, and what sources said.
        rules: those of tonight; `start` is what the desk had at the beginning.
    """

    account: OpenedAccount
    since: datetime
    until: datetime
    paper: Sequence[ComparedTrade]
    history: MarketHistory
    readings: Sequence[ReadingColumns]
    rules: BacktestRules

    def compared(self, rules: BacktestRules) -> tuple[Comparison, list[ComparedTrade]]:
        """Return what differs by some rules, and the trades that they make."""
        trades = trades_again(self.history, self.readings, (self.since, self.until), rules)
        return compare(self.paper, trades), trades


def run_parity(
    engine: Engine, rules: BacktestRules, as_of: datetime, until: datetime | None = None, *, anew: bool = False
) -> ParityRan:
    """Compare the desk with the backtest up to a moment, once; asked again it gives what was found, unless `anew`.

    Args:
        engine: connections to the database.
        rules: of the desk.
        as_of: now.
        until: a close of 15m where the window ends; the last midnight UTC without it.
        anew: look again.

    Raises:
        InputRejected: `until` is no close that is over.
        RetryLater: a backtest is running.
    """
    end = Timeframe.D1.floor(as_of) if until is None else until
    if end != Timeframe.M15.floor(end) or end > as_of:
        raise InputRejected("wrong_span", f"expected the end of a 15m candle that is closed, got {end.isoformat()}")
    with engine.connect() as connection:
        known = store.find_parity(connection, DESK.name, end)
    if known is not None and not anew:
        return ParityRan(ran=False, parity=Parity.of(known))
    if not ONE_AT_A_TIME.acquire(blocking=False):
        raise RetryLater("backtest_running", "a backtest is running; ask again when it is done", retry_after=10)
    try:
        return _run(engine, rules, end, as_of)
    finally:
        ONE_AT_A_TIME.release()


def note_rules(engine: Engine, rules: BacktestRules, at: datetime) -> None:
    """Note what the desk is ruled by from a moment on, if that is new: a later parity asks what it was."""
    document = rules_document(rules)
    with engine.begin() as connection:
        store.note_rules(connection, hash_settings(document), document, at)


def rules_document(rules: BacktestRules) -> dict[str, Any]:
    """Return every number of the rules as JSON has them."""
    document: dict[str, Any] = plain_json(replace(rules, admission=rules.limits))
    return document


def newest_line(connection: Connection, as_of: datetime) -> ParityLine | None:
    """Return the one number that was found last; None before the first night."""
    found = store.parities(connection, as_of, limit=1)
    return ParityLine.of(found[0]) if found else None


def _run(engine: Engine, rules: BacktestRules, until: datetime, as_of: datetime) -> ParityRan:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        try:
            window = _read(connection, rules, until)
        except InputRejected as error:
            return ParityRan(ran=False, parity=None, why=error.detail)
        if window is None:
            return ParityRan(ran=False, parity=None, why="the desk had not traded before this window's end")
        comparison, trades = window.compared(window.rules)
        explained = _explained(connection, window, comparison, trades)
    row = {
        "account": DESK.name,
        "since": window.since,
        "until": until,
        "paper_trades": len(window.paper),
        "backtest_trades": len(trades),
        "trades": comparison.trades,
        "matched": len(comparison.matched),
        "entry_gap": comparison.entry_gap,
        "data_hash": hash_data((window.history.finest, window.history.days), window.readings),
        "code_hash": code_hash(),
        "settings_hash": hash_settings(rules_document(rules)),
        "ran_at": as_of,
    }
    with engine.begin() as connection:
        store.write_parity(connection, row, [_row(difference, cause) for difference, cause in explained])
        written = store.find_parity(connection, DESK.name, until)
    return ParityRan(ran=True, parity=None if written is None else Parity.of(written))


def _read(connection: Connection, rules: BacktestRules, until: datetime) -> _Window | None:
    """Read the desk's window; None when it had not traded by its end.

    Raises:
        InputRejected: there are no candles, or too few days of the gate.
    """
    account = next((one for one in opened_accounts(connection, until) if one.name == DESK.name), None)
    first = store.first_candle(connection, until - WINDOW, until)
    if account is None or first is None:
        return None
    everything = store.desk_trades(connection, account.id, until)
    since = window_since(account.opened_at, first, everything)
    if since >= until:
        return None
    history = history_of_database(connection, (), rules.score.setups.gate_symbol, since, until)
    check_gate_history(history, rules.score.setups.gate_symbol, since)
    return _Window(
        account=account,
        since=since,
        until=until,
        paper=[trade for trade in everything if since <= trade.key.said_at < until],
        history=history,
        readings=readings_of_database(connection, history.symbols, since, until),
        rules=replace(rules, start=earned_before(account.start, everything, since)),
    )


def _explained(
    connection: Connection, window: _Window, comparison: Comparison, trades: Sequence[ComparedTrade]
) -> list[tuple[Difference, Cause]]:
    """Return every difference with its cause."""
    if not comparison.differences:
        return []
    eras = _eras(connection, window)
    gate, explained = window.rules.score.setups.gate_symbol, []
    for difference in comparison.differences:
        said_at = difference.key.said_at
        evidence = store.evidence_of(connection, difference, window.account.id, gate, window.until)
        era = _era_at(eras, said_at)
        others = held_at(window.paper, said_at) != held_at(trades, said_at) or _booked(window.paper, said_at) != _booked(
            trades, said_at
        )
        evidence = replace(
            evidence, settings=era is not None and era.aspect_of(difference.key) is not difference.aspect, others_held=others
        )
        explained.append((difference, cause_of(difference, evidence)))
    return explained


def _eras(connection: Connection, window: _Window) -> list[tuple[datetime, Comparison | None]]:
    """Return since when the desk had other rules than tonight's, each with the comparison by them; None for tonight's."""
    tonight = hash_settings(rules_document(window.rules))
    noted = store.noted_rules(connection, window.until)
    compared: dict[str, Comparison] = {}
    eras: list[tuple[datetime, Comparison | None]] = []
    for noted_at, _, document in noted:
        rules = replace(_RULES.validate_python(document), start=window.rules.start)
        name = hash_settings(rules_document(rules))
        if name == tonight:
            eras.append((noted_at, None))
            continue
        if name not in compared and len(compared) < ERAS:
            compared[name] = window.compared(rules)[0]
        eras.append((noted_at, compared.get(name)))
    return eras


def _era_at(eras: Sequence[tuple[datetime, Comparison | None]], said_at: datetime) -> Comparison | None:
    """Return the comparison by the rules of a moment, of one before the first note by the first; None by tonight's."""
    before = [comparison for noted_at, comparison in eras if noted_at <= said_at]
    return before[-1] if before else eras[0][1] if eras else None


def _booked(trades: Sequence[ComparedTrade], moment: datetime) -> object:
    """Return what trades had booked by a moment: the quantities that come after it follow from it."""
    fills = [fill for trade in trades for fill in (trade.entry, *trade.exits) if fill.at < moment]
    return sum(round(fill.profit - fill.fee, 6) for fill in fills)


def _row(difference: Difference, cause: Cause) -> Mapping[str, Any]:
    key = difference.key
    return {
        "symbol": key.symbol,
        "timeframe": key.timeframe.value,
        "side": key.side.value,
        "close_time": key.said_at,
        "aspect": difference.aspect.value,
        "kind": KINDS[cause].value,
        "cause": cause.value,
        "paper": plain_json(difference.paper),
        "again": plain_json(difference.again),
    }
