"""Orders that wait under the market, and what each evening's placing found.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LEVELS = "stop < touched_at AND touched_at < price AND price < close"


def upgrade() -> None:
    op.create_table(
        "dip_evening",
        sa.Column("day", MOMENT, nullable=False, comment="daily close, a midnight UTC"),
        sa.Column(
            "code", sa.Text(), nullable=False, comment="orders, or why there is none: gate_closed, btc_weak, no_coin, too_late"
        ),
        sa.Column("figures", postgresql.JSONB(), nullable=False, comment="of the reason"),
        sa.Column("placed_at", MOMENT, nullable=False, comment="market time of the placing"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_dip_evening")),
    )
    op.create_table(
        "resting_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="the rule that placed it: dip"),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("day", MOMENT, nullable=False, comment="daily close that it stands on, a midnight UTC"),
        sa.Column("close", sa.Numeric(), nullable=False, comment="price at that close"),
        sa.Column("price", sa.Numeric(), nullable=False, comment="its limit: what a fill costs"),
        sa.Column("touched_at", sa.Numeric(), nullable=False, comment="a price at or beyond this fills it"),
        sa.Column("stop", sa.Numeric(), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.Numeric()), nullable=False, comment="three, nearest first"),
        sa.Column("placed_at", MOMENT, nullable=False, comment="market time"),
        sa.Column("looked_until", MOMENT, nullable=False, comment="candles that close up to here did not fill it"),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="placed"),
        sa.Column("code", sa.Text(), nullable=True, comment="why it was cancelled"),
        sa.Column("ended_at", MOMENT, nullable=True, comment="when it was filled, ran out or was cancelled, market time"),
        sa.Column("trade_id", sa.BigInteger(), nullable=True, comment="that its fill opened"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resting_order")),
        sa.ForeignKeyConstraint(["account_id"], ["paper_account.id"], name=op.f("fk_resting_order_account_id")),
        sa.ForeignKeyConstraint(["trade_id"], ["paper_trade.id"], name=op.f("fk_resting_order_trade_id")),
        sa.UniqueConstraint("account_id", "kind", "symbol", "day", name=op.f("uq_resting_order_account_id_kind_symbol_day")),
        sa.CheckConstraint("side = 'long'", name=op.f("ck_resting_order_side")),
        sa.CheckConstraint("state IN ('placed', 'filled', 'expired', 'cancelled')", name=op.f("ck_resting_order_state")),
        sa.CheckConstraint("(state = 'placed') = (ended_at IS NULL)", name=op.f("ck_resting_order_ended")),
        sa.CheckConstraint("(state = 'filled') = (trade_id IS NOT NULL)", name=op.f("ck_resting_order_filled")),
        sa.CheckConstraint("(state = 'cancelled') = (code IS NOT NULL)", name=op.f("ck_resting_order_cancelled")),
        sa.CheckConstraint(LEVELS, name=op.f("ck_resting_order_levels")),
    )
    op.create_index("ix_resting_order_placed", "resting_order", ["symbol"], postgresql_where=sa.text("state = 'placed'"))
    op.create_index(op.f("ix_resting_order_day"), "resting_order", ["day"])
    op.create_index(op.f("ix_resting_order_trade_id"), "resting_order", ["trade_id"])
    # A trade of one keeps that its targets rest at the exchange, too, and that its first candle takes no profit.
    op.add_column(
        "paper_trade",
        sa.Column(
            "by_limit",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="a resting order opened it, and its targets rest, too: neither pays slippage",
        ),
    )
    op.drop_constraint("ck_paper_trade_source", "paper_trade")
    op.create_check_constraint(
        op.f("ck_paper_trade_source"),
        "paper_trade",
        "source IN ('manual', 'signal', 'setup', 'watch_list', 'random', 'dip', 'core')",
    )


def downgrade() -> None:
    op.drop_constraint("ck_paper_trade_source", "paper_trade")
    op.create_check_constraint(
        op.f("ck_paper_trade_source"), "paper_trade", "source IN ('manual', 'signal', 'setup', 'watch_list', 'random')"
    )
    op.drop_column("paper_trade", "by_limit")
    op.drop_table("resting_order")
    op.drop_table("dip_evening")
