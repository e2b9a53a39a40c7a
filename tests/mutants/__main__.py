"""`make mutants`: change the deciding modules one small thing at a time, and count the changes that no test notices.

uv run python -m tests.mutants                    # every package; goes on where it was stopped, hours from nothing
uv run python -m tests.mutants paper --seconds 200
uv run python -m tests.mutants --report           # what is known by now, without trying any
"""

import argparse
import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from tests.house.test_structure import CHECKOUT
from tests.mutants.packages import PACKAGES, Package

SCRATCH = CHECKOUT / ".mutants"
EQUIVALENTS = Path(__file__).with_name("equivalents.txt")
BAR = 0.90
SHORTEST = 30.0  # seconds: mutmut makes ready in less
# mutmut keeps for each mutant how pytest ended. A mutant that runs out of its time never ends, which is noticed; one that was
# interrupted has not been tried.
_KILLED = {1, 3, 24, -24, 36, 152, 255}
_UNTRIED = {None, 2, 34, -2, -9, -11, -15}
_UNREACHED = 33  # by any test, when it was tried
# It reads the sentences in the source, which here holds each function many times.
SOURCE_READER = "tests/unit/delivery/test_words.py::test_every_sentence_in_use_has_a_russian_one_and_no_other_is_kept"
_CONFIGURATION = """
[tool.mutmut]
source_paths = ["functions"]
only_mutate = {modules}
also_copy = {copied}
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:randomly", "-p", "no:rerunfailures", "-p", "no:cacheprovider",
    "-m", "not slow", "--hypothesis-seed=0", "--deselect", "{source_reader}"]
on_dependency_change = "ignore"
use_git_change_detection = false
track_dependencies = false
timeout_multiplier = 30.0
"""


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a package's mutants: their names, by outcome. Untried ones are in none."""

    package: str
    killed: tuple[str, ...]
    survived: tuple[str, ...]
    untried: int

    @property
    def share(self) -> float:
        """Return the share of the tried that a test noticed."""
        tried = len(self.killed) + len(self.survived)
        return len(self.killed) / tried if tried else 0.0


def main(words: Sequence[str]) -> int:
    """Try what is not tried yet and print each package's score; 1 when one is below the bar or a survivor has no reason."""
    parser = argparse.ArgumentParser(prog="tests.mutants")
    parser.add_argument("packages", nargs="*", choices=[*(package.name for package in PACKAGES), []])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after these, and go on the next time")
    parser.add_argument("--survivors", action="store_true", help="try again those that survived")
    parser.add_argument("--report", action="store_true", help="try none")
    given = parser.parse_args(words)
    chosen = [package for package in PACKAGES if package.name in given.packages or not given.packages]
    deadline = time.monotonic() + given.seconds
    for package in chosen if not given.report else ():
        if deadline - time.monotonic() < SHORTEST:
            break
        prepare(package)
        forget(package, survivors=given.survivors)
        attempt(package, deadline - time.monotonic())
    return report([score_of(package) for package in chosen], reasons())


def prepare(package: Package) -> None:
    """Make the package's folder what is in git and around it now; files that did not change keep their time."""
    folder = SCRATCH / package.name
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    wanted = {name for name in listed.stdout.splitlines() if (CHECKOUT / name).is_file()}
    for name in wanted:
        source, target = CHECKOUT / name, folder / name
        content = source.read_bytes()
        if any(PurePath(name).match(pattern) for pattern in package.modules):
            content = undecorated(content.decode()).encode()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            target.write_bytes(content)
            (folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)  # which tests reach which function
    top = sorted({name.partition("/")[0] for name in wanted} - {"functions", "pyproject.toml"})
    settings = _CONFIGURATION.format(
        modules=json.dumps(package.modules), copied=json.dumps(top), tests=json.dumps(package.tests), source_reader=SOURCE_READER
    )
    (folder / "pyproject.toml").write_text((CHECKOUT / "pyproject.toml").read_text() + settings)
    for name in top:  # mutmut copies what is new alone
        copied = folder / "mutants" / name
        shutil.rmtree(copied, ignore_errors=True) if copied.is_dir() else copied.unlink(missing_ok=True)


def undecorated(source: str) -> str:
    """Return a module whose exact functions are made exact below themselves: mutmut changes nothing that is decorated."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and [ast.unparse(one) for one in node.decorator_list] == ["exact"]:
            lines.insert(node.end_lineno or 0, f"{node.name} = exact({node.name})\n")
            del lines[node.lineno - 2]
    return "".join(lines)


def attempt(package: Package, seconds: float) -> None:
    """Let mutmut try what it has not tried, for so long."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", os.environ.get("MUTANTS_AT_ONCE", "1")]
    patience = None if seconds == float("inf") else max(seconds, 1.0)
    with (
        (SCRATCH / f"{package.name}.log").open("w") as log,
        subprocess.Popen(command, cwd=SCRATCH / package.name, stdout=log, stderr=log, start_new_session=True) as process,
    ):
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)  # what is tried stays known; in the background Ctrl-C is not heard
            process.wait()


def metas(package: Package) -> Iterator[Path]:
    """Yield the files in which mutmut keeps what became of each mutant."""
    yield from sorted((SCRATCH / package.name / "mutants").rglob("*.meta"))


def forget(package: Package, *, survivors: bool) -> None:
    """Make mutants untried again: those that were interrupted or not reached, and the survivors if they are wanted."""
    for meta in metas(package):
        kept = json.loads(meta.read_text())
        codes = kept["exit_code_by_key"]
        again = {name for name, code in codes.items() if code in {*_UNTRIED, _UNREACHED} or (survivors and code not in _KILLED)}
        kept["exit_code_by_key"] = codes | dict.fromkeys(again)
        meta.write_text(json.dumps(kept))


def score_of(package: Package) -> Score:
    """Return what is known of a package's mutants; one that no test covers has survived."""
    codes: dict[str, int | None] = {}
    for meta in metas(package):
        codes |= json.loads(meta.read_text())["exit_code_by_key"]
    killed = tuple(name for name, code in codes.items() if code in _KILLED)
    untried = sum(code in _UNTRIED for code in codes.values())
    survived = tuple(sorted(name for name, code in codes.items() if code not in _KILLED | _UNTRIED))
    return Score(package.name, killed, survived, untried)


def reasons() -> dict[str, str]:
    """Return why a survivor may live, by its name."""
    lines = EQUIVALENTS.read_text().splitlines() if EQUIVALENTS.exists() else []
    return {name: why for name, _, why in (line.partition(" ") for line in lines if line and not line.startswith("#"))}


def report(scores: Sequence[Score], known: Mapping[str, str]) -> int:
    """Print the scores and the survivors without a reason."""
    total: Counter[str] = Counter()
    failed = False
    for score in scores:
        unexplained = [name for name in score.survived if name not in known]
        print(
            f"{score.package:10} {score.share:6.1%} of {len(score.killed) + len(score.survived)} mutants noticed,"
            f" {len(score.survived)} survive ({len(unexplained)} without a reason), {score.untried} not tried"
        )
        total.update(killed=len(score.killed), survived=len(score.survived), untried=score.untried)
        failed |= score.share < BAR or bool(unexplained) or bool(score.untried)
        for name in unexplained:
            print(f"    {name}")
    tried = total["killed"] + total["survived"]
    print(f"{'together':10} {total['killed'] / max(tried, 1):6.1%} of {tried} mutants noticed, {total['untried']} not tried")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
