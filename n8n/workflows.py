"""The workflows as they stand in git: one JSON file each, readable, the same after every export.

In git an address is the one that compose uses (`http://functions:8300`), which is also what a person reads best, and a credential
has a fixed readable id. Both are exchanged when a workflow goes to n8n and exchanged back when it returns.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "workflows"
FUNCTIONS_IN_GIT: Final = "http://functions:8300"

Json = dict[str, Any]

_WORKFLOW_KEYS = ("id", "name", "description", "tags", "settings", "nodes", "connections", "nodeGroups")
_NODE_KEYS = (
    "id",
    "name",
    "type",
    "typeVersion",
    "position",
    "parameters",
    "credentials",
    "webhookId",
    "disabled",
    "onError",
    "retryOnFail",
    "maxTries",
    "waitBetweenTries",
    "alwaysOutputData",
    "executeOnce",
    "notes",
    "notesInFlow",
)
_SETTINGS_KEYS = (
    "executionOrder",
    "timezone",
    "errorWorkflow",
    "executionTimeout",
    "saveDataSuccessExecution",
    "saveDataErrorExecution",
    "saveManualExecutions",
    "saveExecutionProgress",
    "callerPolicy",
)


@dataclass(frozen=True, slots=True)
class Place:
    """What differs between git and one n8n: the functions' address, n8n's own ids of credentials and tags, the secret of a door.

    Args:
        functions: address without a trailing slash.
        credentials: n8n's id by the credential's id in git.
        tags: n8n's id by the tag's name.
        feeds: addresses of feeds in git and what stands for them there; only a simulated world has any.
        secret: ends the ids of Telegram's triggers. n8n makes the secret that Telegram must send out of such an id, and git's
            is known to everybody.
    """

    functions: str
    credentials: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    feeds: Mapping[str, str] = field(default_factory=dict)


def load(folder: Path = FOLDER) -> dict[str, Json]:
    """Return every workflow in git by its id."""
    documents = (json.loads(file.read_text()) for file in sorted(folder.glob("*.json")))
    return {workflow["id"]: workflow for workflow in documents}


def write(workflow: Json, folder: Path = FOLDER) -> Path:
    """Write a workflow in git form to the file named by its id."""
    target = folder / f"{workflow['id']}.json"
    target.write_text(text(workflow))
    return target


def text(workflow: Json) -> str:
    """Return a workflow as its file has it."""
    return json.dumps(workflow, indent=2, ensure_ascii=False) + "\n"


def to_n8n(workflow: Json, place: Place) -> Json:
    """Return a workflow of git as n8n at `place` needs it."""
    exchanged = _exchange(workflow, FUNCTIONS_IN_GIT, place.functions, place.credentials, place.feeds)
    exchanged["tags"] = [place.tags[tag] for tag in workflow.get("tags", []) if tag in place.tags]
    for node in _telegram_doors(exchanged):
        node["id"] += place.secret
    return exchanged


def to_git(workflow: Json, place: Place) -> Json:
    """Return a workflow of n8n at `place` in git form: volatile fields gone, fixed order, git's addresses and ids."""
    tags = sorted(tag["name"] for tag in workflow.get("tags") or [])
    kept = _pick({**workflow, "tags": tags}, _WORKFLOW_KEYS)
    kept["settings"] = _pick(kept.get("settings") or {}, _SETTINGS_KEYS)
    kept["nodes"] = [_pick(node, _NODE_KEYS) for node in kept["nodes"]]
    back = {ours: gits for gits, ours in place.credentials.items()}
    feeds = {ours: gits for gits, ours in place.feeds.items()}
    exchanged = _exchange(kept, place.functions, FUNCTIONS_IN_GIT, back, feeds)
    for node in _telegram_doors(exchanged):
        node["id"] = node["id"].removesuffix(place.secret)
    return exchanged


def fingerprint(workflow: Json) -> str:
    """Return a short hash of a workflow in git form, with all its looks."""
    return hashlib.sha256(text(workflow).encode()).hexdigest()[:16]


def meaning(workflow: Json) -> str:
    """Return a short hash of what a workflow does; moving a node or rewriting a sticky note does not change it."""
    bare = [
        {key: value for key, value in node.items() if key not in ("position", "notes", "notesInFlow")}
        for node in workflow["nodes"]
        if node["type"] != "n8n-nodes-base.stickyNote"
    ]
    parts = {"nodes": sorted(bare, key=lambda node: str(node["name"])), "connections": workflow["connections"]}
    parts |= {"settings": workflow["settings"], "name": workflow["name"]}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _telegram_doors(workflow: Json) -> list[Json]:
    return [node for node in workflow["nodes"] if node.get("type") == "n8n-nodes-base.telegramTrigger"]


def _pick(values: Json, keys: tuple[str, ...]) -> Json:
    return {key: values[key] for key in keys if key in values and values[key] not in (None, [], "")}


def feeds_at(base: str) -> dict[str, str]:
    """Return for each feed of git what stands for it under another address, by its name; nothing for no address."""
    node = next(node for node in load()["read-news"]["nodes"] if node["id"] == "read-news-feeds")
    feeds = node["parameters"]["assignments"]["assignments"]
    return {feed["value"]: f"{base.rstrip('/')}/{feed['name']}" for feed in feeds} if base else {}


def _exchange(workflow: Json, address: str, by: str, credentials: Mapping[str, str], feeds: Mapping[str, str]) -> Json:
    copy: Json = json.loads(json.dumps(workflow))
    for node in copy["nodes"]:
        node["parameters"] = _replace(node["parameters"], address, by, feeds)
        for reference in node.get("credentials", {}).values():
            reference["id"] = credentials.get(reference["id"], reference["id"])
    return copy


def _replace(value: Any, address: str, by: str, feeds: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return feeds.get(value) or value.replace(f"{address}/", f"{by}/")
    if isinstance(value, list):
        return [_replace(item, address, by, feeds) for item in value]
    if isinstance(value, dict):
        return {key: _replace(item, address, by, feeds) for key, item in value.items()}
    return value
