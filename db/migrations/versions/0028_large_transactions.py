"""large transactions, whose addresses they are and the flows that follow; units of exchanges' flows.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "whale_transaction",
        sa.Column("blockchain", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False, comment="which transfer of it, as the feed numbers them"),
        sa.Column("feed", sa.Text(), nullable=False, comment="that brought it first"),
        sa.Column("at", MOMENT, nullable=False, comment="the chain's time"),
        sa.Column("seen_at", MOMENT, nullable=False, comment="market time"),
        sa.Column("action", sa.Text(), nullable=False, comment="transfer, mint, burn, lock or unlock"),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("amount_usd", sa.Numeric(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("from_owner", sa.Text(), nullable=False, comment="as the feed said it; whale_label knows better"),
        sa.Column("from_type", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_owner", sa.Text(), nullable=False),
        sa.Column("to_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("blockchain", "hash", "part", name=op.f("pk_whale_transaction")),
    )
    op.create_index(op.f("ix_whale_transaction_at"), "whale_transaction", ["at"])
    op.create_index(op.f("ix_whale_transaction_blockchain_from_address"), "whale_transaction", ["blockchain", "from_address"])
    op.create_index(op.f("ix_whale_transaction_blockchain_to_address"), "whale_transaction", ["blockchain", "to_address"])
    op.create_table(
        "whale_label",
        sa.Column("blockchain", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False, comment="market time; a revision is a later row"),
        sa.Column("owner", sa.Text(), nullable=False, comment="empty when it is nobody's that is known"),
        sa.Column("owner_type", sa.Text(), nullable=False, comment="exchange, unknown or another word of the source's"),
        sa.Column("said_by", sa.Text(), nullable=False, comment="feed or desk"),
        sa.PrimaryKeyConstraint("blockchain", "address", "seen_at", name=op.f("pk_whale_label")),
    )
    op.create_index(op.f("ix_whale_label_seen_at"), "whale_label", ["seen_at"])
    op.create_table(
        "whale_flow",
        sa.Column("coin", sa.Text(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False, comment="its beginning"),
        sa.Column("seen_at", MOMENT, nullable=False, comment="market time at which it was added up"),
        sa.Column("inflow_usd", sa.Numeric(), nullable=False),
        sa.Column("outflow_usd", sa.Numeric(), nullable=False),
        sa.Column("internal_usd", sa.Numeric(), nullable=False),
        sa.Column("cross_usd", sa.Numeric(), nullable=False),
        sa.Column("other_usd", sa.Numeric(), nullable=False),
        sa.Column("transactions", sa.Integer(), nullable=False),
        sa.Column("revised_at", MOMENT, nullable=True, comment="seen_at of the row that takes its place"),
        sa.PrimaryKeyConstraint("coin", "hour", "seen_at", name=op.f("pk_whale_flow")),
    )
    op.create_index(op.f("ix_whale_flow_hour"), "whale_flow", ["hour"])
    op.create_table(
        "whale_poll",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True, comment="after which the next page begins"),
        sa.Column("start_at", MOMENT, nullable=True, comment="market time the walk began at"),
        sa.Column("asked_at", postgresql.ARRAY(MOMENT), nullable=False, comment="wall times of the calls of the last minute"),
        sa.Column("not_before", MOMENT, nullable=True, comment="wall time until which the source wants no call"),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_whale_poll")),
    )
    op.alter_column("exchange_flow", "net_usd", new_column_name="net")
    op.alter_column(
        "exchange_flow",
        "balance_usd",
        new_column_name="balance",
        nullable=True,
        comment="what is there; empty where the source does not say",
    )
    op.add_column(
        "exchange_flow",
        sa.Column("unit", sa.Text(), nullable=False, server_default="USD", comment="of both amounts: USD, or the coin itself"),
    )
    op.alter_column("exchange_flow", "unit", server_default=None)
    op.alter_column("exchange_flow", "asset", comment="stablecoins, all, or a coin")


def downgrade() -> None:
    op.execute("DELETE FROM exchange_flow WHERE unit <> 'USD' OR balance IS NULL")
    op.drop_column("exchange_flow", "unit")
    op.alter_column("exchange_flow", "asset", comment="stablecoins or all")
    op.alter_column("exchange_flow", "balance", new_column_name="balance_usd", nullable=False, comment=None)
    op.alter_column("exchange_flow", "net", new_column_name="net_usd")
    for table in ("whale_poll", "whale_flow", "whale_label", "whale_transaction"):
        op.drop_table(table)
