"""What happens to the account: a trade is opened, closed, settled. Each runs in the caller's transaction, the account locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from functions.errors import Broken, Conflict, InputRejected, RetryLater
from functions.market.freshness import TICKER_LIFE, Stale, freshness, ticker_freshness
from functions.paper.alerts import tell_closed, tell_opened
from functions.paper.answers import TradeClosed, TradeOpened
from functions.paper.events import closed_event, opened_event
from functions.paper.exact import exact, floor_to, nearest_to, plain
from functions.paper.ledger import fill_entries
from functions.paper.orders import Instrument, Rules, check_affordable, check_allowed, on_ticks
from functions.paper.position import Levels, Position, Reason, Side, enter, exit_price, leave
from functions.paper.prices import Price, Quote, Run, unbroken
from functions.paper.settlement import Step, settle
from functions.paper.store import account as store
from functions.paper.store import market
from functions.paper.trade import Trade


@dataclass(frozen=True, slots=True)
class Order:
    """What a trader asks for; `notional` is USDT."""

    symbol: str
    side: Side
    notional: Decimal
    levels: Levels
    source: str
    chat_id: int | None


def open_trade(connection: Connection, account_id: int, order: Order, at: datetime, rules: Rules) -> TradeOpened:
    """Enter at the latest price.

    Raises:
        InputRejected, Conflict: the order is not allowed; `orders` says why.
        RetryLater: there is no fresh price.
    """
    instrument = market.read_instrument(connection, order.symbol)
    if instrument is None:
        raise InputRejected("unknown_symbol", f"expected a USDT pair of the exchange, got {order.symbol}")
    others = {trade.symbol: trade.id for trade in store.open_trades(connection, account_id)}
    check_allowed(order.side, instrument, rules, others)
    price = fresh_quote(connection, order.symbol, at).price
    levels = on_ticks(order.side, order.levels, price, instrument.tick)
    position, fill = enter(order.side, order.notional, price, at, levels, instrument.terms(rules)) or (None, None)
    fill = check_affordable(fill, order.notional, instrument, rules, store.read_book(connection, account_id))
    if position is None:
        raise Broken("no_position", f"expected a position for the fill {fill}")
    trade = store.add_trade(connection, account_id, order.symbol, position, at, source=order.source, chat_id=order.chat_id)
    store.add_fill(connection, account_id, trade.id, fill, fill_entries(trade.id, position, fill))
    opened = opened_event(trade, fill, store.read_book(connection, account_id).cash)
    tell_opened(connection, opened)
    return opened


def close_trade(
    connection: Connection,
    trade: Trade,
    at: datetime,
    rules: Rules,
    *,
    fraction: Decimal,
    price: Decimal | None,
    asked_by: int | None = None,
) -> TradeClosed:
    """Close a fraction of what is held, at the latest price or at the price the trader names.

    Raises:
        InputRejected: the fraction is less than a lot, or the price is not one of the last 24 hours.
        Conflict: the trade is closed already, or was opened after `at`.
        RetryLater: there is no fresh price.
    """
    if not trade.position.quantity:
        raise Conflict("already_closed", f"trade {trade.id} in {trade.symbol} is closed already")
    if at < trade.opened_at:
        raise Conflict("not_open_yet", f"trade {trade.id} was opened at {trade.opened_at.isoformat()}, after {at.isoformat()}")
    instrument = _instrument_of(connection, trade)
    paid = _named_price(connection, trade, price, instrument) if price else None
    if paid is None:
        paid = exit_price(trade.position.side, fresh_quote(connection, trade.symbol, at).price, instrument.terms(rules))
    quantity = part_of(trade.position.quantity, fraction, instrument.lot)
    after, fill = leave(trade.position, quantity, paid, at, Reason.MANUAL, instrument.terms(rules))
    return _book(connection, trade, [Step(fill, after)], after, trade.settled_until, asked_by)[0]


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


def _named_price(connection: Connection, trade: Trade, price: Decimal, instrument: Instrument) -> Decimal:
    """Take the price a trader closed at; the day's range keeps a slip of the finger out of the ledger."""
    quote = market.read_quotes(connection, [trade.symbol]).get(trade.symbol)
    if quote is None:
        raise RetryLater("no_price", f"{trade.symbol} has no price to compare with", retry_after=TICKER_LIFE.total_seconds())
    if not quote.low_24h <= price <= quote.high_24h:
        day = f"{plain(quote.low_24h)} to {plain(quote.high_24h)}"
        detail = f"expected a price of the last 24 hours ({day}), got {plain(price)}"
        raise InputRejected(
            "price_out_of_range",
            detail,
            figures={"low": plain(quote.low_24h), "high": plain(quote.high_24h), "price": plain(price)},
        )
    return _on_tick(price, instrument.tick)


@exact
def _on_tick(price: Decimal, tick: Decimal) -> Decimal:
    return max(nearest_to(price, tick), tick)


def settle_trade(connection: Connection, trade: Trade, at: datetime, rules: Rules) -> tuple[list[TradeClosed], str | None]:
    """Settle a trade, if it is open, from the candles it has not met and then the latest price, which can meet its stop.

    Returns the fills, and what the trade waits for if a candle is late.

    The latest price counts only when every candle before it is there: one that is late may hold the stop.
    """
    if not trade.position.quantity or at < trade.settled_until:
        return [], None
    instrument = _instrument_of(connection, trade)
    quote = market.read_quotes(connection, [trade.symbol]).get(trade.symbol)
    run = _run(connection, trade, at)
    latest = Price.tick(quote.at, quote.price) if quote and _is_next(quote, trade, run, at) else None
    settlement = settle(trade.position, run.prices, instrument.terms(rules), latest)
    steps, position = list(settlement.steps), settlement.position
    if position.quantity and instrument.is_gone(at) and quote:
        last = exit_price(position.side, quote.price, instrument.terms(rules))
        gone_at = min(at, max(quote.at, run.until))
        position, fill = leave(position, position.quantity, last, gone_at, Reason.DELISTED, instrument.terms(rules))
        steps.append(Step(fill, position))
    late = (
        freshness([trade.symbol], [run.until], market.FINEST, at)[0] if trade.position.has_levels and position.quantity else None
    )
    waiting = f"trade {trade.id} waits: {late.reason}" if isinstance(late, Stale) else None
    return _book(connection, trade, steps, position, run.until), waiting


def _run(connection: Connection, trade: Trade, at: datetime) -> Run:
    since = trade.settled_until
    if not trade.position.has_levels:
        return Run((), since)
    candles = market.read_prices(connection, trade.symbol, since, at)
    absent = market.read_absent(connection, trade.symbol, since)
    return unbroken(candles, absent, since, market.FINEST.floor(since), market.FINEST.span)


def _is_next(quote: Quote, trade: Trade, run: Run, at: datetime) -> bool:
    fresh = stale_reason(quote, trade.symbol, at) is None
    return fresh and market.FINEST.floor(quote.at) <= run.until <= quote.at


def _book(
    connection: Connection,
    trade: Trade,
    steps: Sequence[Step],
    position: Position,
    until: datetime,
    asked_by: int | None = None,
) -> list[TradeClosed]:
    """Write fills and their entries, raise their alerts, and move the trade forward to `position`."""
    events = []
    for step in steps:
        entries = fill_entries(trade.id, trade.position, step.fill)
        fill_id = store.add_fill(connection, trade.account_id, trade.id, step.fill, entries)
        cash = store.read_book(connection, trade.account_id).cash
        events.append(closed_event(trade, step.after, step.fill, store.net_profit(connection, trade.id), cash, asked_by))
        tell_closed(connection, events[-1], fill_id)
    store.move_trade(connection, trade.id, position, until, steps[-1].fill if steps else None)
    return events


def fresh_quote(connection: Connection, symbol: str, at: datetime) -> Quote:
    """Return the latest price of a symbol.

    Raises:
        RetryLater: there is none, or it is older than 60 s.
    """
    quote = market.read_quotes(connection, [symbol]).get(symbol)
    reason = stale_reason(quote, symbol, at)
    if quote is None or reason:
        detail = f"no trade because {reason}; a price holds for 60 s"
        raise RetryLater("stale_price", detail, retry_after=10, figures={"symbol": symbol})
    return quote


def stale_reason(quote: Quote | None, symbol: str, at: datetime) -> str | None:
    """Say why a price cannot be used at a moment; None when it can."""
    found = ticker_freshness(symbol, quote.at if quote else None, at)
    if isinstance(found, Stale):
        return found.reason
    # A request about the past must not see a price of its future.
    if quote and quote.at - at > TICKER_LIFE:
        return f"{symbol} price is of {quote.at.isoformat()}, after {at.isoformat()}"
    return None


def _instrument_of(connection: Connection, trade: Trade) -> Instrument:
    instrument = market.read_instrument(connection, trade.symbol)
    if instrument is None:
        raise Broken("unknown_symbol", f"expected the pair of trade {trade.id} to be known, {trade.symbol} is not")
    return instrument
