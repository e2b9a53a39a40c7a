"""screener runs with their picks, and the pairs that came and went.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screener_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="daily:DAY, now:MINUTE or at:MOMENT; the same key is the same run"),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="market time of its tickers"),
        sa.Column("considered", sa.Integer(), nullable=False, comment="USDT pairs that traded"),
        sa.Column(
            "left_out", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="symbols by the code of the reason"
        ),
        sa.Column("note", sa.Text(), nullable=True, comment="why candles are missing, if the exchange did not give them"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screener_run")),
        sa.UniqueConstraint("key", name=op.f("uq_screener_run_key")),
    )
    op.create_index(op.f("ix_screener_run_as_of"), "screener_run", ["as_of"], unique=False)
    op.create_table(
        "screener_pick",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False, comment="1 is the best"),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False, comment="0..1; what is not known earns nothing"),
        sa.Column("coverage", sa.Double(), nullable=False, comment="0..1: how much of the score is known"),
        sa.Column("direction", sa.Text(), nullable=True, comment="of the daily trend; empty when not known"),
        sa.Column("price", sa.Double(), nullable=False),
        sa.Column("change_24h", sa.Double(), nullable=False, comment="fraction: 0.01 is one percent"),
        sa.Column("turnover_24h", sa.Double(), nullable=False, comment="in the quote coin"),
        sa.Column("spread", sa.Double(), nullable=False, comment="fraction of the middle price"),
        sa.Column(
            "parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="the four scores, null where not known"
        ),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="the weightiest first"),
        sa.CheckConstraint("direction IN ('up', 'down', 'none')", name=op.f("ck_screener_pick_direction")),
        sa.ForeignKeyConstraint(["run_id"], ["screener_run.id"], name=op.f("fk_screener_pick_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "rank", name=op.f("pk_screener_pick")),
    )
    op.create_index(op.f("ix_screener_pick_symbol"), "screener_pick", ["symbol"], unique=False)
    op.create_table(
        "listing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="market time: first seen, or last seen"),
        sa.Column(
            "seen_after",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the look before, when it was not there yet; empty when not known",
        ),
        sa.Column("price", sa.Double(), nullable=True, comment="the first one seen; empty when it had not traded"),
        sa.Column("volume_24h", sa.Double(), nullable=True, comment="in the base coin"),
        sa.Column("turnover_24h", sa.Double(), nullable=True, comment="in the quote coin"),
        sa.Column("priced_at", sa.DateTime(timezone=True), nullable=True, comment="exchange time of price and volume"),
        sa.Column(
            "announcement",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="title and address, when the exchange announced it",
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False, comment="market time"),
        sa.CheckConstraint("event IN ('listed', 'delisted')", name=op.f("ck_listing_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint("symbol", "event", "at", name=op.f("uq_listing_symbol_event_at")),
    )
    op.create_index(op.f("ix_listing_noted_at"), "listing", ["noted_at"], unique=False)


def downgrade() -> None:
    op.drop_table("listing")
    op.drop_table("screener_pick")
    op.drop_table("screener_run")
