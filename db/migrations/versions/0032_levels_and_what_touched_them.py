"""A trader's price alerts, touches of levels, and word of every change of the levels that are waited at.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# Which columns of a row move the levels that are waited at.
MOVED = {
    "paper_trade": ("state", "targets_hit", "break_even_from", "held_at"),
    "resting_order": ("state", "touched_at"),
    "price_alert": ("state", "price"),
}


def upgrade() -> None:
    op.create_table(
        "price_alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True, comment="who asked for it and is told; empty: every allowed chat"),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False, comment="USDT"),
        sa.Column("direction", sa.Text(), nullable=False, comment="of the market when it comes to the price"),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("set_at", MOMENT, nullable=False, comment="market time: prices from then on count"),
        sa.Column("set_price", sa.Numeric(), nullable=False, comment="the latest price then"),
        sa.Column("checked_until", MOMENT, nullable=False, comment="candles that close up to here are checked"),
        sa.Column("last_price", sa.Numeric(), nullable=False, comment="newest sound price that its checks have met"),
        sa.Column("ended_at", MOMENT, nullable=True, comment="market time of the touch, or of its removal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_alert")),
        sa.CheckConstraint("direction IN ('falling', 'rising')", name=op.f("ck_price_alert_direction")),
        sa.CheckConstraint("state IN ('waiting', 'fired', 'removed')", name=op.f("ck_price_alert_state")),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_price_alert_ended")),
        sa.CheckConstraint("price > 0", name=op.f("ck_price_alert_price")),
    )
    op.create_index(
        "ix_price_alert_waiting",
        "price_alert",
        ["chat_id", "symbol", "price", "direction"],
        unique=True,
        postgresql_where="state = 'waiting'",
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "touch",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("level", sa.Numeric(), nullable=False, comment="the price that was waited for, USDT"),
        sa.Column("at", MOMENT, nullable=False, comment="when the exchange said so"),
        sa.Column("seen", sa.Numeric(), nullable=False, comment="the price that reached it"),
        sa.PrimaryKeyConstraint("symbol", "direction", "level", "at", name=op.f("pk_touch")),
        sa.CheckConstraint("direction IN ('falling', 'rising')", name=op.f("ck_touch_direction")),
    )
    op.create_index(op.f("ix_touch_symbol_at"), "touch", ["symbol", "at"])
    op.create_index(op.f("ix_touch_at"), "touch", ["at"])
    op.create_table(
        "doubted_price",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False, comment="when the exchange said so"),
        sa.Column("last", sa.Numeric(), nullable=False, comment="the price before it"),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", "at", name=op.f("pk_doubted_price")),
    )
    op.create_index(op.f("ix_doubted_price_at"), "doubted_price", ["at"])
    # A transaction's notifications of one text are one, so a settlement of a hundred trades tells once.
    op.execute("""
        CREATE FUNCTION tell_of_levels() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('levels', '');
            RETURN NULL;
        END $$
    """)
    for table, moved in MOVED.items():
        op.execute(f"""
            CREATE TRIGGER tell_of_levels AFTER INSERT OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION tell_of_levels()
        """)
        old, new = (", ".join(f"{row}.{column}" for column in moved) for row in ("OLD", "NEW"))
        op.execute(f"""
            CREATE TRIGGER tell_of_moved_levels AFTER UPDATE ON {table} FOR EACH ROW
            WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION tell_of_levels()
        """)


def downgrade() -> None:
    op.drop_table("doubted_price")
    op.drop_table("touch")
    op.drop_table("price_alert")
    op.execute("DROP FUNCTION tell_of_levels() CASCADE")
