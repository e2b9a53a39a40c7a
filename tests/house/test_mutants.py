"""How mutants are counted, and that each package's modules and tests are there."""

import ast
import json
from pathlib import Path

import pytest

from tests.house.test_structure import CHECKOUT
from tests.mutants import __main__ as mutants
from tests.mutants.packages import PACKAGES, Package

PACKAGE = Package("some", (), ())


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_modules_and_tests_of_a_package_are_there(package: Package) -> None:
    assert [pattern for pattern in package.modules if not [*CHECKOUT.glob(pattern)]] == []
    assert [path for path in package.tests if not (CHECKOUT / path).exists()] == []


def functions_of(module: Path) -> set[str]:
    """Names of a module's functions and methods as mutmut writes them: `x_name`, `xǁClassǁname`."""
    names = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            names.add(f"x_{node.name}")
        elif isinstance(node, ast.ClassDef):
            names |= {f"xǁ{node.name}ǁ{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return names


def test_each_reason_is_given_once_and_of_a_function_that_is_changed() -> None:
    lines = [line for line in mutants.EQUIVALENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(mutants.reasons())
    assert all(mutants.reasons().values())
    modules = {path for package in PACKAGES for pattern in package.modules for path in CHECKOUT.glob(pattern)}
    names = {module: functions_of(module) for module in modules}
    gone = []
    for mutant in mutants.reasons():
        place, _, name = mutant.partition("__mutmut_")[0].rpartition(".")
        if name not in names.get(CHECKOUT / f"{place.replace('.', '/')}.py", set()):
            gone.append(mutant)
    assert gone == []


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files of mutants: three that a test noticed, two that none did, three that were not tried."""
    monkeypatch.setattr(mutants, "SCRATCH", tmp_path)
    folder = tmp_path / "some" / "mutants" / "functions"
    folder.mkdir(parents=True)
    (folder / "a.py.meta").write_text(json.dumps({"exit_code_by_key": {"a1": 1, "a2": 0, "a3": None, "a4": 3}}))
    (folder / "b.py.meta").write_text(json.dumps({"exit_code_by_key": {"b1": -24, "b2": 33, "b3": 2, "b4": -9}}))
    return folder


def test_exact_functions_are_changed_as_well() -> None:
    source = "@exact\ndef one():\n    return 1\n\n@compiled\ndef two():\n    return 2\n\n@exact\ndef three():\n    return 3\n"
    assert mutants.undecorated(source) == (
        "def one():\n    return 1\none = exact(one)\n\n@compiled\ndef two():\n    return 2\n\n"
        "def three():\n    return 3\nthree = exact(three)\n"
    )


def test_mutant_that_no_test_covers_survives_and_one_that_was_interrupted_was_not_tried(tried: Path) -> None:
    score = mutants.score_of(PACKAGE)
    assert (set(score.killed), score.survived, score.untried) == ({"a1", "a4", "b1"}, ("a2", "b2"), 3)
    assert score.share == pytest.approx(0.6)


def test_survivors_are_tried_again_when_they_are_wanted(tried: Path) -> None:
    mutants.forget(PACKAGE, survivors=False)
    assert mutants.score_of(PACKAGE).untried == 4, "a test may reach it now"
    mutants.forget(PACKAGE, survivors=True)
    score = mutants.score_of(PACKAGE)
    assert (score.survived, score.untried) == ((), 5)


@pytest.mark.parametrize(
    ("killed", "survived", "untried", "known", "failed"),
    [
        (9, 1, 0, {"s0": "it is the same"}, 0),
        (9, 1, 0, {}, 1),
        (8, 1, 0, {"s0": "it is the same"}, 1),
        (9, 0, 1, {}, 1),
        (9, 0, 0, {}, 0),
    ],
    ids=["a reason", "no reason", "below the bar", "not all are tried", "all are noticed"],
)
def test_score_below_the_bar_or_a_survivor_without_a_reason_fails(
    killed: int, survived: int, untried: int, known: dict[str, str], failed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tuple(f"k{number}" for number in range(killed)), tuple(f"s{number}" for number in range(survived))
    assert mutants.report([mutants.Score("some", *names, untried)], known) == failed
    assert f"of {killed + survived} mutants noticed" in capsys.readouterr().out
