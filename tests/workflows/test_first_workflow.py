"""docs/first-workflow.md, followed in the real editor by a browser."""

import re
from pathlib import Path

import pytest

from functions.settings import CHECKOUT, Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from n8n.workflows import Json
from tests.browser import browser, needs_browser
from tests.workflows.editor import HEIGHT, WIDTH, Editor

pytestmark = [pytest.mark.n8n, pytest.mark.slow, needs_browser]
PAGE = (CHECKOUT / "docs" / "first-workflow.md").read_text()
STEPS = re.findall(r"^\d\. \*\*(.+?)\*\*", PAGE, re.MULTILINE)


def hour(n8n: Rest) -> int:
    """Return the hour of the digest that is published."""
    workflow = n8n.workflow("send-digest")
    published = n8n.version("send-digest", workflow["activeVersionId"])
    nodes: list[Json] = published["nodes"]
    node = next(node for node in nodes if node["name"] == "The digest's hour")
    return int(node["parameters"]["assignments"]["assignments"][0]["value"])


def test_page_is_followed_click_by_click(n8n: Rest, n8n_settings: Settings, tmp_path: Path) -> None:
    assert STEPS == ["Log in.", "Open the workflow", "Open the node.", "Change the number", "Publish.", "Look."]
    deploy_to(n8n, n8n_settings, workflows.load(), overwrite=["send-digest"])
    assert hour(n8n) == 7
    with browser(tmp_path / "chromium", WIDTH, HEIGHT) as page:
        editor = Editor(page, n8n_settings)
        editor.log_in()
        editor.open_workflow("Send the morning digest")
        assert "[DEV]" not in page.evaluate("document.title")
        assert "Execute workflow" in editor.read()
        editor.open_node("The digest's hour")
        editor.write("hour", "8")
        editor.close_node()
        editor.ask_to_publish()
        assert "Publish workflow" in editor.read()
        assert "Describe changes (optional)" in editor.read()
        assert hour(n8n) == 7, "until it is published the old hour holds"
        editor.press("workflow-publish-button")
        page.until("document.body.innerText.includes('Published')", "it is published", 60)
        assert hour(n8n) == 8
        editor.press("workflow-menu")
        editor.press("workflow-menu-item-settings")
        page.until("document.body.innerText.includes('Timezone')", "the time zone can be set")
    assert deploy_to(n8n, n8n_settings, workflows.load()).kept == [], "a deploy keeps it"
    assert hour(n8n) == 8
    assert deploy_to(n8n, n8n_settings, workflows.load(), overwrite=["send-digest"]).written == ["send-digest"]
    assert hour(n8n) == 7
