"""The compose files: read by docker-compose itself, and every name in them is something that exists."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import bcrypt
import pytest
from typer.testing import CliRunner

from functions.cli import app
from functions.operations.init import write_env
from functions.settings import CHECKOUT, Settings
from functions.shard import Shard
from n8n.environment import environment
from tests.conftest import make_settings

PRODUCTION = ("docker-compose.yml",)
SCALED = ("docker-compose.yml", "docker-compose.scale.yml")
LIMIT = 4 * 1024**3
ROOT = {"prepare"}  # gives folders to their owners
ON_DEMAND = {"tools"}
COMPOSE = Path(sys.executable).with_name("docker-compose")
Service = dict[str, Any]


def read(folder: Path, *files: str, **variables: str) -> dict[str, Service]:
    """Return the services as docker-compose understands them."""
    words = [word for file in files for word in ("--file", str(CHECKOUT / file))]
    done = subprocess.run(
        [str(COMPOSE), *words, "--project-directory", str(folder), "--profile", "*", "config", "--format", "json"],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    services: dict[str, Service] = json.loads(done.stdout)["services"]
    return services


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout's folder with a `.env`."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(CHECKOUT / "docker-compose.yml", folder)  # the scale file extends a service of it
    write_env(folder / ".env")
    return folder


@pytest.fixture(scope="module")
def production(folder: Path) -> dict[str, Service]:
    return read(folder, *PRODUCTION)


@pytest.fixture(scope="module")
def scaled(folder: Path) -> dict[str, Service]:
    return read(folder, *SCALED)


@pytest.fixture(scope="module", params=[PRODUCTION, SCALED], ids=["production", "scaled"])
def services(request: pytest.FixtureRequest, folder: Path) -> dict[str, Service]:
    return read(folder, *request.param)


def lasting(services: dict[str, Service]) -> dict[str, Service]:
    return {name: service for name, service in services.items() if service["restart"] == "unless-stopped"}


def ending(services: dict[str, Service]) -> set[str]:
    """The names of the one-shots."""
    return {name for name, service in services.items() if service["restart"] == "no" or "on-failure" in service["restart"]}


def test_every_image_is_pinned_or_built_here(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*", service["image"]), name
        if service["image"].startswith("quorum:"):
            assert Path(service["build"]["context"]).is_absolute()


def test_n8n_is_the_version_of_the_lock_file(services: dict[str, Service]) -> None:
    pinned = json.loads((CHECKOUT / "n8n" / "package.json").read_text())["dependencies"]["n8n"]
    images = {service["image"] for service in services.values() if "n8n" in service["image"]}
    assert images == {f"n8nio/n8n:{pinned}"}


def test_every_lasting_service_has_a_health_check_and_comes_back(services: dict[str, Service]) -> None:
    assert lasting(services).keys() | ending(services) == services.keys()
    for name, service in lasting(services).items():
        assert service["healthcheck"]["test"][0] == "CMD", name


def test_one_shots_end_and_others_wait_for_their_success(services: dict[str, Service]) -> None:
    one_shots = ending(services)
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if needed in one_shots else "service_healthy"
            assert how["condition"] == expected, f"{name} needs {needed}"


def test_start_order_has_no_circle_and_begins_with_the_folders(services: dict[str, Service]) -> None:
    started: list[str] = []
    while len(started) < len(services):
        ready = [name for name in services if name not in started and set(services[name].get("depends_on", {})) <= set(started)]
        assert ready, f"these wait for each other: {set(services) - set(started)}"
        started += ready
    for earlier, later in (
        ("prepare", "db"),
        ("db", "migrate"),
        ("migrate", "functions"),
        ("functions", "collector"),
        ("n8n", "import"),
    ):
        assert started.index(earlier) < started.index(later)


def test_market_data_needs_no_n8n(services: dict[str, Service]) -> None:
    needed, seen = ["collector"], set()
    while needed:
        name = needed.pop()
        seen.add(name)
        needed += services[name].get("depends_on", {})
    assert seen == {"collector", "functions", "migrate", "db", "prepare"}


def test_deploy_that_fails_is_tried_again(services: dict[str, Service]) -> None:
    assert services["import"]["restart"] == "on-failure:5"


# A value of each setting that n8n's configuration is made of, unlike the one of the folder's `.env`.
OF_N8N = {
    "db_n8n_password": "another-password-of-the-role",
    "n8n_encryption_key": "another-key-of-many-letters",
    "n8n_owner_email": "trader@example.org",
    "n8n_owner_password": "Another-password-1",
    "n8n_public_url": "https://desk.example.org",
    "n8n_port": "9678",
    "telegram_api_url": "http://10.0.0.7:8081",
}
FIXED = {"data_dir", "database_url", "functions_url", "n8n_host", "n8n_url"}  # by compose itself


def test_settings_that_n8n_is_made_of_are_all_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bcrypt, "hashpw", lambda password, salt: password + salt)  # slow on purpose, and asked 150 times
    others = {
        "data_dir": "/srv/other",
        "database_url": "postgresql://o:p@db:5432/other",
        "functions_url": "http://other:1",
        "n8n_host": "0.0.0.0",
        "n8n_url": "http://other:2",
    }
    plain = {"database_url": "postgresql://u@127.0.0.1/q", "n8n_url": "", "functions_url": ""}
    unchanged, made_of = environment(make_settings(**plain)), set()
    for name, field in Settings.model_fields.items():
        value = (OF_N8N | others).get(name) or another(name, field.default)
        if environment(make_settings(**{**plain, name: value})) != unchanged:
            made_of.add(name)
    assert made_of == OF_N8N.keys() | FIXED


def another(name: str, default: object) -> object:
    """A right value of a setting, unlike its default."""
    special = {
        "collector_shard": "1/2",
        "healthcheck_url": "https://hc-ping.com/a-uuid",
        "watchdog_bot_token": f"123456:{'A' * 35}",
        "watchdog_chat_ids": "42",
        "market_clock": "2024-03-05T12:00:00Z@2026-01-01T00:00:00Zx2",
        "symbols": "SOLUSDT",
        "posts_fields": "items=, id=a, text=b, published=c, link=d",
        "gate_symbol": "SOLUSDT",
        "targets_r": "1,2,4",
        "weights": "technical=1",
        "whale_thresholds": "BTC=200000, others=300000",
        "telegram_chat_ids": "77",
        "telegram_traders": "78",
        "telegram_bot_token": "7:" + "x" * 35,
        "collector_host": "0.0.0.0",
        "functions_host": "0.0.0.0",
        "log_format": "json",
        "log_level": "debug",
    }
    if name in special:
        return special[name]
    if name.endswith("_ws_url"):
        return "wss://example.org"
    if name.endswith("_url"):
        return "https://example.org"
    if isinstance(default, bool):
        return not default
    return default + 1 if isinstance(default, int) else default / 2 if isinstance(default, float | Decimal) else "x" * 20


def test_setting_of_others_leaves_n8n_running(folder: Path) -> None:
    changed = hashes(folder, *PRODUCTION, TELEGRAM_CHAT_IDS="77", TOP_SYMBOLS="7")
    assert changed["n8n"] == hashes(folder, *PRODUCTION)["n8n"]


def hashes(folder: Path, *files: str, **changes: str) -> dict[str, str]:
    """What Compose compares to see which containers are to be made anew, with some lines of `.env` changed."""
    place = folder.with_name(f"{folder.name}-changed")
    place.mkdir(exist_ok=True)
    for file in SCALED:
        shutil.copy(CHECKOUT / file, place)
    lines = "".join(f"{name}={value}\n" for name, value in changes.items())
    (place / ".env").write_text((folder / ".env").read_text() + lines)
    words = [word for file in files for word in ("--file", str(place / file))]
    done = subprocess.run(
        [str(COMPOSE), *words, "--project-directory", str(place), "config", "--hash", "*"],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.split() for line in done.stdout.splitlines())
    return {name: digest for name, digest in pairs}  # noqa: C416 - two words a line, and not any number


def test_labels_hold_no_secret(services: dict[str, Service], folder: Path) -> None:
    secrets = [
        line.partition("=")[2] for line in (folder / ".env").read_text().splitlines() if re.match(r"[A-Z0-9_]+=.{8}", line)
    ]
    for name, service in services.items():
        assert not [secret for secret in secrets if secret in json.dumps(service.get("labels", {}))], name


def test_every_service_has_a_memory_limit(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert int(service["mem_limit"]) >= 32 * 1024**2, name


def test_production_fits_four_gigabytes_with_every_one_shot_running(production: dict[str, Service]) -> None:
    total = sum(int(service["mem_limit"]) for name, service in production.items() if name not in ON_DEMAND)
    assert total <= LIMIT


def test_nothing_runs_as_root_but_the_one_that_gives_folders_away(services: dict[str, Service]) -> None:
    for name, service in services.items():
        user = service["user"].split(":")[0]
        assert (user == "0") == (name in ROOT), name
    assert services["prepare"]["network_mode"] == "none"
    assert services["prepare"]["restart"] == "no"


def test_every_service_is_locked_down(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["pids_limit"] > 0, name
        assert not service.get("privileged"), name
        assert name in ROOT or not service.get("cap_add"), name


def test_logs_are_rotated(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert service["logging"]["driver"] == "json-file", name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_ports_are_on_this_machine_alone(services: dict[str, Service]) -> None:
    for name, service in services.items():
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", name


def test_the_database_is_cut_off_from_the_outside(services: dict[str, Service]) -> None:
    for name in {"db", "redis"} & set(services):
        assert set(services[name]["networks"]) == {"inside"}
        assert not services[name].get("ports")


def test_published_ports_follow_the_settings(folder: Path) -> None:
    services = read(folder, *PRODUCTION, FUNCTIONS_PORT="9300", COLLECTOR_PORT="9301", N8N_PORT="9678")
    published = {name: service["ports"][0]["published"] for name, service in services.items() if service.get("ports")}
    assert published == {"functions": "9300", "collector": "9301", "n8n": "9678"}
    targets = {name: service["ports"][0]["target"] for name, service in services.items() if service.get("ports")}
    assert targets == {"functions": 8300, "collector": 8301, "n8n": 5678}


@pytest.mark.parametrize(
    ("given", "expected"), [("data", "{folder}/data"), ("./far/data", "{folder}/far/data"), ("/srv/q", "/srv/q")]
)
def test_everything_lasting_lies_under_the_data_folder(folder: Path, given: str, expected: str) -> None:
    root = expected.format(folder=folder) + "/compose"
    for name, service in read(folder, *PRODUCTION, DATA_DIR=given).items():
        for volume in service.get("volumes", []):
            assert volume["type"] == "bind", name
            assert volume["source"] == root or volume["source"].startswith(f"{root}/"), name


def test_every_folder_that_is_mounted_is_made_with_the_right_owner(production: dict[str, Service]) -> None:
    script = production["prepare"]["command"][0]
    owners: dict[str, str] = {}
    for owner, places in re.findall(r"chown (\S+) (/.+)$", script, re.MULTILINE):
        owners |= dict.fromkeys(places.split(), owner)
    for name, service in production.items():
        for volume in service.get("volumes", []):
            place = "/data/" + Path(volume["source"]).name
            if name not in ROOT:
                assert owners[place] == service["user"], name


def settings_of(service: Service, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Settings:
    """The settings as the process in the container reads them."""
    for name in set(os.environ) & {field.upper() for field in Settings.model_fields}:
        monkeypatch.delenv(name)
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder.parent)  # where no .env is
    return Settings.load()


@pytest.mark.parametrize("name", ["migrate", "functions", "collector", "n8n-environment", "import", "tools"])
def test_our_parts_get_complete_settings(
    name: str, services: dict[str, Service], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    settings = settings_of(services[name], monkeypatch, folder)
    assert not settings.embedded
    assert str(settings.data_dir) == "/data"
    assert "@db:5432/quorum" in settings.database("functions")


@pytest.mark.parametrize("name", ["functions", "collector", "n8n-environment", "import"])
def test_only_the_owners_commands_know_the_owners_password(name: str, folder: Path, services: dict[str, Service]) -> None:
    password = re.search(r"^DB_OWNER_PASSWORD=(.+)$", (folder / ".env").read_text(), re.MULTILINE)
    assert password
    assert password[1] not in json.dumps(services[name])
    assert password[1] in services["migrate"]["environment"]["DATABASE_URL"]


def test_every_variable_we_give_our_parts_is_a_setting(services: dict[str, Service]) -> None:
    known = {field.upper() for field in Settings.model_fields} | {"DB_OWNER_PASSWORD"}
    for name, service in services.items():
        if service["image"].startswith("quorum:"):
            assert set(service["environment"]) <= known, name


def test_every_variable_that_compose_asks_for_is_explained() -> None:
    example = (CHECKOUT / ".env.example").read_text()
    for file in SCALED:
        for name in re.findall(r"(?<!\$)\$\{(\w+)", (CHECKOUT / file).read_text()):
            assert re.search(rf"^#? ?{name}=", example, re.MULTILINE), name


def test_every_setting_is_explained_in_the_example_and_nothing_else() -> None:
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    explained = {
        match[1]: number for number, line in enumerate(lines) if (match := re.fullmatch(r"(?:# )?([A-Z0-9_]+)=.*", line))
    }
    assert set(explained) == {field.upper() for field in Settings.model_fields} | {"DB_OWNER_PASSWORD"}
    for name, number in explained.items():
        block = [line for line in lines[:number] if line.strip()]
        above = next((line for line in reversed(block) if not re.fullmatch(r"(?:# )?[A-Z0-9_]+=.*", line)), "")
        assert above.startswith("# "), f"{name} has no words above it"


def test_defaults_in_the_example_are_the_defaults() -> None:
    text = (CHECKOUT / ".env.example").read_text()
    shown = {name.lower(): value for name, value in re.findall(r"^# ([A-Z0-9_]+)=(.*)$", text, re.MULTILINE)}
    examples = {
        "database_url",
        "functions_url",
        "n8n_url",
        "n8n_public_url",
        "posts_url",
    }  # shown as they would be written, empty by default
    read = make_settings(**{name: value for name, value in shown.items() if name not in examples})
    for name in shown.keys() - examples:
        assert getattr(read, name) == Settings.model_fields[name].default, name


def test_addresses_between_the_parts_are_services_and_their_ports(
    services: dict[str, Service], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    ports = {"functions": 8300, "n8n": 5678, "n8n-webhook": 5678}
    for name in ("functions", "collector", "import", "tools"):
        settings = settings_of(services[name], monkeypatch, folder)
        for address in (settings.functions_address, settings.n8n_address):
            host, _, port = address.removeprefix("http://").partition(":")
            assert ports[host] == int(port), name
            assert host in services
    functions = settings_of(services["functions"], monkeypatch, folder)
    assert (functions.functions_host, functions.functions_port) == ("0.0.0.0", 8300)
    collector = settings_of(services["collector"], monkeypatch, folder)
    assert (collector.collector_host, collector.collector_port) == ("0.0.0.0", 8301)


def test_n8n_is_configured_by_the_file_that_is_written_for_it(
    production: dict[str, Service], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    writer = production["n8n-environment"]
    place = writer["command"][-1]
    assert place in production["n8n"]["entrypoint"][2]
    assert writer["volumes"][0]["source"] == production["n8n"]["volumes"][0]["source"]
    assert writer["user"] == production["n8n"]["user"]
    given = environment(settings_of(writer, monkeypatch, folder))
    assert given["N8N_USER_FOLDER"] == production["n8n"]["volumes"][0]["target"]
    assert given["N8N_LISTEN_ADDRESS"] == "0.0.0.0"
    assert given["DB_POSTGRESDB_HOST"] == "db"
    assert given["N8N_EDITOR_BASE_URL"] == "http://127.0.0.1:5678"
    heap = int(re.findall(r"--max-old-space-size=(\d+)", given["NODE_OPTIONS"])[0]) * 1024**2
    assert heap < int(production["n8n"]["mem_limit"]) * 0.75


def test_our_commands_exist(services: dict[str, Service]) -> None:
    for name, service in services.items():
        if service["image"].startswith("quorum:"):
            assert service["command"][0] == "quorum", name
            done = CliRunner().invoke(app, [*service["command"][1:], "--help"])
            assert done.exit_code == 0, done.output


def test_parts_that_compose_runs_exist(services: dict[str, Service]) -> None:
    from functions.operations.run import _PARTS

    run = [service["command"][2] for service in services.values() if (service.get("command") or [""])[:2] == ["quorum", "run"]]
    assert set(run) == {"functions", "collector", "watchdog"}
    assert set(run) <= set(_PARTS)


def test_health_checks_ask_paths_that_exist(services: dict[str, Service]) -> None:
    from functions.app import create_app

    paths = create_app(make_settings(database_url="postgresql://u@127.0.0.1/q")).openapi()["paths"]
    asked = " ".join(services["functions"]["healthcheck"]["test"])
    found = re.search(r"http://127\.0\.0\.1:8300(/[\w/]+)", asked)
    assert found
    assert found[1] in paths
    collector = " ".join(services["collector"]["healthcheck"]["test"])
    assert "http://127.0.0.1:8301/health'" in collector
    assert '"/health"' in (CHECKOUT / "functions" / "collector" / "telling" / "health.py").read_text()


@pytest.mark.parametrize("name", ["functions", "collector"])
def test_python_health_checks_tell_a_dead_part_from_a_living_one(name: str, production: dict[str, Service]) -> None:
    program, *words = production[name]["healthcheck"]["test"][1:]
    assert program == "python"

    def says_well(port: int) -> bool:
        here = [re.sub(r":830[01]/", f":{port}/", word) for word in words]
        assert here != words
        proxied = {**os.environ, "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
        return subprocess.run([sys.executable, *here], env=proxied, capture_output=True, check=False).returncode == 0

    for status, well in ((200, True), (503, False)):
        with answering(status) as port:
            assert says_well(port) is well
    assert not says_well(port)


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Answer every request with this status; yields the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_values: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_queue_mode_is_the_same_everywhere(scaled: dict[str, Service]) -> None:
    modes = {name: scaled[name]["environment"] for name in ("n8n", "n8n-worker", "n8n-webhook")}
    assert len({json.dumps(environment, sort_keys=True) for environment in modes.values()}) == 1
    assert modes["n8n"]["QUEUE_BULL_REDIS_HOST"] in scaled
    assert scaled["n8n-worker"]["command"][0] == "worker"
    assert scaled["n8n-webhook"]["command"] == ["webhook"]
    assert len({scaled[name]["image"] for name in modes}) == 1
    assert scaled["functions"]["environment"]["N8N_QUEUE"] == "true"


def test_services_with_several_containers_hold_no_port_of_the_host(scaled: dict[str, Service]) -> None:
    many = {name for name, service in scaled.items() if service.get("deploy", {}).get("replicas", 1) > 1}
    assert many == {"functions", "n8n-worker", "n8n-webhook"}
    assert not [name for name in many if scaled[name].get("ports")]


def test_collectors_share_all_pairs_between_them(scaled: dict[str, Service]) -> None:
    collectors = {name: service for name, service in scaled.items() if service.get("command") == ["quorum", "run", "collector"]}
    shards = sorted(service["environment"]["COLLECTOR_SHARD"] for service in collectors.values())
    assert [Shard.parse(shard) for shard in shards] == [Shard(number, len(shards)) for number in range(1, len(shards) + 1)]
    assert len(shards) == 2
    assert Shard.parse(scaled["collector"]["environment"]["COLLECTOR_SHARD"]).first  # it alone holds the host's port
    first, other = collectors["collector"], collectors["collector-2"]
    assert {name for name in first if first[name] != other.get(name)} == {"environment", "ports"}
    changed = {name for name, value in first["environment"].items() if other["environment"][name] != value}
    assert changed == {"COLLECTOR_SHARD"}


def test_without_a_env_file_the_start_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(COMPOSE), "--file", str(CHECKOUT / "docker-compose.yml"), "--project-directory", str(tmp_path), "config", "-q"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert ".env" in done.stderr
