"""The universe in Postgres: what every pair is, and each day's ranking as it was known that day."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import paper_trade, price_alert, signal, symbol, ticker, universe_day
from functions.market.universe import DELISTED, GONE_FOR, TRADING, Instrument, RankedSymbol

MEASURED_FOR = timedelta(days=8)  # a signal's outcome takes seven, and its candles a while to come
LOCK = 0x554E4956  # any constant: one writer of the universe at a time
_DESCRIPTION = ("base", "quote", "status", "tick_size", "lot_size", "min_order_amount", "kind", "special_treatment")


def write_universe(
    connection: Connection,
    ranked: Sequence[RankedSymbol],
    taken_at: datetime,
    in_doubt: Sequence[str] = (),
    of_day: Sequence[RankedSymbol] = (),
) -> None:
    """Store today's pairs and ranking; a day keeps its first ranking, and pairs that are gone become Delisted.

    A pair that comes later in the day stands behind all that were ranked: two pairs never share a rank.

    Args:
        connection: in a transaction of the caller's.
        ranked: every USDT pair that trades.
        taken_at: the exchange's time of the answer.
        in_doubt: pairs with a status that we do not know: they stay as they are.
        of_day: the day's ranking, with the pairs that the answer lacks and that may be back soon.
    """
    if not ranked:
        return
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    statement = insert(symbol)
    changes = {name: statement.excluded[name] for name in (*_DESCRIPTION, "last_seen_at", "delisted_at")}
    seen = {"first_seen_at": taken_at, "last_seen_at": taken_at, "delisted_at": None}
    rows = [{**asdict(pair.instrument), **seen} for pair in ranked]
    connection.execute(statement.on_conflict_do_update(index_elements=["symbol"], set_=changes), rows)
    here = [pair.instrument.symbol for pair in ranked] + list(in_doubt)
    gone = update(symbol).where(symbol.c.symbol.not_in(here), symbol.c.status != DELISTED)
    connection.execute(gone.values(status=DELISTED, delisted_at=taken_at))
    day = taken_at.date()
    ranks = {row.symbol: row.turnover_rank for row in connection.execute(_ranks(day))}
    last = max(ranks.values(), default=0)
    new = [pair for pair in of_day or ranked if pair.instrument.symbol not in ranks]
    rows_of_day = [
        {
            "day": day,
            "symbol": pair.instrument.symbol,
            "turnover_rank": rank,
            "turnover_24h": pair.turnover,
            "tick_size": pair.instrument.tick_size,
            "lot_size": pair.instrument.lot_size,
            "kind": pair.instrument.kind,
            "special_treatment": pair.instrument.special_treatment,
            "taken_at": taken_at,
        }
        for rank, pair in enumerate(new, start=last + 1)
    ]
    if rows_of_day:
        connection.execute(insert(universe_day), rows_of_day)


def _ranks(day: date) -> Select[tuple[str, int]]:
    return select(universe_day.c.symbol, universe_day.c.turnover_rank).where(universe_day.c.day == day)


def read_instruments(connection: Connection, names: Sequence[str]) -> dict[str, Instrument]:
    """Return the named pairs that are known, by name."""
    columns = [symbol.c.symbol, *(symbol.c[name] for name in _DESCRIPTION)]
    rows = connection.execute(select(*columns).where(symbol.c.symbol.in_(list(names))))
    return {row.symbol: Instrument(**row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name for it


def latest_universe(connection: Connection, as_of: datetime) -> date | None:
    """Return the newest day whose ranking was known at `as_of`."""
    return connection.scalar(
        select(universe_day.c.day).where(universe_day.c.taken_at <= as_of).order_by(universe_day.c.day.desc()).limit(1)
    )


def read_universe(connection: Connection, day: date, as_of: datetime) -> list[RankedSymbol]:
    """Return a day's ranking as it was known at `as_of`, largest turnover first: also pairs that are gone by now."""
    rows = connection.execute(
        text("""
            SELECT s.symbol, s.base, s.quote, :trading AS status, d.tick_size, d.lot_size, s.min_order_amount, d.kind,
                   d.special_treatment, d.turnover_rank, d.turnover_24h
            FROM universe_day d JOIN symbol s USING (symbol) WHERE d.day = :day AND d.taken_at <= :as_of
            ORDER BY d.turnover_rank, s.symbol
        """),
        {"day": day, "as_of": as_of, "trading": TRADING},
    )
    return [RankedSymbol(Instrument(*row[:9]), row.turnover_rank, row.turnover_24h) for row in rows]


def held_symbols(connection: Connection, as_of: datetime) -> list[str]:
    """Return the pairs that are watched whatever their turnover: with an open paper trade, a price alert, or a signal of late.

    A signal's pair is watched until its outcome is measured, so that what loses its turnover does not drop out of the count.
    """
    traded = select(paper_trade.c.symbol).where(paper_trade.c.state == "open")
    signalled = select(signal.c.symbol).where(signal.c.created_at > as_of - MEASURED_FOR, signal.c.created_at <= as_of)
    awaited = select(price_alert.c.symbol).where(price_alert.c.state == "waiting")
    held = traded.union(awaited, signalled).subquery()
    return list(connection.scalars(select(held.c.symbol).order_by(held.c.symbol)))


def trading_symbols(connection: Connection, as_of: datetime | None = None) -> set[str]:
    """Return the pairs that trade as far as is known, or that did as far as was known at a moment.

    At a moment, a pair still trades that was found gone less than ten minutes before it, or by looks of less than ten minutes: an
    answer may have lacked it.
    """
    trades = symbol.c.status != DELISTED
    if as_of is not None:
        trades = (symbol.c.first_seen_at <= as_of) & (trades | (symbol.c.delisted_at > as_of - GONE_FOR) | _IN_DOUBT)
    return set(connection.scalars(select(symbol.c.symbol).where(trades)))


_LAST_LOOK = select(func.max(symbol.alias().c.last_seen_at)).scalar_subquery()
_IN_DOUBT = (symbol.c.status == DELISTED) & (symbol.c.delisted_at > _LAST_LOOK - GONE_FOR)


def has_doubtful_delisting(connection: Connection) -> bool:
    """Tell whether a pair was found gone, and no look ten minutes later has confirmed it yet."""
    return connection.scalar(select(symbol.c.symbol).where(_IN_DOUBT).limit(1)) is not None


def is_gone(connection: Connection, name: str, now: datetime) -> bool:
    """Tell whether a pair is known to trade no more: looks ten minutes apart lacked it."""
    gone = (symbol.c.symbol == name) & (symbol.c.status == DELISTED) & (symbol.c.delisted_at <= now - GONE_FOR) & ~_IN_DOUBT
    return connection.scalar(select(symbol.c.symbol).where(gone)) is not None


def trades_now(connection: Connection, name: str, now: datetime) -> bool:
    """Tell whether a pair is known to trade at `now`: it is listed, and the exchange gave its price in the last ten minutes."""
    listed = (symbol.c.symbol == name) & (symbol.c.status != DELISTED)
    priced = (ticker.c.symbol == name) & (ticker.c.exchange_time > now - GONE_FOR)
    return connection.scalar(select(symbol.c.symbol).join(ticker, priced).where(listed)) is not None
