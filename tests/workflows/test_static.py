"""Every workflow in git keeps every rule, and every rule finds what it is there for."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.app import create_app
from functions.outbox.classes import AlertClass
from n8n import workflows
from n8n.workflows import Json
from tests.conftest import make_settings
from tests.workflows import rules
from tests.workflows.calls import misfits

ALL = workflows.load()


@pytest.fixture(scope="session")
def api() -> Json:
    """The functions' OpenAPI document."""
    settings = make_settings(database_url="postgresql://nobody@localhost/nothing")
    document: Json = json.loads(json.dumps(create_app(settings).openapi()))
    return document


def copy(name: str) -> Json:
    found: Json = json.loads(json.dumps(ALL[name]))
    return found


def node(workflow: Json, name: str) -> Json:
    found: Json = next(node for node in workflow["nodes"] if node["name"] == name)
    return found


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", ALL)
def test_workflow_keeps_the_rule(name: str, rule: rules.Rule) -> None:
    assert list(rule(ALL[name])) == []


@pytest.mark.parametrize("name", ALL)
def test_calls_fit_the_functions(name: str, api: Json) -> None:
    assert list(misfits(ALL[name], api)) == []


@pytest.mark.parametrize("name", ALL)
def test_called_workflows_are_in_git_and_can_be_called(name: str) -> None:
    for called in (node["parameters"]["workflowId"] for node in ALL[name]["nodes"] if node["type"] == rules.CALL):
        assert called["mode"] == "id"
        assert any(node["type"] == rules.CALLED for node in ALL[called["value"]]["nodes"])
        assert called["cachedResultName"] == ALL[called["value"]]["name"]


def test_webhook_paths_are_unique() -> None:
    paths = [node["parameters"]["path"] for w in ALL.values() for node in w["nodes"] if node["type"] == rules.WEBHOOK]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("name", ALL)
def test_file_is_named_by_its_id_and_in_the_form_an_export_writes(name: str) -> None:
    place = workflows.Place(workflows.FUNCTIONS_IN_GIT, {})
    answered = {**ALL[name], "tags": [{"name": tag} for tag in ALL[name]["tags"]]}
    assert (workflows.FOLDER / f"{name}.json").read_text() == workflows.text(workflows.to_git(answered, place))


def test_every_class_of_alert_has_an_output_and_what_has_none_is_delivered_too() -> None:
    deliver = ALL["deliver-alerts"]
    values = node(deliver, "What is it about?")["parameters"]["rules"]["values"]
    conditions = [value["conditions"]["conditions"][0] for value in values]
    assert [condition["rightValue"] for condition in conditions[:-1]] == ["answer", "trade", "signal", "regime", "report", "news"]
    assert {condition["rightValue"] for condition in conditions[:-1]} == set(AlertClass)
    assert (conditions[-1]["leftValue"], conditions[-1]["operator"]["operation"]) == ("={{ $json.delivery }}", "exists")
    assert all(wires for wires in rules.outputs(deliver, "What is it about?"))


Break = Callable[[Json], Any]
SCAN, SEND, CLAIM = "Scan for setups", "Send the text", "Claim the next message"
BROKEN: list[tuple[str, rules.Rule, Break, str]] = [
    ("candles-closed", rules.names_and_ids, lambda w: node(w, SCAN).update(name="HTTP Request3"), "default name"),
    ("candles-closed", rules.names_and_ids, lambda w: node(w, SCAN).update(id="candles-closed-deliver"), "2 nodes have the id"),
    ("candles-closed", rules.names_and_ids, lambda w: w.update(id="Candles Closed"), "21 small letters"),
    ("candles-closed", rules.explained, lambda w: w.update(description="one line"), "two lines"),
    ("send-digest", rules.tagged, lambda w: w.pop("tags"), "expected one of"),
    ("read-mood", rules.rare_successes_are_kept, lambda w: w["settings"].update(saveDataSuccessExecution="none"), "are not kept"),
    ("settle-trades", rules.rare_successes_are_kept, lambda w: w["settings"].update(saveDataSuccessExecution="all"), "are kept"),
    ("candles-closed", rules.tagged, lambda w: w.update(tags=["mine"]), "expected one of"),
    ("candles-closed", rules.connections_end_at_nodes, lambda w: node(w, SCAN).update(name="Scan"), "is not there"),
    ("candles-closed", rules.connections_end_at_nodes, lambda w: w["connections"].pop("Each minute"), "not reached"),
    ("candles-closed", rules.known_nodes, lambda w: node(w, SCAN).update(type="n8n-nodes-base.code"), "another node"),
    ("candles-closed", rules.http_nodes_are_safe, lambda w: node(w, SCAN)["parameters"].pop("authentication"), "authentication"),
    ("candles-closed", rules.http_nodes_are_safe, lambda w: node(w, SCAN)["parameters"].update(options={}), "no timeout"),
    ("candles-closed", rules.http_nodes_are_safe, lambda w: node(w, SCAN).pop("retryOnFail"), "does not retry"),
    ("candles-closed", rules.http_nodes_are_safe, lambda w: w["settings"].update(executionTimeout=10), "longer with its retries"),
    (
        "candles-closed",
        rules.http_nodes_are_safe,
        lambda w: node(w, SCAN)["parameters"].update(url="http://x/y"),
        "not the functions",
    ),
    ("deliver-alerts", rules.errors_go_somewhere, lambda w: w["connections"][SEND]["main"].pop(), "is not wired"),
    ("deliver-alerts", rules.errors_go_somewhere, lambda w: node(w, SEND).update(onError="continueRegularOutput"), "swallows"),
    ("deliver-alerts", rules.errors_go_somewhere, lambda w: w["settings"].pop("errorWorkflow"), "errorWorkflow"),
    ("deliver-alerts", rules.telegram_is_asked_right, lambda w: node(w, SEND).update(retryOnFail=True), "repeats a send"),
    (
        "deliver-alerts",
        rules.telegram_is_asked_right,
        lambda w: node(w, SEND)["parameters"]["additionalFields"].clear(),
        "advertisement",
    ),
    ("deliver-alerts", rules.no_secret_and_no_environment, lambda w: node(w, SEND).update(notes="{{ $env.X }}"), "blocks"),
    (
        "deliver-alerts",
        rules.no_secret_and_no_environment,
        lambda w: node(w, SEND).update(notes="12345678:" + "A" * 35),
        "like a secret",
    ),
    (
        "deliver-alerts",
        rules.credentials_are_ours,
        lambda w: node(w, SEND)["credentials"]["telegramApi"].update(id="mine"),
        "no deploy writes",
    ),
    (
        "candles-closed",
        rules.doors_are_locked,
        lambda w: node(w, "Collector reports a close")["parameters"].update(authentication="none"),
        "open to everybody",
    ),
    ("candles-closed", rules.settings_are_ours, lambda w: w["settings"].update(timezone="America/New_York"), "UTC"),
    ("candles-closed", rules.canvas_is_tidy, lambda w: node(w, SCAN).update(position=[5, 0]), "grid"),
    ("deliver-alerts", rules.canvas_is_tidy, lambda w: node(w, SEND).update(position=node(w, CLAIM)["position"]), "overlap"),
]


@pytest.mark.parametrize(("name", "rule", "spoil", "words"), BROKEN)
def test_rule_finds_the_fault(name: str, rule: rules.Rule, spoil: Break, words: str) -> None:
    workflow = copy(name)
    spoil(workflow)
    assert any(words in fault for fault in rule(workflow))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (SCAN, {"url": "http://functions:8300/technical/scans"}, "no function"),
        (SCAN, {"method": "GET"}, "no function"),
        (SCAN, {"sendBody": False}, "wants a body"),
        (SCAN, {"jsonBody": '{"timeframes": ["7m"]}'}, "does not fit"),
        (SCAN, {"jsonBody": '{"timeframe": ["15m"]}'}, "has timeframe, which the function does not know"),
        (CLAIM, {"url": "http://functions:8300/listings/check"}, "takes no body"),
        ("Report the refusal", {"bodyParameters": {"parameters": [{"name": "error_code", "value": "=1"}]}}, "lacks description"),
        ("Confirm it", {"bodyParameters": {"parameters": [{"name": "id", "value": "=1"}]}}, "does not know"),
        ("Confirm it", {"bodyParameters": {"parameters": [{"name": "message_id", "value": "one"}]}}, "does not fit"),
    ],
)
def test_call_that_does_not_fit_is_found(name: str, change: Json, words: str, api: Json) -> None:
    workflow = copy("candles-closed" if name == SCAN else "deliver-alerts")
    node(workflow, name)["parameters"].update(change)
    assert any(words in fault for fault in misfits(workflow, api))
