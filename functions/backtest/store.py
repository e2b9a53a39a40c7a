"""The SQL of backtests: a run is found by the hashes of its data, code and settings; run again it replaces what stands there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, null, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.tables import backtest_run, backtest_trade
from functions.backtest.hashes import plain_json
from functions.backtest.result import BacktestResult
from functions.backtest.slices import slices_of

run = backtest_run.c
_SHOWN = [column for column in backtest_run.c if column.name not in ("result", "settings")]


def begin_run(connection: Connection, keys: Mapping[str, Any], at: datetime) -> int:
    """Note that a run has begun, and return its id; a run of the same data, code and settings begins anew.

    Args:
        connection: in a transaction.
        keys: its three hashes, rules, span and settings, by their columns.
        at: wall time.
    """
    fresh = {
        "state": "running",
        "step": "candles",
        "steps_done": 0,
        "steps": 0,
        "started_at": at,
        "ended_at": None,
        "result_hash": None,
        "figures": null(),  # no value, and not the null of JSON
        "result": null(),
    }
    statement = upsert(backtest_run).values(**keys, **fresh)
    again = statement.on_conflict_do_update(index_elements=["data_hash", "code_hash", "settings_hash"], set_=fresh)
    number: int = connection.execute(again.returning(run.id)).scalar_one()
    connection.execute(delete(backtest_trade).where(backtest_trade.c.run_id == number))
    return number


def note_progress(connection: Connection, number: int, step: str, done: int, of: int) -> None:
    """Note how far a run is."""
    connection.execute(update(backtest_run).where(run.id == number).values(step=step, steps_done=done, steps=of))


def finish_run(connection: Connection, number: int, result: BacktestResult, figures: Mapping[str, Any], at: datetime) -> None:
    """Store what came of a run."""
    connection.execute(
        update(backtest_run)
        .where(run.id == number)
        .values(
            state="done",
            step="done",
            result_hash=result.hashes.result,
            figures=dict(figures),
            result=document_of(result),
            ended_at=at,
        )
    )
    rows = [
        {
            "run_id": number,
            "account": account.name,
            "number": trade.number,
            "symbol": trade.symbol,
            "side": trade.side.value,
            "opened_at": trade.opened_at,
            "closed_at": trade.closed_at,
            "reason": trade.reason.value if trade.reason else None,
            "entry": trade.entry,
            "quantity": trade.quantity,
            "profit": trade.profit,
            "risk": trade.risk,
            "trade": plain_json(trade),
        }
        for account in result.accounts
        for trade in account.trades
    ]
    if rows:
        connection.execute(insert(backtest_trade), rows)


def fail_run(connection: Connection, number: int, step: str, at: datetime) -> None:
    """Note that a run came to nothing; `step` says why."""
    connection.execute(update(backtest_run).where(run.id == number).values(state="failed", step=step[:500], ended_at=at))


def find_done(connection: Connection, keys: Mapping[str, str]) -> int | None:
    """Return the run of the same data, code and settings that is done; None without one."""
    same = [backtest_run.c[f"{name}_hash"] == value for name, value in keys.items()]
    number: int | None = connection.scalar(select(run.id).where(*same, run.state == "done"))
    return number


def find_run(connection: Connection, number: int) -> Mapping[str, Any] | None:
    """Return a run with its figures; None when there is none."""
    row = connection.execute(select(*_SHOWN).where(run.id == number)).mappings().one_or_none()
    return None if row is None else dict(row)


def newest_runs(connection: Connection, as_of: datetime, limit: int) -> list[Mapping[str, Any]]:
    """Return the runs that had begun at a moment, the newest first."""
    wanted = select(*_SHOWN).where(run.started_at <= as_of).order_by(run.started_at.desc(), run.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def newest_done(connection: Connection, as_of: datetime) -> Mapping[str, Any] | None:
    """Return the run that was done last at a moment, with its figures and how many `symbols` it traded; None without one."""
    symbols = func.jsonb_array_length(run.result["data"]["symbols"]).label("symbols")
    done = select(*_SHOWN, symbols).where(run.state == "done", run.ended_at <= as_of)
    row = connection.execute(done.order_by(run.ended_at.desc(), run.id.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else dict(row)


def run_document(connection: Connection, number: int) -> Mapping[str, Any] | None:
    """Return all that is stored of a run but its trades; None while there is nothing."""
    document: Mapping[str, Any] | None = connection.scalar(select(run.result).where(run.id == number))
    return document


def run_trades(connection: Connection, number: int, account: str, limit: int, after: int = 0) -> list[Mapping[str, Any]]:
    """Return trades of one account of a run as they are stored, in order of entry, those after a number."""
    column = backtest_trade.c
    wanted = select(column.trade).where(column.run_id == number, column.account == account, column.number > after)
    return list(connection.scalars(wanted.order_by(column.number).limit(limit)))


def document_of(result: BacktestResult) -> dict[str, Any]:
    """Return a run as JSON has it; its trades are rows of their own."""
    document: dict[str, Any] = {**plain_json(result), "slices": plain_json(slices_of(result.desk.closed))}
    for account in document["accounts"]:
        account["trades"] = len(account["trades"])
    for variant in document["variants"]:
        variant["account"]["trades"] = len(variant["account"]["trades"])
    return document
