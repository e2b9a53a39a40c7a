"""classes, addresses and reports of messages.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# What alerts written before this were about.
_CLASSES = """
    UPDATE alert SET class = classed.class, priority = classed.priority
    FROM (VALUES ('reply', 'answer', 0), ('callback', 'answer', 0), ('trade_opened', 'trade', 1), ('trade_closed', 'trade', 1), ('trade_held', 'trade', 1),
                 ('signal', 'signal', 2), ('listing', 'news', 5), ('delisting', 'news', 5)) AS classed (kind, class, priority)
    WHERE classed.kind = alert.kind
"""
_ASKED_BY = """
    UPDATE alert SET asked_by = CAST(CASE kind WHEN 'trade_opened' THEN payload ->> 'chat' ELSE payload ->> 'asked_by' END AS bigint)
    WHERE kind IN ('trade_opened', 'trade_closed')
"""
_ASKED = """
    UPDATE delivery SET asked = true FROM alert
    WHERE alert.id = alert_id AND (alert.class = 'answer' OR alert.asked_by = delivery.chat_id)
"""
_CLAIMS = """
    INSERT INTO claim (request_id, delivery_id, attempt, claimed_at)
    SELECT claimed_by, id, attempts, claimed_at FROM delivery
    WHERE state = 'pending' AND claimed_by IS NOT NULL AND claimed_at IS NOT NULL ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    _alerts()
    _deliveries()
    _chats()


def _alerts() -> None:
    op.add_column("alert", sa.Column("class", sa.Text(), comment="answer, trade, signal, ...: decides how it travels"))
    op.add_column("alert", sa.Column("priority", sa.Integer(), comment="the smaller one goes first"))
    op.add_column("alert", sa.Column("asked_by", sa.BigInteger(), comment="the chat that asked for what it tells"))
    op.add_column("alert", sa.Column("thread_id", sa.BigInteger(), comment="the topic of a forum group it belongs to"))
    op.execute("UPDATE alert SET class = 'report', priority = 4")
    op.execute(_CLASSES)
    op.execute(_ASKED_BY)
    op.alter_column("alert", "class", nullable=False)
    op.alter_column("alert", "priority", nullable=False)
    op.create_check_constraint(
        op.f("ck_alert_class"), "alert", "class IN ('answer', 'trade', 'signal', 'regime', 'report', 'news')"
    )


def _deliveries() -> None:
    for column in (
        sa.Column("asked", sa.Boolean(), server_default="false", nullable=False, comment="it answers what this chat asked for"),
        sa.Column("thread_id", sa.BigInteger(), comment="the topic of a forum group it goes to"),
        sa.Column(
            "pause", sa.Double(), server_default="0", nullable=False, comment="seconds of that wait: from now it is never longer"
        ),
        sa.Column(
            "flooded", sa.Boolean(), server_default="false", nullable=False, comment="Telegram asked the whole chat to wait"
        ),
        sa.Column(
            "failures",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="tries that failed for no reason Telegram named",
        ),
        sa.Column(
            "reported_attempt",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="newest attempt whose failure was heard",
        ),
        sa.Column("holder", sa.Text(), comment="the process that claimed it last"),
    ):
        op.add_column("delivery", column)
    op.execute(_ASKED)
    op.execute("UPDATE delivery SET pause = 60 WHERE state = 'pending' AND attempts > 0")
    op.create_table(
        "claim",
        sa.Column("request_id", sa.Text(), primary_key=True, comment="the caller's key"),
        sa.Column("delivery_id", sa.BigInteger(), sa.ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, comment="wall clock"),
    )
    op.create_index("ix_claim_claimed_at", "claim", ["claimed_at"])
    op.create_index("ix_claim_delivery_id", "claim", ["delivery_id"])
    op.execute(_CLAIMS)
    op.drop_index("ix_delivery_claimed_by", "delivery")
    op.drop_column("delivery", "claimed_by")
    op.drop_column("delivery", "held_until")


def _chats() -> None:
    op.create_table(
        "recipient",
        sa.Column("chat_id", sa.BigInteger(), primary_key=True),
        sa.Column("moved_to", sa.BigInteger(), comment="its id since Telegram made the group a supergroup"),
    )
    op.alter_column("chat", "language", nullable=True, server_default=None, comment="that was chosen")
    op.add_column("chat", sa.Column("spoken", sa.Text(), comment="language of the Telegram that wrote last"))
    op.add_column("chat", sa.Column("topic", sa.BigInteger(), comment="of a forum group: where it wrote last"))
    op.add_column(
        "chat",
        sa.Column(
            "classes",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="classes of alerts that come; none means all",
        ),
    )
    op.drop_constraint(op.f("ck_chat_language"), "chat")
    op.create_check_constraint(op.f("ck_chat_language"), "chat", "language IN ('en', 'ru') AND spoken IN ('en', 'ru')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_chat_language"), "chat")
    op.execute("UPDATE chat SET language = coalesce(language, spoken, 'en')")
    op.create_check_constraint(op.f("ck_chat_language"), "chat", "language IN ('en', 'ru')")
    op.alter_column("chat", "language", nullable=False, server_default="en", comment=None, existing_comment="that was chosen")
    for name in ("spoken", "topic", "classes"):
        op.drop_column("chat", name)
    op.drop_table("recipient")
    op.add_column("delivery", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.add_column("delivery", sa.Column("claimed_by", sa.Text()))
    op.execute("UPDATE delivery SET claimed_by = request_id FROM claim WHERE delivery_id = delivery.id AND attempt = attempts")
    op.create_index("ix_delivery_claimed_by", "delivery", ["claimed_by"], postgresql_where=sa.text("state = 'pending'"))
    op.drop_table("claim")
    for name in ("asked", "thread_id", "pause", "flooded", "failures", "reported_attempt", "holder"):
        op.drop_column("delivery", name)
    op.drop_constraint(op.f("ck_alert_class"), "alert")
    for name in ("class", "priority", "asked_by", "thread_id"):
        op.drop_column("alert", name)
