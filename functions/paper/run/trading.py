"""Enter, exit and settle one trade. Each function runs in the caller's transaction; the caller must hold the account lock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from functions.errors import Broken, Conflict, InputRejected, RetryLater
from functions.levels.store import read_touches
from functions.market.candles.freshness import TICKER_LIFE
from functions.paper.answers import TradeClosed
from functions.paper.events import closed_event, held_event
from functions.paper.ledger import fill_entries
from functions.paper.orders import (
    TradedPair,
)
from functions.paper.run.alerts import tell_closed, tell_held
from functions.paper.settling.advance import FINEST, Advance, MarketView, advance
from functions.paper.settling.booking import Settlement, Step, end
from functions.paper.settling.exact import exact, floor_to, nearest_to, plain
from functions.paper.settling.market_orders import fill_price, fresh_quote
from functions.paper.settling.position import FillReason, Side, leave
from functions.paper.settling.prices import Quote
from functions.paper.settling.touched import stop_in_first_candle, with_times, with_touches
from functions.paper.store import account as store
from functions.paper.store import market
from functions.paper.trade import Trade

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SettledTrade:
    """What the settlement of one trade brought: the trade after it, its fills, what it waits for, and why it is held."""

    trade: Trade
    fills: list[TradeClosed]
    waiting: str | None = None
    held: str | None = None


def exit_trade(
    connection: Connection,
    settled: SettledTrade,
    at: datetime,
    *,
    fraction: Decimal,
    price: Decimal | None,
    asked_by: int | None = None,
) -> TradeClosed:
    """Close a fraction of what is held of a trade that was just settled, at the latest price or at the price the trader names.

    Raises:
        InputRejected: the fraction is less than a lot, or the price was not seen since the entry.
        Conflict: the trade is closed already, was opened after `at`, or is held and no price is named.
        RetryLater: a candle is missing that may hold its stop, or there is no price to fill at.
    """
    trade = settled.trade
    if not trade.position.quantity:
        raise already_closed(settled)
    if at < trade.opened_at:
        raise Conflict("not_open_yet", f"trade {trade.id} was opened at {trade.opened_at.isoformat()}, after {at.isoformat()}")
    if settled.waiting:
        detail = f"{settled.waiting}; its stop may have been met there, so it cannot be closed before"
        raise RetryLater("trade_waits", detail, retry_after=10, figures={"symbol": trade.symbol, "trade": str(trade.id)})
    if settled.held and price is None:
        detail = f"{settled.held}; name the price to close it at"
        raise Conflict("trade_held", detail, figures={"symbol": trade.symbol, "trade": str(trade.id)})
    instrument = _instrument_of(connection, trade)
    terms = instrument.terms(trade.rules)
    quote = fresh_quote(market.read_quotes(connection, [trade.symbol]).get(trade.symbol), trade.symbol, at)
    if price:
        paid = _named_price(connection, trade, price, quote, instrument)
    else:
        paid = fill_price(quote, terms, at, buys=trade.position.side is Side.SHORT)
    quantity = part_of(trade.position.quantity, fraction, instrument.lot)
    after, fill = leave(trade.position, quantity, paid, at, FillReason.MANUAL, terms, named=price is not None)
    return _write_exit(connection, trade, Step(fill, after), asked_by)


def sell_part(
    connection: Connection, settled: SettledTrade, quantity: Decimal, quote: Quote, at: datetime, reason: FillReason
) -> TradeClosed:
    """Sell some coins of a long trade that was just settled, at a fresh price that can be believed."""
    trade = settled.trade
    terms = _instrument_of(connection, trade).terms(trade.rules)
    paid = fill_price(quote, terms, at, buys=False)
    after, fill = leave(trade.position, quantity, paid, at, reason, terms)
    return _write_exit(connection, trade, Step(fill, after))


def _write_exit(connection: Connection, trade: Trade, step: Step, asked_by: int | None = None) -> TradeClosed:
    closed = _write_fills(connection, trade, [step], asked_by)[0]
    store.move_trade(connection, trade, step.after, step.fill)
    return closed


def already_closed(settled: SettledTrade) -> Conflict:
    """Return the refusal of a close that came too late: what closed the trade, when it was the settlement before it."""
    trade = settled.trade
    if not settled.fills:
        return Conflict("already_closed", f"trade {trade.id} in {trade.symbol} is closed already")
    last = settled.fills[-1]
    return Conflict(
        "already_closed", f"trade {trade.id} in {trade.symbol} was closed by its {last.reason} at {last.at.isoformat()}"
    )


@exact
def part_of(quantity: Decimal, fraction: Decimal, lot: Decimal) -> Decimal:
    """Return a fraction of a quantity in whole lots; all of it for 1.

    Raises:
        InputRejected: it is less than one lot.
    """
    part = quantity if fraction == 1 else floor_to(quantity * fraction, lot)
    if not part:
        raise InputRejected("fraction_too_small", f"{plain(fraction)} of {plain(quantity)} is less than one lot of {plain(lot)}")
    return part


def _named_price(connection: Connection, trade: Trade, price: Decimal, quote: Quote, instrument: TradedPair) -> Decimal:
    """Take the price a trader closed at, if the market showed it since the entry and before any step that no market makes."""
    until = trade.held_at or quote.at
    candles = market.read_range(connection, trade.symbol, trade.opened_at, until)
    seen = [
        trade.position.entry,
        *([trade.last_price] if trade.last_price else []),
        *([candles.low, candles.high] if candles else []),
    ]
    if trade.held_at is None:
        seen.append(quote.price)
        seen += [quote.low_24h, quote.high_24h] if trade.opened_at <= quote.at - DAY else []
    low, high = min(seen), max(seen)
    if not low <= price <= high:
        raise InputRejected(
            "price_out_of_range",
            f"expected a price that was seen since the entry ({plain(low)} to {plain(high)}), got {plain(price)}",
            figures={"low": plain(low), "high": plain(high), "price": plain(price)},
        )
    return _on_tick(price, instrument.tick)


@exact
def _on_tick(price: Decimal, tick: Decimal) -> Decimal:
    return max(nearest_to(price, tick), tick)


def settle_trade(connection: Connection, trade: Trade, at: datetime, gate: str) -> SettledTrade:
    """Settle a trade, if it is open, by what was seen since it was settled last; `advance` says what counts.

    Args:
        connection: in the caller's transaction.
        trade: to settle.
        at: now.
        gate: the pair whose daily candle is the regime.
    """
    if not trade.position.quantity or at < trade.settled_until:
        return SettledTrade(trade, [])
    instrument = _instrument_of(connection, trade)
    terms = instrument.terms(trade.rules)
    touches = read_touches(connection, trade.symbol, FINEST.floor(trade.settled_until), at + TICKER_LIFE)
    if ending := stop_in_first_candle(trade, touches):
        step = end(trade.position, ending, terms)
        stopped = Advance(Settlement(step.after, (step,)), trade.settled_until, trade.last_price, 0, hold=None, waiting=None)
        return _write_settlement(connection, trade, stopped)
    view = MarketView(
        candles=market.read_candles(connection, trade.symbol, trade.settled_until, at),
        quote=market.read_quotes(connection, [trade.symbol]).get(trade.symbol),
        presence=instrument.presence,
        at=at,
        forming=with_touches(market.read_open_bar(connection, trade.symbol), touches),
        turned_at=market.read_turn(connection, gate, trade.position.side, trade.opened_at, at)
        if trade.rules.regime_exit
        else None,
    )
    advanced = advance(trade, view, terms)
    timed = with_times(advanced.settlement, trade.position, trade.opened_at, touches)
    return _write_settlement(connection, trade, replace(advanced, settlement=timed))


def _write_settlement(connection: Connection, trade: Trade, advanced: Advance) -> SettledTrade:
    """Write what a settlement brought: fills with their entries and alerts, and the trade as it stands after them."""
    hold, steps = advanced.hold, advanced.settlement.steps
    moved = trade.advanced(advanced.until, advanced.last, hold.at if hold else None, advanced.unseen)
    fills = _write_fills(connection, moved, steps)
    after = store.move_trade(connection, moved, advanced.settlement.position, steps[-1].fill if steps else None)
    held = None
    if hold:
        event = held_event(after, hold)
        held = event.text
        if trade.held_at is None:
            tell_held(connection, event)
    waiting = f"trade {trade.id} waits: {advanced.waiting}" if advanced.waiting else None
    return SettledTrade(after, fills, waiting, held)


def _write_fills(connection: Connection, trade: Trade, steps: Sequence[Step], asked_by: int | None = None) -> list[TradeClosed]:
    """Write fills and their entries, and raise their alerts."""
    events = []
    for step in steps:
        entries = fill_entries(trade.id, trade.position, step.fill)
        fill_id = store.add_fill(connection, trade.account_id, trade.id, step.fill, entries)
        cash = store.read_book(connection, trade.account_id).cash
        events.append(closed_event(trade, step.after, step.fill, store.net_profit(connection, trade.id), cash, asked_by))
        tell_closed(connection, events[-1], fill_id)
    return events


def _instrument_of(connection: Connection, trade: Trade) -> TradedPair:
    instrument = market.read_instrument(connection, trade.symbol)
    if instrument is None:
        raise Broken("unknown_symbol", f"expected the pair of trade {trade.id} to be known, {trade.symbol} is not")
    return instrument
