"""What n8n itself costs: start, deploy, and the way from a webhook to the first call of a function and to the claim after it.

The functions are a stand-in here that answers at once, so that nothing but n8n is measured.
`python -m tests.bench.n8n_line --events 200 --json`; `--set NAME=VALUE` changes n8n's environment to compare.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from tests.bench.ground import postgres, say
from tests.conftest import make_settings
from tests.workflows.n8n_server import N8nServer, free_port

QUIET = {"candles-closed", "deliver-alerts", "report-failed-run"}


class Calls:
    """When each path was called."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self._changed = threading.Condition()

    def note(self, path: str) -> None:
        """Write down a call."""
        with self._changed:
            self.times.setdefault(path, []).append(time.monotonic())
            self._changed.notify_all()

    def after(self, path: str, since: float) -> float:
        """Wait for the first call of `path` after `since` and return when it came."""
        with self._changed:
            found = self._changed.wait_for(lambda: next((at for at in self.times.get(path, []) if at > since), None), 30)
        if found is None:
            raise TimeoutError(f"{path} was not called within 30 s")
        return found


@contextmanager
def functions(port: int, calls: Calls) -> Iterator[None]:
    """Serve a stand-in for the functions."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            calls.note(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b'{"delivery": null}'
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def events(settings: Settings, calls: Calls, count: int) -> dict[str, Any]:
    """Fire the webhook `count` times, one after another, and time both calls that follow."""
    scans, claims = [], []
    headers = {"X-Quorum-Token": settings.n8n_webhook_token.get_secret_value()}
    with httpx.Client(timeout=30, headers=headers) as client:
        for number in range(count + 10):
            began = time.monotonic()
            client.post(f"{settings.n8n_address}/webhook/candles-closed", json={}).raise_for_status()
            scan = calls.after("/technical/scan", began)
            claim = calls.after("/alerts/claim", scan)
            if number >= 10:
                scans.append((scan - began) * 1000)
                claims.append((claim - began) * 1000)
    named = {"webhook_to_scan": scans, "webhook_to_claim": claims}
    return {
        f"{name}_p{percent}_ms": round(float(np.percentile(taken, percent)), 1)
        for name, taken in named.items()
        for percent in (50, 99)
    }


def measure(count: int, changes: dict[str, str]) -> dict[str, Any]:
    """Start n8n twice, deploy twice, fire events, and return the figures."""
    calls = Calls()
    with tempfile.TemporaryDirectory(prefix="quorum-bench-") as place, postgres() as url:
        folder = Path(place)
        settings = make_settings(database_url=url, data_dir=folder, n8n_port=free_port(), functions_port=free_port())
        server = N8nServer(settings, folder, changes)
        with functions(settings.functions_port, calls):
            try:
                figures = _starts(server, settings)
                process = psutil.Process(server.pid)
                figures["resident_idle_mb"] = process.memory_info().rss // 2**20
                before = process.cpu_times()
                figures |= events(settings, calls, count)
                after = process.cpu_times()
                spent = after.user + after.system - before.user - before.system
                figures["cpu_per_event_ms"] = round(spent / (count + 10) * 1000, 1)
                figures["resident_after_mb"] = process.memory_info().rss // 2**20
            finally:
                server.kill()
    return {**figures, "events": count, "changes": changes}


def _starts(server: N8nServer, settings: Settings) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for which in ("first", "second"):
        began = time.monotonic()
        server.start()
        figures[f"{which}_start_s"] = round(time.monotonic() - began, 2)
        began = time.monotonic()
        with Rest(settings) as n8n:
            deploy_to(n8n, settings, workflows.load())
            figures[f"{which}_deploy_s"] = round(time.monotonic() - began, 2)
            say(f"{which}: started in {figures[f'{which}_start_s']} s, deployed in {figures[f'{which}_deploy_s']} s")
            if which == "second":
                for name in workflows.load().keys() - QUIET:
                    n8n.unpublish(name)
        if which == "first":
            server.kill()
    return figures


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    changes = dict(change.split("=", 1) for change in options.set)
    print(json.dumps(measure(options.events, changes)))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
