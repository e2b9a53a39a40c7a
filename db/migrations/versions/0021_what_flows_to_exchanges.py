"""what flows to exchanges.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "exchange_flow",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False, comment="its name, or issuers for the supply of stablecoins"),
        sa.Column("asset", sa.Text(), nullable=False, comment="stablecoins or all"),
        sa.Column("at", MOMENT, nullable=False, comment="end of the 24 hours"),
        sa.Column("seen_at", MOMENT, nullable=False, comment="market time; a restatement has the same at and a later one"),
        sa.Column("net_usd", sa.Numeric(), nullable=False, comment="in less out"),
        sa.Column("balance_usd", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("source", "exchange", "asset", "at", "seen_at", name=op.f("pk_exchange_flow")),
    )
    op.create_index(op.f("ix_exchange_flow_at"), "exchange_flow", ["at"])


def downgrade() -> None:
    op.drop_table("exchange_flow")
