"""Decide what to send to a chat next, from its queue and its policy, when a message is claimed.

No signal is kept back to wait for others of its cluster. Signals of one close are written in one transaction, and messages gather
while another is on its way: so the next claim sees them together, and a lone signal goes out at once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from functions.delivery.outbox.policy import Held, Policy
from functions.outbox.classes import POLICIES, AlertClass

CLUSTER_FROM = 4  # signals of one close and direction
PROBES = 3  # messages of a class that fail one after another, nothing behind them arriving: then it is Telegram that fails


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
        alert_class: of its alert; decides what it waits for and what waits for it.
        asked: it answers what the chat asked for.
        failures: tries that failed.
        flooded: Telegram asked the whole chat to wait until `next_attempt_at`.
        passed: a message of its class behind it has arrived.
        signal: None for every other kind of alert.
    """

    id: int
    alert_class: AlertClass
    attempts: int
    next_attempt_at: datetime
    lease_until: datetime | None = None
    asked: bool = False
    failures: int = 0
    flooded: bool = False
    passed: bool = True
    signal: SignalFacts | None = None

    @property
    def lane(self) -> AlertClass:
        """Return the class of messages that it goes among, one at a time and in order."""
        return AlertClass.ANSWER if self.asked else self.alert_class

    @property
    def aside(self) -> bool:
        """Tell whether it has failed so often that nothing waits behind it any more."""
        return self.failures > POLICIES[self.lane].patience

    def leased(self, now: datetime) -> bool:
        """Tell whether it is on its way."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class SentHistory:
    """What the chat has received: the newest close of each symbol, and signal messages per UTC day of market time."""

    closes: Mapping[str, datetime]
    messages: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """What to do with a queue.

    Args:
        send: the delivery to send now, if any.
        members: others that go out within its message.
        held: those that are not sent, and why.
    """

    send: int | None
    members: tuple[int, ...] = ()
    held: tuple[tuple[int, Held], ...] = ()


def plan_queue(queue: Sequence[Waiting], policy: Policy, history: SentHistory, now: datetime) -> QueuePlan:
    """Decide about a chat's queue.

    The classes of messages do not wait for one another. Within a class one message is on its way at a time, and one that waits
    for its retry keeps those behind it waiting, until it has failed too often and stands aside: then it is tried when nothing
    else is due, nothing of its class is on its way, and nothing before it waits for a retry. When nothing behind several such
    messages arrives, Telegram is away and not they at fault: they keep their order. A chat that Telegram asked to wait gets
    nothing until then.

    Args:
        queue: pending deliveries, in the order in which they are to go.
        policy: of the chat.
        history: of the chat.
        now: wall time.
    """
    if any(item.flooded and item.next_attempt_at > now for item in queue):
        return QueuePlan(None)
    held: list[tuple[int, Held]] = []
    silent = _silent(queue)
    busy = {item.lane for item in queue if item.leased(now) and (item.lane in silent or not item.aside)}
    aside: int | None = None
    for place, item in enumerate(queue):
        if item.leased(now):
            continue
        if item.aside and item.lane not in silent:
            due = item.lane not in busy and item.next_attempt_at <= now
            aside = item.id if aside is None and due else aside
        elif item.lane in busy:
            continue
        elif item.next_attempt_at > now:
            busy.add(item.lane)
        elif item.attempts:  # a message that was tried is tried again, whatever the chat wants now
            return QueuePlan(item.id, (), tuple(held))
        elif reason := _refused(item, policy, history, now):
            held.append((item.id, reason))
        elif not policy.asleep(item.lane, now):
            return QueuePlan(item.id, _cluster(item, queue[place + 1 :], policy, history, now), tuple(held))
    return QueuePlan(aside, (), tuple(held))


def _silent(queue: Sequence[Waiting]) -> frozenset[AlertClass]:
    """Return the classes in which nothing arrives, whichever message is tried."""
    failing = Counter(item.lane for item in queue if item.aside and not item.passed)
    return frozenset(lane for lane, count in failing.items() if count >= PROBES)


def _refused(item: Waiting, policy: Policy, history: SentHistory, now: datetime) -> Held | None:
    if not policy.hears(item.lane):
        return Held.CLASS
    signal = item.signal
    if signal is None or not POLICIES[item.lane].limited:
        return None
    if unwanted := policy.unwanted(signal.symbol, signal.confidence, now):
        return unwanted
    last = history.closes.get(signal.symbol)
    if last is not None and signal.close_time - last < policy.cooldown:
        return Held.COOLDOWN
    sent = history.messages.get(signal.close_time.astimezone(UTC).date(), 0)
    return Held.BUDGET if sent >= policy.budget else None


def _cluster(first: Waiting, behind: Sequence[Waiting], policy: Policy, history: SentHistory, now: datetime) -> tuple[int, ...]:
    """Return the signals of other symbols with the close and direction of `first`; none when too few for one message."""
    if first.signal is None or not POLICIES[first.lane].clustered:
        return ()
    symbols, members = {first.signal.symbol}, []
    for item in behind:
        other = item.signal
        same = other and (other.direction, other.close_time) == (first.signal.direction, first.signal.close_time)
        if other and same and not item.attempts and other.symbol not in symbols and not _refused(item, policy, history, now):
            symbols.add(other.symbol)
            members.append(item.id)
    return tuple(members) if len(symbols) >= CLUSTER_FROM else ()
