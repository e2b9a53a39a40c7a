"""which candles a transaction wrote.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "candle_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "transaction",
            sa.BigInteger(),
            server_default=sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
            nullable=False,
            comment="that wrote candles",
        ),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column(
            "first_open_time",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="of the oldest candle it wrote, corrected or removed",
        ),
        sa.Column("last_open_time", sa.DateTime(timezone=True), nullable=False, comment="of the newest one"),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index("ix_candle_change_timeframe_transaction", "candle_change", ["timeframe", "transaction"])


def downgrade() -> None:
    op.drop_table("candle_change")
