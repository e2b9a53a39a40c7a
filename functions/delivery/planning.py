"""What to send to a chat next: what waits in its queue against what the chat wants, decided when a message is claimed.

Nothing waits to be clustered. While one message is on its way others gather behind it, and signals of one close are written in
one transaction: so whoever asks next finds them together, and a lone signal goes out at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from functions.delivery.policy import Held, Policy

CLUSTER_FROM = 4  # signals of one close and direction


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What decides about a signal."""

    symbol: str
    direction: str
    confidence: float
    close_time: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending delivery.

    Args:
        answer: it answers what the chat asked for and is never held back.
        signal: None for every other kind of alert.
    """

    id: int
    attempts: int
    next_attempt_at: datetime
    lease_until: datetime | None
    held_until: datetime | None
    answer: bool
    signal: SignalFacts | None


@dataclass(frozen=True, slots=True)
class History:
    """What the chat has received: the newest close of each symbol, and signal messages per UTC day of market time."""

    closes: Mapping[str, datetime]
    messages: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a queue.

    Args:
        send: the delivery to send now, if any.
        members: others that go out within its message.
        held: those that are not sent, and why.
        quiet: those that wait for the end of the quiet hours, and it.
    """

    send: int | None
    members: tuple[int, ...] = ()
    held: tuple[tuple[int, Held], ...] = ()
    quiet: tuple[tuple[int, datetime], ...] = ()


def plan(queue: Sequence[Waiting], policy: Policy, history: History, now: datetime) -> Plan:
    """Decide about a chat's queue, which is in order.

    One message of a chat is on its way at a time; one that waits for its retry keeps those behind it waiting.

    Args:
        queue: pending deliveries, oldest first.
        policy: of the chat.
        history: of the chat.
        now: wall time.
    """
    if any(_leased(item, now) for item in queue):
        return Plan(None)
    held: list[tuple[int, Held]] = []
    quiet: list[tuple[int, datetime]] = []
    for place, item in enumerate(queue):
        if item.held_until and item.held_until > now and not item.attempts:
            continue
        if item.next_attempt_at > now:
            return Plan(None, (), tuple(held), tuple(quiet))
        if item.answer or item.attempts:
            return Plan(item.id, (), tuple(held), tuple(quiet))
        if item.signal and (reason := _refused(item.signal, policy, history, now)):
            held.append((item.id, reason))
        elif until := policy.quiet_until(now):
            quiet.append((item.id, until))
        else:
            members = _cluster(item, queue[place + 1 :], policy, history, now)
            return Plan(item.id, members, tuple(held), tuple(quiet))
    return Plan(None, (), tuple(held), tuple(quiet))


def _leased(item: Waiting, now: datetime) -> bool:
    return item.lease_until is not None and item.lease_until > now


def _refused(signal: SignalFacts, policy: Policy, history: History, now: datetime) -> Held | None:
    if unwanted := policy.unwanted(signal.symbol, signal.confidence, now):
        return unwanted
    last = history.closes.get(signal.symbol)
    if last is not None and signal.close_time - last < policy.cooldown:
        return Held.COOLDOWN
    sent = history.messages.get(signal.close_time.astimezone(UTC).date(), 0)
    return Held.BUDGET if sent >= policy.budget else None


def _cluster(first: Waiting, behind: Sequence[Waiting], policy: Policy, history: History, now: datetime) -> tuple[int, ...]:
    """Return those that say the same as `first` about other symbols; none when they are too few for one message."""
    if first.signal is None:
        return ()
    symbols, members = {first.signal.symbol}, []
    for item in behind:
        other = item.signal
        same = other and (other.direction, other.close_time) == (first.signal.direction, first.signal.close_time)
        fresh = not item.attempts and not (item.held_until and item.held_until > now)
        if other and same and fresh and other.symbol not in symbols and _refused(other, policy, history, now) is None:
            symbols.add(other.symbol)
            members.append(item.id)
    return tuple(members) if len(symbols) >= CLUSTER_FROM else ()
