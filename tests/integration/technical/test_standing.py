"""A lower timeframe reads the same from the states that scans left as the batch reads from an analysis of all candles."""

from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import Engine

from functions.market.candles.grid import CANDLE_FIELDS, Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical import store
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.quality import Problem
from functions.technical.setups.standing import standing_at
from functions.technical.setups.state_row import standing_of, state_of
from functions.technical.setups.verdict import context_only
from tests.unit.technical.making import END, walk

SYMBOLS = ("SOUNDUSDT", "HOLEDUSDT", "BROKENUSDT", "SILENTUSDT", "NEVERUSDT")
BARS, SILENT = 90, 10


def candles() -> Candles:
    """Four-hour candles: sound, with candles missing, with malformed ones, silent for the last ten, and none at all."""
    made = walk(Timeframe.H4, SYMBOLS, BARS, seed=4)
    grids = {name: getattr(made, name).copy() for name in CANDLE_FIELDS}
    for grid in grids.values():
        grid[1, [60, 70, 71, BARS - 3, BARS - 1]] = np.nan
        grid[3, -SILENT:] = np.nan
        grid[4] = np.nan
    grids["high"][2, [65, BARS - 2, BARS - 1]] = 1e-3
    return Candles(made.timeframe, SYMBOLS, made.open_time, *grids.values())


def leave_states(engine: Engine, analysis: Analysis, there: Candles) -> None:
    """Write the state of every candle that arrived, malformed ones among them, as scans do."""
    with engine.begin() as connection:
        for column in range(len(analysis.close_time)):
            store.write_states(
                connection,
                [
                    state_of(analysis, row, column, context_only(analysis, row, column), 0, None)
                    for row in range(len(SYMBOLS))
                    if not np.isnan(there.close[row, column])
                ],
            )


@pytest.mark.parametrize("from_close", [BARS - 40, BARS - 1], ids=["forty candles", "the newest candle"])
def test_states_left_by_scans_stand_as_the_analysis_does(engine: Engine, from_close: int) -> None:
    made = candles()
    analysis = analyse(made)
    leave_states(engine, analysis, made)
    first = int(analysis.close_time[from_close])
    closes = np.arange(first, int(END.timestamp() * 1000) + 1, Timeframe.M15.milliseconds, dtype=np.int64)
    moments = [datetime.fromtimestamp(int(close) / 1000, UTC) for close in (closes[0], closes[-1])]
    with engine.connect() as connection:
        rows = store.standing_rows(connection, Timeframe.H4, SYMBOLS, *moments)
    live, batch = standing_of(Timeframe.H4, SYMBOLS, closes, rows), standing_at(analysis, closes)
    for field in fields(batch):
        np.testing.assert_array_equal(getattr(live, field.name), getattr(batch, field.name), err_msg=field.name)
    assert batch.late[:, -1].tolist() == [0, 1, 2, SILENT, -1]
    assert batch.problem[2, -1] != Problem.MISSING
