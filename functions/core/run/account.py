"""Bring the account of the weekly allocation to its target shares, at the latest prices with slippage and fees.

Each purchase is a trade of its own without stop or target; a sale takes the oldest purchases first. The caller holds the lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from functions.core.rebalance import Change, Coin, affordable, changes, parts
from functions.errors import QuorumError
from functions.paper import portfolio
from functions.paper.ledger import fill_entries
from functions.paper.orders import AccountRules, Order, TradedPair, check_traded
from functions.paper.run.trading import SettledTrade, sell_part, settle_trade
from functions.paper.settling.exact import exact
from functions.paper.settling.market_orders import fill_price, fresh_quote
from functions.paper.settling.position import ExitLevels, FillReason, Side, enter
from functions.paper.settling.prices import Quote
from functions.paper.store import account as store
from functions.paper.store import market
from functions.paper.trade import Trade

SOURCE = "core"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the account holds: its open trades, their value by pair at the latest prices, and its equity, USDT."""

    trades: Sequence[Trade]
    worth: Mapping[str, Decimal]
    equity: Decimal

    def share(self, symbol: str) -> float:
        """Return the share of equity that is in one pair."""
        return float(self.worth.get(symbol, Decimal(0)) / self.equity) if self.equity > 0 else 0.0

    @property
    def invested(self) -> float:
        """Return the share of equity that is not cash."""
        return float(sum(self.worth.values(), Decimal(0)) / self.equity) if self.equity > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Rebalanced:
    """What was done: USDT bought and sold, its fees, and the pairs that stay as they were for they could not be traded."""

    traded: Decimal
    fees: Decimal
    left: list[str]


@dataclass(frozen=True, slots=True)
class _Priced:
    """A pair that can be traded now."""

    pair: TradedPair
    quote: Quote


def read_account(connection: Connection, account_id: int, at: datetime) -> Standing:
    """Read what the account holds, at the latest prices."""
    trades = store.open_trades(connection, account_id)
    valued = portfolio.value_trades(trades, market.read_quotes(connection, [trade.symbol for trade in trades]), at)
    worth: dict[str, Decimal] = {}
    for trade in valued:
        worth[trade.symbol] = worth.get(trade.symbol, Decimal(0)) + trade.cost + trade.unrealised
    return Standing(trades, worth, portfolio.value_account(store.read_book(connection, account_id), valued).equity)


def rebalance(
    connection: Connection, account_id: int, shares: Mapping[str, Decimal], at: datetime, rules: AccountRules, gate: str
) -> Rebalanced:
    """Sell and buy until the account holds its target shares.

    Args:
        connection: in the caller's transaction.
        account_id: of the account.
        shares: of equity that each pair is to have.
        at: now.
        rules: of the account.
        gate: the pair whose daily candle is the regime.
    """
    settled = [settle_trade(connection, trade, at, gate) for trade in store.open_trades(connection, account_id)]
    standing = read_account(connection, account_id, at)
    held: dict[str, list[SettledTrade]] = {}
    for one in settled:
        if one.trade.position.quantity:
            held.setdefault(one.trade.symbol, []).append(one)
    priced, left = _priced(connection, sorted({*held, *shares}), at, rules, held)
    coins = [_coin(found, held.get(name, [])) for name, found in priced.items()]
    bought_and_sold, fees = Decimal(0), Decimal(0)
    for change in changes(coins, shares, standing.equity):
        traded, fee = _trade(connection, account_id, change, priced[change.symbol], held.get(change.symbol, []), at, rules)
        bought_and_sold, fees = bought_and_sold + traded, fees + fee
    return Rebalanced(bought_and_sold, fees, left)


def _priced(
    connection: Connection, names: Sequence[str], at: datetime, rules: AccountRules, held: Mapping[str, Sequence[SettledTrade]]
) -> tuple[dict[str, _Priced], list[str]]:
    """Return the pairs that can be traded now, and the others."""
    quotes, priced, left = market.read_quotes(connection, names), {}, []
    for name in names:
        pair = market.read_instrument(connection, name)
        try:
            if pair is None or any(one.held or one.trade.held_at for one in held.get(name, [])):
                left.append(name)
                continue
            check_traded(Side.LONG, pair, allow_short=False)
            quote = fresh_quote(quotes.get(name), name, at)
            fill_price(quote, pair.terms(rules.of_trade(at)), at, buys=True)  # its two sides can be believed
            priced[name] = _Priced(pair, quote)
        except QuorumError:
            left.append(name)
    return priced, left


@exact
def _coin(found: _Priced, held: Sequence[SettledTrade]) -> Coin:
    quantity = sum((one.trade.position.quantity for one in held), Decimal(0))
    return Coin(found.pair.symbol, quantity, found.quote.price, found.pair.lot, found.pair.min_amount)


def _trade(
    connection: Connection,
    account_id: int,
    change: Change,
    found: _Priced,
    held: Sequence[SettledTrade],
    at: datetime,
    rules: AccountRules,
) -> tuple[Decimal, Decimal]:
    """Sell or buy one coin; return the USDT that went, and the fees."""
    if change.quantity > 0:
        return _buy(connection, account_id, change, found, at, rules)
    traded, fees = Decimal(0), Decimal(0)
    quantities = [one.trade.position.quantity for one in held]
    for one, part in zip(held, parts(quantities, -change.quantity, found.pair.lot), strict=True):
        if part:
            sold = sell_part(connection, one, part, found.quote, at, FillReason.REBALANCE)
            traded, fees = traded + sold.price * sold.quantity, fees + sold.fee
    return traded, fees


def _buy(
    connection: Connection, account_id: int, change: Change, found: _Priced, at: datetime, rules: AccountRules
) -> tuple[Decimal, Decimal]:
    of_trade = rules.of_trade(at)
    terms = found.pair.terms(of_trade)
    paid = fill_price(found.quote, terms, at, buys=True)
    cash = store.read_book(connection, account_id).cash
    quantity = affordable(change.quantity, paid, found.pair.lot, rules.costs.fee, cash)
    if quantity * paid < found.pair.min_amount:
        return Decimal(0), Decimal(0)
    position, fill = enter(Side.LONG, quantity, paid, at, ExitLevels(), terms)
    order = Order(change.symbol, Side.LONG, None, ExitLevels(), source=SOURCE)
    trade = store.add_trade(connection, account_id, order, of_trade, position, at)
    store.add_fill(connection, account_id, trade.id, fill, fill_entries(trade.id, position, fill))
    return fill.price * fill.quantity, fill.fee
