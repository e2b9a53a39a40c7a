"""The canvas of a workflow as n8n's editor shows it.

`python -m tests.workflows.canvas candles-closed docs/images/candles-closed.png`: a real n8n on a database of its own gets every
workflow, and Chromium, which has to be installed, shows one of them.
"""

import argparse
import tempfile
import time
from pathlib import Path

import httpx

from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from tests.bench.ground import postgres
from tests.browser import browser, small
from tests.conftest import make_settings
from tests.workflows.n8n_server import free_port, start_n8n

WIDTH, HEIGHT, SHOWN_WITHIN = 1200, 656, 60
_SHOWN = "document.querySelectorAll('[data-test-id=canvas-node]').length"


def picture(settings: Settings, name: str, folder: Path, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Return the canvas of a workflow as PNG, so many pixels wide and high."""
    password = settings.n8n_owner_password.get_secret_value()
    body = {"emailOrLdapLoginId": settings.n8n_owner_email, "password": password}
    login = httpx.post(f"{settings.n8n_address}/rest/login", json=body, trust_env=False).raise_for_status()
    with browser(folder, width, height) as page:
        page.ask("Network.setCookie", name="n8n-auth", value=login.cookies["n8n-auth"], url=settings.n8n_address)
        page.open(f"{settings.n8n_address}/workflow/{name}")
        page.until(_SHOWN, f"the canvas of {name} is shown", SHOWN_WITHIN)
        time.sleep(5)  # icons and edges come after the nodes, and nothing says when they are all there
        return small(page.screenshot())


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(workflows.load()))
    parser.add_argument("file", type=Path)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--height", type=int, default=HEIGHT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quorum-canvas-") as place, postgres() as url:
        folder = Path(place)
        ports = {"n8n_port": free_port(), "functions_port": free_port()}
        settings = make_settings(database_url=url, data_dir=folder, **ports)
        with start_n8n(settings, folder):
            with Rest(settings) as n8n:
                deploy_to(n8n, settings, workflows.load())
            options.file.write_bytes(picture(settings, options.name, folder / "chromium", options.width, options.height))


if __name__ == "__main__":
    main()
