"""A world of candles: a stream that loses frames, an exchange that answers half, a collector and a database that die.

What must hold in every world: a candle that is over is stored, on its way, or named by a gap, whatever died; no gap names a
candle that is not over, or one twice; only what the exchange does not have counts as absent; in the end all of it is stored.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from functions.collector.collector import UNHEARD
from functions.collector.feed.closes import CloseTracker
from functions.collector.gap_keeper import RECONNECT, SETTLE, START, SWEEP
from functions.market.candles.closed import ClosedCandles
from functions.market.candles.denials import ENOUGH, CoveredRuns, denial_counts, with_neighbour
from functions.market.candles.gaps import Run, to_ms
from functions.market.store import Gap
from tests.worlds.gap_rows import FRAME, Ledger
from tests.worlds.schedule import Process, World

BEGINNING = datetime(2026, 3, 2, tzinfo=UTC)
CANDLES, SECONDS = 24, 300
END, HEALED = CANDLES * SECONDS, 3000
COINS = ("AAAUSDT", "BBBUSDT")
LOOK = 25.0  # seconds between two looks of the collector
NOTED_AFTER = timedelta(seconds=45)  # a candle that is over so long is stored or named
SAFEGUARDS = {
    "look back at a start": "what a collector that died had not stored is missed by nobody else",
    "kept until found": "a look that failed is looked again",
    "grace of a close": "a single frame that is lost is missed when the others of its close are there",
    "covering row": "a gap that is found twice has one row",
    "trimming": "a clock that was ahead leaves no gap of the future",
    "two denials": "one answer without a candle may be half an answer",
    "denials apart": "two answers in one hiccup are one denial",
    "neighbour": "an answer without any candle of the pair denies nothing",
}


class Away(Exception):
    """The database or the exchange does not answer."""


class GapWorld(World):
    """One seed's world; `violations` says what went wrong in it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ledger = Ledger(self.without)
        self.deaf: list[tuple[float, float]] = []
        self.hiccups: list[tuple[float, float, str]] = []
        self.clock_ahead: tuple[float, float] = (0.0, 0.0)
        self.never: set[tuple[str, datetime]] = set()
        self.spoken_at = BEGINNING
        self.begin_collector()

    def begin_collector(self) -> None:
        """Know nothing but that there may be gaps: a collector as it starts."""
        self.alive = True
        self.tracker, self.missed = CloseTracker(COINS), list[Run]()
        self.deafness = [] if "look back at a start" in self.without else [(START, BEGINNING)]
        self.queue: list[tuple[str, datetime]] = []
        self.heard = False

    def run(self) -> list[str]:
        """Live through the world and return what went wrong."""
        self.faults = self.chance.choice((0.0, 0.05, 0.2))
        if self.faults:
            self.plan_faults()
        for number in range(CANDLES):
            for coin in COINS:
                ended = (number + 1) * SECONDS + self.chance.uniform(0.6, 1.0)
                self.schedule.call(partial(self.frame, coin, BEGINNING + number * FRAME.span), ended)
        self.schedule.start(self.looks(), 1.0)
        self.schedule.start(self.sweeps(), 3600.0)
        self.schedule.run(END)
        self.faults, self.hiccups, self.deaf = 0.0, [], []
        self.schedule.run(END + HEALED)
        self.look_at_the_end()
        return self.violations

    def plan_faults(self) -> None:
        """Choose when the stream is cut, the exchange hiccups, the collector dies, a clock is ahead; and what never traded."""
        for _ in range(self.chance.randint(0, 3)):
            began = self.chance.uniform(0, END)
            self.deaf.append((began, began + self.chance.uniform(5, 900)))
            self.schedule.call(partial(self.reconnected, began), self.deaf[-1][1])
        at = self.chance.uniform(0, 1500)
        while at < END:
            kind = self.chance.choice(("half", "empty", "away"))
            until = at + self.chance.uniform(60, 1600 if kind == "empty" else 500)
            self.hiccups.append((at, until, kind))
            at = until + self.chance.uniform(800, 3000)
        if self.chance.random() < 0.5:
            self.schedule.start(self.dies(), self.chance.uniform(100, END - 400))
        if self.chance.random() < 0.3:
            began = self.chance.uniform(600, END - 1200)
            self.clock_ahead = (began, began + self.chance.uniform(60, 900))
        if self.chance.random() < 0.3:
            self.never = {(self.chance.choice(COINS), BEGINNING + self.chance.randrange(CANDLES) * FRAME.span)}

    # --- the exchange

    def exchange_time(self) -> datetime:
        """Return what the exchange's clock shows."""
        return BEGINNING + timedelta(seconds=self.schedule.now)

    def exists(self, coin: str, opened: datetime) -> bool:
        """Tell whether the exchange has a candle."""
        return BEGINNING <= opened <= FRAME.last_closed(self.exchange_time()) and (coin, opened) not in self.never

    def candles(self, run: Run) -> ClosedCandles:
        """Answer a request by REST.

        Raises:
            Away: not now.
        """
        kind = next((kind for began, ended, kind in self.hiccups if began <= self.schedule.now < ended), "")
        if kind == "away" or self.schedule.chances(self.faults / 2):
            raise Away
        opened = [run.first + number * FRAME.span for number in range(run.count)]
        there = [] if kind == "empty" else [at for at in opened if self.exists(run.symbol, at)]
        if kind == "half":
            there = [at for at in there if self.chance.random() < 0.5]
        times = [to_ms(at) for at in there]
        return ClosedCandles.from_rows(
            FRAME, to_ms(self.exchange_time()), [run.symbol] * len(times), times, [(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)] * len(times)
        )

    def frame(self, coin: str, opened: datetime) -> None:
        """Say in the stream that a candle is over."""
        if (coin, opened) in self.never or self.is_deaf() or not self.alive or self.schedule.chances(self.faults / 4):
            return
        self.queue.append((coin, opened))
        self.schedule.call(self.write, 0.2)

    # --- the collector

    def is_deaf(self) -> bool:
        """Tell whether the stream is cut."""
        return any(began <= self.schedule.now < ended for began, ended in self.deaf)

    def now(self) -> datetime:
        """Return what the collector takes for the exchange's time."""
        began, ended = self.clock_ahead
        return self.exchange_time() + (timedelta(minutes=15) if began <= self.schedule.now < ended else timedelta(0))

    def reconnected(self, since: float) -> None:
        """Note that nothing was heard for a while."""
        if self.alive:
            self.deafness.append((RECONNECT, BEGINNING + timedelta(seconds=since)))

    def dies(self) -> Process:
        """Die with all that is in memory, and start again."""
        self.alive = False
        yield self.chance.uniform(5, 700)
        self.begin_collector()

    def sweeps(self) -> Process:
        """Look at everything each hour: what nothing else has noticed."""
        while True:
            self.deafness.append((SWEEP, BEGINNING))
            yield 3600.0

    def ask_database(self) -> None:
        """Begin a transaction.

        Raises:
            Away: the database is.
        """
        if self.schedule.chances(self.faults):
            raise Away

    def write(self) -> None:
        """Store what is queued; while the database is away it stays queued."""
        if not self.alive or not self.queue:
            return
        try:
            self.ask_database()
        except Away:
            return
        came, self.queue, self.heard = self.queue, [], True
        self.ledger.stored.update(came)
        for coin, opened in came:
            self.tracker.stored(FRAME, opened + FRAME.span, {coin}, self.schedule.now)

    def looks(self) -> Process:
        """Look for gaps and fill them, again and again."""
        while True:
            self.spoken_at = self.spoken_at if self.is_deaf() else self.exchange_time()
            if self.alive:
                self.write()
                self.tracker.due(self.schedule.now)
                self.tracker.expect(self.now() - UNHEARD, self.spoken_at)
                try:
                    if self.deafness or self.missed or self.tracker.lacking or self.clock_ahead[1]:
                        self.find()
                    if NOTED_AFTER.total_seconds() <= self.schedule.now % SECONDS < 3 * NOTED_AFTER.total_seconds():
                        self.look_at_ledger()
                    self.fill()
                except Away:
                    pass
            yield LOOK if self.faults or self.ledger.open else 2 * LOOK

    def find(self) -> None:
        """Open gaps for what is missing."""
        taken = list(self.deafness)
        if "kept until found" in self.without:
            self.deafness = []
        for reason, _ in taken:
            self.ask_database()
            last = FRAME.last_closed(self.now() - SETTLE)
            wanted = [Run(coin, FRAME, BEGINNING, last) for coin in COINS]
            missing = [run for wish in wanted if wish.count > 0 for run in self.ledger.lacking(wish, but=self.ledger.absent)]
            self.ledger.open_gaps(missing, reason, self.now())
        named = [run for run in self.tracker.missing() if run.timeframe is FRAME and run.first >= BEGINNING]
        self.missed += [] if "grace of a close" in self.without else named
        self.ask_database()
        self.ledger.trim(self.now())
        self.ledger.open_gaps(self.missed, "missed", self.now())
        self.missed = []
        del self.deafness[: len(taken)]

    def fill(self) -> None:
        """Ask for the gaps that are due."""
        for gap in self.ledger.open:
            if not gap.due_in(self.now()):
                self.repair(gap)

    def repair(self, gap: Gap) -> None:
        """Ask for one gap, store what comes, and close it when that settles it."""
        covered = CoveredRuns(gone="neighbour" in self.without)
        try:
            answer = self.candles(with_neighbour(gap.run, self.now()))
        except Away:
            self.ledger.note_failure(gap, "away")
            return
        self.ask_database()
        came = answer.within(to_ms(gap.run.first), to_ms(gap.run.last))
        self.ledger.stored.update((gap.symbol, datetime.fromtimestamp(at / 1000, UTC)) for at in came.open_time.tolist())
        covered.add(gap.run, answer)
        self.settle(gap, covered)

    def settle(self, gap: Gap, covered: CoveredRuns) -> None:
        """Close a gap if all of it is there, or if the exchange has denied the rest often enough."""
        self.ask_database()
        now, lacking = self.now(), self.ledger.lacking(gap.run)
        if not lacking:
            self.ledger.close(gap, now)
        elif not covered.denies(lacking):
            if lacking[-1].closes_by(to_ms(now)):
                self.ledger.note_unsettled(gap, "nothing", now)
        else:
            counted = denial_counts(gap.denied_at, now) or "denials apart" in self.without
            denials = (gap.denials if gap.denied_at else 0) + counted
            if denials >= (1 if "two denials" in self.without else ENOUGH):
                self.ledger.close_as_absent(gap, lacking, now)
                self.look_at_absent(lacking)
            else:
                self.ledger.note_unsettled(gap, "denied", now, denials if counted else None)

    # --- what must hold

    def look_at_ledger(self) -> None:
        """What is over is stored, queued or named once; what is not over is not named."""
        ahead = self.clock_ahead[0] <= self.schedule.now < self.clock_ahead[1] + LOOK * 2
        newest = FRAME.last_closed(self.exchange_time() - NOTED_AFTER)
        for coin in COINS:
            named = [gap.run for gap in self.ledger.open if gap.symbol == coin]
            waiting = [Run(coin, FRAME, at, at) for other, at in self.queue if other == coin]
            known = [*named, *waiting, *(run for run in self.ledger.absent if run.symbol == coin)]
            whole = Run(coin, FRAME, BEGINNING, newest)
            if whole.count > 0 and self.knows_closes() and (hole := self.ledger.lacking(whole, but=known)):
                self.violated(f"{coin} {hole[0].first:%H:%M} is missing and no gap names it")
            if not ahead and any(run.last > FRAME.last_closed(self.exchange_time()) for run in named):
                self.violated(f"a gap of {coin} names a candle that is not over")
            if len(set(named)) < len(named) and not self.clock_ahead[1]:
                self.violated(f"two gaps of {coin} name the same candles")

    def knows_closes(self) -> bool:
        """Tell whether the collector can know of every close: it hears, has heard one, and its clock was never wrong."""
        return self.heard and not self.deafness and not self.is_deaf() and not self.clock_ahead[1]

    def look_at_absent(self, lacking: list[Run]) -> None:
        """What counts as absent the exchange does not have."""
        for run in lacking:
            for number in range(run.count):
                if self.exists(run.symbol, run.first + number * FRAME.span):
                    self.violated(f"{run.symbol} {run.first:%H:%M} counts as absent")

    def look_at_the_end(self) -> None:
        """All that the exchange has is stored, and every gap is closed."""
        for coin in COINS:
            for number in range(CANDLES):
                opened = BEGINNING + number * FRAME.span
                if self.exists(coin, opened) and (coin, opened) not in self.ledger.stored:
                    self.violated(f"{coin} {opened:%H:%M} is not stored")
        for gap in self.ledger.open:
            if gap.last_open_time < BEGINNING + CANDLES * FRAME.span:
                self.violated(f"the gap of {gap.symbol} {gap.first_open_time:%H:%M} is open")
