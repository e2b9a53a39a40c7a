"""Read one signal with the candles round its close."""

from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection

from functions.errors import NotFound
from functions.market.store.candle_grids import read_range
from functions.panes.answers import CandleShown, SignalPane
from functions.scoring.answers import StandingSignal
from functions.scoring.store.signals import standing_signal

BEFORE, AFTER = 40, 80  # candles


def read_signal(connection: Connection, number: int, as_of: datetime, wall: datetime) -> SignalPane:
    """Return a signal as it stood at a moment, with the candles before its close and, as far as they were over, after it.

    Raises:
        NotFound: there was no such signal by then.
    """
    signal = standing_signal(connection, number, as_of)
    if signal is None:
        raise NotFound("unknown_signal", f"there is no signal {number} by {as_of:%Y-%m-%d %H:%M} UTC")
    return SignalPane(as_of=as_of, signal=signal, candles=_candles(connection, signal, as_of, wall))


def _candles(connection: Connection, signal: StandingSignal, as_of: datetime, wall: datetime) -> list[CandleShown]:
    span, close = signal.timeframe.span, signal.close_time.astimezone(UTC)
    first, last = close - BEFORE * span, min(close + (AFTER - 1) * span, signal.timeframe.last_closed(as_of))
    grid = read_range(connection, signal.timeframe, [signal.symbol], first, last, wall)
    prices = np.stack([grid.open[0], grid.high[0], grid.low[0], grid.close[0]], axis=1)
    return [
        CandleShown(closed_at=first + (place + 1) * span, open=one[0], high=one[1], low=one[2], close=one[3])
        for place, one in enumerate(prices.tolist())
        if not np.isnan(one[3])
    ]
