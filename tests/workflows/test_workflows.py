"""Workflows between git and n8n: addresses and credential ids there and back, and what counts as a change."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from n8n import workflows
from n8n.workflows import FUNCTIONS_IN_GIT, Json, Place

ALL = workflows.load()
ELSEWHERE = Place(
    "http://127.0.0.1:9999",
    {"quorum-functions": "Xy1", "quorum-webhook": "Xy2", "quorum-telegram": "Xy3"},
    {tag: f"id of {tag}" for workflow in ALL.values() for tag in workflow["tags"]},
    feeds=workflows.feeds_at("http://127.0.0.1:9998/rss/"),
)


def answered(sent: Json) -> Json:
    """Return what n8n answers to a workflow that was sent: it takes ids of tags and gives their names as well."""
    return {**sent, "tags": [{"id": tag, "name": tag.removeprefix("id of ")} for tag in sent["tags"]]}


@pytest.mark.parametrize("name", ALL)
def test_there_and_back_is_the_same_text(name: str) -> None:
    there = answered(workflows.to_n8n(ALL[name], ELSEWHERE))
    assert workflows.text(workflows.to_git(there, ELSEWHERE)) == workflows.text(ALL[name])


def test_tags_go_by_their_ids_and_come_back_in_one_order() -> None:
    tagged = {**ALL["candles-closed"], "tags": ["signals", "paper", "nobody's"]}
    there = workflows.to_n8n(tagged, ELSEWHERE)
    assert there["tags"] == ["id of signals", "id of paper"]
    assert workflows.to_git(answered(there), ELSEWHERE)["tags"] == ["paper", "signals"]


def test_tag_is_no_change_of_what_a_workflow_does() -> None:
    tagged = {**ALL["candles-closed"], "tags": ["mine"]}
    assert workflows.meaning(tagged) == workflows.meaning(ALL["candles-closed"])


@pytest.mark.parametrize("name", ALL)
def test_nothing_of_git_is_left_in_n8n(name: str) -> None:
    rendered = json.dumps(workflows.to_n8n(ALL[name], ELSEWHERE))
    assert FUNCTIONS_IN_GIT not in rendered
    assert "quorum-functions" not in rendered


def test_feeds_are_read_from_a_simulated_world_and_from_nowhere_else() -> None:
    assert workflows.feeds_at("") == {}
    rendered = json.dumps(workflows.to_n8n(ALL["read-news"], ELSEWHERE))
    assert "http://127.0.0.1:9998/rss/CoinDesk" in rendered
    assert "https://" not in rendered


def test_what_n8n_adds_does_not_come_back() -> None:
    ours = ALL["candles-closed"]
    theirs = answered(workflows.to_n8n(ours, ELSEWHERE)) | {
        "active": True,
        "versionId": "1",
        "updatedAt": "now",
        "staticData": {"node:Each minute": {}},
        "meta": {"quorum": {}},
        "pinData": None,
        "nodeGroups": [],
        "triggerCount": 2,
        "shared": [],
    }
    assert workflows.to_git(theirs, ELSEWHERE) == ours


def test_longer_address_that_starts_the_same_is_left_alone() -> None:
    node = {"id": "a", "name": "a", "parameters": {"url": f"{FUNCTIONS_IN_GIT}0/x"}}
    workflow = {"id": "a", "name": "a", "nodes": [node], "connections": {}, "settings": {}}
    assert workflows.to_n8n(workflow, ELSEWHERE)["nodes"][0]["parameters"]["url"] == f"{FUNCTIONS_IN_GIT}0/x"


def test_credential_that_is_not_ours_keeps_its_id() -> None:
    node = {"id": "a", "name": "a", "parameters": {}, "credentials": {"smtp": {"id": "abc", "name": "Mail"}}}
    workflow = {"id": "a", "name": "a", "nodes": [node], "connections": {}, "settings": {}}
    assert workflows.to_git(workflow, ELSEWHERE)["nodes"][0]["credentials"]["smtp"]["id"] == "abc"


def test_rendering_leaves_the_original_alone() -> None:
    before = json.dumps(ALL["candles-closed"])
    workflows.to_n8n(ALL["candles-closed"], ELSEWHERE)
    assert json.dumps(ALL["candles-closed"]) == before


@pytest.mark.parametrize(
    ("change", "means_something"),
    [
        (lambda w: w["nodes"][0].update(position=[160, 160]), False),
        (lambda w: w["nodes"][0].update(notes="mine"), False),
        (lambda w: w["nodes"].reverse(), False),
        (lambda w: w["nodes"].pop(), False),  # the last one is a sticky note
        (lambda w: w["nodes"][0].update(disabled=True), True),
        (lambda w: w["nodes"][0]["parameters"].update(path="other"), True),
        (lambda w: w["connections"].clear(), True),
        (lambda w: w["settings"].update(executionTimeout=1), True),
        (lambda w: w.update(name="Mine"), True),
    ],
)
def test_meaning_changes_with_what_a_workflow_does(change: Callable[[Json], Any], means_something: bool) -> None:
    changed: Json = json.loads(json.dumps(ALL["candles-closed"]))
    change(changed)
    assert workflows.fingerprint(changed) != workflows.fingerprint(ALL["candles-closed"])
    assert (workflows.meaning(changed) != workflows.meaning(ALL["candles-closed"])) is means_something
