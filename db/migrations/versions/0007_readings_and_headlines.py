"""readings of outside sources, and headlines.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "factor_reading",
        sa.Column("symbol", sa.Text(), nullable=False, comment="a pair, or MARKET"),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False, comment="the moment it is about"),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="market time; not to be used for a moment before it",
        ),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("value BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name=op.f("ck_factor_reading_ranges")),
        sa.PrimaryKeyConstraint("symbol", "factor", "source", "as_of", name=op.f("pk_factor_reading")),
    )
    op.create_index(op.f("ix_factor_reading_source_symbol_as_of"), "factor_reading", ["source", "symbol", "as_of"])
    op.create_table(
        "news_item",
        sa.Column("key", sa.Text(), nullable=False, comment="hash of the feed's own id, or of the address without its query"),
        sa.Column("title_key", sa.Text(), nullable=False, comment="hash of the title's words: the same story in another feed"),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False, comment="market time"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_news_item")),
    )
    op.create_index(op.f("ix_news_item_title_key_first_seen_at"), "news_item", ["title_key", "first_seen_at"])
    op.create_index(op.f("ix_news_item_published_at"), "news_item", ["published_at"])


def downgrade() -> None:
    op.drop_table("news_item")
    op.drop_table("factor_reading")
