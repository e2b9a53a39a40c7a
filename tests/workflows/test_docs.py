"""docs/n8n.md against what it describes."""

import re

import pytest

from functions.settings import CHECKOUT
from n8n import workflows
from n8n.workflows import Json

PAGE = (CHECKOUT / "docs" / "n8n.md").read_text()
ALL = workflows.load()


def row(workflow: Json) -> str:
    found = re.search(rf"^\| {re.escape(workflow['name'])} \|.*$", PAGE, re.MULTILINE)
    assert found, f"{workflow['name']} is not in the table"
    return found[0]


@pytest.mark.parametrize("name", ALL)
def test_table_has_each_workflow_and_its_calls(name: str) -> None:
    written = row(ALL[name])
    for node in ALL[name]["nodes"]:
        url = node["parameters"].get("url", "")
        if workflows.FUNCTIONS_IN_GIT in url:
            assert url.rpartition("}}")[2].removeprefix(workflows.FUNCTIONS_IN_GIT).removeprefix("/alerts") in written
        if node["type"] == "n8n-nodes-base.webhook":
            assert f"`{node['parameters']['path']}`" in written


def test_table_has_nothing_else() -> None:
    table = PAGE[PAGE.index("| workflow |") : PAGE.index("**Deliver alerts** is a loop")]
    assert table.strip().count("\n") == len(ALL) + 1


@pytest.mark.parametrize("name", re.findall(r"\*([A-Z][a-z][^*\n]{5,40})\*(?!\*)", PAGE))
def test_nodes_and_workflows_it_names_exist(name: str) -> None:
    known = {workflow["name"] for workflow in ALL.values()} | {node["name"] for w in ALL.values() for node in w["nodes"]}
    assert name in known or name in ("Continue", "Published")


def test_pictures_exist() -> None:
    for picture in re.findall(r"\]\((images/[^)]+)\)", PAGE):
        assert (CHECKOUT / "docs" / picture).stat().st_size < 100_000
