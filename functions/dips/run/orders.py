"""The orders of an evening as rows: for each account one for each coin that it does not hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from functions.market.universe import Instrument
from functions.technical.dips.levels import DipLevels, dip_levels
from functions.technical.dips.rules import DipRules
from functions.technical.dips.survey import DipSurvey

KIND = "dip"


@dataclass(frozen=True, slots=True)
class WantedDip:
    """An order that the rule wants: its coin, the close it stands on, its levels."""

    symbol: str
    close: Decimal
    levels: DipLevels


def wanted_dips(survey: DipSurvey, pairs: dict[str, Instrument], rules: DipRules) -> list[WantedDip]:
    """Return the orders of the newest close, by row."""
    wanted = []
    for row in np.flatnonzero(survey.wanted[:, -1]).tolist():
        symbol, close = survey.symbols[row], float(survey.close[row, -1])
        levels = dip_levels(close, float(survey.range[row, -1]), pairs[symbol].tick_size, rules)
        if levels is not None:
            wanted.append(WantedDip(symbol, Decimal(repr(close)), levels))
    return wanted


def order_rows(
    wanted: Sequence[WantedDip], account_id: int, held: Collection[str], day: datetime, at: datetime, rules: DipRules
) -> list[dict[str, Any]]:
    """Return the rows of an account's orders: none for a coin that it holds."""
    return [
        {
            "account_id": account_id,
            "kind": KIND,
            "symbol": dip.symbol,
            "side": "long",
            "day": day,
            "close": dip.close,
            "price": dip.levels.limit,
            "touched_at": dip.levels.touched_at,
            "stop": dip.levels.stop,
            "targets": list(dip.levels.targets),
            "placed_at": at,
            "looked_until": day,
            "expires_at": day + rules.life,
        }
        for dip in wanted
        if dip.symbol not in held
    ]
