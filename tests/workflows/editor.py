"""A person at n8n's editor, who changes a field and publishes it.

`python -m tests.workflows.editor docs/images/publish.png` takes a picture of the window that Publish opens (it needs Chromium).
"""

import argparse
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from tests.bench.ground import postgres
from tests.browser import Browser, browser, small
from tests.conftest import make_settings
from tests.workflows.n8n_server import free_port, start_n8n

WIDTH, HEIGHT, PATIENCE = 1400, 850, 60  # seconds a machine with much to do may take to show something
_PUBLISH = "document.querySelector('[data-test-id=workflow-open-publish-modal-button]')"
_CONFIRM = "document.querySelector('[data-test-id=workflow-publish-button]')"
_WINDOW = "document.querySelector('[data-test-id=ndv]')"


class Editor:
    """The editor in a browser; each step waits until what it needs can be seen and is not covered."""

    def __init__(self, page: Browser, settings: Settings) -> None:
        self.page = page
        self._settings = settings

    def log_in(self) -> None:
        """Open the editor and log in as its owner."""
        self.page.open(self._settings.n8n_address)
        for field, value in (
            ("emailOrLdapLoginId", self._settings.n8n_owner_email),
            ("password", self._settings.n8n_owner_password.get_secret_value()),
        ):
            self._fill(f"document.getElementById('{field}')", value)
        self._press("document.querySelector('[data-test-id=form-submit-button]')", "the login")

    def open_workflow(self, name: str) -> None:
        """Click a workflow in the list."""
        card = f"[...document.querySelectorAll('[data-test-id=workflow-card-name]')].find(e => e.innerText.includes('{name}'))"
        self._press(card, f"{name} in the list")
        self.page.until("!!document.querySelector('[data-test-id=canvas-node]')", f"the canvas of {name} is shown", PATIENCE)

    def open_node(self, name: str) -> None:
        """Double-click a node's icon."""
        node = f'document.querySelector(`[data-test-id=canvas-node][data-node-name="{name}"]`)'
        self._press(node, f"the icon of {name}", times=2)
        self.page.until(f"!!{_WINDOW}", f"{name} is open", PATIENCE)

    def write(self, field: str, value: str) -> None:
        """Write the value of a field of the node that is open, in place of what stands there."""
        rows = "[...document.querySelectorAll('[data-test-id=assignment]')]"
        row = f"{rows}.find(e => e.querySelector('[data-test-id=assignment-name] input').value === '{field}')"
        self._fill(f"{row}.querySelector('[data-test-id=assignment-value] input')", value)

    def close_node(self) -> None:
        """Close the node's window with the cross at its top right."""
        self._press("document.querySelector('[data-test-id=ndv-close-button]')", "the cross")
        self.page.until(f"!{_WINDOW}", "the node is closed", PATIENCE)

    def ask_to_publish(self) -> None:
        """Press Publish at the top right once there is something to publish."""
        self.page.until(f"{_PUBLISH}.innerText === 'Publish'", "there is something to publish", PATIENCE)
        self._press(_PUBLISH, "Publish")
        self.page.until(f"!!{_CONFIRM}", "the second window is open", PATIENCE)

    def publish(self) -> None:
        """Press Publish in both windows."""
        self.ask_to_publish()
        self._press(_CONFIRM, "the second Publish")
        self.page.until(f"{_PUBLISH}.innerText === 'Published'", "it is published", PATIENCE)

    def read(self) -> str:
        """Return all words on the screen."""
        return str(self.page.evaluate("document.body.innerText"))

    def press(self, name: str) -> None:
        """Press what n8n's own tests call so."""
        self._press(f"document.querySelector('[data-test-id={name}]')", name)

    def _press(self, element: str, what: str, times: int = 1) -> None:
        in_front = f"""(() => {{ const e = {element}; e.scrollIntoView({{block: 'nearest'}}); const b = e.getBoundingClientRect();
            const top = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
            return e.contains(top) || top.contains(e) }})()"""
        for _ in range(5):
            self.page.until(in_front, f"{what} can be pressed", PATIENCE)
            time.sleep(0.3)  # what moves in comes to rest
            with suppress(ValueError):  # what was there was drawn anew
                return self.page.click(element, times)
        raise TimeoutError(f"{what} does not come to rest")

    def _fill(self, element: str, value: str) -> None:
        """Write into a field until it has the value: a field that is still moving in takes no focus."""
        deadline = time.monotonic() + PATIENCE
        self.page.until(f"!!{element}", "the field is shown", PATIENCE)
        while self.page.evaluate(f"{element}.value") != value:
            assert time.monotonic() < deadline, f"the field does not take {value}"
            self._press(element, "the field")
            self.page.evaluate(f"{element}.select()")
            self.page.type(value)


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quorum-editor-") as place, postgres() as url:
        folder = Path(place)
        settings = make_settings(database_url=url, data_dir=folder, n8n_port=free_port(), functions_port=free_port())
        with start_n8n(settings, folder), browser(folder / "chromium", WIDTH, HEIGHT) as page:
            with Rest(settings) as n8n:
                deploy_to(n8n, settings, workflows.load())
            editor = Editor(page, settings)
            editor.log_in()
            editor.open_workflow("Send the morning digest")
            editor.open_node("The digest's hour")
            editor.write("hour", "8")
            editor.close_node()
            editor.ask_to_publish()
            time.sleep(2)  # the window fades in
            options.file.write_bytes(small(page.screenshot()))


if __name__ == "__main__":
    main()
