"""`/top now`: an answer at once, and the new screening when it is made."""

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from functions.settings import Settings
from tests.integration.delivery.conftest import CHAT, Bot
from tests.sim import BybitSim


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a desk whose Telegram is set up too."""
    return settings.model_copy(update={"telegram_bot_token": SecretStr("123456:" + "x" * 35), "telegram_chat_ids": (CHAT,)})


@pytest.fixture
def bot(client: TestClient, engine: Engine) -> Bot:
    return Bot(client, engine)


def test_top_now_tells_what_there_is_and_then_the_new_screening(bot: Bot) -> None:
    bot.send(bot.written("/top now"))
    first, second = (one["text"] for one in bot.deliveries())
    assert first.startswith("All pairs are being screened")
    assert "1. <b>" in second
    assert bot.rows("SELECT count(*) FROM screener_run WHERE key LIKE 'now:%'") == [(1,)]


def test_update_that_comes_again_screens_once(bot: Bot) -> None:
    update = bot.written("/top now")
    for _ in range(3):
        bot.send(update)
    assert len(bot.deliveries()) == 2


def test_exchange_that_is_silent_is_said(bot: Bot, exchange: BybitSim) -> None:
    exchange.fault("rest_status", status=503, count=10**6)
    bot.send(bot.written("/top now"))
    _, second = (one["text"] for one in bot.deliveries())
    assert second.startswith("The screening did not come about: ")
