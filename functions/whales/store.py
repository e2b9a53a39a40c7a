"""The SQL of large transactions. Nothing seen after a moment is visible at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import whale_poll
from functions.whales.flow import SOURCE, Flow
from functions.whales.transaction import Party, Transaction

_LOCK = 0x5748414C  # any constant: one batch at a time, so that a repeat is seen to be one, whichever feed brings it
MINUTE = timedelta(minutes=1)

# Of a chain's transaction the feed that brought it first has the say: both number its transfers in their own way.
_ADD_TRANSACTIONS = text("""
    INSERT INTO whale_transaction (blockchain, hash, part, feed, at, seen_at, action, asset, amount, amount_usd,
                                   from_address, from_owner, from_type, to_address, to_owner, to_type)
    SELECT n.blockchain, n.hash, n.part, :feed, n.at, :seen_at, n.action, n.asset, n.amount, n.amount_usd,
           n.from_address, n.from_owner, n.from_type, n.to_address, n.to_owner, n.to_type
    FROM unnest(CAST(:blockchain AS text[]), CAST(:hash AS text[]), CAST(:part AS text[]), CAST(:at AS timestamptz[]),
                CAST(:action AS text[]), CAST(:asset AS text[]), CAST(:amount AS numeric[]), CAST(:amount_usd AS numeric[]),
                CAST(:from_address AS text[]), CAST(:from_owner AS text[]), CAST(:from_type AS text[]),
                CAST(:to_address AS text[]), CAST(:to_owner AS text[]), CAST(:to_type AS text[]))
         AS n (blockchain, hash, part, at, action, asset, amount, amount_usd,
               from_address, from_owner, from_type, to_address, to_owner, to_type)
    WHERE NOT EXISTS (SELECT FROM whale_transaction AS t
                      WHERE t.blockchain = n.blockchain AND t.hash = n.hash AND t.feed <> :feed)
    ON CONFLICT DO NOTHING
""")
_ADD_LABELS = text("""
    INSERT INTO whale_label (blockchain, address, seen_at, owner, owner_type, said_by)
    SELECT DISTINCT ON (n.blockchain, n.address) n.blockchain, n.address, :seen_at, n.owner, n.owner_type, :said_by
    FROM unnest(CAST(:blockchain AS text[]), CAST(:address AS text[]), CAST(:owner AS text[]), CAST(:owner_type AS text[]))
         WITH ORDINALITY AS n (blockchain, address, owner, owner_type, place)
    LEFT JOIN LATERAL (SELECT * FROM whale_label AS l WHERE l.blockchain = n.blockchain AND l.address = n.address
                       ORDER BY seen_at DESC LIMIT 1) AS last ON true
    WHERE (last.owner, last.owner_type) IS DISTINCT FROM (n.owner, n.owner_type)
      AND (:said_by = 'desk' OR last.said_by IS DISTINCT FROM 'desk')
    ORDER BY n.blockchain, n.address, n.place DESC
    ON CONFLICT (blockchain, address, seen_at) DO UPDATE
    SET owner = excluded.owner, owner_type = excluded.owner_type, said_by = excluded.said_by
    RETURNING blockchain, address
""")
_LABELLED = """
    SELECT t.blockchain, t.hash, t.part, t.at, t.action, t.asset, t.amount, t.amount_usd, t.from_address, t.to_address,
           coalesce(f.owner, t.from_owner) AS from_owner, coalesce(f.owner_type, t.from_type) AS from_type,
           coalesce(r.owner, t.to_owner) AS to_owner, coalesce(r.owner_type, t.to_type) AS to_type
    FROM whale_transaction AS t
    LEFT JOIN LATERAL (SELECT owner, owner_type FROM whale_label AS l
                       WHERE l.blockchain = t.blockchain AND l.address = t.from_address AND l.seen_at <= :as_of
                       ORDER BY l.seen_at DESC LIMIT 1) AS f ON true
    LEFT JOIN LATERAL (SELECT owner, owner_type FROM whale_label AS l
                       WHERE l.blockchain = t.blockchain AND l.address = t.to_address AND l.seen_at <= :as_of
                       ORDER BY l.seen_at DESC LIMIT 1) AS r ON true
    WHERE t.seen_at <= :as_of
"""
_BETWEEN = text(f"{_LABELLED} AND t.at >= :first AND t.at < :end ORDER BY t.at, t.hash, t.part")
_LARGE = text(f"{_LABELLED} AND t.at > :after AND t.at <= :until AND t.amount_usd >= :least_usd ORDER BY t.at, t.hash, t.part")
_NEWEST = text(f"""{_LABELLED} AND t.at <= :as_of AND (cardinality(CAST(:coins AS text[])) = 0 OR t.asset = ANY(:coins))
    ORDER BY t.at DESC, t.hash, t.part LIMIT :count""")
_HOURS_OF = text("""
    SELECT DISTINCT date_trunc('hour', t.at, 'UTC') AS hour FROM whale_label AS l
    JOIN whale_transaction AS t ON t.blockchain = l.blockchain AND l.address IN (t.from_address, t.to_address)
    WHERE l.seen_at >= :since AND l.seen_at <= :as_of AND t.seen_at <= :as_of
""")
_ADD_FLOWS = text("""
    INSERT INTO whale_flow (coin, hour, seen_at, inflow_usd, outflow_usd, internal_usd, cross_usd, other_usd, transactions)
    SELECT n.coin, n.hour, :seen_at, n.inflow_usd, n.outflow_usd, n.internal_usd, n.cross_usd, n.other_usd, n.transactions
    FROM unnest(CAST(:coin AS text[]), CAST(:hour AS timestamptz[]), CAST(:inflow AS numeric[]), CAST(:outflow AS numeric[]),
                CAST(:internal AS numeric[]), CAST(:cross AS numeric[]), CAST(:other AS numeric[]), CAST(:transactions AS int[]))
         AS n (coin, hour, inflow_usd, outflow_usd, internal_usd, cross_usd, other_usd, transactions)
    LEFT JOIN LATERAL (SELECT * FROM whale_flow AS w WHERE w.coin = n.coin AND w.hour = n.hour
                       ORDER BY w.seen_at DESC LIMIT 1) AS last ON true
    WHERE (last.inflow_usd, last.outflow_usd, last.internal_usd, last.cross_usd, last.other_usd, last.transactions)
          IS DISTINCT FROM (n.inflow_usd, n.outflow_usd, n.internal_usd, n.cross_usd, n.other_usd, n.transactions)
    ON CONFLICT DO NOTHING
    RETURNING coin, hour
""")
_MARK_REVISED = text("""
    UPDATE whale_flow AS w SET revised_at = :seen_at
    FROM unnest(CAST(:coin AS text[]), CAST(:hour AS timestamptz[])) AS n (coin, hour)
    WHERE w.coin = n.coin AND w.hour = n.hour AND w.seen_at < :seen_at AND w.revised_at IS NULL
""")
_FLOWS = text("""
    SELECT DISTINCT ON (hour, coin) coin, hour, inflow_usd, outflow_usd, internal_usd, cross_usd, other_usd, transactions
    FROM whale_flow WHERE hour >= :first AND hour < :end AND seen_at <= :as_of
    ORDER BY hour, coin, seen_at DESC
""")
_REVISIONS = text("""
    SELECT coin, hour, seen_at, revised_at, inflow_usd, outflow_usd, inflow_usd - outflow_usd AS net_usd FROM whale_flow
    WHERE hour >= :first AND hour < :end AND seen_at <= :as_of AND revised_at <= :as_of ORDER BY hour DESC, coin, seen_at
""")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk through a feed stands."""

    cursor: str | None = None
    start_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """Who owns an address."""

    blockchain: str
    address: str
    owner: str
    owner_type: str


def keep_transactions(connection: Connection, transactions: Sequence[Transaction], feed: str, seen_at: datetime) -> int:
    """Keep transactions and what they say of addresses; one that is known is not doubled. Returns how many are new.

    An owner that a feed names later, also with a transaction that is known, is a revision of the label; that it does not know one
    is none.
    """
    if not transactions:
        return 0
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in transactions]
        for name in ("blockchain", "hash", "part", "at", "action", "asset", "amount", "amount_usd")
    }
    for side, parties in (("from", [one.sender for one in transactions]), ("to", [one.recipient for one in transactions])):
        columns[f"{side}_address"] = [party.address for party in parties]
        columns[f"{side}_owner"] = [party.owner for party in parties]
        columns[f"{side}_type"] = [party.owner_type for party in parties]
    new = connection.execute(_ADD_TRANSACTIONS, {**columns, "feed": feed, "seen_at": seen_at}).rowcount
    sides = ((one.blockchain, party) for one in transactions for party in (one.sender, one.recipient))
    known = [
        Label(chain, party.address, party.owner, party.owner_type) for chain, party in sides if party.owner and party.address
    ]
    _add_labels(connection, known, "feed", seen_at)
    return new


def revise_labels(connection: Connection, labels: Sequence[Label], seen_at: datetime) -> int:
    """Write who owns addresses by a person's word, which no feed overrides; returns how many labels that changed."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return _add_labels(connection, labels, "desk", seen_at)


def _add_labels(connection: Connection, labels: Sequence[Label], said_by: str, seen_at: datetime) -> int:
    if not labels:
        return 0
    columns = {name: [getattr(label, name) for label in labels] for name in ("blockchain", "address", "owner", "owner_type")}
    return len(connection.execute(_ADD_LABELS, {**columns, "said_by": said_by, "seen_at": seen_at}).all())


def transactions_between(connection: Connection, first: datetime, end: datetime, as_of: datetime) -> list[Transaction]:
    """Return the transactions of a stretch of time, by the labels that were known at a moment."""
    rows = connection.execute(_BETWEEN, {"first": first, "end": end, "as_of": as_of}).mappings()
    return [_transaction(row) for row in rows]


def large_transactions(connection: Connection, after: datetime, least_usd: int, as_of: datetime) -> list[Transaction]:
    """Return the transactions since a moment of at least so many USD."""
    rows = connection.execute(
        _LARGE, {"after": after, "until": as_of + MINUTE, "least_usd": least_usd, "as_of": as_of}
    ).mappings()
    return [_transaction(row) for row in rows]


def newest_transactions(connection: Connection, coins: Sequence[str], count: int, as_of: datetime) -> list[Transaction]:
    """Return the newest transactions of some coins, or of all when none is named, the newest first."""
    rows = connection.execute(_NEWEST, {"coins": list(coins), "count": count, "as_of": as_of}).mappings()
    return [_transaction(row) for row in rows]


def hours_of_labels(connection: Connection, since: datetime, as_of: datetime) -> list[datetime]:
    """Return the hours with a transaction of an address whose label was written since a moment."""
    return list(connection.scalars(_HOURS_OF, {"since": since, "as_of": as_of}))


def write_flows(connection: Connection, flows: Sequence[Flow], seen_at: datetime) -> list[tuple[str, datetime]]:
    """Keep flows that differ from the newest ones of their hours, and mark those as revised; returns coin and hour of each."""
    if not flows:
        return []
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    names = ("coin", "inflow", "outflow", "internal", "cross", "other", "transactions")
    columns: dict[str, list[Any]] = {name: [getattr(flow, name) for flow in flows] for name in names}
    columns["hour"] = [flow.since for flow in flows]
    new = [(row.coin, row.hour) for row in connection.execute(_ADD_FLOWS, {**columns, "seen_at": seen_at})]
    if new:
        connection.execute(
            _MARK_REVISED, {"coin": [coin for coin, _ in new], "hour": [hour for _, hour in new], "seen_at": seen_at}
        )
    return new


def flows_between(connection: Connection, first: datetime, end: datetime, as_of: datetime) -> list[Flow]:
    """Return the newest flow of each coin in each hour of a stretch of time, as known at a moment."""
    return [
        Flow(
            coin=row.coin,
            since=row.hour,
            inflow=row.inflow_usd,
            outflow=row.outflow_usd,
            internal=row.internal_usd,
            cross=row.cross_usd,
            other=row.other_usd,
            transactions=row.transactions,
        )
        for row in connection.execute(_FLOWS, {"first": first, "end": end, "as_of": as_of})
    ]


def revisions_between(connection: Connection, first: datetime, end: datetime, as_of: datetime) -> list[dict[str, Any]]:
    """Return the flows that were revised, with when, the newest hour first."""
    rows = connection.execute(_REVISIONS, {"first": first, "end": end, "as_of": as_of}).mappings()
    return [dict(row) for row in rows]


def newest_flow_hour(connection: Connection) -> datetime | None:
    """Return the newest hour that was added up."""
    hour: datetime | None = connection.scalar(text("SELECT max(hour) FROM whale_flow"))
    return hour


def newest_reading_end(connection: Connection) -> datetime | None:
    """Return the moment that the newest reading of the flows is about."""
    statement = text("SELECT max(as_of) FROM factor_reading JOIN factor_series s ON s.id = series_id WHERE s.source = :source")
    end: datetime | None = connection.scalar(statement, {"source": SOURCE})
    return end


def feed_answered(connection: Connection, feeds: Sequence[str], since: datetime) -> bool:
    """Tell whether one of the feeds has answered since a wall time."""
    statement = text("SELECT EXISTS (SELECT FROM source_status WHERE source = ANY(:feeds) AND last_success_at >= :since)")
    return bool(connection.scalar(statement, {"feeds": list(feeds), "since": since}))


def place_of(connection: Connection, feed: str) -> Place:
    """Return where the walk through a feed stands."""
    row = connection.execute(select(whale_poll.c.cursor, whale_poll.c.start_at).where(whale_poll.c.feed == feed)).one_or_none()
    return Place(row.cursor, row.start_at) if row else Place()


def keep_place(connection: Connection, feed: str, place: Place) -> None:
    """Keep where the walk through a feed stands, in the transaction of what it brought."""
    connection.execute(update(whale_poll).where(whale_poll.c.feed == feed).values(cursor=place.cursor, start_at=place.start_at))


def take_call(connection: Connection, feed: str, budget: int, now: datetime) -> bool:
    """Count a call against the budget of a minute; False when it is used up, or the source wants none now.

    Args:
        connection: in a transaction of its own, committed before the call.
        feed: whose budget.
        budget: calls in any minute.
        now: wall time.
    """
    connection.execute(insert(whale_poll).values(feed=feed, asked_at=[]).on_conflict_do_nothing())
    row = connection.execute(select(whale_poll).where(whale_poll.c.feed == feed).with_for_update()).one()
    recent = [at for at in row.asked_at if now - MINUTE < at <= now + MINUTE]  # a clock that was set back blocks nothing for long
    if len(recent) >= budget or (row.not_before and now < row.not_before <= now + timedelta(days=1)):
        return False
    connection.execute(update(whale_poll).where(whale_poll.c.feed == feed).values(asked_at=[*recent, now]))
    return True


def wait_until(connection: Connection, feed: str, not_before: datetime) -> None:
    """Ask nothing of a feed before a wall time: it said so."""
    connection.execute(update(whale_poll).where(whale_poll.c.feed == feed).values(not_before=not_before))


def _transaction(row: RowMapping) -> Transaction:
    own = ("blockchain", "hash", "part", "at", "action", "asset", "amount", "amount_usd")
    return Transaction(
        **{name: row[name] for name in own},
        sender=Party(row["from_address"], row["from_owner"], row["from_type"]),
        recipient=Party(row["to_address"], row["to_owner"], row["to_type"]),
    )
