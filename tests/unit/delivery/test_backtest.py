"""What a trader reads of the newest backtest, in both languages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.backtest.parity.causes import Kind
from functions.delivery.messages.message import Message
from functions.delivery.messages.texts import backtest
from functions.delivery.messages.texts.parity import parity as told
from functions.delivery.messages.words import Language, Words
from tests.unit.delivery.test_rendering import accept

FIGURES = {
    "trades": 41,
    "win_rate": 0.4634,
    "profit_factor": 1.312,
    "max_drawdown": 0.0712,
    "sharpe": 0.91,
    "total_return": 0.084,
    "btc_return": 0.201,
    "random_sharpe": -0.12,
    "false_signal_reduction": 0.18,
}


def run(rules: str = "signals", **changed: Any) -> dict[str, Any]:
    since, until = (datetime(2024, month, 1, tzinfo=UTC) for month in (3, 7))
    figures = FIGURES | changed
    return {"id": 12, "since": since, "until": until, "rules": rules, "symbols": 50, "figures": figures}


def test_backtest_in_five_lines_beside_what_it_is_held_against() -> None:
    assert backtest.backtest(run(), Words()).split("\n") == [
        "<b>Backtest 12</b>, 1 Mar – 30 Jun, 50 coins",
        "Return +8.4%, BTC held +20.1%",
        "41 trades, 46% won, profit factor 1.31",
        "Sharpe 0.91, of random entries -0.12; max drawdown 7.1%",
        "Signals that lost, against those of technical analysis alone: -18%",
    ]


def test_what_was_not_computed_is_a_dash_and_what_traded_nothing_says_so() -> None:
    said = backtest.backtest(run("technical", profit_factor=None, random_sharpe=None, false_signal_reduction=None), Words())
    assert said.split("\n")[1] == "Of technical analysis alone: every setup was traded"
    assert backtest.backtest(run("dips"), Words()).split("\n")[1] == "Of dip orders alone"
    assert "profit factor –\nSharpe 0.91, of random entries –; " in said
    assert backtest.backtest(run(trades=0), Words()).endswith("BTC held +20.1%\nNo trade was closed in it")


def parity(**changed: Any) -> dict[str, Any]:
    kinds = {"data": 1, "timing": 2}
    return {"until": "2024-07-02T00:00:00Z", "trades": 40, "matched": 37, "share": 0.925, "kinds": kinds, **changed}


def test_parity_is_one_number_and_the_classes_of_what_differs() -> None:
    assert told(parity(), Words()) == [
        "Desk and backtest, to 2 Jul: <b>92.5%</b> alike, 37 of 40 trades",
        "    differences: data 1, timing 2",
    ]
    assert len(told(parity(kinds={}, matched=40, share=1.0), Words())) == 1
    assert told(parity(trades=0, share=None, kinds={}), Words()) == ["Desk and backtest, to 2 Jul: no trade to compare yet"]
    assert told(None, Words()) == []
    assert backtest.backtest(run(), Words(), parity()).endswith("data 1, timing 2")


@pytest.mark.parametrize("kind", Kind)
def test_every_class_of_difference_has_words(kind: Kind) -> None:
    english, russian = (told(parity(kinds={kind: 1}), Words(language))[1] for language in Language)
    assert english != russian


@pytest.mark.parametrize("language", Language)
def test_telegram_takes_each_of_them(language: Language) -> None:
    words = Words(language)
    for text in (backtest.backtest(run(), words, parity()), backtest.backtest(run(trades=0), words), backtest.no_backtest(words)):
        accept(Message(text))


def test_russian_is_russian() -> None:
    said = backtest.backtest(run(), Words(Language.RU))
    assert said.startswith("<b>Бэктест 12</b>, 1 мар. – 30 июн., 50 монет\nДоходность +8,4%")
