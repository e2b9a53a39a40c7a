"""A small market in the database: pairs, latest prices, 5m candles."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.dialects.postgresql import insert

from db.tables import alert, candle, ledger_entry, symbol, ticker
from functions.paper.ledger import Book
from tests.integration.days import pair_of

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
OPENED = NOON + timedelta(minutes=2)
SPAN = timedelta(minutes=5)
PAIRS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "DOTUSDT")


def add_pairs(engine: Engine) -> None:
    row = pair_of(NOON, NOON)
    with engine.begin() as connection:
        connection.execute(insert(symbol), [{"symbol": name, **row} for name in PAIRS])


def quote(engine: Engine, price: float, at: datetime, *names: str, low: float = 1, high: float = 1000) -> None:
    values = {
        "price": price,
        "low_24h": low,
        "high_24h": high,
        "volume_24h": 1.0,
        "turnover_24h": 1.0,
        "change_24h": 0.0,
        "exchange_time": at,
    }
    statement = insert(ticker).values([{"symbol": name, **values} for name in names or PAIRS])
    with engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=["symbol"], set_=values))


def add_candles(engine: Engine, name: str, text: str, first: datetime = NOON) -> None:
    """Write `open high low close` of one 5m candle after another, separated by `|`."""
    rows = [
        {
            "symbol": name,
            "timeframe": "5m",
            "open_time": first + number * SPAN,
            **dict(zip(("open", "high", "low", "close"), map(float, row.split()), strict=True)),
            "volume": 1.0,
            "source": "rest",
        }
        for number, row in enumerate(text.split("|"))
    ]
    with engine.begin() as connection:
        connection.execute(insert(candle), rows)


def asked(key: str = "one", name: str = "BTCUSDT", notional: float = 100, at: datetime = OPENED, **more: Any) -> dict[str, Any]:
    return {"request_id": key, "symbol": name, "side": "long", "notional": notional, "as_of": at.isoformat(), **more}


def opened(client: TestClient, key: str = "one", name: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/paper/trades", json=asked(key, name, **more)).raise_for_status().json()
    return answer


def settled(client: TestClient, at: datetime) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/paper/settle", json={"as_of": at.isoformat()}).raise_for_status().json()
    return answer


def alerts(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    with engine.connect() as connection:
        return [(row.kind, row.payload) for row in connection.execute(select(alert).order_by(alert.c.id))]


def book(engine: Engine) -> Book:
    """Read the ledger; raises when its invariant does not hold."""
    table = ledger_entry.c
    with engine.connect() as connection:
        rows = connection.execute(select(table.account, func.sum(table.amount).label("amount")).group_by(table.account))
        return Book.of({row.account: row.amount for row in rows})
