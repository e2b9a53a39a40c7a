"""A closed candle becomes a Telegram message: every process real, n8n too; only the outside is simulated."""

import os
import signal
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from functions.outbox import raise_alert
from tests.desk import Desk, until

pytestmark = pytest.mark.n8n
TIMEFRAMES = {"5m": ("5", 300), "15m": ("15", 900), "1h": ("60", 3600)}


def raise_test_alert(desk: Desk, key: str) -> None:
    now = datetime.now(UTC)
    payload = {"workflow": key, "node": "test", "message": "raised by a test", "execution_id": "1"}
    with desk.engine.begin() as connection:
        raise_alert(connection, key=key, kind="failed_run", payload=payload, created_at=now, expires_at=now + timedelta(hours=1))


def arrivals(desk: Desk, words: str) -> int:
    return sum(words in message["text"] for message in desk.messages())


def is_confirmed(desk: Desk, key: str) -> bool:
    query = "SELECT 1 FROM delivery d JOIN alert a ON a.id = alert_id WHERE key = :key AND state = 'delivered'"
    return bool(desk.rows(query, key=key))


def deliver(desk: Desk) -> None:
    """What the collector's webhook does: scan, then deliver."""
    assert desk.closes().is_success


def wait_for_close(desk: Desk, timeframe: str = "5m") -> datetime:
    """Wait until one more close is processed and return it."""
    query = "SELECT max(close_time) FROM processed_close WHERE timeframe = :timeframe"
    before = desk.rows(query, timeframe=timeframe)[0][0]
    until(lambda: desk.rows(query, timeframe=timeframe)[0][0] != before, f"another {timeframe} close is processed", 120)
    found = desk.rows(query, timeframe=timeframe)[0][0]
    assert isinstance(found, datetime)
    return found


def test_signal_with_entry_stop_and_targets_arrives_in_telegram(desk: Desk) -> None:
    until(lambda: any("TP3" in message["text"] for message in desk.messages()), "a signal arrives in Telegram", 150)
    text = next(message["text"] for message in desk.messages() if "TP3" in message["text"])
    for word in ("Entry", "Stop", "TP1", "TP2", "TP3", "Why", "Confidence"):
        assert word in text
    delivered = desk.rows("SELECT count(*) FROM delivery WHERE state = 'delivered' AND message_id IS NOT NULL")
    assert delivered[0][0] >= 1


def test_same_webhook_three_times_sends_one_message(desk: Desk) -> None:
    raise_test_alert(desk, "thrice")
    for _ in range(3):
        deliver(desk)
    until(lambda: arrivals(desk, "thrice"), "the message arrives", 30)
    until(lambda: is_confirmed(desk, "thrice"), "the message is confirmed", 30)
    assert arrivals(desk, "thrice") == 1
    doubled = desk.rows("SELECT symbol, timeframe, close_time, count(*) FROM signal GROUP BY 1, 2, 3 HAVING count(*) > 1")
    assert doubled == []


def test_wrong_webhook_token_is_refused(desk: Desk) -> None:
    answer = httpx.post(
        f"{desk.settings.n8n_address}/webhook/candles-closed", json={}, headers={"X-Quorum-Token": "wrong"}, timeout=30
    )
    assert answer.status_code == 403


def test_n8n_killed_between_claim_and_send_loses_nothing(desk: Desk) -> None:
    desk.fault(desk.telegram, "tg_delay", match="send*", delay=3)  # keeps every message between claim and answer
    raise_test_alert(desk, "killed sender")
    leased = "SELECT 1 FROM delivery d JOIN alert a ON a.id = alert_id WHERE key = 'killed sender' AND lease_until IS NOT NULL"
    until(lambda: desk.rows(leased), "n8n has claimed the message", 60)
    desk.kill("n8n")
    desk.clear()
    until(lambda: arrivals(desk, "killed sender"), "the message arrives after n8n's return", 120)
    until(lambda: is_confirmed(desk, "killed sender"), "the message is confirmed", 90)
    assert arrivals(desk, "killed sender") <= 2


def test_functions_killed_mid_scan_are_caught_up_within_the_minute(desk: Desk) -> None:
    wait_for_close(desk)
    desk.supervisor.end("functions")
    newest = "SELECT max(open_time) FROM candle WHERE timeframe = '5m'"
    before = desk.rows(newest)[0][0]
    until(lambda: desk.rows(newest)[0][0] > before, "a close comes while the functions are away", 60)
    desk.supervisor.begin("functions")
    until(desk.functions_answer, "the functions are back", 90)
    deliver(desk)
    pid = desk.supervisor.pids()["functions"]
    os.kill(pid, signal.SIGKILL)  # in the middle of the scan that the webhook asked for, or just before or after it
    missed = before + timedelta(minutes=5)
    query = "SELECT symbols FROM processed_close WHERE timeframe = '5m' AND close_time = :close"
    until(lambda: desk.rows(query, close=missed + timedelta(minutes=5)), "the minute's schedule scans what was missed", 100)


def test_exchange_away_for_two_closes_leaves_no_hole(desk: Desk) -> None:
    first = wait_for_close(desk)
    desk.fault(desk.bybit, "ws_disconnect", refuse=32)  # at 20 times the speed two 5m closes are 30 s
    late = first + timedelta(minutes=15)
    query = "SELECT close_time FROM processed_close WHERE timeframe = '5m' AND close_time > :first ORDER BY 1"
    until(lambda: (late,) in desk.rows(query, first=first), "the closes that were missed are fetched and processed", 150)
    for timeframe in ("5m", "15m"):
        compare_with_exchange(desk, timeframe, first)
    closes = [row[0] for row in desk.rows(query, first=first)]
    assert closes[:3] == [first + timedelta(minutes=5 * number) for number in (1, 2, 3)]


def compare_with_exchange(desk: Desk, timeframe: str, around: datetime) -> None:
    """The stored series of every symbol equals the exchange's, candle by candle."""
    interval, seconds = TIMEFRAMES[timeframe]
    stored = desk.rows(
        """SELECT symbol, extract(epoch FROM open_time)::bigint * 1000, open, high, low, close, volume FROM candle
           WHERE timeframe = :timeframe AND open_time >= :since ORDER BY 1, 2""",
        timeframe=timeframe,
        since=around - timedelta(seconds=20 * seconds),
    )
    by_symbol: dict[str, list[tuple[float, ...]]] = {}
    for symbol, *values in stored:
        by_symbol.setdefault(symbol, []).append(tuple(float(value) for value in values))
    assert len(by_symbol) == 20
    for symbol, rows in by_symbol.items():
        span = {"start": int(rows[0][0]), "end": int(rows[-1][0]), "limit": 1000}
        query: dict[str, str | int] = {"category": "spot", "symbol": symbol, "interval": interval, **span}
        answer = httpx.get(f"{desk.bybit}/v5/market/kline", params=query, timeout=10).json()["result"]["list"]
        assert rows == [tuple(float(value) for value in row[:6]) for row in reversed(answer)]
