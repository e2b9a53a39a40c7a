"""the paper account: trades, fills, the ledger.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("start", sa.Numeric(), nullable=False, comment="USDT it began with"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_account")),
        sa.UniqueConstraint("name", name=op.f("uq_paper_account_name")),
    )
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
    op.create_table(
        "paper_request",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the caller's; the same key is the same request"),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="given again when the request is repeated"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["paper_account.id"], name=op.f("fk_paper_request_account_id")),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_paper_request")),
    )
    op.create_table(
        "paper_trade",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True, comment="the chat that asked for it"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False, comment="at the entry, in the base coin"),
        sa.Column("open_quantity", sa.Numeric(), nullable=False, comment="not closed yet"),
        sa.Column("entry", sa.Numeric(), nullable=False, comment="price of the entry's fill"),
        sa.Column("stop", sa.Numeric(), nullable=True, comment="as it was at the entry"),
        sa.Column("targets", sa.ARRAY(sa.Numeric()), nullable=False, comment="none to three, nearest first"),
        sa.Column("targets_hit", sa.Integer(), server_default="0", nullable=False),
        sa.Column("target_quantity", sa.Numeric(), nullable=False, comment="what a target closes; the last one closes the rest"),
        sa.Column(
            "break_even_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="prices from then on meet the stop at the entry's price",
        ),
        sa.Column(
            "settled_until", sa.DateTime(timezone=True), nullable=False, comment="candles that close up to here are settled"
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (open_quantity > 0) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_paper_trade_closed"),
        ),
        sa.CheckConstraint("side IN ('long', 'short')", name=op.f("ck_paper_trade_side")),
        sa.CheckConstraint("source IN ('manual', 'signal')", name=op.f("ck_paper_trade_source")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_paper_trade_state")),
        sa.ForeignKeyConstraint(["account_id"], ["paper_account.id"], name=op.f("fk_paper_trade_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_trade")),
    )
    op.create_index(op.f("ix_paper_trade_account_id_closed_at"), "paper_trade", ["account_id", "closed_at"], unique=False)
    op.create_index(
        "ix_paper_trade_open", "paper_trade", ["account_id", "symbol"], unique=True, postgresql_where="state = 'open'"
    )
    op.create_table(
        "paper_fill",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("trade_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("fee", sa.Numeric(), nullable=False),
        sa.Column("profit", sa.Numeric(), nullable=False, comment="of what it closed, before fees; 0 for an entry"),
        sa.CheckConstraint("quantity > 0 AND price > 0 AND fee >= 0", name=op.f("ck_paper_fill_amounts")),
        sa.ForeignKeyConstraint(["trade_id"], ["paper_trade.id"], name=op.f("fk_paper_fill_trade_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_fill")),
    )
    op.create_index(op.f("ix_paper_fill_at"), "paper_fill", ["at"], unique=False)
    op.create_index(op.f("ix_paper_fill_trade_id"), "paper_fill", ["trade_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=True, comment="empty for the opening of the account"),
        sa.Column("account", sa.Text(), nullable=False, comment="cash, position:TRADE, fees, realised or start"),
        sa.Column("amount", sa.Numeric(), nullable=False, comment="USDT, debit positive"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["paper_account.id"], name=op.f("fk_ledger_entry_account_id")),
        sa.ForeignKeyConstraint(["fill_id"], ["paper_fill.id"], name=op.f("fk_ledger_entry_fill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index(op.f("ix_ledger_entry_account_id_account"), "ledger_entry", ["account_id", "account"], unique=False)
    op.create_index(op.f("ix_ledger_entry_fill_id"), "ledger_entry", ["fill_id"], unique=False)
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END $$
    """)
    for table in ("ledger_entry", "paper_fill"):
        op.execute(f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    op.execute("""
        CREATE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            total numeric;
        BEGIN
            IF NEW.fill_id IS NULL THEN
                SELECT sum(amount) INTO total FROM ledger_entry WHERE account_id = NEW.account_id AND fill_id IS NULL;
            ELSE
                SELECT sum(amount) INTO total FROM ledger_entry WHERE fill_id = NEW.fill_id;
            END IF;
            IF total <> 0 THEN
                RAISE EXCEPTION 'the entries of fill % sum to %, not to 0', NEW.fill_id, total
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$
    """)
    # Deferred: a fill's entries come one by one and must balance when the transaction ends.
    op.execute("""
        CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION require_balance()
    """)


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_entry_fill_id"), table_name="ledger_entry")
    op.drop_index(op.f("ix_ledger_entry_account_id_account"), table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index(op.f("ix_paper_fill_trade_id"), table_name="paper_fill")
    op.drop_index(op.f("ix_paper_fill_at"), table_name="paper_fill")
    op.drop_table("paper_fill")
    op.drop_index("ix_paper_trade_open", table_name="paper_trade", postgresql_where="state = 'open'")
    op.drop_index(op.f("ix_paper_trade_account_id_closed_at"), table_name="paper_trade")
    op.drop_table("paper_trade")
    op.drop_table("paper_request")
    op.drop_table("equity")
    op.drop_table("paper_account")
    op.execute("DROP FUNCTION require_balance()")
    op.execute("DROP FUNCTION refuse_change()")
