"""Which levels are watched, that changes of them are heard of, and that a touch is stored before anybody is called."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text, update

from db.connect import engine_for
from db.tables import paper_trade, price_alert
from functions.collector.announce import Announcer
from functions.collector.level_keeper import LevelKeeper
from functions.levels import store
from functions.levels.level import Direction, Touch
from functions.market.candles.gaps import from_ms
from functions.settings import Settings
from tests.conftest import make_settings
from tests.integration.paper.market import OPENED, add_pairs, opened, quote

SECONDS = 30.0
NOON_MS = 1_709_640_000_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, paper_allow_short=True)


@pytest.fixture(autouse=True)
def _market(engine: Engine) -> None:
    add_pairs(engine)
    quote(engine, 100, OPENED)


def listed(engine: Engine) -> list[tuple[str, str, str, str]]:
    with engine.connect() as connection:
        levels = store.read_levels(connection)
    return sorted((one.kind.value, one.symbol, f"{one.price.normalize():f}", one.direction.value) for one in levels)


def add_alert(engine: Engine, price: str, symbol: str = "BTCUSDT") -> None:
    values = {"symbol": symbol, "price": Decimal(price), "direction": "rising", "set_price": 100, "last_price": 100}
    with engine.begin() as connection:
        connection.execute(price_alert.insert().values(chat_id=1, set_at=OPENED, checked_until=OPENED, **values))


def test_stops_targets_and_alerts_are_listed_as_they_stand_now(client: TestClient, engine: Engine) -> None:
    opened(client, "long", "BTCUSDT", stop=95, targets=[105, 110])
    opened(client, "short", "ETHUSDT", side="short", stop=104, targets=[90])
    opened(client, "bare", "SOLUSDT")
    opened(client, "held", "XRPUSDT", stop=95)
    add_alert(engine, "67000")
    with engine.begin() as connection:
        connection.execute(update(paper_trade).where(paper_trade.c.symbol == "XRPUSDT").values(held_at=OPENED))
    assert listed(engine) == [
        ("alert", "BTCUSDT", "67000", "rising"),
        ("stop", "BTCUSDT", "95", "falling"),
        ("stop", "ETHUSDT", "104", "rising"),
        ("target", "BTCUSDT", "105", "rising"),
        ("target", "BTCUSDT", "110", "rising"),
        ("target", "ETHUSDT", "90", "falling"),
    ]
    with engine.begin() as connection:
        after_one = {"targets_hit": 1, "break_even_from": OPENED, "entry": Decimal(100)}
        connection.execute(update(paper_trade).where(paper_trade.c.symbol == "BTCUSDT").values(after_one))
        connection.execute(update(price_alert).values(state="fired", ended_at=OPENED))
    assert listed(engine)[:1] == [("stop", "BTCUSDT", "100", "falling")]
    assert ("target", "BTCUSDT", "105", "rising") not in listed(engine)


class Calls(Announcer):
    """Notes which pairs n8n is told of, and what is stored by then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.told: list[tuple[Sequence[str], int]] = []

    async def announce_touches(self, symbols: Sequence[str]) -> None:
        with self._engine.connect() as connection:
            self.told.append((symbols, connection.execute(text("SELECT count(*) FROM touch")).scalar_one()))


@asynccontextmanager
async def keeping(keeper: LevelKeeper) -> AsyncIterator[None]:
    works = [asyncio.create_task(work()) for work in (keeper.keep_levels, keeper.keep_touches)]
    try:
        yield
    finally:
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await keeper.finish()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - the condition lies in another task
            await asyncio.sleep(0.01)


async def test_a_new_level_is_heard_of_and_its_touch_is_stored_then_told(settings: Settings, engine: Engine) -> None:
    collector = engine_for(settings.database("collector"), application="test")
    calls = Calls(engine)
    keeper = LevelKeeper(settings, collector, calls)
    async with keeping(keeper):
        add_alert(engine, "105")
        await until(lambda: keeper.watch.symbols == {"BTCUSDT"})
        keeper.watch.hear("BTCUSDT", {"lastPrice": "105.5"}, NOON_MS)
        await until(lambda: calls.told == [(["BTCUSDT"], 1)])
        keeper.candles_closed(["BTCUSDT", "ETHUSDT"])  # nothing has settled it yet
        await until(lambda: calls.told == [(["BTCUSDT"], 1)] * 2)
        with engine.begin() as connection:
            connection.execute(update(price_alert).values(state="fired", ended_at=OPENED))
            touch = Touch("BTCUSDT", Decimal(105), Direction.RISING, from_ms(NOON_MS), Decimal("105.5"))
            assert store.read_touches(connection, "BTCUSDT", touch.at - timedelta(1), touch.at) == (touch,)
            assert store.read_touches(connection, "BTCUSDT", touch.at, touch.at + timedelta(1)) == ()
        await until(lambda: not keeper.watch.unsettled)
        keeper.watch.hear("BTCUSDT", {"lastPrice": "1"}, NOON_MS)
        add_alert(engine, "107")
        await until(lambda: keeper.watch.symbols == {"BTCUSDT"})
        keeper.watch.hear("BTCUSDT", {"lastPrice": "9999"}, NOON_MS + 5)
        await until(lambda: len(calls.told) == 3)
        with engine.connect() as connection:
            [doubted] = store.read_doubted(connection, from_ms(NOON_MS))
            assert (doubted.last, doubted.price) == (Decimal(100), Decimal(9999))
    collector.dispose()


async def test_a_settled_trade_of_another_price_says_nothing(client: TestClient, settings: Settings, engine: Engine) -> None:
    """The settlement of each minute writes every trade; only one whose levels changed is worth reading them again."""
    opened(client, stop=95)
    collector = engine_for(settings.database("collector"), application="test")
    keeper = LevelKeeper(settings, collector, Calls(engine))
    reads: list[int] = []
    read = keeper.read_levels

    async def counted() -> None:
        reads.append(1)
        await read()

    keeper.read_levels = counted  # type: ignore[method-assign]
    async with keeping(keeper):
        await until(lambda: keeper.watch.symbols)
        with engine.begin() as connection:
            connection.execute(update(paper_trade).values(settled_until=OPENED + timedelta(minutes=5), last_price=100))
        add_alert(engine, "105", "ETHUSDT")
        await until(lambda: len(keeper.watch.symbols) == 2)
    assert len(reads) == 2
    collector.dispose()
