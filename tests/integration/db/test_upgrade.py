"""An upgrade from the first schema that a desk lived on keeps every row, with its values."""

from collections.abc import Mapping
from typing import Any

from alembic import command
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from db.migrate import alembic_config, migrate
from functions.settings import Settings

FIRST = "0005"
AT, LATER = "'2026-01-02T03:15Z'", "'2026-01-02T03:30Z'"
# Two rows of every table, as the code of that time wrote them. Those of a table come after those that they point at.
ROWS: Mapping[str, tuple[str, ...]] = {
    "candle": (
        f"'BTCUSDT', '15m', {AT}, 100.1, 101.2, 99.3, 100.4, 12.5, 1250.5, 'ws'",
        f"'BTCUSDT', '15m', {LATER}, 100.4, 102.2, 100.3, 101.9, 7.25, NULL, 'rest'",
    ),
    "candle_revision": (f"7, 'BTCUSDT', '15m', {AT}, 100, 101, 99, 100.3, 12, 1200, 'ws', {LATER}",),
    "gap": (
        f"3, 'BTCUSDT', '5m', {AT}, {LATER}, 'reconnect', {LATER}, {LATER}, 'filled', 2, NULL",
        f"4, 'ETHUSDT', '1h', {AT}, {AT}, 'missed', {LATER}, NULL, NULL, 1, 'Bybit does not answer'",
    ),
    "heartbeat": (f"'collector', {AT}, '{{\"beats\": 7}}'",),
    "source_status": (f"'bybit', {AT}, {LATER}, 'away', 1.5, 42, 3",),
    "symbol": (
        f"'BTCUSDT', 'BTC', 'USDT', 'Trading', 0.01, 0.000001, 5, '', false, {AT}, {LATER}",
        f"'OLDUSDT', 'OLD', 'USDT', 'Delisted', 0.001, 0.1, 5, 'innovation', true, {AT}, {AT}",
    ),
    "ticker": (f"'BTCUSDT', 100.4, 100.3, 100.5, 110, 90, 1e6, 1e8, 0.01, {LATER}, {AT}",),
    "universe_day": (f"'2026-01-02', 'BTCUSDT', 1, 1e8, 0.01, 0.000001, {AT}",),
    "technical_state": (
        f"'BTCUSDT', '15m', {LATER}, 1, 'NEUTRAL', 'none came', '{{\"close\": 101.5, \"problem\": 0,"
        ' "trend": {"direction": 1, "strength": 0.5, "regime": 1}, "entries": {"breakout": 0, "pullback": 0, "momentum": 0},'
        ' "indicators": {"atr": 2.5, "ema50": 100.0, "ema200": 90.0}, "reasons": []}\'',
    ),
    "processed_close": (f"'technical', '15m', {LATER}, 1, '{{BTCUSDT}}', {LATER}",),
    "signal": (
        f"11, 'BTCUSDT', '15m', {AT}, 1, 'technical', 'LONG', 0.7, 100, 95, '{{105,110,120}}', 2.2, 2.5, '[]', '{{}}',"
        f" {AT}, {LATER}",
    ),
    "chat": ("-100123, 'ru', 'Europe/Berlin', 'strong', 0.65, '{BTCUSDT}', 22, 7, 5, 240",),
    "mute": (f"-100123, 'DOGEUSDT', {LATER}",),
    "telegram_update": (f"9001, 'took:11', -100123, {AT}",),
    "signal_choice": (f"-100123, 11, 'took', {LATER}",),
    "alert": (f"21, 'signal:BTCUSDT', 'signal', 'BTCUSDT', '{{\"entry\": 100}}', {AT}, {LATER}, NULL",),
    "delivery": (
        f"31, 21, -100123, 'delivered', 2, {AT}, NULL, 777, 'Too Many Requests', {LATER}, NULL, NULL, NULL, false, true",
        f"32, 21, -100124, 'held', 0, {AT}, NULL, NULL, NULL, {LATER}, NULL, 31, 'budget', false, false",
    ),
    "paper_account": (f"1, 'paper', 1000, {AT}",),
    "paper_trade": (
        f"41, 1, 'BTCUSDT', 'long', 'manual', -100123, 'open', 2, 1, 100, 95, '{{105,110,120}}', 1, 0.5, {LATER},"
        f" {LATER}, {AT}, NULL",
        f"42, 1, 'ETHUSDT', 'short', 'signal', NULL, 'closed', 3, 0, 50, 55, '{{45}}', 0, 1, NULL, {LATER}, {AT}, {LATER}",
    ),
    "paper_fill": (
        f"51, 41, {AT}, 'entry', 100, 2, 0.2, 0",
        f"52, 41, {LATER}, 'target', 105, 1, 0.105, 4.9",
        f"53, 42, {AT}, 'entry', 50, 3, 0.15, 0",
        f"54, 42, {LATER}, 'stop', 55, 3, 0.165, -15",
    ),
    "ledger_entry": (
        f"61, 1, NULL, 'cash', 1000, {AT}",
        f"62, 1, NULL, 'equity', -1000, {AT}",
        f"63, 1, 51, 'cash', -0.2, {AT}",
        f"64, 1, 51, 'fees', 0.2, {AT}",
    ),
    "paper_request": (f"1, 'buy-1', 'open', '{{\"symbol\": \"BTCUSDT\"}}', '{{\"trade\": 41}}', {AT}",),
    "equity": (f"1, {AT}, {AT}, 899.8, 200, 9",),
    "screener_run": (f"71, 'daily:2026-01-02', {AT}, 300, '{{\"spread\": 12}}', NULL",),
    "screener_pick": ("71, 1, 'BTCUSDT', 0.9, 1, 'up', 100.4, 0.01, 1e8, 0.0001, '{\"trend\": 1}', '[\"up\"]'",),
    "listing": (f"81, 'NEWUSDT', 'listed', {LATER}, {AT}, 1.5, 100, 150, {LATER}, '{{\"title\": \"New\"}}', {LATER}",),
}
# What later schemas say in another form: tests/integration/db/test_migrations.py follows the first two, and `equity` is computed
# from trades and candles since.
RESHAPED = {"technical_state", "processed_close", "equity"}
LEFT_OUT = {("delivery", "held_until")}  # what a message waits for follows from its class


def test_upgrade_from_the_first_schema_keeps_every_row(database: str, settings: Settings) -> None:
    owner = create_engine(make_url(database).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        command.upgrade(config, FIRST)
        assert set(inspect(connection).get_table_names()) == {*ROWS, "alembic_version"}
        for table, rows in ROWS.items():
            for row in rows:
                connection.exec_driver_sql(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE VALUES ({row})")
        before = {table: contents(connection, table, columns(connection, table)) for table in ROWS}
        kept = {table: columns(connection, table) for table in ROWS}
    # The account of that time was traded by hand; today it has others beside it.
    before["paper_account"] = [(number, "manual", *rest) for number, _, *rest in before["paper_account"]]
    migrate(settings.owner_url, settings.passwords)
    with owner.connect() as connection:
        for table in ROWS.keys() - RESHAPED:
            had, has = kept[table], columns(connection, table)
            assert {(table, name) for name in had if name not in has} <= LEFT_OUT
            shared = [name for name in had if name in has]
            assert contents(connection, table, shared) == project(before[table], had, shared), table


def columns(connection: Connection, table: str) -> list[str]:
    """The columns of a table; none when it is gone."""
    found = inspect(connection)
    return [column["name"] for column in found.get_columns(table)] if found.has_table(table) else []


def contents(connection: Connection, table: str, names: list[str]) -> list[tuple[Any, ...]]:
    """The rows of a table, in an order of their own."""
    rows = connection.exec_driver_sql(f"SELECT {', '.join(names)} FROM {table}").all()
    return sorted((tuple(row) for row in rows), key=str)


def project(rows: list[tuple[Any, ...]], had: list[str], wanted: list[str]) -> list[tuple[Any, ...]]:
    """The rows with the wanted columns alone."""
    places = [had.index(name) for name in wanted]
    return sorted((tuple(row[place] for place in places) for row in rows), key=str)
