"""The history of Fear & Greed from a csv: the columns `date` (or `timestamp`, seconds) and `value`, 0 to 100, one row a day."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from functions.errors import InputRejected
from functions.factors.context import fear_greed_factor
from functions.factors.history import FactorSource, ReadingColumns
from functions.factors.reading import Factor
from functions.factors.rules import FactorRules

NAME = "fear_greed"
LIFE = timedelta(hours=36)  # as the live source says it
SEEN_AFTER = timedelta(hours=1)  # the number of a day comes out soon after it begins
_MICROSECOND = timedelta(microseconds=1)


def fear_greed_readings(file: Path, market_row: int) -> ReadingColumns:
    """Read the numbers as the live source would have said them, each known an hour after its day began.

    Args:
        file: the csv.
        market_row: row of the grids that stands for the market as a whole.

    Raises:
        InputRejected: a column lacks, or a value is no number from 0 to 100.
    """
    frame = pd.read_csv(file)
    if "value" not in frame or not {"date", "timestamp"} & set(frame):
        raise InputRejected("wrong_columns", f"expected the columns date (or timestamp) and value in {file.name}")
    try:
        times = frame["date"] if "date" in frame else pd.to_datetime(frame["timestamp"], unit="s", utc=True)
        days = pd.to_datetime(times, utc=True).dt.as_unit("us").to_numpy(dtype="datetime64[us]").astype(np.int64)
        index = frame["value"].to_numpy(dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InputRejected("wrong_values", f"expected days and numbers from 0 to 100 in {file.name}: {error}") from error
    if not ((index >= 0) & (index <= 100)).all():
        raise InputRejected("wrong_values", f"expected numbers from 0 to 100 in {file.name}")
    order = np.argsort(days, kind="stable")
    days, said = days[order], fear_greed_factor(index[order], FactorRules())
    return ReadingColumns(
        source=FactorSource(Factor.CONTEXT, NAME),
        row=np.full(len(days), market_row),
        as_of=days,
        seen_at=days + SEEN_AFTER // _MICROSECOND,
        stale_at=days + LIFE // _MICROSECOND,
        value=said.value,
        confidence=said.confidence,
        publishers=np.ones(len(days), dtype=np.int64),
    )
