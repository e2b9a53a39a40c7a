"""How long from a price in the stream that touches a level to Telegram receiving the message: every process real, n8n too.

`python -m tests.bench.touch --orders 500 --json`. A chat has price alerts on 50 pairs, and the exchange says one price after
another that touches one of them, `--per-second` a second. The clock runs from the order to say it, up to 0.1 s before the price
leaves. `expected` is how many were touched, `delivered` how many messages came, `duplicates` how many were one too many.
"""

import argparse
import json
import sys
import time
from decimal import Decimal
from typing import Any

import httpx
import numpy as np
from sqlalchemy import insert

from db.tables import price_alert
from functions.levels.level import Direction
from tests.bench.ground import load
from tests.desk import Desk, running_desk, until
from tests.server import passable_folder

SYMBOLS = 50
STEP = Decimal("0.02")  # of the price between two levels of a pair: no market of these minutes makes it by itself
PATIENCE = 60.0  # seconds in which the last messages may come


def measure(desk: Desk, orders: int, per_second: float) -> dict[str, Any]:
    """Touch so many levels, one after the other, and compare when each price was said with when its message arrived."""
    until(lambda: not desk.rows("SELECT 1 FROM gap WHERE closed_at IS NULL LIMIT 1"), "the history is loaded", 600)
    levels = set_levels(desk, orders)
    watched = "SELECT 1 FROM heartbeat WHERE (detail->>'levels_watched')::int >= :orders"
    until(lambda: desk.rows(watched, orders=orders), "the collector watches the levels", 60)
    said: dict[int, float] = {}
    for number, (alert_id, symbol, price) in enumerate(levels, 1):
        said[alert_id] = time.time()
        desk.fault(desk.bybit, "ws_value", match=f"tickers.{symbol}", field="lastPrice", value=str(price), count=1)
        if number % 50 == 0:
            print(f"{number} of {orders} touched", file=sys.stderr)
        time.sleep(max(0.0, said[alert_id] + 1 / per_second - time.time()))
    delivered = (
        "SELECT count(*) FROM delivery JOIN alert ON alert.id = alert_id WHERE kind = 'price_alert' AND state = 'delivered'"
    )
    deadline = time.monotonic() + PATIENCE
    while desk.rows(delivered)[0][0] < orders and time.monotonic() < deadline:
        time.sleep(0.2)
    return figures(desk, said)


def set_levels(desk: Desk, orders: int) -> list[tuple[int, str, Decimal]]:
    """Write the alerts, and return id, pair and price of each in the order in which they are to be touched."""
    rows = httpx.get(f"{desk.bybit}/v5/market/tickers?category=spot", timeout=30).raise_for_status().json()["result"]["list"]
    latest = {row["symbol"]: Decimal(row["lastPrice"]) for row in rows}
    watched = sorted(row[0] for row in desk.rows("SELECT DISTINCT symbol FROM candle WHERE timeframe = '5m'"))[:SYMBOLS]
    now = desk.settings.clock.now()
    found = []
    with desk.engine.begin() as connection:
        for number in range(orders):
            symbol = watched[number % len(watched)]
            price = latest[symbol] * (1 + STEP * (1 + number // len(watched)))
            values = {"chat_id": desk.settings.telegram_chat_ids[0], "symbol": symbol, "price": price, "set_at": now}
            since = {"set_price": latest[symbol], "last_price": latest[symbol], "checked_until": now}
            statement = insert(price_alert).values(**values, **since, direction=Direction.RISING.value)
            found.append((connection.execute(statement.returning(price_alert.c.id)).scalar_one(), symbol, price))
    return found


def figures(desk: Desk, said: dict[int, float]) -> dict[str, Any]:
    """Return what came of the touches."""
    arrived = {row["message_id"]: row["wall"] for row in desk.messages()}
    of_alerts = desk.rows(
        """SELECT (payload->>'alert_id')::bigint, message_id FROM alert JOIN delivery ON alert_id = alert.id
           WHERE kind = 'price_alert' AND message_id IS NOT NULL"""
    )
    latencies = [
        (arrived[message] - said[number]) * 1000 for number, message in of_alerts if number in said and message in arrived
    ]
    texts = [row["text"] for row in desk.messages() if row["text"].startswith("🔔")]
    return {
        "orders": len(said),
        **{name: _percentile(latencies, percent) for name, percent in (("p50_ms", 50), ("p99_ms", 99), ("worst_ms", 100))},
        "delivered": len(latencies),
        "expected": len(said),
        "duplicates": len(texts) - len(set(texts)),
        "load": load(),
    }


def _percentile(values: list[float], percent: int) -> float | None:
    """Return a percentile; None when nothing came."""
    return round(float(np.percentile(values, percent)), 1) if values else None


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--per-second", type=float, default=2.0)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    with passable_folder() as folder:
        print(f"starting a desk in {folder}", file=sys.stderr)
        with running_desk(folder, speed=1, symbols=SYMBOLS) as desk:
            result = measure(desk, options.orders, options.per_second)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
