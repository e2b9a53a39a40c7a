"""Bitcoin and two coins over 260 days up to a Sunday's midnight: Bitcoin rises, and the coins do better."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from db.tables import candle, symbol, universe_day
from functions.settings import Settings
from tests.conftest import make_settings

SUNDAY = datetime(2024, 3, 3, tzinfo=UTC)
DAYS = 260
COINS = ("BTCUSDT", "ADAUSDT", "DOTUSDT")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without slippage, so that numbers are round; fees as they are."""
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, slippage_percent=0)


@pytest.fixture(autouse=True)
def _market(engine: Engine) -> None:
    pair = {
        "base": "X",
        "quote": "USDT",
        "status": "Trading",
        "tick_size": Decimal("0.01"),
        "lot_size": Decimal("0.001"),
        "min_order_amount": Decimal(5),
        "kind": "",
        "special_treatment": False,
        "first_seen_at": SUNDAY - timedelta(days=DAYS),
        "last_seen_at": SUNDAY,
    }
    with engine.begin() as connection:
        connection.execute(insert(symbol), [{"symbol": name, **pair} for name in COINS])
        for rank, name in enumerate(COINS, start=1):
            row = {"day": SUNDAY.date() - timedelta(days=1), "symbol": name, "turnover_rank": rank, "turnover_24h": 1e9}
            steps = {name: pair[name] for name in ("tick_size", "lot_size", "kind", "special_treatment")}
            connection.execute(insert(universe_day).values(**row, **steps, taken_at=SUNDAY - timedelta(hours=1)))
    for name in COINS:
        add_days(engine, name)


def add_days(engine: Engine, name: str, *, days: int = DAYS, last: float = 100.0) -> None:
    """Write daily candles that close at 100 on Sunday, up one day and down the next, coins rising twice as fast as Bitcoin."""
    slope = 0.1 if name == "BTCUSDT" else 0.2
    rows = []
    for number in range(days):
        close = last - slope * (days - 1 - number) + (1.0 if (days - 1 - number) % 2 else 0.0)
        rows.append(day_of(name, SUNDAY - timedelta(days=days - number), close))
    with engine.begin() as connection:
        connection.execute(insert(candle), rows)


def day_of(name: str, opened: datetime, close: float) -> dict[str, object]:
    """Return one daily candle."""
    prices = {"open": close, "high": close + 2, "low": close - 2, "close": close}
    return {"symbol": name, "timeframe": "1d", "open_time": opened, **prices, "volume": 1000.0, "source": "rest"}
