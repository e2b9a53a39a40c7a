"""chats: their settings, mutes and choices, and what is held back from them.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column(
            "zone",
            sa.Text(),
            server_default="UTC",
            nullable=False,
            comment="IANA name; quiet hours and times in messages are local",
        ),
        sa.Column("mode", sa.Text(), server_default="all", nullable=False),
        sa.Column("min_confidence", sa.Double(), server_default="0", nullable=False, comment="0..1"),
        sa.Column("coins", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False, comment="symbols; none means all"),
        sa.Column("quiet_from", sa.Integer(), nullable=True, comment="minute of the local day"),
        sa.Column("quiet_until", sa.Integer(), nullable=True, comment="minute of the local day"),
        sa.Column(
            "budget", sa.Integer(), server_default="10", nullable=False, comment="signal messages a UTC day of market time"
        ),
        sa.Column(
            "cooldown_minutes",
            sa.Integer(),
            server_default="240",
            nullable=False,
            comment="market time between two signals of a symbol",
        ),
        sa.CheckConstraint("language IN ('en', 'ru')", name=op.f("ck_chat_language")),
        sa.CheckConstraint("mode IN ('all', 'strong')", name=op.f("ck_chat_mode")),
        sa.CheckConstraint(
            "min_confidence BETWEEN 0 AND 1 AND budget >= 0 AND cooldown_minutes >= 0", name=op.f("ck_chat_ranges")
        ),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_chat_quiet")),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat")),
    )
    op.create_table(
        "mute",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="wall clock"),
        sa.PrimaryKeyConstraint("chat_id", "symbol", name=op.f("pk_mute")),
    )
    op.create_table(
        "telegram_update",
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("press", sa.Text(), nullable=True, comment="of a button: callback id and data"),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, comment="wall clock"),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_telegram_update")),
        sa.UniqueConstraint("press", name=op.f("uq_telegram_update_press")),
    )
    op.create_table(
        "signal_choice",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("signal_id", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="wall clock"),
        sa.CheckConstraint("choice IN ('took', 'skipped')", name=op.f("ck_signal_choice_choice")),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_signal_choice_signal_id")),
        sa.PrimaryKeyConstraint("chat_id", "signal_id", name=op.f("pk_signal_choice")),
    )
    op.add_column(
        "alert", sa.Column("chat_id", sa.BigInteger(), nullable=True, comment="the one chat it is for; empty: every allowed chat")
    )
    op.add_column(
        "delivery",
        sa.Column(
            "held_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="quiet hours: it waits until then and others may pass it",
        ),
    )
    op.add_column(
        "delivery", sa.Column("lead_id", sa.BigInteger(), nullable=True, comment="goes out within that delivery's message")
    )
    op.add_column("delivery", sa.Column("held_because", sa.Text(), nullable=True, comment="why it is held"))
    op.add_column(
        "delivery",
        sa.Column(
            "pictureless",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Telegram refused the picture: go without",
        ),
    )
    op.drop_column("delivery", "plain")
    op.add_column(
        "delivery",
        sa.Column(
            "plain", sa.Boolean(), server_default="false", nullable=False, comment="Telegram refused the markup: go without"
        ),
    )
    op.create_foreign_key(op.f("fk_delivery_lead_id"), "delivery", "delivery", ["lead_id"], ["id"])
    op.create_index("ix_delivery_lead", "delivery", ["lead_id"], postgresql_where=sa.text("lead_id IS NOT NULL"))
    op.drop_constraint(op.f("ck_delivery_state"), "delivery", type_="check")
    op.create_check_constraint(
        op.f("ck_delivery_state"), "delivery", "state IN ('pending', 'delivered', 'dead', 'expired', 'held')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE state = 'held'")
    op.drop_constraint(op.f("ck_delivery_state"), "delivery", type_="check")
    op.create_check_constraint(op.f("ck_delivery_state"), "delivery", "state IN ('pending', 'delivered', 'dead', 'expired')")
    op.drop_index("ix_delivery_lead", "delivery")
    op.drop_column("delivery", "plain")
    op.add_column(
        "delivery",
        sa.Column("plain", sa.Text(), nullable=True, comment="set when Telegram refused the markup: send this instead"),
    )
    for column in ("held_until", "lead_id", "held_because", "pictureless"):
        op.drop_column("delivery", column)
    op.drop_column("alert", "chat_id")
    for table in ("signal_choice", "telegram_update", "mute", "chat"):
        op.drop_table(table)
