"""Lines of the settings file that set nothing are named, each with its number and the nearest name."""

from pathlib import Path

import pytest

from functions.operations.checks.env_lines import useless_lines
from functions.operations.init import write_env


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("TELEGRAM_CHAT_ID=123", "TELEGRAM_CHAT_ID is no setting; did you mean TELEGRAM_CHAT_IDS?"),
        ("export SYMBOL=btc", "SYMBOL is no setting; did you mean SYMBOLS?"),
        ("COLOUR=blue", "COLOUR is no setting"),
        ("garbage line", "this is no setting; a line is NAME=value, or a # and a remark"),
        ("SYMBOLS", "this is no setting; a line is NAME=value, or a # and a remark"),
        ("SYMBOLS: BTC", "this is no setting; a line is NAME=value, or a # and a remark"),
    ],
)
def test_line_that_sets_nothing_is_named_with_its_number(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "env"
    file.write_text(f"# a remark\n\n \nTOP_SYMBOLS=5\n\n{line}\nsymbols=btc\n")
    assert useless_lines(file) == [f"{file}, line 6: {words}"]


def test_line_that_a_later_one_overrules_is_named(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("SYMBOLS=btc\n# a remark\n# another\nTOP_SYMBOLS=\nSYMBOLS=\nTOP_SYMBOLS=5\n")
    assert useless_lines(file) == [f"{file}, line 1: SYMBOLS is set again in line 5, and that one holds"]


def test_secret_in_a_line_that_sets_nothing_is_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("TELEGRAM_TOKEN=hunter2\npassword hunter2\n")
    assert "hunter2" not in " ".join(useless_lines(file))


def test_file_of_init_and_what_other_programs_read_is_in_order(tmp_path: Path) -> None:
    file = tmp_path / "env"
    write_env(file)
    with file.open("a") as lines:
        lines.write("COMPOSE_PROJECT_NAME=desk\nHTTPS_PROXY=http://proxy:3128\n")
    assert useless_lines(file) == []


def test_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert useless_lines(tmp_path / "none") == []
