"""What became of setups by each horizon, and how signals ended.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEY = ("symbol", "timeframe", "close_time", "version", "hours")


def upgrade() -> None:
    op.create_table(
        "outcome",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("timeframe", sa.Text(), nullable=False),
        sa.Column("close_time", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the setup"),
        sa.Column("hours", sa.SmallInteger(), nullable=False, comment="of the horizon: 1, 4, 24 or 168"),
        sa.Column("signal_id", sa.BigInteger(), nullable=True, comment="empty for a rejection"),
        sa.Column("code", sa.Text(), nullable=True, comment="of a rejection's first reason; empty for a signal"),
        sa.Column("direction", sa.SmallInteger(), nullable=False, comment="1 long, -1 short"),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("agreeing", sa.ARRAY(sa.Text()), nullable=False, comment="factors that agreed"),
        sa.Column(
            "moved", sa.Double(), nullable=True, comment="how far the price went its way by then, a fraction, without costs"
        ),
        sa.Column("best", sa.Double(), nullable=True, comment="farthest in its favour until it ended, in R"),
        sa.Column("worst", sa.Double(), nullable=True, comment="farthest against it, in R, 0 or less"),
        sa.Column(
            "first", sa.SmallInteger(), nullable=True, comment="1 the first target was touched first, -1 the stop, 0 neither"
        ),
        sa.Column(
            "r", sa.Double(), nullable=True, comment="earned in R after costs when sold by then; empty: its candles never came"
        ),
        sa.Column("randoms", sa.SmallInteger(), nullable=False, comment="random entries beside it; only at the last horizon"),
        sa.Column("random_r", sa.Double(), nullable=True, comment="mean of what they earned"),
        sa.Column("random_won", sa.Double(), nullable=True, comment="share of them that earned anything"),
        sa.Column("settled_at", MOMENT, nullable=False, comment="market time of the run"),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_outcome")),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_outcome_signal_id")),
        sa.CheckConstraint("(signal_id IS NULL) = (code IS NOT NULL)", name=op.f("ck_outcome_kind")),
        sa.CheckConstraint(
            "(randoms > 0) = (random_r IS NOT NULL) AND (randoms > 0) = (random_won IS NOT NULL)",
            name=op.f("ck_outcome_randoms"),
        ),
    )
    op.create_index("ix_outcome_close_time", "outcome", ["close_time"])
    op.create_index("ix_outcome_signal_id", "outcome", ["signal_id"])
    op.create_table(
        "signal_end",
        sa.Column("signal_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False, comment="market time of the touch, or when its time was up"),
        sa.Column("noted_at", MOMENT, nullable=False, comment="market time of the run"),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_signal_end")),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_signal_end_signal_id")),
        sa.CheckConstraint("state IN ('hit_tp', 'hit_sl', 'expired')", name=op.f("ck_signal_end_state")),
    )


def downgrade() -> None:
    op.drop_table("signal_end")
    op.drop_table("outcome")
