"""The SQL of prediction markets. Nothing read after a moment is visible at it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import polymarket_change, polymarket_event, polymarket_market, polymarket_quote
from functions.polymarket.followed import Followed, is_settling
from functions.polymarket.moves import Seen
from functions.polymarket.probability import Odds

_LOCK = 0x4F444453  # any constant: one read of the markets is written at a time
MOVE, RESOLUTION = "move", "resolution"


@dataclass(frozen=True, slots=True)
class OpenMarket:
    """A market that is followed and not resolved."""

    id: str
    event_id: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What is kept of one read of one market."""

    market_id: str
    at: datetime
    probability: float | None
    raw: float
    group_sum: float | None
    basis: str
    settling: bool
    volume: float
    volume_24h: float
    liquidity: float
    day_change: float | None

    @classmethod
    def of(cls, followed: Followed, odds: Odds, at: datetime) -> "Read":
        """Return the row of a market's odds."""
        market = followed.market
        return cls(
            market_id=market.id,
            at=at,
            probability=odds.probability,
            raw=odds.raw,
            group_sum=odds.group_sum,
            basis=odds.basis.value,
            settling=is_settling(market, at),
            volume=market.volume,
            volume_24h=market.volume_24h,
            liquidity=market.liquidity,
            day_change=market.day_change,
        )


_STANDING = text("""
    SELECT m.id, m.question, m.outcome, m.symbol, m.kind, m.lean, m.ends_at, e.title AS event, e.slug,
           q.at, q.probability, q.raw, q.group_sum, q.basis, q.settling, q.volume, q.volume_24h, q.day_change,
           before.probability AS day_before,
           CASE WHEN m.resolved_at <= :as_of THEN m.winner END AS winner
    FROM polymarket_market AS m JOIN polymarket_event AS e ON e.id = m.event_id
    JOIN LATERAL (SELECT * FROM polymarket_quote AS q WHERE q.market_id = m.id AND q.at <= :as_of
                  ORDER BY q.at DESC LIMIT 1) AS q ON true
    LEFT JOIN LATERAL (SELECT b.probability FROM polymarket_quote AS b
                       WHERE b.market_id = m.id AND b.probability IS NOT NULL
                         AND b.at BETWEEN q.at - :window AND q.at - :window / 2
                       ORDER BY b.at LIMIT 1) AS before ON true
    WHERE q.at > :as_of - :window AND (CAST(:symbol AS text) IS NULL OR m.symbol = :symbol)
    ORDER BY q.volume_24h DESC, m.id LIMIT :count
""")


def lock(connection: Connection) -> None:
    """Wait until no other read is written; held until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def open_markets(connection: Connection) -> list[OpenMarket]:
    """Return the markets that are followed and not resolved, those first whose last answer is the oldest."""
    table = polymarket_market.c
    rows = connection.execute(
        select(table.id, table.event_id, table.asked_at).where(table.resolved_at.is_(None)).order_by(table.asked_at, table.id)
    )
    return [OpenMarket(row.id, row.event_id, row.asked_at) for row in rows]


def events(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is kept of some events, by id."""
    rows = connection.execute(select(polymarket_event).where(polymarket_event.c.id.in_(list(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


def write_markets(connection: Connection, followed: Sequence[Followed], at: datetime) -> None:
    """Keep the markets that are followed and their events; words and ends may change, what a market is about may not."""
    if not followed:
        return
    groups = {one.event.id: one.event for one in followed}
    rows = [
        {"id": one.id, "slug": one.slug, "title": one.title, "exclusive": one.exclusive, "first_seen_at": at}
        for one in groups.values()
    ]
    connection.execute(insert(polymarket_event).on_conflict_do_nothing(), rows)
    statement = insert(polymarket_market)
    renewed = {name: statement.excluded[name] for name in ("token", "ends_at", "asked_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_=renewed), [_market_row(one, at) for one in followed]
    )


def note_asked(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    """Note that markets were asked for, whatever came of it: others have their turn next time."""
    connection.execute(update(polymarket_market).where(polymarket_market.c.id.in_(list(ids))).values(asked_at=at))


def write_reads(connection: Connection, reads: Sequence[Read]) -> int:
    """Keep the reads; those of the same moment are there already. Returns how many are new."""
    if not reads:
        return 0
    statement = insert(polymarket_quote).on_conflict_do_nothing().returning(polymarket_quote.c.market_id)
    return len(connection.execute(statement, [asdict(read) for read in reads]).all())


def histories(connection: Connection, ids: Sequence[str], since: datetime, as_of: datetime) -> Mapping[str, list[Seen]]:
    """Return the reads of some markets from a moment to another, the newest last."""
    quote = polymarket_quote.c
    rows = connection.execute(
        select(quote.market_id, quote.at, quote.probability, quote.settling)
        .where(quote.market_id.in_(list(ids)) & quote.at.between(since, as_of))
        .order_by(quote.market_id, quote.at)
    )
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    for row in rows:
        found[row.market_id].append(Seen(row.at, row.probability, row.settling))
    return found


def volumes_before(connection: Connection, ids: Sequence[str], at: datetime) -> dict[str, float]:
    """Return what had been traded of each market at its newest read before a moment, USD."""
    rows = connection.execute(
        text("""SELECT DISTINCT ON (market_id) market_id, volume FROM polymarket_quote
                WHERE market_id = ANY(:ids) AND at < :at ORDER BY market_id, at DESC"""),
        {"ids": list(ids), "at": at},
    )
    return {row.market_id: row.volume for row in rows}


def told_moves(connection: Connection, ids: Sequence[str], as_of: datetime) -> dict[str, datetime]:
    """Return when a move of each market was told last, by a moment."""
    change = polymarket_change.c
    rows = connection.execute(
        select(change.market_id, func.max(change.at).label("at"))
        .where(change.market_id.in_(list(ids)) & (change.kind == MOVE) & (change.at <= as_of))
        .group_by(change.market_id)
    )
    return {row.market_id: row.at for row in rows}


def note_change(connection: Connection, market_id: str, kind: str, at: datetime, detail: Mapping[str, Any]) -> bool:
    """Keep a move or a resolution; False when it is there already."""
    values = {"market_id": market_id, "kind": kind, "at": at, "detail": dict(detail)}
    statement = insert(polymarket_change).values(values).on_conflict_do_nothing().returning(polymarket_change.c.at)
    return connection.execute(statement).first() is not None


def resolve(connection: Connection, market_id: str, winner: str, at: datetime) -> bool:
    """Keep how a market ended; False when that is known already."""
    table = polymarket_market
    statement = update(table).where((table.c.id == market_id) & table.c.resolved_at.is_(None))
    return connection.execute(statement.values(resolved_at=at, winner=winner).returning(table.c.id)).first() is not None


def standing(
    connection: Connection, as_of: datetime, window: Any, *, symbol: str | None = None, count: int = 1000
) -> list[dict[str, Any]]:
    """Return what the newest read within a window says of each market, and the probability half to a whole window before it."""
    values = {"as_of": as_of, "window": window, "symbol": symbol, "count": count}
    return [dict(row) for row in connection.execute(_STANDING, values).mappings()]


def _market_row(one: Followed, at: datetime) -> dict[str, Any]:
    return {
        "id": one.market.id,
        "event_id": one.event.id,
        "question": one.market.question,
        "outcome": one.market.outcome,
        "token": one.market.token,
        "symbol": one.subject.symbol,
        "kind": one.subject.kind.value,
        "lean": one.subject.lean,
        "ends_at": one.market.ends_at,
        "first_seen_at": at,
        "asked_at": at,
    }
