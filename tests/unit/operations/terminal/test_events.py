"""After the page one line an event: alerts, outages and their end, processes that died and were started again."""

import json
from pathlib import Path

from functions.operations.terminal.events import Events


def write(folder: Path, event: str, level: str = "info", **values: str) -> None:
    line = {"timestamp": "2026-01-02T00:00:00Z", "level": level, "module": "delivery", "event": event, **values}
    with (folder / "functions.log").open("a") as file:
        file.write(json.dumps(line) + "\n")


def test_what_was_written_before_is_not_told(tmp_path: Path) -> None:
    write(tmp_path, "alert raised", kind="signal", symbol="SOLUSDT")
    assert Events(tmp_path).news({}) == []


def test_each_event_is_one_line(tmp_path: Path) -> None:
    events = Events(tmp_path)
    write(tmp_path, "alert raised", kind="signal", symbol="SOLUSDT", key="signal:7")
    write(tmp_path, "alert raised", kind="daily_report", symbol="None")
    write(tmp_path, "alert raised", kind="reply", symbol="None")
    write(tmp_path, "collecting", rows_per_minute="5")
    write(tmp_path, "exchange away; what is missed is fetched when it is back", "warning", reason="Bybit is in maintenance")
    write(tmp_path, "exchange back; what was missed is being fetched")
    write(tmp_path, "workflow failed", "error", message="no")
    assert events.news({}) == [
        "signal SOLUSDT",
        "daily report",
        "Bybit is away: Bybit is in maintenance",
        "Bybit is back; what was missed is being fetched",
        "delivery: workflow failed",
    ]
    assert events.news({}) == []


def test_same_event_again_is_not_repeated(tmp_path: Path) -> None:
    events = Events(tmp_path)
    for _ in range(2):
        write(tmp_path, "workflow failed", "error")
        write(tmp_path, "workflow failed", "error")
    assert events.news({}) == ["delivery: workflow failed"]
    write(tmp_path, "workflow failed", "error")
    assert events.news({}) == []


def test_process_that_died_and_was_started_again_is_told_once(tmp_path: Path) -> None:
    events = Events(tmp_path)
    assert events.news({"collector": 0, "functions": 100}) == []
    assert events.news({"collector": 100, "functions": 100}) == []
    assert events.news({"collector": 160, "functions": 100}) == ["collector ended and was started again"]
    assert events.news({"collector": 160, "functions": 100}) == []
