"""Deploys against the real n8n: what is written, what is kept, what is left off."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.errors import InputRejected, NotAllowed, QuorumError, RetryLater
from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy, deploy_to, export
from n8n.rest import Rest, wait_ready
from n8n.workflows import Json
from tests.desk import until
from tests.workflows.conftest import delete_workflow
from tests.workflows.n8n_server import N8nServer, free_port

pytestmark = [pytest.mark.n8n, pytest.mark.slow]


def versions(n8n: Rest) -> dict[str, tuple[str, str]]:
    return {found["id"]: (found["versionId"], found["activeVersionId"]) for found in n8n.workflows()}


def node(workflow: Json, kind: str) -> Json:
    found: Json = next(node for node in workflow["nodes"] if node["type"] == f"n8n-nodes-base.{kind}")
    return found


def edit(n8n: Rest, name: str, **parameters: Any) -> None:
    """Do what a person does in the editor: change the clock of a workflow and publish it."""
    found = n8n.workflow(name)
    node(found, "scheduleTrigger")["parameters"]["rule"]["interval"][0].update(parameters)
    changed = {key: found[key] for key in ("id", "name", "nodes", "connections", "settings", "meta")}
    n8n.publish(name, n8n.update(changed)["versionId"])


def clock(n8n: Rest, name: str) -> str:
    interval: Json = node(n8n.workflow(name), "scheduleTrigger")["parameters"]["rule"]["interval"][0]
    return str(interval["expression"])


def test_first_deploy_publishes_every_workflow(n8n: Rest, wanted: dict[str, Json]) -> None:
    assert versions(n8n).keys() == wanted.keys()
    off = [name for name, (version, active) in versions(n8n).items() if version != active]
    assert off == ["telegram-trigger"]  # there is no public address


def test_what_was_deployed_is_live_at_once(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    n8n.archive("candles-closed")
    until(lambda: delete_workflow(n8n, "candles-closed"), "it can be deleted", 30)
    assert deploy_to(n8n, n8n_settings, wanted).written == ["candles-closed"]
    address = f"{n8n_settings.n8n_address}/webhook/candles-closed"
    assert httpx.post(address, json={}, headers={"X-Quorum-Token": "token-only-for-tests"}, timeout=30).is_success


def test_two_doors_with_one_name_are_said(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    node(wanted["telegram-update"], "webhook")["parameters"]["path"] = "candles-closed"
    with pytest.raises(QuorumError, match=r"telegram-update.*conflict"):
        deploy_to(n8n, n8n_settings, wanted)


def test_second_deploy_changes_nothing(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    before = versions(n8n)
    report = deploy_to(n8n, n8n_settings, wanted)
    assert sorted(report.unchanged) == sorted(wanted.keys() - {"telegram-trigger"})
    assert (report.written, report.kept, report.off) == ([], [], [])
    assert versions(n8n) == before


def test_newer_workflow_in_git_is_published(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    node(wanted["repair-gaps"], "scheduleTrigger")["parameters"]["rule"]["interval"][0]["expression"] = "40 */9 * * * *"
    assert deploy_to(n8n, n8n_settings, wanted).written == ["repair-gaps"]
    assert clock(n8n, "repair-gaps") == "40 */9 * * * *"
    version, active = versions(n8n)["repair-gaps"]
    assert version == active


def test_every_workflow_has_its_tag_and_a_tag_of_a_person_stays(
    n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]
) -> None:
    def tags() -> list[str]:
        return sorted(tag["name"] for tag in n8n.workflow("repair-gaps")["tags"])

    listed = {found["id"]: [tag["name"] for tag in found["tags"]] for found in n8n.workflows()}
    assert listed == {name: workflow["tags"] for name, workflow in wanted.items()}
    ids = {tag["name"]: tag["id"] for tag in n8n.tags()}
    mine = ids.get("mine") or n8n.create_tag("mine")
    n8n.update({"id": "repair-gaps", "tags": [ids["upkeep"], mine]})
    assert deploy_to(n8n, n8n_settings, wanted).written == []
    node(wanted["repair-gaps"], "httpRequest")["maxTries"] = 4
    assert deploy_to(n8n, n8n_settings, wanted).written == ["repair-gaps"]
    assert tags() == ["mine", "upkeep"]


def test_edit_in_the_editor_is_kept_while_git_stays(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    report = deploy_to(n8n, n8n_settings, wanted)
    assert (report.written, report.kept) == ([], [])
    assert clock(n8n, "repair-gaps") == "0 */7 * * * *"


def test_edit_in_the_editor_is_kept_and_named_when_git_changes_too(
    n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]
) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    node(wanted["repair-gaps"], "httpRequest")["maxTries"] = 4
    report = deploy_to(n8n, n8n_settings, wanted)
    assert (report.written, report.kept) == ([], ["repair-gaps"])
    assert clock(n8n, "repair-gaps") == "0 */7 * * * *"


def test_overwriting_an_edit_puts_it_aside(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    edited = versions(n8n)["repair-gaps"][0]
    assert deploy_to(n8n, n8n_settings, wanted, overwrite=["repair-gaps"]).written == ["repair-gaps"]
    assert clock(n8n, "repair-gaps") == clock_in_git(wanted["repair-gaps"])
    aside = json.loads((n8n_settings.data_dir / "n8n" / "overwritten" / f"repair-gaps-{edited[:8]}.json").read_text())
    assert clock_in_git(aside) == "0 */7 * * * *"


def test_edit_that_cannot_be_put_aside_is_not_overwritten(
    n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json], tmp_path: Path
) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    (tmp_path / "n8n").touch()
    with pytest.raises(InputRejected, match="cannot be written"):
        deploy_to(n8n, n8n_settings.model_copy(update={"data_dir": tmp_path}), wanted, overwrite=["repair-gaps"])
    assert clock(n8n, "repair-gaps") == "0 */7 * * * *"


def clock_in_git(workflow: Json) -> str:
    return str(node(workflow, "scheduleTrigger")["parameters"]["rule"]["interval"][0]["expression"])


def test_moving_a_node_in_the_editor_does_not_stop_updates(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    found = n8n.workflow("repair-gaps")
    node(found, "httpRequest")["position"] = [800, 800]
    n8n.publish("repair-gaps", n8n.update({key: found[key] for key in ("id", "nodes", "connections")})["versionId"])
    node(wanted["repair-gaps"], "httpRequest")["maxTries"] = 4
    assert deploy_to(n8n, n8n_settings, wanted).written == ["repair-gaps"]


def test_workflow_that_a_person_turned_off_stays_off(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    n8n.unpublish("repair-gaps")
    assert deploy_to(n8n, n8n_settings, wanted).off == ["repair-gaps"]
    assert versions(n8n)["repair-gaps"][1] is None


def test_archived_workflow_stays_archived(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    n8n.archive("repair-gaps")
    assert deploy_to(n8n, n8n_settings, wanted).off == ["repair-gaps"]


def test_deleted_workflow_comes_back(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    n8n.archive("repair-gaps")
    until(lambda: delete_workflow(n8n, "repair-gaps"), "it can be deleted", 30)
    assert deploy_to(n8n, n8n_settings, wanted).written == ["repair-gaps"]


def test_deploy_killed_before_it_published_is_finished_by_the_next(
    n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_workflow_id: str, _version: str) -> Json:
        raise KeyboardInterrupt

    node(wanted["repair-gaps"], "httpRequest")["maxTries"] = 4
    with monkeypatch.context() as patch:
        patch.setattr(n8n, "publish", killed)
        with pytest.raises(KeyboardInterrupt):
            deploy_to(n8n, n8n_settings, wanted)
    version, active = versions(n8n)["repair-gaps"]
    assert version != active
    assert deploy_to(n8n, n8n_settings, wanted).written == ["repair-gaps"]
    version, active = versions(n8n)["repair-gaps"]
    assert version == active


def test_workflows_follow_the_functions_to_another_address(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    moved = n8n_settings.model_copy(update={"functions_url": "http://10.0.0.9:1234"})
    assert sorted(deploy_to(n8n, moved, wanted).written) == sorted(wanted.keys() - {"repair-gaps", "telegram-trigger"})
    for name in wanted.keys() - {"telegram-trigger"}:  # it follows when it is opened
        calls = [node for node in n8n.workflow(name)["nodes"] if node["type"].endswith("httpRequest")]
        assert all("//127.0.0.1" not in call["parameters"]["url"] for call in calls)
    assert clock(n8n, "repair-gaps") == "0 */7 * * * *"
    assert versions(n8n)["repair-gaps"][0] == versions(n8n)["repair-gaps"][1]


def test_export_of_what_was_deployed_changes_no_file(n8n: Rest, n8n_settings: Settings, folder: Any) -> None:
    assert export(n8n, n8n_settings, folder) == []


def test_export_goes_to_another_folder_or_says_why_not(n8n: Rest, n8n_settings: Settings, tmp_path: Path) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    assert [file.name for file in export(n8n, n8n_settings, tmp_path / "new")] == ["repair-gaps.json"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputRejected, match=r"cannot be written: .*; name another folder, or - to print"):
        export(n8n, n8n_settings, tmp_path / "file" / "folder")


def test_export_writes_an_edit_in_git_form(n8n: Rest, n8n_settings: Settings, folder: Any) -> None:
    edit(n8n, "repair-gaps", expression="0 */7 * * * *")
    assert [file.name for file in export(n8n, n8n_settings, folder)] == ["repair-gaps.json"]
    exported, before = workflows.load(folder)["repair-gaps"], workflows.load()["repair-gaps"]
    written = "".join(file.read_text() for file in folder.glob("*.json"))
    assert [secret for secret in n8n_settings.secrets if secret in written] == []
    assert clock_in_git(exported) == "0 */7 * * * *"
    node(exported, "scheduleTrigger")["parameters"]["rule"]["interval"][0]["expression"] = clock_in_git(before)
    assert exported == before


def test_new_token_reaches_the_credential(n8n: Rest, n8n_settings: Settings, wanted: dict[str, Json]) -> None:
    address = f"{n8n_settings.n8n_address}/webhook/candles-closed"
    changed = type(n8n_settings).model_validate({**n8n_settings.model_dump(), "n8n_webhook_token": "another-token-of-tests"})
    deploy_to(n8n, changed, wanted)
    assert httpx.post(address, json={}, headers={"X-Quorum-Token": "token-only-for-tests"}, timeout=30).status_code == 403
    assert httpx.post(address, json={}, headers={"X-Quorum-Token": "another-token-of-tests"}, timeout=30).is_success
    deploy_to(n8n, n8n_settings, wanted)
    assert httpx.post(address, json={}, headers={"X-Quorum-Token": "token-only-for-tests"}, timeout=30).is_success


def test_killed_n8n_comes_back_with_every_workflow_live(n8n: Rest, n8n_server: N8nServer, n8n_settings: Settings) -> None:
    before = versions(n8n)
    n8n_server.kill()
    with pytest.raises(RetryLater, match="not ready"):
        wait_ready(n8n_settings, 0.2)
    n8n_server.start()
    assert versions(n8n) == before
    address = f"{n8n_settings.n8n_address}/webhook/candles-closed"
    assert httpx.post(address, json={}, headers={"X-Quorum-Token": "token-only-for-tests"}, timeout=30).is_success


def test_wrong_owner_password_is_said(n8n: Rest, n8n_settings: Settings) -> None:
    wrong = type(n8n_settings).model_validate({**n8n_settings.model_dump(), "n8n_owner_password": "not-the-password"})
    with pytest.raises(NotAllowed, match="N8N_OWNER_PASSWORD"):
        deploy(wrong)


def test_absent_n8n_is_said(n8n_settings: Settings) -> None:
    with pytest.raises(RetryLater, match="does not answer"):
        deploy(n8n_settings.model_copy(update={"n8n_port": free_port()}))
