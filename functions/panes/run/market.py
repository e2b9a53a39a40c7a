"""Read the market's pane."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from functions.factors.answers import SourceReading
from functions.factors.reading import MARKET
from functions.factors.store import newest_readings
from functions.market.candles.timeframe import Timeframe
from functions.market.store import latest_universe, read_universe
from functions.market.universe import tradable
from functions.panes.answers import MarketPane, MarketRow
from functions.panes.store import DAY, SPAN, ClosedCandle, last_day
from functions.scoring.rules import ScoreRules
from functions.scoring.run.coin import gate_at
from functions.scoring.store.answers import newest_scores
from functions.technical.store import standing_rows

SHOWN = 20
HOURS = 24


def read_market(connection: Connection, as_of: datetime, rules: ScoreRules) -> MarketPane:
    """Return the pairs with the largest turnover at a moment, by the newest snapshot of the universe before it."""
    names = _largest(connection, as_of)
    candles = last_day(connection, names, as_of)
    trends = {row.symbol: row for row in standing_rows(connection, Timeframe.D1, names, as_of, as_of)}
    scores = {row["symbol"]: row for row in newest_scores(connection, as_of)}
    rows = []
    for name in names:
        if name in candles:
            trend, score = trends.get(name), scores.get(name, {})
            rows.append(
                MarketRow(
                    symbol=name,
                    **_prices(candles[name], as_of),
                    trend=trend.direction if trend else None,
                    strength=trend.strength if trend else None,
                    score=score.get("score"),
                    confidence=score.get("confidence"),
                    scored_at=score.get("close_time"),
                )
            )
    moods = [SourceReading.of(reading, as_of) for reading in newest_readings(connection, [MARKET], as_of)]
    return MarketPane(as_of=as_of, gate=gate_at(connection, as_of, rules), moods=moods, rows=rows)


def _largest(connection: Connection, as_of: datetime) -> list[str]:
    day = latest_universe(connection, as_of)
    if day is None:
        return []
    ranked = [pair.instrument for pair in read_universe(connection, day, as_of)]
    return [instrument.symbol for instrument in ranked if tradable(instrument)][:SHOWN]


def _prices(candles: Sequence[ClosedCandle], as_of: datetime) -> dict[str, object]:
    newest, begin = candles[-1], as_of - DAY
    before = [candle for candle in candles if candle.closed_at <= begin]
    day = [candle for candle in candles if candle.closed_at > begin]
    hourly = [candle.close for candle in day if candle.closed_at.minute == 0]
    # What lies a day back is only comparable when it is the close that was the newest one then.
    old = before[-1].close if before and begin - before[-1].closed_at < SPAN else None
    return {
        "price": newest.close,
        "closed_at": newest.closed_at,
        "age_seconds": (as_of - newest.closed_at).total_seconds(),
        "change_24h": newest.close / old - 1 if old else None,
        "turnover_24h": sum(candle.close * candle.volume for candle in day),
        "closes": hourly[-HOURS:],
    }
