"""What the docs name is there, and the picture of the house is the house's."""

import ast
import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

from tests.house.graph import CHECKOUT, ROOTS, house, shown
from tests.house.picture import draw

PICTURE = CHECKOUT / "docs" / "images" / "architecture.svg"
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
FOLDERS = (*ROOTS, "deploy", "docs", "tests")


def missing(page: str) -> list[str]:
    """Return every path, `path.py:function` and module of ours that a page names and that is not there."""
    quoted = [*re.findall(r"`([^`\n]+)`", page), *re.findall(r"^```\w*\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]
    words = [word.strip("\"'(),;") for piece in quoted for word in piece.split()]
    return sorted({word for word in words if not any(sign in word for sign in "<*{") and not _is_there(word)})


def _is_there(word: str) -> bool:
    path, _, name = word.partition(":")
    if path.split("/")[0] in FOLDERS and "/" in path:
        return (CHECKOUT / path).exists() and (not name or _has(".".join(Path(path).with_suffix("").parts), name))
    if word.split(".")[0] in FOLDERS and re.fullmatch(r"\w+(\.\w+)+", word):
        return any(_has(module, name) for module, name in _readings(word.split(".")))
    return True


def _readings(parts: list[str]) -> list[tuple[str, str]]:
    return [(".".join(parts[:end]), ".".join(parts[end:])) for end in range(len(parts), 0, -1)]


def _has(module: str, name: str) -> bool:
    try:
        found: object = importlib.import_module(module.removesuffix(".__init__"))
        reduce(getattr, name.split(".") if name else [], found)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everything_a_page_names_is_there(page: Path) -> None:
    assert missing(page.read_text()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "functions/error.py",
        "functions/errors.py:QuorumErrors",
        "functions/collector/stream.py:Stream.walk",
        "functions.errors.QuorumErrors",
        "db/tables/signal.py",
        "python -m tests.bench.scans --json",
    ],
)
def test_name_that_is_not_there_is_found(wrong: str) -> None:
    assert len(missing(f"See `{wrong}`.")) == 1
    assert missing("See `functions/errors.py:QuorumError`, `functions.outgoing` and `functions/<name>.py`.") == []


SIGNPOSTS = [init for root in ROOTS for init in sorted((CHECKOUT / root).rglob("__init__.py"))]


@pytest.mark.parametrize("signpost", SIGNPOSTS, ids=lambda init: str(init.parent.relative_to(CHECKOUT)))
def test_files_that_a_package_points_at_are_there(signpost: Path) -> None:
    pointed = re.findall(r"`([\w/]+(?:\.py|\.po|/))`", ast.get_docstring(ast.parse(signpost.read_text())) or "")
    assert [file for file in pointed if not (signpost.parent / file).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)[)#]", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_picture_is_what_the_command_draws() -> None:
    assert PICTURE.read_text() == draw(house()), (
        "the house has changed: run `uv run python -m tests.house.picture docs/images/architecture.svg` and look at the picture"
    )


def test_every_package_is_on_the_picture() -> None:
    packages = [f"functions/{init.parent.name}/" for init in (CHECKOUT / "functions").glob("*/__init__.py")]
    for name in [*packages, *(f"{root}/" for root in ROOTS if root != "functions"), shown("functions.errors"), "n8n/workflows/"]:
        assert f"{name}<" in PICTURE.read_text(), name


def test_picture_tells_edge_rooms_from_pure_rooms_by_their_shape() -> None:
    drawn = PICTURE.read_text()
    assert re.search(r'<rect class="edge" [^>]*rx="0"/>\n<text [^>]*>store<', drawn)
    assert re.search(r'<rect class="pure" [^>]*rx="8"/>\n<text [^>]*>engine<', drawn)
