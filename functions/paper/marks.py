"""What the account was worth at a moment, from its trades and the market's closes alone: the same whenever it is asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from functions.paper.settling.exact import exact
from functions.paper.settling.position import Fill, FillReason, Side

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TradeHistory:
    """A trade and everything that was booked on it, in any order.

    `held_at` is since when its price cannot be believed, `last_price` the last one before it.
    """

    symbol: str
    side: Side
    entry: Decimal
    fills: tuple[Fill, ...]
    held_at: datetime | None = None
    last_price: Decimal | None = None

    def quantity_at(self, moment: datetime) -> Decimal:
        """Return the coins held right after a moment's fills."""
        return sum(
            (fill.quantity if fill.reason is FillReason.ENTRY else -fill.quantity for fill in self._until(moment)), Decimal(0)
        )

    def booked_at(self, moment: datetime) -> Decimal:
        """Return what its fills up to a moment earned after fees."""
        return sum((fill.profit - fill.fee for fill in self._until(moment)), Decimal(0))

    def price_at(self, moment: datetime, closes: Mapping[str, Decimal]) -> Decimal | None:
        """Return the price it stands at: the close of its pair, or the last one that could be believed."""
        if self.held_at is not None and self.held_at <= moment:
            return self.last_price
        return closes.get(self.symbol)

    def _until(self, moment: datetime) -> Iterable[Fill]:
        return (fill for fill in self.fills if fill.at <= moment)


@dataclass(frozen=True, slots=True)
class EquityMark:
    """The equity of a moment, USDT; `unpriced` are the pairs whose trades stand at their cost because no close is known."""

    equity: Decimal
    unpriced: tuple[str, ...]


@exact
def mark(start: Decimal, trades: Sequence[TradeHistory], closes: Mapping[str, Decimal], moment: datetime) -> EquityMark:
    """Return what an account was worth.

    Args:
        start: USDT it began with.
        trades: all of the account that were opened by then.
        closes: of the newest candle of each pair that was closed at `moment`.
        moment: e.g. the end of a UTC day.
    """
    booked = start + sum((trade.booked_at(moment) for trade in trades), Decimal(0))
    return _valued(booked, ((trade, trade.quantity_at(moment)) for trade in trades), closes, moment)


@exact
def _valued(
    booked: Decimal, held: Iterable[tuple[TradeHistory, Decimal]], closes: Mapping[str, Decimal], moment: datetime
) -> EquityMark:
    equity, unpriced = booked, set()
    for trade, quantity in held:
        price = trade.price_at(moment, closes)
        if quantity and price is None:
            unpriced.add(trade.symbol)
        elif quantity and price is not None:
            equity += (price - trade.entry) * trade.side.sign * quantity
    return EquityMark(equity, tuple(sorted(unpriced)))


class _Standing:
    """What an account has booked and holds, walked forward in time: each fill is met once."""

    def __init__(self, start: Decimal, trades: Sequence[TradeHistory]) -> None:
        self._trades = trades
        self._fills = sorted(
            ((fill.at, number, fill) for number, trade in enumerate(trades) for fill in trade.fills), key=lambda one: one[0]
        )
        self._met = 0
        self._booked = start
        self._held: dict[int, Decimal] = {}

    @exact
    def reach(self, moment: datetime) -> None:
        """Book the fills up to a moment; moments come in order."""
        while self._met < len(self._fills) and self._fills[self._met][0] <= moment:
            _, number, fill = self._fills[self._met]
            self._met += 1
            self._booked += fill.profit - fill.fee
            change = fill.quantity if fill.reason is FillReason.ENTRY else -fill.quantity
            self._held[number] = self._held.get(number, Decimal(0)) + change
            if not self._held[number]:
                del self._held[number]

    def mark(self, closes: Mapping[str, Decimal], moment: datetime) -> EquityMark:
        """Return the equity of the moment that was reached."""
        return _valued(self._booked, ((self._trades[number], held) for number, held in self._held.items()), closes, moment)


def daily_marks(
    start: Decimal,
    trades: Sequence[TradeHistory],
    closes_at: Callable[[datetime], Mapping[str, Decimal]],
    since: datetime,
    until: datetime,
) -> dict[datetime, EquityMark]:
    """Return the mark of each midnight UTC after `since` and up to `until`, by that midnight: no day lacks, whatever was down.

    A trade that was not open yet holds nothing, so all of an account's trades may be given.

    Args:
        start: USDT the account began with.
        trades: all of the account.
        closes_at: gives the newest close of each pair that was known at a moment, however old.
        since: when the account was opened.
        until: now.
    """
    midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    standing, marks = _Standing(start, trades), {}
    while midnight <= until:
        standing.reach(midnight)
        marks[midnight] = standing.mark(closes_at(midnight), midnight)
        midnight += DAY
    return marks
