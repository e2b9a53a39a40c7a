"""A desk as docker-compose.scale.yml runs it, without Docker: n8n with two workers on Redis, and three processes of functions.

What distinguishes the parts is read from the compose files themselves, so that this desk proves their words. Only addresses are
changed: containers have one each, and here all is on one machine. The functions' one address is nginx's, where Compose's network
names each container in turn.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy import Engine

from db.connect import engine_for
from db.migrate import migrate
from functions.operations.demo import world, world_command
from functions.operations.desks import file_of
from functions.operations.run import COLLECTOR, functions_command
from functions.operations.supervise import Program, Supervisor
from functions.operations.up import Patience, database_is_up, parts
from functions.settings import CHECKOUT, ENV_FILE, Settings, use_only
from n8n.deploy import deploy
from n8n.environment import broker_port, environment
from n8n.install import ensure_installed
from tests.debian import program
from tests.desk import Desk, wait_for_end
from tests.workflows.n8n_server import free_port

WORKERS = ("n8n-worker-1", "n8n-worker-2")
REPLICAS = ("functions-1", "functions-2", "functions-3")
START_SECONDS = 240


class ScaledDesk(Desk):
    """A running desk in queue mode.

    Args:
        settings: of the desk; its n8n_address is the main process's.
        supervisor: of its processes.
        engine: of the database's owner.
        ports: of the parts that a desk of one machine has once or not at all.
    """

    def __init__(self, settings: Settings, supervisor: Supervisor, engine: Engine, ports: dict[str, int]) -> None:
        super().__init__(settings, supervisor, engine)
        self._ports = ports

    def closes(self) -> httpx.Response:
        """Fire the webhook that the collectors fire, at the webhook process."""
        headers = {"X-Quorum-Token": self.settings.n8n_webhook_token.get_secret_value()}
        return httpx.post(
            f"http://127.0.0.1:{self._ports['n8n-webhook']}/webhook/candles-closed", json={}, headers=headers, timeout=30
        )

    def requests(self, replica: str) -> float:
        """Return how many requests one of the functions' processes has answered."""
        metrics = httpx.get(f"http://127.0.0.1:{self._ports[replica]}/metrics", timeout=10).raise_for_status().text
        lines = (line for line in metrics.splitlines() if line.startswith("quorum_requests_total{"))
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def serve_by(self, count: int) -> None:
        """Leave only the first replicas of the functions behind their one address."""
        _write_proxy(self.settings, [self._ports[name] for name in REPLICAS[:count]])
        self.restart("functions")

    def jobs(self) -> int:
        """Return how many runs n8n has handed to its workers."""
        with socket.create_connection(("127.0.0.1", self._ports["redis"]), 10) as redis:
            redis.sendall(b"GET bull:jobs:id\r\n")
            answer = redis.recv(100).split(b"\r\n")
        return int(answer[1]) if len(answer) > 1 and answer[1] else 0


def scale_file() -> dict[str, Any]:
    """Return docker-compose.scale.yml."""
    text = (CHECKOUT / "docker-compose.scale.yml").read_text().replace("!reset", "")  # a mark that only Compose knows
    scaled: dict[str, Any] = yaml.safe_load(text)
    return scaled


@contextmanager
def running_scaled_desk(folder: Path, **world_options: Any) -> Iterator[ScaledDesk]:
    """Start a desk in queue mode in `folder` and stop it in order; `world_options` are those of `world`."""
    scaled = scale_file()
    ports = {name: free_port() for name in (*REPLICAS, *WORKERS, "n8n-webhook", "redis")}
    settings = world(folder, n8n_queue=scaled["services"]["functions"]["environment"]["N8N_QUEUE"], **world_options)
    programs = _programs(settings, scaled, ports)
    supervisor = Supervisor(settings.data_dir)
    use_only(Path(os.devnull))  # what this process was started with
    own = {ENV_FILE: str(file_of(folder)), "LOG_FORMAT": "json", "PYTHONPATH": str(CHECKOUT)}
    manager = supervisor.start(programs, own)
    engine = engine_for(settings.owner_url, application="test")
    try:
        _start_in_order(settings, supervisor, ports)
        yield ScaledDesk(settings, supervisor, engine, ports)
    finally:
        engine.dispose()
        supervisor.stop()
        wait_for_end(manager)


def _programs(settings: Settings, scaled: dict[str, Any], ports: dict[str, int]) -> list[Program]:
    services, mode = scaled["services"], scaled["x-queue"] | {"QUEUE_BULL_REDIS_PORT": str(ports["redis"])}
    postgres = next(part for part in parts(settings) if part.name == "postgres")
    redis = program("redis-server").command(
        "--port", str(ports["redis"]), "--bind", "127.0.0.1", *services["redis"]["command"][1:]
    )
    replicas = [settings.model_copy(update={"functions_port": ports[name]}) for name in REPLICAS]
    assert services["collector"]["environment"]["N8N_URL"] == "http://n8n-webhook:5678"
    collector = ("/usr/bin/env", f"N8N_URL=http://127.0.0.1:{ports['n8n-webhook']}", *COLLECTOR)
    commands = dict.fromkeys(WORKERS, services["n8n-worker"]["command"]) | {"n8n-webhook": services["n8n-webhook"]["command"]}
    return [
        Program("world", world_command(settings), 5),
        postgres,
        Program("redis", redis, 10),
        *(Program(name, functions_command(replica), 20) for name, replica in zip(REPLICAS, replicas, strict=True)),
        Program("functions", program("nginx").command("-c", str(_write_proxy(settings, [ports[name] for name in REPLICAS]))), 25),
        Program("n8n", _n8n(settings, mode, settings.n8n_port, ["start"]), 30, stop_seconds=30),
        *(Program(name, _n8n(settings, mode, ports[name], words), 35, stop_seconds=30) for name, words in commands.items()),
        Program("collector", collector, 40),
    ]


def _n8n(settings: Settings, mode: dict[str, str], port: int, words: list[str]) -> tuple[str, ...]:
    """Return the command of one process of n8n: everything as Compose sets it but the addresses."""
    here = {
        "QUEUE_BULL_REDIS_HOST": "127.0.0.1",
        "QUEUE_HEALTH_CHECK_PORT": str(port),
        "N8N_PORT": str(port),
        "N8N_RUNNERS_BROKER_PORT": str(broker_port(port)),
        "NODE_COMPILE_CACHE": str(settings.data_dir / "n8n" / f"compiled-{port}"),
    }
    variables = {**environment(settings), **mode, **here}
    setting = [f"{name}={value}" for name, value in variables.items()]
    return ("/usr/bin/env", *setting, *ensure_installed(print).command(*words))


def _write_proxy(settings: Settings, ports: list[int]) -> Path:
    """Write nginx's configuration: the functions' one address, and their replicas behind it in turn."""
    folder = settings.data_dir / "nginx"
    folder.mkdir(exist_ok=True)
    servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file = folder / "nginx.conf"
    file.write_text(f"""daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; {places}
  upstream functions {{ {servers} }}
  server {{
    listen 127.0.0.1:{settings.functions_port};
    location / {{ proxy_pass http://functions; proxy_set_header Host $http_host; proxy_read_timeout 120s; }}
  }}
}}
""")
    return file


def _start_in_order(settings: Settings, supervisor: Supervisor, ports: dict[str, int]) -> None:
    """Start the parts as Compose does: each when what it depends on is healthy."""
    patience = Patience(supervisor)
    webhook = f"http://127.0.0.1:{ports['n8n-webhook']}/healthz"
    for name in ("world", "redis", "postgres"):
        supervisor.begin(name)
    patience.wait("postgres", lambda: database_is_up(settings), 60)
    migrate(settings.owner_url, settings.passwords)
    for name in (*REPLICAS, "functions", "n8n"):
        supervisor.begin(name)
    patience.wait("n8n", lambda: patience.answers(f"{settings.n8n_address}/healthz/readiness"), START_SECONDS)
    for name in (*WORKERS, "n8n-webhook"):
        supervisor.begin(name)
    patience.wait("functions", lambda: patience.answers(f"{settings.functions_address}/health/ready"), START_SECONDS)
    patience.wait("n8n-webhook", lambda: patience.answers(webhook), START_SECONDS)
    deploy(settings)
    supervisor.begin("collector")
    patience.wait("collector", lambda: patience.answers(f"http://127.0.0.1:{settings.collector_port}/health"), START_SECONDS)
