"""What a batch of closes refuses, and how it says that the gate is not known at the first of them."""

from dataclasses import replace

import numpy as np
import pytest

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.technical.setups.batch import decide_every_close, lacking_history
from functions.technical.setups.rules import SetupRules
from tests.unit.technical.making import walk
from tests.unit.technical.setups import pictured

NAMES = ["BTCUSDT", "AAAUSDT"]


def grids(names: list[str] = NAMES) -> dict[Timeframe, Candles]:
    return {timeframe: walk(timeframe, names, 60) for timeframe in (Timeframe.M15, Timeframe.H4, Timeframe.D1)}


@pytest.mark.parametrize("timeframe", [Timeframe.H4, Timeframe.D1])
def test_grids_of_other_symbols_are_refused(timeframe: Timeframe) -> None:
    with pytest.raises(ValueError, match=f"^expected the same symbols on every timeframe, {timeframe} has others than 15m$"):
        decide_every_close(grids() | {timeframe: walk(timeframe, [*reversed(NAMES)], 60)}, Timeframe.M15, SetupRules())


def test_grids_without_the_gate_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^expected the gate symbol BTCUSDT among the symbols$"):
        decide_every_close(grids(["AAAUSDT"]), Timeframe.M15, SetupRules())


@pytest.mark.parametrize(("known", "first"), [([True], None), ([False], 1), ([False, False, True], 2), ([False, True, False], 1)])
def test_closes_at_which_the_gate_is_not_known_are_counted(known: list[bool], first: int | None) -> None:
    decided = pictured()
    closes = replace(decided, gate=replace(decided.gate, regime_known=np.array([known])))
    said = lacking_history(closes)
    if first is None:
        assert said is None
    else:
        assert said is not None
        assert said.startswith(
            f"the gate is not known at the first {first} of {len(known)} closes: BTCUSDT needs 200 daily candles"
        )
