"""One real n8n for all tests of workflows: the first start on an empty database takes most of a minute."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from db.migrate import migrate
from functions.errors import Conflict
from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from n8n.workflows import Json
from tests.conftest import make_settings
from tests.desk import until
from tests.workflows.n8n_server import N8nServer, free_port, start_n8n


@pytest.fixture(scope="session")
def n8n_settings(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings on a migrated database that lives as long as the run."""
    url = make_url(postgres).set(database="workflows").render_as_string(hide_password=False)
    settings = make_settings(
        database_url=url,
        data_dir=tmp_path_factory.mktemp("workflows"),
        n8n_port=free_port(),
        functions_port=free_port(),
        telegram_bot_token="123456:" + "A" * 35,
        telegram_chat_ids="111",
        telegram_api_url=f"http://127.0.0.1:{free_port()}",
        bybit_rest_url=f"http://127.0.0.1:{free_port()}",  # nobody is there: nothing here may leave the machine
        fear_greed_url=f"http://127.0.0.1:{free_port()}",
        coingecko_url=f"http://127.0.0.1:{free_port()}",
        defillama_url=f"http://127.0.0.1:{free_port()}",
        stablecoins_url=f"http://127.0.0.1:{free_port()}",
        polymarket_gamma_url=f"http://127.0.0.1:{free_port()}",
        polymarket_clob_url=f"http://127.0.0.1:{free_port()}",
    )
    migrate(url, settings.passwords)
    return settings


@pytest.fixture(scope="session")
def n8n_server(n8n_settings: Settings) -> Iterator[N8nServer]:
    """The process."""
    with start_n8n(n8n_settings, n8n_settings.data_dir) as server:
        yield server


@pytest.fixture(autouse=True)
def n8n_words(request: pytest.FixtureRequest) -> Iterator[None]:
    """Show the end of n8n's log beside a test that fails."""
    server: N8nServer | None = request.getfixturevalue("n8n_server") if "n8n_server" in request.fixturenames else None
    yield
    if server:
        print(server.log.read_text(errors="replace")[-4000:])


@pytest.fixture(scope="session")
def session(n8n_settings: Settings, n8n_server: N8nServer) -> Iterator[Rest]:
    """The owner's session: n8n allows five logins a minute, so tests share one."""
    with Rest(n8n_settings) as rest:
        yield rest


@pytest.fixture
def wanted() -> dict[str, Json]:
    """The workflows of git, free to be changed."""
    return {name: json.loads(json.dumps(workflow)) for name, workflow in workflows.load().items()}


@pytest.fixture(scope="session")
def deployed() -> dict[str, object]:
    """What n8n had when a test last left it clean."""
    return {}


@pytest.fixture
def n8n(session: Rest, n8n_settings: Settings, deployed: dict[str, object]) -> Rest:
    """A session on an n8n that has git's workflows, whatever a test before did to them."""
    restore(session, n8n_settings, deployed)
    return session


def restore(session: Rest, settings: Settings, deployed: dict[str, object]) -> None:
    """Give n8n git's workflows, all that are to run published: a deploy alone leaves off what a test turned off."""
    for name, version in _versions(session).items():
        if version != deployed.get(name):
            if not session.workflow(name)["isArchived"]:
                session.archive(name)
            until(partial(delete_workflow, session, name), f"{name} can be deleted", 30)
    deploy_to(session, settings, workflows.load())
    deployed.update(_versions(session))


def delete_workflow(session: Rest, name: str) -> bool:
    try:
        session.delete(name)
    except Conflict:  # its triggers are still being taken down
        return False
    return True


def _versions(session: Rest) -> dict[str, object]:
    return {found["id"]: (found["versionId"], found["activeVersionId"]) for found in session.workflows()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of git's workflows."""
    for workflow in workflows.load().values():
        workflows.write(workflow, tmp_path)
    return tmp_path
