"""The desk's paper account as a whole: open, close, settle, show. Each act is one transaction with the account locked."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Connection, Engine

from functions.edge import moment
from functions.errors import Conflict, InputRejected, NotFound
from functions.paper import portfolio, trading
from functions.paper.answers import OpenTrade, Portfolio, Settled, Summary, TradeClosed, TradeOpened
from functions.paper.events import percent
from functions.paper.ledger import Book
from functions.paper.orders import Rules
from functions.paper.position import Levels
from functions.paper.requests import CloseRequest, OpenRequest
from functions.paper.store import account as store
from functions.paper.store import market, reports
from functions.paper.trade import Trade
from functions.settings import Settings

SHOWN = 20  # closed trades in a portfolio
Answer = TypeVar("Answer", TradeOpened, TradeClosed)


def open_trade(request: OpenRequest, settings: Settings, database: Engine) -> TradeOpened:
    """Open a trade at the latest price, slippage and fee included."""
    at, rules = moment(request.as_of, settings), rules_of(settings)
    levels = Levels(request.stop, tuple(request.targets))
    order = trading.Order(request.symbol, request.side, request.notional, levels, request.source, request.chat)
    with database.begin() as connection:
        account_id = store.lock_account(connection, rules.start, at)

        def enter() -> TradeOpened:
            return trading.open_trade(connection, account_id, order, at, rules)

        return _once(connection, account_id, request, at, TradeOpened, enter)


def close_trade(request: CloseRequest, settings: Settings, database: Engine) -> TradeClosed:
    """Close a trade or a fraction of it, after settling what its stop and targets have met until now."""
    at, rules = moment(request.as_of, settings), rules_of(settings)
    # In a transaction of its own: what the stop met stays true when the close is refused.
    with database.begin() as connection:
        account_id = store.lock_account(connection, rules.start, at)
        if store.answered(connection, account_id, request.request_id) is None:
            trade = _find(connection, account_id, request)
            fills, _ = trading.settle_trade(connection, trade, at, rules)
        else:
            fills = []
    if fills and fills[-1].final:
        last = fills[-1]
        detail = f"trade {last.trade_id} in {last.symbol} was closed by its {last.reason} at {last.at.isoformat()}"
        raise Conflict("already_closed", detail)
    with database.begin() as connection:
        account_id = store.lock_account(connection, rules.start, at)

        def close() -> TradeClosed:
            trade = _find(connection, account_id, request)
            return trading.close_trade(
                connection, trade, at, rules, fraction=request.fraction, price=request.price, asked_by=request.chat
            )

        return _once(connection, account_id, request, at, TradeClosed, close)


def settle(at: datetime, settings: Settings, database: Engine) -> Settled:
    """Settle every open trade from the candles since the last settlement and the latest price; harmless to repeat."""
    rules = rules_of(settings)
    answer = Settled(as_of=at, trades=0, fills=[], waiting=[], snapshot=False)
    with database.connect() as connection:
        account_id = store.find_account(connection)
        trades = store.open_trades(connection, account_id)
    for trade in trades:
        # A transaction each: what is settled stays settled when the next one fails.
        with database.begin() as connection:
            store.lock_account(connection, rules.start, at)
            fills, waiting = trading.settle_trade(connection, store.read_trade(connection, account_id, trade.id), at, rules)
        answer.trades += 1
        answer.fills += fills
        answer.waiting += [waiting] if waiting else []
    if account_id:
        answer.snapshot = _snapshot(database, account_id, at, rules)
    return answer


def show_portfolio(settings: Settings, database: Engine, as_of: datetime | None = None) -> Portfolio:
    """Show the account, what is open at the latest prices, and the trades closed last."""
    at = moment(as_of, settings)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        account_id = store.find_account(connection)
        _refuse_the_past(connection, account_id, as_of)
        book, trades = standing(connection, account_id, at, settings.paper_start)
        outcomes = reports.outcomes(connection, account_id, since=None, limit=SHOWN)
        tally = reports.tally(connection, account_id)
    return Portfolio(
        as_of=at,
        account=portfolio.account(book, trades),
        open=trades,
        closed=[portfolio.closed_trade(outcome) for outcome in outcomes],
        closed_count=tally.closed,
        wins=tally.wins,
        win_rate=round(tally.wins / tally.closed, 4) if tally.closed else None,
    )


def summary(settings: Settings, database: Engine, as_of: datetime | None = None) -> Summary:
    """Give the figures of the UTC day so far."""
    at = moment(as_of, settings)
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        account_id = store.find_account(connection)
        _refuse_the_past(connection, account_id, as_of)
        return summarize(connection, account_id, at, day, settings.paper_start)


def summarize(
    connection: Connection, account_id: int, at: datetime, since: datetime, start: Decimal, after_fill: int | None = None
) -> Summary:
    """Give the figures of a stretch of time that ends now.

    Args:
        connection: that sees one state of the database.
        account_id: of the account; `NOBODY` before its first trade.
        at: now.
        since: when it began.
        start: what an account that has not traded begins with.
        after_fill: the newest fill that was told before: then what is booked later counts, even if it is dated before `since`.
    """
    book, trades = standing(connection, account_id, at, start)
    outcomes = reports.outcomes(connection, account_id, since=since, limit=1000, after_fill=after_fill)
    done = reports.day_since(connection, account_id, since, after_fill)
    before = reports.equity_before(connection, account_id, since)
    account = portfolio.account(book, trades)
    before = book.start if before is None else before
    return Summary(
        as_of=at,
        since=since,
        last_fill=reports.last_fill(connection, account_id),
        account=account,
        open=trades,
        opened_today=done.opened,
        closed=[portfolio.closed_trade(outcome) for outcome in outcomes],
        wins_today=sum(outcome.profit > 0 for outcome in outcomes),
        profit_today=done.profit,
        fees_today=done.fees,
        day_start_equity=before,
        day_change_pct=percent(account.equity - before, before),
    )


def rules_of(settings: Settings) -> Rules:
    """Return the account's rules as the settings say."""
    return Rules(
        start=settings.paper_start,
        fee_rate=settings.paper_fee_percent / 100,
        slippage=settings.paper_slippage_percent / 100,
        max_open=settings.paper_max_open,
        max_position=settings.paper_max_position_percent / 100,
        allow_short=settings.paper_allow_short,
        break_even=settings.paper_break_even,
    )


def _once(
    connection: Connection,
    account_id: int,
    request: OpenRequest | CloseRequest,
    at: datetime,
    kind: type[Answer],
    act: Callable[[], Answer],
) -> Answer:
    """Act, or give the answer of before when a request with this key was answered; the account is locked.

    Who asks is no part of what is asked: a key is the same request whichever chat it comes from.

    Raises:
        Conflict: the key was used for another request.
    """
    asked = request.model_dump(mode="json", exclude={"request_id", "as_of", "chat"})
    before = store.answered(connection, account_id, request.request_id)
    if before is None:
        answer = act()
        done = store.Answered(kind.__name__, asked, answer.model_dump(mode="json"))
        store.remember(connection, account_id, request.request_id, done, at)
        return answer
    if (before.operation, before.request) != (kind.__name__, asked):
        raise Conflict("key_reused", f"expected a new request_id, {request.request_id} was used for another request")
    return kind.model_validate(before.answer)


def _find(connection: Connection, account_id: int, request: CloseRequest) -> Trade:
    """Return the trade a request means.

    Raises:
        NotFound: there is no such trade, or none is open in the symbol.
    """
    if request.trade_id is not None:
        trade = store.find_trade(connection, account_id, request.trade_id)
        if trade is None:
            raise NotFound("unknown_trade", f"there is no trade {request.trade_id}")
        return trade
    for trade in store.open_trades(connection, account_id):
        if trade.symbol == request.symbol:
            return trade
    raise NotFound("no_open_trade", f"no trade is open in {request.symbol}", figures={"symbol": str(request.symbol)})


def _refuse_the_past(connection: Connection, account_id: int, as_of: datetime | None) -> None:
    """Refuse to show a moment that the account has moved on from: prices and positions of the past are not kept.

    Raises:
        InputRejected: something was booked after `as_of`.
    """
    moved = store.moved_at(connection, account_id)
    if as_of is not None and moved is not None and moved > as_of:
        detail = f"expected an as_of from {moved.isoformat()} on, when the account changed last, got {as_of.isoformat()}"
        raise InputRejected("past_not_kept", detail)


def standing(connection: Connection, account_id: int, at: datetime, start: Decimal) -> tuple[Book, list[OpenTrade]]:
    """Return the balances and what is open at the latest prices; an account that has not traded begins with `start`."""
    book = store.read_book(connection, account_id) if account_id else Book.opened_with(start)
    trades = store.open_trades(connection, account_id)
    quotes = market.read_quotes(connection, [trade.symbol for trade in trades])
    return book, portfolio.open_list(trades, quotes, at)


def _snapshot(database: Engine, account_id: int, at: datetime, rules: Rules) -> bool:
    """Keep the equity of this hour; at a stale price none is kept."""
    with database.begin() as connection:
        store.lock_account(connection, rules.start, at)
        account = portfolio.account(*standing(connection, account_id, at, rules.start))
        if account.stale:
            return False
        return reports.add_snapshot(connection, account_id, at, account.cash, account.positions, account.unrealised)
