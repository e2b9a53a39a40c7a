"""A market of daily candles in the database: pairs that were among the largest, and their days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from db.tables import symbol, universe_day


def pair_of(first_seen_at: datetime, last_seen_at: datetime) -> dict[str, object]:
    """Return a pair that is traded, without its name."""
    return {
        "base": "X",
        "quote": "USDT",
        "status": "Trading",
        "tick_size": Decimal("0.01"),
        "lot_size": Decimal("0.001"),
        "min_order_amount": Decimal(5),
        "kind": "",
        "special_treatment": False,
        "first_seen_at": first_seen_at,
        "last_seen_at": last_seen_at,
    }


def list_pairs(engine: Engine, names: Sequence[str], midnight: datetime, days: int) -> None:
    """Write pairs that are known for some days, and the universe of the day before `midnight`: they, in their order."""
    pair = pair_of(midnight - timedelta(days=days), midnight)
    with engine.begin() as connection:
        connection.execute(insert(symbol), [{"symbol": name, **pair} for name in names])
        for rank, name in enumerate(names, start=1):
            row = {"day": midnight.date() - timedelta(days=1), "symbol": name, "turnover_rank": rank, "turnover_24h": 1e9}
            steps = {name: pair[name] for name in ("tick_size", "lot_size", "kind", "special_treatment")}
            connection.execute(insert(universe_day).values(**row, **steps, taken_at=midnight - timedelta(hours=1)))


def day_of(name: str, opened: datetime, close: float) -> dict[str, object]:
    """Return one daily candle with a range of 4."""
    prices = {"open": close, "high": close + 2, "low": close - 2, "close": close}
    return {"symbol": name, "timeframe": "1d", "open_time": opened, **prices, "volume": 1000.0, "source": "rest"}
