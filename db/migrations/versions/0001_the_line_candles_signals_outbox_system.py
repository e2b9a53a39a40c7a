"""the line: candles, signals, outbox, system.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="natural key of the cause: written twice, there once"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=True),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what the message is rendered from",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="wall clock"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="wall clock; not worth sending later"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("key", name=op.f("uq_alert_key")),
    )
    op.create_index(op.f("ix_alert_expires_at"), "alert", ["expires_at"], unique=False)
    op.create_table(
        "candle",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("open_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("close", sa.Double(), nullable=False),
        sa.Column("volume", sa.Double(), nullable=False, comment="in the base coin"),
        sa.Column("turnover", sa.Double(), nullable=True, comment="in the quote coin; ccxt's history does not carry it"),
        sa.Column("source", sa.Text(), nullable=False, comment="where the values came from"),
        sa.CheckConstraint("source IN ('ws', 'rest', 'revised')", name=op.f("ck_candle_source")),
        sa.CheckConstraint("timeframe IN ('5m', '15m', '1h', '4h', '1d')", name=op.f("ck_candle_timeframe")),
        sa.PrimaryKeyConstraint("symbol", "timeframe", "open_time", name=op.f("pk_candle")),
    )
    op.create_index(op.f("ix_candle_timeframe_open_time"), "candle", ["timeframe", "open_time"], unique=False)
    op.create_table(
        "candle_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("open_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("close", sa.Double(), nullable=False),
        sa.Column("volume", sa.Double(), nullable=False),
        sa.Column("turnover", sa.Double(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False, comment="source of the replaced values"),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candle_revision")),
    )
    op.create_index(
        op.f("ix_candle_revision_symbol_timeframe_open_time"),
        "candle_revision",
        ["symbol", "timeframe", "open_time"],
        unique=False,
    )
    op.create_table(
        "gap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("first_open_time", sa.DateTime(timezone=True), nullable=False, comment="first missing candle"),
        sa.Column("last_open_time", sa.DateTime(timezone=True), nullable=False, comment="last missing candle, inclusive"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True, comment="filled, or absent: the exchange has no such candle"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("resolution IN ('filled', 'absent')", name=op.f("ck_gap_resolution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index("ix_gap_open", "gap", ["symbol", "timeframe"], unique=False, postgresql_where="closed_at IS NULL")
    op.create_table(
        "heartbeat",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="wall clock"),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "processed_close",
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("symbols", sa.ARRAY(sa.Text()), nullable=False, comment="which symbols' candles were in it"),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("function", "timeframe", "close_time", "version", name=op.f("pk_processed_close")),
    )
    op.create_table(
        "signal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=False, comment="close of the candle the signal stands on"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("entry", sa.Numeric(), nullable=False),
        sa.Column("stop", sa.Numeric(), nullable=False),
        sa.Column("targets", sa.ARRAY(sa.Numeric()), nullable=False, comment="three, nearest first"),
        sa.Column(
            "risk_reward",
            sa.Double(),
            nullable=False,
            comment="size-weighted mean of the targets over the stop distance",
        ),
        sa.Column("position_pct", sa.Double(), nullable=False, comment="percent of equity"),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="ordered, for a person"),
        sa.Column("indicators", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint(
            "symbol",
            "timeframe",
            "close_time",
            "source",
            "version",
            name=op.f("uq_signal_symbol_timeframe_close_time_source_version"),
        ),
    )
    op.create_index(op.f("ix_signal_created_at"), "signal", ["created_at"], unique=False)
    op.create_table(
        "source_status",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("lag_seconds", sa.Double(), nullable=True, comment="age of the newest item at the last success"),
        sa.Column("successes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("errors", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_status")),
    )
    op.create_table(
        "symbol",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="Trading as the exchange says it; Delisted once it is gone"),
        sa.Column("tick_size", sa.Numeric(), nullable=False),
        sa.Column("lot_size", sa.Numeric(), nullable=False),
        sa.Column("min_order_amount", sa.Numeric(), nullable=False, comment="in the quote coin"),
        sa.Column("kind", sa.Text(), nullable=False, comment="'' for a normal coin, else adventure or xstocks"),
        sa.Column("special_treatment", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("symbol", name=op.f("pk_symbol")),
    )
    op.create_table(
        "technical_state",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="version of the rules that computed it"),
        sa.Column("direction", sa.Text(), nullable=False, comment="LONG, SHORT or NEUTRAL"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why NEUTRAL, else the first reason"),
        sa.Column(
            "state",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="trend, levels, indicator snapshot",
        ),
        sa.PrimaryKeyConstraint("symbol", "timeframe", "close_time", "version", name=op.f("pk_technical_state")),
    )
    op.create_index(op.f("ix_technical_state_timeframe_close_time"), "technical_state", ["timeframe", "close_time"], unique=False)
    op.create_table(
        "ticker",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("price", sa.Double(), nullable=False),
        sa.Column("bid", sa.Double(), nullable=True),
        sa.Column("ask", sa.Double(), nullable=True),
        sa.Column("high_24h", sa.Double(), nullable=False),
        sa.Column("low_24h", sa.Double(), nullable=False),
        sa.Column("volume_24h", sa.Double(), nullable=False, comment="in the base coin"),
        sa.Column("turnover_24h", sa.Double(), nullable=False, comment="in the quote coin"),
        sa.Column("change_24h", sa.Double(), nullable=False, comment="fraction: 0.01 is one percent"),
        sa.Column("exchange_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "quoted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="exchange time of bid and ask, which come by REST",
        ),
        sa.PrimaryKeyConstraint("symbol", name=op.f("pk_ticker")),
    )
    op.create_table(
        "universe_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("turnover_rank", sa.Integer(), nullable=False, comment="1 is the largest 24h turnover of that day"),
        sa.Column("turnover_24h", sa.Double(), nullable=False, comment="in the quote coin"),
        sa.Column("tick_size", sa.Numeric(), nullable=False),
        sa.Column("lot_size", sa.Numeric(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "symbol", name=op.f("pk_universe_day")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "lease_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="claimed until then; after it anybody may claim again",
        ),
        sa.Column("plain", sa.Text(), nullable=True, comment="set when Telegram refused the markup: send this instead"),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead', 'expired')", name=op.f("ck_delivery_state")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_delivery_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("alert_id", "chat_id", name=op.f("uq_delivery_alert_id_chat_id")),
    )
    op.create_index("ix_delivery_due", "delivery", ["next_attempt_at"], unique=False, postgresql_where="state = 'pending'")


def downgrade() -> None:
    op.drop_index("ix_delivery_due", table_name="delivery", postgresql_where="state = 'pending'")
    op.drop_table("delivery")
    op.drop_table("universe_day")
    op.drop_table("ticker")
    op.drop_index(op.f("ix_technical_state_timeframe_close_time"), table_name="technical_state")
    op.drop_table("technical_state")
    op.drop_table("symbol")
    op.drop_table("source_status")
    op.drop_index(op.f("ix_signal_created_at"), table_name="signal")
    op.drop_table("signal")
    op.drop_table("processed_close")
    op.drop_table("heartbeat")
    op.drop_index("ix_gap_open", table_name="gap", postgresql_where="closed_at IS NULL")
    op.drop_table("gap")
    op.drop_index(op.f("ix_candle_revision_symbol_timeframe_open_time"), table_name="candle_revision")
    op.drop_table("candle_revision")
    op.drop_index(op.f("ix_candle_timeframe_open_time"), table_name="candle")
    op.drop_table("candle")
    op.drop_index(op.f("ix_alert_expires_at"), table_name="alert")
    op.drop_table("alert")
