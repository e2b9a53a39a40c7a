"""The SQL of scans: which candles arrived, the states of higher timeframes, and writing states and signals."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import candle, gap, processed_close, signal, technical_state
from functions.market.candles.gaps import Run, missing_runs
from functions.market.candles.timeframe import Timeframe
from functions.market.store import stored_runs
from functions.technical.closes.due import Hole, Mark
from functions.technical.engine.quality import Problem
from functions.technical.setups.rules import VERSION
from functions.technical.setups.setup import Setup
from functions.technical.setups.signal_json import signal_json
from functions.technical.setups.state_row import StandingRow, StateRow

FUNCTION = "technical"
LOCK = 0x54454348  # any constant: one scan at a time
EVERYONE = ""  # the symbol of the mark that holds for all symbols without one of their own


def lock_scans(connection: Connection) -> None:
    """Wait until no other scan runs; held until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def newest_close(connection: Connection, timeframe: Timeframe, as_of: datetime) -> datetime | None:
    """Return the newest close at `as_of` of which any candle is stored; None without one."""
    newest = connection.scalar(
        select(candle.c.open_time)
        .where(candle.c.timeframe == timeframe.value, candle.c.open_time <= timeframe.last_closed(as_of))
        .order_by(candle.c.open_time.desc())
        .limit(1)
    )
    return None if newest is None else newest + timeframe.span


def symbols_with_candles(
    connection: Connection, timeframe: Timeframe, first: datetime, last: datetime, among: Sequence[str] | None = None
) -> dict[datetime, frozenset[str]]:
    """Return which symbols have a candle at each close from `first` to `last`, by close time; only those of `among`, if given."""
    within = candle.c.open_time.between(first - timeframe.span, last - timeframe.span)
    wanted = select(candle.c.open_time, func.string_agg(candle.c.symbol, ",")).where(
        candle.c.timeframe == timeframe.value, within
    )
    if among is not None:
        wanted = wanted.where(candle.c.symbol.in_(list(among)))
    rows = connection.execute(wanted.group_by(candle.c.open_time))
    return {open_time + timeframe.span: frozenset(symbols.split(",")) for open_time, symbols in rows}


def missing_candles(connection: Connection, timeframe: Timeframe, oldest: datetime) -> list[Hole]:
    """Return the missing candles that opened at `oldest` or later and that a repair still tries to fill.

    A row of the ledger stays open until its last candle has come: candles of it that are stored are no hole. Of a row that begins
    before `oldest`, the part before it counts as missing.
    """
    rows = connection.execute(
        select(gap.c.symbol, gap.c.first_open_time, gap.c.last_open_time).where(
            gap.c.timeframe == timeframe.value, gap.c.closed_at.is_(None), gap.c.last_open_time >= oldest
        )
    )
    gaps = [Run(symbol, timeframe, first, last) for symbol, first, last in rows]
    if not gaps:
        return []
    first, last = max(oldest, min(run.first for run in gaps)), max(run.last for run in gaps)
    stored: defaultdict[str, list[Run]] = defaultdict(list)
    for run in stored_runs(connection, timeframe, sorted({run.symbol for run in gaps}), first, last):
        stored[run.symbol].append(run)
    return [Hole(run.symbol, run.first, run.last) for wanted in gaps for run in missing_runs(wanted, stored[wanted.symbol])]


def symbols_with_states(
    connection: Connection, timeframe: Timeframe, first: datetime, last: datetime, among: Sequence[str] | None = None
) -> dict[datetime, frozenset[str]]:
    """Return which symbols have a state at each close from `first` to `last`, by close time; only those of `among`, if given."""
    column = technical_state.c
    wanted = select(column.close_time, func.string_agg(column.symbol, ",")).where(
        column.timeframe == timeframe.value, column.version == VERSION, column.close_time.between(first, last)
    )
    if among is not None:
        wanted = wanted.where(column.symbol.in_(list(among)))
    rows = connection.execute(wanted.group_by(column.close_time))
    return {close_time: frozenset(symbols.split(",")) for close_time, symbols in rows}


def read_mark(connection: Connection, timeframe: Timeframe) -> Mark:
    """Return how far a timeframe is scanned."""
    column = processed_close.c
    rows = connection.execute(
        select(column.symbol, column.close_time, column.horizon).where(
            column.function == FUNCTION, column.timeframe == timeframe.value, column.version == VERSION
        )
    ).all()
    everyone = next((row for row in rows if row.symbol == EVERYONE), None)
    if everyone is None:
        return Mark()
    return Mark(everyone.close_time, {row.symbol: row.close_time for row in rows if row.symbol != EVERYONE}, everyone.horizon)


def write_mark(connection: Connection, timeframe: Timeframe, mark: Mark, at: datetime) -> None:
    """Remember how far a timeframe is scanned."""
    about = {"function": FUNCTION, "timeframe": timeframe.value, "version": VERSION}
    rows = [
        {**about, "symbol": symbol, "close_time": close, "horizon": mark.horizon, "processed_at": at}
        for symbol, close in ((EVERYONE, mark.up_to), *mark.behind.items())
    ]
    column = processed_close.c
    here = (column.function == FUNCTION) & (column.timeframe == timeframe.value) & (column.version == VERSION)
    connection.execute(delete(processed_close).where(here, column.symbol.not_in([EVERYONE, *mark.behind])))
    row = insert(processed_close)
    changed = {name: row.excluded[name] for name in ("close_time", "horizon", "processed_at")}
    connection.execute(
        row.on_conflict_do_update(index_elements=["function", "timeframe", "version", "symbol"], set_=changed), rows
    )


def corrected_since(
    connection: Connection, timeframe: Timeframe, horizon: int, oldest: datetime
) -> tuple[int, dict[str, datetime]]:
    """Return the oldest candle of each symbol that was corrected since a scan saw them all up to `horizon`, and the next horizon.

    Args:
        connection: in the scan's transaction.
        timeframe: of the candles.
        horizon: as the scan before left it. A database that came back from a backup counts its transactions anew: its own
            horizon holds then.
        oldest: open time before which nobody reads a candle.
    """
    rows = connection.execute(
        text("""
            WITH seen AS (SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS horizon)
            SELECT seen.horizon, r.symbol, min(r.open_time) AS first
            FROM seen LEFT JOIN candle_revision r
              ON r.timeframe = :timeframe AND r.transaction >= least(:horizon, seen.horizon) AND r.open_time >= :oldest
            GROUP BY seen.horizon, r.symbol
        """),
        {"timeframe": timeframe.value, "horizon": horizon, "oldest": oldest},
    ).all()
    return rows[0].horizon, {row.symbol: row.first + timeframe.span for row in rows if row.symbol is not None}


_STANDING = text("""
    SELECT newest.* FROM unnest(CAST(:symbols AS text[])) AS wanted (symbol)
    CROSS JOIN LATERAL (
        SELECT symbol, close_time, problem, trend, strength, atr, regime FROM technical_state AS s
        WHERE s.symbol = wanted.symbol AND s.timeframe = :timeframe AND s.version = :version AND s.close_time <= :first
          AND s.problem <> :missing
        ORDER BY s.close_time DESC LIMIT 1) AS newest
    UNION ALL
    SELECT symbol, close_time, problem, trend, strength, atr, regime FROM technical_state
    WHERE symbol = ANY(:symbols) AND timeframe = :timeframe AND version = :version AND close_time > :first AND close_time <= :last
""")


def standing_rows(
    connection: Connection, timeframe: Timeframe, symbols: Sequence[str], first: datetime, last: datetime
) -> list[StandingRow]:
    """Return the states of a higher timeframe from the newest usable one at `first`, however old, to `last`."""
    about = {"symbols": list(symbols), "timeframe": timeframe.value, "version": VERSION, "missing": Problem.MISSING.value}
    return [StandingRow(*row) for row in connection.execute(_STANDING, {**about, "first": first, "last": last})]


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state as it is stored; `document` is there for a setup."""

    symbol: str
    timeframe: Timeframe
    close_time: datetime
    direction: str
    reasons: list[dict[str, Any]]
    document: dict[str, Any] | None


def newest_states(connection: Connection, name: str, as_of: datetime) -> list[StoredState]:
    """Return a symbol's newest state of each timeframe that stands on a close at or before `as_of`, the shortest first."""
    rows = connection.execute(
        text("""
            SELECT t.timeframe, newest.*
            FROM unnest(CAST(:timeframes AS text[])) WITH ORDINALITY AS t (timeframe, place)
            CROSS JOIN LATERAL (
                SELECT close_time, direction, code, params, reason, state FROM technical_state AS s
                WHERE s.symbol = :symbol AND s.timeframe = t.timeframe AND s.version = :version AND s.close_time <= :at
                ORDER BY s.close_time DESC LIMIT 1) AS newest
            ORDER BY place
        """),
        {"symbol": name, "version": VERSION, "at": as_of, "timeframes": [timeframe.value for timeframe in Timeframe]},
    )
    return [
        StoredState(
            symbol=name,
            timeframe=Timeframe(row.timeframe),
            close_time=row.close_time,
            direction=row.direction,
            reasons=(row.state or {}).get("reasons") or [{"code": row.code, "params": row.params, "text": row.reason}],
            document=row.state,
        )
        for row in rows
    ]


def live_signal(connection: Connection, name: str, as_of: datetime) -> dict[str, Any] | None:
    """Return a symbol's newest signal that was known and not expired at `as_of`, as its document; None without one."""
    columns = signal.c
    row = connection.execute(
        select(signal)
        .where(columns.symbol == name, columns.close_time <= as_of, columns.created_at <= as_of, columns.expires_at > as_of)
        .order_by(columns.close_time.desc(), columns.timeframe)
        .limit(1)
    )
    newest = row.mappings().first()
    return None if newest is None else signal_json(newest["id"], dict(newest))


def tick_sizes(connection: Connection, symbols: Iterable[str]) -> dict[str, Decimal]:
    """Return the tick size of each symbol that is known."""
    rows = connection.execute(
        text("SELECT symbol, tick_size FROM symbol WHERE symbol = ANY(CAST(:symbols AS text[]))"), {"symbols": list(symbols)}
    )
    return {row.symbol: row.tick_size for row in rows}


_WRITE_STATES = text("""
    INSERT INTO technical_state (symbol, timeframe, close_time, version, direction, reason, code, params, failed, problem, trend,
                                 strength, regime, close, atr, ema50, ema200, state)
    SELECT symbol, :timeframe, :close_time, :version, direction, reason, code, params, failed, problem, trend,
           strength, regime, close, atr, ema50, ema200, state
    FROM json_to_recordset(CAST(:rows AS json)) AS row (
        symbol text, direction text, reason text, code text, params jsonb, failed int, problem smallint, trend smallint,
        strength float8, regime smallint, close float8, atr float8, ema50 float8, ema200 float8, state jsonb)
    ON CONFLICT (symbol, timeframe, close_time, version) DO UPDATE SET
        direction = excluded.direction, reason = excluded.reason, code = excluded.code, params = excluded.params,
        failed = excluded.failed, problem = excluded.problem, trend = excluded.trend, strength = excluded.strength,
        regime = excluded.regime, close = excluded.close, atr = excluded.atr, ema50 = excluded.ema50, ema200 = excluded.ema200,
        state = excluded.state
""")


def write_states(connection: Connection, states: Sequence[StateRow]) -> None:
    """Write the states of one close; what is there already stood on a candle that was corrected since, and is replaced."""
    rows = [
        {
            "symbol": state.symbol,
            "direction": state.direction,
            "reason": state.reason.text,
            "code": state.reason.code.value,
            "params": state.reason.as_json()["params"],
            "failed": state.failed,
            "problem": state.problem,
            "trend": state.trend,
            "strength": state.strength,
            "regime": state.regime,
            "close": state.close,
            "atr": state.atr,
            "ema50": state.ema50,
            "ema200": state.ema200,
            "state": state.document,
        }
        for state in states
    ]
    about = {"timeframe": states[0].timeframe.value, "close_time": states[0].close_time, "version": VERSION}
    connection.execute(_WRITE_STATES, {**about, "rows": orjson.dumps(rows).decode()})


_WRITE_SETUPS = text("""
    INSERT INTO setup (symbol, timeframe, close_time, version, direction, entry, stop, targets, risk_reward, cost, range_ratio,
                       reasons, created_at, expires_at)
    SELECT symbol, timeframe, close_time, :version, direction, entry, stop, CAST(targets AS numeric[]), risk_reward, cost,
           range_ratio, reasons, created_at, expires_at
    FROM json_to_recordset(CAST(:rows AS json)) AS row (
        symbol text, timeframe text, close_time timestamptz, direction text, entry numeric, stop numeric, targets text,
        risk_reward float8, cost float8, range_ratio float8, reasons jsonb, created_at timestamptz, expires_at timestamptz)
    ON CONFLICT DO NOTHING
""")


def write_setups(connection: Connection, setups: Sequence[Setup]) -> None:
    """Write the setups of one close; one that is there already was judged as it was, whatever was corrected since."""
    if not setups:
        return
    rows = [
        {
            "symbol": one.symbol,
            "timeframe": one.timeframe.value,
            "close_time": one.close_time,
            "direction": one.direction.value,
            "entry": f"{one.plan.entry:f}",
            "stop": f"{one.plan.stop:f}",
            "targets": "{" + ",".join(f"{target:f}" for target in one.plan.targets) + "}",
            "risk_reward": one.plan.risk_reward,
            "cost": one.cost,
            "range_ratio": one.range_ratio,
            "reasons": [why.as_json() for why in one.reasons],
            "created_at": one.created_at,
            "expires_at": one.expires_at,
        }
        for one in setups
    ]
    connection.execute(_WRITE_SETUPS, {"version": VERSION, "rows": orjson.dumps(rows).decode()})


def leave_to_score(connection: Connection, timeframe: Timeframe, close: datetime, symbols: Sequence[str]) -> None:
    """Note that symbols were scanned at a close and are not scored yet."""
    connection.execute(
        text("""
            INSERT INTO close_to_score AS waiting VALUES (:timeframe, :close, :symbols)
            ON CONFLICT (timeframe, close_time) DO UPDATE SET symbols = ARRAY(
                SELECT unnest(waiting.symbols) UNION SELECT unnest(excluded.symbols))
        """),
        {"timeframe": timeframe.value, "close": close, "symbols": list(symbols)},
    )
