"""Opening and closing over HTTP on a real Postgres: once a key, within the limits, to the last digit."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from functions.app import create_app
from functions.paper.answers import TradeClosed, TradeOpened
from functions.settings import Settings
from tests.conftest import TOKEN, make_settings
from tests.integration.paper.market import OPENED, PAIRS, add_candles, alerts, asked, book, opened, quote, settled

LATER = OPENED + timedelta(minutes=1)


def close(client: TestClient, key: str = "end", **more: object) -> dict[str, object]:
    body = {"request_id": key, "symbol": "BTCUSDT", "as_of": LATER.isoformat(), **more}
    answer: dict[str, object] = client.post("/paper/trades/close", json=body).raise_for_status().json()
    return answer


def refused(client: TestClient, path: str, body: dict[str, object]) -> tuple[int, str, str]:
    answer = client.post(path, json=body)
    problem = answer.json()
    return answer.status_code, problem["code"], problem["detail"]


def book_of(engine: Engine, bid: float, ask: float, at: datetime) -> None:
    with engine.begin() as connection:
        values = {"bid": bid, "ask": ask, "at": at}
        connection.execute(text("UPDATE ticker SET bid = :bid, ask = :ask, quoted_at = :at WHERE symbol = 'BTCUSDT'"), values)


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_open_answers_the_fill(client: TestClient, engine: Engine) -> None:
    answer = opened(client, stop=95, targets=[105, 110, 115], chat=5_000_000_001)
    assert answer == {
        "account": "manual",
        "trade_id": 1,
        "symbol": "BTCUSDT",
        "side": "long",
        "source": "manual",
        "chat": "5000000001",
        "at": "2024-03-05T12:02:00Z",
        "price": "100",
        "quantity": "1",
        "cost": "100",
        "fee": "0.1",
        "stop": "95",
        "targets": ["105", "110", "115"],
        "risk": "5",
        "cash": "899.9",
    }
    assert alerts(engine) == [("trade_opened", answer)]
    assert book(engine).cash == Decimal("899.9")


def test_slippage_is_in_the_price(settings: Settings, engine: Engine) -> None:
    real = make_settings(database_url=settings.database_url, data_dir=settings.data_dir)
    with TestClient(create_app(real), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = opened(client)
    assert (answer["price"], answer["quantity"]) == ("100.05", "0.999")


def test_symbol_is_read_in_any_case(client: TestClient) -> None:
    assert opened(client, name="btcusdt")["symbol"] == "BTCUSDT"


def test_same_key_changes_nothing_and_answers_the_same(client: TestClient, engine: Engine) -> None:
    first = opened(client)
    quote(engine, 120, LATER)
    again = opened(client, at=LATER)
    assert again == first
    assert (count(engine, "paper_trade"), count(engine, "paper_fill"), len(alerts(engine))) == (1, 1, 1)


def test_same_key_answers_the_same_after_the_trade_is_over_and_prices_are_gone(client: TestClient, engine: Engine) -> None:
    first, last = opened(client), close(client)
    assert opened(client, at=LATER + timedelta(hours=1)) == first
    assert close(client, as_of=(LATER + timedelta(hours=1)).isoformat()) == last
    assert count(engine, "paper_fill") == 2


@pytest.mark.parametrize("change", [{"notional": 50}, {"side": "short"}, {"stop": 90}])
def test_key_of_another_request_is_a_conflict(client: TestClient, change: dict[str, object]) -> None:
    opened(client)
    assert refused(client, "/paper/trades", asked(**change))[:2] == (409, "key_reused")  # type: ignore[arg-type]


def test_key_of_an_opening_does_not_close(client: TestClient) -> None:
    opened(client)
    body: dict[str, object] = {"request_id": "one", "symbol": "BTCUSDT", "as_of": LATER.isoformat()}
    assert refused(client, "/paper/trades/close", body)[:2] == (409, "key_reused")


def test_stale_price_is_said_and_nothing_is_written(client: TestClient, engine: Engine) -> None:
    answer = client.post("/paper/trades", json=asked(at=OPENED + timedelta(seconds=95)))
    assert (answer.status_code, answer.json()["code"]) == (503, "stale_price")
    assert "no trade because BTCUSDT price is 95 s old" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "10"
    assert count(engine, "paper_account") == 0


def test_price_of_the_future_is_not_used(client: TestClient) -> None:
    assert refused(client, "/paper/trades", asked(at=OPENED - timedelta(hours=1)))[:2] == (503, "stale_price")


def test_refused_request_may_be_repeated_with_its_key(client: TestClient, engine: Engine) -> None:
    late = OPENED + timedelta(minutes=5)
    assert refused(client, "/paper/trades", asked(at=late))[0] == 503
    quote(engine, 101, late)
    assert opened(client, at=late)["price"] == "101"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "NOPEUSDT"}, 422, "unknown_symbol"),
        ({"signal_id": 7}, 422, "unknown_signal"),
        ({"side": "short"}, 422, "shorts_off"),
        ({"notional": 4.9}, 422, "order_too_small"),
        ({"notional": 0.05}, 422, "order_too_small"),
        ({"notional": 201}, 422, "position_too_large"),
        ({"stop": 101}, 422, "wrong_stop"),
        ({"targets": [110, 105]}, 422, "wrong_targets"),
        ({"targets": [1, 2, 3, 4]}, 422, "invalid_request"),
        ({"notional": -1}, 422, "invalid_request"),
        ({"notional": "NaN"}, 422, "invalid_request"),
        ({"side": "up"}, 422, "invalid_request"),
        ({"name": "BTC/USDT"}, 422, "invalid_request"),
        ({"key": "a b"}, 422, "invalid_request"),
    ],
)
def test_wrong_order_is_refused(client: TestClient, engine: Engine, change: dict[str, object], status: int, code: str) -> None:
    assert refused(client, "/paper/trades", asked(**change))[:2] == (status, code)  # type: ignore[arg-type]
    assert count(engine, "paper_account") == 0


def test_second_trade_in_a_symbol_is_a_conflict(client: TestClient) -> None:
    opened(client)
    status, code, detail = refused(client, "/paper/trades", asked("two"))
    assert (status, code, detail) == (409, "already_open", "trade 1 is open in BTCUSDT; close it first")


def test_sixth_trade_is_a_conflict(client: TestClient) -> None:
    for name in PAIRS[:5]:
        opened(client, name, name)
    assert refused(client, "/paper/trades", asked("six", PAIRS[5]))[:2] == (409, "too_many_open")


def test_short_when_the_setting_allows_it(settings: Settings, engine: Engine) -> None:
    allowed = settings.model_copy(update={"paper_allow_short": True})
    with TestClient(create_app(allowed), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        opened(client, side="short", stop=105, targets=[80])
        quote(engine, 90, LATER, low=80, high=110)
        answer = close(client)
    assert (answer["profit"], answer["trade_profit"], answer["cash"]) == ("10", "9.81", "1009.81")
    assert (answer["reason"], answer["r"]) == ("manual", 1.962)


def test_close_by_symbol_at_the_latest_price(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95)
    quote(engine, 104, LATER)
    answer = close(client)
    assert answer == {
        "account": "manual",
        "trade_id": 1,
        "symbol": "BTCUSDT",
        "side": "long",
        "source": "manual",
        "chat": None,
        "asked_by": None,
        "reason": "manual",
        "at": "2024-03-05T12:03:00Z",
        "opened_at": "2024-03-05T12:02:00Z",
        "entry": "100",
        "price": "104",
        "quantity": "1",
        "fee": "0.104",
        "profit": "4",
        "remaining": "0",
        "final": True,
        "named": False,
        "unseen": 0,
        "stop": None,
        "trade_profit": "3.796",
        "trade_profit_pct": 3.796,
        "r": 0.7592,
        "cash": "1003.796",
    }
    assert alerts(engine)[1] == ("trade_closed", answer)
    TradeClosed.model_validate(answer)
    TradeOpened.model_validate(alerts(engine)[0][1])


def test_close_at_a_named_price_has_no_slippage(settings: Settings, engine: Engine) -> None:
    real = make_settings(database_url=settings.database_url, data_dir=settings.data_dir)
    with TestClient(create_app(real), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        opened(client)
        quote(engine, 104, LATER)
        answer = close(client, price=103.004)
    assert (answer["price"], answer["named"]) == ("103", True)


@pytest.mark.parametrize("price", [0.99, 99.99, 104.01, 130])
def test_price_that_was_not_seen_since_the_entry_is_refused(client: TestClient, engine: Engine, price: float) -> None:
    add_candles(engine, "BTCUSDT", "90 130 80 100", OPENED - timedelta(minutes=2))
    opened(client)
    quote(engine, 104, LATER, low=80, high=130)
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": LATER.isoformat(), "price": price}
    status, code, detail = refused(client, "/paper/trades/close", body)
    assert (status, code) == (422, "price_out_of_range")
    assert "expected a price that was seen since the entry (100 to 104)" in detail


@pytest.mark.parametrize(("price", "status"), [(97, 200), (111, 200), (96.9, 422), (111.1, 422)])
def test_candles_since_the_entry_were_seen(client: TestClient, engine: Engine, price: float, status: int) -> None:
    opened(client)
    add_candles(engine, "BTCUSDT", "100 200 1 97 | 97 111 97 99", OPENED - timedelta(minutes=2))
    later = OPENED + timedelta(minutes=9)
    quote(engine, 98, later)
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": later.isoformat(), "price": price}
    assert client.post("/paper/trades/close", json=body).status_code == status


def test_day_of_a_trade_that_is_older_was_seen(client: TestClient, engine: Engine) -> None:
    opened(client)
    later = OPENED + timedelta(hours=25)
    quote(engine, 98, later, low=70, high=130)
    assert close(client, price=70, as_of=later.isoformat())["price"] == "70"


def test_close_at_a_named_price_is_counted_apart(client: TestClient, engine: Engine) -> None:
    opened(client)
    opened(client, "two", "ETHUSDT")
    quote(engine, 110, LATER)
    close(client, price=110)
    close(client, "other", symbol="ETHUSDT")
    answer = client.get("/paper/portfolio", params={"as_of": LATER.isoformat()}).raise_for_status().json()
    assert (answer["closed_count"], answer["wins"], answer["win_rate"]) == (1, 1, 1.0)
    assert (answer["named_count"], answer["named_wins"]) == (1, 1)
    assert {trade["symbol"]: trade["named"] for trade in answer["closed"]} == {"BTCUSDT": True, "ETHUSDT": False}


def test_same_values_written_otherwise_are_the_same_request(client: TestClient, engine: Engine) -> None:
    first = opened(client, stop="95", targets=["105"])
    again = client.post("/paper/trades", json={**asked(stop="95.00", targets=["105.0"]), "notional": "100.0"})
    assert (again.status_code, again.json()) == (200, first)
    quote(engine, 104, LATER)
    half = close(client, "half", fraction="0.5", price="104")
    assert close(client, "half", fraction="0.500", price="104.00", symbol="btcusdt") == half


def test_refusal_of_a_close_is_remembered(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95)
    add_candles(engine, "BTCUSDT", "100 100 100 100 | 100 101 94 99", OPENED - timedelta(minutes=2))
    late = OPENED + timedelta(minutes=9)
    quote(engine, 99, late)
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": late.isoformat()}
    first = refused(client, "/paper/trades/close", body)
    assert first[:2] == (409, "already_closed")
    opened(client, "next", at=late)
    assert refused(client, "/paper/trades/close", body) == first
    assert refused(client, "/paper/trades/close", {**body, "fraction": 0.5})[:2] == (409, "key_reused")
    assert book(engine).positions > 0


def test_refusal_that_another_try_may_mend_is_not_remembered(client: TestClient, engine: Engine) -> None:
    opened(client)
    late = OPENED + timedelta(minutes=5)
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": late.isoformat()}
    assert refused(client, "/paper/trades/close", body)[:2] == (503, "stale_price")
    quote(engine, 101, late)
    assert close(client, as_of=late.isoformat())["price"] == "101"


def test_close_without_an_account_opens_none(client: TestClient, engine: Engine) -> None:
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": LATER.isoformat()}
    assert refused(client, "/paper/trades/close", body)[:2] == (404, "no_open_trade")
    assert count(engine, "paper_account") == 0


def test_size_follows_from_the_stop_at_the_price_of_the_fill(settings: Settings, engine: Engine) -> None:
    real = make_settings(database_url=settings.database_url, data_dir=settings.data_dir)
    with TestClient(create_app(real), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        quote(engine, 104, OPENED)
        answer = opened(client, notional=None, stop=90, targets=[107, 120, 140])
    # 0.5% of 1000 over 104.06 - 90 in whole lots, not over 100 - 90.
    assert (answer["price"], answer["quantity"], answer["risk"]) == ("104.06", "0.355", "4.9913")


def test_first_target_that_the_price_has_passed_is_refused_with_both_prices(client: TestClient) -> None:
    status, code, detail = refused(client, "/paper/trades", asked(stop=90, targets=[99.5, 120]))
    assert (status, code) == (422, "target_passed")
    assert detail == "the order would fill at 100; expected its first target above that for a long, got 99.5"


def test_book_counts_when_it_is_worse(client: TestClient, engine: Engine) -> None:
    book_of(engine, 99, 101, OPENED)
    assert opened(client)["price"] == "101"
    book_of(engine, 98.5, 102, LATER)
    quote(engine, 100, LATER)
    assert close(client)["price"] == "98.5"


def test_spread_that_no_market_has_fills_nothing(client: TestClient, engine: Engine) -> None:
    book_of(engine, 80, 120, OPENED)
    status, code, detail = refused(client, "/paper/trades", asked())
    assert (status, code) == (503, "spread_too_wide")
    assert detail.startswith("no trade in BTCUSDT: the bid is 80, the ask 120 and the last price 100")


@pytest.mark.parametrize("price", [2000, 5, 100_000, 0.1])
def test_no_trade_is_opened_after_a_step_that_no_market_makes(client: TestClient, engine: Engine, price: float) -> None:
    add_candles(engine, "BTCUSDT", "100 101 99 100", OPENED - timedelta(minutes=12))
    quote(engine, price, OPENED)
    status, code, detail = refused(client, "/paper/trades", asked())
    assert (status, code) == (409, "price_jump")
    assert "in one step that no market makes" in detail


def test_large_move_within_a_day_is_no_step(client: TestClient, engine: Engine) -> None:
    add_candles(engine, "BTCUSDT", "10 11 9 10 | 10 60 10 60", OPENED - timedelta(minutes=12))
    assert opened(client)["price"] == "100"


def test_close_in_parts(client: TestClient, engine: Engine) -> None:
    opened(client, targets=[105, 110, 115])
    quote(engine, 102, LATER)
    half = close(client, "half", fraction=0.5)
    assert (half["quantity"], half["remaining"], half["final"]) == ("0.5", "0.5", False)
    rest = close(client, "rest", symbol=None, trade_id=1)
    assert (rest["quantity"], rest["remaining"], rest["final"]) == ("0.5", "0", True)
    assert book(engine).positions == 0
    assert book(engine).net_profit == Decimal("1.798")


def test_part_of_less_than_a_lot_is_refused(client: TestClient) -> None:
    opened(client)
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": LATER.isoformat(), "fraction": "0.0009"}
    assert refused(client, "/paper/trades/close", body)[:2] == (422, "fraction_too_small")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"symbol": "ETHUSDT"}, 404, "no_open_trade"),
        ({"trade_id": 99}, 404, "unknown_trade"),
        ({"trade_id": 1, "as_of": (OPENED - timedelta(hours=1)).isoformat()}, 409, "not_open_yet"),
        ({}, 422, "invalid_request"),
        ({"symbol": "BTCUSDT", "trade_id": 1}, 422, "invalid_request"),
        ({"trade_id": 1, "fraction": 1.1}, 422, "invalid_request"),
        ({"trade_id": 1, "as_of": (OPENED + timedelta(hours=1)).isoformat()}, 503, "stale_price"),
    ],
)
def test_wrong_close_is_refused(client: TestClient, body: dict[str, object], status: int, code: str) -> None:
    opened(client)
    assert refused(client, "/paper/trades/close", {"request_id": "end", "as_of": LATER.isoformat(), **body})[:2] == (status, code)


def test_closing_twice_with_new_keys_is_a_conflict(client: TestClient) -> None:
    opened(client)
    close(client)
    body: dict[str, object] = {"request_id": "again", "trade_id": 1, "as_of": LATER.isoformat()}
    assert refused(client, "/paper/trades/close", body)[:2] == (409, "already_closed")


def test_close_after_the_stop_was_met_says_so_and_keeps_the_stop(client: TestClient, engine: Engine) -> None:
    opened(client, stop=95)
    add_candles(engine, "BTCUSDT", "100 100 100 100 | 100 101 94 99")
    late = OPENED + timedelta(minutes=9)
    quote(engine, 120, late)
    body: dict[str, object] = {"request_id": "end", "symbol": "BTCUSDT", "as_of": late.isoformat()}
    status, code, detail = refused(client, "/paper/trades/close", body)
    assert (status, code) == (409, "already_closed")
    assert "closed by its stop at 2024-03-05T12:10:00+00:00" in detail
    assert [kind for kind, _ in alerts(engine)] == ["trade_opened", "trade_closed"]
    assert settled(client, late)["fills"] == []


def run_together(work: list[threading.Thread]) -> None:
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


def test_many_at_once_with_one_key_open_one_trade(client: TestClient, engine: Engine) -> None:
    answers: list[dict[str, object]] = []
    run_together([threading.Thread(target=lambda: answers.append(opened(client))) for _ in range(8)])
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)
    assert count(engine, "paper_trade") == 1


def test_many_at_once_cannot_overspend(settings: Settings, engine: Engine) -> None:
    poor = settings.model_copy(update={"paper_start": Decimal(250), "position_limit_percent": Decimal(100)})
    codes: list[int] = []
    with TestClient(create_app(poor), headers={"Authorization": f"Bearer {TOKEN}"}) as client:

        def work(name: str) -> None:
            codes.append(client.post("/paper/trades", json=asked(name, name)).status_code)

        run_together([threading.Thread(target=work, args=(name,)) for name in PAIRS])
    assert sorted(codes) == [200, 200, 409, 409, 409, 409]
    assert book(engine).cash == Decimal("49.8")


def test_many_at_once_cannot_close_more_than_is_held(client: TestClient, engine: Engine) -> None:
    opened(client)
    codes: list[int] = []

    def work(number: int) -> None:
        body = {"request_id": str(number), "trade_id": 1, "as_of": LATER.isoformat()}
        codes.append(client.post("/paper/trades/close", json=body).status_code)

    run_together([threading.Thread(target=work, args=(number,)) for number in range(6)])
    assert sorted(codes) == [200, 409, 409, 409, 409, 409]
    assert book(engine).positions == 0


@pytest.mark.parametrize("change", ["UPDATE ledger_entry SET amount = 0", "DELETE FROM ledger_entry", "DELETE FROM paper_fill"])
def test_the_database_keeps_the_ledger_append_only(client: TestClient, engine: Engine, change: str) -> None:
    opened(client)
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize("fill", ["1", "NULL"])
def test_the_database_refuses_an_entry_that_does_not_balance(client: TestClient, engine: Engine, fill: str) -> None:
    opened(client)
    with pytest.raises(IntegrityError, match=r"sum to 1[.0]*, not to 0"), engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO ledger_entry (account_id, fill_id, account, amount, at) VALUES (1, {fill}, 'cash', 1, now())")
        )
