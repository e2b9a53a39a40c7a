"""Backtests that were run, and their trades.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB()


def upgrade() -> None:
    op.create_table(
        "backtest_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("data_hash", sa.Text(), nullable=False, comment="SHA-256 of candles and readings"),
        sa.Column("code_hash", sa.Text(), nullable=False, comment="SHA-256 of the functions"),
        sa.Column("settings_hash", sa.Text(), nullable=False, comment="SHA-256 of the settings"),
        sa.Column("result_hash", sa.Text(), nullable=True, comment="SHA-256 of trades and equity; empty until it is done"),
        sa.Column("rules", sa.Text(), nullable=False, comment="signals or technical: what the desk traded"),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="running, done or failed"),
        sa.Column("step", sa.Text(), nullable=False, comment="what it is at"),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False, comment="of this step; 0 while it is not known"),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("figures", JSON, nullable=True, comment="under the names that scripts read"),
        sa.Column("result", JSON, nullable=True, comment="all but the trades: accounts, benchmarks, data"),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest_run")),
        sa.UniqueConstraint(
            "data_hash", "code_hash", "settings_hash", name=op.f("uq_backtest_run_data_hash_code_hash_settings_hash")
        ),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_backtest_run_state")),
        sa.CheckConstraint("(state = 'done') = (result IS NOT NULL)", name=op.f("ck_backtest_run_result")),
        sa.CheckConstraint("since < until", name=op.f("ck_backtest_run_span")),
    )
    op.create_table(
        "backtest_trade",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="in order of entry, from 1 on"),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True, comment="empty while it is open in the end"),
        sa.Column("reason", sa.Text(), nullable=True, comment="of its last exit"),
        sa.Column("entry", sa.Numeric(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("profit", sa.Numeric(), nullable=False, comment="after all fees, USDT"),
        sa.Column("risk", sa.Numeric(), nullable=False, comment="USDT"),
        sa.Column("trade", JSON, nullable=False, comment="all of it, its fills among it"),
        sa.PrimaryKeyConstraint("run_id", "account", "number", name=op.f("pk_backtest_trade")),
        sa.ForeignKeyConstraint(["run_id"], ["backtest_run.id"], name=op.f("fk_backtest_trade_run_id"), ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("backtest_trade")
    op.drop_table("backtest_run")
