"""Enter a trade: what an order would fill at, whether the account may open it, and how it is booked.

Each function runs in the caller's transaction; the caller must hold the account lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from functions.errors import Conflict, InputRejected
from functions.market.candles.timeframe import Timeframe
from functions.paper import portfolio
from functions.paper.admission import AccountState, Decision, HeldTrade, Proposal, decide
from functions.paper.answers import TradeOpened
from functions.paper.events import opened_event
from functions.paper.ledger import fill_entries
from functions.paper.marks import EquityMark, Happened, mark, stood
from functions.paper.orders import AccountRules, Order, check_traded, levels_on_ticks, refused
from functions.paper.run.alerts import tell_opened
from functions.paper.settling.exact import plain
from functions.paper.settling.market_orders import fill_price, fresh_quote
from functions.paper.settling.position import Side, Terms, enter
from functions.paper.settling.prices import Bar, Quote, last_jump
from functions.paper.store import account as store
from functions.paper.store import market, reports
from functions.paper.trade import Trade, TradeRules

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Proposed:
    """An order at the market's price, and whether its account may open it."""

    order: Order
    rules: TradeRules
    terms: Terms
    proposal: Proposal
    decision: Decision
    held: Sequence[Trade]


def enter_trade(connection: Connection, account_id: int, order: Order, at: datetime, rules: AccountRules) -> TradeOpened:
    """Enter at the latest price.

    Raises:
        InputRejected, Conflict: the order is not allowed; `orders` says why.
        RetryLater: there is no fresh price, or its bid and ask are too far apart.
    """
    if order.idea and order.idea.signal_id and not store.has_signal(connection, order.idea.signal_id):
        raise InputRejected("unknown_signal", f"expected the id of a signal, got {order.idea.signal_id}")
    proposed = propose(connection, account_id, order, at, rules)
    for refusal in proposed.decision.refusals:
        raise refused(refusal, proposed.proposal, {trade.symbol: trade.id for trade in proposed.held})
    return book_entry(connection, account_id, proposed, at)


def propose(connection: Connection, account_id: int, order: Order, at: datetime, rules: AccountRules) -> Proposed:
    """Return an order at the latest price, and what the account's limits say of it.

    Raises:
        InputRejected, Conflict: nobody could open it: the pair is unknown or not traded, its levels are none, its price jumped.
        RetryLater: there is no fresh price, or its bid and ask are too far apart.
    """
    instrument = market.read_instrument(connection, order.symbol)
    if instrument is None:
        raise InputRejected("unknown_symbol", f"expected a USDT pair of the exchange, got {order.symbol}")
    check_traded(order.side, instrument, allow_short=rules.allow_short)
    if order.notional is None and order.levels.stop is None:
        raise InputRejected("no_size", "expected an amount, or a stop that the size follows from; got neither")
    held = store.open_trades(connection, account_id)
    quotes = market.read_quotes(connection, [order.symbol, *(trade.symbol for trade in held)])
    quote = fresh_quote(quotes.get(order.symbol), order.symbol, at)
    _check_no_jump(connection, quote, at)
    of_trade = rules.of_trade(at)
    terms = instrument.terms(of_trade)
    paid = fill_price(quote, terms, at, buys=order.side is Side.LONG)
    proposal = Proposal(
        symbol=order.symbol,
        side=order.side,
        entry=paid if order.entry is None else order.entry,
        levels=levels_on_ticks(order.side, order.levels, instrument.tick),
        paid=paid,
        lot=instrument.lot,
        min_amount=instrument.min_amount,
        seen=quote.price,
        notional=order.notional,
    )
    state = read_state(connection, account_id, held, quotes, at, rules)
    decision = decide(proposal, state, rules.admission, rules.costs.fee, at)
    return Proposed(order=order, rules=of_trade, terms=terms, proposal=proposal, decision=decision, held=held)


def book_entry(connection: Connection, account_id: int, proposed: Proposed, at: datetime) -> TradeOpened:
    """Write the trade of an order that the account may open."""
    order, proposal = proposed.order, proposed.proposal
    position, fill = enter(order.side, proposed.decision.quantity, proposal.paid, at, proposal.levels, proposed.terms)
    trade = store.add_trade(connection, account_id, order, proposed.rules, position, at)
    store.add_fill(connection, account_id, trade.id, fill, fill_entries(trade.id, position, fill))
    opened = opened_event(trade, fill, store.read_book(connection, account_id).cash)
    tell_opened(connection, opened)
    return opened


def read_state(
    connection: Connection,
    account_id: int,
    held: Sequence[Trade],
    quotes: Mapping[str, Quote],
    at: datetime,
    rules: AccountRules,
) -> AccountState:
    """Return what a decision rests on; raises `Broken` when the account's ledger does not balance."""
    admission = rules.admission
    book = store.read_book(connection, account_id)
    equity = portfolio.value_account(book, portfolio.value_trades(held, quotes, at)).equity
    midnight = Timeframe.D1.floor(at)
    by_day = admission.daily_loss is not None
    return AccountState(
        equity=equity,
        day_start_equity=equity_at(connection, account_id, book.start, midnight).equity if by_day else equity,
        cash=book.cash,
        held=[HeldTrade(trade.symbol, trade.position.side, trade.position.cost, trade.position.risk) for trade in held],
        opened_at=reports.openings_since(connection, account_id, at - admission.cooldown),
        results=reports.last_results(connection, account_id, admission.losses_in_a_row or 0),
    )


def read_past_state(connection: Connection, account_id: int, happened: Happened, rules: AccountRules) -> AccountState:
    """Return what a decision on something that happened rests on; raises `Broken` when the account's ledger does not balance."""
    book = store.read_book(connection, account_id)
    trades = reports.histories(connection, account_id)
    held = {trade.symbol for trade in trades if trade.quantity or trade.changed_at > happened.since}
    closes = market.read_closes(connection, held, happened.at)
    midnight = Timeframe.D1.floor(happened.since)  # the day's last candle closes at the next one
    day_start = None
    if rules.admission.daily_loss is not None:
        held = {trade.symbol for trade in trades if trade.quantity_at(midnight)}
        day_start = mark(book.start, trades, market.read_closes(connection, held, midnight), midnight).equity
    state = stood(book.start, trades, closes, day_start, happened)
    return replace(state, cash=min(state.cash, book.cash))  # what has been spent since is not there any more


def equity_at(connection: Connection, account_id: int, start: Decimal, moment: datetime) -> EquityMark:
    """Return what an account that began with `start` was worth at a moment, from its fills and the candles closed by then."""
    trades = reports.histories(connection, account_id, moment)
    return mark(start, trades, market.read_closes(connection, {trade.symbol for trade in trades}, moment), moment)


def _check_no_jump(connection: Connection, quote: Quote, at: datetime) -> None:
    """Check that the price made no step in the last 24 hours that is larger than a market makes.

    Raises:
        Conflict: it made one.
    """
    bars = [*market.read_bars(connection, quote.symbol, at - DAY, at), Bar.tick(quote.at, quote.price)]
    jump = last_jump(bars)
    if jump:
        detail = f"{quote.symbol} went to {plain(jump.close)} at {jump.closed_at:%H:%M} UTC in one step that no market makes"
        raise Conflict(
            "price_jump",
            f"{detail}; no trade is opened within 24 hours of it",
            figures={"symbol": quote.symbol, "price": plain(jump.close)},
        )
