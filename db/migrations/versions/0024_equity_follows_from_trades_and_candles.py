"""Equity follows from trades and candles: the hourly snapshots, which nothing read, are gone.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("equity")


def downgrade() -> None:
    op.create_table(
        "equity",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False, comment="one snapshot an hour"),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cash", sa.Numeric(), nullable=False),
        sa.Column("positions", sa.Numeric(), nullable=False, comment="at cost"),
        sa.Column("unrealised", sa.Numeric(), nullable=False, comment="at prices fresh then"),
        sa.ForeignKeyConstraint(["account_id"], ["paper_account.id"], name=op.f("fk_equity_account_id")),
        sa.PrimaryKeyConstraint("account_id", "hour", name=op.f("pk_equity")),
    )
