"""What a settlement of outcomes reads and writes: ideas that are due, what the market let through, outcomes and ends."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import outcome, signal_end
from db.tables import symbol as pair
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import DELISTED, GONE_FOR, TRADING, Instrument, tradable
from functions.outcomes.ends import SignalEnd
from functions.outcomes.ideas import SaidIdea
from functions.scoring.document import SOURCE

LOCK = 0x4F555443  # any constant: one settlement at a time
_SIGN = "CASE direction WHEN 'LONG' THEN 1 ELSE -1 END"
_AGREEING = """ARRAY(SELECT said ->> 'factor' FROM jsonb_array_elements(coalesce({0}, '[]'::jsonb)) AS said
               WHERE said ->> 'side' = 'agrees')"""
_DUE = """
    FROM setup AS s
    LEFT JOIN rejection AS r USING (symbol, timeframe, close_time, version)
    LEFT JOIN signal AS g ON r.id IS NULL AND g.source = :source
      AND (g.symbol, g.timeframe, g.close_time) = (s.symbol, s.timeframe, s.close_time)
    WHERE s.close_time > :after AND s.close_time <= :last AND (r.id IS NOT NULL OR g.id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM outcome AS o WHERE (o.symbol, o.timeframe, o.close_time, o.version)
                      = (s.symbol, s.timeframe, s.close_time, s.version) AND o.hours = :hours)
"""
_FIRST_DUE = text(f"SELECT s.close_time {_DUE} ORDER BY s.close_time LIMIT 1")
_DUE_IDEAS = text(f"""
    SELECT s.symbol, s.timeframe, s.close_time, s.version, CASE s.direction WHEN 'LONG' THEN 1 ELSE -1 END AS direction,
           s.entry, s.stop, s.targets, g.id AS signal_id, r.code, coalesce(r.confidence, g.confidence) AS confidence,
           {_AGREEING.format("coalesce(r.factors, g.factors)")} AS agreeing
    {_DUE} ORDER BY s.close_time, s.symbol, s.timeframe, s.version
""")


def lock_settlement(connection: Connection) -> None:
    """Wait until no other settlement of outcomes runs; held until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def first_due(connection: Connection, hours: int, after: datetime, last: datetime) -> datetime | None:
    """Return the oldest close after a moment of which an idea has no outcome of this horizon yet; None without one.

    Args:
        connection: of the caller's.
        hours: of the horizon.
        after: closes up to here are passed over.
        last: the newest close whose horizon is over.
    """
    found: datetime | None = connection.scalar(_FIRST_DUE, {"source": SOURCE, "hours": hours, "after": after, "last": last})
    return found


def due_ideas(connection: Connection, hours: int, after: datetime, last: datetime) -> list[SaidIdea]:
    """Return the ideas of closes between two moments that have no outcome of this horizon yet, oldest first."""
    rows = connection.execute(_DUE_IDEAS, {"source": SOURCE, "hours": hours, "after": after, "last": last})
    return [_idea(row) for row in rows]


def open_signals(connection: Connection, after: datetime, as_of: datetime) -> list[SaidIdea]:
    """Return the signals of closes between two moments that have not ended yet, oldest first."""
    rows = connection.execute(
        text(f"""
            SELECT symbol, timeframe, close_time, version, {_SIGN} AS direction, entry, stop, targets, id AS signal_id,
                   NULL AS code, confidence, {_AGREEING.format("factors")} AS agreeing
            FROM signal WHERE source = :source AND close_time > :after AND close_time <= :as_of
              AND NOT EXISTS (SELECT FROM signal_end AS e WHERE e.signal_id = signal.id)
            ORDER BY close_time, id
        """),  # noqa: S608 - our own columns
        {"source": SOURCE, "after": after, "as_of": as_of},
    )
    return [_idea(row) for row in rows]


def _idea(row: Row[Any]) -> SaidIdea:
    columns = row._asdict()
    return SaidIdea(**{**columns, "targets": tuple(row.targets), "agreeing": tuple(row.agreeing)})


def gone_pairs(connection: Connection, symbols: Sequence[str], by: datetime) -> frozenset[str]:
    """Return which pairs the exchange had taken off for sure by a moment: looks ten minutes apart lacked them."""
    looked_at = select(func.max(pair.alias().c.last_seen_at)).scalar_subquery()
    gone = (pair.c.status == DELISTED) & (pair.c.delisted_at <= by) & (pair.c.delisted_at <= looked_at - GONE_FOR)
    return frozenset(connection.scalars(select(pair.c.symbol).where(pair.c.symbol.in_(symbols), gone)))


def scored_coins(connection: Connection, closes: Sequence[datetime]) -> dict[datetime, frozenset[str]]:
    """Return which coins were scored at each of some closes; what is no coin to trade is none of them, delisted ones are."""
    rows = connection.execute(
        text("SELECT close_time, array_agg(symbol) FROM score WHERE close_time = ANY(:closes) GROUP BY close_time"),
        {"closes": list(closes)},
    )
    scored = {close: frozenset(symbols) for close, symbols in rows}
    coins = _coins(connection, sorted(frozenset[str]().union(*scored.values())))
    return {close: scored.get(close, frozenset()) & coins for close in closes}


def _coins(connection: Connection, symbols: Sequence[str]) -> frozenset[str]:
    names = ("symbol", "base", "quote", "status", "tick_size", "lot_size", "min_order_amount", "kind", "special_treatment")
    rows = connection.execute(select(*(pair.c[name] for name in names)).where(pair.c.symbol.in_(symbols))).mappings()
    listed = (replace(Instrument(**row), status=TRADING) for row in rows)
    return frozenset(one.symbol for one in listed if tradable(one))


def pairs_with_open_gaps(connection: Connection, symbols: Sequence[str], first: datetime, last: datetime) -> frozenset[str]:
    """Return which pairs have 5m candles between two open times that are missing and still fetched."""
    rows = connection.scalars(
        text("""
            SELECT DISTINCT symbol FROM gap WHERE closed_at IS NULL AND timeframe = :timeframe AND symbol = ANY(:symbols)
              AND first_open_time <= :last AND last_open_time >= :first
        """),
        {"timeframe": Timeframe.M5.value, "symbols": list(symbols), "first": first, "last": last},
    )
    return frozenset(rows)


def write_outcomes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write outcomes, each by its columns; what is there already stays."""
    if rows:
        connection.execute(insert(outcome).on_conflict_do_nothing(), list(rows))


def write_ends(connection: Connection, ends: Sequence[SignalEnd], noted_at: datetime) -> None:
    """Write how signals ended; an end that is there already stays."""
    rows = [{"signal_id": end.signal_id, "state": end.state.value, "at": end.at, "noted_at": noted_at} for end in ends]
    if rows:
        connection.execute(insert(signal_end).on_conflict_do_nothing(), rows)
