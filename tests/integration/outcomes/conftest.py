"""A rising market that was scanned and scored, and what its prices did in the eight days after."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from tests.integration.scoring.conftest import BARS, DRIFT, NOISE, QUARTER, SYMBOLS, Score, answer, candles, scan, score, world
from tests.unit.technical.making import END, grid, store_candles, walk

__all__ = ["candles", "scan", "score", "world"]
CLOSES = 8
AFTER = 8 * 288  # 5m candles
Settle = Callable[[datetime], dict[str, Any]]


def prices(noise: float = 0.004) -> Candles:
    """5m candles: those of the last closes of 15m, then a walk of eight days."""
    quarters = walk(Timeframe.M15, SYMBOLS, BARS[Timeframe.M15], drift=DRIFT[Timeframe.M15], noise=NOISE[Timeframe.M15])
    before = np.repeat(quarters.close[:, -CLOSES - 4 :], 3, axis=1)
    steps = np.random.default_rng(3).normal(0.0001, noise, (len(SYMBOLS), AFTER))
    after = before[:, -1:] * np.exp(np.cumsum(steps, axis=1))
    end = END + timedelta(days=8)
    return grid(Timeframe.M5, np.round(np.concatenate([before, after], axis=1), 4), end=end, symbols=SYMBOLS, spread=0.001)


@pytest.fixture
def judged(world: Engine, scan: Score, score: Score) -> Engine:
    """Setups of the last closes, each a signal or a rejection."""
    for back in range(CLOSES - 1, -1, -1):
        scan(END - back * QUARTER)
        score(END - back * QUARTER)
    return world


@pytest.fixture
def measured(judged: Engine) -> Engine:
    """The same, with the prices of the eight days after."""
    with judged.begin() as connection:
        store_candles(connection, prices())
    return judged


@pytest.fixture
def settle(client: TestClient) -> Settle:
    """Settle outcomes at a moment."""

    def call(as_of: datetime) -> dict[str, Any]:
        return answer(client.post("/outcomes/settle", json={"as_of": as_of.isoformat()}))

    return call


FACTS = """SELECT symbol, timeframe, close_time, version, hours, signal_id, code, direction, confidence, agreeing, moved, best,
                  worst, first, r, randoms, random_r, random_won FROM outcome ORDER BY 1, 2, 3, 4, 5"""
ENDS = "SELECT signal_id, state, at FROM signal_end ORDER BY 1"


def facts(engine: Engine) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Everything that outcomes say, but for when they were written."""
    with engine.connect() as connection:
        return tuple([tuple(row) for row in connection.execute(text(statement))] for statement in (FACTS, ENDS))  # type: ignore[return-value]


def forget(engine: Engine) -> None:
    """Remove all outcomes and ends."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outcome"))
        connection.execute(text("DELETE FROM signal_end"))
