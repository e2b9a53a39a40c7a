"""The logs of all parts as one stream."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from functions.operations.logview import Logs, parse, show


def line(at: str, event: str, **more: str) -> str:
    return json.dumps({"timestamp": at, "level": "info", "module": "market", "event": event, **more}) + "\n"


def shown(folder: Path, *, module: str = "", level: str = "info", lines: int = 100) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(folder, console, module=module, level=level, lines=lines, follow=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_parse_reads_module_level_and_values() -> None:
    found = parse(line("2026-01-01T00:00:00Z", "stored", level="warning", symbol="BTCUSDT"), "collector")
    assert found
    assert (found.at, found.level, found.module, found.text) == (
        "2026-01-01T00:00:00Z", "warning", "market", "stored  symbol=BTCUSDT",
    )  # fmt: skip


@pytest.mark.parametrize("raw", ["plain words", "[1, 2]", '{"no": "event"}', '{"event": ', '"text"'])
def test_parse_takes_what_is_not_ours_as_the_parts_own_word(raw: str) -> None:
    found = parse(raw, "n8n")
    assert found
    assert (found.module, found.text) == ("n8n", raw.strip())


def test_parse_leaves_empty_lines_out() -> None:
    assert parse("  \n", "n8n") is None


def test_lines_of_all_parts_are_in_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "functions.log").write_text(line("2026-01-01T00:00:01Z", "first") + line("2026-01-01T00:00:03Z", "third"))
    (tmp_path / "collector.log").write_text(line("2026-01-01T00:00:02Z", "second"))
    assert [found.text for found in Logs(tmp_path).read()] == ["first", "second", "third"]


def test_a_line_without_a_time_stays_behind_the_one_before_it(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line("2026-01-01T00:00:01Z", "first") + "Traceback\n" + line("2026-01-01T00:00:05Z", "last"))
    (tmp_path / "b.log").write_text(line("2026-01-01T00:00:03Z", "between"))
    assert [found.text for found in Logs(tmp_path).read()] == ["first", "Traceback", "between", "last"]


def test_only_what_is_new_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text(line("2026-01-01T00:00:01Z", "first"))
    logs = Logs(tmp_path)
    logs.read()
    with file.open("a") as output:
        output.write(line("2026-01-01T00:00:02Z", "second") + '{"event": "half')
    assert [found.text for found in logs.read()] == ["second"]
    with file.open("a") as output:
        output.write(' a line"}\n')
    (tmp_path / "late.log").write_text(line("2026-01-01T00:00:00Z", "late"))
    assert [found.text for found in logs.read()] == ["late", "half a line"]
    assert logs.read() == []


def test_a_file_that_was_rotated_is_read_from_its_start(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text(line("2026-01-01T00:00:01Z", "before"))
    logs = Logs(tmp_path)
    logs.read()
    file.rename(tmp_path / "a.log.1")
    file.write_text(line("2026-01-01T00:00:02Z", "after, and much longer than the file was before it"))
    assert [found.text for found in logs.read()] == ["after, and much longer than the file was before it"]


def test_show_filters_by_module_and_level(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        line("2026-01-01T00:00:01Z", "quiet")
        + line("2026-01-01T00:00:02Z", "loud", level="error")
        + line("2026-01-01T00:00:03Z", "other", level="error", module="delivery")
    )
    said = shown(tmp_path, module="market", level="warning")
    assert "loud" in said
    assert "quiet" not in said
    assert "other" not in said


def test_show_keeps_the_newest_lines(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(line(f"2026-01-01T00:00:0{second}Z", f"event {second}") for second in range(5)))
    said = shown(tmp_path, lines=2).splitlines()
    assert [words.split()[-1] for words in said] == ["3", "4"]


def test_show_takes_brackets_literally(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line("2026-01-01T00:00:01Z", "[red]not a colour[/]"))
    assert "[red]not a colour[/]" in shown(tmp_path)


def test_module_without_lines_is_answered_with_those_that_have_some(tmp_path: Path) -> None:
    (tmp_path / "market.log").write_text(line("1", "stored"))
    assert shown(tmp_path, module="markt") == "there are no lines of markt, only of market; did you mean market?\n"


def test_warn_is_warning(tmp_path: Path) -> None:
    (tmp_path / "market.log").write_text(line("1", "stored"))
    assert shown(tmp_path, level="WARN") == ""
    assert "stored" in shown(tmp_path, level="INFO")
