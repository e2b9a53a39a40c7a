"""The page of reliability: every promise names a command that is there."""

import re

import pytest

from tests.house.graph import CHECKOUT

PAGE = (CHECKOUT / "docs" / "reliability.md").read_text(encoding="utf-8")
PROMISES = re.findall(r"^\| (.+?) \| `(.+?)` \|$", PAGE, re.MULTILINE)


def test_page_makes_promises() -> None:
    assert len(PROMISES) > 10


@pytest.mark.parametrize(("promise", "command"), PROMISES, ids=[promise for promise, _ in PROMISES])
def test_promise_is_shown_by_a_command(promise: str, command: str) -> None:
    tool, *words = command.split()
    if tool == "make":
        assert f"\n{words[0]}:" in (CHECKOUT / "Makefile").read_text(encoding="utf-8")
        return
    if tool == "python":
        assert words[0] == "-m"
        assert CHECKOUT.joinpath(*words[1].split(".")).with_suffix(".py").exists()
        return
    soak = "--soak" in words
    (path,) = [word for word in words if not word.startswith("--")]
    assert tool == "pytest"
    assert ("mark.soak" in (CHECKOUT / path).read_text(encoding="utf-8")) or not soak
