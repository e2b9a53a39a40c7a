"""A part that hangs holds nobody up."""

import threading

import pytest

from functions.watchdog.run.look import Patience, Silent


def test_question_that_hangs_is_given_up_and_not_repeated_until_it_ends() -> None:
    patience: Patience[str] = Patience(0.05)
    thaw, asked = threading.Event(), []

    def hang() -> str:
        asked.append("hang")
        thaw.wait(10)
        return "late"

    for _ in range(3):
        with pytest.raises(Silent, match="no answer in"):
            patience.ask(hang)
    assert asked == ["hang"]
    thaw.set()
    assert patience._asked is not None
    patience._asked.join(10)
    assert Patience[str](5).ask(lambda: "well") == patience.ask(lambda: "well")


def test_error_of_a_question_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        Patience[float](5).ask(lambda: 1 / 0)
