"""What each role may do, all of it: every right on every table, sequence, schema and function beside what this page says.

That the rights suffice is shown by all other tests: the functions, the collector and the dashboard log in with their roles there.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from db.migrate import migrate
from functions.settings import Settings

ROLES = ("functions", "collector", "dashboard", "n8n")
WRITE = {"INSERT", "UPDATE", "DELETE"}
COLLECTOR_WRITES = {
    *("candle", "candle_change", "candle_revision", "doubted_price", "forming_candle", "gap", "symbol", "ticker", "touch"),
    *("universe_day", "heartbeat", "source_status", "whale_label", "whale_transaction"),
}
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
OWNERS_ALONE = {"public.alembic_version", "backtest_search.alembic_version", "backtest_search.version_info"}


@pytest.fixture
def owner(database: str) -> Iterator[Connection]:
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def may(role: str, table: str) -> set[str]:
    """Return the rights that a role has on a table by what is promised."""
    schema, _, name = table.partition(".")
    if role == "n8n" or (schema == "backtest_search" and role != "functions"):
        return set()
    writes = {"functions": table not in OWNERS_ALONE, "collector": schema == "public" and name in COLLECTOR_WRITES}
    return {"SELECT"} | (WRITE if writes.get(role) else set())


def test_rights_on_tables_are_those_that_are_promised(owner: Connection) -> None:
    tables = """SELECT format('%s.%s', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm') AND nspname IN ('public', 'backtest_search')"""
    found = {
        (role, table): {
            right
            for right in RIGHTS
            if owner.scalar(
                text("SELECT has_table_privilege(:role, :table, :right)"), {"role": role, "table": table, "right": right}
            )
        }
        for table in owner.scalars(text(tables)).all()
        for role in ROLES
    }
    assert len(found) > 200
    assert {place: rights for place, rights in found.items() if rights != may(*place)} == {}


def test_numbers_are_drawn_by_whoever_adds_rows_alone(owner: Connection) -> None:
    rows = owner.execute(
        text("""SELECT s.relname, t.relname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
            JOIN pg_class t ON t.oid = d.refobjid WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace""")
    ).all()
    assert rows
    for sequence, table in rows:
        drawn = {
            role
            for role in ROLES
            if owner.scalar(
                text("SELECT has_sequence_privilege(:role, :name, 'USAGE, UPDATE')"), {"role": role, "name": f"public.{sequence}"}
            )
        }
        assert drawn == {role for role in ROLES if may(role, f"public.{table}") > {"SELECT"}}, sequence


def test_no_role_is_more_than_a_login(owner: Connection) -> None:
    more = "rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR NOT rolcanlogin"
    assert (
        owner.scalars(
            text(f"SELECT rolname FROM pg_roles WHERE rolname = ANY (:roles) AND ({more})"), {"roles": list(ROLES)}
        ).all()
        == []
    )
    members = "SELECT pg_get_userbyid(member) FROM pg_auth_members WHERE pg_get_userbyid(member) = ANY (:roles)"
    assert owner.scalars(text(members), {"roles": list(ROLES)}).all() == []


@pytest.mark.parametrize(
    ("role", "schema", "rights"),
    [
        ("functions", "public", {"USAGE"}),
        ("collector", "public", {"USAGE"}),
        ("dashboard", "public", {"USAGE"}),
        ("n8n", "public", set()),
        ("functions", "backtest_search", {"USAGE"}),
        ("collector", "backtest_search", set()),
        ("dashboard", "backtest_search", set()),
        ("n8n", "backtest_search", set()),
        ("functions", "n8n", set()),
        ("collector", "n8n", set()),
        ("dashboard", "n8n", set()),
        ("n8n", "n8n", {"USAGE", "CREATE"}),
    ],
)
def test_rights_on_schemas(owner: Connection, role: str, schema: str, rights: set[str]) -> None:
    question = text("SELECT has_schema_privilege(:role, :schema, :right)")
    asked = {"role": role, "schema": schema}
    assert {right for right in ("USAGE", "CREATE") if owner.scalar(question, {**asked, "right": right})} == rights


def test_only_n8n_adds_schemas_and_nobody_else_logs_in(owner: Connection, settings: Settings) -> None:
    migrate(settings.owner_url, settings.passwords)  # a copied database has none of the rights on the database itself
    question = text("SELECT has_database_privilege(:role, current_database(), :right)")
    rights = {
        role: {right for right in ("CREATE", "TEMP") if owner.scalar(question, {"role": role, "right": right})} for role in ROLES
    }
    assert rights == {"functions": set(), "collector": set(), "dashboard": set(), "n8n": {"CREATE"}}
    assert not owner.scalar(text("SELECT has_database_privilege('public', current_database(), 'CONNECT')"))


def test_no_function_of_ours_runs_with_the_rights_of_another(owner: Connection) -> None:
    schemas = "pronamespace::regnamespace::text IN ('public', 'backtest_search', 'n8n')"
    assert owner.scalars(text(f"SELECT proname FROM pg_proc WHERE prosecdef AND {schemas}")).all() == []
