"""The database roles: one for each part of the desk, with the rights that its work needs.

| role      | may                                                                        |
|-----------|----------------------------------------------------------------------------|
| functions | read and write every table of ours, and the rows of Optuna's                 |
| collector | read every table; write market data, heartbeats, source status, transactions |
| dashboard | read every table, in read-only transactions                                 |
| n8n       | its own schema, and add others; it sees nothing of ours                     |

The first three also see of n8n's tables when its workflows ran, which `n8n.reading` grants once n8n has made them.
"""

from dataclasses import dataclass

from psycopg import sql
from sqlalchemy import Connection, text

from db.tables import (
    candle,
    candle_change,
    candle_revision,
    doubted_price,
    forming_candle,
    gap,
    heartbeat,
    source_status,
    symbol,
    ticker,
    touch,
    universe_day,
    whale_label,
    whale_transaction,
)

_MARKET = (candle, candle_change, candle_revision, doubted_price, forming_candle, gap, symbol, ticker, touch, universe_day)
_SEQUENCES = """
    SELECT sequences.relname FROM pg_class sequences
    JOIN pg_depend ON pg_depend.objid = sequences.oid AND pg_depend.deptype IN ('a', 'i')
    JOIN pg_class tables ON tables.oid = pg_depend.refobjid
    WHERE sequences.relkind = 'S' AND tables.relnamespace = 'public'::regnamespace AND tables.relname = ANY (:tables)
"""
COLLECTOR_WRITES = [table.name for table in (*_MARKET, heartbeat, source_status, whale_label, whale_transaction)]


@dataclass(frozen=True, slots=True)
class RolePasswords:
    """The password of each role that logs in."""

    functions: str
    collector: str
    dashboard: str
    n8n: str


def apply_roles(connection: Connection, passwords: RolePasswords) -> None:
    """Create or repair the roles, their passwords and their grants; running it twice changes nothing."""
    create_roles(connection, passwords)
    database = connection.scalar(text("SELECT current_database()"))
    _run(connection, "REVOKE ALL ON DATABASE {0} FROM PUBLIC", str(database))
    _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _run(connection, "GRANT CONNECT ON DATABASE {0} TO functions, collector, dashboard, n8n", str(database))
    for role in ("functions", "collector", "dashboard"):
        _run(connection, "GRANT USAGE ON SCHEMA public TO {0}", role)
        _run(connection, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {0}", role)
        _run(connection, "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {0}", role)
    _run(connection, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO functions")
    _run(connection, "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO functions")
    _run(connection, "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM functions")  # what the schema is the owner says
    for table in COLLECTOR_WRITES:
        _run(connection, "GRANT INSERT, UPDATE, DELETE ON {0} TO collector", table)
    for sequence in connection.scalars(text(_SEQUENCES), {"tables": COLLECTOR_WRITES}):
        _run(connection, "GRANT USAGE ON SEQUENCE {0} TO collector", sequence)
    # What Optuna keeps of walk-forward searches: rows are the functions', the tables are the migrations'.
    _run(connection, "GRANT USAGE ON SCHEMA backtest_search TO functions")
    _run(connection, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA backtest_search TO functions")
    _run(
        connection,
        "REVOKE INSERT, UPDATE, DELETE ON backtest_search.alembic_version, backtest_search.version_info FROM functions",
    )
    _run(connection, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA backtest_search TO functions")
    _run(connection, "ALTER ROLE dashboard SET default_transaction_read_only = on")
    _run(connection, "CREATE SCHEMA IF NOT EXISTS n8n AUTHORIZATION n8n")
    # n8n says CREATE SCHEMA IF NOT EXISTS at each start, which asks for this right even when the schema is there; without it n8n
    # hangs. It may add schemas of its own with it, and touch nothing that exists.
    _run(connection, "GRANT CREATE ON DATABASE {0} TO n8n", str(database))
    _run(connection, "ALTER ROLE n8n SET search_path = n8n")


def create_roles(connection: Connection, passwords: RolePasswords) -> None:
    """Create the roles that are missing and set every password; grants nothing, so that no table is needed."""
    for role in ("functions", "collector", "dashboard", "n8n"):
        _ensure_role(connection, role, getattr(passwords, role))
    # Before Postgres 16 an owner must be a member of the role it gives a schema to.
    _run(connection, "GRANT n8n TO CURRENT_USER")


def _ensure_role(connection: Connection, role: str, password: str) -> None:
    exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if not exists:
        _run(connection, "CREATE ROLE {0}", role)
    raw = connection.connection.driver_connection
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    connection.exec_driver_sql(statement.as_string(raw).replace("%", "%%"))


def _run(connection: Connection, template: str, *names: str) -> None:
    """Execute `template` with its `{0}`, ... filled by quoted identifiers."""
    raw = connection.connection.driver_connection
    statement = sql.SQL(template).format(*(sql.Identifier(name) for name in names))
    connection.exec_driver_sql(statement.as_string(raw))
