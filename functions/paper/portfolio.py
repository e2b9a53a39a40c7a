"""The account at the latest prices: what is open, what it is worth, what was closed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from functions.market.candles.freshness import Stale, ticker_freshness
from functions.paper.answers import Account, ClosedTrade, OpenTrade
from functions.paper.events import percent, ratio, risk_of
from functions.paper.ledger import Book
from functions.paper.settling.exact import exact
from functions.paper.settling.position import Position
from functions.paper.settling.prices import Quote
from functions.paper.trade import Trade, TradeResult


@exact
def value_trade(trade: Trade, quote: Quote | None, at: datetime) -> OpenTrade:
    """Value a trade at the latest price, and say how old that is."""
    position = trade.position
    # A price that no market makes would make an account rich or poor by its scale.
    price = trade.last_price if trade.held_at else quote.price if quote else None
    unrealised = Decimal(0) if price is None else position.profit_at(price)
    stop = position.stop_at(at)
    return OpenTrade(
        trade_id=trade.id,
        symbol=trade.symbol,
        side=position.side,
        source=trade.source,
        opened_at=trade.opened_at,
        entry=position.entry,
        quantity=position.quantity,
        cost=position.cost,
        stop=stop[0] if stop else None,
        targets=list(position.targets[position.targets_hit :]),
        price=price,
        price_age_seconds=(at - quote.at).total_seconds() if quote else None,
        stale=isinstance(ticker_freshness(trade.symbol, quote.at if quote else None, at), Stale),
        held_at=trade.held_at,
        unseen=trade.unseen,
        unrealised=unrealised,
        unrealised_pct=percent(unrealised, position.cost),
    )


def value_trades(trades: Sequence[Trade], quotes: Mapping[str, Quote], at: datetime) -> list[OpenTrade]:
    """Value every open trade."""
    return [value_trade(trade, quotes.get(trade.symbol), at) for trade in trades]


@exact
def value_account(book: Book, trades: Sequence[OpenTrade]) -> Account:
    """Return where the money is."""
    unrealised = sum((trade.unrealised for trade in trades), Decimal(0))
    equity = book.capital + unrealised
    return Account(
        start=book.start,
        cash=book.cash,
        positions=book.positions,
        unrealised=unrealised,
        equity=equity,
        fees=book.fees,
        net_profit=book.net_profit,
        return_pct=percent(equity - book.start, book.start),
        stale=[trade.symbol for trade in trades if trade.stale],
    )


def describe_closed(result: TradeResult) -> ClosedTrade:
    """Describe a trade that is over."""
    risk = risk_of(Position(side=result.side, entry=result.entry, quantity=Decimal(0), stop=result.stop), result.quantity)
    cost = result.entry * result.quantity
    return ClosedTrade(
        trade_id=result.trade_id,
        symbol=result.symbol,
        side=result.side,
        source=result.source,
        opened_at=result.opened_at,
        closed_at=result.closed_at,
        entry=result.entry,
        exit=(result.taken / result.quantity).quantize(Decimal("1e-12"), ROUND_HALF_EVEN),
        quantity=result.quantity,
        profit=result.profit,
        profit_pct=percent(result.profit, cost),
        r=ratio(result.profit, risk) if risk else None,
        reason=result.reason,
        named=result.named,
        unseen=result.unseen,
    )
