"""odds of prediction markets.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "polymarket_event",
        sa.Column("id", sa.Text(), nullable=False, comment="gamma's"),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False, comment="exactly one of its markets comes true"),
        sa.Column("first_seen_at", MOMENT, nullable=False, comment="market time"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polymarket_event")),
    )
    op.create_table(
        "polymarket_market",
        sa.Column("id", sa.Text(), nullable=False, comment="gamma's"),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False, comment="whose probability is meant"),
        sa.Column("token", sa.Text(), nullable=False, comment="the CLOB's name of that outcome"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="a pair, or MARKET"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "lean", sa.SmallInteger(), nullable=False, comment="1 when it is good for the price, -1 when bad, 0 when neither"
        ),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("first_seen_at", MOMENT, nullable=False, comment="market time"),
        sa.Column("asked_at", MOMENT, nullable=False, comment="market time of the newest answer about it, or try to get one"),
        sa.Column("resolved_at", MOMENT, nullable=True, comment="market time at which the resolution was seen"),
        sa.Column("winner", sa.Text(), nullable=True, comment="the outcome that came true, or neither"),
        sa.CheckConstraint("lean BETWEEN -1 AND 1", name=op.f("ck_polymarket_market_lean")),
        sa.CheckConstraint("(resolved_at IS NULL) = (winner IS NULL)", name=op.f("ck_polymarket_market_resolution")),
        sa.ForeignKeyConstraint(["event_id"], ["polymarket_event.id"], name=op.f("fk_polymarket_market_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polymarket_market")),
    )
    op.create_index(op.f("ix_polymarket_market_event_id"), "polymarket_market", ["event_id"])
    op.create_table(
        "polymarket_quote",
        sa.Column("market_id", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False, comment="market time of the read"),
        sa.Column("probability", sa.Double(), nullable=True, comment="renormalised in its group; empty where that is not whole"),
        sa.Column("raw", sa.Double(), nullable=False, comment="of the market alone"),
        sa.Column("group_sum", sa.Double(), nullable=True, comment="of the raw ones of an exclusive group"),
        sa.Column("basis", sa.Text(), nullable=False, comment="mid, last_trade or price"),
        sa.Column("settling", sa.Boolean(), nullable=False, comment="past its end, or its resolution is proposed"),
        sa.Column("volume", sa.Double(), nullable=False, comment="USD since the market began"),
        sa.Column("volume_24h", sa.Double(), nullable=False),
        sa.Column("liquidity", sa.Double(), nullable=False),
        sa.Column("day_change", sa.Double(), nullable=True, comment="of the probability in 24 h, as gamma says"),
        sa.CheckConstraint("raw BETWEEN 0 AND 1 AND probability BETWEEN 0 AND 1", name=op.f("ck_polymarket_quote_ranges")),
        sa.ForeignKeyConstraint(["market_id"], ["polymarket_market.id"], name=op.f("fk_polymarket_quote_market_id")),
        sa.PrimaryKeyConstraint("market_id", "at", name=op.f("pk_polymarket_quote")),
    )
    op.create_index(op.f("ix_polymarket_quote_at"), "polymarket_quote", ["at"])
    op.create_table(
        "polymarket_change",
        sa.Column("market_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="move or resolution"),
        sa.Column("at", MOMENT, nullable=False, comment="market time at which it was seen"),
        sa.Column("detail", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["polymarket_market.id"], name=op.f("fk_polymarket_change_market_id")),
        sa.PrimaryKeyConstraint("market_id", "kind", "at", name=op.f("pk_polymarket_change")),
    )


def downgrade() -> None:
    for table in ("polymarket_change", "polymarket_quote", "polymarket_market", "polymarket_event"):
        op.drop_table(table)
