"""n8n's own opinion of the workflows: its validator, and the node versions it ships."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from n8n import workflows
from n8n.install import Installation, ensure_installed
from tests.workflows import rules

pytestmark = pytest.mark.n8n
VALIDATE = """
const { readFileSync } = require('fs');
const sdk = require('@n8n/workflow-sdk');
sdk.setSchemaBaseDirs([process.cwd() + '/node_modules/n8n-nodes-base/dist/node-definitions']);
const found = {};
for (const file of process.argv.slice(1)) {
  const { errors, warnings } = sdk.validateWorkflow(JSON.parse(readFileSync(file, 'utf8')), { strictMode: true });
  found[file] = [...errors, ...warnings].map(({ code, nodeName, message }) => ({ code, nodeName, message }));
}
console.log(JSON.stringify(found));
"""
FATAL = {"INVALID_PARAMETER", "DISCONNECTED_NODE"}


@pytest.fixture(scope="module")
def installation() -> Installation:
    return ensure_installed(print)


def validate(installation: Installation, files: list[Path]) -> dict[str, list[dict[str, Any]]]:
    command = [str(installation.node), "-e", VALIDATE, *map(str, files)]
    run = subprocess.run(command, cwd=installation.folder, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    found: dict[str, list[dict[str, Any]]] = json.loads(run.stdout)
    return found


def test_n8ns_validator_finds_no_bad_parameter_and_no_orphan(installation: Installation) -> None:
    found = validate(installation, sorted(workflows.FOLDER.glob("*.json")))
    faults = [(Path(file).name, fault) for file, all_of in found.items() for fault in all_of if fault["code"] in FATAL]
    assert faults == []


def test_n8ns_validator_finds_a_bad_value(installation: Installation, tmp_path: Path) -> None:
    workflow = workflows.load()["candles-closed"]
    node = next(node for node in workflow["nodes"] if node["type"] == rules.WEBHOOK)
    node["parameters"]["httpMethod"] = "SHOUT"
    found = validate(installation, [workflows.write(workflow, tmp_path)])
    assert any(fault["code"] == "INVALID_PARAMETER" for faults in found.values() for fault in faults)


def test_our_node_versions_are_the_newest_n8n_has(installation: Installation) -> None:
    types = json.loads((installation.folder / "node_modules/n8n-nodes-base/dist/types/nodes.json").read_text())
    newest: dict[str, float] = {}
    for kind in types:
        name, version = f"n8n-nodes-base.{kind['name']}", kind["version"]
        newest[name] = max(newest.get(name, 0), *(version if isinstance(version, list) else [version]))
    assert {name: newest.get(name) for name in rules.VERSIONS} == rules.VERSIONS
