"""The figures of the structure: nobody has to open much to find the place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PACKAGES = ("db", "functions", "n8n", "tui")
MOST_MODULES = 15
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60


def modules() -> Iterator[Path]:
    """Yield every module of the product; migrations are a record and not read for their shape."""
    for package in PACKAGES:
        yield from (file for file in sorted((CHECKOUT / package).rglob("*.py")) if "migrations" not in file.parts)


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions and methods of a module."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Yield what a module gives to others: its classes, functions and methods without an underscore before their name."""
    waiting: list[ast.Module | ast.ClassDef] = [ast.parse(module.read_text())]
    while waiting:
        for node in waiting.pop().body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            overload = any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list)
            if not node.name.startswith("_") and not overload:
                yield node
                if isinstance(node, ast.ClassDef):
                    waiting.append(node)


def test_no_package_has_more_modules_than_one_look_takes_in() -> None:
    counted = {folder: len([*folder.glob("[!_]*.py")]) for folder in {module.parent for module in modules()}}
    assert {str(folder): count for folder, count in counted.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize("module", [*modules()], ids=lambda module: str(module.relative_to(CHECKOUT)))
def test_a_module_is_short_and_says_what_it_gives(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= LONGEST_MODULE
    long = [one.name for one in functions(module) if (one.end_lineno or one.lineno) - one.lineno >= LONGEST_FUNCTION]
    assert long == []
    assert [one.name for one in public(module) if ast.get_docstring(one) is None] == []
