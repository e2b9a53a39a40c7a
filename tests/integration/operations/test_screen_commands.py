"""`quorum dashboard` and `quorum show` before a database or a moment that cannot be shown: one line that says why."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, make_url, text

from functions.errors import Conflict, InputRejected
from functions.operations.screen_commands import moment_of, reader_of
from functions.settings import Settings


def owner(settings: Settings, statement: str) -> None:
    engine = create_engine(make_url(settings.owner_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_database_without_tables_is_refused_with_the_command_that_makes_them(settings: Settings) -> None:
    owner(settings, "DROP TABLE alembic_version")
    with pytest.raises(Conflict, match="has no tables yet: `quorum migrate` makes them"):
        reader_of(settings)


def test_a_database_of_another_version_is_refused_with_both_versions(settings: Settings) -> None:
    owner(settings, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Conflict, match=r"is at revision 0001, this Quorum at \d{4}: `quorum migrate` brings it there"):
        reader_of(settings)


def test_a_wrong_moment_is_refused_with_an_example(settings: Settings) -> None:
    with pytest.raises(InputRejected, match="expected a UTC time like \"2026-11-03 14:15\", got 'yesterday'"):
        moment_of("yesterday", settings)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with pytest.raises(InputRejected, match="is still to come"):
        moment_of(later, settings)
    assert moment_of("2024-03-05 14:15", settings) == datetime(2024, 3, 5, 14, 15, tzinfo=UTC)
    assert moment_of("", settings) is None
