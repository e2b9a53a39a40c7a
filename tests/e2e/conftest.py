"""One desk for all end-to-end tests: starting n8n on an empty database takes most of a minute."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.desk import Desk, running_desk, until
from tests.server import passable_folder
from tests.sim.sources.whale_alert import KEY

OPTIONS: dict[str, Any] = {
    "speed": 20,
    "symbols": 20,
    "cooldown_hours": 0,
    "whale_alert_key": KEY,
    "whale_alert_rest_key": KEY,
    "postgres_durable": False,
}


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """A running desk in a simulated world, with recorded candles where there are any; its chat gets every signal."""
    with passable_folder(in_memory=True) as folder, running_desk(folder, data="auto", **OPTIONS) as desk:
        desk.hold_nothing_back()
        # 5m is scanned by the clock alone, up to a minute after the others.
        scanned = "SELECT 1 FROM processed_close WHERE timeframe IN ('5m', '15m') HAVING count(DISTINCT timeframe) = 2"
        until(lambda: desk.rows(scanned), "the history is scanned", 120)
        yield desk
