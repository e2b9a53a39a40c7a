"""What a scoring reads and writes: what waits, what is known beside the factors, scores, signals and rejections."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from db.tables import close_to_score, regime_change, signal
from db.tables import symbol as pair
from functions.factors.reading import Factor
from functions.market.candles.timeframe import Timeframe
from functions.market.universe import Instrument, tradable
from functions.scoring.document import SOURCE
from functions.scoring.judge import FoundSetup
from functions.scoring.rules import VERSION
from functions.technical.setups.rules import VERSION as SETUP_VERSION

LOCK = 0x53434F52  # any constant: one scoring at a time
_DIRECTIONS = {"LONG": 1, "SHORT": -1}


@dataclass(frozen=True, slots=True)
class WaitingClose:
    """The symbols that were scanned at a close of a timeframe and are not scored yet."""

    timeframe: Timeframe
    close_time: datetime
    symbols: tuple[str, ...]


def lock_scoring(connection: Connection) -> None:
    """Wait until no other scoring runs; held until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def waiting_closes(connection: Connection, as_of: datetime, limit: int) -> list[WaitingClose]:
    """Return the oldest closes that wait, and keep scans from adding to them; oldest first, of one close 1h before 15m."""
    column = close_to_score.c
    wanted = select(column.timeframe, column.close_time, column.symbols).where(column.close_time <= as_of)
    rows = connection.execute(wanted.order_by(column.close_time, column.timeframe.desc()).limit(limit).with_for_update())
    return [WaitingClose(Timeframe(timeframe), close, tuple(symbols)) for timeframe, close, symbols in rows]


def remove_waiting(connection: Connection, closes: Sequence[WaitingClose]) -> None:
    """Take closes off that are scored."""
    column = close_to_score.c
    done = [(close.timeframe.value, close.close_time) for close in closes]
    connection.execute(delete(close_to_score).where(tuple_(column.timeframe, column.close_time).in_(done)))


_SETUPS = text("""
    SELECT s.symbol, s.timeframe, s.close_time, s.version, s.direction, s.entry, s.stop, s.targets, s.risk_reward, s.cost,
           s.range_ratio, s.created_at, s.expires_at
    FROM unnest(CAST(:timeframes AS text[]), CAST(:closes AS timestamptz[])) AS due (timeframe, close_time)
    JOIN setup AS s USING (timeframe, close_time)
    WHERE s.version = :version
      AND NOT EXISTS (SELECT FROM rejection AS r WHERE (r.symbol, r.timeframe, r.close_time, r.version)
                                                      = (s.symbol, s.timeframe, s.close_time, s.version))
      AND NOT EXISTS (SELECT FROM signal AS x WHERE (x.symbol, x.timeframe, x.close_time, x.source)
                                                    = (s.symbol, s.timeframe, s.close_time, :source))
    ORDER BY s.close_time, s.timeframe DESC, s.symbol
""")


def setups_to_judge(connection: Connection, closes: Sequence[WaitingClose]) -> list[FoundSetup]:
    """Return the setups of some closes that are neither a signal nor a rejection yet, in the order of their judgement."""
    about = {"timeframes": [close.timeframe.value for close in closes], "closes": [close.close_time for close in closes]}
    rows = connection.execute(_SETUPS, {**about, "version": SETUP_VERSION, "source": SOURCE}).mappings()
    return [
        FoundSetup(
            **{
                **row,
                "timeframe": Timeframe(row["timeframe"]),
                "direction": _DIRECTIONS[row["direction"]],
                "targets": tuple(row["targets"]),
            }
        )
        for row in rows
    ]


_DETAILS = text("""
    SELECT s.reasons, coalesce(t.state -> 'indicators', '{}'::jsonb) AS indicators
    FROM setup AS s LEFT JOIN technical_state AS t USING (symbol, timeframe, close_time, version)
    WHERE s.symbol = :symbol AND s.timeframe = :timeframe AND s.close_time = :close_time AND s.version = :version
""")


def setup_details(connection: Connection, setup: FoundSetup) -> dict[str, Any]:
    """Return the reasons of a setup and its indicators, as its scan left them: a signal carries them, a judgement needs none."""
    about = {"timeframe": setup.timeframe.value, "close_time": setup.close_time, "version": setup.version}
    return dict(connection.execute(_DETAILS, {"symbol": setup.symbol, **about}).mappings().one())


def tradable_symbols(connection: Connection, symbols: Sequence[str]) -> frozenset[str]:
    """Return which symbols are coins to trade; one that is not known is none."""
    names = ("symbol", "base", "quote", "status", "tick_size", "lot_size", "min_order_amount", "kind", "special_treatment")
    rows = connection.execute(select(*(pair.c[name] for name in names)).where(pair.c.symbol.in_(symbols))).mappings()
    instruments = (Instrument(**row) for row in rows)
    return frozenset(one.symbol for one in instruments if tradable(one))


def signal_closes(
    connection: Connection, symbols: Sequence[str], first: datetime, last: datetime
) -> defaultdict[str, list[datetime]]:
    """Return at which closes from `first` to `last` each symbol had a signal."""
    column = signal.c
    wanted = select(column.symbol, column.close_time).where(
        column.symbol.in_(symbols), column.created_at >= first, column.close_time.between(first, last)
    )
    closes: defaultdict[str, list[datetime]] = defaultdict(list)
    for name, close in connection.execute(wanted):
        closes[name].append(close)
    return closes


def newest_scanned(connection: Connection, timeframe: Timeframe, as_of: datetime) -> datetime | None:
    """Return the newest close of a timeframe that was scanned, at or before a moment; None without one."""
    newest: datetime | None = connection.scalar(
        text("SELECT max(close_time) FROM technical_state WHERE timeframe = :timeframe AND close_time <= :as_of"),
        {"timeframe": timeframe.value, "as_of": as_of},
    )
    return newest


_WRITE_SCORES = text("""
    INSERT INTO score (symbol, close_time, version, as_of, score, coverage, confidence, technical, sentiment, onchain, context,
                       momentum, created_at)
    SELECT symbol, :close_time, :version, :as_of, NULLIF(score, 'NaN'), coverage, confidence, NULLIF(technical, 'NaN'),
           NULLIF(sentiment, 'NaN'), NULLIF(onchain, 'NaN'), NULLIF(context, 'NaN'), NULLIF(momentum, 'NaN'), :created_at
    FROM unnest(CAST(:symbol AS text[]), CAST(:score AS float8[]), CAST(:coverage AS float8[]), CAST(:confidence AS float8[]),
                CAST(:technical AS float8[]), CAST(:sentiment AS float8[]), CAST(:onchain AS float8[]),
                CAST(:context AS float8[]), CAST(:momentum AS float8[]))
         AS row (symbol, score, coverage, confidence, technical, sentiment, onchain, context, momentum)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """Scores of one close, `[N]`: `points` are those of each factor; NaN where there is none."""

    symbols: Sequence[str]
    score: NDArray[np.float64]
    coverage: NDArray[np.float64]
    confidence: NDArray[np.float64]
    points: Mapping[Factor, NDArray[np.float64]]


def write_scores(connection: Connection, close: datetime, known_at: datetime, columns: ScoreColumns, created_at: datetime) -> int:
    """Write the scores of one close and return how many were not there yet; what is there already stays.

    Args:
        connection: in the caller's transaction.
        close: of the 15m candle.
        known_at: what was known then they stand on.
        columns: the scores.
        created_at: market time of the run.
    """
    about = {"close_time": close, "version": VERSION, "as_of": known_at, "created_at": created_at}
    grids = {"score": columns.score, "coverage": columns.coverage, "confidence": columns.confidence}
    points = {factor.value: np.ascontiguousarray(columns.points[factor]) for factor in Factor}
    written = connection.execute(
        _WRITE_SCORES,
        {**about, "symbol": list(columns.symbols), **{name: np.ascontiguousarray(one) for name, one in grids.items()}, **points},
    )
    return written.rowcount


def write_signal(connection: Connection, columns: Mapping[str, Any]) -> int | None:
    """Write a signal and return its id; None when it is there already."""
    number: int | None = connection.scalar(insert(signal).values(columns).on_conflict_do_nothing().returning(signal.c.id))
    return number


_WRITE_REJECTIONS = text("""
    INSERT INTO rejection (symbol, timeframe, close_time, version, failed, code, reasons, score, coverage, confidence, factors,
                           created_at)
    SELECT symbol, timeframe, close_time, version, failed, code, reasons, score, coverage, confidence, factors, created_at
    FROM json_to_recordset(CAST(:rows AS json)) AS row (
        symbol text, timeframe text, close_time timestamptz, version int, failed int, code text, reasons jsonb, score float8,
        coverage float8, confidence float8, factors jsonb, created_at timestamptz)
    ON CONFLICT DO NOTHING
""")


def write_rejections(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rejections, each by its columns; what is there already stays."""
    if rows:
        connection.execute(_WRITE_REJECTIONS, {"rows": orjson.dumps(list(rows)).decode()})


def last_regime(connection: Connection, symbol: str, as_of: datetime) -> tuple[int, datetime] | None:
    """Return what the gate was last known to be, and since which daily close; None before the first time."""
    column = regime_change.c
    row = connection.execute(
        select(column.regime, column.close_time)
        .where(column.symbol == symbol, column.version == SETUP_VERSION, column.noted_at <= as_of, column.close_time <= as_of)
        .order_by(column.close_time.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.regime, row.close_time)


def write_regime(
    connection: Connection, symbol: str, close: datetime, regime: int, before: int | None, noted_at: datetime
) -> bool:
    """Note that the gate changed with a daily close; False when that is noted already."""
    statement = insert(regime_change).values(
        symbol=symbol, close_time=close, version=SETUP_VERSION, regime=regime, before=before, noted_at=noted_at
    )
    return bool(connection.execute(statement.on_conflict_do_nothing()).rowcount)
