"""The daily candles of the watched coins after a midnight, and what dip orders and CORE see in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from functions.arrays import BoolArray, FloatGrid
from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.market.run.universe import watched_symbols
from functions.market.store.candle_grids import read_range
from functions.market.store.universe import read_instruments
from functions.market.universe import Instrument, tradable
from functions.settings import Settings
from functions.technical.dips.rules import DipRules
from functions.technical.dips.survey import DipSurvey, survey_dips

LOOKED_BACK = timedelta(days=1000)  # EMA(200) is settled by then
PATIENCE = timedelta(minutes=10)  # a coin whose daily candle does not come by then is left out


@dataclass(frozen=True, slots=True)
class WatchedDays:
    """Daily candles up to a close, and what the exchange says of their pairs."""

    day: datetime
    candles: Candles
    pairs: dict[str, Instrument]

    @property
    def late(self) -> list[str]:
        """Return the coins that have the candle of the day before and not yet the newest one."""
        days, newest = self.candles, int(Timeframe.D1.last_closed(self.day).timestamp() * 1000)
        if not len(days.open_time):
            return list(days.symbols)
        there = ~np.isnan(days.close)
        now = there[:, days.open_time == newest].any(axis=1)
        before = there[:, days.open_time == newest - Timeframe.D1.milliseconds].any(axis=1)
        return [days.symbols[row] for row in np.flatnonzero(before & ~now)]

    @property
    def coins(self) -> BoolArray:
        """Tell which rows may be traded, `[S]`."""
        return np.array([tradable(self.pairs[name]) for name in self.candles.symbols], dtype=np.bool_)

    @property
    def turnover(self) -> FloatGrid:
        """Return what was traded each day in USDT: coins at the middle of high, low and close, `[S, T]`; NaN of other rows."""
        days = self.candles
        turnover: FloatGrid = days.volume * (days.high + days.low + days.close) / 3
        return np.where(self.coins[:, None], turnover, np.nan)

    def survey(self, rules: DipRules) -> DipSurvey | None:
        """Survey the days; None when the gate's symbol has none."""
        if not len(self.candles.open_time) or rules.gate_symbol not in self.candles.symbols:
            return None
        return survey_dips(self.candles, self.coins, self.turnover, rules)


def read_days(connection: Connection, day: datetime, settings: Settings, at: datetime) -> WatchedDays:
    """Read the daily candles of the watched coins up to a close."""
    names = sorted({*watched_symbols(connection, settings, at), settings.gate_symbol})
    return _read(connection, names, day)


def read_gate_days(connection: Connection, day: datetime, gate_symbol: str) -> WatchedDays:
    """Read those of the gate alone."""
    return _read(connection, [gate_symbol], day)


def _read(connection: Connection, names: list[str], day: datetime) -> WatchedDays:
    pairs = read_instruments(connection, names)
    rows = tuple(name for name in names if name in pairs)
    return WatchedDays(day, read_range(connection, Timeframe.D1, rows, day - LOOKED_BACK, Timeframe.D1.last_closed(day)), pairs)
