"""A closed candle becomes a Telegram message: every process real, n8n too; only the outside is simulated."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import httpx
import pytest

from functions.outbox import raise_alert
from tests.desk import Desk, until

pytestmark = [pytest.mark.n8n, pytest.mark.timeout(900)]  # the first test of all waits for the desk's start
TIMEFRAMES = {"5m": ("5", 300), "15m": ("15", 900), "1h": ("60", 3600)}


def raise_test_alert(desk: Desk, words: str) -> str:
    """Raise an alert with these words and something that no other has, not even of a first try of the test; return all of it."""
    now, key = datetime.now(UTC), f"{words} {token_hex(3)}"
    payload = {"workflow": key, "node": "test", "message": "raised by a test", "execution_id": "1"}
    with desk.engine.begin() as connection:
        raise_alert(connection, key=key, kind="failed_run", payload=payload, created_at=now, expires_at=now + timedelta(hours=1))
    return key


def arrivals(desk: Desk, words: str) -> int:
    return sum(words in message["text"] for message in desk.messages())


def is_confirmed(desk: Desk, key: str) -> bool:
    query = "SELECT 1 FROM delivery d JOIN alert a ON a.id = alert_id WHERE key = :key AND state = 'delivered'"
    return bool(desk.rows(query, key=key))


def processed(desk: Desk, timeframe: str) -> datetime:
    """The newest close that was scanned."""
    found = desk.rows("SELECT max(close_time) FROM processed_close WHERE timeframe = :timeframe", timeframe=timeframe)[0][0]
    assert isinstance(found, datetime)
    return found


def stored(desk: Desk, timeframe: str) -> datetime:
    """The newest close whose candles are there."""
    newest = desk.rows("SELECT max(open_time) FROM candle WHERE timeframe = :timeframe", timeframe=timeframe)[0][0]
    assert isinstance(newest, datetime)
    return newest + timedelta(seconds=TIMEFRAMES[timeframe][1])


def unscanned(desk: Desk, timeframe: str, first: datetime, last: datetime) -> list[datetime]:
    """The closes from `first` to `last` that were not scanned for all twenty symbols."""
    query = "SELECT close_time FROM technical_state WHERE timeframe = :timeframe GROUP BY close_time HAVING count(*) = 20"
    done = {row[0] for row in desk.rows(query, timeframe=timeframe)}
    step = timedelta(seconds=TIMEFRAMES[timeframe][1])
    return [close for close in (first + step * number for number in range((last - first) // step + 1)) if close not in done]


def fates(desk: Desk, after: datetime, last: datetime) -> list[tuple[int, int, int]]:
    """Each signal of the closes after `after` until `last`, with how many alerts and delivered messages it has."""
    query = """
        SELECT signal.id, count(DISTINCT alert.id), count(DISTINCT (delivery.chat_id, delivery.message_id))
        FROM signal
        LEFT JOIN alert ON alert.kind = 'signal' AND alert.symbol = signal.symbol
            AND alert.payload->>'timeframe' = signal.timeframe AND (alert.payload->>'close_time')::timestamptz = signal.close_time
        LEFT JOIN delivery ON delivery.alert_id = alert.id AND delivery.state = 'delivered'
        WHERE close_time > :after AND close_time <= :last GROUP BY signal.id"""
    return [(number, alerts, sent) for number, alerts, sent in desk.rows(query, after=after, last=last)]


def all_delivered(desk: Desk, after: datetime, last: datetime) -> bool:
    return all((alerts, sent) == (1, 1) for _, alerts, sent in fates(desk, after, last))


def wait_for_close(desk: Desk) -> datetime:
    """Wait until one more 5m close is processed and return it."""
    before = processed(desk, "5m")
    until(lambda: processed(desk, "5m") != before, "another 5m close is processed", 120)
    return processed(desk, "5m")


def test_signal_with_entry_stop_and_targets_arrives_in_telegram(desk: Desk) -> None:
    def in_english(text: str) -> bool:  # another file's test speaks Russian for a while
        return "Entry" in text and "TP3" in text

    until(lambda: any(in_english(message["text"]) for message in desk.messages()), "a signal arrives in Telegram", 150)
    text = next(message["text"] for message in desk.messages() if in_english(message["text"]))
    for word in ("Stop", "TP1", "TP2", "TP3", "Score", "confidence", "Coverage", "Factors", "Technical", "Why"):
        assert word in text
    confirmed = """SELECT 1 FROM delivery JOIN alert ON alert.id = alert_id
                   WHERE kind = 'signal' AND state = 'delivered' AND message_id IS NOT NULL"""
    until(lambda: desk.rows(confirmed), "it is confirmed", 60)


def test_three_webhooks_at_once_after_a_close_send_each_signal_once(desk: Desk) -> None:
    thrice = raise_test_alert(desk, "thrice")
    with desk.unheard_collector():
        before = {message["message_id"] for message in desk.messages()}
        first = processed(desk, "15m")
        while not fates(desk, first, processed(desk, "15m")):  # nearly every close of a quarter has a signal
            fire_three_times(desk)
        last = processed(desk, "15m")
        until(lambda: all_delivered(desk, first, last), "every signal is delivered", 60)
        until(lambda: is_confirmed(desk, thrice), "the other alert is confirmed", 60)
        assert arrivals(desk, thrice) == 1
    sent = {message["message_id"] for message in desk.messages()} - before
    confirmed = "SELECT message_id FROM delivery WHERE message_id IS NOT NULL"
    until(lambda: sent <= {row[0] for row in desk.rows(confirmed)}, "each message that came is one that was confirmed", 60)


def fire_three_times(desk: Desk) -> None:
    """Wait for a 15m close that nobody has scanned, and have three runs at once scan it."""
    until(lambda: stored(desk, "15m") > processed(desk, "15m"), "a close is there that was not scanned", 120)
    with ThreadPoolExecutor(3) as threads:
        with desk.held_scans() as waiting:
            close = stored(desk, "15m")
            calls = [threads.submit(desk.closes) for _ in range(3)]
            until(lambda: waiting() and desk.scans_asked() >= 3, "three runs ask for a scan at once", 25)
            assert close > processed(desk, "15m")
        assert all(call.result().is_success for call in calls)
    until(lambda: processed(desk, "15m") >= close, "the close is scanned", 60)


def test_wrong_webhook_token_is_refused(desk: Desk) -> None:
    answer = httpx.post(
        f"{desk.settings.n8n_address}/webhook/candles-closed", json={}, headers={"X-Quorum-Token": "wrong"}, timeout=30
    )
    assert answer.status_code == 403


def test_n8n_killed_between_claim_and_send_loses_nothing(desk: Desk) -> None:
    desk.fault(desk.telegram, "tg_delay", match="send*", delay=3)  # keeps every message between claim and answer
    try:
        killed = raise_test_alert(desk, "killed sender")
        leased = "SELECT 1 FROM delivery d JOIN alert a ON a.id = alert_id WHERE key = :key AND lease_until IS NOT NULL"
        until(lambda: desk.rows(leased, key=killed), "n8n has claimed the message", 60)
        desk.kill("n8n")
    finally:
        desk.clear()
    until(lambda: arrivals(desk, killed), "the message arrives after n8n's return", 120)
    until(lambda: is_confirmed(desk, killed), "the message is confirmed", 90)
    assert arrivals(desk, killed) <= 2


def test_functions_killed_mid_scan_are_caught_up_by_the_minutes_schedule(desk: Desk) -> None:
    with desk.unheard_collector():
        before = processed(desk, "15m")
        until(lambda: stored(desk, "15m") > before, "a close is there that was not scanned", 120)
        with desk.held_scans() as waiting:
            until(waiting, "the schedule's scan is in its transaction", 90)
            os.kill(desk.supervisor.pids()["functions"], signal.SIGKILL)
            desk.supervisor.end("functions")
        killed = stored(desk, "15m")
        assert processed(desk, "15m") < killed
        # Longer than n8n tries a call again: nothing is left of that run.
        until(lambda: stored(desk, "15m") >= killed + timedelta(minutes=15), "another close comes while they are away", 120)
        desk.supervisor.begin("functions")
        missed = before + timedelta(minutes=15)
        until(lambda: not unscanned(desk, "15m", missed, killed), "the minute's schedule scans what was missed", 120)
        until(lambda: all_delivered(desk, before, killed), "the signals of what was missed are delivered", 60)


def test_exchange_away_for_two_closes_leaves_no_hole(desk: Desk) -> None:
    first = wait_for_close(desk)
    desk.fault(desk.bybit, "ws_disconnect", refuse=32)  # at 20 times the speed two 5m closes are 30 s
    late = first + timedelta(minutes=15)
    missed = first + timedelta(minutes=5)
    until(lambda: not unscanned(desk, "5m", missed, late), "the closes that were missed are fetched and processed", 150)
    mended = "SELECT 1 FROM candle WHERE timeframe = '5m' AND source <> 'ws' AND open_time BETWEEN :first AND :late"
    assert desk.rows(mended, first=first, late=late), "some were missed"
    for timeframe in ("5m", "15m"):
        compare_with_exchange(desk, timeframe, first - timedelta(hours=2), late)
    until(lambda: all_delivered(desk, first, late), "the signals of that time are delivered", 60)


def compare_with_exchange(desk: Desk, timeframe: str, first: datetime, last: datetime) -> None:
    """Every candle of every symbol between two moments is stored as the exchange has it, and none is missing."""
    interval, seconds = TIMEFRAMES[timeframe]
    opens = [number * seconds * 1000 for number in range(-(-int(first.timestamp()) // seconds), int(last.timestamp()) // seconds)]
    found = desk.rows(
        """SELECT symbol, extract(epoch FROM open_time)::bigint * 1000, open, high, low, close, volume FROM candle
           WHERE timeframe = :timeframe AND open_time BETWEEN to_timestamp(:first) AND to_timestamp(:last) ORDER BY 1, 2""",
        timeframe=timeframe,
        first=opens[0] / 1000,
        last=opens[-1] / 1000,
    )
    by_symbol: dict[str, list[tuple[float, ...]]] = {}
    for symbol, *values in found:
        by_symbol.setdefault(symbol, []).append(tuple(float(value) for value in values))
    assert len(by_symbol) == 20
    for symbol, rows in by_symbol.items():
        assert [row[0] for row in rows] == opens, symbol
        span = {"start": opens[0], "end": opens[-1], "limit": 1000}
        query: dict[str, str | int] = {"category": "spot", "symbol": symbol, "interval": interval, **span}
        answer = httpx.get(f"{desk.bybit}/v5/market/kline", params=query, timeout=10).json()["result"]["list"]
        assert rows == [tuple(float(value) for value in row[:6]) for row in reversed(answer)]
