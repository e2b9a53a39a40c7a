"""A market of Bitcoin and two coins that have risen for 260 days, up to the midnight that begins the evening."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from db.tables import candle
from functions.settings import Settings
from tests.conftest import make_settings
from tests.integration.days import day_of, list_pairs

EVENING = datetime(2024, 3, 5, tzinfo=UTC)
DAYS = 260
COINS = ("BTCUSDT", "ADAUSDT", "DOTUSDT")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without slippage, so that numbers are round; fees as they are."""
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, slippage_percent=0)


@pytest.fixture(autouse=True)
def _market(engine: Engine) -> None:
    list_pairs(engine, COINS, EVENING, DAYS)
    for name in COINS:
        add_days(engine, name)


def add_days(engine: Engine, name: str, *, last: float = 100.0, days: int = DAYS) -> None:
    """Write daily candles that close at 100 at `EVENING`, each with a range of 4: limit 93, stop 77, targets 104.2 125 157."""
    slope = 0.5 if name == "BTCUSDT" else 0.1
    rows = []
    for number in range(days):
        close = last * (1 - slope * (days - 1 - number) / 130) if name == "BTCUSDT" else last - slope * (days - 1 - number)
        close = max(close, 5.0)
        rows.append(day_of(name, EVENING - timedelta(days=days - number), close))
    with engine.begin() as connection:
        connection.execute(insert(candle), rows)
