"""The migrations make exactly the tables the code names, and the roles may do exactly their work."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from db.migrate import current_and_head, migrate
from db.tables import metadata
from functions.settings import Role, Settings


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
