"""Where the time between a candle and its message goes: one desk's log, database and Telegram laid side by side."""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from tests.desk import Desk

# The table of candles does not say when a row came. A trigger of the bench notes it: a few microseconds a write.
_NOTE_WRITES = (
    "CREATE TABLE bench_write (close_time timestamptz NOT NULL, at timestamptz NOT NULL)",
    """CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
       BEGIN
           INSERT INTO bench_write SELECT max(open_time) + interval '15 minutes', clock_timestamp() FROM written
           WHERE timeframe = '15m' AND source = 'ws' HAVING count(*) > 0;
           RETURN NULL;
       END $$""",
    """CREATE TRIGGER bench_note AFTER INSERT ON candle REFERENCING NEW TABLE AS written
       FOR EACH STATEMENT EXECUTE FUNCTION bench_note()""",
)
_WRITES = "SELECT close_time, extract(epoch FROM max(at))::float8 FROM bench_write GROUP BY close_time"
_CLAIMS = """SELECT extract(epoch FROM max(claim.claimed_at))::float8, message_id
             FROM claim JOIN delivery ON delivery.id = delivery_id JOIN alert ON alert.id = alert_id
             WHERE kind = 'signal' AND message_id IS NOT NULL GROUP BY message_id"""
SCAN, SCORE, CLAIM = "/technical/scan", "/scoring/run", "/alerts/claim"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an HTTP function: seconds of the wall clock."""

    route: str
    began: float
    ended: float


def note_writes(desk: Desk) -> None:
    """Let the desk's database note when candles are written."""
    with desk.engine.begin() as connection:
        for statement in _NOTE_WRITES:
            connection.execute(text(statement))


def medians(desk: Desk, sent: Mapping[datetime, float], messages: Mapping[int, float]) -> dict[str, float]:
    """Return the median milliseconds of each step, over the closes that brought a message.

    `stored` lasts from the last closing candle the exchange sent to its row, `webhook` to the start of the scan, `scan` and
    `score` to the end of their calls, `claim` to the end of the first claim, paper trades being opened before it, `send` from a
    claim to Telegram's receipt.

    Args:
        desk: whose `log_level` is debug.
        sent: when the last 15m candle of each close left.
        messages: when Telegram received each message about a signal.
    """
    calls = sorted(_calls(desk), key=lambda call: call.began)
    steps: dict[str, list[float]] = {name: [] for name in ("stored", "webhook", "scan", "score", "claim", "send")}
    for close, written in desk.rows(_WRITES):
        way = _way(calls, written)
        if close not in sent or way is None or not any(way[-1].ended - 5 < at < way[-1].ended + 30 for at in messages.values()):
            continue
        scan, score, claim = way
        moments = (sent[close], written, scan.began, scan.ended, score.ended, claim.ended)
        for name, begin, end in zip(steps, moments, moments[1:], strict=False):
            steps[name].append(end - begin)
    steps["send"] = [messages[number] - claimed for claimed, number in desk.rows(_CLAIMS) if number in messages]
    return {name: round(statistics.median(taken) * 1000, 1) for name, taken in steps.items() if taken}


def last_sent(rows: Iterator[tuple[str, str, int, float]] | Sequence[tuple[str, str, int, float]]) -> dict[datetime, float]:
    """Return when the last 15m candle of each close left, of the exchange's `_sim/closes`."""
    sent: dict[datetime, float] = {}
    for _, interval, start, wall in rows:
        if interval == "15":
            close = datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(milliseconds=start + 900_000)
            sent[close] = max(sent.get(close, 0.0), wall)
    return sent


def _way(calls: Sequence[Call], written: float) -> tuple[Call, Call, Call] | None:
    """Return the scan, the scoring and the claim that followed a write, each the first that began after what led to it."""
    way: list[Call] = []
    after = written - 0.005  # the trigger ends before the statement does
    for route in (SCAN, SCORE, CLAIM):
        call = next((call for call in calls if call.route == route and call.began >= after), None)
        if call is None:
            return None
        way.append(call)
        after = call.ended - 0.005
    return way[0], way[1], way[2]


def _calls(desk: Desk) -> Iterator[Call]:
    """Yield the calls that the functions' log tells of."""
    for line in (desk.settings.data_dir / "logs" / "functions.log").read_text(errors="replace").splitlines():
        if '"request"' not in line:
            continue
        try:
            row: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if row.get("event") == "request" and row.get("route") in (SCAN, SCORE, CLAIM):
            ended = datetime.fromisoformat(row["timestamp"]).timestamp()
            yield Call(row["route"], ended - float(row["ms"]) / 1000, ended)
