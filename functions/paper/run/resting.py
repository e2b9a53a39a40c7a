"""Fill the orders that rest under the market, by what was seen since they were looked at last; harmless to repeat.

What fills one, `functions.paper.settling.resting` says; here are read the candles, the open candle and the touches that the
collector noted. Each order is looked at in a transaction of its own, under its account's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, Engine

from functions.levels.level import Direction
from functions.levels.store import read_touches
from functions.paper.accounts import account_named
from functions.paper.admission import Proposal, decide
from functions.paper.answers import OrderFilled
from functions.paper.ledger import fill_entries
from functions.paper.marks import Happened
from functions.paper.orders import Order, TradedPair
from functions.paper.run.alerts import tell_filled
from functions.paper.run.entering import read_past_state
from functions.paper.run.rules import resting_rules
from functions.paper.settling.exact import exact
from functions.paper.settling.position import ExitLevels, Fill, Position, Side, enter
from functions.paper.settling.prices import Bar, unbroken
from functions.paper.settling.resting import first_fall
from functions.paper.store import account as store
from functions.paper.store import market, resting
from functions.paper.store.resting import RestingOrder
from functions.settings import Settings

MISSED, PRICE_STEP = timedelta(hours=1), "price_step"
LATELY = timedelta(minutes=15)  # the minute's settlement looks at every order; a candle of five minutes is known when it is over
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an order's market: the candle that came down to it, if one did, and how far was looked."""

    until: datetime
    bar: Bar | None = None
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """An order that the market came down to, and when."""

    order: RestingOrder
    at: datetime


def touched_orders(at: datetime, database: Engine, symbols: Sequence[str] | None = None) -> list[Coming]:
    """Return the orders that the market came down to, of some pairs or of all, in order of time; what it did not is noted.

    Where it came down to one of some pairs, the orders of its account that nobody has looked at lately are looked at, too: after
    a time away one of another pair may have been first.
    """
    with database.connect() as connection:
        waiting = resting.placed_orders(connection, symbols)
    coming = _coming(database, waiting, at)
    if coming and symbols is not None:
        with database.connect() as connection:
            behind = resting.orders_behind(connection, {one.order.account_id for one in coming}, at - LATELY)
        coming += _coming(database, [order for order in behind if order.symbol not in symbols], at)
    return sorted(coming, key=lambda one: (one.at, one.order.id))


def _coming(database: Engine, orders: Sequence[RestingOrder], at: datetime) -> list[Coming]:
    looked = [(order, _note_look(database, order, at)) for order in orders]
    return [Coming(order, when) for order, when in looked if when]


def _hold(connection: Connection, order: RestingOrder, at: datetime) -> RestingOrder | None:
    """Lock an order with its account; None when it does not wait any more, or not yet."""
    store.hold_account(connection, order.account_id)
    held = resting.hold_order(connection, order.id)
    return held if held and at >= held.placed_at else None


def _note_look(database: Engine, order: RestingOrder, at: datetime) -> datetime | None:
    """Look at an order's market, and return when it fills; if it does not, note how far was looked, or end it."""
    with database.begin() as connection:
        held = _hold(connection, order, at)
        if held is None:
            return None
        look = look_for(connection, held, at)
        if look.bar and not look.stepped:
            return _filled_at(connection, held, look.bar).at
        if look.bar:
            resting.end_order(connection, held.id, "cancelled", look.bar.closed_at, code=PRICE_STEP)
            return None
        resting.look_at(connection, held.id, look.until)
        if at >= held.expires_at + MISSED:  # no evening came that would have replaced it
            resting.end_order(connection, held.id, "expired", held.expires_at)
    return None


def fill_order(database: Engine, coming: Coming, at: datetime, settings: Settings, *, waits: bool) -> OrderFilled | None:
    """Fill an order that the market came down to: a place in its account goes to who came first, whenever that is found.

    While a trade of the account `waits` for a candle that may have freed a place, a refusal is left for the next time, an hour
    at most.
    """
    final = not waits or at >= coming.at + MISSED
    with database.begin() as connection:
        held = _hold(connection, coming.order, at)
        look = look_for(connection, held, at) if held else None
        return _fill(connection, held, look.bar, settings, final=final) if held and look and look.bar else None


def look_for(connection: Connection, order: RestingOrder, at: datetime) -> Look:
    """Return the first candle since the last look that came down to an order: a closed one, or the one that is still open."""
    candles = market.read_candles(connection, order.symbol, order.looked_until, min(at, order.expires_at))
    run = unbroken(candles, order.looked_until, last=order.close)
    bars = list(run.bars)
    forming = market.read_open_bar(connection, order.symbol)
    if forming is not None and forming.opened_at == run.until and forming.closed_at < order.expires_at and not run.jump:
        bars.append(forming)
    bars += [run.jump] if run.jump else []
    columns = [np.array([float(getattr(bar, name)) for bar in bars]) for name in ("open", "low", "close")]
    fall = first_fall(columns[0], columns[1], columns[2], float(order.touched_at), float(order.close))
    if fall is None:
        return Look(run.until)
    return Look(run.until, bars[fall.place], fall.stepped)


def _fill(connection: Connection, order: RestingOrder, bar: Bar, settings: Settings, *, final: bool) -> OrderFilled | None:
    """Open the trade of an order, or cancel it for the first limit that stood against the trade when the market came down."""
    happened = _filled_at(connection, order, bar)
    at = happened.at
    rules = resting_rules(settings, account_named(order.account))
    pair = market.read_instrument(connection, order.symbol)
    if pair is None or pair.status != "Trading":
        resting.end_order(connection, order.id, "cancelled", at, code="not_trading")
        return None
    trade_rules = rules.of_trade(at)
    proposal = _proposal(order, pair)
    state = read_past_state(connection, order.account_id, happened, rules)
    decision = decide(proposal, state, rules.admission, rules.costs.fee, at)
    if decision.refusals and not final:
        return None
    if decision.refusals:
        resting.end_order(connection, order.id, "cancelled", at, code=decision.refusals[0].code.value)
        return None
    terms = pair.terms(trade_rules)
    position, fill = enter(Side.LONG, decision.quantity, order.price, at, proposal.levels, terms)
    asked = Order(order.symbol, Side.LONG, None, proposal.levels, source="dip")
    trade = store.add_trade(connection, order.account_id, asked, trade_rules, position, at, settled_until=bar.opened_at)
    store.add_fill(connection, order.account_id, trade.id, fill, fill_entries(trade.id, position, fill))
    resting.end_order(connection, order.id, "filled", at, trade_id=trade.id)
    together = resting.fills_of(connection, order.account_id, order.day)
    filled = _event(order, trade.id, position, fill, trade_rules.leaves_at, together)
    tell_filled(connection, filled)
    return filled


def _filled_at(connection: Connection, order: RestingOrder, bar: Bar) -> Happened:
    """Return when an order filled: when the collector saw it touched, else by the end of what is known of the candle."""
    first = bar.opened_at + INSTANT
    for touch in read_touches(connection, order.symbol, bar.opened_at - INSTANT, bar.closed_at):
        if touch.direction is Direction.FALLING and touch.level == order.touched_at:
            return Happened(max(touch.at, first), max(touch.at, first))
    return Happened(bar.opened_at, max(bar.closed_at, first))


def _proposal(order: RestingOrder, pair: TradedPair) -> Proposal:
    return Proposal(
        symbol=order.symbol,
        side=Side.LONG,
        entry=order.price,
        levels=ExitLevels(order.stop, order.targets),
        paid=order.price,
        lot=pair.lot,
        min_amount=pair.min_amount,
    )


@exact
def _event(
    order: RestingOrder, trade_id: int, position: Position, fill: Fill, leaves_at: datetime | None, together: int
) -> OrderFilled:
    return OrderFilled(
        account=order.account,
        order_id=order.id,
        trade_id=trade_id,
        symbol=order.symbol,
        at=fill.at,
        price=fill.price,
        quantity=fill.quantity,
        cost=fill.price * fill.quantity,
        fee=fill.fee,
        stop=order.stop,
        targets=list(order.targets),
        risk=(order.price - order.stop) * position.quantity,
        leaves_at=leaves_at or fill.at,
        together=together,
    )
