"""A claim: which delivery goes out next, leased and rendered for its chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from functions.delivery.messages.message import Message
from functions.delivery.messages.rendering import DIGEST, SIGNAL, can_render, render
from functions.delivery.messages.texts import commands as texts
from functions.delivery.messages.words import Html
from functions.delivery.outbox.planning import plan_queue
from functions.delivery.outbox.policy import Policy
from functions.delivery.store import chats, recipients
from functions.delivery.store import outbox as store
from functions.digest.store import unsent
from functions.errors import Broken
from functions.logs import get_logger

log = get_logger("delivery")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who claims.

    Args:
        request_id: the key of the claim; a repetition has the same one.
        holder: the process that sends.
    """

    request_id: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a claim got: the delivery as it stands, the alerts that its message is about, and the message."""

    delivery: store.DeliveryRow
    alerts: Sequence[store.QueuedAlert]
    message: Message


@dataclass(slots=True)
class Counts:
    """How many deliveries a claim has ended beside the one it got, by what became of them."""

    ended: dict[str, int]

    def add(self, state: str, count: int = 1) -> None:
        """Count deliveries that ended."""
        self.ended[state] = self.ended.get(state, 0) + count


def claim_next(connection: Connection, caller: Caller, allowed: Sequence[int], now: datetime, counts: Counts) -> Parcel | None:
    """Lease the next delivery that is due in the caller's transaction; None when there is none.

    A repeated claim gets the same delivery and attempt again, and nothing once that was reported or leased to another.
    """
    reachable = recipients.sync(connection, allowed)
    store.begin_claim(connection, reachable, now)
    if caller.request_id and (earlier := store.find_earlier_claim(connection, caller.request_id, now)):
        if not earlier.leased or earlier.chat_id not in reachable:
            return None
        store.renew_lease(connection, earlier.delivery_id, now)
        return _parcel(connection, earlier.delivery_id, chats.read_policy(connection, earlier.chat_id, now), now, counts)
    for chat_id in store.chats_waiting(connection, reachable):
        policy = chats.read_policy(connection, chat_id, now)
        while (delivery_id := _lease(connection, caller, policy, now, counts)) is not None:
            if parcel := _parcel(connection, delivery_id, policy, now, counts):
                return parcel
    return None


def _lease(connection: Connection, caller: Caller, policy: Policy, now: datetime, counts: Counts) -> int | None:
    waiting = store.read_queue(connection, policy.chat_id)
    planned = plan_queue(waiting, policy, store.read_history(connection, policy.chat_id, waiting, now), now)
    store.apply_plan(connection, planned, now)
    for _, because in planned.held:
        counts.add(f"held_{because}")
    if planned.send is not None:
        store.lease_delivery(connection, planned.send, caller.request_id, caller.holder, now)
    return planned.send


def _parcel(connection: Connection, delivery_id: int, policy: Policy, now: datetime, counts: Counts) -> Parcel | None:
    """Render a leased delivery; one that cannot be rendered is given up, so that it does not block the queue."""
    state = store.lock_delivery(connection, delivery_id)
    alerts = store.read_alerts(connection, delivery_id)
    if state is None or not alerts:
        return None
    first = alerts[0]
    payloads = [alert.payload for alert in alerts]
    if first.kind == DIGEST:  # what was held back differs from chat to chat
        payloads = [{**first.payload, "unsent": unsent(connection, first.created_at, policy.chat_id)}]
    try:
        return Parcel(state, alerts, render(first.kind, payloads, policy.words, _budget_note(connection, first, policy)))
    except Broken as error:
        _give_up(connection, alerts, policy, error, now, counts)
        return None


def _budget_note(connection: Connection, first: store.QueuedAlert, policy: Policy) -> Html | None:
    """Return what the day's last message about signals says of it: without a word silence would look like a fault."""
    if first.kind != SIGNAL:
        return None
    day = datetime.fromisoformat(first.payload["close_time"]).astimezone(UTC).date()
    if store.signal_messages(connection, policy.chat_id, day) < policy.budget:
        return None
    return texts.budget_used(policy.budget, policy.words)


def _give_up(
    connection: Connection, alerts: Sequence[store.QueuedAlert], policy: Policy, error: Broken, now: datetime, counts: Counts
) -> None:
    """Give up the alerts of a message that cannot be rendered; all of them when each can be rendered alone."""
    broken = [alert.delivery_id for alert in alerts if not can_render(alert.kind, alert.payload, policy.words)]
    broken = broken or [alert.delivery_id for alert in alerts]
    log.error("message cannot be made", deliveries=broken, error=error.detail)
    store.give_up_members(connection, alerts[0].delivery_id, broken, now, error.detail[:500])
    counts.add("dead", len(broken))
