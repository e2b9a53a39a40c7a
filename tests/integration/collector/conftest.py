"""The collector between a simulated exchange that runs at speed and a stand-in for n8n's webhook."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from functions.collector.main import collect
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.integration.market.conftest import owner
from tests.sim import AffineClock, BybitSim, InThread, make_market
from tests.sim.wire.http import HttpServer, Request, Response

__all__ = ["owner"]
START = "2024-03-05T11:59:30Z"
SPEED = 150.0
PATIENCE = 60.0


@dataclass
class Webhook:
    """What n8n was told of closes, and in which pairs levels were touched; `status` is what it answers."""

    told: list[dict[str, Any]] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    status: int = 200
    port: int = 0
    server: HttpServer | None = None

    async def start(self) -> None:
        """Listen."""
        self.server = HttpServer(self._handle, lambda _path: None)
        await self.server.start(0)
        self.port = self.server.port

    async def stop(self) -> None:
        """Stop."""
        assert self.server is not None
        await self.server.stop()

    async def _handle(self, request: Request) -> Response:
        if request.headers.get("x-quorum-token") != TOKEN:
            return Response(403)
        if self.status == 200 and request.path == "/webhook/level-touched":
            self.touched += orjson.loads(request.body)["symbols"]
        elif self.status == 200:
            self.told.append(orjson.loads(request.body))
        return Response(self.status)


@pytest.fixture
def exchange() -> BybitSim:
    """Six pairs, one of which does not trade for hours, two and a half market minutes a second, half a minute before noon."""
    return BybitSim(market=make_market(symbols=6, quiet=frozenset({"ADAUSDT"})), clock=AffineClock.starting(START, SPEED))


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def world(exchange: BybitSim, webhook: Webhook) -> Iterator[InThread]:
    with InThread(exchange, webhook) as world:
        yield world


@pytest.fixture
def settings(database: str, tmp_path: Path, exchange: BybitSim, webhook: Webhook, world: InThread) -> Settings:
    assert isinstance(exchange.clock, AffineClock)
    return make_settings(
        database_url=database,
        data_dir=tmp_path / "data",
        bybit_rest_url=exchange.rest_url,
        bybit_ws_url=exchange.ws_url,
        market_clock=exchange.clock.text,
        n8n_url=f"http://127.0.0.1:{webhook.port}",
        collector_port=free_port(),
        top_symbols=4,
        history_days=1,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def collecting(settings: Settings) -> AsyncIterator[None]:
    """Run the collector in this loop for as long as the block lasts; its failure fails the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(collect(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; it may block for a query."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the condition lies in a database or another thread
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise AssertionError(f"waited {PATIENCE:.0f} s for: {what}") from error


def query(engine: Engine, statement: str) -> int:
    """Return one number."""
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(statement).scalar() or 0)
