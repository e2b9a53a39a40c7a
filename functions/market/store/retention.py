"""The SQL that removes old rows, a day at a time.

Every statement names the stretch of time it is about in constants: a hypertable then touches the chunks of that day alone, and no
statement holds its locks for long, however much has gathered while nothing was removed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from functions.market.retention import Cut, Kind

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the rows of a kind lie, which column says how old they are, and which rows of the table they are."""

    table: str
    moment: str
    where: str = "true"


_OF_TIMEFRAME = "timeframe = :timeframe"
# The figures of an evening begin where those of the evening before ended, however long ago that was.
_NOT_THE_LAST_REPORT = "id <> coalesce((SELECT max(id) FROM alert WHERE kind = 'daily_report'), 0)"
_OF_CANDLES = "series_id IN (SELECT id FROM factor_series WHERE source IN ('trends', 'moves'))"
_ROWS = {
    Kind.CANDLES: _Rows("candle", "open_time", _OF_TIMEFRAME),
    Kind.STATES: _Rows("technical_state", "close_time", _OF_TIMEFRAME),
    Kind.GAPS_OF_REMOVED_CANDLES: _Rows("gap", "last_open_time", f"{_OF_TIMEFRAME} AND closed_at IS NOT NULL"),
    Kind.FILLED_GAPS: _Rows("gap", "closed_at", "resolution = 'filled'"),
    Kind.REVISIONS: _Rows("candle_revision", "revised_at"),
    Kind.ALERTS: _Rows("alert", "expires_at", _NOT_THE_LAST_REPORT),
    Kind.TELEGRAM_UPDATES: _Rows("telegram_update", "received_at"),
    Kind.PAPER_REQUESTS: _Rows("paper_request", "at"),
    Kind.SCREENINGS_ON_REQUEST: _Rows("screener_run", "as_of", "key NOT LIKE 'daily:%'"),
    Kind.NEWS: _Rows("news_item", "first_seen_at"),
    Kind.SENTIMENT: _Rows("sentiment", "published_at"),
    Kind.MODEL_ANSWERS: _Rows("llm_answer", "first_seen_at"),
    Kind.SETUPS: _Rows("setup", "close_time"),
    Kind.SCORES: _Rows("score", "close_time"),
    Kind.OUTCOMES: _Rows("outcome", "close_time", "signal_id IS NULL"),
    Kind.ODDS: _Rows("polymarket_quote", "at"),
    Kind.WHALES: _Rows("whale_transaction", "at"),
    Kind.TOUCHES: _Rows("touch", "at"),
    Kind.DOUBTED_PRICES: _Rows("doubted_price", "at"),
    Kind.BACKTESTS: _Rows("backtest_run", "started_at"),
    Kind.PARITIES: _Rows("backtest_parity", "until"),
    Kind.CANDLE_READINGS: _Rows("factor_reading", "as_of", _OF_CANDLES),
}
_OLDEST = "SELECT min({0.moment}) FROM {0.table} WHERE {0.where} AND {0.moment} < :before"
_REMOVE = "DELETE FROM {0.table} WHERE {0.where} AND {0.moment} >= :first AND {0.moment} < :end"
_NOTE_REMOVAL = text("""
    INSERT INTO candle_change (timeframe, first_open_time, last_open_time) VALUES (:timeframe, :first, :end)
""")
_REMOVAL_IS_NOTED = text("SET LOCAL quorum.removal_is_noted = 'on'")  # else a trigger notes each candle for itself
# A message of several alerts hangs on the delivery of its first one, which may go before the others.
_RELEASE_MEMBERS = text(f"""
    UPDATE delivery SET lead_id = NULL FROM delivery AS lead JOIN alert ON alert.id = lead.alert_id
    WHERE lead.id = delivery.lead_id AND alert.expires_at >= :first AND alert.expires_at < :end AND alert.{_NOT_THE_LAST_REPORT}
""")  # noqa: S608
_REMOVE_DELIVERIES = text(f"""
    DELETE FROM delivery USING alert WHERE alert.id = delivery.alert_id
      AND alert.expires_at >= :first AND alert.expires_at < :end AND alert.{_NOT_THE_LAST_REPORT}
""")  # noqa: S608


def remove_oldest_day(connection: Connection, cut: Cut) -> int | None:
    """Remove the rows of a cut that are at most a day younger than its oldest one; return how many.

    Args:
        connection: in a transaction of the caller's, one for each day.
        cut: what is to go.

    Returns:
        How many rows went; None when nothing of the cut is left, which one look into an index tells for what is many.
    """
    rows = _ROWS[cut.kind]
    about = {"timeframe": cut.timeframe.value} if cut.timeframe else {}
    first: datetime | None = connection.scalar(text(_OLDEST.format(rows)), {**about, "before": cut.before})
    if first is None:
        return None
    asked = {**about, "first": first, "end": min(first + _DAY, cut.before)}
    if cut.kind is Kind.CANDLES:
        connection.execute(_REMOVAL_IS_NOTED)
        connection.execute(_NOTE_REMOVAL, asked)
    if cut.kind is Kind.ALERTS:
        connection.execute(_RELEASE_MEMBERS, asked)
        connection.execute(_REMOVE_DELIVERIES, asked)
    return connection.execute(text(_REMOVE.format(rows)), asked).rowcount


def remove_changes(connection: Connection, days: int) -> int:
    """Remove notes of writes, by the database's clock: readers keep candles for hours of it, whatever the market's does."""
    statement = text("DELETE FROM candle_change WHERE noted_at < now() - make_interval(days => :days)")
    return connection.execute(statement, {"days": days}).rowcount
