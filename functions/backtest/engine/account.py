"""The book of one account on its way through a span: what it holds, what is booked up to a moment, what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from functions.backtest.engine.market import TradedMarket
from functions.backtest.result import BacktestTrade
from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.paper.admission import AccountState, HeldTrade
from functions.paper.ledger import CASH, fill_entries
from functions.paper.marks import EquityMark, TradeHistory, mark
from functions.paper.settling.exact import exact
from functions.paper.settling.position import TARGET_REASONS, Fill, Position
from functions.paper.settling.touch import milliseconds


@dataclass(slots=True)
class OpenTrade:
    """A trade that was admitted. All that will fill is known at once; it is booked as its time comes.

    Args:
        trade: as it was entered.
        row: of its pair.
        position: as it was entered.
        coming: exits that are not booked yet, in order of time.
        booked: fills so far, the entry first.
        left: coins that are still held.
        held_at: from then on its price cannot be believed, and it stands at `last_price`.
        last_price: the last one that could be.
        breaks_even: its first target moves the stop to the entry.
    """

    trade: BacktestTrade
    row: int
    position: Position
    coming: list[Fill]
    booked: list[Fill]
    left: Decimal
    held_at: datetime | None = None
    last_price: Decimal | None = None
    breaks_even: bool = True

    def history(self) -> TradeHistory:
        """Return what was booked so far."""
        return TradeHistory(
            symbol=self.trade.symbol,
            side=self.trade.side,
            entry=self.position.entry,
            fills=tuple(self.booked),
            held_at=self.held_at,
            last_price=self.last_price,
        )

    def is_held_at(self, moment: datetime) -> bool:
        """Tell whether it holds something right after a moment, as far as it will be filled."""
        ended = self.booked[-1].at if not self.left else self.coming[-1].at if self.coming else None
        return self.trade.opened_at <= moment and (ended is None or ended > moment)

    def held(self) -> HeldTrade:
        """Return what is held, at its cost, and what its stop would lose of it: nothing once it stands at the entry."""
        evens = any(fill.reason in TARGET_REASONS for fill in self.booked) and self.breaks_even
        stop = self.position.entry if evens else self.position.stop
        return HeldTrade.of(self.trade.symbol, self.trade.side, self.position.entry, self.left, stop)

    @exact
    def as_it_ended(self) -> BacktestTrade:
        """Return the trade with what was booked of it so far."""
        last = self.booked[-1]
        return replace(
            self.trade,
            closed_at=None if self.left else last.at,
            fills=tuple(self.booked),
            profit=sum((fill.profit - fill.fee for fill in self.booked), Decimal(0)),
            fees=sum((fill.fee for fill in self.booked), Decimal(0)),
            reason=None if self.left else last.reason,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What a trade follows, as it is told of it: the close of a timeframe, and what the factors said there."""

    timeframe: Timeframe
    at: datetime
    regime: int | None
    score: float | None = None
    confidence: float = 0.0
    points: Mapping[Factor, float] = field(default_factory=dict)


@exact
def entered(number: int, symbol: str, position: Position, entry: Fill, said: Said, unseen: int) -> BacktestTrade:
    """Return a trade as it was entered: its entry is booked and nothing else.

    Args:
        number: in its account, from 1.
        symbol: of its pair.
        position: as it was entered.
        entry: its fill.
        said: what it follows.
        unseen: candles that will pass over it without having been seen.
    """
    stop = position.stop or Decimal(0)
    return BacktestTrade(
        number=number,
        symbol=symbol,
        side=position.side,
        timeframe=said.timeframe,
        said_at=said.at,
        opened_at=entry.at,
        closed_at=None,
        entry=position.entry,
        stop=stop,
        targets=position.targets,
        quantity=position.quantity,
        fills=(entry,),
        profit=-entry.fee,
        fees=entry.fee,
        risk=abs(position.entry - stop) * position.quantity,
        reason=None,
        regime=said.regime,
        score=said.score,
        confidence=said.confidence,
        points=said.points,
        unseen=unseen,
    )


@dataclass(slots=True)
class Account:
    """An account on its way; the callers come in order of time.

    Args:
        market: that it trades on.
        cash: free, USDT.
        settled: what it began with and what trades that are over earned.
        open: trades that hold something.
        trades: all of them, in order of entry.
        opened_at: when a trade was opened last in each pair.
        results: when each trade closed and what it earned after fees, oldest first.
        day_start: equity at the last midnight UTC.
    """

    market: TradedMarket
    cash: Decimal
    settled: Decimal
    day_start: Decimal
    open: list[OpenTrade] = field(default_factory=list)
    trades: list[OpenTrade] = field(default_factory=list)
    opened_at: dict[str, datetime] = field(default_factory=dict)
    results: list[tuple[datetime, Decimal]] = field(default_factory=list)

    @exact
    def advance(self, until: datetime) -> None:
        """Book everything that fills up to a moment, in order of time."""
        while True:
            due = [one for one in self.open if one.coming and one.coming[0].at <= until]
            if not due:
                return
            first = min(due, key=lambda one: one.coming[0].at)
            self._book(first, first.coming.pop(0))

    @exact
    def enter(self, opened: OpenTrade, entry: Fill) -> None:
        """Open a trade with its entry."""
        self.open.append(opened)
        self.trades.append(opened)
        self.opened_at[opened.trade.symbol] = entry.at
        self._book(opened, entry)

    def equity(self, moment: datetime) -> EquityMark:
        """Return what the account is worth: what is settled, and what is open at the newest close of its pair."""
        closes = {}
        for opened in self.open:
            price = self.market.close_at(opened.row, milliseconds(moment))
            if price is not None:
                closes[opened.trade.symbol] = price
        return mark(self.settled, [opened.history() for opened in self.open], closes, moment)

    def held(self) -> Sequence[HeldTrade]:
        """Return what is held."""
        return [one.held() for one in self.open]

    def state(self, at: datetime) -> AccountState:
        """Return what an admission rests on."""
        return AccountState(
            equity=self.equity(at).equity,
            day_start_equity=self.day_start,
            cash=self.cash,
            held=self.held(),
            opened_at=self.opened_at,
            results=self.results,
        )

    def _book(self, opened: OpenTrade, fill: Fill) -> None:
        for entry in fill_entries(opened.trade.number, opened.position, fill):
            self.cash += entry.amount if entry.account == CASH else Decimal(0)
        if opened.booked:
            opened.left -= fill.quantity
        opened.booked.append(fill)
        if opened.left:
            return
        self.open.remove(opened)
        earned = sum((one.profit - one.fee for one in opened.booked), Decimal(0))
        self.settled += earned
        self.results.append((fill.at, earned))
