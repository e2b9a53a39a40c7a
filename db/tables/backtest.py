"""Backtests that were run: what each can be told by, what came out, and its trades."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, ForeignKey, Identity, Integer, Table, Text, UniqueConstraint

from db.tables.metadata import Json, Moment, Money, metadata

backtest_run = Table(
    "backtest_run",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("data_hash", Text, nullable=False, comment="SHA-256 of candles and readings"),
    Column("code_hash", Text, nullable=False, comment="SHA-256 of the functions"),
    Column("settings_hash", Text, nullable=False, comment="SHA-256 of the settings"),
    Column("result_hash", Text, nullable=True, comment="SHA-256 of trades and equity; empty until it is done"),
    Column("rules", Text, nullable=False, comment="signals or technical: what the desk traded"),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("state", Text, nullable=False, comment="running, done or failed"),
    Column("step", Text, nullable=False, comment="what it is at"),
    Column("steps_done", Integer, nullable=False),
    Column("steps", Integer, nullable=False, comment="of this step; 0 while it is not known"),
    Column("settings", Json, nullable=False),
    Column("figures", Json, nullable=True, comment="under the names that scripts read"),
    Column("result", Json, nullable=True, comment="all but the trades: accounts, benchmarks, data"),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
    UniqueConstraint("data_hash", "code_hash", "settings_hash"),
    CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
    CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="result"),
    CheckConstraint("since < until", name="span"),
)

backtest_trade = Table(
    "backtest_trade",
    metadata,
    Column("run_id", BigInteger, ForeignKey("backtest_run.id", ondelete="CASCADE"), primary_key=True),
    Column("account", Text, primary_key=True),
    Column("number", Integer, primary_key=True, comment="in order of entry, from 1 on"),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, nullable=True, comment="empty while it is open in the end"),
    Column("reason", Text, nullable=True, comment="of its last exit"),
    Column("entry", Money, nullable=False),
    Column("quantity", Money, nullable=False),
    Column("profit", Money, nullable=False, comment="after all fees, USDT"),
    Column("risk", Money, nullable=False, comment="USDT"),
    Column("trade", Json, nullable=False, comment="all of it, its fills among it"),
)

# What the desk was ruled by, and since when: a row each time it changed.
desk_rules = Table(
    "desk_rules",
    metadata,
    Column("noted_at", Moment, primary_key=True),
    Column("hash", Text, nullable=False, comment="SHA-256 of the rules"),
    Column("rules", Json, nullable=False, comment="every number of score, sizes, limits, costs and exits"),
)

backtest_parity = Table(
    "backtest_parity",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account", Text, nullable=False),
    Column("since", Moment, nullable=False, comment="first close that counts"),
    Column("until", Moment, nullable=False, comment="first close that does not count any more"),
    Column("paper_trades", Integer, nullable=False),
    Column("backtest_trades", Integer, nullable=False),
    Column("trades", Integer, nullable=False, comment="on either side"),
    Column("matched", Integer, nullable=False, comment="the same on both; divided by trades it is the one number"),
    Column("entry_gap", Double, nullable=True, comment="mean distance of the entries, a fraction; empty without any"),
    Column("data_hash", Text, nullable=False, comment="SHA-256 of candles and readings"),
    Column("code_hash", Text, nullable=False, comment="SHA-256 of the functions"),
    Column("settings_hash", Text, nullable=False, comment="SHA-256 of the rules"),
    Column("ran_at", Moment, nullable=False, comment="market time"),
    UniqueConstraint("account", "until"),
    CheckConstraint("since < until", name="span"),
    CheckConstraint("matched >= 0 AND matched <= trades", name="matched"),
)

parity_difference = Table(
    "parity_difference",
    metadata,
    Column("parity_id", BigInteger, ForeignKey("backtest_parity.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="in order of the signals"),
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("close_time", Moment, nullable=False, comment="of the signal"),
    Column("aspect", Text, nullable=False, comment="missing, extra, levels, entry, size or exit"),
    Column("kind", Text, nullable=False, comment="data, timing, price, settings, follows or unknown"),
    Column("cause", Text, nullable=False),
    Column("paper", Json, nullable=True, comment="the desk's trade; empty when it has none"),
    Column("again", Json, nullable=True, comment="the backtest's; empty when it has none"),
)
