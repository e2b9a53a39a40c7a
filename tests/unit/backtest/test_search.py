"""Walk-forward search without a database: the grid, the windows, the choice, and that rules in turn are rules all the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from functions.backtest.history import MarketHistory
from functions.backtest.rules import BacktestRules
from functions.backtest.run.backtest import backtest, backtest_in_turn
from functions.backtest.search.choice import TrialMatrix, choose, worth_of
from functions.backtest.search.grid import PARAMETERS, SHAPES, SHIPPED, read_grid, rules_of
from functions.backtest.search.run.search import conclude, daily_returns, matrix_of
from functions.backtest.search.trials import prepare
from functions.backtest.search.windows import Window, WindowRules, windows
from functions.backtest.span import DAY, Span
from functions.errors import InputRejected
from tests.unit.backtest.worlds import BEGIN, DAYS, SINCE, mood, question, world

SPAN = Span(datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))
RULES = BacktestRules()


@pytest.fixture(scope="module")
def history() -> MarketHistory:
    return world()


def test_every_parameter_has_its_shape_and_every_shipped_value_is_one() -> None:
    assert PARAMETERS.keys() == SHAPES.keys()
    assert len(read_grid([], RULES).configurations) == np.prod([len(values) for values in SHIPPED.values()])


def test_configurations_are_every_choice_of_one_value_of_each_parameter() -> None:
    grid = read_grid(["hold=5|7", "regime_exit = no | yes"], RULES)
    assert grid.configurations == [
        {"hold": "5", "regime_exit": "no"},
        {"hold": "5", "regime_exit": "yes"},
        {"hold": "7", "regime_exit": "no"},
        {"hold": "7", "regime_exit": "yes"},
    ]


def test_values_stand_in_the_rules() -> None:
    values = {
        "weights": "1/2/3/4/5",
        "least_factors": "2",
        "least_confidence": "0.5",
        "stop": "3",
        "targets": "1/2/3",
        "hold": "5",
        "regime_exit": "yes",
        "break_even": "no",
    }
    rules = rules_of(RULES, values)
    score, setups = rules.score, rules.score.setups
    assert (score.weights.technical, score.weights.momentum, score.least_factors, score.least_confidence) == (1, 5, 2, 0.5)
    assert (setups.stop_day_atr, setups.stop_four_hour_atr, setups.targets_r) == (3, 6, (Decimal(1), Decimal(2), Decimal(3)))
    assert (rules.hold, rules.regime_exit, rules.break_even) == (timedelta(days=5), True, False)
    assert values.keys() == PARAMETERS.keys()


@pytest.mark.parametrize(
    ("tried", "code", "says"),
    [
        (["luck=1|2"], "unknown_parameter", "'luck=1|2'"),
        (["hold=5|7", "hold=9|10"], "wrong_parameter", "hold twice"),
        (["hold=5|soon"], "wrong_parameter", "days above 0 as a value of hold, got 'soon'"),
        (["hold=-5|5"], "wrong_parameter", "'-5'"),
        (["hold=nan|5"], "wrong_parameter", "'nan'"),
        (["hold=5"], "wrong_parameter", "2 to 5000 configurations, got 1"),
        (["weights=40/20|1/1/1/1/1"], "wrong_parameter", "five weights"),
        (["weights=0/0/0/0/0|1/1/1/1/1"], "wrong_parameter", "five weights"),
        (["targets=1/2/3|3/2/1"], "wrong_parameter", "three rising targets"),
        (["targets=0.1/0.2/0.3|1/2/3"], "wrong_parameter", "three rising targets"),
        (["stop=0|2"], "wrong_parameter", "above 0"),
        (["least_factors=3|6"], "wrong_parameter", "1 to 5"),
        (["least_confidence=0.5|65"], "wrong_parameter", "0 to 1"),
        (["regime_exit=yes|maybe"], "wrong_parameter", "yes or no"),
        (["hold=" + "|".join(str(day) for day in range(1, 5002))], "wrong_parameter", "got 5001"),
    ],
)
def test_values_that_are_none_are_refused(tried: list[str], code: str, says: str) -> None:
    with pytest.raises(InputRejected) as error:
        read_grid(tried, RULES)
    assert (error.value.code, says in error.value.detail, "\n" in error.value.detail) == (code, True, False)


def test_tests_follow_each_other_up_to_the_end_an_embargo_after_their_past() -> None:
    rolled = windows(SPAN, WindowRules(past=180, embargo=14, test=60), timedelta(days=14))
    assert rolled[0].past == Span(SPAN.since, SPAN.since + 180 * DAY)
    assert rolled[0].test.since == SPAN.since + 194 * DAY
    assert all(window.test.since - window.past.until == 14 * DAY for window in rolled)
    assert all(window.past.until - window.past.since == 180 * DAY for window in rolled)
    assert [one.test.until for one in rolled[:-1]] == [one.test.since for one in rolled[1:]]
    assert (rolled[-1].test.until, rolled[-1].test.until - rolled[-1].test.since) == (SPAN.until, 51 * DAY)


@pytest.mark.parametrize(
    ("lengths", "hold", "code", "says"),
    [
        ((180, 6, 60), 5, "short_embargo", "7 days or more, got 6"),
        ((180, 7, 60), 14, "short_embargo", "14 days, got 7"),
        ((0, 7, 60), 5, "short_window", "of past, got 0"),
        ((180, 7, 0), 5, "short_window", "of test, got 0"),
        ((300, 7, 60), 5, "too_little_history", "427 days for 2 windows of 300 + 7 + 60 days, got 365 from 2021-01-01"),
    ],
)
def test_windows_that_cannot_be_are_refused(lengths: tuple[int, int, int], hold: int, code: str, says: str) -> None:
    with pytest.raises(InputRejected) as error:
        windows(SPAN, WindowRules(*lengths), timedelta(days=hold))
    assert (error.value.code, says in error.value.detail) == (code, True)


def noise(rows: int, seed: int = 1) -> TrialMatrix:
    returns = np.random.default_rng(seed).standard_normal((rows, 365)) * 0.01
    return TrialMatrix(SPAN, [{"hold": str(row + 1)} for row in range(rows)], returns)


ROLLED = windows(SPAN, WindowRules(past=180, embargo=14, test=60), timedelta(0))


def test_choice_is_the_best_of_the_past_and_nothing_after_it_matters() -> None:
    trials = noise(5)
    trials.returns[3, :180] += 0.02
    before = choose(trials, ROLLED)
    assert (before[0].configuration, before[0].past_sharpe > 20) == ({"hold": "4"}, True)
    changed = trials.returns.copy()
    changed[:, 180:] = -changed[:, 180:] + 0.5
    after = choose(replace(trials, returns=changed), ROLLED)
    assert (after[0].configuration, after[0].past_sharpe) == (before[0].configuration, before[0].past_sharpe)
    assert after[0].test_sharpe != before[0].test_sharpe


def test_past_in_which_no_trial_moved_keeps_the_rules_as_they_are() -> None:
    first = choose(TrialMatrix(SPAN, [{"hold": "1"}, {"hold": "2"}], np.zeros((2, 365))), ROLLED)[0]
    assert (first.configuration, np.isnan(first.past_sharpe)) == ({}, True)


def test_more_trials_are_worth_less() -> None:
    tested = Span(ROLLED[0].test.since, SPAN.until)
    chosen = np.random.default_rng(9).standard_normal(171) * 0.01 + 0.002
    few, many = (worth_of(noise(rows), tested, chosen, np.zeros(171)) for rows in (4, 60))
    assert 0 < many.deflated < few.deflated < 1
    assert (few.evidence.trials, many.evidence.trials) == (4, 60)
    assert few.average["volatility"] > many.average["volatility"]


def test_rules_that_do_not_change_give_the_same_in_turn(history: MarketHistory) -> None:
    whole = question(random_seeds=0)
    middle = SINCE + timedelta(days=17)
    parts = [replace(whole, span=Span(SINCE, middle)), replace(whole, span=Span(middle, whole.span.until))]
    once = backtest(history, [mood(history)], whole)
    in_turn = backtest_in_turn(history, [mood(history)], parts)
    assert (in_turn.accounts, in_turn.rates, in_turn.benchmarks) == (once.accounts, once.rates, once.benchmarks)
    assert (in_turn.rejections, in_turn.regime, in_turn.hashes.result) == (once.rejections, once.regime, once.hashes.result)
    assert in_turn.hashes.settings != once.hashes.settings


def test_rules_change_from_a_day_on_and_open_trades_keep_theirs(history: MarketHistory) -> None:
    whole = question(random_seeds=0)
    middle = SINCE + timedelta(days=17)
    short = replace(whole.rules, hold=timedelta(hours=1))
    parts = [
        replace(whole, span=Span(SINCE, middle)),
        replace(whole, span=Span(middle, whole.span.until), rules=short),
    ]
    trades = backtest_in_turn(history, [mood(history)], parts).desk.trades
    early = [trade for trade in trades if trade.opened_at < middle]
    late = [trade for trade in trades if trade.opened_at >= middle]
    assert max(trade.closed_at - trade.opened_at for trade in early if trade.closed_at) > timedelta(hours=2)
    assert late
    assert max(trade.closed_at - trade.opened_at for trade in late if trade.closed_at) <= timedelta(hours=1, minutes=15)


def test_trial_earns_what_the_whole_backtest_earns(history: MarketHistory) -> None:
    grid = read_grid(["stop=2|3", "hold=2|7"], RULES)
    asked = question(random_seeds=0)
    prepared = prepare(history, [mood(history)], asked.span, asked.rules, grid)
    for configuration in grid.configurations:
        rules = rules_of(asked.rules, configuration)
        whole = backtest(history, [mood(history)], replace(asked, rules=rules))
        assert whole.desk.trades
        assert prepared.returns(configuration).tolist() == daily_returns(whole.desk).tolist()


def test_search_reports_the_days_after_its_choices_alone(history: MarketHistory) -> None:
    grid = read_grid(["hold=2|7"], RULES)
    asked = question(random_seeds=1)
    prepared = prepare(history, [mood(history)], asked.span, asked.rules, grid)
    returns = {tuple(one.items()): prepared.returns(one).tolist() for one in grid.configurations}
    rolled = [
        Window(Span(SINCE, SINCE + timedelta(days=7)), Span(SINCE + timedelta(days=14), SINCE + timedelta(days=27))),
        Window(
            Span(SINCE + timedelta(days=13), SINCE + timedelta(days=20)),
            Span(SINCE + timedelta(days=27), BEGIN + timedelta(days=DAYS)),
        ),
    ]
    found = conclude(history, [mood(history)], asked, matrix_of(returns, grid, asked.span), rolled)
    assert (found.tested.since, found.tested.until) == (SINCE + timedelta(days=14), asked.span.until)
    assert (found.shipped.since, found.shipped.until) == (found.tested.since, found.tested.until)
    assert min(trade.said_at for trade in found.tested.desk.trades) >= found.tested.since
    assert {name: account.name for name, account in zip("dtwr", found.tested.accounts, strict=True)} == {
        "d": "desk",
        "t": "technical",
        "w": "watch_list",
        "r": "random",
    }
