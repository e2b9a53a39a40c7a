"""The exchange's own candles, to compare the stored ones with."""

from sqlalchemy import Connection, text

from functions.market.candles.timeframe import Timeframe
from tests.sim import BybitSim
from tests.sim.bybit.messages import kline_row
from tests.sim.market.candles import TIMEFRAMES

Rows = dict[int, tuple[float, ...]]


def exchange_series(exchange: BybitSim, symbol: str, timeframe: Timeframe, first: int, last: int) -> Rows:
    """Return open time in ms -> (open, high, low, close, volume, turnover) as REST tells it, first..last."""
    frame = TIMEFRAMES[timeframe.bybit]
    begin, candles = exchange.market.candles(symbol, frame, first, last, last + 2 * frame.length)
    spec = exchange.market.spec(symbol)
    rows = [kline_row(spec, begin + i * frame.length, candle) for i, candle in enumerate(candles.T.tolist())]
    rows = [exchange.rest.revised.get((symbol, frame.interval, int(row[0])), row) for row in rows]
    return {int(row[0]): tuple(float(value) for value in row[1:7]) for row in rows}


def stored_series(connection: Connection, symbol: str, timeframe: Timeframe) -> Rows:
    """Return what is stored, in the same form."""
    rows = connection.execute(
        text("""SELECT extract(epoch FROM open_time)::bigint * 1000 AS at, open, high, low, close, volume, turnover
                FROM candle WHERE symbol = :symbol AND timeframe = :timeframe"""),
        {"symbol": symbol, "timeframe": timeframe.value},
    )
    return {row.at: tuple(row[1:]) for row in rows}
