"""A market of Bitcoin and two coins that have risen for 260 days, up to the midnight that begins the evening."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from db.tables import candle, symbol, universe_day
from functions.settings import Settings
from tests.conftest import make_settings

EVENING = datetime(2024, 3, 5, tzinfo=UTC)
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
        "first_seen_at": EVENING - timedelta(days=DAYS),
        "last_seen_at": EVENING,
    }
    with engine.begin() as connection:
        connection.execute(insert(symbol), [{"symbol": name, **pair} for name in COINS])
        for rank, name in enumerate(COINS, start=1):
            row = {"day": EVENING.date() - timedelta(days=1), "symbol": name, "turnover_rank": rank, "turnover_24h": 1e9}
            steps = {name: pair[name] for name in ("tick_size", "lot_size", "kind", "special_treatment")}
            connection.execute(insert(universe_day).values(**row, **steps, taken_at=EVENING - timedelta(hours=1)))
    for name in COINS:
        add_days(engine, name)


def add_days(engine: Engine, name: str, *, last: float = 100.0, days: int = DAYS) -> None:
    """Write daily candles that close at 100 at `EVENING`, each with a range of 4: limit 93, stop 77, targets 104.2 125 157."""
    slope = 0.5 if name == "BTCUSDT" else 0.1
    rows = []
    for number in range(days):
        close = last * (1 - slope * (days - 1 - number) / 130) if name == "BTCUSDT" else last - slope * (days - 1 - number)
        close = max(close, 5.0)
        rows.append(
            {
                "symbol": name,
                "timeframe": "1d",
                "open_time": EVENING - timedelta(days=days - number),
                "open": close,
                "high": close + 2,
                "low": close - 2,
                "close": close,
                "volume": 1000.0,
                "source": "rest",
            }
        )
    with engine.begin() as connection:
        connection.execute(insert(candle), rows)
