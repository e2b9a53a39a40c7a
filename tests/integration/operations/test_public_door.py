"""deploy/nginx.conf in a real nginx: webhooks come in, and nothing else, however it is spelled."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from functions.settings import CHECKOUT
from tests.debian import program
from tests.desk import until
from tests.workflows.n8n_server import free_port

ADDRESSES = (
    "listen 443",
    "/etc/letsencrypt/live/desk.example.org/fullchain.pem",
    "/etc/letsencrypt/live/desk.example.org/privkey.pem",
)


class Door:
    """The public side of the proxy, and the paths that came to n8n through it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reached: list[str] = []

    def ask(self, path: str, method: str = "POST") -> int:
        """Send a path as it stands, over TLS; returns the status."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port), 10) as plain, trusting.wrap_socket(plain) as secured:
            secured.sendall(f"{method} {path} HTTP/1.1\r\nHost: desk\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return int(secured.recv(4096).split()[1])


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A running nginx with the recipe, in front of a stand-in for n8n."""
    door, folder = Door(free_port()), tmp_path_factory.mktemp("nginx")

    class Stand(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            door.reached.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - http.server's own names

        def log_message(self, *_values: object) -> None:
            """Say nothing."""

    stand = ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    thread = Thread(target=stand.serve_forever, daemon=True)
    thread.start()
    process = subprocess.Popen(program("nginx").command("-c", str(configuration(folder, door.port, stand.server_port))))
    try:
        until(lambda: listens(door.port), "nginx listens", 30)
        yield door
    finally:
        process.terminate()
        process.wait(30)
        stand.shutdown()
        stand.server_close()
        thread.join()


def configuration(folder: Path, port: int, upstream: int) -> Path:
    """Write the recipe with a port, a certificate and an n8n of this test."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=desk", "-days", "1"]
    subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    recipe = (CHECKOUT / "deploy" / "nginx.conf").read_text()
    for address, here in zip(ADDRESSES, (f"listen 127.0.0.1:{port}", str(certificate), str(key)), strict=True):
        assert address in recipe
        recipe = recipe.replace(address, here)
    assert "127.0.0.1:5678" in recipe
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; {places}\n{recipe.replace('127.0.0.1:5678', f'127.0.0.1:{upstream}')}}}\n"
    )
    return file


def listens(port: int) -> bool:
    """Tell whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("path", ["/webhook/telegram-trigger/webhook", "/webhook/candles-closed?a=1"])
def test_webhooks_come_in(door: Door, path: str) -> None:
    door.reached.clear()
    assert door.ask(path) == 200
    assert door.reached == [path]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rest/login",
        "/signin",
        "/metrics",
        "/healthz",
        "/api/v1/workflows",
        "/webhook",
        "/webhook-test/telegram-trigger",
        "/webhook/../rest/login",
        "/webhook/%2e%2e/rest/login",
        "/webhook/..%2frest/login",
        "//rest/login",
        "/WEBHOOK/x",
    ],
)
def test_everything_else_stays_outside(door: Door, path: str) -> None:
    door.reached.clear()
    assert door.ask(path, "GET") in (301, 404)
    assert door.reached == []


def test_what_hides_behind_dots_arrives_as_a_webhook_alone(door: Door) -> None:
    door.reached.clear()
    assert door.ask("/rest/..%2fwebhook/x") == 200
    assert door.reached == ["/webhook/x"]
