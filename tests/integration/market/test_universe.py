"""What an answer that is wrong in part does to the universe: nothing that a second look does not undo."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from functions.errors import RetryLater
from functions.market import store
from functions.market.reports import RefreshedUniverse
from functions.market.run import universe as universe_run
from functions.market.run.universe import store_universe, watched_symbols
from functions.market.universe import GONE_FOR, Instrument, Ticker
from functions.settings import Settings

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = [f"C{number:02d}USDT" for number in range(100)]


def pair(symbol: str, status: str = "Trading", kind: str = "") -> Instrument:
    return Instrument(
        symbol=symbol,
        base=symbol.removesuffix("USDT"),
        quote="USDT",
        status=status,
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.001"),
        min_order_amount=Decimal(5),
        kind=kind,
        special_treatment=False,
    )


def tickers(names: list[str], at: datetime, first: float = 1e6) -> list[Ticker]:
    """Tickers whose turnover falls from name to name."""
    return [Ticker(name, 1.0, 1.0, 1.0, 1.0, first - number, 0.0, at) for number, name in enumerate(names)]


def keep(engine: Engine, names: list[str], at: datetime, *more: Instrument) -> RefreshedUniverse:
    return store_universe(engine, [*map(pair, names), *more], tickers(names, at))


def watched(engine: Engine, settings: Settings, at: datetime) -> list[str]:
    with engine.connect() as connection:
        return watched_symbols(connection, settings, at)


@pytest.fixture
def desk(settings: Settings) -> Settings:
    return settings.model_copy(update={"top_symbols": 50, "gate_symbol": NAMES[0]})


def test_an_answer_with_a_part_of_the_pairs_delists_nobody_for_ten_minutes(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    keep(engine, NAMES[45:], NOON + MINUTE)
    assert watched(engine, desk, NOON + MINUTE) == NAMES[:50]
    assert watched(engine, desk, NOON + MINUTE + GONE_FOR - timedelta(seconds=1)) == NAMES[:50]
    keep(engine, NAMES, NOON + 2 * MINUTE)
    assert watched(engine, desk, NOON + timedelta(hours=1)) == NAMES[:50]


def test_an_answer_with_a_part_of_the_pairs_does_not_spoil_the_ranking_of_a_day(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    store_universe(engine, list(map(pair, NAMES[45:])), tickers(NAMES, midnight)[45:])
    assert watched(engine, desk, midnight) == NAMES[:50]
    keep(engine, NAMES, midnight + MINUTE)
    assert watched(engine, desk, midnight + timedelta(hours=9)) == NAMES[:50]
    with engine.connect() as connection:
        ranked = store.read_universe(connection, midnight.date(), midnight)
    assert [(one.instrument.symbol, one.rank) for one in ranked] == list(zip(NAMES, range(1, 101), strict=True))


def test_a_pair_whose_ticker_lacks_is_ranked_by_its_turnover_of_the_last_day(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    store_universe(engine, list(map(pair, NAMES)), tickers(NAMES, midnight)[45:])
    assert watched(engine, desk, midnight) == NAMES[:50]


def test_a_pair_that_has_ended_is_not_in_the_ranking_of_the_next_day(engine: Engine) -> None:
    keep(engine, NAMES, NOON)
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    keep(engine, NAMES[1:], midnight, pair(NAMES[0], status="Closed"))
    with engine.connect() as connection:
        ranked = store.read_universe(connection, midnight.date(), midnight)
    assert NAMES[0] not in [one.instrument.symbol for one in ranked]


def test_pairs_that_stay_away_for_ten_minutes_are_gone(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    keep(engine, NAMES[3:], NOON + MINUTE)
    keep(engine, NAMES[3:], NOON + MINUTE + GONE_FOR)
    assert watched(engine, desk, NOON + MINUTE + GONE_FOR) == NAMES[3:50]


def test_a_delisting_is_doubtful_until_another_look_has_confirmed_it(engine: Engine) -> None:
    keep(engine, NAMES, NOON)
    doubtful = []
    for names, minutes in ((NAMES, 1), (NAMES[1:], 2), (NAMES[1:], 11), (NAMES[1:], 12)):
        keep(engine, names, NOON + minutes * MINUTE)
        with engine.connect() as connection:
            doubtful.append(store.has_doubtful_delisting(connection))
    assert doubtful == [False, True, True, False]


def test_one_answer_that_lacks_a_pair_delists_it_not_even_after_hours(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    keep(engine, NAMES[3:], NOON + MINUTE)
    assert watched(engine, desk, NOON + timedelta(hours=5)) == NAMES[:50]


def test_a_pair_listed_later_that_day_stands_behind_all_that_were_ranked(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    keep(engine, ["NEWUSDT", "FRESHUSDT", *NAMES], NOON + timedelta(hours=3))
    with engine.connect() as connection:
        ranked = store.read_universe(connection, NOON.date(), NOON + timedelta(hours=3))
    assert [one.rank for one in ranked] == list(range(1, 103))
    assert [one.instrument.symbol for one in ranked] == [*NAMES, "NEWUSDT", "FRESHUSDT"]
    assert watched(engine, desk, NOON + timedelta(hours=3)) == NAMES[:50]


def test_a_status_that_nobody_knows_neither_ranks_nor_delists_a_pair(engine: Engine) -> None:
    keep(engine, NAMES, NOON)
    taken = keep(engine, NAMES[1:], NOON + MINUTE, pair(NAMES[0], status="Paused for tea"))
    assert taken.delisted == []
    with engine.connect() as connection:
        assert NAMES[0] in store.trading_symbols(connection, NOON + timedelta(days=1))
        assert NAMES[0] not in [one.instrument.symbol for one in taken.ranked]


def test_a_status_that_says_it_is_over_delists_a_pair(engine: Engine) -> None:
    keep(engine, NAMES, NOON)
    assert keep(engine, NAMES[1:], NOON + MINUTE, pair(NAMES[0], status="Closed")).delisted == [NAMES[0]]


def test_less_than_half_of_the_pairs_are_no_universe(engine: Engine) -> None:
    keep(engine, NAMES, NOON)
    with pytest.raises(RetryLater, match="listed 49 USDT pairs, 100 were known"):
        keep(engine, NAMES[51:], NOON + MINUTE)


def test_a_kind_that_nobody_has_judged_is_counted_told_once_and_not_watched(engine: Engine, desk: Settings) -> None:
    universe_run._WARNED.clear()
    shares = [pair("TSLAMUSDT", kind="mstocks"), pair("AAPLMUSDT", kind="mstocks"), pair("AAPLXUSDT", kind="xstocks")]
    with capture_logs() as logs:
        taken = keep(engine, NAMES[:3], NOON, *shares)
        keep(engine, NAMES[:3], NOON + MINUTE, *shares)
    assert taken.unknown_kinds == {"mstocks": 2}
    assert [line["kinds"] for line in logs] == [{"mstocks": 2}]
    assert watched(engine, desk, NOON + MINUTE) == NAMES[:3]


def test_the_kinds_left_out_are_in_the_answer(client: TestClient) -> None:
    assert client.post("/market/universe/refresh").json()["unknown_kinds"] == {}


def test_a_price_that_lay_in_the_future_loses_against_a_sound_one(engine: Engine) -> None:
    ahead = NOON + timedelta(days=365)
    with engine.begin() as connection:
        store.write_tickers(connection, [Ticker("AUSDT", 9.0, 9.0, 9.0, 1.0, 1.0, 0.0, ahead, 8.9, 9.1, ahead)])
        store.write_tickers(connection, [Ticker("AUSDT", 1.0, 2.0, 1.0, 1.0, 1.0, 0.0, NOON, 0.9, 1.1, NOON)])
        (found,) = store.read_tickers(connection, NOON, ["AUSDT"])
    assert (found.price, found.exchange_time, found.bid, found.quoted_at) == (1.0, NOON, 0.9, NOON)


def test_a_price_that_comes_seconds_late_loses_against_the_newest(engine: Engine) -> None:
    with engine.begin() as connection:
        for price, at in ((2.0, NOON), (1.0, NOON - timedelta(seconds=30))):
            store.write_tickers(connection, [Ticker("AUSDT", price, 2.0, 1.0, 1.0, 1.0, 0.0, at)])
        (found,) = store.read_tickers(connection, NOON, ["AUSDT"])
    assert found.price == 2.0


def test_a_pair_with_a_signal_is_watched_until_its_outcome_is_known(engine: Engine, desk: Settings) -> None:
    keep(engine, NAMES, NOON)
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, confidence, entry, stop, targets,
                                    risk_reward, position_pct, reasons, indicators, created_at, expires_at)
                VALUES ('C70USDT', '15m', :at, 1, 'score', 'LONG', 0.7, 100, 90, '{110,120,140}', 2.2, 5, '[]', '{}', :at, :at)
            """),
            {"at": NOON},
        )
    assert watched(engine, desk, NOON + timedelta(days=7, hours=1)) == [NAMES[0], "C70USDT", *NAMES[1:50]]
    assert watched(engine, desk, NOON + timedelta(days=8)) == NAMES[:50]
