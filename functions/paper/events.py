"""Say what happened to a trade, with the figures a trader asks for next."""

from datetime import datetime
from decimal import Decimal

from functions.paper.answers import TradeClosed, TradeHeld, TradeOpened
from functions.paper.settling.advance import Hold
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Fill, Position
from functions.paper.trade import Trade


@exact
def opened_event(trade: Trade, fill: Fill, cash: Decimal) -> TradeOpened:
    """Describe a trade that was opened; `cash` is what is free after it."""
    return TradeOpened(
        account=trade.account,
        trade_id=trade.id,
        symbol=trade.symbol,
        side=trade.position.side,
        source=trade.source,
        chat=_text(trade.chat_id),
        at=fill.at,
        price=fill.price,
        quantity=fill.quantity,
        cost=fill.price * fill.quantity,
        fee=fill.fee,
        stop=trade.position.stop,
        targets=list(trade.position.targets),
        risk=risk_of(trade.position, trade.quantity),
        cash=cash,
    )


@exact
def closed_event(
    trade: Trade, after: Position, fill: Fill, net_profit: Decimal, cash: Decimal, asked_by: int | None = None
) -> TradeClosed:
    """Describe a fill that closed some of a trade.

    Args:
        trade: whose fill it is.
        after: what is held after it.
        fill: the fill.
        net_profit: of all the trade has closed, this fill included, after all its fees.
        cash: free after it.
        asked_by: the chat that asked for it.
    """
    stop = after.stop_at(fill.at) if after.quantity else None
    risk = risk_of(after, trade.quantity)
    return TradeClosed(
        account=trade.account,
        trade_id=trade.id,
        symbol=trade.symbol,
        side=after.side,
        source=trade.source,
        chat=_text(trade.chat_id),
        asked_by=_text(asked_by),
        reason=fill.reason,
        at=fill.at,
        opened_at=trade.opened_at,
        entry=after.entry,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        profit=fill.profit,
        remaining=after.quantity,
        final=not after.quantity,
        named=fill.named,
        unseen=trade.unseen,
        stop=stop[0] if stop else None,
        trade_profit=net_profit,
        trade_profit_pct=percent(net_profit, trade.quantity * after.entry),
        r=ratio(net_profit, risk) if risk else None,
        cash=cash,
    )


def held_event(trade: Trade, hold: Hold) -> TradeHeld:
    """Describe a trade whose price made a step that no market makes."""
    return TradeHeld(
        account=trade.account,
        trade_id=trade.id,
        symbol=trade.symbol,
        side=trade.position.side,
        chat=_text(trade.chat_id),
        why="price_jump",
        at=hold.at,
        last=hold.last,
        price=hold.price,
    )


def failed_event(trade: Trade, at: datetime) -> TradeHeld:
    """Describe a trade whose settlement failed."""
    return TradeHeld(
        account=trade.account,
        trade_id=trade.id,
        symbol=trade.symbol,
        side=trade.position.side,
        chat=_text(trade.chat_id),
        why="failed",
        at=at,
        last=None,
        price=None,
    )


@exact
def risk_of(position: Position, quantity: Decimal) -> Decimal | None:
    """Return what the stop, as it was at the entry, would lose on `quantity`, before costs; None without a stop."""
    return None if position.stop is None else abs(position.entry - position.stop) * quantity


def percent(part: Decimal, whole: Decimal) -> float:
    """Return `part` in percent of `whole`, for reading; 0 of nothing."""
    return round(100 * float(part) / float(whole), 4) if whole else 0.0


def ratio(part: Decimal, whole: Decimal) -> float:
    """Return `part / whole`, for reading."""
    return round(float(part) / float(whole), 4)


def _text(chat_id: int | None) -> str | None:
    return None if chat_id is None else str(chat_id)
