"""One sound setup of a decision on hand-written cells, and what can be changed about it."""

from dataclasses import replace
from typing import Any

import numpy as np

from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.analysis import Analysis, analyse
from functions.technical.engine.entries import Entries
from functions.technical.engine.quality import Problem
from functions.technical.setups.grids import decide
from functions.technical.setups.rules import SetupRules
from functions.technical.setups.standing import Standing
from functions.technical.setups.verdict import DecidedCloses
from tests.unit.technical.making import walk


def signs(value: int) -> Any:
    return np.array([[value]], dtype=np.int8)


def floats(value: float) -> Any:
    return np.array([[value]])


def entry(**changes: Any) -> Analysis:
    """A 15m close at 100 with a long breakout, its own trend up, volume above average, MACD histogram positive."""
    base = analyse(walk(Timeframe.M15, ["AAAUSDT"], 300), 1)
    values = {
        "breakout": 1,
        "pullback": 0,
        "momentum": 0,
        "problem": Problem.NONE,
        "direction": 1,
        "strength": 1.0,
        "volume": 2.0,
        "histogram": 0.5,
        "timeframe": Timeframe.M15,
        **changes,
    }
    return replace(
        base,
        timeframe=values["timeframe"],
        close=floats(100.0),
        volume=floats(values["volume"]),
        problem=signs(values["problem"]),
        entries=Entries(signs(values["breakout"]), signs(values["pullback"]), signs(values["momentum"])),
        trend=replace(base.trend, direction=signs(values["direction"]), strength=floats(values["strength"])),
        indicators=replace(base.indicators, volume_average=floats(1.0), macd_histogram=floats(values["histogram"])),
    )


def standing(timeframe: Timeframe, **changes: Any) -> Standing:
    """A fresh, sound state in a strong up-trend with an ATR of 5 (1d) or 2 (4h)."""
    values = {
        "late": 0,
        "problem": Problem.NONE,
        "direction": 1,
        "strength": 1.0,
        "atr": 5.0 if timeframe is Timeframe.D1 else 2.0,
        "regime": 1,
        "known": True,
        **changes,
    }
    return Standing(
        timeframe,
        np.array([[0 if values["late"] < 0 else 1]]),
        np.array([[values["late"]]]),
        signs(values["problem"]),
        signs(values["direction"]),
        floats(values["strength"]),
        floats(values["atr"]),
        signs(values["regime"]),
        np.array([[values["known"]]]),
    )


def pictured(
    own: dict[str, Any] | None = None,
    day: dict[str, Any] | None = None,
    four: dict[str, Any] | None = None,
    gate: dict[str, Any] | None = None,
    rules: SetupRules | None = None,
) -> DecidedCloses:
    """The setup with some values changed, decided."""
    parts = (
        entry(**(own or {})),
        standing(Timeframe.D1, **(day or {})),
        standing(Timeframe.H4, **(four or {})),
        standing(Timeframe.D1, **(gate or {})),
    )
    chosen = rules or SetupRules()
    return DecidedCloses(*parts, decide(*parts, chosen), chosen)


SHORT: dict[str, Any] = {
    "own": {"breakout": -1, "direction": -1, "histogram": -0.5},
    "day": {"direction": -1},
    "four": {"direction": -1},
    "gate": {"regime": -1},
}
