"""The migrations make exactly the tables the code names, and the roles may do exactly their work."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from db.migrate import alembic_config, current_and_head, migrate
from db.tables import metadata
from functions.costs import Costs
from functions.factors.reading import MARKET
from functions.factors.store import newest_readings
from functions.paper.accounts import MANUAL
from functions.paper.store.account import find_account, open_trades
from functions.paper.trade import TradeRules
from functions.settings import Role, Settings

BEFORE_NARROW_STATES = "0018"


def engine_of(settings: Settings, role: Role) -> Engine:
    return create_engine(make_url(settings.database(role)).set(drivername="postgresql+psycopg"), poolclass=NullPool)


def test_migrations_and_tables_are_the_same(database: str) -> None:
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(settings: Settings) -> None:
    migrate(settings.owner_url, settings.passwords)
    current, head = current_and_head(settings.owner_url)
    assert current == head


def test_dashboard_cannot_write(settings: Settings) -> None:
    with engine_of(settings, "dashboard").begin() as connection:
        connection.execute(text("SET LOCAL transaction_read_only = off"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("DELETE FROM signal"))


def test_collector_writes_market_data_and_no_signals(settings: Settings) -> None:
    with engine_of(settings, "collector").begin() as connection:
        connection.execute(text("DELETE FROM candle"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("DELETE FROM signal"))


def test_n8n_sees_nothing_but_its_own_schema(settings: Settings) -> None:
    with engine_of(settings, "n8n").begin() as connection:
        connection.execute(text("CREATE TABLE n8n.mine (id int)"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("SELECT * FROM public.signal"))


def test_readings_kept_before_restatements_were_are_still_there(database: str) -> None:
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        command.upgrade(config, "0012")
        connection.execute(
            text("""
                INSERT INTO factor_reading (symbol, factor, source, as_of, seen_at, stale_at, value, confidence, evidence)
                VALUES ('MARKET', 'context', 'fear_greed', '2024-03-05T00:00Z', '2024-03-05T01:08Z', '2024-03-06T12:00Z',
                        -0.6, 0.5, '{"value": 20, "label": "Extreme Fear", "by": "alternative.me"}')
            """)
        )
        command.upgrade(config, "head")
        [reading] = newest_readings(connection, [MARKET], datetime(2024, 3, 5, 2, tzinfo=UTC))
    assert (reading.source, reading.value, reading.publishers) == ("fear_greed", -0.6, 1)
    assert reading.evidence == {"value": 20, "label": "Extreme Fear", "by": "alternative.me"}


def test_states_and_marks_of_each_close_become_narrow_rows_and_one_mark(database: str) -> None:
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    state = (
        '{"close": 101.5, "problem": 0, "trend": {"direction": -1, "strength": 0.5, "regime": 1},'
        ' "entries": {"breakout": %s, "pullback": 0, "momentum": 0}, "indicators": {"atr": 2.5, "ema50": 100.0, "ema200": null},'
        ' "reasons": [{"code": "no_entry", "params": {"direction": "LONG"}, "text": "none came"}]}'
    )
    with owner.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        command.upgrade(config, BEFORE_NARROW_STATES)
        for symbol, entry in (("AAAUSDT", "1"), ("BBBUSDT", "0")):
            connection.execute(
                text(
                    "INSERT INTO technical_state VALUES (:symbol, '15m', '2024-03-05T00:15Z', 1, 'NEUTRAL', 'none came', :state)"
                ),
                {"symbol": symbol, "state": state % entry},
            )
        for minute, symbols in (("00", "{AAAUSDT,BBBUSDT,CCCUSDT}"), ("15", "{AAAUSDT,CCCUSDT}"), ("30", "{AAAUSDT}")):
            connection.execute(
                text("INSERT INTO processed_close VALUES ('technical', '15m', :close, 1, :symbols, :close)"),
                {"close": f"2024-03-05T00:{minute}Z", "symbols": symbols},
            )
        command.upgrade(config, "head")
        rows = connection.execute(text("SELECT * FROM technical_state ORDER BY symbol")).all()
        marks = connection.execute(text("SELECT symbol, close_time FROM processed_close ORDER BY symbol")).all()
        command.downgrade(config, BEFORE_NARROW_STATES)
        assert connection.scalar(text("SELECT count(*) FROM technical_state")) == 2
    for row in rows:
        assert (row.code, row.params, row.problem, row.trend, row.strength) == ("no_entry", {"direction": "LONG"}, 0, -1, 0.5)
        assert (row.regime, row.close, row.atr, row.ema50, row.ema200) == (1, 101.5, 2.5, 100.0, None)
    assert [row.state is None for row in rows] == [False, True]
    times = [(symbol, close.minute) for symbol, close in marks]
    assert times == [("", 30), ("BBBUSDT", 0), ("CCCUSDT", 15)]


def test_trades_kept_before_there_were_accounts_are_the_traders_own(database: str) -> None:
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        command.upgrade(config, "0024")
        connection.execute(text("INSERT INTO paper_account (name, start, opened_at) VALUES ('paper', 1000, now())"))
        connection.execute(
            text("""
                INSERT INTO paper_trade (account_id, symbol, side, source, state, quantity, open_quantity, entry, targets,
                                         target_quantity, settled_until, opened_at)
                VALUES (1, 'BTCUSDT', 'long', 'manual', 'open', 1, 1, 100, '{}', 0, now(), now())
            """)
        )
        command.upgrade(config, "head")
        [trade] = open_trades(connection, find_account(connection, MANUAL.name))
        assert trade.rules == TradeRules(Costs(), break_even=True)
        connection.execute(text("INSERT INTO paper_account (name, start, opened_at) VALUES ('desk', 1000, now())"))
        command.downgrade(config, "0024")
        assert connection.execute(text("SELECT name FROM paper_account")).scalars().all() == ["paper"]
