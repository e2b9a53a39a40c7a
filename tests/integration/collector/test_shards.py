"""Two collectors share the pairs: together they store what one would, and one that dies takes only its own pairs with it."""

import signal
from datetime import datetime

from sqlalchemy import Engine

from functions.settings import Settings
from functions.shard import Shard
from tests.integration.collector.conftest import Webhook, collecting, free_port, query, until
from tests.integration.collector.test_collector import OPEN_GAPS, whole
from tests.integration.collector.test_killed import Process
from tests.sim import BybitSim

NEWEST = "SELECT symbol, max(open_time) FROM candle WHERE timeframe = '5m' AND source = 'ws' GROUP BY symbol"
STREAMED = "SELECT count(DISTINCT symbol) FROM candle WHERE source = 'ws'"


def newest(engine: Engine) -> dict[str, datetime]:
    """The newest 5m candle of each pair that came by the stream."""
    with engine.connect() as connection:
        return {symbol: opened for symbol, opened in connection.exec_driver_sql(NEWEST)}  # noqa: C416 - rows are no pairs


async def test_a_dead_shard_stops_its_own_pairs_alone_and_fetches_them_when_it_is_back(
    settings: Settings, engine: Engine, exchange: BybitSim, webhook: Webhook
) -> None:
    first, dying = (
        settings.model_copy(update={"collector_shard": shard, "collector_port": free_port()}) for shard in ("1/2", "2/2")
    )
    second = Process(dying)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO heartbeat (part, at, detail) VALUES ('collector 3/3', now(), '{}')")  # of before
    async with collecting(first):
        second.start()
        await until(lambda: query(engine, STREAMED) == 4 and not query(engine, OPEN_GAPS), "both stream")
        told = [(close["close_time"], close["symbols"]) for call in webhook.told for close in call["closes"]]
        assert not [symbols for _, symbols in told if len({Shard(1, 2).owns(symbol) for symbol in symbols}) > 1]
        with engine.connect() as connection:
            parts = connection.exec_driver_sql("SELECT part FROM heartbeat WHERE part LIKE 'collector%%'").scalars().all()
        assert set(parts) == set(first.shard.parts)

        assert second.end(signal.SIGKILL) == -signal.SIGKILL
        at_death = newest(engine)
        await until(
            lambda: sum(opened > at_death[symbol] for symbol, opened in newest(engine).items()) == 2, "the other goes on twice"
        )
        moved = {symbol for symbol, opened in newest(engine).items() if opened > at_death[symbol]}
        assert moved == {symbol for symbol in at_death if first.shard.owns(symbol)}

        second.start()
        await until(lambda: all(opened > at_death[symbol] for symbol, opened in newest(engine).items()), "it streams again")
        await until(lambda: not query(engine, OPEN_GAPS) and whole(engine, exchange), "whole series")
        assert second.end(signal.SIGTERM) == 0
