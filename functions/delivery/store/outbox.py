"""The outbox's SQL. An alert becomes one delivery a chat; within a chat they go out in order, one in flight at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from functions.delivery.planning import History, Plan, SignalFacts, Waiting

# The longest a sender can take: two tries for a picture, then the five minutes after which n8n's Telegram node gives up.
LEASE = timedelta(seconds=330)
UNANSWERED_LEASE = timedelta(seconds=10)  # until the claim is answered: should we die before, nobody knows of the lease
ANSWERS = ("reply", "callback")  # kinds of alerts that answer a chat
_CLAIM_LOCK = 0x51A1E27  # any constant: claims follow one another, so no two see the same head of a chat's queue
_LOOK_BACK = timedelta(days=31)  # the longest cooldown, and a day

_EXPIRE = text("""
    UPDATE delivery SET state = 'expired', finished_at = :now
    FROM alert WHERE alert.id = delivery.alert_id AND delivery.state = 'pending' AND alert.expires_at <= :now
      AND (delivery.lease_until IS NULL OR delivery.lease_until <= :now)
""")
_FREE_MEMBERS = text("""
    UPDATE delivery SET lead_id = NULL FROM delivery AS lead
    WHERE lead.id = delivery.lead_id AND lead.state = 'expired' AND delivery.state = 'pending'
""")
_ADDRESS = text("""
    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at)
    SELECT alert.id, allowed.chat_id, 'pending', :now
    FROM alert CROSS JOIN unnest(CAST(:chats AS bigint[])) AS allowed (chat_id)
    WHERE alert.expires_at > :now AND (alert.chat_id IS NULL OR alert.chat_id = allowed.chat_id)
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = alert.id AND d.chat_id = allowed.chat_id)
    ORDER BY alert.id
""")
_QUEUE = text("""
    SELECT d.id, d.attempts, d.next_attempt_at, d.lease_until, d.held_until, a.kind, a.symbol,
           a.payload ->> 'direction' AS direction,
           CASE WHEN a.kind = 'signal' THEN (a.payload ->> 'confidence')::float8 END AS confidence,
           CASE WHEN a.kind = 'signal' THEN (a.payload ->> 'close_time')::timestamptz END AS close_time,
           a.kind = ANY(:answers) OR (a.kind = 'trade_opened' AND a.payload ->> 'chat' = :chat)
               OR (a.kind = 'trade_closed' AND a.payload ->> 'asked_by' = :chat) AS answer
    FROM delivery d JOIN alert a ON a.id = d.alert_id
    WHERE d.state = 'pending' AND d.lead_id IS NULL AND d.chat_id = :chat_id ORDER BY d.alert_id
""")
_SENT = text("""
    SELECT a.symbol, max((a.payload ->> 'close_time')::timestamptz) AS close_time
    FROM delivery d JOIN alert a ON a.id = d.alert_id
    WHERE a.kind = 'signal' AND d.chat_id = :chat
      AND (d.state = 'delivered' OR (d.state = 'pending' AND (d.attempts > 0 OR d.lead_id IS NOT NULL)))
      AND a.created_at > :since AND a.symbol = ANY(:symbols) GROUP BY a.symbol
""")
_MESSAGES = text("""
    SELECT (a.payload ->> 'close_time')::timestamptz::date AS day, count(*) AS messages
    FROM delivery d JOIN alert a ON a.id = d.alert_id
    WHERE a.kind = 'signal' AND d.chat_id = :chat AND d.lead_id IS NULL
      AND (d.state = 'delivered' OR (d.state = 'pending' AND d.attempts > 0))
      AND (a.payload ->> 'close_time')::timestamptz::date = ANY(:days) GROUP BY 1
""")


@dataclass(frozen=True, slots=True)
class Alert:
    """What a message is rendered from, and the delivery it is on."""

    delivery_id: int
    kind: str
    symbol: str | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Where a delivery stands; `attempts` is the number of its newest claim, `plain` and `pictureless` what Telegram refused."""

    id: int
    chat_id: int
    state: str
    attempts: int
    plain: bool
    pictureless: bool
    message_id: int | None


def prepare(connection: Connection, chats: Sequence[int], now: datetime) -> None:
    """Begin a claim: alone until the transaction ends; end what has expired, address what is new."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
    values = {"now": now, "chats": list(chats)}
    connection.execute(_EXPIRE, values)
    connection.execute(_FREE_MEMBERS)
    connection.execute(_ADDRESS, values)


def chats_due(connection: Connection, chats: Sequence[int]) -> list[int]:
    """Return the chats that something waits for, the one whose message is oldest first."""
    rows = connection.execute(
        text("""SELECT chat_id FROM delivery WHERE state = 'pending' AND chat_id = ANY(CAST(:chats AS bigint[]))
                GROUP BY chat_id ORDER BY min(alert_id)"""),
        {"chats": list(chats)},
    )
    return [row.chat_id for row in rows]


def queue(connection: Connection, chat_id: int) -> list[Waiting]:
    """Return what waits for a chat, in order."""
    rows = connection.execute(_QUEUE, {"chat_id": chat_id, "chat": str(chat_id), "answers": list(ANSWERS)})
    return [
        Waiting(
            row.id,
            row.attempts,
            row.next_attempt_at,
            row.lease_until,
            row.held_until,
            row.answer,
            SignalFacts(row.symbol, row.direction, row.confidence, row.close_time) if row.kind == "signal" else None,
        )
        for row in rows
    ]


def history(connection: Connection, chat_id: int, waiting: Sequence[Waiting], now: datetime) -> History:
    """Return what the chat has received of the symbols and on the days that wait."""
    signals = [item.signal for item in waiting if item.signal and not item.attempts]
    if not signals:
        return History({}, {})
    symbols, days = sorted({one.symbol for one in signals}), sorted({one.close_time.date() for one in signals})
    sent = connection.execute(_SENT, {"chat": chat_id, "symbols": symbols, "since": now - _LOOK_BACK})
    messages = connection.execute(_MESSAGES, {"chat": chat_id, "days": days})
    return History({row.symbol: row.close_time for row in sent}, {row.day: row.messages for row in messages})


def signal_messages(connection: Connection, chat_id: int, day: date) -> int:
    """Return how many messages about signals of a UTC day of market time went to a chat, the one on its way among them."""
    row = connection.execute(_MESSAGES, {"chat": chat_id, "days": [day]}).one_or_none()
    return int(row.messages) if row else 0


def carry_out(connection: Connection, plan: Plan, now: datetime) -> None:
    """Write a plan down: what is held, what waits, and what goes out within the message that is sent."""
    for delivery_id, because in plan.held:
        connection.execute(
            text("UPDATE delivery SET state = 'held', held_because = :because, finished_at = :now WHERE id = :id"),
            {"id": delivery_id, "because": because.value, "now": now},
        )
    for delivery_id, until in plan.quiet:
        connection.execute(
            text("UPDATE delivery SET held_until = :until, held_because = 'quiet' WHERE id = :id"),
            {"id": delivery_id, "until": until},
        )
    connection.execute(
        text("UPDATE delivery SET lead_id = :lead WHERE id = ANY(:members)"), {"lead": plan.send, "members": list(plan.members)}
    )


def lease(connection: Connection, delivery_id: int, request_id: str | None, now: datetime) -> None:
    """Lease a delivery to the claim that is being answered; it is a new attempt."""
    connection.execute(
        text("""UPDATE delivery SET lease_until = :lease, claimed_at = :now, claimed_by = :request, attempts = attempts + 1,
                held_until = NULL WHERE id = :id"""),
        {"id": delivery_id, "lease": now + UNANSWERED_LEASE, "now": now, "request": request_id},
    )


def lease_again(connection: Connection, request_id: str, chats: Sequence[int], now: datetime) -> tuple[int, int] | None:
    """Return delivery and chat of what an earlier try of this very claim has leased, and lease it anew, as the same attempt."""
    row = connection.execute(
        text("""UPDATE delivery SET lease_until = :lease, claimed_at = :now
                WHERE claimed_by = :request AND state = 'pending' AND lease_until > :now
                  AND chat_id = ANY(CAST(:chats AS bigint[])) RETURNING id, chat_id"""),
        {"request": request_id, "chats": list(chats), "lease": now + UNANSWERED_LEASE, "now": now},
    ).one_or_none()
    return (row.id, row.chat_id) if row else None


def answered(connection: Connection, delivery_id: int, attempt: int) -> None:
    """Lengthen the lease of a claim whose answer is sent: from here on the sender knows of it."""
    connection.execute(
        text("""UPDATE delivery SET lease_until = claimed_at + :lease
                WHERE id = :id AND attempts = :attempt AND state = 'pending' AND lease_until IS NOT NULL"""),
        {"id": delivery_id, "attempt": attempt, "lease": LEASE},
    )


def alerts_of(connection: Connection, delivery_id: int) -> list[Alert]:
    """Return the alerts that one message is about: its own first, then those of its cluster."""
    rows = connection.execute(
        text("""SELECT delivery.id, kind, symbol, payload FROM delivery JOIN alert ON alert.id = alert_id
                WHERE delivery.id = :id OR lead_id = :id ORDER BY lead_id NULLS FIRST, alert_id"""),
        {"id": delivery_id},
    )
    return [Alert(*row) for row in rows]


def state_of(connection: Connection, delivery_id: int) -> State | None:
    """Return where a delivery stands, and lock it until the transaction ends; None when there is none."""
    row = connection.execute(
        text("""SELECT id, chat_id, state, attempts, plain, pictureless, message_id FROM delivery WHERE id = :id FOR UPDATE"""),
        {"id": delivery_id},
    ).one_or_none()
    return State(*row) if row else None


def finish(
    connection: Connection,
    delivery_id: int,
    state: str,
    now: datetime,
    *,
    message_id: int | None = None,
    error: str | None = None,
) -> None:
    """End a delivery and its cluster as `delivered`, `dead` or `expired`."""
    connection.execute(
        text("""UPDATE delivery SET state = :state, finished_at = :now, lease_until = NULL, message_id = :message_id,
                last_error = coalesce(:error, last_error) WHERE id = :id OR lead_id = :id"""),
        {"id": delivery_id, "state": state, "now": now, "message_id": message_id, "error": error},
    )


def retry(
    connection: Connection, delivery_id: int, at: datetime, error: str, *, plain: bool = False, pictureless: bool = False
) -> None:
    """Give a delivery back to the queue, due at `at`; from now on without its markup or its picture where that was refused."""
    connection.execute(
        text("""UPDATE delivery SET next_attempt_at = :at, lease_until = NULL, last_error = :error,
                plain = plain OR :plain, pictureless = pictureless OR :pictureless WHERE id = :id"""),
        {"id": delivery_id, "at": at, "error": error, "plain": plain, "pictureless": pictureless},
    )


def give_up_members(connection: Connection, lead_id: int, broken: Sequence[int], now: datetime, error: str) -> None:
    """End those of a message that cannot be said, and give the others back to the queue as if they had not been claimed."""
    connection.execute(
        text("""UPDATE delivery SET lead_id = NULL, lease_until = NULL, claimed_by = NULL,
                attempts = CASE WHEN id = :lead AND attempts > 0 THEN attempts - 1 ELSE attempts END
                WHERE id = :lead OR lead_id = :lead"""),
        {"lead": lead_id},
    )
    connection.execute(
        text("UPDATE delivery SET state = 'dead', finished_at = :now, last_error = :error WHERE id = ANY(:broken)"),
        {"broken": list(broken), "now": now, "error": error},
    )


def release(connection: Connection, before: datetime) -> int:
    """End the leases that were claimed before a moment: whoever held them is gone. Returns how many there were."""
    return connection.execute(
        text(
            "UPDATE delivery SET lease_until = NULL WHERE lease_until IS NOT NULL AND state = 'pending' AND claimed_at < :before"
        ),
        {"before": before},
    ).rowcount
