"""The five places of the account of dip orders: who gets one does not depend on when it is looked what the market did."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from db.tables import candle, paper_account, paper_fill, paper_trade, resting_order
from tests.integration.days import list_pairs
from tests.integration.dips.conftest import DAYS, EVENING, add_days
from tests.integration.dips.test_dips import orders, place
from tests.integration.paper.market import add_candles, settled

BEFORE, FALL, AFTER, STOP = "100 101 99 100", "100 100 92 95", "95 96 94 95", "95 95 70 76"
# Each coin and the candle of five minutes, from midnight on, that comes down to its order.
FALLS = {"AAA": 1, "BBB": 1, "CCC": 1, "DDD": 1, "EEE": 1, "FFF": 3, "GGG": 4, "HHH": 5, "III": 6}
STOPPED = ("EEE", 4)
CANDLES = 9


def candles_of(coin: str) -> list[str]:
    prices = [BEFORE] * FALLS[coin] + [FALL] + [AFTER] * (CANDLES - FALLS[coin] - 1)
    if coin == STOPPED[0]:
        prices[STOPPED[1] :] = [STOP, *["76 77 75 76"] * (CANDLES - STOPPED[1] - 1)]
    return prices


def held(engine: Engine) -> list[tuple[str, str, str]]:
    query = select(paper_trade.c.symbol, paper_fill.c.reason, paper_fill.c.at, paper_fill.c.quantity).join(paper_trade)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(paper_fill.c.at, paper_trade.c.symbol)).all()
    return [(row.symbol.removesuffix("USDT"), row.reason, f"{row.at:%H:%M} {row.quantity.normalize():f}") for row in rows]


def list_coins(engine: Engine, coins: Iterable[str]) -> dict[str, str]:
    """Make coins known whose orders rest at 93; return the names of their pairs."""
    names = {coin: f"{coin}USDT" for coin in coins}
    list_pairs(engine, tuple(names.values()), EVENING, DAYS)
    for name in names.values():
        add_days(engine, name)
    return names


@pytest.mark.parametrize("looks", [range(5, 46), [11, 45], [45]], ids=["each minute", "twice", "once"])
def test_place_is_free_or_not_as_it_was_when_the_market_came_down(
    client: TestClient, engine: Engine, looks: Iterable[int]
) -> None:
    names = list_coins(engine, FALLS)
    place(client)
    for minutes in looks:
        with engine.begin() as connection:
            connection.execute(candle.delete().where(candle.c.timeframe == "5m"))
        for coin, name in names.items():
            add_candles(engine, name, " | ".join(candles_of(coin)[: minutes // 5]), EVENING)
        settled(client, EVENING + timedelta(minutes=minutes, seconds=10))
    ended = {name.removesuffix("USDT"): (state, code) for name, (state, code) in orders(engine).items() if state != "placed"}
    assert ended == {
        **dict.fromkeys(("AAA", "BBB", "CCC", "DDD", "EEE"), ("filled", None)),
        "FFF": ("cancelled", "too_many_open"),
        "GGG": ("cancelled", "too_many_open"),  # in the candle of the stop: nobody knows which came first
        "HHH": ("filled", None),
        "III": ("cancelled", "too_many_open"),
    }
    assert held(engine) == [
        *((coin, "entry", "00:10 0.312") for coin in ("AAA", "BBB", "CCC")),
        *((coin, "entry", "00:10 0.313") for coin in ("DDD", "EEE")),
        ("EEE", "stop", "00:25 0.313"),
        ("HHH", "entry", "00:30 0.311"),
    ]


def test_fill_in_the_last_candle_of_a_day_is_of_that_day_and_of_what_it_lost(client: TestClient, engine: Engine) -> None:
    names = list_coins(engine, ("AAA", "BBB", "CCC", "DDD", "EEE"))
    place(client)
    with engine.begin() as connection:
        desk = connection.scalar(select(paper_account.c.id).where(paper_account.c.name == "desk"))
        placed = connection.execute(select(resting_order).where(resting_order.c.symbol.in_(names.values()))).mappings().all()
        own = [{name: value for name, value in row.items() if name != "id"} | {"account_id": desk} for row in placed]
        connection.execute(resting_order.insert(), own)
    for coin in ("AAA", "BBB", "CCC", "DDD"):  # four stops cost the desk 2% of the day's beginning
        add_candles(engine, names[coin], " | ".join([BEFORE, FALL, STOP]), EVENING)
    add_candles(engine, names["EEE"], " | ".join([BEFORE] * 287 + [FALL]), EVENING)
    settled(client, EVENING + timedelta(days=1, seconds=10))
    query = select(resting_order.c.account_id == desk, resting_order.c.state, resting_order.c.code)
    with engine.connect() as connection:
        ended = connection.execute(query.where(resting_order.c.symbol == names["EEE"])).all()
    assert sorted(map(tuple, ended)) == [(False, "filled", None), (True, "cancelled", "daily_loss")]
