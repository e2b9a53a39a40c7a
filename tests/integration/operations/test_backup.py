"""A backup brings everything back: on the same server, on a new one, or not at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from db import embedded
from db.migrate import LOCK, alembic_config, create_database, current_and_head, migrate, no_other_migration
from functions.app import create_app
from functions.errors import Broken, Conflict, InputRejected, RetryLater
from functions.operations.backup import backup, restore
from functions.settings import Role, Settings
from tests.conftest import TOKEN, make_settings
from tests.desk import until
from tests.server import passable_folder, running_server

CHAT = 5_000_000_001


def engine_of(settings: Settings, role: Role | None = None) -> Engine:
    url = settings.database(role) if role else settings.owner_url
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)


def fill(settings: Settings) -> None:
    """What a desk holds: our rows, written by a role, and n8n's own tables in its own schema."""
    with engine_of(settings, "functions").begin() as connection:
        connection.execute(
            text("INSERT INTO heartbeat (part, at, detail) VALUES ('collector', :at, '{\"beats\": 7}')"),
            {"at": datetime(2026, 1, 2, tzinfo=UTC)},
        )
    with engine_of(settings, "n8n").begin() as connection:
        connection.execute(text("CREATE TABLE n8n.workflow_entity (id int PRIMARY KEY, name text)"))
        connection.execute(text("INSERT INTO n8n.workflow_entity VALUES (1, 'Deliver alerts')"))


def assert_whole(settings: Settings) -> None:
    with engine_of(settings, "dashboard").connect() as connection:
        assert connection.execute(text("SELECT part, detail->>'beats' FROM heartbeat")).all() == [("collector", "7")]
    with engine_of(settings, "n8n").begin() as connection:
        assert connection.scalar(text("SELECT name FROM workflow_entity")) == "Deliver alerts"
        connection.execute(text("UPDATE workflow_entity SET name = name"))
    current, head = current_and_head(settings.owner_url)
    assert current == head


@pytest.fixture
def filled(settings: Settings) -> Settings:
    fill(settings)
    return settings


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Settings]:
    """A machine that never held a desk: another cluster, without any of our roles."""
    with passable_folder() as folder, running_server(embedded.prepare(folder / "cluster")) as url:
        yield make_settings(database_url=url, data_dir=tmp_path / "data", db_n8n_password="another-password")


def test_backup_restores_on_a_new_server_with_schemas_roles_and_grants(filled: Settings, new_server: Settings) -> None:
    """And the desk goes on where it was: what is done is not done again, what waits is sent."""
    bot = {"telegram_bot_token": "123456:" + "x" * 35, "telegram_chat_ids": (CHAT,)}
    old, new = (make_settings(**settings.model_dump() | bot) for settings in (filled, new_server))
    update = {"update_id": 7, "message": written("/settings budget 9")}
    with serving(old) as desk:
        desk.post("/telegram/updates", json={"update": update}).raise_for_status()
        answered = desk.post("/alerts/claim").json()["delivery"]
        desk.post(f"/alerts/{answered['id']}/delivered", json={"message_id": 70}).raise_for_status()
        desk.post("/telegram/updates", json={"update": {"update_id": 8, "message": written("/help")}}).raise_for_status()
    restore(new, backup(old, None), replace=False)
    assert_whole(new)
    with engine_of(new, "n8n").begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("SELECT * FROM public.heartbeat"))
    with serving(new) as desk:
        desk.post("/telegram/updates", json={"update": update}).raise_for_status()  # Telegram brings it again
        assert "/mute" in desk.post("/alerts/claim").json()["delivery"]["text"]  # help names every command
        assert desk.post("/alerts/claim").json()["delivery"] is None
    with engine_of(new).connect() as connection:
        assert connection.execute(text("SELECT budget FROM chat")).scalars().all() == [9]
        assert connection.execute(text("SELECT message_id FROM delivery WHERE state = 'delivered'")).scalars().all() == [70]


def written(words: str) -> dict[str, object]:
    """A message of the trader, written just now."""
    now = int(datetime.now(UTC).timestamp())
    return {"message_id": 1, "date": now, "from": {"id": CHAT}, "chat": {"id": CHAT, "type": "private"}, "text": words}


@contextmanager
def serving(settings: Settings) -> Iterator[TestClient]:
    """The HTTP functions on the settings' database."""
    with TestClient(create_app(settings), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def test_restore_goes_back_to_the_moment_of_the_backup(filled: Settings) -> None:
    file = backup(filled, None)
    with engine_of(filled).begin() as connection:
        connection.execute(text("DELETE FROM heartbeat"))
        connection.execute(text("DROP TABLE n8n.workflow_entity"))
        connection.execute(text("CREATE TABLE made_later (id int)"))
    restore(filled, file, replace=True)
    assert_whole(filled)
    with engine_of(filled).connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('made_later')")) is None


def test_restore_sends_away_who_is_connected(filled: Settings) -> None:
    file = backup(filled, None)
    with engine_of(filled, "functions").connect() as busy:
        busy.execute(text("SELECT 1"))
        restore(filled, file, replace=True)
        with pytest.raises(OperationalError, match="terminating connection"):
            busy.execute(text("SELECT 1"))
    assert_whole(filled)


def test_restore_of_an_older_backup_migrates_it(postgres: str, settings: Settings) -> None:
    older = make_url(postgres).set(database="older").render_as_string(hide_password=False)
    create_database(older)
    config = alembic_config()
    first = ScriptDirectory.from_config(config).get_base()
    with engine_of(make_settings(database_url=older)).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, str(first))
    file = backup(make_settings(database_url=older, data_dir=settings.data_dir), None)
    restore(settings, file, replace=True)
    current, head = current_and_head(settings.owner_url)
    assert current == head


def test_restore_after_one_that_was_killed_before_it_cleaned_up(filled: Settings) -> None:
    file = backup(filled, None)
    name = make_url(filled.owner_url).database or ""
    for left in (f"{name}_replaced", f"{name}_restoring"):
        create_database(make_url(filled.owner_url).set(database=left).render_as_string(hide_password=False))
    restore(filled, file, replace=True)
    assert_whole(filled)


def test_restore_after_one_that_was_killed_with_the_door_closed(filled: Settings) -> None:
    file = backup(filled, None)
    url = make_url(filled.owner_url)
    beside = make_settings(database_url=url.set(database="postgres").render_as_string(hide_password=False))
    with engine_of(beside).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS false")
    with pytest.raises(OperationalError, match="not currently accepting connections"):
        engine_of(filled).connect()
    restore(filled, file, replace=True)
    assert_whole(filled)


def test_restore_over_tables_needs_a_yes_and_changes_nothing_without(filled: Settings) -> None:
    file = backup(filled, None)
    with pytest.raises(Conflict, match="--yes"):
        restore(filled, file, replace=False)
    assert_whole(filled)


def test_restore_of_a_cut_off_backup_leaves_the_database_as_it_was(filled: Settings, tmp_path: Path) -> None:
    whole = backup(filled, None).read_bytes()
    cut = tmp_path / "cut.dump"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises((Broken, InputRejected)):
        restore(filled, cut, replace=True)
    assert_whole(filled)
    with engine_of(filled).connect() as connection:
        names = set(connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")))
    assert make_url(filled.owner_url).database in names
    assert not {name for name in names if name.endswith(("_restoring", "_replaced"))}


@pytest.mark.parametrize("content", [b"", b"not a backup"])
def test_restore_of_something_else_is_rejected(filled: Settings, tmp_path: Path, content: bytes) -> None:
    strange = tmp_path / "strange.dump"
    strange.write_bytes(content)
    with pytest.raises(InputRejected, match="is no backup"):
        restore(filled, strange, replace=True)
    assert_whole(filled)


def test_restore_of_a_missing_file_is_rejected(filled: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="there is no file"):
        restore(filled, tmp_path / "none.dump", replace=True)


def test_backup_is_readable_by_its_owner_alone(filled: Settings) -> None:
    file = backup(filled, None)
    assert file.parent == filled.data_dir / "backups"
    assert file.stat().st_mode & 0o777 == 0o600


def test_backup_that_fails_leaves_no_file(filled: Settings, tmp_path: Path) -> None:
    without_rights = make_settings(database_url=filled.database("functions"))
    with pytest.raises(Broken, match="pg_dump"):
        backup(without_rights, tmp_path / "out.dump")
    assert list(tmp_path.glob("out.dump*")) == []


def test_backup_without_a_server_is_to_be_tried_again_and_leaves_no_file(tmp_path: Path) -> None:
    nowhere = make_settings(database_url="postgresql://x@127.0.0.1:1/none")
    with pytest.raises(RetryLater, match="does not answer"):
        backup(nowhere, tmp_path / "out.dump")
    assert list(tmp_path.glob("out.dump*")) == []


@pytest.mark.parametrize(
    "work",
    [lambda settings: migrate(settings.owner_url, settings.passwords), lambda settings: backup(settings, None)],
    ids=["migrate", "backup"],
)
def test_a_migration_of_any_database_on_the_server_is_waited_for(
    work: Callable[[Settings], object], settings: Settings, postgres: str
) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND NOT granted")
    with ThreadPoolExecutor(1) as pool, engine_of(settings).connect() as connection:
        with no_other_migration(postgres):
            run = pool.submit(work, settings)
            until(lambda: connection.scalar(waiting, {"lock": LOCK}) or run.done(), "it waits or ends", 30)
            assert not run.done()
        run.result(60)


def test_backup_into_a_file_as_folder_is_rejected(filled: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputRejected, match="cannot be written"):
        backup(filled, tmp_path / "file" / "x.dump")
