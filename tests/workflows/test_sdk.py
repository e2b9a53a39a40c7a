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
# What the editor writes when it saves: values that equal a parameter's default are left out.
NORMAL = """
const { readFileSync } = require('fs');
const { NodeHelpers } = require('n8n-workflow');
const types = JSON.parse(readFileSync('node_modules/n8n-nodes-base/dist/types/nodes.json', 'utf8'));
const found = [];
for (const file of process.argv.slice(1)) {
  for (const node of JSON.parse(readFileSync(file, 'utf8')).nodes) {
    const type = types.find(({ name, version }) =>
      node.type === 'n8n-nodes-base.' + name && [version].flat().includes(node.typeVersion));
    const saved = NodeHelpers.getNodeParameters(type.properties, node.parameters, false, false, node, type);
    found.push([file, node.name, node.parameters, saved]);
  }
}
console.log(JSON.stringify(found));
"""
FATAL = {"INVALID_PARAMETER", "DISCONNECTED_NODE"}


@pytest.fixture(scope="module")
def installation() -> Installation:
    return ensure_installed(print)


def ask(installation: Installation, program: str, files: list[Path]) -> Any:
    """Run a program for node beside n8n's packages and return what it prints."""
    command = [str(installation.node), "-e", program, *map(str, files)]
    run = subprocess.run(command, cwd=installation.folder, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


def validate(installation: Installation, files: list[Path]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = ask(installation, VALIDATE, files)
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


def test_files_are_as_the_editor_saves_them(installation: Installation) -> None:
    """Or moving one node in the editor would change others, and the workflow would count as edited."""
    found = ask(installation, NORMAL, sorted(workflows.FOLDER.glob("*.json")))
    for file, name, given, saved in found:
        assert given == saved, f"{Path(file).name}: {name!r}"


def test_our_node_versions_are_the_newest_n8n_has(installation: Installation) -> None:
    types = json.loads((installation.folder / "node_modules/n8n-nodes-base/dist/types/nodes.json").read_text())
    newest: dict[str, float] = {}
    for kind in types:
        name, version = f"n8n-nodes-base.{kind['name']}", kind["version"]
        newest[name] = max(newest.get(name, 0), *(version if isinstance(version, list) else [version]))
    assert {name: newest.get(name) for name in rules.VERSIONS} == rules.VERSIONS
