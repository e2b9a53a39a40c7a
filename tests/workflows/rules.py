"""What every workflow in git must keep to. Each rule yields one sentence for each fault it finds."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from n8n.credentials import KINDS
from n8n.workflows import FUNCTIONS_IN_GIT, Json

ERROR_WORKFLOW = "report-failed-run"
HTTP, TELEGRAM, STICKY = "n8n-nodes-base.httpRequest", "n8n-nodes-base.telegram", "n8n-nodes-base.stickyNote"
WEBHOOK, CALL, CALLED = "n8n-nodes-base.webhook", "n8n-nodes-base.executeWorkflow", "n8n-nodes-base.executeWorkflowTrigger"
TELEGRAM_DOOR = "n8n-nodes-base.telegramTrigger"
TRIGGERS = {
    CALLED,
    WEBHOOK,
    TELEGRAM_DOOR,
    "n8n-nodes-base.errorTrigger",
    "n8n-nodes-base.n8nTrigger",
    "n8n-nodes-base.scheduleTrigger",
}
# The nodes we use and the newest version of each in the pinned n8n; test_sdk.py compares it with n8n itself.
VERSIONS: dict[str, float] = {
    CALL: 1.3,
    CALLED: 1.2,
    HTTP: 4.5,
    STICKY: 1,
    TELEGRAM: 1.2,
    TELEGRAM_DOOR: 1.5,
    WEBHOOK: 2.1,
    "n8n-nodes-base.aggregate": 1,
    "n8n-nodes-base.errorTrigger": 1,
    "n8n-nodes-base.filter": 2.3,
    "n8n-nodes-base.if": 2.3,
    "n8n-nodes-base.merge": 3.2,
    "n8n-nodes-base.n8nTrigger": 1,
    "n8n-nodes-base.noOp": 1,
    "n8n-nodes-base.respondToWebhook": 1.5,
    "n8n-nodes-base.rssFeedRead": 1.2,
    "n8n-nodes-base.scheduleTrigger": 1.4,
    "n8n-nodes-base.set": 3.5,
    "n8n-nodes-base.splitInBatches": 3,
    "n8n-nodes-base.splitOut": 1,
    "n8n-nodes-base.stopAndError": 1,
    "n8n-nodes-base.switch": 3.4,
    "n8n-nodes-base.wait": 1.1,
}
TAGS = {"signals", "paper", "telegram", "reports", "sources", "upkeep"}
DEFAULT_NAME = re.compile(
    r"(http request|telegram|if|switch|merge|edit fields|webhook|schedule trigger|execute workflow|sticky note|split out"
    r"|send a text message|error trigger|when executed by another workflow|rss read|no operation.*|filter)\s*\d*",
    re.IGNORECASE,
)
GIVEN_URL = re.compile(r"=\{\{ \S+\('[^']+'\)\.item\.json\.delivery\.photo_url \}\}")  # a function answered it
SECRET = re.compile(r"\b\d{6,}:[A-Za-z0-9_-]{30,}|Bearer\s+[A-Za-z0-9]|sk-[A-Za-z0-9]{8}|://[^/\s:]+:[^@/\s]+@")
_CREDENTIALS = {kind.id: kind for kind in KINDS}

Faults = Iterator[str]
Rule = Callable[[Json], Faults]


def working(workflow: Json) -> list[Json]:
    """Return the nodes that do something."""
    return [node for node in workflow["nodes"] if node["type"] != STICKY]


def outputs(workflow: Json, name: str) -> list[list[Json]]:
    """Return what each output of a node is wired to."""
    found: list[list[Json]] = workflow["connections"].get(name, {}).get("main", [])
    return found


def names_and_ids(workflow: Json) -> Faults:
    """Unique, readable, and not n8n's defaults: connections and expressions go by name."""
    if not re.fullmatch(r"[a-z0-9-]{1,21}", workflow["id"]):
        yield f"the id {workflow['id']!r} is not 1 to 21 small letters, digits and hyphens"
    for key in ("id", "name"):
        for value, count in Counter(node[key] for node in workflow["nodes"]).items():
            if count > 1:
                yield f"{count} nodes have the {key} {value!r}"
    for node in workflow["nodes"]:
        if DEFAULT_NAME.fullmatch(node["name"]):
            yield f"{node['name']!r} is a default name; say what the node does"
        if len(node["id"]) > 36:
            yield f"the node id {node['id']!r} is longer than 36 characters: a trigger of that name never goes live"
        if not node["id"].startswith(f"{workflow['id']}-"):
            yield f"the node id {node['id']!r} does not start with the workflow's"


def explained(workflow: Json) -> Faults:
    """A description of two lines (what; why), and a note where a person edits."""
    if len(workflow.get("description", "").splitlines()) != 2:
        yield "the description is not two lines: what it does, and why so"
    if all(node["type"] != STICKY for node in workflow["nodes"]):
        yield "there is no sticky note for the person who edits it"


def tagged(workflow: Json) -> Faults:
    """One tag that docs/n8n.md explains: the list of twenty workflows is filtered by it."""
    if len(workflow.get("tags", [])) != 1 or workflow["tags"][0] not in TAGS:
        yield f"the tags are {workflow.get('tags')}, expected one of {', '.join(sorted(TAGS))}"


def connections_end_at_nodes(workflow: Json) -> Faults:
    """Every wire has two ends, and every node can be reached from a trigger."""
    names = {node["name"] for node in working(workflow)}
    wires = [(source, end["node"]) for source in workflow["connections"] for out in outputs(workflow, source) for end in out]
    for name in {name for wire in wires for name in wire} - names:
        yield f"a connection names {name!r}, which is not there"
    reached = {node["name"] for node in working(workflow) if node["type"] in TRIGGERS}
    while more := {end for source, end in wires if source in reached} - reached:
        reached |= more
    for name in sorted(names - reached):
        yield f"{name!r} is not reached from any trigger"


def known_nodes(workflow: Json) -> Faults:
    """Only nodes we know in the version we know; no code."""
    for node in workflow["nodes"]:
        expected = VERSIONS.get(node["type"], "another node")
        if node["typeVersion"] != expected:
            yield f"{node['name']!r} is {node['type']} {node['typeVersion']}, expected {expected}"


def http_nodes_are_safe(workflow: Json) -> Faults:
    """Our address, our credential, a timeout, bounded retries that fit into the run."""
    for node in working(workflow):
        if node["type"] != HTTP:
            continue
        given, name = node["parameters"], node["name"]
        if not given["url"].removeprefix("=").startswith(f"{FUNCTIONS_IN_GIT}/") and not GIVEN_URL.fullmatch(given["url"]):
            yield f"{name!r} calls {given['url']}, not the functions at {FUNCTIONS_IN_GIT}"
        if (given.get("authentication"), given.get("genericAuthType")) != ("genericCredentialType", "httpHeaderAuth"):
            yield f"{name!r} has no header authentication"
        if node.get("credentials", {}).get("httpHeaderAuth", {}).get("id") != "quorum-functions":
            yield f"{name!r} does not log in with quorum-functions"
        timeout, tries = given.get("options", {}).get("timeout"), node.get("maxTries", 3)
        if not node.get("retryOnFail") or not 2 <= tries <= 5:
            yield f"{name!r} does not retry 2 to 5 times"
        if not timeout:
            yield f"{name!r} has no timeout: the default is five minutes"
        elif (timeout * tries + node["waitBetweenTries"] * (tries - 1)) / 1000 >= workflow["settings"]["executionTimeout"]:
            yield f"{name!r} can take longer with its retries than the run may"


def errors_go_somewhere(workflow: Json) -> Faults:
    """An error is handled on the node, on a wire, or by the error workflow; never swallowed."""
    for node in working(workflow):
        how = node.get("onError", "stopWorkflow")
        if how == "continueErrorOutput" and not (len(outputs(workflow, node["name"])) > 1 and outputs(workflow, node["name"])[1]):
            yield f"the error output of {node['name']!r} is not wired"
        if how == "continueRegularOutput":
            yield f"{node['name']!r} swallows its errors"
    expected = None if workflow["id"] == ERROR_WORKFLOW else ERROR_WORKFLOW
    if workflow["settings"].get("errorWorkflow") != expected:
        yield f"errorWorkflow is not {expected}"


def telegram_is_asked_right(workflow: Json) -> Faults:
    """No advertisement, HTML, refusals handled, and never a blind second send: a retry could repeat a message that arrived."""
    for node in working(workflow):
        if node["type"] != TELEGRAM:
            continue
        given = {"resource": "message", "operation": "sendMessage", **node["parameters"]}
        more, sends = given.get("additionalFields", {}), given["resource"] == "message"
        if sends and given["operation"] == "sendMessage" and more.get("appendAttribution") is not False:
            yield f"{node['name']!r} adds an advertisement for n8n"
        if sends and more.get("parse_mode") != "HTML":
            yield f"{node['name']!r} does not say HTML: the default is Markdown, which breaks on an underscore"
        if node.get("retryOnFail"):
            yield f"{node['name']!r} repeats a send on its own"
        if node.get("onError") != "continueErrorOutput":
            yield f"{node['name']!r} does not hand on what Telegram refuses"
        if not node.get("webhookId"):
            yield f"{node['name']!r} has no fixed webhookId: n8n would make one, and the workflow would look edited"


def no_secret_and_no_environment(workflow: Json) -> Faults:
    """Secrets are in credentials, addresses are put in at deploy; expressions cannot read the environment."""
    everything = json.dumps(workflow)
    if "$env" in everything:
        yield "an expression reads $env, which n8n blocks"
    if found := SECRET.search(everything):
        yield f"there is something like a secret: {found[0][:12]}…"


def credentials_are_ours(workflow: Json) -> Faults:
    """Every credential is one that a deploy writes."""
    for node in workflow["nodes"]:
        for kind, reference in node.get("credentials", {}).items():
            ours = _CREDENTIALS.get(reference["id"])
            if ours is None or (ours.type, ours.name) != (kind, reference["name"]):
                yield f"{node['name']!r} uses the credential {reference['id']!r} as {kind}, which no deploy writes"


def doors_are_locked(workflow: Json) -> Faults:
    """A webhook wants the token and has a fixed id; so has Telegram's own door, for whose secret a deploy sees."""
    for node in working(workflow):
        if node["type"] == TELEGRAM_DOOR and not node.get("webhookId"):
            yield f"{node['name']!r} has no fixed webhookId"
        if node["type"] != WEBHOOK:
            continue
        if node["parameters"].get("authentication") != "headerAuth" or "httpHeaderAuth" not in node.get("credentials", {}):
            yield f"{node['name']!r} is open to everybody"
        if not node.get("webhookId"):
            yield f"{node['name']!r} has no fixed webhookId"


def settings_are_ours(workflow: Json) -> Faults:
    """Order v1, UTC, a bound on every run."""
    given: dict[str, Any] = workflow["settings"]
    if (given.get("executionOrder"), given.get("timezone")) != ("v1", "UTC"):
        yield "settings are not executionOrder v1 and timezone UTC"
    if not 0 < given.get("executionTimeout", 0) <= 3600:
        yield "settings have no executionTimeout"
    if given.get("executionTimeout") == 120:
        yield "executionTimeout equals n8n's own: the editor would drop it, and the workflow would look edited"


def rare_successes_are_kept(workflow: Json) -> Faults:
    """What runs once an hour or less can be looked at under Executions; what runs all the time would fill the database."""
    kept = workflow["settings"].get("saveDataSuccessExecution") == "all"
    clocks = [node for node in working(workflow) if node["type"] in TRIGGERS - {"n8n-nodes-base.n8nTrigger"}]
    if all(_is_rare(clock) for clock in clocks) and not kept:
        yield "its runs are rare, and those that succeed are not kept"
    if any(_each_minute(clock) for clock in clocks) and kept:
        yield "it runs each minute, and those that succeed are kept"


def _is_rare(clock: Json) -> bool:
    times = clock["parameters"].get("rule", {}).get("interval", [])
    return clock["type"].endswith("errorTrigger") or (
        bool(times) and all(time["field"] == "hours" or time.get("expression", "* *").split()[1].isdigit() for time in times)
    )


def _each_minute(clock: Json) -> bool:
    times = clock["parameters"].get("rule", {}).get("interval", [])
    return any(time["field"] == "seconds" or time.get("expression", "0 0").split()[1] == "*" for time in times)


def canvas_is_tidy(workflow: Json) -> Faults:
    """On the grid, nothing on top of something else."""
    places = [tuple(node["position"]) for node in working(workflow)]
    for node in workflow["nodes"]:
        if any(coordinate % 16 for coordinate in node["position"]):
            yield f"{node['name']!r} at {node['position']} is not on the grid of 16"
    for index, (x, y) in enumerate(places):
        if any(abs(x - other[0]) < 160 and abs(y - other[1]) < 128 for other in places[index + 1 :]):
            yield f"two nodes overlap at {x}, {y}"


RULES: tuple[Rule, ...] = (
    names_and_ids,
    explained,
    tagged,
    connections_end_at_nodes,
    known_nodes,
    http_nodes_are_safe,
    errors_go_somewhere,
    telegram_is_asked_right,
    no_secret_and_no_environment,
    credentials_are_ours,
    doors_are_locked,
    settings_are_ours,
    rare_successes_are_kept,
    canvas_is_tidy,
)
