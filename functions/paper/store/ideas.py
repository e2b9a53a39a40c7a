"""The SQL of what accounts trade by themselves: what no account has decided on yet, the coins of a random entry, refusals."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.dialects.postgresql import insert

from db.tables import paper_refusal
from functions.market.candles.timeframe import Timeframe
from functions.paper.accounts import Origin
from functions.paper.ideas import FACTOR_CHECKS, NOT_A_COIN, Coin, TradeIdea
from functions.paper.settling.position import ExitLevels, Side
from functions.paper.trade import Idea

LOOKED_BACK = timedelta(days=1)  # what was said before is nothing that an account could still decide on
_UNDECIDED = """
    NOT EXISTS (SELECT FROM paper_trade WHERE account_id = :account AND idea = {key} || said.id)
    AND NOT EXISTS (SELECT FROM paper_refusal WHERE account_id = :account AND idea = {key} || said.id)
"""
_SIGNALS = """
    SELECT CAST({key} AS text) || id AS idea, id AS signal_id, CAST(NULL AS bigint) AS rejection_id, symbol,
           timeframe, close_time, direction, entry, stop, targets, expires_at
    FROM signal AS said WHERE created_at > :since AND created_at <= :as_of AND direction <> 'NEUTRAL' AND {undecided}
"""
_REJECTED = """
    SELECT 'rejection:' || said.id AS idea, CAST(NULL AS bigint) AS signal_id, said.id AS rejection_id, said.symbol,
           said.timeframe, said.close_time, s.direction, s.entry, s.stop, s.targets, s.expires_at
    FROM rejection AS said JOIN setup AS s USING (symbol, timeframe, close_time, version)
    WHERE said.close_time > :since AND said.created_at <= :as_of AND said.failed & :never = 0 AND {undecided}
"""
_ORDER = " ORDER BY close_time, timeframe DESC, symbol"


def _signals(kind: str) -> str:
    key = f"'{kind}:'"
    return _SIGNALS.format(key=key, undecided=_UNDECIDED.format(key=key))


_WATCH_LIST = _REJECTED.format(undecided=_UNDECIDED.format(key="'rejection:'"))
_QUERIES = {
    Origin.SIGNAL: text(_signals("signal") + _ORDER),
    Origin.SETUP: text(_signals("signal") + " UNION ALL " + _WATCH_LIST + _ORDER),
    Origin.WATCH_LIST: text(_WATCH_LIST + _ORDER),
    Origin.RANDOM: text(_signals("random") + _ORDER),
}
_NEVER = {Origin.SETUP: ~FACTOR_CHECKS & 0x7FFFFFFF}


def undecided(connection: Connection, account_id: int, origin: Origin, as_of: datetime) -> list[TradeIdea]:
    """Return what an account has neither opened nor refused, oldest first; of random entries the signals they stand beside."""
    asked = {"account": account_id, "since": as_of - LOOKED_BACK, "as_of": as_of, "never": _NEVER.get(origin, NOT_A_COIN)}
    return [_idea(row) for row in connection.execute(_QUERIES[origin], asked).mappings()]


def _idea(row: RowMapping) -> TradeIdea:
    return TradeIdea(
        idea=Idea(row["idea"], row["signal_id"], row["rejection_id"]),
        symbol=row["symbol"],
        side=Side(row["direction"].lower()),
        entry=row["entry"],
        levels=ExitLevels(row["stop"], tuple(row["targets"])),
        timeframe=Timeframe(row["timeframe"]),
        close_time=row["close_time"],
        expires_at=row["expires_at"],
    )


_COINS = text("""
    SELECT DISTINCT ON (day.symbol) day.symbol, day.atr, quarter.close, pair.tick_size
    FROM technical_state AS day
    JOIN technical_state AS quarter ON quarter.symbol = day.symbol AND quarter.timeframe = '15m'
         AND quarter.close_time = :close AND quarter.version = day.version
    JOIN symbol AS pair ON pair.symbol = day.symbol
    WHERE day.timeframe = '1d' AND day.close_time <= :close AND day.close_time > :since AND day.atr > 0 AND quarter.close > 0
      AND (day.symbol = :own OR (day.trend = :sign AND pair.status = 'Trading'
           AND EXISTS (SELECT FROM score WHERE symbol = day.symbol AND close_time = :close)))
    ORDER BY day.symbol, day.close_time DESC, day.version DESC
""")


def coins_beside(connection: Connection, signal: TradeIdea) -> tuple[Decimal | None, list[Coin]]:
    """Return the daily ATR of a signal's coin, and the coins whose own daily trend agreed with its side at its close.

    The gate is Bitcoin's, the same for every coin: it let the signal through, so it lets these.
    """
    about = {"close": signal.close_time, "since": signal.close_time - timedelta(days=2), "own": signal.symbol}
    rows = connection.execute(_COINS, {**about, "sign": signal.side.sign}).all()
    coins = {row.symbol: Coin(row.symbol, Decimal(repr(row.close)), Decimal(repr(row.atr)), row.tick_size) for row in rows}
    own = coins.pop(signal.symbol, None)
    return None if own is None else own.range, list(coins.values())


def write_refusal(
    connection: Connection, account_id: int, idea: TradeIdea, reasons: Sequence[tuple[str, Mapping[str, str]]], at: datetime
) -> None:
    """Write why an account opens no trade for an idea: each reason a code with its figures, the first is the headline."""
    values: dict[str, Any] = {
        "account_id": account_id,
        "idea": idea.idea.key,
        "signal_id": idea.idea.signal_id,
        "rejection_id": idea.idea.rejection_id,
        "symbol": idea.symbol,
        "side": idea.side.value,
        "code": reasons[0][0],
        "reasons": [{"code": code, "figures": dict(figures)} for code, figures in reasons],
        "at": at,
    }
    connection.execute(insert(paper_refusal).values(**values).on_conflict_do_nothing())
