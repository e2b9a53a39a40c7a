"""The collector's connections: topics that go silent, answers that do not come, a watchlist that changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Engine

from functions.collector import collector as module
from functions.collector import stream
from functions.collector.announce import Announcer
from functions.collector.collector import Collector
from functions.collector.exchange_time import ExchangeTime
from functions.collector.feed import liveness
from functions.market.run.jobs import bybit
from functions.settings import Settings
from tests.integration.collector.conftest import until
from tests.sim import BybitSim, InThread

PAIRS = ["BTCUSDT", "ETHUSDT"]


@asynccontextmanager
async def watching(settings: Settings, engine: Engine, symbols: list[str]) -> AsyncIterator[Collector]:
    """A collector that streams some pairs; its history is left aside."""
    async with bybit(settings) as source, Announcer(settings) as announcer:
        one = Collector(settings, engine, source, announcer, ExchangeTime(settings.clock))
        one.watch(symbols)
        works = (one.keep_streaming, one.keep_writing, one.keep_tickers, one.keep_quotes)
        tasks = [asyncio.create_task(work()) for work in works]
        try:
            await until(lambda: len(one.intake.seen) == len(symbols) and not unanswered(one), "every pair is heard")
            yield one
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await one.finish()


def unanswered(one: Collector) -> int:
    return sum(stream.unanswered for stream in one.streams)


def asked(exchange: BybitSim, operation: str) -> list[str]:
    """Return the topics of all requests so far, in order."""
    return [topic for entry in exchange.journal.entries("ws") if entry["op"] == operation for topic in entry["args"]]  # type: ignore[attr-defined]


def connects(exchange: BybitSim) -> int:
    return len(exchange.journal.entries("ws_connect"))


async def test_a_watchlist_in_another_order_changes_nothing_and_a_new_pair_only_adds(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    async with watching(settings, engine, PAIRS) as one:
        before = asked(exchange, "subscribe")
        one.watch(["SOLUSDT", "BTCUSDT"])
        await until(lambda: "SOLUSDT" in one.intake.seen and not unanswered(one), "the new pair is heard")
        assert {topic.rpartition(".")[2] for topic in asked(exchange, "subscribe")[len(before) :]} == {"SOLUSDT"}
        assert {topic.rpartition(".")[2] for topic in asked(exchange, "unsubscribe")} == {"ETHUSDT"}
        assert connects(exchange) == 1


@pytest.mark.parametrize("topic", ["tickers.ETHUSDT", "kline.5.ETHUSDT"])
async def test_a_topic_that_freezes_is_subscribed_again(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread, monkeypatch: pytest.MonkeyPatch, topic: str
) -> None:
    monkeypatch.setattr(liveness, "QUIET", 3.0)
    monkeypatch.setattr(module, "QUOTES_EVERY", 0.2)
    async with watching(settings, engine, PAIRS):
        world.do(lambda: exchange.fault("ws_freeze", match=topic))
        await until(lambda: topic in asked(exchange, "unsubscribe"), "the frozen topic is left")
        await until(lambda: asked(exchange, "subscribe").count(topic) == 2, "the frozen topic is joined again")
        assert connects(exchange) == 1


async def test_a_connection_that_is_mute_is_made_anew(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "SILENCE", 1.5)
    monkeypatch.setattr(liveness, "SHORTEST", 0.1)
    async with watching(settings, engine, PAIRS) as one:
        before = connects(exchange)
        world.do(lambda: exchange.fault("ws_mute"))
        await until(lambda: connects(exchange) > before, "a new connection")
        world.do(exchange.clear)
        tickers_before = one.intake.counts["TickerFrame"]
        await until(lambda: one.intake.counts["TickerFrame"] > tickers_before + 10, "tickers again")


async def test_a_portion_without_an_answer_is_asked_for_again(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "ANSWER_SECONDS", 2.0)
    world.do(lambda: exchange.fault("ws_mute", match="reply", count=1))
    async with watching(settings, engine, PAIRS):
        topics = asked(exchange, "subscribe")
        assert sorted(topics.count(topic) for topic in set(topics)) == [1, 1, *[2] * 10]
