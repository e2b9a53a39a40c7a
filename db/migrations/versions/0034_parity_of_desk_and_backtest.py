"""Parity of the desk and the backtest: what each night found, and the rules that the desk had when.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB()


def upgrade() -> None:
    op.create_table(
        "desk_rules",
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, comment="SHA-256 of the rules"),
        sa.Column("rules", JSON, nullable=False, comment="every number of score, sizes, limits, costs and exits"),
        sa.PrimaryKeyConstraint("noted_at", name=op.f("pk_desk_rules")),
    )
    op.create_table(
        "backtest_parity",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False, comment="first close that counts"),
        sa.Column("until", MOMENT, nullable=False, comment="first close that does not count any more"),
        sa.Column("paper_trades", sa.Integer(), nullable=False),
        sa.Column("backtest_trades", sa.Integer(), nullable=False),
        sa.Column("trades", sa.Integer(), nullable=False, comment="on either side"),
        sa.Column("matched", sa.Integer(), nullable=False, comment="the same on both; divided by trades it is the one number"),
        sa.Column("entry_gap", sa.Double(), nullable=True, comment="mean distance of the entries, a fraction; empty without any"),
        sa.Column("data_hash", sa.Text(), nullable=False, comment="SHA-256 of candles and readings"),
        sa.Column("code_hash", sa.Text(), nullable=False, comment="SHA-256 of the functions"),
        sa.Column("settings_hash", sa.Text(), nullable=False, comment="SHA-256 of the rules"),
        sa.Column("ran_at", MOMENT, nullable=False, comment="market time"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest_parity")),
        sa.UniqueConstraint("account", "until", name=op.f("uq_backtest_parity_account_until")),
        sa.CheckConstraint("since < until", name=op.f("ck_backtest_parity_span")),
        sa.CheckConstraint("matched >= 0 AND matched <= trades", name=op.f("ck_backtest_parity_matched")),
    )
    op.create_table(
        "parity_difference",
        sa.Column("parity_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="in order of the signals"),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False, comment="of the signal"),
        sa.Column("aspect", sa.Text(), nullable=False, comment="missing, extra, levels, entry, size or exit"),
        sa.Column("kind", sa.Text(), nullable=False, comment="data, timing, price, settings, follows or unknown"),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("paper", JSON, nullable=True, comment="the desk's trade; empty when it has none"),
        sa.Column("again", JSON, nullable=True, comment="the backtest's; empty when it has none"),
        sa.PrimaryKeyConstraint("parity_id", "number", name=op.f("pk_parity_difference")),
        sa.ForeignKeyConstraint(
            ["parity_id"], ["backtest_parity.id"], name=op.f("fk_parity_difference_parity_id"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("parity_difference")
    op.drop_table("backtest_parity")
    op.drop_table("desk_rules")
