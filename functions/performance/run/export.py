"""What was traded, said, scored and earned, as rows of a table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite

from sqlalchemy import Connection

from functions.paper.accounts import ACCOUNTS, account_named
from functions.paper.settling.exact import plain
from functions.performance.exports import Export, Exported
from functions.performance.metrics.equity import growth
from functions.performance.run.history import DAY, read_history
from functions.performance.store import rows

EQUITY_COLUMNS = ("account", "day", "equity", "return", "as_btc")


def export_table(
    connection: Connection,
    table: Export,
    since: datetime,
    until: datetime,
    gate_symbol: str,
    *,
    account: str = "",
    symbol: str = "",
) -> Exported:
    """Return a table between two moments, as it stood at the second one.

    Raises:
        NotFound: there is no account of that name.
    """
    if account:
        account_named(account)
    match table:
        case Export.EQUITY:
            return Exported(EQUITY_COLUMNS, _equity(connection, since, until, gate_symbol, account))
        case Export.TRADES:
            found = rows.trade_rows(connection, since, until, account=account, symbol=symbol)
        case Export.SIGNALS:
            found = rows.signal_rows(connection, since, until, symbol=symbol)
        case Export.SCORES:
            found = rows.score_rows(connection, since, until, symbol=symbol)
    return Exported(tuple(found.keys()), ([written(value) for value in row.values()] for row in found))


def _equity(connection: Connection, since: datetime, until: datetime, gate_symbol: str, account: str) -> Iterator[list[str]]:
    for name in [account] if account else [one.name for one in ACCOUNTS]:
        history = read_history(connection, name, until, gate_symbol, since)
        if history is None:
            continue
        track = history.track
        held = growth(history.btc) * track.start
        for midnight, equity, change, btc in zip(history.midnights, track.equity, track.returns, held, strict=True):
            day = (midnight - DAY).date().isoformat()
            yield [name, day, *(written(float(value)) for value in (equity, change, btc))]


def written(value: object) -> str:
    """Return a value as a file has it: numbers in full and with a point, moments in UTC, several values with a space between."""
    match value:
        case None:
            return ""
        case Decimal():
            return plain(value)
        case float():
            return repr(value) if isfinite(value) else ""
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case list():
            return " ".join(written(part) for part in value)
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
