"""The desk's figures in Telegram are those of HTTP."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from functions.delivery.inbox.commands import Name
from functions.delivery.messages.words import Words
from functions.delivery.run import performance
from functions.settings import Settings
from tests.integration.performance.conftest import NOW


def told(name: Name, engine: Engine, settings: Settings) -> str:
    with engine.connect() as connection:
        return performance.told(name, connection, NOW, settings, Words())


def test_readiness_says_what_http_answers(client: TestClient, engine: Engine, settings: Settings, desk: int) -> None:
    said = told(Name.READINESS, engine, settings)
    answer = client.get("/readiness", params={"as_of": NOW.isoformat()}).json()
    plan = {line["figure"]: line for line in answer["plan"]}
    assert f"✅ Win rate <b>{plan['win_rate']['value']:.1%}</b>" in said
    assert f"coin toss {plan['win_rate']['chance']:.0%}" in said
    assert "Day 30 of 28, 15 closed trades" in said
    assert "🟡 Uptime <b>99.0%</b>" in said
    assert f"in {answer['chance_of_plan']:.0%} of worlds, the minima in {answer['chance_of_minimum']:.0%}." in said


def test_profit_days_and_trades_of_the_desk(engine: Engine, settings: Settings, desk: int) -> None:
    assert "Return +2.70%, BTC held +34.78%" in told(Name.PROFIT, engine, settings)
    daily = told(Name.DAILY, engine, settings).split("\n")
    assert daily[2:4] == ["<b>Desk</b>", "30 Mar  +7.90 USDT (+0.78%), 1 trade closed"]
    assert sum("1 trade closed" in row for row in daily) == 4
    assert len(daily) == 3 + 7
    assert told(Name.TRADES, engine, settings).count("ETHUSDT") == 15
