"""A flash dip: down 20% in a minute and back in three. Everything that it crosses is met once, at its price, with its time.

Also when the calls of n8n are lost, and when the collector is not there while it happens.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles.gaps import from_ms
from functions.paper.accounts import DIPS
from functions.paper.store import account as accounts
from functions.paper.store import resting
from functions.settings import Settings
from tests.conftest import make_settings
from tests.integration.collector.conftest import Webhook, collecting, until
from tests.sim import AffineClock, BybitSim, InThread, make_market

SPAN = timedelta(minutes=5)


@pytest.fixture
def exchange() -> BybitSim:
    """A five-minute candle takes five seconds."""
    return BybitSim(market=make_market(symbols=4), clock=AffineClock.starting("2024-03-05T12:01:00Z", 60.0))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return make_settings(**{**settings.model_dump(exclude_unset=True), "slippage_percent": 0})


async def set_levels(client: TestClient) -> tuple[Decimal, dict[str, Any]]:
    """Set four alerts and a trade with a stop, as soon as there is a price of now; return the price and the trade."""
    for percent in (-5, -10, -15, -25):
        alert = {"symbol": "BTCUSDT", "percent": percent}
        await until(lambda alert=alert: client.post("/price-alerts", json=alert).is_success, "an alert is set")  # type: ignore[misc]
    price = Decimal(client.get("/price-alerts").json()["alerts"][0]["set_price"])
    order = {
        "request_id": "dip",
        "symbol": "BTCUSDT",
        "side": "long",
        "notional": 100,
        "stop": str(round(price * Decimal("0.88"), 2)),
    }
    await until(lambda: client.post("/paper/trades", json=order).is_success, "a trade is opened")
    return price, client.post("/paper/trades", json=order).json()


def place_order(engine: Engine, settings: Settings, price: Decimal) -> Decimal:
    """Let a dip order rest 8% under the price; return its limit."""
    now, limit = settings.clock.now(), round(price * Decimal("0.92"), 2)
    with engine.begin() as connection:
        account_id = accounts.lock_account(connection, DIPS.name, Decimal(1000), now)
        order = {"account_id": account_id, "kind": "dip", "symbol": "BTCUSDT", "side": "long", "day": now, "close": price}
        levels = {"price": limit, "touched_at": limit - 1, "stop": limit / 2, "targets": [limit * 2, limit * 3, limit * 4]}
        until = {"placed_at": now, "looked_until": now - SPAN, "expires_at": now + timedelta(days=1)}
        resting.place_orders(connection, [{**order, **levels, **until}])
    return limit


def filled(engine: Engine) -> list[tuple[Decimal, datetime]]:
    """Return price and time of each fill of a dip order."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT f.price, f.at FROM paper_fill f JOIN paper_trade t ON t.id = trade_id AND source = 'dip'")
        ).all()
    return [(row.price, row.at) for row in rows]


def met(client: TestClient) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Ask as n8n does: what is settled, and which alerts fire."""
    fills = client.post("/paper/settle", json={"symbols": ["BTCUSDT"]}).raise_for_status().json()["fills"]
    return fills, client.post("/price-alerts/check", json={"symbols": ["BTCUSDT"]}).raise_for_status().json()["fired"]


async def let_it_dip(world: InThread, exchange: BybitSim, engine: Engine) -> datetime:
    """Make the dip, not in the candle in which levels were set, and wait until that candle is over; return when it opened."""
    await until(lambda: exchange.clock.now_ms() % 300_000 > 90_000, "only the next candle holds a whole dip")
    world.do(lambda: exchange.fault("dip", symbol="BTCUSDT", depth=0.2))
    [dip] = exchange.market.dips.values()
    opened = from_ms(dip.candle)
    await until(lambda: exchange.clock.now_ms() > dip.candle + 310_000, "the dip is over")
    return opened


async def all_met(client: TestClient) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Ask until the stop and three alerts are met, and once more, which must bring nothing."""
    fills, fired = [], []

    def asked() -> bool:
        more = met(client)
        fills.extend(more[0])
        fired.extend(more[1])
        return bool(fills) and len(fired) >= 3

    await until(asked, "what the dip crossed is met")
    assert met(client) == ([], [])
    return fills, fired


async def test_each_level_is_met_once_at_its_price_and_time_though_n8n_is_away(
    settings: Settings, client: TestClient, engine: Engine, exchange: BybitSim, world: InThread, webhook: Webhook
) -> None:
    async with collecting(settings):
        price, trade = await set_levels(client)
        limit = place_order(engine, settings, price)
        await until(lambda: levels_watched(engine) == 6, "the levels are watched")
        webhook.status = 500
        opened = await let_it_dip(world, exchange, engine)
        fills, fired = await all_met(client)
    assert [(fill["reason"], Decimal(fill["price"])) for fill in fills] == [("stop", Decimal(trade["stop"]))]
    assert [round(float(Decimal(alert["price"]) / price), 2) for alert in fired] == [0.95, 0.9, 0.85]
    ((paid, bought_at),) = filled(engine)
    assert paid == limit
    said = [datetime.fromisoformat(one["at"]) for one in (fired[0], fired[1], fills[0], fired[2])]
    times = [said[0], bought_at, *said[1:]]
    assert times == sorted(times)
    assert all(opened < at < opened + SPAN for at in times)
    assert times[-1] - times[0] <= timedelta(seconds=60)


async def test_what_a_dip_crossed_while_the_collector_was_down_is_found_at_the_same_prices(
    settings: Settings, client: TestClient, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    async with collecting(settings):
        price, trade = await set_levels(client)
        limit = place_order(engine, settings, price)
    opened = await let_it_dip(world, exchange, engine)
    async with collecting(settings):
        fills, fired = await all_met(client)
    assert [(fill["reason"], Decimal(fill["price"])) for fill in fills] == [("stop", Decimal(trade["stop"]))]
    assert [round(float(Decimal(alert["price"]) / price), 2) for alert in fired] == [0.95, 0.9, 0.85]
    assert {datetime.fromisoformat(one["at"]) for one in (*fills, *fired)} == {opened + SPAN}
    assert filled(engine) == [(limit, opened + SPAN)]


def levels_watched(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(text("SELECT coalesce(max((detail->>'levels_watched')::int), 0) FROM heartbeat")).scalar_one()
        )
