"""What tests share: one embedded Postgres a run, one fresh database a test, settings and the HTTP functions on it."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, make_url, text
from starlette.routing import BaseRoute

from db import embedded
from db.connect import engine_for
from db.migrate import migrate
from db.roles import RolePasswords
from functions.app import create_app
from functions.settings import Settings, use_only
from tests.server import copy_database, drop, passable_folder, refuse_a_desk, running_server
from tests.server import owner_engine as _owner_engine
from tests.shape import Faults, watched_statements

PASSWORD = "only-for-tests"
TOKEN = "token-only-for-tests"
_numbers = itertools.count()
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")  # the first example of a run may compile for seconds
use_only(Path(os.devnull))  # a person's own desk is none of the tests' business, nor of what they start


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make soak` ask for the long forms, and `make test-timescale` for a server that is there already."""
    parser.addoption("--soak", action="store_true", help="run the tests marked soak, and nothing else")
    parser.addoption("--server", default="", help="the owner's address on a server for tests alone; else one is started")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long forms to `--soak`, and what TimescaleDB is needed for to `--server`."""
    soak, given = bool(config.getoption("--soak")), bool(config.getoption("--server"))

    def wanted(item: pytest.Item) -> bool:
        # Markers, not keywords: among those are the folders a test lies in.
        return bool(item.get_closest_marker("soak")) is soak and (given or not item.get_closest_marker("timescale"))

    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


def make_settings(**changes: object) -> Settings:
    """Settings that need nothing from the environment."""
    values: dict[str, object] = {
        "db_functions_password": PASSWORD,
        "db_collector_password": PASSWORD,
        "db_dashboard_password": PASSWORD,
        "db_n8n_password": PASSWORD,
        "functions_token": TOKEN,
        "n8n_encryption_key": TOKEN,
        "n8n_owner_password": "Owner-only-for-tests-1",
        "n8n_webhook_token": TOKEN,
        **changes,
    }
    return Settings.model_validate(values)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The owner's address on a running server."""
    given = str(request.config.getoption("--server"))
    if given:
        refuse_a_desk(given)
        yield given
        return
    with passable_folder(in_memory=True) as folder, running_server(embedded.prepare(folder / "cluster")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres(server: str) -> Iterator[str]:
    """A running server with a migrated template database; yields the owner's address of the template."""
    name = f"template_quorum_{os.getpid()}"
    template = make_url(server).set(database=name).render_as_string(hide_password=False)
    migrate(template, RolePasswords(PASSWORD, PASSWORD, PASSWORD, PASSWORD))
    try:
        yield template
    finally:
        drop(server, name)


@pytest.fixture(scope="session")
def statements() -> Iterator[Faults]:
    """What is sent to any database in this process; wrong shapes are noted."""
    with watched_statements() as faults:
        yield faults


@pytest.fixture
def database(postgres: str, statements: Faults) -> Iterator[str]:
    """The owner's address of a fresh, migrated database; no statement on candles that is sent to it lacks its constants."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = _owner_engine(postgres)
    with admin.connect() as connection:
        copy_database(connection, make_url(postgres).database or "", name)
        for role in ("functions", "collector", "dashboard", "n8n"):
            connection.execute(text(f"GRANT CONNECT ON DATABASE {name} TO {role}"))
    try:
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    finally:
        drop(postgres, name)
    assert statements.take() == []


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings on the fresh database."""
    return make_settings(database_url=database, data_dir=tmp_path / "data")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The functions' connections to the fresh database."""
    engine = engine_for(settings.database("functions"), application="test")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def routes() -> list[BaseRoute]:
    """The routes of the HTTP functions: the same for each desk, and a tenth of a second to be understood."""
    return create_app(make_settings(database_url="postgresql://nobody@localhost/nothing")).router.routes


@pytest.fixture
def client(settings: Settings, routes: list[BaseRoute]) -> Iterator[TestClient]:
    """The HTTP functions on the fresh database, called with the right token."""
    app = create_app(settings)
    app.router.routes = routes
    with TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def read_only(database: str) -> Iterator[None]:
    """The database takes no writes, as after a fail-over."""
    name, owner = make_url(database).database, _owner_engine(database)
    with owner.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    yield
    with owner.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
