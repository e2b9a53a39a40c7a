"""What a trader reads of readiness, profit, days and trades, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from functions.delivery.messages.message import Message
from functions.delivery.messages.texts.paper import performance
from functions.delivery.messages.texts.paper.performance import AccountFigures, DayChange, EndedTrade
from functions.delivery.messages.words import Html, Language, Words
from functions.performance.readiness.assessment import Assessment, Line, assess
from functions.performance.readiness.slow import SlowRule
from functions.performance.readiness.targets import OPERATION, REAL_MONEY, TRADING, Standing
from tests.unit.delivery import making
from tests.unit.delivery.test_rendering import accept
from tests.unit.performance.test_readiness import seen


def rows(text: Html) -> list[str]:
    return text.split("\n")


def test_readiness_tells_value_sample_luck_and_days_of_each_target() -> None:
    said = rows(performance.readiness(assess(seen()), making.CLOSE, Words()))
    assert said[1] == "Day 28 of 28, 56 closed trades"
    win_rate = said.index("✅ Win rate <b>64.3%</b>, asked: more than 55.0%")
    assert said[win_rate + 1].startswith("    56 trades · coin toss 2")
    assert "✅ Signal delay <b>20.0 s</b>, asked: less than 30.0 s" in said
    assert "✅ Signals a day <b>3.00</b>, asked: 3.00 to 10.00" in said
    assert "✅ Closed trades <b>56</b>, asked: 50 at least" in said
    assert said[-2].startswith("A coin toss with the same exits meets the four trading targets in 28 days in 7% of worlds")
    assert said[-1].startswith("Everything that real money asks for is met. A coin toss may do that, too")


def test_young_desk_is_told_when_it_is_decided() -> None:
    said = rows(performance.readiness(assess(seen(days=7, trades=14)), making.CLOSE, Words()))
    assert "decided in 21 days" in said[said.index(next(row for row in said if "Max drawdown" in row)) + 1]
    assert "❌ Closed trades <b>14</b>, asked: 50 at least" in said
    assert said[-1] == "Not ready for real money."


def test_what_is_not_known_has_a_dash_and_no_chance() -> None:
    unknown = tuple(
        Line(target, None, 0, "days", Standing.UNKNOWN, None, None, None) for target in (*TRADING, *OPERATION, *REAL_MONEY)
    )
    said = performance.readiness(Assessment(0, 0, unknown[:8], unknown[8:], None, None, ready=False), making.CLOSE, Words())
    assert said.count("<b>–</b>") == 13
    assert "toss" not in said


def figures(**changes: float) -> dict[str, float]:
    return {
        "total_return": 0.027,
        "trades": 15.0,
        "win_rate": 2 / 3,
        "profit_factor": 1.53,
        "expectancy_r": 0.18,
        "sharpe": 2.1,
        "max_drawdown": 0.011,
        **changes,
    }


def test_profit_tells_each_account_beside_bitcoin() -> None:
    opened = making.CLOSE - timedelta(days=30)
    said = performance.profit([AccountFigures("desk", 30, opened, figures(), 0.348)], Words())
    assert "Return +2.70%, BTC held +34.80%" in said
    assert "15 closed trades, 67% won, profit factor 1.53, +0.18 R each" in said
    assert "Sharpe 2.10, max drawdown 1.1%" in said


def test_profit_of_few_days_promises_no_ratio_and_none_without_a_loss_is_infinite() -> None:
    stopless = performance.profit([AccountFigures("manual", 3, making.CLOSE, figures(expectancy_r=np.nan), None)], Words())
    assert "15 closed trades, 67% won, profit factor 1.53\n" in f"{stopless}\n"
    young = AccountFigures("manual", 3, making.CLOSE, figures(profit_factor=np.inf), None)
    said = performance.profit([young], Words())
    assert "profit factor ∞" in said
    assert "Sharpe" not in said
    assert "BTC" not in said
    assert "No trade is closed yet" in performance.profit(
        [AccountFigures("desk", 0, making.CLOSE, figures(trades=0), None)], Words()
    )


def test_days_are_told_the_newest_first() -> None:
    days = [DayChange(making.CLOSE - timedelta(days=n), 8.0 - n, 0.008, n) for n in (3, 2, 1)]
    said = rows(performance.daily({"desk": days}, Words()))
    assert said[2] == "<b>Desk</b>"
    assert [row.split("  ")[1] for row in said[3:6]] == [
        "+7.00 USDT (+0.80%), 1 trade closed",
        "+6.00 USDT (+0.80%), 2 trades closed",
        "+5.00 USDT (+0.80%), 3 trades closed",
    ]
    assert "No day is over yet" in performance.daily({"manual": []}, Words())


def test_trades_are_marked_by_what_they_earned() -> None:
    ended = [
        EndedTrade("desk", "BTCUSDT", "long", making.CLOSE, 8.0, 0.8),
        EndedTrade("manual", "ETHUSDT", "short", making.CLOSE, -3.0, np.nan),
    ]
    said = rows(performance.trades(ended, Words()))
    assert said[2].startswith("🟢 <b>BTCUSDT</b> long · Desk · ")
    assert said[2].endswith("+8.00 USDT · +0.80 R")
    assert said[3].startswith("🔴")
    assert said[3].endswith("-3.00 USDT")


@pytest.mark.parametrize("language", Language)
def test_telegram_takes_each_of_them(language: Language) -> None:
    words = Words(language)
    for text in (
        performance.readiness(assess(seen()), making.CLOSE, words),
        performance.readiness(assess(seen(days=3, trades=1)), making.CLOSE, words),
        performance.profit([AccountFigures("desk", 30, making.CLOSE, figures(), 0.3)], words),
        performance.daily({"desk": [DayChange(making.CLOSE, 8.0, 0.008, 1)]}, words),
        performance.trades([EndedTrade("desk", "BTCUSDT", "long", making.CLOSE, 8.0, 0.8)] * 60, words),
    ):
        accept(Message(text))


@pytest.mark.parametrize("language", Language)
def test_readiness_says_how_long_until_dips_and_the_allocation_can_be_believed(language: Language) -> None:
    slow = (SlowRule("dips", datetime(2024, 1, 1, tzinfo=UTC), 3), SlowRule("core", datetime(2024, 2, 1, tzinfo=UTC), 1))
    said = rows(performance.readiness(replace(assess(seen()), slow=slow), making.CLOSE, Words(language)))[-2:]
    assert all(("2025" in row and "2027" in row) or ("2026" in row and "2028" in row) for row in said)
    assert ("666" in said[0], "697" in said[1]) == (True, True)
