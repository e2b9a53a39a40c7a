from collections.abc import AsyncIterator

import pytest

from tests.integration.sim.client import StreamClient
from tests.sim import BybitSim, ManualClock, TelegramSim, make_market


@pytest.fixture
async def bybit() -> AsyncIterator[BybitSim]:
    """An exchange that stands at 11:59:00 until a test moves it."""
    market = make_market(symbols=4, seed=5, quiet=frozenset({"XRPUSDT"}))
    async with BybitSim(market=market, clock=ManualClock("2024-03-05T11:59:00Z")) as sim:
        yield sim


@pytest.fixture
async def stream(bybit: BybitSim) -> AsyncIterator[StreamClient]:
    async with StreamClient(bybit.ws_url) as client:
        yield client


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSim]:
    async with TelegramSim() as sim:
        yield sim
