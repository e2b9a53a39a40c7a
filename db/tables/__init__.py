"""Every table of Quorum, one module an area; `metadata` holds them all."""

from db.tables.backtest import backtest_parity, backtest_run, backtest_trade, desk_rules, parity_difference
from db.tables.delivery import alert, chat, claim, delivery, mute, recipient, signal_choice, telegram_update
from db.tables.factors import factor_reading, factor_series
from db.tables.levels import doubted_price, price_alert, touch
from db.tables.market import candle, candle_change, candle_revision, forming_candle, gap, symbol, ticker, universe_day
from db.tables.metadata import metadata
from db.tables.onchain import exchange_flow
from db.tables.paper import (
    core_allocation,
    dip_evening,
    ledger_entry,
    paper_account,
    paper_fill,
    paper_refusal,
    paper_request,
    paper_trade,
    resting_order,
)
from db.tables.polymarket import polymarket_change, polymarket_event, polymarket_market, polymarket_quote
from db.tables.scoring import close_to_score, outcome, regime_change, rejection, score, setup, signal_end
from db.tables.screener import listing, screener_pick, screener_run
from db.tables.sentiment import llm_answer, llm_day, news_item, sentiment, sentiment_head
from db.tables.signals import processed_close, signal, technical_state
from db.tables.system import heartbeat, source_status
from db.tables.whales import whale_flow, whale_label, whale_poll, whale_transaction

__all__ = [
    "alert",
    "backtest_parity",
    "backtest_run",
    "backtest_trade",
    "candle",
    "candle_change",
    "candle_revision",
    "chat",
    "claim",
    "close_to_score",
    "core_allocation",
    "delivery",
    "desk_rules",
    "dip_evening",
    "doubted_price",
    "exchange_flow",
    "factor_reading",
    "factor_series",
    "forming_candle",
    "gap",
    "heartbeat",
    "ledger_entry",
    "listing",
    "llm_answer",
    "llm_day",
    "metadata",
    "mute",
    "news_item",
    "outcome",
    "paper_account",
    "paper_fill",
    "paper_refusal",
    "paper_request",
    "paper_trade",
    "parity_difference",
    "polymarket_change",
    "polymarket_event",
    "polymarket_market",
    "polymarket_quote",
    "price_alert",
    "processed_close",
    "recipient",
    "regime_change",
    "rejection",
    "resting_order",
    "score",
    "screener_pick",
    "screener_run",
    "sentiment",
    "sentiment_head",
    "setup",
    "signal",
    "signal_choice",
    "signal_end",
    "source_status",
    "symbol",
    "technical_state",
    "telegram_update",
    "ticker",
    "touch",
    "universe_day",
    "whale_flow",
    "whale_label",
    "whale_poll",
    "whale_transaction",
]
