"""Walk-forward searches: the tables are Optuna's own, a search that was cut off goes on, and nothing unfit is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from optuna.storages._rdb.models import BaseModel
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from functions.arrays import FloatArray
from functions.backtest.rules import BacktestRules
from functions.backtest.run.command import Asked
from functions.backtest.search.grid import Configuration, read_grid
from functions.backtest.search.run.command import SearchAsked, run_search
from functions.backtest.search.store import SCHEMA, count_done, done_trials, opened_study, run_trials
from functions.backtest.search.windows import WindowRules
from functions.errors import QuorumError
from functions.settings import Settings
from tests.unit.backtest.test_command import write
from tests.unit.backtest.worlds import BEGIN, DAYS, SINCE, world

GRID = read_grid(["hold=2|3|7", "regime_exit=yes|no"], BacktestRules())
TRIED = ("hold=2|7", "regime_exit=no|yes")


def evaluate(configuration: Configuration) -> FloatArray:
    return np.array([0.01, -0.005, float(configuration["hold"]) / 1000])


def test_tables_are_those_that_optuna_would_make(database: str) -> None:
    options = {"options": f"-c search_path={SCHEMA}"}
    address = make_url(database).set(drivername="postgresql+psycopg")
    engine = create_engine(address, poolclass=NullPool, connect_args=options)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "alembic_version"})
        assert compare_metadata(context, BaseModel.metadata) == []


def test_functions_make_no_tables_and_others_see_none(settings: Settings) -> None:
    for role, statement in (
        ("functions", f"CREATE TABLE {SCHEMA}.mine (id int)"),
        ("functions", f"DELETE FROM {SCHEMA}.version_info"),
        ("dashboard", f"SELECT * FROM {SCHEMA}.studies"),
        ("collector", f"SELECT * FROM {SCHEMA}.studies"),
    ):
        address = make_url(settings.database(role)).set(drivername="postgresql+psycopg")  # type: ignore[arg-type]
        with create_engine(address, poolclass=NullPool).connect() as connection, pytest.raises(ProgrammingError, match="denied"):
            connection.execute(text(statement))


def test_trials_that_were_cut_off_go_on_and_each_is_kept_once(settings: Settings) -> None:
    url, seen = settings.database("functions"), []

    def cut_at_the_third(configuration: Configuration) -> FloatArray:
        seen.append(configuration)
        if len(seen) == 3:
            raise SystemExit  # what a signal to end does; the trial stays as running
        return evaluate(configuration)

    with pytest.raises(SystemExit), opened_study(url, "one") as study:
        run_trials(study, GRID, cut_at_the_third, lambda _done: None)
    told: list[int] = []
    with opened_study(url, "one") as study:
        run_trials(study, GRID, evaluate, told.append)
    assert told == [3, 4, 5, 6]
    with opened_study(url, "one") as study:
        assert {key: len(days) for key, days in done_trials(study).items()} == {
            tuple(sorted(one.items())): 3 for one in GRID.configurations
        }
        run_trials(study, GRID, cut_at_the_third, lambda _done: None)  # nothing is left to do
        assert (len(seen), count_done(study)) == (3, 6)


def test_trial_that_failed_is_run_anew_by_whoever_asks_again(settings: Settings) -> None:
    url, seen = settings.database("functions"), []

    def fail_at_the_third(configuration: Configuration) -> FloatArray:
        seen.append(configuration)
        if len(seen) == 3:
            raise OSError("the disk is full")
        return evaluate(configuration)

    with pytest.raises(OSError, match="full"), opened_study(url, "one") as study:
        run_trials(study, GRID, fail_at_the_third, lambda _done: None)
    with opened_study(url, "one") as study:
        run_trials(study, GRID, evaluate, lambda _done: None)
        assert count_done(study) == 6


def test_studies_of_other_names_share_nothing(settings: Settings) -> None:
    url = settings.database("functions")
    with opened_study(url, "one") as study:
        run_trials(study, GRID, evaluate, lambda _done: None)
    with opened_study(url, "two") as study:
        assert count_done(study) == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history, home = world(), tmp_path_factory.mktemp("candles")
    write(home / "data", history.finest)
    write(home / "daily", history.days)
    days = [BEGIN + timedelta(days=day) for day in range(DAYS)]
    pd.DataFrame({"date": [f"{day:%Y-%m-%d}" for day in days], "value": 80}).to_csv(home / "mood.csv", index=False)
    return home


@pytest.fixture
def asked(place: Path) -> SearchAsked:
    span = Asked(
        str(place / "data"),
        since=SINCE,
        until=BEGIN + timedelta(days=DAYS),
        daily=place / "daily",
        fear_greed=place / "mood.csv",
    )
    return SearchAsked(span, TRIED, WindowRules(past=7, embargo=7, test=13))


def studies(engine: Engine) -> Sequence[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text(f"SELECT study_name FROM {SCHEMA}.studies")))


def test_two_processes_share_a_search_and_asked_again_it_says_the_same(
    settings: Settings, engine: Engine, asked: SearchAsked, tmp_path: Path
) -> None:
    first = run_search(settings, replace(asked, processes=2), tmp_path / "out.html")
    again = run_search(settings, asked)
    assert first == again
    assert studies(engine) == [first["study"]]
    assert (first["trials"], first["windows"], [one["configuration"].keys() for one in first["choices"]]) == (
        4,
        2,
        [{"hold", "regime_exit"}] * 2,
    )
    assert first["from"] == (SINCE + timedelta(days=14)).isoformat()
    assert first["trades"] > 0
    assert first["hashes"]["result"] in (tmp_path / "out.html").read_text()
    assert "What the search is worth" in (tmp_path / "out.html").read_text()
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {SCHEMA}.trials WHERE state = 'COMPLETE'")) >= 4


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"tried": ("luck=1|2",)}, "unknown_parameter", "luck"),
        ({"tried": ("hold=5",)}, "wrong_parameter", "got 1"),
        ({"tried": ("hold=5|14",)}, "short_embargo", "14 days, got 7"),
        ({"windows": WindowRules(past=60, embargo=7, test=13)}, "too_little_history", "93 days"),
        ({"processes": 0}, "wrong_processes", "1 to 64"),
    ],
)
def test_what_is_not_fit_gets_one_line_and_nothing_is_kept(
    settings: Settings, engine: Engine, asked: SearchAsked, changes: dict[str, object], code: str, says: str
) -> None:
    with pytest.raises(QuorumError) as error:
        run_search(settings, replace(asked, **changes))  # type: ignore[arg-type]
    assert (error.value.code, says in error.value.detail, "\n" in error.value.detail) == (code, True, False)
    assert error.value.exit_code > 0
    assert studies(engine) == []


def test_optuna_says_nothing_by_itself(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with opened_study(settings.database("functions"), "quiet") as study:
        run_trials(study, GRID, evaluate, lambda _done: None)
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    assert capsys.readouterr().err == ""
