"""The SQL of parity: the desk's trades, what it left behind of a signal, the rules it had when, and what each night found."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from db.tables import backtest_parity, desk_rules, parity_difference
from functions.backtest.parity.causes import FINEST, IN_TIME, Evidence
from functions.backtest.parity.compare import Difference
from functions.backtest.parity.trades import ComparedTrade, TradeKey
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Fill, FillReason, Side

CANDLES_UNDER = 250  # of each timeframe under a setup whose corrections count as evidence
_TRADES = text("""
    SELECT t.id, t.symbol, t.side, t.stop, t.targets, t.unseen, coalesce(s.timeframe, '1d') AS timeframe,
           coalesce(s.close_time, o.day) AS close_time, f.at, f.reason, f.price, f.quantity, f.fee, f.profit, f.named
    FROM paper_trade t JOIN paper_fill f ON f.trade_id = t.id
         LEFT JOIN signal s ON s.id = t.signal_id LEFT JOIN resting_order o ON o.trade_id = t.id
    WHERE t.account_id = :account AND f.at <= :until
      AND (t.source = 'signal' AND s.id IS NOT NULL OR t.source = 'dip' AND o.id IS NOT NULL)
    ORDER BY t.id, f.id
""")
_EVIDENCE = text("""
    WITH said AS (
        SELECT id, created_at FROM signal WHERE symbol = :symbol AND timeframe = :timeframe AND close_time = :close
        ORDER BY version DESC LIMIT 1
    ), rejected AS (
        SELECT code, created_at FROM rejection WHERE symbol = :symbol AND timeframe = :timeframe AND close_time = :close
        ORDER BY version DESC LIMIT 1
    ), judged AS (
        SELECT coalesce((SELECT created_at FROM said), (SELECT created_at FROM rejected), :in_time) AS at
    )
    SELECT (SELECT min(created_at) FROM score WHERE symbol = :symbol AND close_time = :close) AS coin_scored_at,
           (SELECT min(created_at) FROM score WHERE close_time = :close) AS first_scored_at,
           (SELECT code FROM rejected) AS rejected,
           coalesce(
               (SELECT code FROM paper_refusal WHERE account_id = :account AND idea = 'signal:' || (SELECT id FROM said)),
               (SELECT code FROM resting_order WHERE account_id = :account AND symbol = :symbol AND day = :close
                AND :timeframe = '1d')
           ) AS refused,
           EXISTS (SELECT FROM said) AS has_signal,
           EXISTS (
               SELECT FROM unnest(CAST(:timeframes AS text[]), CAST(:firsts AS timestamptz[])) AS under (timeframe, first),
                    judged, candle_revision AS old
               WHERE old.symbol IN (:symbol, :gate) AND old.timeframe = under.timeframe
                 AND old.open_time >= under.first AND old.open_time < :close AND old.revised_at > judged.at
           ) AS revised_before,
           EXISTS (SELECT FROM candle_revision WHERE symbol = :symbol AND timeframe = :finest
                   AND open_time >= :entered AND open_time < :ended) AS revised_within
""")


def desk_trades(connection: Connection, account_id: int, until: datetime) -> list[ComparedTrade]:
    """Return what an account opened for signals and by dip orders, with the fills up to a moment, in order of entry."""
    rows = connection.execute(_TRADES, {"account": account_id, "until": until}).all()
    return [_trade(list(fills)) for _, fills in groupby(rows, key=lambda row: row.id)]


def _trade(rows: Sequence[Row[Any]]) -> ComparedTrade:
    about, fills = rows[0], [_fill(row) for row in rows]
    return ComparedTrade(
        key=TradeKey(about.close_time, about.symbol, Timeframe(about.timeframe), Side(about.side)),
        entry=fills[0],
        stop=about.stop,
        targets=tuple(about.targets),
        exits=tuple(fills[1:]),
        unseen=about.unseen,
    )


def _fill(row: Row[Any]) -> Fill:
    return Fill(row.at, FillReason(row.reason), row.price, row.quantity, row.fee, row.profit, row.named)


def evidence_of(connection: Connection, difference: Difference, account_id: int, gate: str, until: datetime) -> Evidence:
    """Return what the live desk left behind of a signal that differs; whom else it held the caller knows."""
    key = difference.key
    sides = [trade for trade in (difference.paper, difference.again) if trade]
    under = [timeframe for timeframe in Timeframe if timeframe is not Timeframe.M5]  # setups stand on no shorter ones
    row = connection.execute(
        _EVIDENCE,
        {
            "account": account_id,
            "symbol": key.symbol,
            "timeframe": key.timeframe.value,
            "close": key.said_at,
            "in_time": key.said_at + IN_TIME,
            "gate": gate,
            "timeframes": [timeframe.value for timeframe in under],
            "firsts": [key.said_at - CANDLES_UNDER * timeframe.span for timeframe in under],
            "finest": Timeframe.M5.value,
            "entered": min(Timeframe.M5.floor(trade.entry.at) for trade in sides),
            "ended": max(trade.closed_at or until for trade in sides) + FINEST,
        },
    ).one()
    return Evidence(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def note_rules(connection: Connection, rules_hash: str, rules: Mapping[str, Any], at: datetime) -> bool:
    """Note the rules that the desk has from a moment on, unless they are those noted last; return whether they are new."""
    newest = select(desk_rules.c.hash).where(desk_rules.c.noted_at <= at).order_by(desk_rules.c.noted_at.desc()).limit(1)
    if connection.scalar(newest) == rules_hash:
        return False
    values = {"noted_at": at, "hash": rules_hash, "rules": dict(rules)}
    written = connection.execute(upsert(desk_rules).values(**values).on_conflict_do_nothing())
    return bool(written.rowcount)


def noted_rules(connection: Connection, until: datetime) -> list[tuple[datetime, str, Mapping[str, Any]]]:
    """Return since when the desk had which rules, oldest first: when, their hash, all of them."""
    column = desk_rules.c
    rows = connection.execute(
        select(column.noted_at, column.hash, column.rules).where(column.noted_at < until).order_by(column.noted_at)
    )
    return [tuple(row) for row in rows]


def find_parity(connection: Connection, account: str, until: datetime) -> dict[str, Any] | None:
    """Return what was found of the window that ends at a moment, with its differences; None when it was not looked at."""
    column = backtest_parity.c
    found = _with_differences(connection, select(backtest_parity).where(column.account == account, column.until == until))
    return found[0] if found else None


def write_parity(connection: Connection, parity: Mapping[str, Any], differences: Sequence[Mapping[str, Any]]) -> None:
    """Write what a night found, in place of what was found for the same window's end.

    Args:
        connection: in a transaction.
        parity: by its columns.
        differences: by theirs, in order.
    """
    column = backtest_parity.c
    connection.execute(delete(backtest_parity).where(column.account == parity["account"], column.until == parity["until"]))
    number: int = connection.execute(insert(backtest_parity).values(**parity).returning(column.id)).scalar_one()
    rows = [{"parity_id": number, "number": place, **difference} for place, difference in enumerate(differences, 1)]
    if rows:
        connection.execute(insert(parity_difference), rows)


def parities(connection: Connection, as_of: datetime, limit: int) -> list[dict[str, Any]]:
    """Return what had been found by a moment, the newest window first, each with its differences."""
    column = backtest_parity.c
    newest = select(backtest_parity).where(column.ran_at <= as_of).order_by(column.until.desc()).limit(limit)
    return _with_differences(connection, newest)


def _with_differences(connection: Connection, wanted: Select[Any]) -> list[dict[str, Any]]:
    found = [dict(row) for row in connection.execute(wanted).mappings()]
    numbers = [parity["id"] for parity in found]
    ordered = select(parity_difference).where(parity_difference.c.parity_id.in_(numbers)).order_by(parity_difference.c.number)
    differences: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
    for row in connection.execute(ordered).mappings():
        differences[row["parity_id"]].append(dict(row))
    return [{**parity, "differences": differences[parity["id"]]} for parity in found]


def first_candle(connection: Connection, since: datetime, until: datetime) -> datetime | None:
    """Return when the first 5m candle of a span opens; None without one."""
    statement = text("""
        SELECT min(open_time) FROM candle WHERE timeframe = :finest AND open_time >= :since AND open_time < :until
    """)
    about = {"finest": Timeframe.M5.value, "since": since, "until": until - timedelta(microseconds=1)}
    first: datetime | None = connection.scalar(statement, about)
    return first
