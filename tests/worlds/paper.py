"""A world of paper accounts: signals followed, trades settled and closed by hand, while parts die and candles come late.

What must hold in every world: an account trades an idea once and never more at once than its limit; each trade ends with the
fills that one look at all its candles gives; nothing is sold twice; cash, positions, fees and results add up exactly.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from functions.costs import Costs
from functions.errors import QuorumError
from functions.limits import Limits
from functions.listings.watch import Presence
from functions.paper.admission import HeldTrade, refusals_by_slots
from functions.paper.settling.advance import MarketView, advance
from functions.paper.settling.booking import Step
from functions.paper.settling.exact import exact, nearest_to, plain
from functions.paper.settling.position import ExitLevels, Fill, FillReason, Side, Terms, enter, leave, market_price
from functions.paper.settling.prices import Bar, PairCandles, Quote
from functions.paper.trade import Idea, Trade, TradeRules
from tests.worlds.paper_rows import Account
from tests.worlds.schedule import Process, World

BEGINNING = datetime(2026, 3, 2, tzinfo=UTC)
SPAN = timedelta(minutes=5)
CANDLES, CANDLE_SECONDS = 10, 300
END = CANDLES * CANDLE_SECONDS
COINS = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
LIMITS = Limits(open_trades=2, open_in_one_direction=2)
TERMS = Terms(Decimal("0.01"), Decimal("0.001"), Costs(fee=Decimal("0.001"), slippage=Decimal("0.0005")))
SAFEGUARDS = {
    "idea once": "an idea that is followed again opens no second trade",
    "account lock": "two runs do not settle the same trade at once",
    "limit under lock": "two runs do not take the last slot at once",
    "one transaction": "a fill and the trade it belongs to are written together",
    "late candles": "nothing counts before the candles that are missing",
    "entry candle": "of the candle of the entry only what came after it counts",
    "open candle": "a target waits for the close of its candle",
    "price jump": "a step that no market makes sells nothing",
    "request key": "a close by hand that is repeated sells once",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """What an account is to follow."""

    key: str
    symbol: str
    at: float


class PaperWorld(World):
    """One seed's world; `violations` says what went wrong in it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.account = Account()
        self.prices = {coin: self.walk() for coin in COINS}
        self.stored: dict[str, dict[datetime, Bar]] = {coin: {} for coin in COINS}
        self.deaf: list[tuple[float, float]] = []
        self.wrong_tick: tuple[str, float] | None = None
        self.signals: list[Signal] = []

    def run(self) -> list[str]:
        """Live through the world and return what went wrong."""
        self.faults = self.chance.choice((0.0, 0.1, 0.3))
        if self.chance.random() < 0.6:
            began = self.chance.uniform(0, END * 0.8)
            self.deaf.append((began, min(began + self.chance.uniform(100, 1500), END - 100)))
        if self.chance.random() < 0.3:
            self.wrong_tick = (self.chance.choice(COINS), self.chance.uniform(600, END * 0.8))
        self.signals = [
            Signal(f"signal {number}", self.chance.choice(COINS), self.chance.uniform(0, END * 0.6))
            for number in range(self.chance.randint(2, 5))
        ]
        for number in range(CANDLES):
            ended = (number + 1) * CANDLE_SECONDS + self.chance.uniform(1, 3)
            self.schedule.call(partial(self.candle_ends, number), ended)
        self.schedule.start(self.each(self.follow, 45.0), 5.0)
        self.schedule.start(self.each(self.follow, 60.0), 5.2)
        self.schedule.start(self.each(self.settle, 60.0), 10.0)
        self.schedule.start(self.each(self.settle, 140.0), self.chance.uniform(20, 80))
        self.schedule.start(self.closes_by_hand(), self.chance.uniform(600, END * 0.8))
        self.schedule.run(END + 60)
        self.faults = 0.0
        self.schedule.run(END + 200)
        self.look_at_the_end()
        return self.violations

    # --- the market, and what the collector stores of it

    def walk(self) -> list[Decimal]:
        """Return a price for each minute."""
        price, path = 10_000, []
        for _ in range(CANDLES * 5 + 10):
            path.append(Decimal(price) / 100)
            price = max(100, round(price * (1 + self.chance.gauss(0, 0.006))))
        return path

    def moment(self) -> datetime:
        """Return the moment it is, in whole seconds."""
        return BEGINNING + timedelta(seconds=int(self.schedule.now))

    def price(self, coin: str, minute: int) -> Decimal:
        """Return what the exchange says a coin costs in a minute."""
        return self.prices[coin][minute]

    def bar(self, coin: str, number: int, minutes: int = 5) -> Bar:
        """Return a candle, or what it has held after some minutes."""
        path = self.prices[coin][number * 5 : number * 5 + minutes + 1]
        opened = BEGINNING + number * SPAN
        closed = opened + SPAN if minutes == 5 else self.moment()
        return Bar(opened, closed, path[0], max(path), min(path), path[-1])

    def hears(self) -> bool:
        """Tell whether the collector hears the exchange."""
        return self.schedule.now < END and not any(began <= self.schedule.now < ended for began, ended in self.deaf)

    def candle_ends(self, number: int) -> None:
        """Store a candle when it ends; what is missed comes some time after the collector hears again."""
        missed = [ended - self.schedule.now for began, ended in self.deaf if began <= self.schedule.now < ended]
        for coin in COINS:
            late = missed[0] + self.chance.uniform(1, 90) if missed else 0.0
            self.schedule.call(partial(self.store, coin, self.bar(coin, number)), late)

    def store(self, coin: str, bar: Bar) -> None:
        """Store a candle."""
        self.stored[coin][bar.opened_at] = bar

    def quote(self, coin: str) -> Quote | None:
        """Return the latest price that was heard; what is older than a minute is of no use to anybody."""
        if not self.hears():
            return None
        at, price = self.moment(), self.price(coin, int(self.schedule.now // 60))
        if self.wrong_tick and self.wrong_tick[0] == coin and 0 <= self.schedule.now - self.wrong_tick[1] < 120:
            price /= 40
        return Quote(coin, price, price, price, at)

    def forming(self, coin: str) -> Bar | None:
        """Return what the open candle has held so far."""
        number, second = divmod(self.schedule.now, CANDLE_SECONDS)
        if not self.hears():
            return None
        bar = self.bar(coin, int(number), int(second // 60))
        if self.wrong_tick and (quote := self.quote(coin)) and quote.price < bar.low:
            bar = replace(bar, low=quote.price, close=quote.price)
        return bar

    # --- the functions: they may die before they commit, or after it and before they answer

    def each(self, act: Callable[[], Process], seconds: float) -> Process:
        """Start something again and again, however long the last one takes."""
        while True:
            self.schedule.start(act())
            yield seconds

    def dies(self) -> bool:
        """Tell whether the functions die here."""
        return self.schedule.chances(self.faults)

    def follow(self) -> Process:
        """Let the account decide on every signal that it has not decided on; a lost answer repeats it."""
        for _ in range(1 + self.dies()):
            for signal in self.chance.sample(self.signals, len(self.signals)):
                if signal.at <= self.schedule.now < signal.at + 300 and not self.dies():
                    yield from self.follow_one(signal)
            yield 0.2

    def follow_one(self, signal: Signal) -> Process:
        """Open a trade for a signal, once, while there is room and a price."""
        quote = self.quote(signal.symbol)
        if quote is None or (signal.key in self.account.decided and "idea once" not in self.without):
            return
        held = [HeldTrade(trade.symbol, trade.position.side, trade.position.cost) for trade in self.account.open]
        if "limit under lock" in self.without:
            yield 0.5
            if signal.key in self.account.decided:
                return
        if next(refusals_by_slots(signal.symbol, Side.LONG, held, LIMITS), None):
            self.account.decided.add(signal.key)
            return
        trade, fill = self.entered(signal, quote)
        self.account.decided.add(signal.key)
        self.account.opened(trade, fill)
        if len(self.account.open) > LIMITS.open_trades:
            self.violated(f"{len(self.account.open)} trades are open")

    @exact
    def entered(self, signal: Signal, quote: Quote) -> tuple[Trade, Fill]:
        """Return a trade at the market."""
        paid = market_price(quote.price, TERMS, buys=True)
        steps = (Decimal("0.985"), Decimal("1.008"), Decimal("1.016"), Decimal("1.03"))
        stop, *targets = (nearest_to(paid * step, TERMS.tick) for step in steps)
        position, fill = enter(Side.LONG, Decimal("1.5"), paid, quote.at, ExitLevels(stop, tuple(targets)), TERMS)
        trade = Trade(
            id=len(self.account.trades) + 1,
            account_id=1,
            account="desk",
            symbol=signal.symbol,
            source="signal",
            chat_id=None,
            quantity=position.quantity,
            position=position,
            rules=TradeRules(TERMS.costs, break_even=True),
            settled_until=quote.at,
            opened_at=quote.at,
            idea=Idea(signal.key),
        )
        return trade, fill

    def settle(self) -> Process:
        """Settle every open trade; a lost answer repeats it."""
        for _ in range(1 + self.dies()):
            for number in [trade.id for trade in self.account.open]:
                if not self.dies():
                    yield from self.settle_one(number)
            yield 0.2

    def settle_one(self, number: int) -> Process:
        """Settle one trade in one transaction under the account's lock."""
        trade = self.account.trades[number]
        if not trade.position.quantity or self.moment() < trade.settled_until:
            return
        seen = self.weakened(trade)
        made = advance(seen, self.view(seen), TERMS)
        if "account lock" in self.without:
            yield self.chance.uniform(0, 40)
        self.account.write(trade, made.settlement.steps)
        if "one transaction" in self.without and self.dies():
            return
        self.account.moved(trade, made)

    def weakened(self, trade: Trade) -> Trade:
        """Return a trade as it is settled: as it is, but for the safeguards that are taken away."""
        since = trade.settled_until
        if "entry candle" in self.without and since == trade.opened_at:
            since = candle_of(since)
            trade = replace(trade, settled_until=since, opened_at=since)
        if "late candles" in self.without:
            bars = [opened for opened in self.stored[trade.symbol] if opened >= candle_of(since)]
            trade = replace(trade, settled_until=max(since, min(bars, default=since)))
        return replace(trade, last_price=None) if "price jump" in self.without else trade

    def view(self, trade: Trade) -> MarketView:
        """Return what is known of a trade's market."""
        at, first = self.moment(), candle_of(trade.settled_until)
        bars = [bar for opened, bar in sorted(self.stored[trade.symbol].items()) if opened >= first]
        forming, quote = self.forming(trade.symbol), self.quote(trade.symbol)
        if forming and "open candle" in self.without:
            bars.append(replace(forming, closed_at=forming.opened_at + SPAN))
        return MarketView(PairCandles(bars, (), first, SPAN), quote, Presence(at, None, at), at, forming)

    def closes_by_hand(self) -> Process:
        """Close a part of a trade by hand; the button is pressed again when no answer comes."""
        if self.chance.random() < 0.5:
            return
        for trade in self.account.open[:1]:
            for _ in range(2):
                self.close(trade.id, "press")
                yield 1.0

    def close(self, number: int, request: str) -> None:
        """Settle a trade, then sell a third of it at the market, once for each request."""
        if request in self.account.answered and "request key" not in self.without:
            return
        for _ in self.settle_one(number):
            pass
        trade, quote = self.account.trades[number], self.quote(self.account.trades[number].symbol)
        if quote is None or not trade.position.quantity or trade.held_at or trade.settled_until < quote.at - SPAN:
            return
        part = min(Decimal("0.5"), trade.position.quantity)
        after, fill = leave(trade.position, part, quote.price, quote.at, FillReason.MANUAL, TERMS)
        self.account.answered.add(request)
        self.account.write(trade, [Step(fill, after)])
        self.account.holds(trade, after)

    # --- what must hold

    def look_at_the_end(self) -> None:
        """Each idea was traded once, each trade ended as its candles say, and the ledger is exact."""
        ideas = [trade.idea.key for trade in self.account.trades.values() if trade.idea]
        for key in {key for key in ideas if ideas.count(key) > 1}:
            self.violated(f"{key} was traded {ideas.count(key)} times")
        try:
            held = sum((trade.position.cost for trade in self.account.open), Decimal(0))
            if self.account.book.positions != held:
                self.violated(f"the ledger holds {self.account.book.positions}, the trades {held}")
        except QuorumError as error:
            self.violated(str(error))
        for trade in self.account.trades.values():
            self.look_at_trade(trade)

    def look_at_trade(self, trade: Trade) -> None:
        """A trade has the fills that one look at all its candles gives."""
        entry, *fills = self.account.of(trade.id)
        sold = sum((fill.quantity for fill in fills), Decimal(0))
        if sold + trade.position.quantity != entry.quantity:
            self.violated(f"trade {trade.id} sold {sold} of {entry.quantity} and holds {trade.position.quantity}")
        by_hand = sum(fill.reason is FillReason.MANUAL for fill in fills)
        if by_hand > 1:
            self.violated(f"trade {trade.id} was closed by hand {by_hand} times")
        # Of the candle of the entry whoever watched knows more than the candle tells.
        in_its_candle = any(fill.at < entry.at + SPAN - (entry.at - BEGINNING) % SPAN for fill in fills)
        if not by_hand and not in_its_candle and booked(fills) != booked(self.replayed(trade, entry)):
            self.violated(f"trade {trade.id} has {booked(fills)}, its candles say {booked(self.replayed(trade, entry))}")

    def replayed(self, trade: Trade, entry: Fill) -> list[Fill]:
        """Return the fills after the entry, from all candles at once."""
        position, _ = enter(
            trade.position.side,
            entry.quantity,
            entry.price,
            entry.at,
            ExitLevels(trade.position.stop, trade.position.targets),
            TERMS,
        )
        fresh = replace(trade, position=position, settled_until=entry.at, last_price=None, held_at=None, unseen=0)
        bars = [self.bar(trade.symbol, number) for number in range(CANDLES) if BEGINNING + (number + 1) * SPAN > entry.at]
        at = BEGINNING + timedelta(seconds=END)
        view = MarketView(PairCandles(bars, (), bars[0].opened_at, SPAN), None, Presence(at, None, at), at)
        return list(advance(fresh, view, TERMS).settlement.fills)


def candle_of(moment: datetime) -> datetime:
    """Return when the candle opened that a moment lies in."""
    return BEGINNING + (moment - BEGINNING) // SPAN * SPAN


def booked(fills: Collection[Fill]) -> list[tuple[str, str, str, int]]:
    """Return fills without the second within their candle, which only who watched can know."""
    return [(fill.reason.value, plain(fill.price), plain(fill.quantity), -((BEGINNING - fill.at) // SPAN)) for fill in fills]
