"""The universe in Postgres: what every pair is, and each day's ranking as it was known that day."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.tables import paper_trade, symbol, universe_day
from functions.market.universe import TRADING, Instrument, RankedSymbol

DELISTED = "Delisted"
_DESCRIPTION = ("base", "quote", "status", "tick_size", "lot_size", "min_order_amount", "kind", "special_treatment")


def write_universe(connection: Connection, ranked: Sequence[RankedSymbol], taken_at: datetime) -> None:
    """Store today's pairs and ranking; a day keeps its first ranking, and pairs that are gone become Delisted."""
    if not ranked:
        return
    statement = insert(symbol)
    changes = {name: statement.excluded[name] for name in (*_DESCRIPTION, "last_seen_at", "delisted_at")}
    seen = {"first_seen_at": taken_at, "last_seen_at": taken_at, "delisted_at": None}
    rows = [{**asdict(one.instrument), **seen} for one in ranked]
    connection.execute(statement.on_conflict_do_update(index_elements=["symbol"], set_=changes), rows)
    here = [one.instrument.symbol for one in ranked]
    gone = update(symbol).where(symbol.c.symbol.not_in(here), symbol.c.status != DELISTED)
    connection.execute(gone.values(status=DELISTED, delisted_at=taken_at))
    day = [
        {
            "day": taken_at.date(),
            "symbol": one.instrument.symbol,
            "turnover_rank": one.rank,
            "turnover_24h": one.turnover,
            "tick_size": one.instrument.tick_size,
            "lot_size": one.instrument.lot_size,
            "kind": one.instrument.kind,
            "special_treatment": one.instrument.special_treatment,
            "taken_at": taken_at,
        }
        for one in ranked
    ]
    connection.execute(insert(universe_day).on_conflict_do_nothing(), day)


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


def held_symbols(connection: Connection) -> list[str]:
    """Return the pairs with an open paper trade: they are watched until it is closed."""
    held = select(paper_trade.c.symbol).where(paper_trade.c.state == "open").distinct().order_by(paper_trade.c.symbol)
    return list(connection.scalars(held))


def trading_symbols(connection: Connection, as_of: datetime | None = None) -> set[str]:
    """Return the pairs that trade as far as is known, or that did as far as was known at a moment."""
    trades = symbol.c.status != DELISTED
    if as_of is not None:
        trades = (symbol.c.first_seen_at <= as_of) & (trades | (symbol.c.delisted_at > as_of))
    return set(connection.scalars(select(symbol.c.symbol).where(trades)))
