"""Telegram's own door: with a public address Telegram posts to n8n, and the bridge's door is shut."""

from collections.abc import Iterator

import httpx
import pytest

from functions.collector.bridge import bridge_needed
from functions.settings import Settings
from n8n import workflows
from n8n.deploy import deploy_to
from n8n.rest import Rest
from tests.desk import until
from tests.sim import InThread, TelegramSim
from tests.workflows.world import CHAT, FunctionsServer

pytestmark = [pytest.mark.n8n, pytest.mark.slow]
STRANGER = 999


@pytest.fixture
def public(n8n_settings: Settings) -> Settings:
    """The settings of a desk that has a public address."""
    return n8n_settings.model_copy(update={"n8n_public_url": "https://desk.example"})


@pytest.fixture
def telegram(n8n_settings: Settings, n8n: Rest) -> Iterator[TelegramSim]:
    port = int(n8n_settings.telegram_api_url.rpartition(":")[2])
    telegram = TelegramSim(port=port, token=n8n_settings.telegram_bot_token.get_secret_value(), chats=[CHAT, STRANGER])
    with InThread(telegram, FunctionsServer(n8n_settings)) as thread:
        telegram.do = thread.do  # type: ignore[attr-defined]
        yield telegram
        deploy_to(n8n, n8n_settings, workflows.load(), overwrite=workflows.load().keys())


def test_one_door_is_open_at_a_time(n8n: Rest, n8n_settings: Settings, public: Settings, telegram: TelegramSim) -> None:
    assert deploy_to(n8n, public, workflows.load()).resting == ["telegram-update"]
    assert n8n.workflow("telegram-update")["activeVersionId"] is None
    hook = telegram.updates.webhook
    assert hook.url.endswith("/telegram-trigger/webhook")
    assert hook.secret.startswith("telegram-trigger_telegram-trigger-door-")
    assert len(hook.secret) == len("telegram-trigger_telegram-trigger-door-") + 14
    assert deploy_to(n8n, public, workflows.load()).written == []

    assert deploy_to(n8n, n8n_settings, workflows.load()).resting == ["telegram-trigger"]
    assert telegram.updates.webhook.url == ""
    assert n8n.workflow("telegram-update")["activeVersionId"]


def test_door_that_a_person_has_changed_is_opened_as_it_was_changed(
    n8n: Rest, n8n_settings: Settings, public: Settings, telegram: TelegramSim
) -> None:
    found = n8n.workflow("telegram-update")
    called = next(node for node in found["nodes"] if node["name"] == "Do what it asks")
    called["maxTries"] = 4
    n8n.publish("telegram-update", n8n.update({key: found[key] for key in ("id", "nodes", "connections", "meta")})["versionId"])
    deploy_to(n8n, public, workflows.load())
    moved = n8n_settings.model_copy(update={"functions_url": "http://functions:9999"})
    deploy_to(n8n, moved, workflows.load())
    found = n8n.workflow("telegram-update")
    called = next(node for node in found["nodes"] if node["name"] == "Do what it asks")
    assert (called["maxTries"], called["parameters"]["url"]) == (4, "http://functions:9999/telegram/updates")
    assert found["activeVersionId"] == found["versionId"]


def test_command_is_answered_and_nobody_else_can_knock(n8n: Rest, public: Settings, telegram: TelegramSim) -> None:
    deploy_to(n8n, public, workflows.load())
    hook = telegram.updates.webhook
    update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": CHAT, "type": "private"}, "date": 1, "text": "/help"}}
    guess = {"X-Telegram-Bot-Api-Secret-Token": "telegram-trigger_telegram-trigger-door"}  # what git alone would tell
    assert httpx.post(hook.url, json=update, headers=guess, timeout=30).status_code == 403
    telegram.do(lambda: telegram.say(CHAT, "/help"))  # type: ignore[attr-defined]
    until(lambda: any("/portfolio" in sent.text for sent in telegram.sent), "the answer arrives", 60)
    assert sum("/portfolio" in sent.text for sent in telegram.sent) == 1


def test_bridge_leaves_updates_to_the_trigger(public: Settings) -> None:
    assert not bridge_needed(public)
