"""The trials of a search in the shared Postgres, kept by Optuna: any number of processes and machines work on one study.

Optuna's tables live in a schema of their own, made by the migrations; the role of the functions reads and writes them and makes
none. A study is named by what its trials depend on, so the same search goes on where it was cut off.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import optuna
from optuna.samplers import GridSampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import make_url

from functions.arrays import FloatArray
from functions.backtest.search.grid import Configuration, Grid
from functions.performance.metrics.equity import sharpe

SCHEMA = "backtest_search"
RETURNS = "returns"  # of a trial: what each day earned
OPTIONS = f"-c timezone=UTC -c search_path={SCHEMA} -c statement_timeout=30000"
Evaluate = Callable[[Configuration], FloatArray]
# Of each day, by a configuration's values in order of their names.
Returns = Mapping[tuple[tuple[str, str], ...], Sequence[float]]


def study_name(keys: Mapping[str, str], grid: Grid) -> str:
    """Return the name of a search: SHA-256 of its data, code, settings and grid."""
    return hashlib.sha256(json.dumps([dict(keys), dict(grid.values)], sort_keys=True).encode()).hexdigest()


@contextmanager
def opened_study(url: str, name: str) -> Iterator[optuna.Study]:
    """Open the study of a name; it is begun when there is none.

    Args:
        url: the database's, as the role of the functions.
        name: of the study.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    address = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    connect = {"application_name": "backtest-search", "connect_timeout": 5, "options": OPTIONS}
    storage = RDBStorage(
        address, engine_kwargs={"connect_args": connect, "pool_size": 1, "pool_pre_ping": True}, skip_table_creation=True
    )
    try:
        yield optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
    finally:
        storage.remove_session()
        storage.engine.dispose()


def run_trials(study: optuna.Study, grid: Grid, evaluate: Evaluate, done: Callable[[int], None]) -> None:
    """Run configurations that nobody has run until there is none left; of equal ones that two processes ran one counts.

    A configuration whose process was ended, or whose trial failed, runs anew once the others are done.

    Args:
        study: shared by all processes.
        grid: that is tried.
        evaluate: gives the daily returns of a configuration.
        done: told after each trial how many configurations are done.
    """
    sampler = GridSampler({name: list(values) for name, values in grid.values.items()}, seed=0)
    study.sampler = sampler

    def objective(trial: Trial) -> float:
        configuration = {name: str(trial.suggest_categorical(name, values)) for name, values in grid.values.items()}
        returns = evaluate(configuration)
        trial.set_user_attr(RETURNS, returns.tolist())
        ratio = sharpe(returns)
        return ratio if abs(ratio) < float("inf") else 0.0

    def tell(_study: optuna.Study, _trial: FrozenTrial) -> None:
        done(count_done(study))

    if not sampler.is_exhausted(study):
        study.optimize(objective, callbacks=[tell])
    for parameters in _failed(study):
        study.enqueue_trial(dict(parameters))
        study.optimize(objective, n_trials=1, callbacks=[tell])


def _failed(study: optuna.Study) -> list[Mapping[str, str]]:
    """Return the configurations whose trials have failed and were not done since."""
    done = done_trials(study)
    failed: list[FrozenTrial] = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    open_ones = {tuple(sorted(trial.params.items())): trial.params for trial in failed if trial.params}
    return [parameters for values, parameters in open_ones.items() if values not in done]


def count_done(study: optuna.Study) -> int:
    """Return how many configurations are done."""
    return len(done_trials(study))


def done_trials(study: optuna.Study) -> Returns:
    """Return the daily returns of every configuration that is done."""
    complete: list[FrozenTrial] = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return {tuple(sorted(trial.params.items())): trial.user_attrs[RETURNS] for trial in complete}
