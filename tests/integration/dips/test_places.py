"""The five places of the account of dip orders: who gets one does not depend on when it is looked what the market did."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, create_engine, make_url, select, text
from sqlalchemy.pool import NullPool

from db.tables import candle, paper_account, paper_fill, paper_trade, resting_order
from functions.market.candles.forming import FormingCandle
from functions.market.store import write_forming
from functions.paper.run.resting import fill_order, touched_orders
from functions.settings import Settings
from tests.integration.days import day_of, list_pairs
from tests.integration.dips.conftest import COINS, DAYS, EVENING, add_days
from tests.integration.dips.test_dips import orders, place
from tests.integration.paper.market import add_candles, opened, quote, settled

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


def place_for_desk(engine: Engine, names: Collection[str]) -> int:
    """Place the same orders in the desk's account; return its id."""
    with engine.begin() as connection:
        desk = connection.scalar(select(paper_account.c.id).where(paper_account.c.name == "desk"))
        placed = connection.execute(select(resting_order).where(resting_order.c.symbol.in_(names))).mappings().all()
        own = [{name: value for name, value in row.items() if name != "id"} | {"account_id": desk} for row in placed]
        connection.execute(resting_order.insert(), own)
    assert desk is not None
    return int(desk)


def test_fill_in_the_last_candle_of_a_day_is_of_that_day_and_of_what_it_lost(client: TestClient, engine: Engine) -> None:
    names = list_coins(engine, ("AAA", "BBB", "CCC", "DDD", "EEE"))
    place(client)
    desk = place_for_desk(engine, names.values())
    for coin in ("AAA", "BBB", "CCC", "DDD"):  # four stops cost the desk 2% of the day's beginning
        add_candles(engine, names[coin], " | ".join([BEFORE, FALL, STOP]), EVENING)
    add_candles(engine, names["EEE"], " | ".join([BEFORE] * 287 + [FALL]), EVENING)
    settled(client, EVENING + timedelta(days=1, seconds=10))
    query = select(resting_order.c.account_id == desk, resting_order.c.state, resting_order.c.code)
    with engine.connect() as connection:
        ended = connection.execute(query.where(resting_order.c.symbol == names["EEE"])).all()
    assert sorted(map(tuple, ended)) == [(False, "filled", None), (True, "cancelled", "daily_loss")]


@contextmanager
def owner_of(database: str) -> Iterator[Connection]:
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        yield connection


def unbalance(database: str, account: str, amount: int) -> None:
    """Write an entry of an account that no other entry balances, or that balances such a one."""
    with owner_of(database) as connection:
        connection.execute(text("ALTER TABLE ledger_entry DISABLE TRIGGER ALL"))
        connection.execute(
            text("""INSERT INTO ledger_entry (account_id, account, amount, at)
                    SELECT id, 'cash', :amount, :at FROM paper_account WHERE name = :account"""),
            {"amount": amount, "at": EVENING, "account": account},
        )
        connection.execute(text("ALTER TABLE ledger_entry ENABLE TRIGGER ALL"))


def fill_four(client: TestClient, engine: Engine, *others: str) -> dict[str, str]:
    """Let four orders fill at 00:10, and those of other coins wait; return the names of all pairs."""
    names = list_coins(engine, ("AAA", "BBB", "CCC", "DDD", *others))
    place(client)
    for coin, name in names.items():
        add_candles(engine, name, f"{BEFORE} | {BEFORE if coin in others else FALL}", EVENING)
    assert len(settled(client, EVENING + timedelta(minutes=11))["orders"]) == 4
    return names


def continue_with(engine: Engine, name: str, *candles: str, begin: int = 2) -> None:
    add_candles(engine, name, " | ".join(candles), EVENING + begin * timedelta(minutes=5))


def states(engine: Engine, *coins: str) -> list[tuple[str, str | None]]:
    found = orders(engine)
    return [found[f"{coin}USDT"] for coin in coins]


def test_call_about_one_pair_after_a_time_away_gives_the_place_to_the_pair_that_was_first(
    client: TestClient, engine: Engine
) -> None:
    names = fill_four(client, engine, "FFF", "GGG")
    continue_with(engine, names["FFF"], FALL, *[AFTER] * 6)
    continue_with(engine, names["GGG"], *[BEFORE] * 6, FALL)
    for coin in ("AAA", "BBB", "CCC", "DDD"):
        continue_with(engine, names[coin], *[AFTER] * 7)
    call = {"as_of": (EVENING + timedelta(minutes=45, seconds=10)).isoformat(), "symbols": [names["GGG"]]}
    client.post("/paper/settle", json=call).raise_for_status()
    assert states(engine, "FFF", "GGG") == [("filled", None), ("cancelled", "too_many_open")]


@pytest.mark.parametrize("comes", [True, False])
def test_refusal_waits_an_hour_for_the_candle_of_a_trade_that_may_have_freed_its_place(
    client: TestClient, engine: Engine, comes: bool
) -> None:
    names = fill_four(client, engine, "EEE", "HHH")
    continue_with(engine, names["EEE"], FALL)  # takes the fifth place; what comes after it is missing
    continue_with(engine, names["HHH"], BEFORE, BEFORE, FALL)
    settled(client, EVENING + timedelta(minutes=26))
    assert states(engine, "EEE", "HHH") == [("filled", None), ("placed", None)]
    if comes:
        continue_with(engine, names["EEE"], STOP, begin=3)
    settled(client, EVENING + timedelta(minutes=27 if comes else 90))
    assert states(engine, "HHH") == [("filled", None) if comes else ("cancelled", "too_many_open")]


def test_orders_touched_after_the_moment_that_is_asked_for_count_each_other(client: TestClient, engine: Engine) -> None:
    """The exchange's clock may be some seconds before ours."""
    names = fill_four(client, engine, "FFF", "GGG")
    begins, at = EVENING + timedelta(minutes=10), EVENING + timedelta(minutes=12)
    with engine.begin() as connection:
        for seconds, coin in enumerate(("FFF", "GGG"), start=2):
            seen = at + timedelta(seconds=seconds)
            write_forming(connection, [FormingCandle(names[coin], begins, 100, 100, 92, 92, seen)])
    assert [one["symbol"] for one in settled(client, at)["orders"]] == [names["FFF"]]
    assert states(engine, "FFF", "GGG") == [("filled", None), ("cancelled", "too_many_open")]


def test_fill_whose_trade_was_not_settled_any_more_is_settled_before_the_next_order(
    client: TestClient, engine: Engine, settings: Settings
) -> None:
    names = fill_four(client, engine, "EEE", "HHH")
    continue_with(engine, names["EEE"], FALL, STOP)
    continue_with(engine, names["HHH"], BEFORE, BEFORE, FALL)
    at = EVENING + timedelta(minutes=26)
    first, *_ = touched_orders(at, engine)
    assert fill_order(engine, first, at, settings, waits=False)  # and there it ended
    settled(client, at)
    assert states(engine, "EEE", "HHH") == [("filled", None), ("filled", None)]


def test_undone_trade_of_another_account_keeps_no_order_from_its_fill(client: TestClient, engine: Engine, database: str) -> None:
    names = fill_four(client, engine, "FFF")
    at = EVENING + timedelta(minutes=11)
    quote(engine, 100, at, names["AAA"])
    opened(client, name=names["AAA"], at=at, stop=50)
    for name in (names["AAA"], names["FFF"]):
        continue_with(engine, name, FALL)
    with owner_of(database) as connection:
        connection.execute(text("""CREATE FUNCTION undone() RETURNS trigger LANGUAGE plpgsql AS
                                   $$BEGIN RAISE SQLSTATE '40P01'; END$$"""))  # fmt: skip
        connection.execute(text("""CREATE TRIGGER undone BEFORE UPDATE ON paper_trade FOR EACH ROW WHEN (OLD.stop = 50)
                                   EXECUTE FUNCTION undone()"""))  # fmt: skip
    answer = client.post("/paper/settle", json={"as_of": (EVENING + timedelta(minutes=16)).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_deadlock")
    assert states(engine, "FFF") == [("filled", None)]


def test_touched_order_of_a_stopped_account_outlives_the_evening(client: TestClient, engine: Engine, database: str) -> None:
    names = list_coins(engine, ("FFF",))
    place(client)
    desk = place_for_desk(engine, names.values())
    add_candles(engine, names["FFF"], f"{BEFORE} | {FALL}", EVENING)
    with engine.begin() as connection:
        connection.execute(candle.insert(), [day_of(name, EVENING, 100) for name in (*COINS, *names.values())])

    def state() -> str:
        of_day = (resting_order.c.account_id == desk) & (resting_order.c.day == EVENING)
        with engine.connect() as connection:
            return str(connection.scalar(select(resting_order.c.state).where(of_day)))

    unbalance(database, "desk", 1)
    place(client, EVENING + timedelta(days=1, seconds=20))
    assert state() == "placed"
    unbalance(database, "desk", -1)
    settled(client, EVENING + timedelta(days=1, minutes=1))
    assert state() == "filled"
