"""Paper and backtest over the same simulated market: the same trades, or each difference with its right cause."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.backtest.parity.run import run_parity
from functions.backtest.run.settings import rules_of
from functions.dips.run.place import place
from functions.settings import Settings
from tests.conftest import make_settings
from tests.integration.backtest.surveyed import prices_live, said_by_survey, said_live
from tests.sim.traded import TradedDesk
from tests.sim.week import END

# On this morning the gate is open for longs and three of five coins have a signal, at these closes.
BEGIN = datetime(2023, 12, 5, 6, 30, tzinfo=UTC)
ETH, DOGE, SOL = (BEGIN.replace(hour=hour, minute=minute) for hour, minute in ((6, 45), (9, 0), (10, 30)))
QUARTER = timedelta(minutes=15)


HOLD = {"paper_hold_days": 0.05}  # an hour and 12 minutes, so that trades end within the morning


def changed(settings: Settings, **values: Any) -> Settings:
    return make_settings(database_url=settings.database_url, data_dir=settings.data_dir, **values)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of a desk whose trades are short."""
    return changed(settings, **HOLD)


def look(engine: Engine, settings: Settings, at: datetime) -> dict[str, Any]:
    found = run_parity(engine, rules_of(settings), at, at, anew=True)
    assert found.parity is not None, found.why
    return found.parity.model_dump(mode="json")


def told(parity: dict[str, Any]) -> list[tuple[str, ...]]:
    return [tuple(one[name] for name in ("symbol", "aspect", "kind", "cause")) for one in parity["differences"]]


def closed_trades(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT symbol FROM paper_trade WHERE source = 'signal' AND state = 'closed'")))


def check_survey(engine: Engine, settings: Settings, since: datetime, until: datetime) -> None:
    """Check that the live line stored for every coin and close what the backtest's survey computes, to the last bit."""
    survey, prices = said_by_survey(engine, rules_of(settings), since, until)
    live = said_live(engine, since, until)
    assert len(live) > 20
    assert live == survey
    assert prices_live(engine, since) == prices


def revise(engine: Engine, symbol: str, timeframe: str, opened: datetime, factor: float) -> None:
    """Let the exchange correct a candle; the trigger keeps what stood there."""
    statement = """
        UPDATE candle SET close = close * :factor, low = least(low, close * :factor), high = greatest(high, close * :factor),
                          source = 'revised'
        WHERE symbol = :symbol AND timeframe = :timeframe AND open_time = :opened
    """
    about = {"symbol": symbol, "timeframe": timeframe, "opened": opened, "factor": factor}
    with engine.begin() as connection:
        assert connection.execute(text(statement), about).rowcount == 1


def test_paper_and_backtest_make_the_same_trades_and_each_injected_difference_is_named(
    client: TestClient, engine: Engine, settings: Settings
) -> None:
    desk = TradedDesk.open(engine, settings, BEGIN)
    desk.pass_to(ETH + QUARTER)
    whole = look(engine, settings, desk.at)
    assert (whole["trades"], whole["matched"], whole["share"], whole["entry_gap"]) == (1, 1, 1.0, 0.0)

    desk.pass_to(DOGE + 3 * QUARTER, late=["DOGEUSDT"])  # from the morning on its candles do not come
    desk.bring(ETH + QUARTER, ["DOGEUSDT"])
    desk.pass_to(SOL - 2 * QUARTER)
    desk.sleep_to(SOL + 2 * QUARTER)
    faulty = look(engine, settings, desk.at)
    assert (faulty["trades"], faulty["matched"]) == (3, 1)  # what matches has ended by now: its exit is the same, too
    assert closed_trades(engine) >= {"ETHUSDT"}
    assert told(faulty) == [
        ("DOGEUSDT", "entry", "data", "late_candle"),  # a signal of 1h is still taken three quarters later
        ("SOLUSDT", "missing", "timing", "downtime"),
    ]

    # What came late was judged as if it had been in time: coin by coin and close by close it is what the backtest computes.
    check_survey(engine, settings, BEGIN, desk.at)

    # By other settings tonight the backtest makes none of these trades: what they were when it was traded says why.
    stricter = look(engine, changed(settings, min_confidence_percent=99, **HOLD), desk.at)
    assert told(stricter) == [(symbol, "extra", "settings", "changed_settings") for symbol in ("ETHUSDT", "DOGEUSDT")]

    revise(engine, "ETHUSDT", "15m", ETH - QUARTER, 0.97)
    revised = look(engine, settings, desk.at)
    assert told(revised)[0] == ("ETHUSDT", "extra", "data", "revised_candle")

    again = client.post("/backtest/parity/run", json={"until": desk.at.isoformat(), "as_of": desk.at.isoformat()}).json()
    assert (again["ran"], again["parity"]) == (False, revised)
    stored = client.get("/backtest/parity", params={"as_of": desk.at.isoformat()}).json()["parities"]
    assert [one["until"] for one in stored] == [revised["until"], whole["until"]]
    assert stored[0] == revised


DIPS_PLACED = datetime(2024, 1, 24, tzinfo=UTC)  # SHIB falls through its limit at ten to four
_DIP_ORDERS = text("""
    SELECT name, symbol, state FROM resting_order JOIN paper_account ON paper_account.id = account_id ORDER BY name, symbol
""")


def test_dip_orders_that_the_desk_places_and_fills_are_those_of_the_backtest(engine: Engine, settings: Settings) -> None:
    # With such a fee the score lets the dip order through, whose stop is wider, and not the signal that the coin has as well.
    lenient: dict[str, Any] = {"consensus_factors": 2, "fee_percent": 0.42}
    settings = changed(settings, min_confidence_percent=30, **lenient)
    desk = TradedDesk.open(engine, settings, DIPS_PLACED, pairs=10)
    desk.watch_all()
    place(DIPS_PLACED, settings, engine)
    desk.sleep_to(DIPS_PLACED + timedelta(hours=4))  # what the market came down to is found afterwards
    with engine.connect() as connection:
        orders = {(row.name, row.symbol): row.state for row in connection.execute(_DIP_ORDERS)}
    assert [name for name, state in orders.items() if state == "filled"] == [("desk", "SHIBUSDT"), ("dips", "SHIBUSDT")]
    parity = look(engine, settings, desk.at)
    assert [one for one in parity["differences"] if one["timeframe"] == "1d"] == []
    assert parity["matched"] >= 1

    # By stricter rules tonight the backtest places none: what they were when it was placed says why.
    stricter = look(engine, changed(settings, min_confidence_percent=99, **lenient), desk.at)
    assert ("SHIBUSDT", "extra", "settings", "changed_settings") in told(stricter)


@pytest.mark.soak
def test_week_of_paper_and_backtest_agrees_in_every_trade(engine: Engine, settings: Settings) -> None:
    settings = changed(settings, paper_hold_days=0.2, direction_limit=5)
    desk = TradedDesk.open(engine, settings, END - timedelta(days=7), pairs=10)
    desk.pass_to(END)
    parity = look(engine, settings, END)
    assert parity["trades"] >= 15
    assert told(parity) == []
    check_survey(engine, settings, END - timedelta(days=7), END)
    assert (parity["share"], parity["entry_gap"]) == (1.0, 0.0)


def test_desk_that_never_traded_has_no_parity(client: TestClient, engine: Engine) -> None:
    answer = client.post("/backtest/parity/run", json={"as_of": END.isoformat()}).json()
    assert answer == {"ran": False, "parity": None, "why": "the desk had not traded before this window's end"}
    assert client.get("/backtest/parity").json() == {"parities": []}


def test_window_that_is_not_over_is_refused(client: TestClient) -> None:
    for until in (END + timedelta(days=1), END - timedelta(minutes=1)):
        answer = client.post("/backtest/parity/run", json={"as_of": END.isoformat(), "until": until.isoformat()})
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_span")
