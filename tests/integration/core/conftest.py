"""Bitcoin and two coins over 260 days up to a Sunday's midnight: Bitcoin rises, and the coins do better."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from db.tables import candle
from functions.settings import Settings
from tests.conftest import make_settings
from tests.integration.days import day_of, list_pairs

SUNDAY = datetime(2024, 3, 3, tzinfo=UTC)
DAYS = 260
COINS = ("BTCUSDT", "ADAUSDT", "DOTUSDT")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without slippage, so that numbers are round; fees as they are."""
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, slippage_percent=0)


@pytest.fixture(autouse=True)
def _market(engine: Engine) -> None:
    list_pairs(engine, COINS, SUNDAY, DAYS)
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
