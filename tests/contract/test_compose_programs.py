"""What the compose files tell programs that are not ours is understood by them: n8n, Postgres and the health checks of both."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from db.embedded import BINARIES
from functions.settings import CHECKOUT, Settings
from n8n.environment import environment
from n8n.install import Installation, ensure_installed
from tests.conftest import make_settings
from tests.contract.test_compose import OF_N8N, PRODUCTION, SCALED, Service, answering, hashes, read
from tests.contract.test_compose import folder as folder  # a fixture

# Node's own and glibc's.
OTHERS = {"TZ", "NODE_OPTIONS", "NODE_COMPILE_CACHE", "MALLOC_ARENA_MAX", "NO_COLOR", "NO_PROXY", "no_proxy"}
READ_IN = tuple(
    f"node_modules/{place}"
    for place in (
        "@n8n/config",
        "@n8n/backend-common/dist",
        "n8n/dist/config",
        "n8n/dist/deprecation",
        "n8n/dist/instance-settings-loader",
    )
)


@pytest.fixture(scope="module")
def scaled(folder: Path) -> dict[str, Service]:
    return read(folder, *SCALED)


@pytest.fixture(scope="module")
def installation() -> Installation:
    return ensure_installed(print)


@pytest.mark.n8n
def test_every_variable_that_n8n_is_given_is_one_that_n8n_reads(scaled: dict[str, Service], installation: Installation) -> None:
    names = set(environment(make_settings(database_url="postgresql://u@127.0.0.1/q"))) - OTHERS
    for service in ("n8n", "n8n-worker", "n8n-webhook"):
        ours = {name.upper() for name in Settings.model_fields}  # for the shell that starts n8n, and to make a new container
        names |= set(scaled[service]["environment"]) - ours
    assert "QUEUE_BULL_REDIS_HOST" in names
    files = [file for place in READ_IN for file in (installation.folder / place).rglob("*.js")]
    known = {name for file in files for name in re.findall(r"\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b", file.read_text())}
    assert names - known == set()
    assert "QUEUE_BULL_REDIS_HOTS" not in known


@pytest.mark.n8n
def test_commands_of_n8n_are_commands_of_n8n(scaled: dict[str, Service], installation: Installation) -> None:
    commands = installation.folder / "node_modules" / "n8n" / "dist" / "commands"
    for name in ("n8n", "n8n-worker", "n8n-webhook"):
        command, *options = scaled[name]["command"]
        text = (commands / f"{command}.js").read_text()
        for option in options:
            assert f"{option.removeprefix('--').partition('=')[0]}:" in text, name


@pytest.mark.n8n
@pytest.mark.parametrize("name", ["n8n", "n8n-worker", "n8n-webhook"])
def test_health_checks_of_n8n_tell_a_dead_one_from_a_living_one(
    name: str, scaled: dict[str, Service], installation: Installation
) -> None:
    program, *words = scaled[name]["healthcheck"]["test"][1:]
    assert program == "node"
    assert re.search(r"/healthz(/readiness)?'", words[-1])

    def says_well(port: int) -> bool:
        here = [word.replace(":5678/", f":{port}/") for word in words]
        assert here != words
        return subprocess.run([str(installation.node), *here], capture_output=True, check=False).returncode == 0

    for status, well in ((200, True), (503, False)):
        with answering(status) as port:
            assert says_well(port) is well
    assert not says_well(port)


def refusal(words: list[str]) -> str:
    """What Postgres says to options before it looks for its data; where there are none is refused last."""
    done = subprocess.run(
        [BINARIES / "postgres", "-C", "port", "-D", "/nowhere", *words], capture_output=True, text=True, check=False
    )
    return "" if "could not access directory" in done.stderr else done.stderr


def test_every_option_of_postgres_is_one_that_postgres_has_with_a_value_that_it_takes(scaled: dict[str, Service]) -> None:
    program, *words = scaled["db"]["command"]
    assert program == "postgres"
    assert refusal(words) == ""
    assert "unrecognized" in refusal([*words, "-c", "share_buffers=64MB"])
    assert "invalid value" in refusal([*words, "-c", "shared_buffers=64 sheep"])


def test_postgres_is_the_embedded_ones_major_and_its_data_lies_where_its_image_has_them(scaled: dict[str, Service]) -> None:
    major = re.search(r"-pg(\d+)$", scaled["db"]["image"])
    version = subprocess.run([BINARIES / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert major
    assert f" {major[1]}." in version
    data = scaled["db"]["environment"]["PGDATA"]
    assert f"/{major[1]}/" in data
    assert any(data.startswith(volume["target"]) for volume in scaled["db"]["volumes"])


def test_health_check_of_postgres_is_understood_and_fails_where_there_is_none(scaled: dict[str, Service]) -> None:
    program, *words = scaled["db"]["healthcheck"]["test"][1:]
    done = subprocess.run([BINARIES / program, *words, "--port=1"], env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 2  # nobody answers; 3 would be a wrong option


@pytest.mark.parametrize("files", [PRODUCTION, SCALED], ids=["production", "scaled"])
def test_changed_setting_of_n8n_makes_each_process_of_it_anew_and_writes_its_file_before(
    folder: Path, files: tuple[str, ...]
) -> None:
    unchanged = hashes(folder, *files)
    of_n8n = {name for name, service in read(folder, *files).items() if service["image"].startswith("n8nio/")}
    assert of_n8n >= {"n8n"}
    for name, value in OF_N8N.items():
        changed = hashes(folder, *files, **{name.upper(): value})
        for service in {*of_n8n, "n8n-environment"}:
            assert changed[service] != unchanged[service], f"{name}: {service}"


def test_setting_that_workflows_and_credentials_are_made_of_deploys_them_anew(folder: Path) -> None:
    unchanged = hashes(folder, *PRODUCTION)
    for name in ("TELEGRAM_BOT_TOKEN", "FUNCTIONS_TOKEN", "N8N_WEBHOOK_TOKEN", "TELEGRAM_API_URL"):
        changed = hashes(folder, *PRODUCTION, **{name: "another"})
        assert changed["import"] != unchanged["import"], name
        made_anew = changed["n8n"] != unchanged["n8n"]
        assert made_anew is (name == "TELEGRAM_API_URL"), name  # whose host n8n's guard lets pass
        assert changed["db"] == unchanged["db"], name


def test_no_deploy_of_n8n_is_waited_for_by_anything(scaled: dict[str, Service]) -> None:
    for name, service in scaled.items():
        assert "import" not in service.get("depends_on", {}), name


def test_images_of_the_dockerfile_are_pinned_and_its_python_is_the_one_tested() -> None:
    text = (CHECKOUT / "Dockerfile").read_text()
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert images
    for image in images:
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+(-slim)?", image), image
    assert len({image for image in images if image.startswith("python:")}) == 1
    python = next(image for image in images if image.startswith("python:")).removeprefix("python:")
    assert python.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")


def test_services_are_those_that_this_file_and_its_neighbour_know(scaled: dict[str, Service]) -> None:
    ours = {name for name, service in scaled.items() if service["image"].startswith("quorum:")}
    assert ours == {"migrate", "functions", "n8n-environment", "import", "collector", "collector-2", "tools", "watchdog"}
    assert set(scaled) - ours == {"prepare", "db", "redis", "n8n", "n8n-worker", "n8n-webhook"}
    assert "redis-cli" in json.dumps(scaled["redis"]["healthcheck"])
