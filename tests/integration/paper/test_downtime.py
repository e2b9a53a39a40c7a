"""The same market with and without an outage of three hours ends in the same trades and the same equity.

The market wanders for five hours. Awake, the desk looks in the middle of each candle and after its close. Down, nothing is stored
and nothing settled for three hours; then the candles come back at once.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from functions.market.candles.forming import FormingCandle
from functions.market.store import write_forming
from functions.paper.accounts import ACCOUNTS
from tests.integration.paper.market import NOON, OPENED, PAIRS, SPAN, add_candles, quote, settled
from tests.integration.paper.test_following import add_signal, followed, rows

CANDLES, DOWN_FROM, DOWN = 60, 6, 36
NAMES = PAIRS[:3]
CLEARED = (
    "paper_account, paper_trade, paper_fill, ledger_entry, paper_request, paper_refusal, candle, forming_candle, alert, delivery"
)


@dataclass(frozen=True)
class Path:
    """A pair's candles, open high low close, on ticks."""

    name: str
    prices: list[list[float]]

    def text(self, number: int) -> str:
        return " ".join(map(str, self.prices[number]))


def paths(seed: int) -> list[Path]:
    """Return candles that wander 0.8% each from 100 on: stops at 98 and targets from 101.4 on are met within hours."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.008, (len(NAMES), CANDLES)), axis=1))
    begin = np.concatenate([np.full((len(NAMES), 1), 100.0), close[:, :-1]], axis=1)
    high = np.maximum(begin, close) * (1 + np.abs(random.normal(0, 0.003, close.shape)))
    low = np.minimum(begin, close) * (1 - np.abs(random.normal(0, 0.003, close.shape)))
    grids = np.round(np.stack([begin, high, low, close], axis=2), 2)
    return [Path(name, grids[row].tolist()) for row, name in enumerate(NAMES)]


def play(client: TestClient, engine: Engine, market: list[Path], *, outage: bool) -> dict[str, Any]:
    """Trade a market, and return what was booked; the second within a candle is known only to who watched it."""
    for number in range(CANDLES):
        begins = NOON + number * SPAN
        down = outage and DOWN_FROM <= number < DOWN_FROM + DOWN
        if not down:
            _look_inside(client, engine, market, number)
        if outage and number == DOWN_FROM + DOWN:
            for path in market:
                missed = (path.text(one) for one in range(DOWN_FROM, DOWN_FROM + DOWN))
                add_candles(engine, path.name, "|".join(missed), NOON + DOWN_FROM * SPAN)
            settled(client, begins + timedelta(seconds=200))
        for path in market if not down else []:
            add_candles(engine, path.name, path.text(number), begins)
            quote(engine, path.prices[number][3], begins + SPAN, path.name)
        if not down:
            settled(client, begins + SPAN)
    return _booked(client, engine)


def _look_inside(client: TestClient, engine: Engine, market: list[Path], number: int) -> None:
    begins = NOON + number * SPAN
    at = begins + timedelta(seconds=150)
    with engine.begin() as connection:
        for path in market:
            begin, high, low, _ = path.prices[number]
            write_forming(connection, [FormingCandle(path.name, begins, begin, high, low, low, at)])
    for path in market:
        quote(engine, path.prices[number][2], at, path.name)
    if number == 0:
        quote(engine, 100, OPENED)
        followed(client, OPENED)
    settled(client, at)


def _booked(client: TestClient, engine: Engine) -> dict[str, Any]:
    fills = rows(
        engine,
        """SELECT a.name, t.symbol, f.reason, f.price, f.quantity, f.fee, f.profit
           FROM paper_fill f JOIN paper_trade t ON t.id = f.trade_id JOIN paper_account a ON a.id = t.account_id
           WHERE f.reason <> 'entry' ORDER BY a.name, t.symbol, f.id""",
    )
    end = (NOON + CANDLES * SPAN).isoformat()
    equity = {
        account.name: client.get("/paper/portfolio", params={"account": account.name, "as_of": end}).json()["account"]["equity"]
        for account in ACCOUNTS
    }
    return {"fills": fills, "equity": equity}


@pytest.mark.parametrize("seed", [1, 5])
def test_outage_of_three_hours_changes_no_trade_and_no_equity(
    client: TestClient, engine: Engine, database: str, seed: int
) -> None:
    market, results = paths(seed), []
    levels: dict[str, Any] = {"stop": Decimal(98), "targets": [Decimal("101.4"), Decimal(104), Decimal(108)]}
    for outage in (False, True):
        owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        with owner.begin() as connection:
            connection.execute(text(f"TRUNCATE {CLEARED}, setup, signal, rejection RESTART IDENTITY CASCADE"))
        for name in NAMES:
            add_signal(engine, name, **levels)
        results.append(play(client, engine, market, outage=outage))
    watched, replayed = results
    assert len(watched["fills"]) >= 4
    assert {account for account, *_ in watched["fills"]} == {"desk", "technical"}
    assert replayed == watched


def test_close_pressed_in_the_first_second_after_an_outage_waits_and_then_says_what_happened(
    client: TestClient, engine: Engine
) -> None:
    entry = {"request_id": "own", "symbol": "BTCUSDT", "side": "long", "notional": 100, "stop": 95, "as_of": OPENED.isoformat()}
    client.post("/paper/trades", json=entry).raise_for_status()
    back = NOON + timedelta(hours=3, seconds=1)
    quote(engine, 110, back)
    pressed = {"request_id": "press", "symbol": "BTCUSDT", "as_of": back.isoformat()}
    answer = client.post("/paper/trades/close", json=pressed)
    assert (answer.status_code, answer.json()["code"]) == (503, "trade_waits")
    add_candles(engine, "BTCUSDT", "|".join(["100 101 99 100"] * 10 + ["100 100 94 96"] + ["110 111 109 110"] * 25))
    answer = client.post("/paper/trades/close", json=pressed)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_closed")
    [(reason, price)] = rows(engine, "SELECT reason, price FROM paper_fill WHERE reason <> 'entry'")
    assert (reason, price) == ("stop", Decimal(95))
