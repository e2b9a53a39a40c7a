"""What is shown while something takes long."""

from io import StringIO

from rich.console import Console

from functions.operations.terminal.waiting import Waiting


def test_in_a_file_a_line_comes_now_and_then() -> None:
    said = StringIO()
    with Waiting(Console(file=said)) as waiting:
        for second in range(5):
            waiting.tell(f"{second} s")
    assert said.getvalue() == "0 s\n"


def test_on_a_terminal_each_sentence_takes_the_place_of_the_one_before() -> None:
    said = StringIO()
    with Waiting(Console(file=said, force_terminal=True, width=80)) as waiting:
        waiting.tell("1 of 2 packages")
        waiting.tell("2 of 2 packages")
    assert said.getvalue().count("packages") == 1
    assert "2 of 2 packages" in said.getvalue()
    assert said.getvalue().endswith("\x1b[2K")  # nothing is left of it
