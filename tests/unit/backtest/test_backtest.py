"""Whole backtests on a made-up market: the same again, no look ahead, and what each setting changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.backtest.engine.setups import FoundSetups, survey
from functions.backtest.figures import headline, headline_intervals
from functions.backtest.hashes import hash_accounts, hash_settings
from functions.backtest.history import MarketHistory
from functions.backtest.look_ahead import look_ahead
from functions.backtest.result import BacktestResult
from functions.backtest.run.backtest import backtest
from functions.backtest.run.reporting import Question
from functions.backtest.sources.folder import is_coin
from functions.costs import Costs
from functions.factors.reading import Factor
from functions.market.candles.gaps import to_ms
from functions.scoring.rules import FactorWeights, ScoreRules
from tests.unit.backtest.worlds import SINCE, mood, question, world

# Whole runs by their trades and equity: they change when a rule changes, or not at all.
FINGERPRINTS = {"shipped": "6fa6d98f09e0683f", "technical": "dc75daa3985ac3e5", "late and free": "0cd6843b2b95d277"}


@pytest.fixture(scope="module")
def history() -> MarketHistory:
    return world()


@pytest.fixture(scope="module")
def run(history: MarketHistory) -> Callable[[Question], BacktestResult]:
    return lambda asked: backtest(history, [mood(history)], asked)


@pytest.fixture(scope="module")
def shipped(run: Callable[[Question], BacktestResult]) -> BacktestResult:
    return run(question())


def test_whole_runs_keep_their_fingerprints(run: Callable[[Question], BacktestResult]) -> None:
    plain = question(random_seeds=0)  # no other library's random numbers are part of it
    late = replace(plain, rules=replace(plain.rules, delay=2, costs=Costs(fee=Decimal(0), slippage=Decimal(0))))
    runs = {"shipped": run(plain), "technical": run(replace(plain, trades="technical")), "late and free": run(late)}
    assert min(len(result.desk.trades) for result in runs.values()) > 3
    assert {name: result.hashes.result[:16] for name, result in runs.items()} == FINGERPRINTS


def test_run_gives_the_same_again_to_the_digit(run: Callable[[Question], BacktestResult], shipped: BacktestResult) -> None:
    again = run(question())
    assert again == shipped
    assert hash_accounts(again.accounts) == shipped.hashes.result


def test_equity_of_the_last_day_is_the_start_and_all_that_was_earned(shipped: BacktestResult) -> None:
    for account in shipped.accounts:
        if all(trade.is_closed for trade in account.trades):
            assert account.equity[-1] == account.start + sum(trade.profit for trade in account.trades)


def test_every_offer_is_opened_or_refused(shipped: BacktestResult) -> None:
    for account in shipped.accounts:
        assert account.offered == len(account.trades) + sum(account.refusals.values())


def test_every_setup_is_a_signal_or_rejected(shipped: BacktestResult) -> None:
    assert shipped.setups == shipped.signals + sum(shipped.rejections.values())
    assert shipped.desk.offered == shipped.signals > 0


def test_random_accounts_enter_other_coins_at_the_desk_s_moments(shipped: BacktestResult) -> None:
    moments = {trade.said_at for trade in shipped.desk.trades}
    drawn = [trade for account in shipped.accounts if account.name.startswith("random") for trade in account.trades]
    assert drawn
    assert {trade.said_at for trade in shipped.accounts[3].trades} != moments or len(moments) == 1


def test_strategy_of_the_desk_does_not_look_ahead(history: MarketHistory) -> None:
    moments = [SINCE + timedelta(days=3, hours=7, minutes=15), SINCE + timedelta(days=11, minutes=45)]
    assert look_ahead(_setups, history, moments) == []


def test_strategy_that_looks_ahead_is_caught(history: MarketHistory) -> None:
    def peeking(known: MarketHistory) -> FoundSetups:
        found = _setups(known)
        tomorrow = np.minimum(found.said_at + 86_400_000, known.finest.open_time[-1])
        column = np.searchsorted(known.finest.open_time, tomorrow)
        rises = known.finest.close[found.row, column] > found.close
        return replace(found, distance=np.where(rises, found.distance, found.distance * 2))

    (caught,) = look_ahead(peeking, history, [SINCE + timedelta(days=11)])
    assert caught.said_at <= SINCE + timedelta(days=11)


def _setups(known: MarketHistory) -> FoundSetups:
    coins = np.ones(len(known.symbols), dtype=np.bool_)
    end = int(known.quarters.open_time[-1]) + known.quarters.timeframe.milliseconds + 1
    return survey(known, [mood(known)], coins, (to_ms(SINCE), end), ScoreRules()).setups


def test_weights_change_what_becomes_a_signal(run: Callable[[Question], BacktestResult], shipped: BacktestResult) -> None:
    weights = FactorWeights(technical=0, sentiment=1, onchain=0, context=0, momentum=0)
    other = run(question(random_seeds=0, score=ScoreRules(weights=weights)))
    assert (other.setups, other.signals) == (shipped.setups, 0)
    assert "score_against" in other.rejections


def test_sweeps_run_each_factor_cost_and_delay(run: Callable[[Question], BacktestResult]) -> None:
    variants = run(replace(question(random_seeds=0), sweeps=True)).variants
    assert [one.value for one in variants if one.kind == "without"] == [factor.value for factor in Factor]
    ends = [one.account.equity[-1] for one in variants if one.kind == "cost"]
    assert ends == sorted(ends, reverse=True)
    assert [one.value for one in variants if one.kind == "delay"] == ["0", "1", "2", "3", "5", "10"]


def test_without_the_mood_three_factors_do_not_agree(history: MarketHistory) -> None:
    silent = backtest(history, [], question(random_seeds=0))
    assert (silent.signals, silent.desk.trades) == (0, ())
    assert "no_consensus" in silent.rejections


def test_headline_has_every_stable_field(shipped: BacktestResult) -> None:
    names = (
        "trades win_rate profit_factor max_drawdown sharpe sortino calmar total_return btc_return random_sharpe"
        " signals_per_day fill_days false_signal_reduction"
    )
    figures = headline(shipped)
    assert set(names.split()) <= set(figures)
    assert figures["trades"] == len(shipped.desk.closed)
    assert figures["btc_return"] == pytest.approx(shipped.benchmarks[0].worth[-1] - 1)


def test_headline_figures_have_their_intervals(shipped: BacktestResult) -> None:
    found, figures = headline_intervals(shipped), headline(shipped)
    sharpe = found["sharpe"]
    assert sharpe
    assert sharpe[0] < (figures["sharpe"] or 0) < sharpe[1]


def test_settings_hash_does_not_depend_on_the_order_of_names() -> None:
    assert hash_settings({"a": 1, "b": 2}) == hash_settings({"b": 2, "a": 1})


def test_hashes_tell_data_and_settings_apart(history: MarketHistory, shipped: BacktestResult) -> None:
    other = backtest(history, [mood(history, 79.0)], question(random_seeds=1))
    assert other.hashes.data != shipped.hashes.data
    assert other.hashes.settings != shipped.hashes.settings
    assert other.hashes.code == shipped.hashes.code


@pytest.mark.parametrize(("symbol", "coin"), [("ETHUSDT", True), ("USDCUSDT", False), ("BTC3LUSDT", False)])
def test_pegged_and_leveraged_tokens_are_no_coins(symbol: str, coin: bool) -> None:
    assert is_coin(symbol) is coin
