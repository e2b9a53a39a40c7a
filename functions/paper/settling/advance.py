"""How far a trade gets by what was seen of its market: pure, the one place where it is decided what counts and what waits.

1. Prices count in order, and only as far as nothing is missing; a trade without levels has nothing to miss.
2. A candle that the exchange denies is waited for until an hour of later prices was seen, then passed and counted as unseen.
3. A step that no market makes settles nothing: the trade is held from there on, until the candles say otherwise or a person
   closes it.
4. A pair that is gone settles its candles up to the look that missed it, waits an hour for them, and then ends at its last price.
5. All waiting is measured in the exchange's time, so that a clock of ours that is wrong changes nothing that is booked.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from functions.listings.watch import Presence
from functions.market.candles.freshness import TICKER_LIFE, Stale, freshness
from functions.market.candles.grid import Timeframe
from functions.market.candles.jumps import is_jump
from functions.paper.settling.booking import Ending, Settlement, end
from functions.paper.settling.market_orders import stale_reason
from functions.paper.settling.position import FillReason, Terms
from functions.paper.settling.prices import PATIENCE, Bar, PairCandles, Quote, UnbrokenRun, unbroken
from functions.paper.settling.settlement import settle
from functions.paper.trade import Trade

FINEST = Timeframe.M5


@dataclass(frozen=True, slots=True)
class MarketView:
    """What is known at `at` of the market of a trade's pair; `quote` is the latest price, however old."""

    candles: PairCandles
    quote: Quote | None
    presence: Presence
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A step that no market makes: from the last sound price to the one seen at `at`."""

    at: datetime
    last: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Advance:
    """What became of a trade.

    Args:
        settlement: its fills and what is held after them.
        until: the moment up to which it is settled.
        last: the newest sound price, if any.
        unseen: candles that were passed without having been seen.
        hold: why its price cannot be believed; None when it can.
        waiting: what it waits for in one clause; None when it waits for nothing.
    """

    settlement: Settlement
    until: datetime
    last: Decimal | None
    unseen: int
    hold: Hold | None
    waiting: str | None


def advance(trade: Trade, view: MarketView, terms: Terms) -> Advance:
    """Settle an open trade by what was seen since its last settlement; asked again for the same it does nothing."""
    quote = view.quote if stale_reason(view.quote, trade.symbol, view.at) is None else None
    gone = view.presence.is_gone
    waits = trade.position.has_levels and not (gone and view.presence.missing_for >= PATIENCE)
    newest = quote.at if quote and waits else None
    run = unbroken(view.candles, trade.settled_until, last=trade.sound_price, newest=newest, waits=waits)
    hold = _hold(run, quote)
    latest = Bar.tick(quote.at, quote.price) if quote and not hold and _is_next(quote, run) else None
    settlement = settle(trade.position, run.bars, terms, latest)
    if gone and settlement.position.quantity and (not waits or run.until >= FINEST.floor(_missed_at(view.presence))):
        settlement = _end(settlement, run, view.quote, view.presence, terms)
    return Advance(
        settlement=settlement,
        until=run.until,
        last=run.last,
        unseen=run.unseen if trade.position.has_levels else 0,
        hold=hold if settlement.position.quantity else None,
        waiting=None if hold or not waits or not settlement.position.quantity else _waiting(trade.symbol, run, view.at),
    )


def _hold(run: UnbrokenRun, quote: Quote | None) -> Hold | None:
    if run.last is None:
        return None
    if run.jump:
        return Hold(run.until, run.last, run.jump.close)
    return Hold(quote.at, run.last, quote.price) if quote and is_jump(run.last, quote.price) else None


def _is_next(quote: Quote, run: UnbrokenRun) -> bool:
    """Tell whether a price follows what is settled: every candle before it is there, and it is not older than they are."""
    return FINEST.floor(quote.at) <= run.until <= quote.at


def _waiting(symbol: str, run: UnbrokenRun, at: datetime) -> str | None:
    # Whole candles are counted; one that began before the entry is missed as well, for its close may have met the stop.
    ends = [run.until, FINEST.floor(run.until)]
    late = next((age for age in freshness([symbol] * 2, ends, FINEST, at, timedelta(0)) if isinstance(age, Stale)), None)
    if late is None:
        return None
    if run.denied:
        candle = f"{symbol} {FINEST} candle of {FINEST.floor(run.until):%H:%M} UTC"
        return f"the exchange says it has no {candle}; it is passed after an hour of later prices"
    return late.reason


def _missed_at(presence: Presence) -> datetime:
    return presence.missed_at or presence.looked_at


def _end(settlement: Settlement, run: UnbrokenRun, quote: Quote | None, presence: Presence, terms: Terms) -> Settlement:
    """End the trade of a pair that is gone at the last price that was seen and can be believed, if there is any."""
    price, at = run.last, run.last_at or run.until
    if quote is not None and _is_sound(quote, run, presence):
        price, at = quote.price, max(quote.at, at)
    if price is None:
        return settlement
    last = end(settlement.position, Ending(FillReason.DELISTED, at, price), terms)
    return replace(settlement, position=last.after, steps=(*settlement.steps, last))


def _is_sound(quote: Quote, run: UnbrokenRun, presence: Presence) -> bool:
    """Tell whether a latest price, however old, is newer than the candles, from before the newest look, and no jump from them."""
    newer = run.last_at is None or run.last_at < quote.at
    return newer and quote.at <= presence.looked_at + TICKER_LIFE and (run.last is None or not is_jump(run.last, quote.price))
