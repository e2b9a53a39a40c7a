"""How far a trade gets by what was seen of its market: pure, the one place where it is decided what counts and what waits.

1. Prices count in order, and only as far as nothing is missing; a trade that no price and no moment ends has nothing to miss.
2. A candle that the exchange denies is waited for until an hour of later prices was seen, then passed and counted as unseen.
3. A step that no market makes settles nothing: the trade is held from there on, until the candles say otherwise or a person
   closes it.
4. A pair that is gone settles its candles up to the look that missed it, waits an hour for them, and then ends at its last price.
5. What the open candle has held so far counts as soon as it is known, by the rules of a closed one: a stop fills at its level, or
   at the candle's open when the market opened beyond it. Who looks each minute books what whoever replays the candles does.
6. A trade leaves at the first price from its time on, or from the candle after the daily close at which the gate turned; one
   that a resting order opened, at that close.
7. All waiting is measured in the exchange's time, so that a clock of ours that is wrong changes nothing that is booked.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from functions.listings.watch import Presence
from functions.market.candles.freshness import TICKER_LIFE, Stale, freshness
from functions.market.candles.jumps import is_jump
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.booking import Ending, Settlement, end
from functions.paper.settling.market_orders import stale_reason
from functions.paper.settling.position import Exit, FillReason, Terms
from functions.paper.settling.prices import PATIENCE, Bar, PairCandles, Quote, UnbrokenRun, unbroken
from functions.paper.settling.settlement import settle
from functions.paper.settling.touch import Paths, Trades, bars_grid, first_touches
from functions.paper.trade import Trade

FINEST = Timeframe.M5
TOLD = timedelta(minutes=10)  # a stream that told of a candle since then tells of the next one, too


@dataclass(frozen=True, slots=True)
class MarketView:
    """What is known at `at` of the market of a trade's pair.

    Args:
        candles: that are closed.
        quote: the latest price, however old.
        presence: whether the pair is there.
        at: now.
        forming: what the open candle has held so far, however old; None before the stream told of one.
        turned_at: the daily close at which the gate no longer allowed the trade's side; None while it does.
    """

    candles: PairCandles
    quote: Quote | None
    presence: Presence
    at: datetime
    forming: Bar | None = None
    turned_at: datetime | None = None


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
    leaves = _leaves(trade, view.turned_at)
    can_end = trade.position.has_levels or leaves is not None
    waits = can_end and not (gone and view.presence.missing_for >= PATIENCE)
    newest = quote.at if quote and waits else None
    run = unbroken(view.candles, trade.settled_until, last=trade.sound_price, newest=newest, waits=waits)
    hold = _hold(run, quote, _forming(trade, run, view))
    settlement = _settle_closed(trade, run, view.candles, terms, leaves)
    latest = None if hold else _latest(trade, run, view, quote)
    if latest is not None:
        last = settle(settlement.position, (), terms, latest, leaves=leaves)
        settlement = Settlement(last.position, (*settlement.steps, *last.steps))
    if gone and settlement.position.quantity and (not waits or run.until >= FINEST.floor(_missed_at(view.presence))):
        settlement = _end(settlement, run, view.quote, view.presence, terms)
    return Advance(
        settlement=settlement,
        until=run.until,
        last=run.last,
        unseen=run.unseen if can_end else 0,
        hold=hold if settlement.position.quantity else None,
        waiting=None if hold or not waits or not settlement.position.quantity else _waiting(trade.symbol, run, view.at),
    )


def _leaves(trade: Trade, turned_at: datetime | None) -> Exit | None:
    """Return the exit of a trade that needs no price: the sooner of its time and the turn of the gate."""
    rules, exits = trade.rules, []
    if rules.leaves_at is not None:
        exits.append(Exit(rules.leaves_at, FillReason.TIME))
    if rules.regime_exit and turned_at is not None:
        # What a close says is known after it; a resting order's trade is sold at the close itself, as its rule was tested.
        exits.append(Exit(turned_at if rules.by_limit else turned_at + FINEST.span, FillReason.REGIME))
    return min(exits, key=lambda leaving: leaving.at, default=None)


def _settle_closed(trade: Trade, run: UnbrokenRun, candles: PairCandles, terms: Terms, leaves: Exit | None) -> Settlement:
    """Settle a trade over the closed candles of a run by the search for the first touch."""
    bars = [bar for bar in candles.bars if candles.first <= bar.opened_at < run.until]
    if not bars or not (trade.position.has_levels or leaves):
        return Settlement(trade.position, ())
    grid = bars_grid(trade.symbol, FINEST, candles.first, bars)
    last = trade.position.entry if trade.sound_price is None else trade.sound_price
    trades = Trades.of(
        [trade.position],
        [0],
        [trade.settled_until],
        leaves=[leaves],
        last=[last],
        break_even=terms.break_even,
        filled=[trade.filled_at],
    )
    # What may be passed and what is waited for, the run has decided.
    touches = first_touches(Paths.of(grid, absent=np.isnan(grid.close)), trades)
    return touches.settlement(0, trade.position, terms, leaves)


def _forming(trade: Trade, run: UnbrokenRun, view: MarketView) -> Bar | None:
    """Return what the open candle has held so far, if all before it is settled and none of it lies before the trade."""
    forming = view.forming
    if forming is None or forming.opened_at != run.until or forming.closed_at > view.at + TICKER_LIFE:
        return None
    if forming.opened_at >= trade.opened_at:
        return forming
    return forming.after_limit(trade.position.entry) if trade.filled_at else None


def _latest(trade: Trade, run: UnbrokenRun, view: MarketView, quote: Quote | None) -> Bar | None:
    """Return what was seen after the closed candles: the open candle, or the latest price where no stream tells of candles.

    In the candle of the entry only the latest price is known to come after it.
    """
    forming = _forming(trade, run, view)
    if forming is not None:
        return forming
    told = view.forming is not None and view.at - view.forming.closed_at < TOLD and run.until > trade.opened_at
    return Bar.tick(quote.at, quote.price) if quote and not told and _is_next(quote, run) else None


def _hold(run: UnbrokenRun, quote: Quote | None, forming: Bar | None) -> Hold | None:
    if run.last is None:
        return None
    if run.jump:
        return Hold(run.until, run.last, run.jump.close)
    if forming is not None and forming.jumps_from(run.last):
        return Hold(forming.closed_at, run.last, forming.close)
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
