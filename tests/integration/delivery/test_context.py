"""`/whales` and `/odds`: with and without a key, with and without something to show, in both languages."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from functions.app import create_app
from functions.settings import Settings
from functions.whales import store
from functions.whales.rules import WhaleRules
from functions.whales.run.flows import add_up, last_end
from functions.whales.transaction import Party, Transaction
from tests.conftest import TOKEN, make_settings
from tests.integration.delivery.conftest import Bot

pytestmark = pytest.mark.usefixtures("market")
HOUR = timedelta(hours=1)


def test_whales_without_a_key_say_what_to_set(bot: Bot) -> None:
    assert "set WHALE_ALERT_KEY" in bot.ask("/whales")
    bot.ask("/settings language ru")
    assert "задайте WHALE_ALERT_KEY" in bot.ask("/whales btc")


def test_odds_say_so_when_nothing_was_read(bot: Bot) -> None:
    assert "No prediction market was read" in bot.ask("/odds")
    assert "No prediction market speaks of BTCUSDT" in bot.ask("/odds btc")


def test_odds_show_probability_and_how_it_changed(bot: Bot, engine: Engine) -> None:
    with engine.begin() as connection:
        now = connection.execute(text("SELECT now()")).scalar_one()
        connection.execute(text("INSERT INTO polymarket_event VALUES ('e', 's', 'Bitcoin', false, :at)"), {"at": now - 30 * HOUR})
        connection.execute(
            text(
                "INSERT INTO polymarket_market VALUES ('m', 'e', 'Will <BTC> rise?', 'Yes', '', 'BTCUSDT', '', 1, NULL, :at, :at)"
            ),
            {"at": now - 30 * HOUR},
        )
        for age, probability in ((20, 0.4), (0.1, 0.55)):
            connection.execute(
                text("INSERT INTO polymarket_quote VALUES ('m', :at, :p, :p, NULL, 'mid', false, 0, 9, 0, NULL)"),
                {"at": now - age * HOUR, "p": probability},
            )
    assert "Will &lt;BTC&gt; rise? Yes: <b>55%</b>, +15 points in a day" in bot.ask("/odds BTC")
    assert "+15 points" in bot.ask("/odds")


@pytest.fixture
def keyed(settings: Settings, tmp_path: Path) -> Iterator[TestClient]:
    """The functions of the same desk with a key of Whale Alert's."""
    with TestClient(create_app(make_settings(**{**settings.model_dump(), "whale_alert_key": "key"}))) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


def test_whales_show_flows_and_the_newest_transactions(keyed: TestClient, engine: Engine) -> None:
    bot = Bot(keyed, engine)
    assert "No large transaction is known yet." in bot.ask("/whales")
    with engine.begin() as connection:
        now = connection.execute(text("SELECT now()")).scalar_one()
        at = last_end(now, WhaleRules()) - HOUR / 2

        def transfer(number: int, asset: str, usd: int, sender: str, recipient: str) -> Transaction:
            sides = [Party(f"{name}{number}", name, "exchange") if name else Party(f"x{number}") for name in (sender, recipient)]
            return Transaction("ethereum", f"{number:064x}", "1", at, "transfer", asset, Decimal(1000), Decimal(usd), *sides)

        whales = [transfer(1, "ETH", 8_000_000, "", "binance"), transfer(2, "BTC", 3_000_000, "kraken", "")]
        store.keep_transactions(connection, whales, "whale_alert_stream", now)
        add_up(connection, now, WhaleRules())
    shown = bot.ask("/whales")
    assert "ETH: $8.0M to exchanges" in shown
    assert "BTC: $3.0M from exchanges" in shown
    assert "1,000 ETH ($8.0M) to an exchange: unknown → <b>binance</b>" in shown
    assert "count little in the score" in shown
    assert "BTC" not in bot.ask("/whales eth")
