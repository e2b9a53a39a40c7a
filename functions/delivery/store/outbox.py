"""The outbox's SQL: which delivery goes out next, who holds it, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from functions.delivery.outbox.planning import QueuePlan, SentHistory, SignalFacts, Waiting
from functions.outbox.classes import AlertClass

# The longest a sender can take: two tries for a picture, then the five minutes after which n8n's Telegram node gives up.
LEASE = timedelta(seconds=330)
UNANSWERED_LEASE = timedelta(seconds=10)  # until the claim is answered: should we die before, nobody knows of the lease
CLAIMS_KEPT = timedelta(days=1)
_CLAIM_LOCK = 0x51A1E27  # any constant: claims follow one another, so no two see the same head of a chat's queue
_LOOK_BACK = timedelta(days=31)  # the longest cooldown, and a day

# What was written while this machine's clock was ahead would wait for as long as it was wrong.
_SHORTEN_PAUSES = text("""
    UPDATE delivery SET next_attempt_at = CAST(:now AS timestamptz) + make_interval(secs => pause)
    WHERE state = 'pending' AND next_attempt_at > CAST(:now AS timestamptz) + make_interval(secs => pause)
""")
_SHORTEN_LEASES = text("""
    UPDATE delivery SET lease_until = :latest, claimed_at = :now WHERE state = 'pending' AND lease_until > :latest
""")
# The message that Telegram answered with a wait keeps its chat waiting: it ends after the wait.
_EXPIRE = text("""
    UPDATE delivery SET state = 'expired', finished_at = :now
    FROM alert WHERE alert.id = delivery.alert_id AND delivery.state = 'pending' AND alert.expires_at <= :now
      AND (delivery.lease_until IS NULL OR delivery.lease_until <= :now)
      AND NOT (delivery.flooded AND delivery.next_attempt_at > :now)
""")
_FREE_MEMBERS = text("""
    UPDATE delivery SET lead_id = NULL FROM delivery AS lead
    WHERE lead.id = delivery.lead_id AND lead.state = 'expired' AND delivery.state = 'pending'
""")
# For the chats that were allowed after an alert was raised.
_ADDRESS_LATE = text("""
    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, asked)
    SELECT alert.id, allowed.chat_id, 'pending', :now, alert.class = 'answer' OR coalesce(alert.asked_by = allowed.chat_id, false)
    FROM alert CROSS JOIN unnest(CAST(:chats AS bigint[])) AS allowed (chat_id)
    WHERE alert.expires_at > :now AND (alert.chat_id IS NULL OR alert.chat_id = allowed.chat_id)
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = alert.id AND d.chat_id = allowed.chat_id)
    ORDER BY alert.id
""")
_SELECT_QUEUE = text("""
    SELECT d.id, a.class AS alert_class, d.attempts, d.next_attempt_at, d.lease_until, d.asked, d.failures, d.flooded,
           d.failures > 0 AND EXISTS (
               SELECT FROM delivery behind JOIN alert of_it ON of_it.id = behind.alert_id
               WHERE behind.chat_id = :chat_id AND behind.state = 'delivered' AND behind.alert_id > d.alert_id
                 AND behind.asked = d.asked AND (d.asked OR of_it.class = a.class)) AS passed, a.kind, a.symbol,
           a.payload ->> 'direction' AS direction,
           CASE WHEN a.kind = 'signal' THEN (a.payload ->> 'confidence')::float8 END AS confidence,
           CASE WHEN a.kind = 'signal' THEN (a.payload ->> 'close_time')::timestamptz END AS close_time
    FROM delivery d JOIN alert a ON a.id = d.alert_id
    WHERE d.state = 'pending' AND d.lead_id IS NULL AND d.chat_id = :chat_id
    ORDER BY CASE WHEN d.asked THEN 0 ELSE a.priority END, d.alert_id
""")
_SELECT_SENT_CLOSES = text("""
    SELECT a.symbol, max((a.payload ->> 'close_time')::timestamptz) AS close_time
    FROM delivery d JOIN alert a ON a.id = d.alert_id
    WHERE a.kind = 'signal' AND d.chat_id = :chat
      AND (d.state = 'delivered' OR (d.state = 'pending' AND (d.attempts > 0 OR d.lead_id IS NOT NULL)))
      AND a.created_at > :since AND a.symbol = ANY(:symbols) GROUP BY a.symbol
""")
_COUNT_SIGNAL_MESSAGES = text("""
    SELECT (a.payload ->> 'close_time')::timestamptz::date AS day, count(*) AS messages
    FROM delivery d JOIN alert a ON a.id = d.alert_id
    WHERE a.kind = 'signal' AND d.chat_id = :chat AND d.lead_id IS NULL
      AND (d.state = 'delivered' OR (d.state = 'pending' AND d.attempts > 0))
      AND (a.payload ->> 'close_time')::timestamptz::date = ANY(:days) GROUP BY 1
""")


@dataclass(frozen=True, slots=True)
class QueuedAlert:
    """What a message is rendered from, and the delivery it is on."""

    delivery_id: int
    kind: str
    alert_class: str
    symbol: str | None
    payload: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Where a delivery stands.

    Args:
        attempts: the number of its newest claim.
        reported_attempt: the newest one that was said to have failed.
        failures: how often it was to be tried again after a pause.
        plain: Telegram refused its markup.
        pictureless: Telegram did not take its picture.
        thread_id: the topic it goes to.
    """

    id: int
    chat_id: int
    state: str
    attempts: int
    reported_attempt: int
    failures: int
    plain: bool
    pictureless: bool
    thread_id: int | None
    message_id: int | None


def begin_claim(connection: Connection, chats: Sequence[int], now: datetime) -> None:
    """Begin a claim: one at a time until the transaction ends; end what has expired, address what is new to a chat."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
    connection.execute(text("DELETE FROM claim WHERE claimed_at < :before"), {"before": now - CLAIMS_KEPT})
    connection.execute(_SHORTEN_PAUSES, {"now": now})
    connection.execute(_SHORTEN_LEASES, {"now": now, "latest": now + LEASE})
    connection.execute(_EXPIRE, {"now": now})
    connection.execute(_FREE_MEMBERS)
    connection.execute(_ADDRESS_LATE, {"now": now, "chats": list(chats)})


def chats_waiting(connection: Connection, chats: Sequence[int]) -> list[int]:
    """Return the chats that something waits for, the one whose message is most urgent, then oldest, first."""
    rows = connection.execute(
        text("""SELECT d.chat_id FROM delivery d JOIN alert a ON a.id = d.alert_id
                WHERE d.state = 'pending' AND d.chat_id = ANY(CAST(:chats AS bigint[]))
                GROUP BY d.chat_id ORDER BY min(CASE WHEN d.asked THEN 0 ELSE a.priority END), min(d.alert_id)"""),
        {"chats": list(chats)},
    )
    return [row.chat_id for row in rows]


def read_queue(connection: Connection, chat_id: int) -> list[Waiting]:
    """Return what waits for a chat, in the order in which it is to go."""
    return [
        Waiting(
            id=row.id,
            alert_class=AlertClass(row.alert_class),
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at,
            lease_until=row.lease_until,
            asked=row.asked,
            failures=row.failures,
            flooded=row.flooded,
            passed=row.passed,
            signal=_signal_facts(row),
        )
        for row in connection.execute(_SELECT_QUEUE, {"chat_id": chat_id})
    ]


def _signal_facts(row: Row[Any]) -> SignalFacts | None:
    if row.kind != "signal":
        return None
    return SignalFacts(symbol=row.symbol, direction=row.direction, confidence=row.confidence, close_time=row.close_time)


def read_history(connection: Connection, chat_id: int, waiting: Sequence[Waiting], now: datetime) -> SentHistory:
    """Return what the chat has received of the symbols and on the days that wait."""
    signals = [item.signal for item in waiting if item.signal and not item.attempts]
    if not signals:
        return SentHistory(closes={}, messages={})
    symbols, days = sorted({signal.symbol for signal in signals}), sorted({signal.close_time.date() for signal in signals})
    sent = connection.execute(_SELECT_SENT_CLOSES, {"chat": chat_id, "symbols": symbols, "since": now - _LOOK_BACK})
    messages = connection.execute(_COUNT_SIGNAL_MESSAGES, {"chat": chat_id, "days": days})
    return SentHistory(closes={row.symbol: row.close_time for row in sent}, messages={row.day: row.messages for row in messages})


def signal_messages(connection: Connection, chat_id: int, day: date) -> int:
    """Return how many messages about signals of a UTC day of market time went to a chat, the one on its way among them."""
    row = connection.execute(_COUNT_SIGNAL_MESSAGES, {"chat": chat_id, "days": [day]}).one_or_none()
    return int(row.messages) if row else 0


def apply_plan(connection: Connection, plan: QueuePlan, now: datetime) -> None:
    """Write what a plan decided: which deliveries are held, and which go out within the message that is sent."""
    for delivery_id, reason in plan.held:
        connection.execute(
            text("UPDATE delivery SET state = 'held', held_because = :because, finished_at = :now WHERE id = :id"),
            {"id": delivery_id, "because": reason.value, "now": now},
        )
    connection.execute(
        text("UPDATE delivery SET lead_id = :lead WHERE id = ANY(:members)"), {"lead": plan.send, "members": list(plan.members)}
    )


def lease_delivery(connection: Connection, delivery_id: int, request_id: str | None, holder: str | None, now: datetime) -> None:
    """Lease a delivery to the claim that is being answered; it is a new attempt."""
    attempt = connection.scalar(
        text("""UPDATE delivery SET lease_until = :lease, claimed_at = :now, holder = :holder, attempts = attempts + 1
                WHERE id = :id RETURNING attempts"""),
        {"id": delivery_id, "lease": now + UNANSWERED_LEASE, "now": now, "holder": holder},
    )
    if request_id:
        connection.execute(
            text("INSERT INTO claim (request_id, delivery_id, attempt, claimed_at) VALUES (:request, :id, :attempt, :now)"),
            {"request": request_id, "id": delivery_id, "attempt": attempt, "now": now},
        )


@dataclass(frozen=True, slots=True)
class EarlierClaim:
    """What an earlier try of a claim got; `leased` for as long as nobody has said how it went and nobody else may send it."""

    delivery_id: int
    chat_id: int
    leased: bool


def find_earlier_claim(connection: Connection, request_id: str, now: datetime) -> EarlierClaim | None:
    """Return what an earlier try of this very claim got; None when there was none."""
    row = (
        connection.execute(
            text("""SELECT d.id AS delivery_id, d.chat_id,
                       d.state = 'pending' AND d.attempts = c.attempt AND coalesce(d.lease_until > :now, false) AS leased
                FROM claim c JOIN delivery d ON d.id = c.delivery_id WHERE c.request_id = :request"""),
            {"request": request_id, "now": now},
        )
        .mappings()
        .one_or_none()
    )
    return EarlierClaim(**row) if row else None


def renew_lease(connection: Connection, delivery_id: int, now: datetime) -> None:
    """Lease a delivery anew to the claim that has it, as the same attempt; never for less than it has left."""
    connection.execute(
        text("UPDATE delivery SET lease_until = greatest(lease_until, :lease) WHERE id = :id"),
        {"id": delivery_id, "lease": now + UNANSWERED_LEASE},
    )


def lengthen_lease(connection: Connection, delivery_id: int, attempt: int) -> None:
    """Lengthen the lease of a claim whose answer is sent: from here on the sender knows of it."""
    connection.execute(
        text("""UPDATE delivery SET lease_until = claimed_at + :lease
                WHERE id = :id AND attempts = :attempt AND state = 'pending' AND lease_until IS NOT NULL"""),
        {"id": delivery_id, "attempt": attempt, "lease": LEASE},
    )


def read_alerts(connection: Connection, delivery_id: int) -> list[QueuedAlert]:
    """Return the alerts that one message is about: its own first, then those of its cluster."""
    rows = connection.execute(
        text("""SELECT delivery.id AS delivery_id, kind, class AS alert_class, symbol, payload, created_at
                FROM delivery JOIN alert ON alert.id = alert_id
                WHERE delivery.id = :id OR lead_id = :id ORDER BY lead_id NULLS FIRST, alert_id"""),
        {"id": delivery_id},
    )
    return [QueuedAlert(**row) for row in rows.mappings()]


def lock_delivery(connection: Connection, delivery_id: int) -> DeliveryRow | None:
    """Return where a delivery stands, and lock it until the transaction ends; None when there is none."""
    row = (
        connection.execute(
            text("""SELECT id, chat_id, state, attempts, reported_attempt, failures, plain, pictureless, thread_id, message_id
                FROM delivery WHERE id = :id FOR UPDATE"""),
            {"id": delivery_id},
        )
        .mappings()
        .one_or_none()
    )
    return DeliveryRow(**row) if row else None


def finish_delivery(
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


def forgive_behind(connection: Connection, delivery_id: int) -> None:
    """Reset the failures of the deliveries behind one that has arrived: Telegram was away, and the order of messages stays."""
    connection.execute(
        text("""UPDATE delivery SET failures = 0 FROM delivery arrived
                WHERE arrived.id = :id AND delivery.chat_id = arrived.chat_id AND delivery.alert_id > arrived.alert_id
                  AND delivery.state = 'pending' AND delivery.failures > 0"""),
        {"id": delivery_id},
    )


@dataclass(frozen=True, slots=True)
class Requeue:
    """How a delivery is sent again.

    Args:
        pause: until then it waits.
        failed: this counts as one of the tries after which it stands aside.
        flooded: its whole chat waits.
        plain: without its markup.
        pictureless: without its picture.
        topicless: into the group itself.
    """

    pause: timedelta = timedelta(0)
    failed: bool = False
    flooded: bool = False
    plain: bool = False
    pictureless: bool = False
    topicless: bool = False


def requeue_delivery(connection: Connection, delivery_id: int, again: Requeue, now: datetime, error: str) -> None:
    """Put a delivery back into the queue. Markup, picture or topic that this leaves out stay left out at later attempts."""
    connection.execute(
        text("""UPDATE delivery SET next_attempt_at = :at, pause = :pause, lease_until = NULL, last_error = :error,
                failures = failures + CAST(:failed AS integer), flooded = :flooded, plain = plain OR :plain,
                pictureless = pictureless OR :pictureless, thread_id = CASE WHEN NOT :topicless THEN thread_id END
                WHERE id = :id"""),
        {
            "id": delivery_id,
            "at": now + again.pause,
            "pause": again.pause.total_seconds(),
            "failed": again.failed,
            "flooded": again.flooded,
            "plain": again.plain,
            "pictureless": again.pictureless,
            "topicless": again.topicless,
            "error": error,
        },
    )


def note_report(connection: Connection, delivery_id: int, attempt: int) -> None:
    """Remember that an attempt was said to have failed: said again it changes nothing."""
    connection.execute(
        text("UPDATE delivery SET reported_attempt = :attempt WHERE id = :id"), {"id": delivery_id, "attempt": attempt}
    )


def give_up_members(connection: Connection, lead_id: int, broken: Sequence[int], now: datetime, error: str) -> None:
    """End the deliveries of a message that cannot be rendered, and put the others back into the queue as if never claimed."""
    connection.execute(
        text("DELETE FROM claim USING delivery WHERE delivery_id = :lead AND id = :lead AND attempt = attempts"),
        {"lead": lead_id},
    )
    connection.execute(
        text("""UPDATE delivery SET lead_id = NULL, lease_until = NULL,
                attempts = CASE WHEN id = :lead AND attempts > 0 THEN attempts - 1 ELSE attempts END
                WHERE id = :lead OR lead_id = :lead"""),
        {"lead": lead_id},
    )
    connection.execute(
        text("UPDATE delivery SET state = 'dead', finished_at = :now, last_error = :error WHERE id = ANY(:broken)"),
        {"broken": list(broken), "now": now, "error": error},
    )


def release_leases(connection: Connection, before: datetime, holder: str | None, now: datetime) -> int:
    """End the leases that a process claimed before a moment, since it is gone; those of all processes without a name.

    A moment that has not come yet was read before the clock went back, and says nothing of who claimed what: it ends none.

    Returns how many there were.
    """
    if before > now:
        return 0
    return connection.execute(
        text("""UPDATE delivery SET lease_until = NULL WHERE lease_until IS NOT NULL AND state = 'pending'
                AND claimed_at < :before AND (CAST(:holder AS text) IS NULL OR holder = :holder)"""),
        {"before": before, "holder": holder},
    ).rowcount
