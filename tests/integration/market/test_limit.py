"""The exchange's limit counts by address: a ban is kept, and all our processes together stay below."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from functions.errors import RetryLater
from functions.market.run.bulk_lock import try_bulk_lock
from functions.market.run.jobs import bybit
from functions.market.sources.bybit import BybitSource
from functions.settings import Settings
from tests.sim import BybitSim, InThread, RateLimit
from tests.sim.wire.http import HttpServer, Request, Response


class Counting(RateLimit):
    """The exchange's limit; knows how often it was asked."""

    asked = 0

    def allows(self, now: float) -> bool:
        self.asked += 1
        return super().allows(now)


@pytest.fixture(autouse=True)
def no_ban_left() -> Iterator[None]:
    yield
    BybitSource.banned_until.clear()


def test_a_ban_is_met_once_and_then_kept_by_every_function(client: TestClient, exchange: BybitSim, world: InThread) -> None:
    client.post("/market/universe/refresh")
    limit = Counting(requests=0)
    world.do(partial(setattr, exchange, "rate_limit", limit))
    answers = [
        client.post("/market/universe/refresh"),
        client.post("/market/backfill", json={"symbols": ["BTCUSDT"]}),
        client.post("/market/gaps/repair"),
        client.post("/market/universe/refresh"),
    ]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(int(answer.headers["Retry-After"]) > 590 for answer in answers)
    assert answers[-1].json()["code"] == "exchange_banned"
    assert limit.asked == 1


async def test_requests_that_wait_for_their_turn_do_not_leave_during_a_ban(
    settings: Settings, exchange: BybitSim, world: InThread
) -> None:
    limit = Counting(requests=3)
    world.do(partial(setattr, exchange, "rate_limit", limit))
    async with bybit(settings) as source:
        answers = await asyncio.gather(*(source.server_time() for _ in range(12)), return_exceptions=True)
        assert sum(isinstance(answer, RetryLater) for answer in answers) == 9
        assert "no request" in source.trouble or "fewer requests" in source.trouble
    assert limit.asked < 12


async def test_trouble_ends_with_the_next_answer(settings: Settings, exchange: BybitSim, world: InThread) -> None:
    async with bybit(settings) as source:
        world.do(partial(exchange.fault, "rest_status", status=502, count=1))
        with pytest.raises(RetryLater):
            await source.server_time()
        assert "does not answer" in source.trouble
        await source.server_time()
        assert source.trouble == ""


async def test_one_holds_the_turn_and_the_other_asks_for_little(settings: Settings, engine: Engine) -> None:
    async with bybit(settings) as one, bybit(settings) as other:
        async with try_bulk_lock(engine, one) as first, try_bulk_lock(engine, other) as second:
            assert (first, second) == (True, False)
        async with try_bulk_lock(engine, other) as again:
            assert again


async def test_two_processes_in_a_hurry_stay_below_the_limit(
    settings: Settings, engine: Engine, exchange: BybitSim, world: InThread
) -> None:
    world.do(partial(setattr, exchange, "rate_limit", Counting(requests=180, seconds=1.5)))  # as 600 in 5 s

    async with bybit(settings) as holder, bybit(settings) as other, try_bulk_lock(engine, holder), try_bulk_lock(engine, other):
        asked = [*(holder.server_time() for _ in range(150)), *(other.server_time() for _ in range(30))]
        assert len(await asyncio.gather(*asked)) == 180


async def asked_of(status: int, page: str) -> RetryLater:
    """Return how the exchange's source tells of a server that answers everything alike."""

    async def answer(_request: Request) -> Response:
        return Response(status, page.encode(), "text/html")

    server = HttpServer(answer)
    await server.start(0)
    try:
        async with BybitSource(f"http://127.0.0.1:{server.port}", 50) as source:
            with pytest.raises(RetryLater) as caught:
                await source.server_time()
            assert source.trouble == caught.value.detail
            return caught.value
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (403, "<title>ERROR</title> The Amazon CloudFront distribution is configured to block access from your country."),
        (403, "<title>Just a moment...</title>"),
        (403, "<title>Access Denied</title>"),
        (403, ""),
        (451, ""),
        (503, "<title>Just a moment...</title>"),
        (200, '{"retCode": 10024, "retMsg": "The product or service you are seeking to access is not available", "time": 1}'),
    ],
)
async def test_block_of_a_country_or_address_is_no_ban_and_says_what_to_do(status: int, page: str) -> None:
    refusal = await asked_of(status, page)
    assert refusal.code == "exchange_refuses"
    assert "refuses this address or region; set BYBIT_REST_URL" in refusal.detail
    assert not BybitSource.banned_until


@pytest.mark.parametrize(("status", "page", "seconds"), [(403, "403, access too frequent", 600), (429, "", 1)])
async def test_limit_of_requests_is_called_so(status: int, page: str, seconds: float) -> None:
    refusal = await asked_of(status, page)
    assert (refusal.code, refusal.detail, refusal.retry_after) == ("exchange_busy", "Bybit asks for fewer requests", seconds)
    assert bool(BybitSource.banned_until) == (status == 403)


@pytest.mark.parametrize("page", ["", "<title>502: Bad gateway</title> Cloudflare"])
async def test_outage_of_what_stands_before_the_exchange_is_no_refusal(page: str) -> None:
    assert (await asked_of(502, page)).code == "exchange_away"
