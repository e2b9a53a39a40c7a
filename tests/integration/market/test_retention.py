"""The database holds what is kept, and no more, however long the desk runs and however long it was off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from functions.market.candles.closed import ClosedCandles, Source
from functions.market.candles.timeframe import Timeframe
from functions.market.retention import Cut, Kind
from functions.market.store import remove_oldest_day, write_candles
from functions.outbox import raise_alert
from functions.settings import Settings
from tests.conftest import make_settings

DAY = timedelta(days=1)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
COUNTS = """SELECT (SELECT count(*) FROM alert), (SELECT count(*) FROM delivery), (SELECT count(*) FROM telegram_update),
                   (SELECT count(*) FROM paper_request), (SELECT count(*) FROM screener_run), (SELECT count(*) FROM news_item),
                   (SELECT count(*) FROM candle_revision), (SELECT count(*) FROM gap), (SELECT count(*) FROM sentiment),
                   (SELECT count(*) FROM llm_answer)"""


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings on the fresh database; the market's time is the wall's, and no exchange is asked."""
    return make_settings(database_url=database, data_dir=tmp_path / "data")


def apply(client: TestClient, as_of: datetime) -> dict[str, int]:
    answer = client.post("/market/retention/apply", params={"as_of": as_of.isoformat()})
    assert answer.status_code == 200, answer.text
    kinds: dict[str, int] = answer.json()["kinds"]
    return kinds


def counts(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(connection.execute(text(COUNTS)).one())


def put(connection: Connection, timeframe: Timeframe, opened: list[datetime], source: Source = Source.REST) -> None:
    times = np.array([round(at.timestamp() * 1000) for at in opened])
    price, nothing = np.full(len(times), 2.0), np.zeros(len(times))
    candles = ClosedCandles(
        timeframe=timeframe,
        known_at=1 << 50,
        symbols=("BTCUSDT",) * len(times),
        open_time=times,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=nothing,
        turnover=nothing,
    )
    write_candles(connection, candles, source)


def alert(connection: Connection, key: str, kind: str, expires_at: datetime) -> int:
    raise_alert(connection, key=key, kind=kind, payload={}, created_at=expires_at - DAY, expires_at=expires_at)
    number: int = connection.execute(text("SELECT id FROM alert WHERE key = :key"), {"key": key}).scalar_one()
    return number


def deliver(connection: Connection, alert_id: int, state: str, lead: int | None = None) -> int:
    number: int = connection.execute(
        text("""INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, lead_id)
                VALUES (:alert, 1, :state, now(), :lead) RETURNING id"""),
        {"alert": alert_id, "state": state, "lead": lead},
    ).scalar_one()
    return number


def test_a_day_of_candles_goes_at_a_time_and_holes_are_passed_over(engine: Engine) -> None:
    old = [NOW - DAY * days for days in (900, 40, 39.5, 38)]
    with engine.begin() as connection:
        put(connection, Timeframe.M5, [*old, NOW - 30 * DAY])
        put(connection, Timeframe.H1, old)
    cut = Cut(Kind.CANDLES, NOW - 31 * DAY, Timeframe.M5)
    removed = []
    for _ in range(4):
        with engine.begin() as connection:
            removed.append(remove_oldest_day(connection, cut))
    assert removed == [1, 2, 1, None]
    with engine.connect() as connection:
        left = connection.execute(text("SELECT timeframe, count(*) FROM candle GROUP BY timeframe ORDER BY timeframe")).all()
    assert left == [("1h", 4), ("5m", 1)]


def test_alerts_go_with_their_deliveries_a_quarter_after_they_expired(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for number, days in enumerate((93, 200, 91)):
            deliver(connection, alert(connection, f"failed_run:{number}", "failed_run", NOW - days * DAY), "delivered")
    assert apply(client, NOW)["alerts"] == 2
    assert counts(engine)[:2] == (1, 1)
    assert apply(client, NOW)["alerts"] == 0


def test_a_message_of_several_alerts_may_lose_its_first_one_before_the_others(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        lead = deliver(connection, alert(connection, "signal:1", "signal", NOW - 92 * DAY - timedelta(hours=1)), "delivered")
        deliver(connection, alert(connection, "signal:2", "signal", NOW - 91 * DAY), "delivered", lead)
        deliver(connection, alert(connection, "signal:3", "signal", NOW - 120 * DAY), "delivered", lead)
    assert apply(client, NOW)["alerts"] == 2
    with engine.connect() as connection:
        assert connection.execute(text("SELECT key, lead_id FROM delivery JOIN alert ON alert.id = alert_id")).all() == [
            ("signal:2", None)
        ]


def test_the_newest_daily_report_stays_for_the_next_one_begins_where_it_ended(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        for days in (300, 200):
            deliver(connection, alert(connection, f"daily_report:{days}", "daily_report", NOW - days * DAY), "delivered")
    apply(client, NOW)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT key FROM alert")).scalars().all() == ["daily_report:200"]
    assert counts(engine)[:2] == (1, 1)


def scored(engine: Engine) -> tuple[int, ...]:
    """How many setups, rejections, scores and readings there are."""
    tables = ("setup", "rejection", "score", "factor_reading")
    with engine.connect() as connection:
        return tuple(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables)


def test_requests_updates_screenings_news_revisions_and_gaps_have_an_end(client: TestClient, engine: Engine) -> None:
    rows = """
        INSERT INTO telegram_update (update_id, chat_id, received_at) VALUES (CAST(CAST(:n AS text) AS bigint), 1, :at);
        INSERT INTO paper_account (name, start, opened_at) VALUES ('main', 1000, :at) ON CONFLICT DO NOTHING;
        INSERT INTO paper_request (account_id, key, operation, request, answer, at)
            SELECT id, CAST(:n AS text), 'open', '{}', '{}', :at FROM paper_account;
        INSERT INTO screener_run (key, as_of, considered, left_out)
            VALUES ('now:' || CAST(:n AS text), :at, 1, '{}'), ('daily:' || CAST(:n AS text), :at, 1, '{}');
        INSERT INTO screener_pick (run_id, rank, symbol, score, coverage, price, change_24h, turnover_24h, spread, parts, reasons)
            SELECT id, 1, 'BTCUSDT', 1, 1, 1, 0, 1, 0, '{}', '[]' FROM screener_run WHERE key = 'now:' || CAST(:n AS text);
        INSERT INTO news_item (key, title_key, feed, title, link, summary, published_at, first_seen_at)
            VALUES (CAST(:n AS text), '', '', '', '', '', :at, :at);
        INSERT INTO sentiment VALUES (CAST(:n AS text), 'BTC', '', '', '', :at, :at, 0.1, 0.1, 0.8, true, 'llm');
        INSERT INTO llm_answer VALUES ('m', 'p', CAST(:n AS text), 'v', '', '{}', '', '', 1, 1, 0, :at);
        INSERT INTO setup VALUES ('BTCUSDT', '15m', :at, 1, 'LONG', 1, 1, '{1,1,1}', 2, 0, 1, '[]', :at, :at);
        INSERT INTO rejection (symbol, timeframe, close_time, version, failed, code, reasons, coverage, confidence, factors,
                               created_at) VALUES ('BTCUSDT', '15m', :at, 1, 1, '', '[]', 0, 0, '[]', :at);
        INSERT INTO score VALUES ('BTCUSDT', :at, 1, :at, 50, 0, 0, :at);
        INSERT INTO factor_series (symbol, factor, source)
            VALUES ('BTCUSDT', 'technical', 'trends'), ('BTCUSDT', 'sentiment', 'news') ON CONFLICT DO NOTHING;
        INSERT INTO factor_reading SELECT id, :at, :at, :at, 0, 0, 1, '{}' FROM factor_series;
        INSERT INTO polymarket_event VALUES ('e', '', '', false, :at) ON CONFLICT DO NOTHING;
        INSERT INTO polymarket_market VALUES ('m', 'e', '', '', '', 'MARKET', '', 0, NULL, :at, :at) ON CONFLICT DO NOTHING;
        INSERT INTO polymarket_quote VALUES ('m', :at, 0.5, 0.5, NULL, 'mid', false, 0, 0, 0, NULL);
        INSERT INTO whale_transaction VALUES ('c', CAST(:n AS text), '', '', :at, :at, '', 'X', 1, 1, '', '', '', '', '', '');
        INSERT INTO candle_revision (symbol, timeframe, open_time, open, high, low, close, volume, source, revised_at)
            VALUES ('BTCUSDT', '1h', :at, 1, 1, 1, 1, 1, 'ws', :at);
        INSERT INTO gap (symbol, timeframe, first_open_time, last_open_time, reason, opened_at, closed_at, resolution)
            VALUES ('BTCUSDT', '1h', :at, :at, 'start', :at, :at, 'filled'),
                   ('BTCUSDT', '1h', :at, :at, 'start', :at, :at, 'absent');
            INSERT INTO touch VALUES ('BTCUSDT', 'falling', 95, :at, 94);
            INSERT INTO doubted_price VALUES ('BTCUSDT', :at, 95, 1);
        INSERT INTO backtest_run (data_hash, code_hash, settings_hash, rules, since, until, state, step, steps_done, steps,
                                  settings, started_at)
            VALUES (CAST(:n AS text), '', '', 'signals', :at, '2090-01-01', 'failed', '', 0, 0, '{}', :at);
        INSERT INTO backtest_trade SELECT id, 'desk', 1, 'X', 'long', :at, NULL, NULL, 1, 1, 0, 1, '{}' FROM backtest_run
            WHERE data_hash = CAST(:n AS text);
        INSERT INTO backtest_parity (account, since, until, paper_trades, backtest_trades, trades, matched, data_hash, code_hash,
                                     settings_hash, ran_at) VALUES ('desk', '2010-01-01', :at, 1, 1, 1, 0, '', '', '', :at);
        INSERT INTO parity_difference SELECT id, 1, 'X', '15m', 'long', :at, 'extra', 'data', '', NULL, NULL FROM backtest_parity
            WHERE until = :at
    """
    with engine.begin() as connection:
        for n, days in enumerate((0, 500)):
            for statement in rows.split(";"):
                connection.execute(text(statement), {"n": str(n), "at": NOW - days * DAY})
    assert counts(engine)[2:] == (2, 2, 4, 2, 2, 4, 2, 2)
    assert scored(engine) == (2, 2, 2, 4)
    removed = apply(client, NOW)
    assert counts(engine)[2:] == (1, 1, 3, 1, 1, 3, 1, 1)
    assert scored(engine) == (1, 1, 1, 3)  # what a source of the outside said stays
    assert {kind for kind, rows_removed in removed.items() if rows_removed} == {
        "telegram_updates",
        "paper_requests",
        "screenings_on_request",
        "news",
        "sentiment",
        "model_answers",
        "setups",
        "scores",
        "candle_readings",
        "touches",
        "doubted_prices",
        "backtests",
        "parities",
        "odds",
        "whales",
        "revisions",
        "filled_gaps",
    }
    assert set(apply(client, NOW).values()) == {0}


def test_what_cannot_be_removed_keeps_nothing_else_from_going(client: TestClient, engine: Engine, database: str) -> None:
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(
            text("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                                   $$ BEGIN RAISE EXCEPTION 'not this one'; END $$""")
        )
        connection.execute(text("CREATE TRIGGER refuse BEFORE DELETE ON candle FOR EACH ROW EXECUTE FUNCTION refuse()"))
    with engine.begin() as connection:
        put(connection, Timeframe.M5, [NOW - 40 * DAY])
        alert(connection, "signal:1", "signal", NOW - 100 * DAY)
    answer = client.post("/market/retention/apply", params={"as_of": NOW.isoformat()})
    assert answer.status_code >= 500
    assert counts(engine)[0] == 0
