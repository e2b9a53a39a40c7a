"""An evening of dip orders over HTTP: placed once, filled by what the market did, ended, and told."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, func, select, update

from db.tables import candle, paper_account, paper_fill, paper_trade, regime_change, resting_order
from functions.dips.run import own
from functions.levels.level import Direction, Touch
from functions.levels.store import read_levels, write_touches
from functions.paper.store import resting
from functions.settings import Settings
from tests.integration.dips.conftest import COINS, EVENING
from tests.integration.paper.market import add_candles, alerts, settled

PLACED = EVENING + timedelta(seconds=20)
QUIET = "100 101 99 100"


def place(client: TestClient, at: Any = PLACED) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/dips/place", json={"as_of": at.isoformat()}).raise_for_status().json()
    return answer


def orders(engine: Engine) -> dict[str, tuple[str, str | None]]:
    table = resting_order.c
    with engine.connect() as connection:
        return {row.symbol: (row.state, row.code) for row in connection.execute(select(table.symbol, table.state, table.code))}


def fills(engine: Engine) -> list[tuple[str, str, str, str]]:
    query = select(paper_trade.c.symbol, paper_fill.c.reason, paper_fill.c.price, paper_fill.c.at).join(paper_trade)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(paper_fill.c.at, paper_fill.c.id)).all()
    return [(row.symbol, row.reason, f"{row.price.normalize():f}", f"{row.at:%d %H:%M:%S}") for row in rows]


def test_evening_is_placed_once_told_once_and_watched(client: TestClient, engine: Engine) -> None:
    first = place(client)
    assert (first["placed"], first["evening"]["code"]) == (True, "orders")
    rows = {row["symbol"]: row for row in first["evening"]["orders"]}
    assert {name: value for name, value in rows["ADAUSDT"].items() if name != "id"} == {
        "symbol": "ADAUSDT", "limit": "93", "distance": -0.07, "stop": "77", "targets": ["104.2", "125", "157"], "size": 29.06,
        "desk": False,
    }  # fmt: skip
    again = place(client, PLACED + timedelta(minutes=1))
    assert (again["placed"], again["evening"]) == (False, first["evening"])
    assert [kind for kind, _ in alerts(engine)] == ["dip_evening"]
    # Nothing is scored here, so the desk's own account places none and says why.
    assert first["evening"]["refused"] == {"gate_unknown": 3}
    with engine.connect() as connection:
        waits = {(level.symbol, f"{level.price:f}") for level in read_levels(connection)}
    assert ("ADAUSDT", "92.99") in waits


def test_placing_waits_for_the_daily_candles_and_then_goes_on_without(client: TestClient, engine: Engine) -> None:
    newest = candle.c.open_time == EVENING - timedelta(days=1)
    with engine.begin() as connection:
        connection.execute(delete(candle).where(candle.c.symbol == "DOTUSDT", newest))
    assert place(client)["waiting"] == "daily candles of DOTUSDT"
    late = place(client, EVENING + timedelta(minutes=10))
    assert (late["placed"], {row["symbol"] for row in late["evening"]["orders"]}) == (True, {"BTCUSDT", "ADAUSDT"})


def test_weak_bitcoin_gets_no_orders_and_the_message_says_the_figure(client: TestClient, engine: Engine) -> None:
    month = candle.c.open_time == EVENING - timedelta(days=31)
    with engine.begin() as connection:
        connection.execute(update(candle).where(candle.c.symbol == "BTCUSDT", month).values(close=97, high=98))
    evening = place(client)["evening"]
    assert (evening["code"], evening["orders"], round(evening["strength"], 3)) == ("btc_weak", [], 0.031)
    assert place(client, EVENING + timedelta(days=1, hours=2))["evening"]["code"] == "too_late"


def test_two_coins_touched_at_one_time_both_fill_once_at_their_limits(client: TestClient, engine: Engine) -> None:
    place(client)
    for name in ("ADAUSDT", "DOTUSDT"):
        add_candles(engine, name, f"{QUIET} | 100 100 92 95", EVENING)
    at = EVENING + timedelta(minutes=10, seconds=30)
    answer = settled(client, at)
    assert [(one["symbol"], one["price"], one["together"]) for one in answer["orders"]] == [
        ("ADAUSDT", "93", 1),
        ("DOTUSDT", "93", 2),
    ]
    assert settled(client, at + timedelta(minutes=1))["orders"] == []
    assert fills(engine) == [("ADAUSDT", "entry", "93", "05 00:10:00"), ("DOTUSDT", "entry", "93", "05 00:10:00")]
    assert [kind for kind, _ in alerts(engine)] == ["dip_evening", "order_filled", "order_filled"]
    shown = client.get("/dips", params={"as_of": at.isoformat()}).raise_for_status().json()
    assert ([row["symbol"] for row in shown["ended"]], shown["fill_days"]) == (["ADAUSDT", "DOTUSDT"], 1)


def test_fill_has_the_time_of_the_touch_and_its_candle_may_stop_it(client: TestClient, engine: Engine) -> None:
    place(client)
    with engine.begin() as connection:
        level = next(one for one in read_levels(connection) if one.symbol == "ADAUSDT")
        seen = EVENING + timedelta(minutes=7, seconds=3)
        write_touches(connection, [Touch("ADAUSDT", level.price, Direction.FALLING, seen, level.price)], [])
    add_candles(engine, "ADAUSDT", f"{QUIET} | 100 160 70 150", EVENING)
    settled(client, EVENING + timedelta(minutes=11))
    assert fills(engine) == [("ADAUSDT", "entry", "93", "05 00:07:03"), ("ADAUSDT", "stop", "77", "05 00:10:00")]


def test_two_coins_touched_in_one_second_both_fill_then_and_are_counted_together(client: TestClient, engine: Engine) -> None:
    place(client)
    seen = EVENING + timedelta(minutes=7, seconds=3)
    with engine.begin() as connection:
        levels = [one for one in read_levels(connection) if one.symbol in ("ADAUSDT", "DOTUSDT")]
        touches = [Touch(one.symbol, one.price, Direction.FALLING, seen, one.price) for one in levels]
        write_touches(connection, touches, [])
    for name in ("ADAUSDT", "DOTUSDT"):
        add_candles(engine, name, f"{QUIET} | 100 100 92 95", EVENING)
    answer = settled(client, EVENING + timedelta(minutes=11))
    assert [(one["symbol"], one["together"]) for one in answer["orders"]] == [("ADAUSDT", 1), ("DOTUSDT", 2)]
    assert fills(engine) == [("ADAUSDT", "entry", "93", "05 00:07:03"), ("DOTUSDT", "entry", "93", "05 00:07:03")]
    readiness = client.get("/readiness", params={"as_of": (EVENING + timedelta(minutes=12)).isoformat()}).json()
    # Two fills of one day are one day; two years of such days are asked for.
    assert [(one["account"], one["fill_days"], one["days_left"]) for one in readiness["slow"]] == [("dips", 1, 730)]


def test_targets_pay_no_slippage_and_what_is_left_goes_when_the_gate_closes(client: TestClient, engine: Engine) -> None:
    place(client)
    candles = [QUIET, "100 160 92 95", "95 110 94 106", *["106 106 106 106"] * 287]
    add_candles(engine, "ADAUSDT", " | ".join(candles), EVENING)
    turn = {"symbol": "BTCUSDT", "close_time": EVENING + timedelta(days=1), "version": 1, "regime": 0, "before": 1}
    with engine.begin() as connection:
        connection.execute(regime_change.insert().values(**turn, noted_at=EVENING + timedelta(days=1, seconds=5)))
    settled(client, EVENING + timedelta(days=1, minutes=11))
    assert fills(engine) == [
        ("ADAUSDT", "entry", "93", "05 00:10:00"),
        ("ADAUSDT", "target_1", "104.2", "05 00:15:00"),
        ("ADAUSDT", "regime", "106", "06 00:00:00"),
    ]


def test_orders_of_a_day_expire_with_the_next_and_are_cancelled_by_a_closed_gate(client: TestClient, engine: Engine) -> None:
    place(client)
    closed = {
        "symbol": "BTCUSDT", "timeframe": "1d", "open_time": EVENING, "open": 100.0, "high": 100.0, "low": 20.0, "close": 20.0,
        "volume": 1.0, "source": "rest",
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(candle.insert().values(**closed))
    evening = place(client, EVENING + timedelta(days=1, minutes=10))["evening"]
    assert (evening["code"], set(orders(engine).values())) == ("gate_closed", {("cancelled", "gate_closed")})


def test_orders_that_nothing_came_down_to_expire_with_the_next_evening_which_places_new_ones(
    client: TestClient, engine: Engine
) -> None:
    place(client)
    day = {"timeframe": "1d", "open_time": EVENING, "open": 100.0, "high": 102.0, "low": 99.0, "close": 101.0, "volume": 1000.0}
    with engine.begin() as connection:
        connection.execute(candle.insert(), [{"symbol": name, "source": "rest", **day} for name in COINS])
    assert place(client, PLACED + timedelta(days=1))["evening"]["code"] == "orders"
    table = resting_order.c
    with engine.connect() as connection:
        rows = connection.execute(select(table.day, table.state, func.count()).group_by(table.day, table.state)).all()
    assert sorted(map(tuple, rows)) == [(EVENING, "expired", 3), (EVENING + timedelta(days=1), "placed", 3)]


def test_orders_expire_at_the_end_of_their_day_though_no_evening_comes(client: TestClient, engine: Engine) -> None:
    place(client)
    add_candles(engine, "ADAUSDT", " | ".join([QUIET] * 288), EVENING)
    for hours in (24.5, 25.1):
        settled(client, EVENING + timedelta(hours=hours))
        state = ("expired", None) if hours > 25 else ("placed", None)
        assert orders(engine)["ADAUSDT"] == state


def test_step_that_no_market_makes_cancels_the_order(client: TestClient, engine: Engine) -> None:
    place(client)
    add_candles(engine, "ADAUSDT", f"{QUIET} | 1 1 1 1", EVENING)
    settled(client, EVENING + timedelta(minutes=11))
    assert (orders(engine)["ADAUSDT"], fills(engine)) == (("cancelled", "price_step"), [])


@pytest.mark.parametrize("minutes", [11, 60 * 24 + 90])
def test_settlement_after_an_outage_finds_the_same_fill(client: TestClient, engine: Engine, minutes: int) -> None:
    place(client)
    add_candles(engine, "ADAUSDT", f"{QUIET} | 100 100 92 95 | 95 96 94 95", EVENING)
    settled(client, EVENING + timedelta(minutes=minutes))
    assert fills(engine)[0] == ("ADAUSDT", "entry", "93", "05 00:10:00")


def test_order_that_the_desk_places_fills_there_by_its_own_limits_with_the_size_of_dip_orders(
    client: TestClient, engine: Engine
) -> None:
    place(client)
    with engine.begin() as connection:
        ids = {row.name: row.id for row in connection.execute(select(paper_account.c.name, paper_account.c.id))}
        rows = connection.execute(select(resting_order).where(resting_order.c.symbol != "BTCUSDT")).mappings().all()
        own = [{name: value for name, value in row.items() if name != "id"} | {"account_id": ids["desk"]} for row in rows]
        connection.execute(resting_order.insert(), own)
    for name in ("ADAUSDT", "DOTUSDT"):
        add_candles(engine, name, f"{QUIET} | 100 100 92 95", EVENING)
    answer = settled(client, EVENING + timedelta(minutes=10, seconds=30))
    assert [(one["account"], one["symbol"], one["together"]) for one in answer["orders"]] == [
        ("dips", "ADAUSDT", 1), ("dips", "DOTUSDT", 2), ("desk", "ADAUSDT", 1), ("desk", "DOTUSDT", 2)
    ]  # fmt: skip
    assert {one["risk"] for one in answer["orders"] if one["account"] == "desk"} <= {"4.992", "4.96", "4.928", "5"}
    assert [kind for kind, _ in alerts(engine)] == ["dip_evening", *["order_filled"] * 4]


def test_orders_that_a_trader_takes_over_wait_in_the_own_account_until_they_are_given_back(
    client: TestClient, engine: Engine, settings: Settings
) -> None:
    place(client)
    at = PLACED + timedelta(hours=1)

    def waiting() -> list[str]:
        with engine.connect() as connection:
            return sorted(one.symbol for one in resting.placed_orders(connection) if one.account == "manual")

    with engine.begin() as connection:
        assert len(own.take_orders(connection, settings, at, EVENING)) == 3
    assert waiting() == ["ADAUSDT", "BTCUSDT", "DOTUSDT"]
    with engine.begin() as connection:
        assert len(own.give_back(connection, settings, at, EVENING)) == 3
    assert waiting() == []
    with engine.begin() as connection:
        (number,) = [one.id for one in resting.placed_orders(connection) if one.symbol == "ADAUSDT"]
        for _ in range(2):
            assert own.take_orders(connection, settings, at, order_id=number) == ["ADAUSDT"]
    assert waiting() == ["ADAUSDT"]
    # What the market did before the trader took it over fills nothing there.
    add_candles(engine, "ADAUSDT", f"{QUIET} | 100 100 92 95", EVENING)
    settled(client, at)
    assert waiting() == ["ADAUSDT"]
