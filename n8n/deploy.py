"""Deploy the workflows of git to a running n8n, and keep those that a person has changed in the editor.

n8n itself remembers what it was given: `meta.quorum` of each workflow holds the hash of its file, the hash of what it did, and
the address it called. So no state lies beside n8n's database that could be lost or contradict it, and a backup of it is complete.
"""

import base64
import hashlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from functions.errors import Broken, InputRejected, RetryLater
from functions.logs import get_logger
from functions.settings import Settings
from n8n import workflows
from n8n.credentials import KINDS, credentials
from n8n.reading import let_runs_be_read
from n8n.rest import Rest, wait_ready
from n8n.workflows import Json, Place

__all__ = ["Report", "deploy", "deploy_to", "edited", "export", "unused_door", "wait_ready"]

log = get_logger("n8n")
LIVE_SECONDS = 30
TELEGRAM_DOORS = ("telegram-update", "telegram-trigger")  # the bridge's, and that of a public address


@dataclass(slots=True)
class Report:
    """What a deploy did, by workflow id.

    Args:
        written: created or brought to git's version, and published.
        unchanged: already there.
        kept: changed in the editor; git's version is newer and was not written over it.
        off: a person has turned it off in the editor; it stays off.
        resting: it is the door to Telegram that this desk does not use.
    """

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    resting: list[str] = field(default_factory=list)


def deploy(settings: Settings, *, overwrite: Collection[str] = ()) -> Report:
    """Write credentials and workflows to a running n8n and publish them; doing it again changes nothing.

    A workflow that was changed in the editor is kept. If git has a newer version of it too, the report names it, and only
    naming it in `overwrite` takes git's: the person's version then becomes a file under the data folder.

    Args:
        settings: where n8n is, who its owner is, and what the credentials hold.
        overwrite: ids of workflows to bring to git's version even if they were changed in the editor.

    Raises:
        QuorumError: n8n does not answer, or refuses, or there is no room for what is overwritten; what was written until then
            stays, and the next deploy goes on.
    """
    with Rest(settings) as n8n:
        report = deploy_to(n8n, settings, workflows.load(), overwrite)
    let_runs_be_read(settings)
    return report


def deploy_to(n8n: Rest, settings: Settings, wanted: Mapping[str, Json], overwrite: Collection[str] = ()) -> Report:
    """Do what `deploy` does in a session that is open, with these workflows."""
    report = Report()
    keep = settings.data_dir.resolve() / "n8n" / "overwritten"
    feeds = workflows.feeds_at(settings.feeds_url)
    ids, tags = _write_credentials(n8n, settings), _write_tags(n8n, wanted)
    place = Place(settings.functions_address, ids, tags, _door_secret(settings), feeds)
    deployed_ids = {workflow["id"] for workflow in n8n.workflows()}
    unused = unused_door(settings)
    for workflow in sorted(_callees_first(wanted), key=lambda workflow: workflow["id"] != unused):  # a bot has one door at a time
        name = workflow["id"]
        if name == unused:
            _lay_to_rest(n8n, n8n.workflow(name) if name in deployed_ids else n8n.create(_stamped(workflow, place)), report)
        elif name in deployed_ids:
            _bring_up_to_date(n8n, workflow, place, report, keep if name in overwrite else None)
        else:
            _publish(n8n, n8n.create(_stamped(workflow, place)), name, report)
    _wait_live(n8n, report.written)
    for kept in report.kept:
        log.warning("workflow changed in the editor and in git: the editor's is kept", workflow=kept)
    return report


def unused_door(settings: Settings) -> str:
    """Return the workflow to turn off: of the two that take Telegram's updates a desk runs one."""
    return TELEGRAM_DOORS[not settings.telegram_trigger]


def edited(n8n: Rest, settings: Settings, folder: Path = workflows.FOLDER) -> list[Json]:
    """Return in git form each workflow of `folder` that differs in n8n."""
    ids, secret, feeds = _credential_ids(n8n), _door_secret(settings), workflows.feeds_at(settings.feeds_url)
    changed = []
    for name, ours in workflows.load(folder).items():
        theirs = n8n.workflow(name)
        functions = _stamp(theirs).get("functions", workflows.FUNCTIONS_IN_GIT)
        place = Place(functions, ids, secret=secret, feeds=feeds)
        in_git_form = workflows.to_git(theirs, place)
        if workflows.text(in_git_form) != workflows.text(ours):
            changed.append(in_git_form)
    return changed


def export(n8n: Rest, settings: Settings, target: Path = workflows.FOLDER) -> list[Path]:
    """Write to `target` each workflow that differs in n8n from git; returns the files written.

    A folder with workflows is compared with those, an empty or new one with git's.

    Raises:
        InputRejected: the folder cannot be written.
    """
    changed = edited(n8n, settings, target if any(target.glob("*.json")) else workflows.FOLDER)
    try:
        target.mkdir(parents=True, exist_ok=True)
        return [workflows.write(workflow, target) for workflow in changed]
    except OSError as error:
        raise InputRejected(
            "not_exported", f"{error.filename or target} cannot be written: {error.strerror}; name another folder, or - to print"
        ) from error


def _credential_ids(n8n: Rest) -> dict[str, str]:
    """Return n8n's ids of our credentials by ours; they are known by their names."""
    ids = {(credential["name"], credential["type"]): str(credential["id"]) for credential in n8n.credentials()}
    return {kind.id: ids[kind.name, kind.type] for kind in KINDS if (kind.name, kind.type) in ids}


def _write_credentials(n8n: Rest, settings: Settings) -> dict[str, str]:
    ids = _credential_ids(n8n)
    return {kind.id: n8n.write_credential(ids.get(kind.id), kind.name, kind.type, data) for kind, data in credentials(settings)}


def _write_tags(n8n: Rest, wanted: Mapping[str, Json]) -> dict[str, str]:
    """Return n8n's ids of its tags by their names, with every tag that a workflow wants among them."""
    ids = {str(tag["name"]): str(tag["id"]) for tag in n8n.tags()}
    for tag in sorted({tag for workflow in wanted.values() for tag in workflow.get("tags", [])} - ids.keys()):
        ids[tag] = n8n.create_tag(tag)
    return ids


def _door_secret(settings: Settings) -> str:
    """Return the end of the ids of Telegram's triggers: 84 bits, which is what n8n's 36 characters of an id leave room for."""
    token = settings.n8n_webhook_token.get_secret_value()
    digest = hashlib.sha256(f"telegram door {token}".encode()).digest()
    return f"-{base64.urlsafe_b64encode(digest)[:14].decode()}"


def _stamp(deployed: Json) -> Json:
    stamp: Json = (deployed.get("meta") or {}).get("quorum") or {}
    return stamp


def _bring_up_to_date(n8n: Rest, workflow: Json, place: Place, report: Report, keep: Path | None) -> None:
    """Update one workflow; with `keep` even if a person changed it, after writing that to the folder."""
    name = workflow["id"]
    deployed = n8n.workflow(name)
    stamp = _stamp(deployed)
    old_place = replace(place, functions=stamp.get("functions", place.functions))
    in_git_form = workflows.to_git(deployed, old_place)
    edited = workflows.meaning(in_git_form) != stamp.get("meaning")
    same = stamp.get("source") == workflows.fingerprint(workflow)
    if keep:
        same = workflows.text(in_git_form) == workflows.text(workflow)
        if edited and not same:
            _put_aside(in_git_form, keep, deployed["versionId"])
    if deployed["isArchived"]:
        report.off.append(name)
    elif edited and not keep:
        differs = workflows.meaning(in_git_form) != workflows.meaning(workflow)
        (report.kept if differs and not same else report.unchanged).append(name)
        if old_place.functions != place.functions or stamp.get("resting"):
            _move(n8n, deployed, in_git_form, place)
    elif same and old_place.functions == place.functions and not stamp.get("resting"):
        _ensure_published(n8n, deployed, report)
    else:
        tags = [*workflow.get("tags", []), *in_git_form.get("tags", [])]  # a person's own tags stay
        _publish(n8n, n8n.update(_stamped({**workflow, "tags": list(dict.fromkeys(tags))}, place)), name, report)


def _put_aside(workflow: Json, folder: Path, version: str) -> None:
    """Write a person's version to a file: n8n's own history forgets it after a day."""
    target = folder / f"{workflow['id']}-{version[:8]}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(workflows.text(workflow))
    except OSError as error:
        raise InputRejected(
            "not_kept", f"{workflow['id']} is not overwritten: {target} cannot be written: {error.strerror}"
        ) from error
    log.info("workflow overwritten; your version is kept", workflow=workflow["id"], file=str(target))


def _ensure_published(n8n: Rest, deployed: Json, report: Report) -> None:
    """Publish what a killed deploy left unpublished, and leave off what a person turned off."""
    name, version = deployed["id"], deployed["versionId"]
    if deployed["activeVersionId"] == version:
        report.unchanged.append(name)
    elif n8n.was_unpublished(name, version):
        report.off.append(name)
    else:
        _publish(n8n, deployed, name, report)


def _move(n8n: Rest, deployed: Json, in_git_form: Json, place: Place) -> None:
    """Update the functions' address in a workflow that a person has changed; turn it on again if a deploy had turned it off."""
    moved = n8n.update(
        {**workflows.to_n8n(in_git_form, place), "meta": _with_stamp(deployed, functions=place.functions, resting=False)["meta"]}
    )
    if deployed["activeVersionId"] or _stamp(deployed).get("resting"):
        n8n.publish(deployed["id"], moved["versionId"])


def _lay_to_rest(n8n: Rest, deployed: Json, report: Report) -> None:
    """Turn a workflow off, and note that the deploy did so and not a person."""
    if deployed.get("activeVersionId"):
        n8n.unpublish(deployed["id"])
    if not _stamp(deployed).get("resting"):
        n8n.update(_with_stamp(deployed, resting=True))
    report.resting.append(deployed["id"])


def _with_stamp(deployed: Json, **changes: object) -> Json:
    """Return a workflow as it is, with a changed stamp."""
    meta = {**(deployed.get("meta") or {}), "quorum": {**_stamp(deployed), **changes}}
    return {key: deployed[key] for key in ("id", "nodes", "connections", "settings")} | {"meta": meta}


def _publish(n8n: Rest, written: Json, name: str, report: Report) -> None:
    published = n8n.publish(name, written["versionId"])
    if published["activeVersionId"] != written["versionId"]:
        raise Broken("not_published", f"n8n took {name} but published another version of it")
    report.written.append(name)


def _wait_live(n8n: Rest, names: Collection[str]) -> None:
    """Wait for the triggers of what was published: n8n starts them after it has answered."""
    deadline = time.monotonic() + LIVE_SECONDS
    for deployed in (deployed for deployed in n8n.workflows() if deployed["id"] in names):
        while not n8n.is_live(deployed["id"], deployed["activeVersionId"]):
            if time.monotonic() > deadline:
                raise RetryLater("not_live", f"{deployed['id']} is published, but not live after {LIVE_SECONDS} s")
            time.sleep(0.05)


def _stamped(workflow: Json, place: Place) -> Json:
    stamp = {
        "source": workflows.fingerprint(workflow),
        "meaning": workflows.meaning(workflow),
        "functions": place.functions,
    }
    return {**workflows.to_n8n(workflow, place), "meta": {"quorum": stamp}}


def _callees_first(by_name: Mapping[str, Json]) -> list[Json]:
    """Order workflows so that each one comes after those it calls: n8n publishes only what can run."""
    order: dict[str, Json] = {}

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        if name in order or name not in by_name or name in above:
            return
        for callee in _calls(by_name[name]):
            add(callee, (*above, name))
        order[name] = by_name[name]

    for name in sorted(by_name):
        add(name)
    return list(order.values())


def _calls(workflow: Json) -> list[Any]:
    called = [
        node["parameters"]["workflowId"]["value"]
        for node in workflow["nodes"]
        if node["type"] == "n8n-nodes-base.executeWorkflow"
    ]
    return [workflow["settings"].get("errorWorkflow"), *called]
