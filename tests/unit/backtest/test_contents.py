"""What a report tells is computed of the run's own trades and days."""

from dataclasses import replace

import numpy as np
import pytest

from functions.backtest.figures import outcomes_of
from functions.backtest.report import charts
from functions.backtest.report.contents import contents, track_of
from functions.paper.settling.touch import milliseconds
from tests.unit.backtest.runs import START, run

RUN = run()
SHOWN = contents(RUN)


def test_slices_hold_every_closed_trade_once() -> None:
    for parts in (SHOWN.slices.months, SHOWN.slices.symbols, SHOWN.slices.regimes, SHOWN.slices.confidence):
        assert sum(part.trades for part in parts) == 120
        assert sum(part.profit for part in parts) == pytest.approx(sum(float(trade.profit) for trade in RUN.desk.closed))
    assert [part.label for part in SHOWN.slices.confidence] == ["60-70%", "70-80%", "80-90%", "90-100%"]
    months = [part.label for part in SHOWN.slices.months]
    assert (months[0], months == sorted(months)) == ("2023-01", True)


def test_track_begins_at_the_start_and_has_every_day() -> None:
    track = track_of(RUN, RUN.desk)
    assert (track.first_day, track.start, len(track.equity)) == (START.date(), 1000.0, 500)
    assert track.equity[-1] == pytest.approx(float(RUN.desk.equity[-1]))


def test_trade_is_told_by_its_r_its_moments_and_all_its_fills() -> None:
    outcomes, first = outcomes_of(RUN.desk.closed), RUN.desk.closed[0]
    assert outcomes.r[0] == pytest.approx(first.r)
    assert outcomes.opened_at[0] == milliseconds(first.opened_at)
    assert outcomes.traded[0] == pytest.approx(float(sum(fill.price * fill.quantity for fill in first.fills)))


def test_benchmark_has_the_figures_of_a_curve_and_none_of_trades() -> None:
    btc = next(column for column in SHOWN.columns if column.name == "btc")
    assert btc.figures["total_return"] == pytest.approx(RUN.benchmarks[0].worth[-1] - 1)
    assert "win_rate" not in btc.figures


def test_curves_of_all_columns_are_drawn_for_the_same_days() -> None:
    drawn = charts.equity(RUN, SHOWN)["data"]
    assert [trace["name"] for trace in drawn] == [
        "Desk",
        "Technical only",
        "Watch list",
        "Random entries",
        "BTC held",
        "Gated basket",
    ]
    assert {len(trace["y"]) for trace in drawn} == {len(trace["x"]) for trace in drawn} == {501}
    assert drawn[0]["y"][-1] == pytest.approx(float(RUN.desk.equity[-1]), rel=1e-5)


def test_sweep_is_in_the_order_of_its_values() -> None:
    cost = charts.sweep(RUN, "cost")
    assert cost is not None
    assert cost["data"][0]["x"] == [0, 5, 10, 15, 20]


def test_coin_shows_an_entry_and_an_exit_of_each_of_its_trades() -> None:
    drawn = charts.coins(RUN)["BTCUSDT"]["data"]
    count = sum(trade.symbol == "BTCUSDT" for trade in RUN.desk.trades)
    assert [len(trace["x"]) for trace in drawn] == [500, count, count]
    assert np.isnan(drawn[0]["close"][5])


def test_draws_of_random_entries_are_one_column_with_their_mean() -> None:
    draws = [replace(RUN.accounts[3], name=name) for name in ("random", "random_2")]
    of = replace(RUN, accounts=(RUN.desk, draws[0], replace(draws[1], trades=draws[1].trades[:60])))
    shown = contents(of)
    assert [column.name for column in shown.columns] == ["desk", "random", "btc", "gated_basket"]
    random = shown.columns[1]
    assert (random.title, random.figures["trades"], len(shown.draws)) == ("Random entries, mean of 2", 90, 2)
    assert random.figures["sharpe"] == pytest.approx(SHOWN.columns[3].figures["sharpe"])
    assert sum(trace.get("showlegend") is False for trace in charts.equity(of, shown)["data"]) == 2


def test_factor_that_is_left_out_is_called_by_its_name() -> None:
    assert [label for label, _ in charts.variants(RUN, "without")] == ["Desk as it is", "Technical", "Sentiment", "On-chain"]
