"""A desk that has traded for some days: an account with closed trades, daily candles, scores, a signal that was delivered."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from db.tables import alert, candle, delivery, paper_account, paper_fill, paper_trade, score, signal
from tests.integration.paper.market import add_pairs

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 30
NOW = FIRST + DAYS * DAY + timedelta(hours=6)


def add_trade(engine: Engine, account: int, day: float, profit: float, *, named: bool = False) -> None:
    """Write a trade of 100 USDT with a stop 10% away that was closed on a day."""
    opened, closed = FIRST + (day - 0.5) * DAY, FIRST + day * DAY
    row = {
        "account_id": account,
        "symbol": "ETHUSDT",
        "side": "long",
        "source": "signal",
        "state": "closed",
        "quantity": 1,
        "open_quantity": 0,
        "entry": 100,
        "stop": 90,
        "targets": [Decimal(107), Decimal(120), Decimal(140)],
        "target_quantity": Decimal("0.333"),
        "settled_until": closed,
        "opened_at": opened,
        "closed_at": closed,
        "fee": Decimal("0.001"),
        "slippage": Decimal("0.0005"),
        "break_even": True,
        "regime_exit": False,
    }
    with engine.begin() as connection:
        trade = connection.execute(insert(paper_trade).values(row).returning(paper_trade.c.id)).scalar_one()
        fill = {"trade_id": trade, "quantity": 1, "fee": Decimal("0.1")}
        entered = {**fill, "at": opened, "reason": "entry", "price": 100, "profit": 0, "named": False}
        left = {**fill, "at": closed, "reason": "time", "price": Decimal(str(100 + profit)), "profit": Decimal(str(profit))}
        connection.execute(insert(paper_fill), [entered, {**left, "named": named}])


def add_daily(engine: Engine, name: str, closes: Sequence[float]) -> None:
    """Write a daily candle for each close, from the day before `FIRST` on."""
    rows = [
        {
            "symbol": name,
            "timeframe": "1d",
            "open_time": FIRST + (number - 1) * DAY,
            "volume": 1.0,
            "source": "rest",
            "open": close,
            "high": close,
            "low": close,
            "close": close,
        }
        for number, close in enumerate(closes)
    ]
    with engine.begin() as connection:
        connection.execute(insert(candle), rows)


def add_scores(engine: Engine, closes: int, late: int) -> None:
    """Write the scores of so many 15m closes before `NOW`, the first ones of them late."""
    last = NOW - timedelta(minutes=15)
    moments = [last - number * timedelta(minutes=15) for number in range(closes)][::-1]
    rows = [
        {
            "symbol": "BTCUSDT",
            "close_time": at,
            "version": 1,
            "as_of": at,
            "coverage": 1.0,
            "confidence": 0.5,
            "created_at": at + timedelta(minutes=30 if number < late else 1),
        }
        for number, at in enumerate(moments)
    ]
    with engine.begin() as connection:
        connection.execute(insert(score), rows)


def add_signal(engine: Engine, at: datetime, seconds: float) -> None:
    """Write a signal said two seconds after a close and delivered so many seconds after its alert."""
    said: dict[str, Any] = {
        "symbol": "ETHUSDT",
        "timeframe": "1h",
        "close_time": at,
        "version": 1,
        "source": "score",
        "direction": "LONG",
        "confidence": 0.7,
        "entry": 100,
        "stop": 90,
        "targets": [107, 120, 140],
        "risk_reward": 2.2,
        "position_pct": 5.0,
        "reasons": [],
        "indicators": {},
        "created_at": at + timedelta(seconds=2),
        "expires_at": at + DAY,
    }
    with engine.begin() as connection:
        number = connection.execute(insert(signal).values(said).returning(signal.c.id)).scalar_one()
        told = {
            "key": f"signal:{number}",
            "kind": "signal",
            "class": "signal",
            "priority": 2,
            "symbol": "ETHUSDT",
            "payload": {"signal_id": number},
            "created_at": at,
            "expires_at": at + DAY,
        }
        alerted = connection.execute(insert(alert).values(told).returning(alert.c.id)).scalar_one()
        sent = {
            "alert_id": alerted,
            "chat_id": 1,
            "state": "delivered",
            "next_attempt_at": at,
            "finished_at": at + timedelta(seconds=seconds),
        }
        connection.execute(insert(delivery).values(sent))


@pytest.fixture
def desk(engine: Engine) -> int:
    """Thirty days: a trade on each second day, two wins to each loss; Bitcoin rises by a hundredth a day."""
    add_pairs(engine)
    with engine.begin() as connection:
        opened = {"name": "desk", "start": 1000, "opened_at": FIRST}
        account: int = connection.execute(insert(paper_account).values(opened).returning(paper_account.c.id)).scalar_one()
    for number in range(15):
        add_trade(engine, account, 2 * number + 1.25, -10 if number % 3 == 0 else 8)
    add_daily(engine, "BTCUSDT", [50_000 * 1.01**number for number in range(DAYS + 1)])
    add_daily(engine, "ETHUSDT", [100.0] * (DAYS + 1))
    add_scores(engine, 400, late=4)
    for hours in (30, 60, 90):
        add_signal(engine, NOW - timedelta(hours=hours), seconds=float(hours) / 10)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return account
