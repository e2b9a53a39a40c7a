"""Bybit's REST answers as our types."""

import pytest

from functions.errors import RetryLater
from functions.market.candles.gaps import SETTLE_MS
from functions.market.candles.timeframe import Timeframe
from functions.market.sources import payloads

NOON = 1_709_640_000_000
SPAN = Timeframe.M15.milliseconds


def row(start: int, close: str = "101") -> list[str]:
    return [str(start), "100", "102", "99", close, "5", "500"]


def answer(rows: object, said: int) -> dict[str, object]:
    return {"retCode": 0, "result": {"category": "spot", "symbol": "BTCUSDT", "list": rows}, "time": said}


def read(rows: object, said: int, first: int = 0, last: int = 2**60, odd: payloads.Odd = lambda _: None) -> list[int]:
    found = payloads.candles(answer(rows, said), "BTCUSDT", Timeframe.M15, first, last, odd)
    return found.open_time.tolist()  # type: ignore[no-any-return]


def test_candles_come_newest_first_and_leave_oldest_first() -> None:
    assert read([row(NOON + SPAN), row(NOON)], NOON + 5 * SPAN) == [NOON, NOON + SPAN]


def test_the_open_candle_is_left_out_until_it_has_settled() -> None:
    rows = [row(NOON + SPAN), row(NOON)]
    assert read(rows, NOON + 2 * SPAN + SETTLE_MS - 1) == [NOON]
    assert read(rows, NOON + 2 * SPAN + SETTLE_MS) == [NOON, NOON + SPAN]


def test_candles_outside_what_was_asked_are_left_out() -> None:
    rows = [row(NOON + 2 * SPAN), row(NOON + SPAN), row(NOON)]
    assert read(rows, NOON + 9 * SPAN, NOON + SPAN, NOON + SPAN) == [NOON + SPAN]


@pytest.mark.parametrize("rows", [None, "x", [["1"]], [row(NOON + 1)], [None], [row(-NOON)], [row(10**20)]])
def test_garbage_is_a_reason_to_ask_again(rows: object) -> None:
    with pytest.raises(RetryLater):
        read(rows, NOON + 9 * SPAN)


@pytest.mark.parametrize("pair", ["ETHUSDT", "btcusdt", 7, ["BTCUSDT"]])
def test_candles_of_another_pair_are_garbage(pair: object) -> None:
    of_another = {"result": {"symbol": pair, "list": [row(NOON)]}, "time": NOON + 9 * SPAN}
    with pytest.raises(RetryLater, match=r"candles of .* for BTCUSDT"):
        payloads.candles(of_another, "BTCUSDT", Timeframe.M15, 0, 2**60, lambda _: None)


def test_an_answer_without_its_time_proves_nothing() -> None:
    with pytest.raises(RetryLater, match="time"):
        payloads.candles({"result": {"list": []}}, "BTCUSDT", Timeframe.M15, 0, 1, lambda _: None)


@pytest.mark.parametrize("close", ["abc", "500", "NaN", "1e308", "12345678901234567890", "-1", "", None, [], "0"])
def test_a_candle_that_comes_with_impossible_values_alone_is_none_and_is_named(close: object) -> None:
    odd: list[str] = []
    spoilt = [str(NOON), "100", "102", "99", close, "5", "500"]
    found = payloads.candles(answer([spoilt], NOON + 9 * SPAN), "BTCUSDT", Timeframe.M15, NOON, NOON, odd.append)
    assert (len(found), found.impossible, len(odd)) == (0, (NOON,), 1)


def test_an_impossible_candle_beside_those_asked_for_says_nothing_of_them() -> None:
    rows = [row(NOON + SPAN), row(NOON, "500")]
    found = payloads.candles(answer(rows, NOON + 9 * SPAN), "BTCUSDT", Timeframe.M15, NOON + SPAN, NOON + SPAN, print)
    assert (found.open_time.tolist(), found.impossible) == ([NOON + SPAN], ())


@pytest.mark.parametrize("time", [None, "", "soon", "1e12", -1, 0, 10**20, 1e13, True, [], {}, "9" * 5000])
def test_an_answer_with_an_impossible_time_is_garbage(time: object) -> None:
    spoilt = {**answer([TICKER], NOON), "time": time}
    with pytest.raises(RetryLater):
        payloads.tickers(spoilt, lambda _: None)
    with pytest.raises(RetryLater):
        payloads.candles(spoilt, "BTCUSDT", Timeframe.M15, 0, 1, lambda _: None)


def test_a_time_in_digits_is_one() -> None:
    assert payloads.answer_time({"time": str(NOON)}) == NOON


@pytest.mark.parametrize(
    "spoilt", [None, ["1"], "x", row(NOON + SPAN, "abc"), row(NOON + SPAN, "500"), row(NOON + SPAN, "NaN"), row(NOON + 1), {}]
)
def test_one_odd_candle_is_dropped_and_named_and_the_others_stay(spoilt: object) -> None:
    odd: list[str] = []
    assert read([row(NOON + 2 * SPAN), spoilt, row(NOON)], NOON + 9 * SPAN, odd=odd.append) == [NOON, NOON + 2 * SPAN]
    assert len(odd) == 1


TICKER = {
    "symbol": "BTCUSDT",
    "lastPrice": "65140.5",
    "highPrice24h": "2",
    "lowPrice24h": "1",
    "volume24h": "3",
    "turnover24h": "4",
    "price24hPcnt": "-0.01",
    "bid1Price": "65140.4",
    "ask1Price": "",
}
INSTRUMENT = {
    "symbol": "BTCUSDT",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "status": "Trading",
    "symbolType": "",
    "stTag": "0",
    "lotSizeFilter": {"basePrecision": "0.000001", "minOrderAmt": "5"},
    "priceFilter": {"tickSize": "0.1"},
}


@pytest.mark.parametrize("price", [None, "NaN", "inf", "-5", "?", [], True, "1e308", 10**400, "12345678901234567890", "1_0"])
def test_one_odd_ticker_is_dropped_and_named_and_the_others_stay(price: object) -> None:
    odd: list[str] = []
    found = payloads.tickers(answer([TICKER, {**TICKER, "symbol": "ODDUSDT", "lastPrice": price}, 7], NOON), odd.append)
    assert [one.symbol for one in found] == ["BTCUSDT"]
    assert len(odd) == 2


@pytest.mark.parametrize("field", [name for name in TICKER if name not in ("symbol", "lastPrice", "ask1Price")])
@pytest.mark.parametrize("value", ["1e308", "NaN", {}, "x"])
def test_any_impossible_number_makes_a_ticker_odd(field: str, value: object) -> None:
    odd: list[str] = []
    payloads.tickers(answer([TICKER, {**TICKER, "symbol": "ODDUSDT", field: value}], NOON), odd.append)
    assert len(odd) == (0 if (field, value) == ("price24hPcnt", "1e308") else 1)


def test_a_pair_twice_is_one_ticker_and_one_pair_and_told() -> None:
    odd: list[str] = []
    (found,) = payloads.tickers(answer([TICKER, {**TICKER, "lastPrice": "7"}], NOON), odd.append)
    assert found.price == 65140.5
    (pair,) = payloads.instruments(answer([INSTRUMENT, {**INSTRUMENT, "status": "Closed"}], NOON), odd.append)
    assert pair.status == "Trading"
    assert odd == ["BTCUSDT is in the answer twice"] * 2


@pytest.mark.parametrize(
    "spoilt",
    [
        {"priceFilter": {"tickSize": "x"}},
        {"priceFilter": {"tickSize": "NaN"}},
        {"priceFilter": {"tickSize": "0"}},
        {"priceFilter": {"tickSize": "1e-400"}},
        {"priceFilter": None},
        {"symbol": None},
        {"symbol": "币安人生USDT", "baseCoin": "币安人生"},
        {"symbol": "btcusdt"},
        {"status": 5},
        {"status": ""},
        {"symbolType": {}},
        {"lotSizeFilter": {"basePrecision": "1", "minOrderAmt": "1e308"}},
    ],
)
def test_one_odd_pair_is_dropped_and_named_and_the_others_stay(spoilt: dict[str, object]) -> None:
    odd: list[str] = []
    found = payloads.instruments(answer([{**INSTRUMENT, **spoilt}, INSTRUMENT], NOON), odd.append)
    assert [one.symbol for one in found] == ["BTCUSDT"]
    assert len(odd) == 1


def test_pairs_named_in_another_script_are_left_out_and_told() -> None:
    odd: list[str] = []
    assert payloads.instruments(answer([{**INSTRUMENT, "symbol": "币安人生USDT"}], NOON), odd.append) == []
    assert payloads.tickers(answer([{**TICKER, "symbol": "币安人生USDT"}], NOON), odd.append) == []
    assert odd == ["a pair named '币安人生USDT'"] * 2


def test_an_answer_of_nothing_but_odd_rows_is_garbage() -> None:
    with pytest.raises(RetryLater):
        payloads.instruments(answer([{}, None], NOON), lambda _: None)


def test_tickers_carry_bid_and_ask_and_skip_pairs_without_a_trade() -> None:
    odd: list[str] = []
    found = payloads.tickers(answer([TICKER, {**TICKER, "symbol": "NEWUSDT", "lastPrice": "0"}], NOON), odd.append)
    assert odd == []
    assert {one.quoted_at for one in found} == {one.exchange_time for one in found}
    assert [(ticker.symbol, ticker.bid, ticker.ask, ticker.change) for ticker in found] == [("BTCUSDT", 65140.4, None, -0.01)]
