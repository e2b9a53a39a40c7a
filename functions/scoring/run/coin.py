"""What is known of one coin at a moment: its score, what each source says with its age and evidence, its signal or rejection."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from functions.errors import NotFound
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.store import newest_readings, reading_grids
from functions.market.candles.gaps import to_ms
from functions.market.candles.timeframe import Timeframe
from functions.scoring.answers import CoinScore, FactorRow, Gate, ReadingRow, RejectionRow, ScoreRow
from functions.scoring.combine import combine, points
from functions.scoring.document import FactorSaid
from functions.scoring.factor_grids import factor_grids
from functions.scoring.gate import regime
from functions.scoring.judge import Known
from functions.scoring.rules import ScoreRules
from functions.scoring.store import answers, line, signals
from functions.technical.setups.state_row import standing_of
from functions.technical.store import standing_rows

REJECTED_SINCE = timedelta(hours=4)  # an older rejection says nothing of now


def gate_at(connection: Connection, as_of: datetime, rules: ScoreRules) -> Gate:
    """Return what the gate is at a moment, and since which daily close as far as that was noted."""
    symbol = rules.setups.gate_symbol
    rows = standing_rows(connection, Timeframe.D1, [symbol], as_of, as_of)
    standing = standing_of(Timeframe.D1, (symbol,), np.array([to_ms(as_of)], dtype=np.int64), rows)
    found = float(regime(standing)[0, 0])
    last = line.last_regime(connection, symbol, as_of)
    known = int(found) if np.isfinite(found) else None
    return Gate(symbol=symbol, regime=known, since=last[1] if last and last[0] == known else None)


def coin_score(connection: Connection, symbol: str, as_of: datetime, rules: ScoreRules) -> CoinScore:
    """Return what is known of `symbol` at `as_of`.

    Raises:
        NotFound: the exchange has no such pair.
    """
    if not answers.knows(connection, symbol):
        raise NotFound("unknown_symbol", f"{symbol} is not a pair of the exchange")
    scores = answers.newest_scores(connection, as_of, symbol)
    rejected = answers.rejections(connection, as_of - REJECTED_SINCE, as_of, 1, symbol)
    return CoinScore(
        symbol=symbol,
        as_of=as_of,
        gate=gate_at(connection, as_of, rules),
        score=ScoreRow.model_validate(scores[0]) if scores else None,
        factors=factors_at(connection, symbol, as_of, rules),
        signal=signals.live_signal(connection, symbol, as_of),
        rejection=RejectionRow.model_validate(rejected[0]) if rejected else None,
    )


def factors_at(connection: Connection, symbol: str, as_of: datetime, rules: ScoreRules) -> list[FactorRow]:
    """Return every factor of a coin at a moment, with all that was said of it last, also what is stale."""
    moments = np.array([(as_of - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)], dtype=np.int64)
    readings = reading_grids(connection, [symbol, MARKET], moments)
    factors = factor_grids(readings, (1, 1), rules)
    known = Known(readings, factors, combine(factors, rules), points(factors, rules))
    score = float(known.scores.score[0, 0])
    side = 0 if np.isnan(score) else int(np.sign(score - 50.0))
    said: dict[Factor, list[ReadingRow]] = {factor: [] for factor in Factor}
    for reading in newest_readings(connection, [symbol, MARKET], as_of):
        said[reading.factor].append(ReadingRow.model_validate(_reading(reading, as_of)))
    now = [FactorSaid.model_validate(factor) for factor in known.said(0, 0, side, rules)]
    return [
        FactorRow(factor=one.factor, weight=rules.weights.share(one.factor), now=one, readings=said[one.factor]) for one in now
    ]


def _reading(reading: FactorReading, as_of: datetime) -> dict[str, Any]:
    return {
        "source": reading.source,
        "market": reading.symbol == MARKET,
        "value": reading.value,
        "confidence": reading.confidence,
        "publishers": reading.publishers,
        "as_of": reading.as_of,
        "age_seconds": (as_of - reading.as_of).total_seconds(),
        "stale_at": reading.stale_at,
        "fresh": reading.stale_at > as_of,
        "evidence": dict(reading.evidence),
    }
