"""what a feed calls its entries.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The headlines that are there keep an empty one: they are known by their address and words.
    op.add_column(
        "news_item",
        sa.Column(
            "guid_key",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="hash of the feed's own id for the entry; empty without",
        ),
    )
    op.alter_column("news_item", "key", comment="hash of the feed, its own id for the entry, and the address without tracking")


def downgrade() -> None:
    op.alter_column("news_item", "key", comment="hash of the feed's own id, or of the address without its query")
    op.drop_column("news_item", "guid_key")
