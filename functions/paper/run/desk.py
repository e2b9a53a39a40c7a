"""Open and close the trader's own trades, settle and show all accounts. Each change is a transaction under its account's lock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.away import DATABASE_AWAY, DatabaseAway
from functions.edge import moment
from functions.errors import InputRejected, NotFound, QuorumError
from functions.logs import get_logger
from functions.market.candles.timeframe import Timeframe
from functions.paper import portfolio
from functions.paper.accounts import MANUAL, PaperAccount
from functions.paper.answers import OpenTrade, Portfolio, Settled, Summary, TradeClosed, TradeOpened
from functions.paper.events import failed_event, percent
from functions.paper.ledger import Book
from functions.paper.orders import Order
from functions.paper.requests import CloseRequest, OpenRequest
from functions.paper.run import trading
from functions.paper.run.alerts import tell_held
from functions.paper.run.entering import enter_trade, equity_at
from functions.paper.run.repetition import is_answered, once, remember_refusal
from functions.paper.run.resting import fill_order, touched_orders
from functions.paper.run.rules import rules_of
from functions.paper.run.stopping import stopped_accounts
from functions.paper.settling.position import ExitLevels
from functions.paper.store import account as store
from functions.paper.store import market, reports
from functions.paper.trade import Trade, signal_idea
from functions.settings import Settings

log = get_logger("paper")
SHOWN = 20  # closed trades in a portfolio
# All that the rows of one trade and of its pair can raise: it must not keep the stops of the other trades from being met.
TRADE_FAULTS = (QuorumError, SQLAlchemyError, ArithmeticError, LookupError, TypeError, ValueError)


def open_trade(request: OpenRequest, settings: Settings, database: Engine) -> TradeOpened:
    """Open a trade at the latest price, slippage and fee included."""
    at, rules = moment(request.as_of, settings), rules_of(settings, MANUAL)
    levels = ExitLevels(request.stop, tuple(request.targets))
    order = Order(
        symbol=request.symbol,
        side=request.side,
        notional=request.notional,
        levels=levels,
        source=request.source,
        chat_id=request.chat,
        idea=None if request.signal_id is None else signal_idea(request.signal_id),
    )
    with database.begin() as connection:
        account_id = store.lock_account(connection, MANUAL.name, rules.start, at)

        def enter() -> TradeOpened:
            return enter_trade(connection, account_id, order, at, rules)

        return once(connection, account_id, request, at, TradeOpened, enter)


def close_trade(request: CloseRequest, settings: Settings, database: Engine) -> TradeClosed:
    """Close a trade or a fraction of it, after settling what its stop and targets have met until now."""
    at = moment(request.as_of, settings)
    with database.begin() as connection:
        if not store.find_account(connection, MANUAL.name):
            raise no_open_trade(request)
        account_id = store.lock_account(connection, MANUAL.name, settings.paper_start, at)
        answer = _settle_and_close(connection, account_id, request, at, settings.gate_symbol)
    # Raised after the transaction: what the stop met, and that the close was refused, stays true.
    if isinstance(answer, QuorumError):
        raise answer
    return answer


def _settle_and_close(
    connection: Connection, account_id: int, request: CloseRequest, at: datetime, gate: str
) -> TradeClosed | QuorumError:
    def close() -> TradeClosed:
        trade = _find_trade(connection, account_id, request)
        with connection.begin_nested():
            settled = trading.settle_trade(connection, trade, at, gate)
        with connection.begin_nested():  # what the stop met stays true when the close is refused
            return trading.exit_trade(
                connection, settled, at, fraction=request.fraction, price=request.price, asked_by=request.chat
            )

    new = not is_answered(connection, account_id, request)
    try:
        return once(connection, account_id, request, at, TradeClosed, close)
    except QuorumError as refusal:
        if new:
            remember_refusal(connection, account_id, request, at, refusal)
        return refusal


def settle(at: datetime, settings: Settings, database: Engine, symbols: Sequence[str] | None = None) -> Settled:
    """Settle the open trades of every account by what was seen since the last settlement; harmless to repeat.

    Args:
        at: now.
        settings: of the desk.
        database: to work in.
        symbols: settle trades of these pairs alone, in which a level was touched, and those of the accounts that have an order
            there which the market came down to; of all pairs without it.

    Each trade is settled for itself: one that fails is logged, told and left for the next time, and the others are settled.
    What was met before an order filled is booked before it, and its own trade before the next order: a place is free or not
    as it was when the market came down.

    Raises:
        DatabaseAway, TimeoutError: the database does not do it now, so no trade can be settled; or it undid or ended the
            transaction of one trade, which is raised when the others are settled.
    """
    answer = Settled(as_of=at, trades=0, fills=[], waiting=[], held=[], failed=[])
    coming = touched_orders(at, database, symbols)
    with database.connect() as connection:
        trades = store.all_open_trades(connection, symbols, {one.order.account_id for one in coming})
        accounts = store.account_ids(connection)
    with database.begin() as connection:
        stopped = stopped_accounts(connection, accounts, at)
    answer.stopped += stopped.values()
    left = Left()
    _settle_all(database, [trade for trade in trades if trade.account not in stopped], at, settings.gate_symbol, answer, left)
    for one in coming:
        account_id = one.order.account_id
        if one.order.account in stopped or account_id in left.undone:
            continue
        if filled := fill_order(database, one, at, settings, waits=account_id in left.waiting):
            answer.orders.append(filled)
            with database.connect() as connection:
                opened = store.read_trade(connection, account_id, filled.trade_id)
            # The candle that fills an order may stop its trade.
            _settle_all(database, [opened], at, settings.gate_symbol, answer, left)
    for error in left.undone.values():
        raise error
    return answer


@dataclass(frozen=True, slots=True)
class Left:
    """The accounts with a trade that is not settled up to now: it waits for a candle, or its transaction was undone."""

    waiting: set[int] = field(default_factory=set)
    undone: dict[int, DatabaseAway] = field(default_factory=dict)


def _settle_all(database: Engine, trades: Sequence[Trade], at: datetime, gate: str, answer: Settled, left: Left) -> None:
    """Settle trades, each for itself.

    Raises:
        DatabaseAway: the database does nothing now.
    """
    for trade in trades:
        try:
            settled = _settle_alone(database, trade, at, gate, answer)
        except DatabaseAway as error:
            if not error.reason.one_transaction:
                raise
            log.warning("a trade was not settled yet", trade=trade.id, symbol=trade.symbol, reason=error.reason.sentence)
            left.undone.setdefault(trade.account_id, error)
            continue
        if settled and settled.waiting:
            left.waiting.add(trade.account_id)


def _settle_alone(database: Engine, trade: Trade, at: datetime, gate: str, answer: Settled) -> trading.SettledTrade | None:
    """Settle one trade in a transaction of its own, and add what came of it to the answer; None when it fails."""
    answer.trades += 1
    try:
        with database.begin() as connection:
            store.hold_account(connection, trade.account_id)
            settled = trading.settle_trade(connection, store.read_trade(connection, trade.account_id, trade.id), at, gate)
    except DATABASE_AWAY:
        raise
    except TRADE_FAULTS as error:
        answer.failed.append(_note_failure(database, trade, at, error))
        return None
    answer.fills += settled.fills
    answer.waiting += [settled.waiting] if settled.waiting else []
    answer.held += [settled.held] if settled.held else []
    return settled


def _note_failure(database: Engine, trade: Trade, at: datetime, error: Exception) -> str:
    log.error("a trade could not be settled", trade=trade.id, symbol=trade.symbol, exc_info=error)
    failed = failed_event(trade, at)
    with database.begin() as connection:
        tell_held(connection, failed)
    return f"{failed.text}: {type(error).__name__}"


def show_portfolio(
    settings: Settings, database: Engine, as_of: datetime | None = None, account: PaperAccount = MANUAL
) -> Portfolio:
    """Show an account, what is open at the latest prices, and the trades closed last."""
    at = moment(as_of, settings)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        account_id = store.find_account(connection, account.name)
        _refuse_the_past(connection, account_id, as_of)
        book, trades = read_standing(connection, account_id, at, settings.paper_start)
        results = reports.closed_trades(connection, account_id, since=None, limit=SHOWN)
        tally = reports.tally(connection, account_id)
    return Portfolio(
        as_of=at,
        account=portfolio.value_account(book, trades),
        open=trades,
        closed=[portfolio.describe_closed(result) for result in results],
        closed_count=tally.closed,
        wins=tally.wins,
        win_rate=round(tally.wins / tally.closed, 4) if tally.closed else None,
        named_count=tally.named,
        named_wins=tally.named_wins,
    )


def summary(settings: Settings, database: Engine, as_of: datetime | None = None, account: PaperAccount = MANUAL) -> Summary:
    """Give an account's figures of the UTC day so far."""
    at = moment(as_of, settings)
    day = Timeframe.D1.floor(at)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        account_id = store.find_account(connection, account.name)
        _refuse_the_past(connection, account_id, as_of)
        return summarize(connection, account_id, at, day, settings.paper_start)


def summarize(connection: Connection, account_id: int, at: datetime, since: datetime, start: Decimal) -> Summary:
    """Give the figures of a stretch of time that ends now.

    Args:
        connection: that sees one state of the database.
        account_id: of the account; `NO_ACCOUNT` before its first trade.
        at: now.
        since: when it began.
        start: what an account that has not traded begins with.
    """
    book, trades = read_standing(connection, account_id, at, start)
    results = reports.closed_trades(connection, account_id, since=since, limit=1000)
    day = reports.day_since(connection, account_id, since)
    account = portfolio.value_account(book, trades)
    start_equity = equity_at(connection, account_id, book.start, since).equity
    return Summary(
        as_of=at,
        since=since,
        account=account,
        open=trades,
        opened_today=day.opened,
        closed=[portfolio.describe_closed(result) for result in results],
        wins_today=sum(result.profit > 0 for result in results),
        profit_today=day.profit,
        fees_today=day.fees,
        day_start_equity=start_equity,
        day_change_pct=percent(account.equity - start_equity, start_equity),
    )


def _find_trade(connection: Connection, account_id: int, request: CloseRequest) -> Trade:
    """Return the trade a request means.

    Raises:
        NotFound: there is no such trade, or none is open in the symbol.
    """
    if request.trade_id is not None:
        trade = store.find_trade(connection, account_id, request.trade_id)
        if trade is None:
            raise no_open_trade(request)
        return trade
    for trade in store.open_trades(connection, account_id):
        if trade.symbol == request.symbol:
            return trade
    raise no_open_trade(request)


def no_open_trade(request: CloseRequest) -> NotFound:
    """Return the refusal of a close that finds nothing to close."""
    if request.trade_id is not None:
        return NotFound("unknown_trade", f"there is no trade {request.trade_id}")
    return NotFound("no_open_trade", f"no trade is open in {request.symbol}", figures={"symbol": str(request.symbol)})


def _refuse_the_past(connection: Connection, account_id: int, as_of: datetime | None) -> None:
    """Refuse to show a moment that the account has moved on from: prices and positions of the past are not kept.

    Raises:
        InputRejected: something was booked after `as_of`.
    """
    moved = store.changed_at(connection, account_id)
    if as_of is not None and moved is not None and moved > as_of:
        detail = f"expected an as_of from {moved.isoformat()} on, when the account changed last, got {as_of.isoformat()}"
        raise InputRejected("past_not_kept", detail)


def read_standing(connection: Connection, account_id: int, at: datetime, start: Decimal) -> tuple[Book, list[OpenTrade]]:
    """Return the balances and what is open at the latest prices; an account that has not traded begins with `start`."""
    book = store.read_book(connection, account_id) if account_id else Book.opened_with(start)
    trades = store.open_trades(connection, account_id)
    quotes = market.read_quotes(connection, [trade.symbol for trade in trades])
    return book, portfolio.value_trades(trades, quotes, at)
