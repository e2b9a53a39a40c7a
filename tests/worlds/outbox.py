"""A world of the outbox: causes raise alerts, n8n claims and sends them, Telegram takes them; each may fail at any step.

What must hold in every world: each cause's alert arrives, or has expired by the clock; it arrives once, but for sends whose
outcome nobody heard; nothing goes out that is on its way or confirmed; a class keeps its order; Telegram's wait is kept; nothing
waits long once all is well.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from functions.delivery.outbox.failures import Failure
from functions.outbox.classes import POLICIES, AlertClass
from tests.worlds.outbox_rows import Outbox, Row
from tests.worlds.schedule import Process, World

BEGINNING = datetime(2026, 3, 2, tzinfo=UTC)
FAULTY_SECONDS = 240.0
HEALED_SECONDS = 120.0  # the longest pause, a short lease, and the messages one after the other
STALLED_SECONDS = 600.0  # a lease whose holder never heard that it has it, or a clock that was wrong, and slow messages behind it
CLASSES = (AlertClass.ANSWER, AlertClass.TRADE, AlertClass.TRADE, AlertClass.REPORT, AlertClass.REPORT, AlertClass.NEWS)
SAFEGUARDS = {
    "unique key": "an alert whose cause is committed again is not raised again",
    "one transaction": "a cause and its alert are committed together",
    "one claim at a time": "two claims do not see the same head of the queue",
    "claim key": "a claim whose answer was lost gets the same message again",
    "lease check": "what is on its way goes to nobody else",
    "short lease": "a claim that was never answered holds its message for seconds only",
    "attempt fence": "a late report about an earlier attempt changes nothing",
    "report once": "a report that is repeated counts once",
    "release": "what a sender held that died goes out at once",
    "release moment": "a late release ends no lease of the sender's successor",
    "release not ahead": "a release whose moment was read before the clock went back ends no lease of the sender's successor",
    "pauses shortened": "a clock that was ahead leaves no long wait behind",
    "leases shortened": "a clock that was ahead leaves no long lease behind",
    "expiry waits": "a message does not expire while it is sent",
    "flood wait": "a chat that Telegram asks to wait gets nothing",
}
Answer = TypeVar("Answer")
Heard = Generator[float, None, Answer | None]


@dataclass(slots=True)
class Send:
    """One try to send a message: what becomes of it, as nobody but the world knows."""

    row: Row
    attempt: int
    began: float
    received: bool = False
    confirmed: bool = False


class OutboxWorld(World):
    """One seed's world; `violations` says what went wrong in it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.outbox = Outbox(self.without)
        self.offset = 0.0
        self.jumped = self.stalled = float("-inf")
        self.functions_back = 0.0
        self.executions: list[Process] = []
        self.n8n_runs, self.requests = True, 0
        self.on_their_way: list[Send] = []
        self.sends: list[Send] = []
        self.failed_attempts: set[tuple[int, int]] = set()
        self.causes: set[str] = set()
        self.wanted: list[str] = []
        self.told_to_wait: tuple[float, float] = (0.0, 0.0)  # since when Telegram's wait is written down, and until when it lasts
        self.flooded_until = 0.0

    def run(self) -> list[str]:
        """Live through the world and return what went wrong."""
        faults = self.chance.choice((0.0, 0.02, 0.08, 0.2))
        self.faults = faults
        self.slow = self.chance.choice((0.05, 0.1, 0.6)) if faults else 0.0
        for number in range(self.chance.randint(2, 9)):
            self.schedule.start(self.cause(f"alert {number}"), self.chance.uniform(0, FAULTY_SECONDS))
        self.schedule.start(self.clocked())
        if faults:
            self.schedule.start(self.crashes_of_n8n(), self.chance.uniform(5, FAULTY_SECONDS))
        if faults and self.chance.random() < 0.3:
            self.schedule.start(self.clock_jumps(), self.chance.uniform(0, FAULTY_SECONDS / 3))
        self.schedule.run(FAULTY_SECONDS)
        self.faults = 0.0
        while self.schedule.now < self.healed_by and (self.outbox.pending or len(self.outbox.rows) < len(self.wanted)):
            self.schedule.run(self.schedule.now + 10)
        self.look_at_the_end()
        return self.violations

    @property
    def healed_by(self) -> float:
        """Return when nothing may wait any more."""
        well = max(FAULTY_SECONDS, self.jumped)
        return well + (HEALED_SECONDS if max(self.stalled, self.jumped) < 0 else STALLED_SECONDS)

    def wall(self) -> datetime:
        """Return what the machine's clock shows."""
        return BEGINNING + timedelta(seconds=self.schedule.now + self.offset)

    # --- what happens beside the product

    def clock_jumps(self) -> Process:
        """Let the clock go ahead or back for a while, again and again."""
        while self.faults:
            self.offset, self.jumped = self.chance.choice((-7200.0, 7200.0, 86400.0)), self.schedule.now
            yield self.chance.uniform(2, FAULTY_SECONDS / 3)
            self.offset, self.jumped = 0.0, self.schedule.now
            yield self.chance.uniform(2, FAULTY_SECONDS / 3)

    def crashes_of_n8n(self) -> Process:
        """Kill n8n with all that it does, and start it again."""
        while self.faults:
            for execution in self.executions:
                execution.close()
            self.executions, self.on_their_way, self.n8n_runs = [], [], False
            yield self.chance.uniform(1, 15)
            self.n8n_runs = True
            began = self.wall()
            self.start_in_n8n(self.release(began))
            yield self.chance.uniform(20, 150)

    def start_in_n8n(self, execution: Process) -> None:
        """Let n8n run something, until it dies."""
        self.executions.append(self.schedule.start(execution))

    def clocked(self) -> Process:
        """Let n8n look into the outbox every few seconds, also while it sends."""
        while True:
            if self.n8n_runs:
                self.start_in_n8n(self.execution())
            yield 5.0

    # --- a call of the functions: it may not arrive, they may die after they have committed, their answer may be lost

    def call(
        self, act: Callable[[], Answer], sent: Callable[[Answer], bool] = lambda _: False, *, stalls: bool = False
    ) -> Heard[Answer]:
        """Call up to three times, as n8n does; returns None when no answer was heard.

        Args:
            act: what the functions commit.
            sent: what they do once an answer is sent; tells whether a lease runs on when nobody hears it.
            stalls: a lease runs on when this does not get through at all.
        """
        for _ in range(3):
            yield self.chance.uniform(0.002, 0.05)
            if self.schedule.now >= self.functions_back and not self.schedule.chances(self.faults):
                answer = act()
                if self.schedule.chances(self.faults / 2):
                    self.functions_back = self.schedule.now + self.chance.uniform(0.5, 6)
                else:
                    waited_for = sent(answer)
                    if not self.schedule.chances(self.faults):
                        return answer
                    stalls = stalls or waited_for
            yield self.chance.uniform(0.5, 3)
        self.stalled = self.schedule.now if stalls else self.stalled
        return None

    def cause(self, key: str) -> Process:
        """Commit a cause with its alert; whoever hears no answer does it again, and schedules overlap."""
        self.wanted.append(key)
        alert_class = self.chance.choice(CLASSES)
        life = timedelta(seconds=30 if self.chance.random() < 0.2 else 2 * 86_400)

        def commit() -> bool:
            if "one transaction" in self.without:
                if key in self.causes:
                    return True
                self.causes.add(key)
                if self.schedule.chances(self.faults):
                    self.functions_back = self.schedule.now + 2
                    return True
            self.causes.add(key)
            self.outbox.add(key, alert_class, self.wall(), self.wall() + life)
            return True

        while (yield from self.call(commit)) is None:
            yield 1.0
        if self.schedule.chances(0.3):
            yield 0.1
            commit()

    # --- n8n

    def release(self, began: datetime) -> Process:
        """Tell the functions that what an earlier n8n held is free."""

        def act() -> bool:
            self.outbox.release(began, self.wall())
            return True

        while (yield from self.call(act)) is None:
            yield 1.0

    def execution(self) -> Process:
        """Claim and send until there is nothing to send."""
        while True:
            self.requests += 1
            claimed = yield from self.claim(f"request {self.requests}")
            if not claimed:
                return
            row, attempt = claimed
            yield from self.send(row, attempt)

    def claim(self, request: str) -> Heard[tuple[Row, int]]:
        """Claim the next message."""

        def act() -> tuple[Row, int] | tuple[()]:
            now = self.wall()
            self.expire(now)
            known, again = self.outbox.repeated(request, now)
            row = again if known else self.outbox.plan(now)
            if row is None:
                return ()
            if known:
                return row, row.attempts
            self.look_at_claim(row)
            return row, self.outbox.lease(row, request, now)

        def heard(answer: tuple[Row, int] | tuple[()]) -> bool:
            if answer:
                self.schedule.call(lambda: self.outbox.lengthen(*answer), 0.01)
            return bool(answer)

        if "one claim at a time" in self.without and (row := self.outbox.plan(self.wall())):
            yield 0.05
            return row, self.outbox.lease(row, request, self.wall())
        return (yield from self.call(act, heard)) or None

    def expire(self, now: datetime) -> None:
        """Tidy the outbox; nothing expires while it is sent."""
        before = {row.id for row in self.outbox.pending}
        self.outbox.tidy(now)
        for send in self.on_their_way:
            if send.row.id in before and send.row.state == "expired" and self.jumped < send.began:
                self.violated(f"{send.row.key} counts as expired while it is sent")

    def send(self, row: Row, attempt: int) -> Process:
        """Send a message and say how it went."""
        self.look_at_send(row)
        send = Send(row, attempt, self.schedule.now)
        self.sends.append(send)
        self.on_their_way.append(send)
        failure = yield from self.telegram(send)
        self.on_their_way = [other for other in self.on_their_way if other is not send]
        if failure is None:
            yield from self.call(lambda: self.confirm(send), stalls=True)
            return
        self.failed_attempts.add((row.id, attempt))

        def report() -> bool:
            known = row.reported_attempt
            self.outbox.failed(row, attempt, failure, self.wall())
            if failure.retry_after and row.flooded and row.reported_attempt != known:
                self.told_to_wait = (self.schedule.now, self.flooded_until)
            if row.failures > sum(1 for failed, _ in self.failed_attempts if failed == row.id):
                self.violated(f"{row.key} counts a failure twice")
            return True

        yield from self.call(report, stalls=True)

    def confirm(self, send: Send) -> bool:
        """Confirm a message."""
        self.outbox.delivered(send.row)
        send.confirmed = True
        return True

    def telegram(self, send: Send) -> Heard[Failure]:
        """Take a message, refuse it, or be silent; returns what the sender hears."""
        yield self.chance.uniform(1, 40) if self.chance.random() < self.slow else self.chance.uniform(0.05, 0.3)
        if self.schedule.now < self.flooded_until:
            return Failure("Too Many Requests", 429, self.flooded_until - self.schedule.now)
        fault = self.chance.random() / self.faults if self.faults else 9.0
        if fault < 0.3:
            self.flooded_until = self.schedule.now + self.chance.uniform(2, 20)
            return Failure("Too Many Requests", 429, self.flooded_until - self.schedule.now)
        if fault < 0.6:
            return Failure("Internal Server Error", 500)
        if fault < 0.8:
            yield 5.0
            return Failure("no answer")
        send.received = True
        if fault < 1.0:
            return Failure("no answer")
        return None

    # --- what must hold

    def look_at_claim(self, row: Row) -> None:
        """A claim gets nothing that is on its way, that another of its class goes before, or that Telegram would refuse."""
        for send in self.on_their_way:
            if send.row is row and self.jumped < send.began:
                self.violated(f"{row.key} is claimed while it is sent")
        since, until = self.told_to_wait
        if since < self.schedule.now < until and self.jumped < since:
            self.violated(f"{row.key} is claimed while Telegram asks to wait")
        for earlier in self.outbox.rows[: row.id]:
            waits = earlier.state == "pending" and earlier.alert_class is row.alert_class and not self.copies(earlier)
            if waits and earlier.failures <= POLICIES[earlier.alert_class].patience:
                self.violated(f"{row.key} goes before {earlier.key}")

    def look_at_send(self, row: Row) -> None:
        """Nothing goes out twice at once, or after it is confirmed."""
        if row.state == "delivered" and self.jumped == float("-inf"):
            self.violated(f"{row.key} is sent after it was confirmed")
        if any(send.row is row and self.jumped < send.began for send in self.on_their_way):
            self.violated(f"{row.key} is sent twice at once")

    def look_at_the_end(self) -> None:
        """Each cause's alert arrived or expired, and arrived once but for what nobody heard."""
        for key in self.wanted:
            rows = [row for row in self.outbox.rows if row.key == key]
            if len(rows) != 1:
                self.violated(f"{key} was raised {len(rows)} times")
            for row in rows:
                self.look_at_row(row)

    def look_at_row(self, row: Row) -> None:
        """A message has arrived, once but for the copies that nobody could confirm, or its time is over."""
        if row.state == "pending" or (row.state == "delivered" and not self.copies(row)):
            self.violated(f"{row.key} is {row.state} and did not arrive")
        if sum(send.confirmed for send in self.copies(row)) > 1 and self.jumped == float("-inf"):
            self.violated(f"{row.key} was sent and confirmed twice")

    def copies(self, row: Row) -> list[Send]:
        """Return the tries whose message Telegram has taken."""
        return [send for send in self.sends if send.row is row and send.received]
