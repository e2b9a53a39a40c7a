"""The SQL of what is exported, row by row: names of columns are those of the file."""

from datetime import datetime

from sqlalchemy import Connection, MappingResult, text

from functions.scoring.document import SOURCE

_AT_ONCE = 2000  # rows that are fetched together
_TRADES = """
    SELECT t.id AS trade_id, a.name AS account, t.symbol, t.side, t.source, t.idea,
           CASE WHEN t.closed_at <= :until THEN 'closed' ELSE 'open' END AS state, t.opened_at,
           CASE WHEN t.closed_at <= :until THEN t.closed_at END AS closed_at, t.entry,
           f.taken / nullif(f.sold, 0) AS exit, t.stop, t.targets, t.quantity, f.profit, f.fees,
           f.profit / nullif(abs(t.entry - t.stop) * t.quantity, 0) AS r, f.named,
           (SELECT reason FROM paper_fill WHERE trade_id = t.id AND at <= :until AND reason <> 'entry' ORDER BY id DESC LIMIT 1)
           AS reason
    FROM paper_trade t JOIN paper_account a ON a.id = t.account_id CROSS JOIN LATERAL (
        SELECT sum(profit - fee) AS profit, sum(fee) AS fees, bool_or(named) AS named,
               sum(quantity) FILTER (WHERE reason <> 'entry') AS sold,
               sum(price * quantity) FILTER (WHERE reason <> 'entry') AS taken
        FROM paper_fill WHERE trade_id = t.id AND at <= :until) f
    WHERE t.opened_at >= :since AND t.opened_at <= :until AND (CAST(:account AS text) = '' OR a.name = :account)
      AND (CAST(:symbol AS text) = '' OR t.symbol = :symbol)
    ORDER BY t.id
"""
_SIGNALS = """
    SELECT id AS signal_id, symbol, timeframe, close_time, direction, score, coverage, confidence, entry, stop, targets,
           risk_reward, position_pct, created_at, expires_at
    FROM signal WHERE source = :source AND created_at >= :since AND created_at <= :until
      AND (CAST(:symbol AS text) = '' OR symbol = :symbol)
    ORDER BY id
"""
_SCORES = """
    SELECT symbol, close_time, version, as_of, score, coverage, confidence, technical, sentiment, onchain, context, momentum
    FROM score WHERE close_time >= :since AND close_time <= :until AND created_at <= :until
      AND (CAST(:symbol AS text) = '' OR symbol = :symbol)
    ORDER BY close_time, symbol, version
"""


def trade_rows(connection: Connection, since: datetime, until: datetime, *, account: str = "", symbol: str = "") -> MappingResult:
    """Return the trades that were opened between two moments, of one account or of all, as they stood at the second one."""
    return _rows(connection, _TRADES, since=since, until=until, account=account, symbol=symbol)


def newest_trades(
    connection: Connection, since: datetime, until: datetime, *, account: str, symbol: str, state: str, limit: int
) -> MappingResult:
    """Return the newest trades that were opened between two moments, as they stood at the second one.

    An account, a symbol or a state that is empty leaves all of them.
    """
    statement = f"""
        SELECT * FROM ({_TRADES}) t WHERE CAST(:state AS text) = '' OR state = :state ORDER BY trade_id DESC LIMIT :limit
    """  # noqa: S608 - put together from our own text
    named = {"since": since, "until": until, "account": account, "symbol": symbol, "state": state, "limit": limit}
    return connection.execute(text(statement), named).mappings()


def signal_rows(connection: Connection, since: datetime, until: datetime, *, symbol: str = "") -> MappingResult:
    """Return the signals that were said between two moments."""
    return _rows(connection, _SIGNALS, since=since, until=until, symbol=symbol, source=SOURCE)


def score_rows(connection: Connection, since: datetime, until: datetime, *, symbol: str = "") -> MappingResult:
    """Return the scores of the closes between two moments."""
    return _rows(connection, _SCORES, since=since, until=until, symbol=symbol)


def _rows(connection: Connection, statement: str, **values: object) -> MappingResult:
    streamed = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
    return streamed.execute(text(statement), values).mappings()
