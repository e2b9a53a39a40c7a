"""What a desk must have kept, whatever was done to it: candles, alerts, trades, ledgers, and a log without surprises."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from functions.outbox import raise_alert
from tests.desk import Desk

SPANS = {"5m": "5 minutes", "15m": "15 minutes", "1h": "1 hour", "4h": "4 hours", "1d": "1 day"}
SURPRISES = ("unhandled error", "unexpected error", "failed; it goes on", "failed; it begins anew")  # of the outermost loops


def lost_candles(desk: Desk, since: datetime, until: datetime) -> list[tuple[str, str, datetime]]:
    """Return each candle of a watched pair that closed in a span of market time, up to and with its end, and is not stored."""
    rows: list[tuple[str, str, datetime]] = []
    for timeframe, span in SPANS.items():
        rows += desk.rows(
            f"""SELECT symbol, '{timeframe}', opened
                FROM (SELECT DISTINCT symbol FROM candle WHERE timeframe = '{timeframe}') s,
                     generate_series(date_bin('{span}', CAST(:since AS timestamptz), '2000-01-01Z'),
                                     CAST(:until AS timestamptz), '{span}') AS opened
                WHERE opened + interval '{span}' > :since AND opened + interval '{span}' <= :until
                EXCEPT SELECT symbol, timeframe, open_time FROM candle WHERE timeframe = '{timeframe}'""",
            since=since,
            until=until,
        )
    return rows


def raise_probes(desk: Desk, name: str, count: int) -> None:
    """Raise alerts as causes do, one transaction each; their words begin with `name` and end with a dot."""
    now = datetime.now(UTC)
    for number in range(count):
        key = f"{name} {number:04d}."
        payload = {"workflow": key, "node": "probe", "message": "raised by a trial", "execution_id": "1"}
        with desk.engine.begin() as connection:
            raise_alert(
                connection, key=key, kind="failed_run", payload=payload, created_at=now, expires_at=now + timedelta(hours=9)
            )


def probes_that_came(desk: Desk, name: str) -> list[str]:
    """Return the words of the probes in Telegram, as often as they came."""
    return [message["text"].partition(name)[2][:6].strip() for message in desk.messages() if name in message["text"]]


def waiting(desk: Desk, at: datetime) -> int:
    """Return how many alerts that were raised up to a wall time still wait, addressed or not."""
    statement = """SELECT count(*) FROM alert a LEFT JOIN delivery d ON d.alert_id = a.id
                   WHERE a.created_at <= :at AND a.expires_at > now() AND coalesce(d.state, 'pending') = 'pending'"""
    return int(desk.rows(statement, at=at)[0][0])


def uncounted_alerts(desk: Desk) -> int:
    """Return how many alerts have no delivery, or are called delivered and are not in Telegram."""
    known = {message["message_id"] for message in desk.messages()}
    without = desk.rows("SELECT count(*) FROM alert a WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE alert_id = a.id)")[0][0]
    sent = desk.rows("SELECT message_id FROM delivery WHERE state = 'delivered' AND message_id IS NOT NULL")
    return int(without) + sum(row[0] not in known for row in sent)


def duplicates(desk: Desk) -> int:
    """Return how many messages came that no delivery knows of: it knows the one that was confirmed."""
    known = {row[0] for row in desk.rows("SELECT message_id FROM delivery WHERE message_id IS NOT NULL")}
    return len({message["message_id"] for message in desk.messages()} - known)


def lost_trades(desk: Desk) -> int:
    """Return how many signals an account refused because it came to them too late."""
    return int(desk.rows("SELECT count(*) FROM paper_refusal WHERE code = 'too_late' AND signal_id IS NOT NULL")[0][0])


def ledger_faults(desk: Desk) -> Iterator[str]:
    """Yield one sentence for each account whose entries, fills and positions do not agree to the last digit."""
    rows = desk.rows(
        """SELECT a.name, e.total, e.fees - f.fees, e.realised + f.profit, e.positions - t.cost FROM paper_account a
           JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS total,
                                coalesce(sum(amount) FILTER (WHERE account = 'fees'), 0) AS fees,
                                coalesce(sum(amount) FILTER (WHERE account = 'realised'), 0) AS realised,
                                coalesce(sum(amount) FILTER (WHERE account LIKE 'position:%'), 0) AS positions
                         FROM ledger_entry WHERE account_id = a.id) e ON true
           JOIN LATERAL (SELECT coalesce(sum(f.fee), 0) AS fees, coalesce(sum(f.profit), 0) AS profit
                         FROM paper_fill f JOIN paper_trade t ON t.id = f.trade_id WHERE t.account_id = a.id) f ON true
           JOIN LATERAL (SELECT coalesce(sum(open_quantity * entry), 0) AS cost FROM paper_trade WHERE account_id = a.id) t
           ON true"""
    )
    for name, *differences in rows:
        if any(differences):
            yield f"{name}: {differences}"


def surprises(folder: Path) -> list[str]:
    """Return the lines of the parts' logs that an outermost loop wrote about what nobody expected."""
    found = []
    for file in sorted(folder.glob("*.log*")):
        for line in file.read_text(errors="replace").splitlines():
            try:
                said = json.loads(line) if line.startswith("{") else {}
            except json.JSONDecodeError:
                continue
            if "exception" in said or any(words in str(said.get("event", "")) for words in SURPRISES):
                found.append(f"{file.name}: {line[:600]}")
    return found
