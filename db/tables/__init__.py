"""Every table of Quorum, one module an area; `metadata` holds them all."""

from db.tables.delivery import alert, delivery
from db.tables.market import candle, candle_revision, gap, symbol, ticker, universe_day
from db.tables.metadata import metadata
from db.tables.paper import equity, ledger_entry, paper_account, paper_fill, paper_request, paper_trade
from db.tables.signals import processed_close, signal, technical_state
from db.tables.system import heartbeat, source_status

__all__ = [
    "alert",
    "candle",
    "candle_revision",
    "delivery",
    "equity",
    "gap",
    "heartbeat",
    "ledger_entry",
    "metadata",
    "paper_account",
    "paper_fill",
    "paper_request",
    "paper_trade",
    "processed_close",
    "signal",
    "source_status",
    "symbol",
    "technical_state",
    "ticker",
    "universe_day",
]
