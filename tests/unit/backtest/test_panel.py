"""The coins of the research are chosen by what was known on each day."""

import numpy as np
import pandas as pd

from tests.research.panel import MOST_LIQUID, TURNOVER_DAYS, entered

DAYS = pd.date_range("2021-01-01", periods=100, tz="UTC")


def test_coin_enters_when_it_is_first_among_the_most_liquid_and_no_later_day_matters() -> None:
    turnover = pd.DataFrame({f"C{number:02}USDT": np.full(100, 100.0 - number) for number in range(MOST_LIQUID)}, index=DAYS)
    turnover["LATEUSDT"] = np.where(np.arange(100) < 50, 1.0, 1000.0)
    turnover["NEVERUSDT"] = 0.5
    turnover["USDCUSDT"] = 5000.0
    first = entered(turnover)
    assert first["C00USDT"] == DAYS[TURNOVER_DAYS - 1]
    assert first["LATEUSDT"] == DAYS[50 + TURNOVER_DAYS // 2 - 1]  # half of thirty days are in
    assert first.keys().isdisjoint({"NEVERUSDT", "USDCUSDT"})
    known = entered(turnover.iloc[:60])
    assert known == {name: day for name, day in first.items() if day in DAYS[:60]}
