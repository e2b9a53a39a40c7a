"""The menu behind Telegram's `/` button."""

import httpx

from functions.delivery.inbox.commands import Name
from functions.operations.menu import write_menu
from functions.settings import Settings
from tests.conftest import make_settings
from tests.sim import InThread, TelegramSim


def told(telegram: TelegramSim, language: str) -> dict[str, str]:
    asked = {"language_code": language} if language else {}
    answer = httpx.post(f"{telegram.url}/bot{telegram.token}/getMyCommands", json=asked, timeout=5).json()["result"]
    return {one["command"]: one["description"] for one in answer}


def at(telegram: TelegramSim, token: str) -> Settings:
    return make_settings(
        database_url="postgresql://nobody@127.0.0.1/nothing", telegram_bot_token=token, telegram_api_url=telegram.url
    )


def test_every_command_is_in_the_menu_in_the_persons_language() -> None:
    telegram = TelegramSim()
    with InThread(telegram):
        for _ in range(2):
            assert write_menu(at(telegram, telegram.token))
        english, russian = told(telegram, ""), told(telegram, "ru")
    assert english.keys() == russian.keys() == {name.value for name in Name}
    assert english["close"] == "Close a paper trade, e.g. /close BTCUSDT"
    assert russian["portfolio"] == "Бумажный счёт и открытые сделки"
    assert all(does[0].isupper() for does in (*english.values(), *russian.values())), "each stands alone"


def test_a_telegram_that_does_not_take_it_stops_nothing() -> None:
    telegram = TelegramSim()
    with InThread(telegram):
        assert not write_menu(at(telegram, ""))
        assert not write_menu(at(telegram, "1:" + "x" * 35))
        telegram.fault("tg_disconnect")
        assert not write_menu(at(telegram, telegram.token))
