"""A flash dip over the whole desk: each order that it crosses fills once, at its limit, in its candle, whoever was killed.

Everything is real but the outside: prices come by the websocket, a touch goes through n8n, the fill's message to Telegram.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import DIPS
from functions.paper.settling.exact import floor_to
from functions.paper.store import account as accounts
from functions.paper.store import resting
from tests.desk import Desk, until

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(600)]
DEPTH, FROM_PRICE = Decimal("0.2"), {"near": Decimal("0.95"), "deep": Decimal("0.87"), "under": Decimal("0.7")}
FINEST = Timeframe.M5
_FILLS = text("""
    SELECT o.symbol, o.state, f.price, f.at FROM resting_order o LEFT JOIN paper_trade t ON t.id = o.trade_id
    LEFT JOIN paper_fill f ON f.trade_id = t.id AND f.reason = 'entry' WHERE o.symbol = ANY(:symbols)
""")

# Coins that no test before, and no first try of one, has let an order rest under.
_FREE = """
    SELECT symbol FROM ticker JOIN symbol USING (symbol) WHERE symbol NOT IN (SELECT symbol FROM resting_order)
    ORDER BY turnover_24h DESC OFFSET 5
"""


@dataclass(frozen=True)
class Placed:
    """Three coins with an order each: two that the dip crosses, and one under its deepest price."""

    limits: dict[str, Decimal]
    under: str

    @property
    def crossed(self) -> dict[str, Decimal]:
        return {symbol: limit for symbol, limit in self.limits.items() if symbol != self.under}


def place_under(desk: Desk, symbols: list[str]) -> Placed:
    """Let an order rest under each coin's price, as an evening places them; its trade ends when the price is back."""
    prices = dict(desk.rows("SELECT symbol, price FROM ticker WHERE symbol = ANY(:symbols)", symbols=symbols))
    ticks = dict(desk.rows("SELECT symbol, tick_size FROM symbol WHERE symbol = ANY(:symbols)", symbols=symbols))
    now, limits = desk.settings.clock.now(), {}
    with desk.engine.begin() as connection:
        account_id = accounts.lock_account(connection, DIPS.name, desk.settings.paper_start, now)
        rows = []
        for symbol, share in zip(symbols, FROM_PRICE.values(), strict=True):
            price, tick = Decimal(repr(prices[symbol])), ticks[symbol]
            limit = limits[symbol] = floor_to(price * share, tick)
            rows.append(
                {
                    "account_id": account_id,
                    "kind": "dip",
                    "symbol": symbol,
                    "side": "long",
                    "day": Timeframe.D1.floor(now) + timedelta(days=1),  # so that no midnight of the test replaces it
                    "close": price,
                    "price": limit,
                    "touched_at": limit - tick,
                    "stop": floor_to(limit / 2, tick),
                    "targets": [floor_to(limit * step, tick) for step in (Decimal("1.01"), Decimal("1.02"), Decimal("1.03"))],
                    "placed_at": now,
                    "looked_until": FINEST.floor(now),
                    "expires_at": now + timedelta(days=1),
                }
            )
        assert resting.place_orders(connection, rows) == len(symbols)
    return Placed(limits, symbols[-1])


def watched(desk: Desk, placed: Placed) -> bool:
    levels = desk.rows("SELECT max((detail->>'levels_watched')::int) FROM heartbeat WHERE part LIKE 'collector%'")[0][0]
    return levels is not None and levels >= len(placed.limits)


def has_fallen(desk: Desk, placed: Placed) -> bool:
    """Whether the collector has stored a price in the dip."""
    rows = desk.rows("SELECT symbol, price FROM ticker WHERE symbol = ANY(:symbols)", symbols=list(placed.crossed))
    return any(Decimal(repr(price)) < placed.limits[symbol] * Decimal("1.02") for symbol, price in rows)


def fills(desk: Desk, placed: Placed) -> dict[str, tuple[str, Decimal | None, datetime | None]]:
    with desk.engine.connect() as connection:
        rows = connection.execute(_FILLS, {"symbols": list(placed.limits)}).all()
    assert len(rows) == len(placed.limits)  # none filled twice
    return {row.symbol: (row.state, row.price, row.at) for row in rows}


def all_filled(desk: Desk, placed: Placed) -> bool:
    states = fills(desk, placed)
    return all(states[symbol][0] == "filled" for symbol in placed.crossed)


@pytest.mark.parametrize(
    "killed",
    [
        pytest.param("collector", id="collector"),
        pytest.param("n8n", id="n8n", marks=pytest.mark.soak),
        pytest.param(None, id="nobody", marks=pytest.mark.soak),
    ],
)
def test_each_order_that_a_flash_dip_crosses_fills_once_at_its_limit(desk: Desk, killed: str | None) -> None:
    placed = place_under(desk, [row[0] for row in desk.rows(_FREE)[:3]])
    until(lambda: watched(desk, placed), "the orders are watched", 60)
    for symbol in placed.limits:
        desk.fault(desk.bybit, "dip", symbol=symbol, depth=float(DEPTH))
    until(lambda: has_fallen(desk, placed), "the price falls", 90)
    if killed:
        desk.kill(killed)
    until(lambda: all_filled(desk, placed), "what the dip crossed is filled", 120)
    found = fills(desk, placed)
    assert {symbol: found[symbol][1] for symbol in placed.crossed} == placed.crossed
    assert found[placed.under][0] == "placed"
    ((first, last),) = {_candle(at) for _, _, at in found.values() if at is not None}
    lowest = "SELECT low, close FROM candle WHERE symbol = :symbol AND timeframe = '5m' AND open_time = :first"
    for symbol, limit in placed.crossed.items():
        until(lambda symbol=symbol: desk.rows(lowest, symbol=symbol, first=first), "the dip's candle is stored", 60)  # type: ignore[misc]
        low, close = desk.rows(lowest, symbol=symbol, first=first)[0]
        assert Decimal(repr(low)) < limit < Decimal(repr(close))  # down and back within it
    assert last == first + FINEST.span
    told = "kind = 'order_filled' AND symbol = ANY(:symbols)"
    count = len(placed.crossed)
    until(lambda: len(desk.told(told, symbols=list(placed.crossed))) == count, "each fill is told", 120)
    assert len(desk.rows(f"SELECT 1 FROM alert WHERE {told}", symbols=list(placed.crossed))) == count


def _candle(at: datetime) -> tuple[datetime, datetime]:
    """Return the 5m candle that a moment lies in, or ends."""
    first = FINEST.floor(at - timedelta(microseconds=1))
    return first, first + FINEST.span
