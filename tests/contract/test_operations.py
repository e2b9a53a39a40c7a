"""What docs/operations.md tells a person to type exists, and the server's scripts are clean."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from functions.cli import app
from functions.operations.checks import doctor
from functions.settings import CHECKOUT

GUIDE = CHECKOUT / "docs" / "operations.md"
DEPLOY = CHECKOUT / "deploy"


def commands(program: str) -> list[list[str]]:
    """Every command of `program` that the guide names, in blocks and in the text."""
    found = []
    for piece in re.findall(r"`([^`\n]+)`", GUIDE.read_text()) + [
        line for block in re.findall(r"```\n(.*?)```", GUIDE.read_text(), re.DOTALL) for line in block.splitlines()
    ]:
        words = shlex.split(piece) if piece.count('"') % 2 == 0 and "'" not in piece else piece.split()
        if program in words and (words[0] == program or "tools" in words or "quorum:0.1.0" in words):
            found.append([word for word in words[words.index(program) + 1 :] if word != "..."])
    return [words for words in found if words]


def test_the_guide_names_commands() -> None:
    assert {words[0] for words in commands("quorum")} >= {
        "backup",
        "restore",
        "doctor",
        "logs",
        "status",
        "init",
        "n8n",
        "migrate",
    }
    assert {words[0] for words in commands("make")} >= {"up", "status", "doctor"}


@pytest.mark.parametrize("words", commands("quorum"), ids=" ".join)
def test_quorum_commands_of_the_guide_exist_with_their_options(words: list[str]) -> None:
    done = CliRunner().invoke(app, [*words, "--help"])
    assert done.exit_code == 0, done.output


def test_a_command_that_does_not_exist_would_be_found() -> None:
    for words in (["backups"], ["restore", "x.dump", "--force"], ["n8n", "deploy", "--all"]):
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code != 0


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_make_targets_of_the_guide_exist(words: list[str]) -> None:
    assert re.search(rf"^{words[0]}:", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)


def test_services_that_the_guide_names_are_those_of_compose_with_their_limits() -> None:
    services = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    table = re.findall(r"^\| `([\w-]+)` \|.*\| ([\d,]+) MB \|$", GUIDE.read_text(), re.MULTILINE)
    said = {name: int(limit.replace(",", "")) for name, limit in table}
    assert said == {name: int(service["mem_limit"].removesuffix("m")) for name, service in services.items()}


def test_compose_commands_of_the_guide_name_services_that_exist() -> None:
    services = set(yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"])
    named = re.findall(r"docker compose (?:ps|logs|stop)((?: [\w-]+)+)", GUIDE.read_text())
    words = {word for group in named for word in group.split() if not word.startswith("-") and not word.isdigit()}
    assert words
    assert words <= services


def test_every_check_of_the_doctor_is_explained() -> None:
    source = Path(doctor.__file__).read_text()
    made = set(re.findall(r'Finding\(\s*f?"([a-z0-9]+)', source))
    explained = set(re.findall(r"^\| `([a-z0-9]+)(?: \.\.\.)?` \|", GUIDE.read_text(), re.MULTILINE))
    assert made
    assert made <= explained


def test_files_that_the_guide_names_exist() -> None:
    for name in re.findall(r"`((?:deploy|tests|docs)/[\w./-]+)`", GUIDE.read_text()):
        assert (CHECKOUT / name).exists(), name


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda script: script.name)
def test_scripts_are_clean(script: Path) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([str(shellcheck), str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert script.stat().st_mode & 0o111
    first = script.read_text().partition("\n")[0]
    assert ("set -eu\n" if first == "#!/bin/sh" else "set -euo pipefail\n") in script.read_text()


@pytest.mark.parametrize(
    ("engine", "compose", "words"),
    [
        ("24.0.7", "2.24.0", "Docker engine is 24.0.7; 25.0 or newer is needed"),
        ("25.0.0", "2.23.3", "Docker Compose is 2.23.3; 2.24 or newer is needed"),
        ("27.1.1", "2.9.0", "Docker Compose is 2.9.0; 2.24 or newer is needed"),
        ("", "2.30.1", "Docker engine does not answer; 25.0 or newer is needed"),
        ("28.1.1", "", "Docker Compose does not answer; 2.24 or newer is needed"),
        ("25.0.0", "v2.24.0", ""),
        ("100.0", "5.0.1", ""),
    ],
)
def test_bootstrap_takes_a_docker_that_is_new_enough_alone(tmp_path: Path, engine: str, compose: str, words: str) -> None:
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\ncase "$*" in\n"version --format "*) said={engine} ;;\n"compose version --short") said={compose} ;;\nesac\n'
        '[ -n "$said" ] && echo "$said"\n'
    )
    docker.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", f"source {DEPLOY / 'bootstrap.sh'} && install_docker"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == ((2, 1) if words else (0, 0)), done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("quorum-*")), ids=lambda unit: unit.name)
def test_units_start_scripts_that_exist(unit: Path) -> None:
    for script in re.findall(r"^ExecStart=@CHECKOUT@/(\S+)", unit.read_text(), re.MULTILINE):
        assert (CHECKOUT / script).exists()
    assert unit.name in (DEPLOY / "bootstrap.sh").read_text()


def test_the_scripts_use_the_image_that_compose_builds() -> None:
    image = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["x-python"]["image"]
    assert image in (DEPLOY / "bootstrap.sh").read_text()
    assert image in GUIDE.read_text()


def test_the_image_copies_what_is_there_and_nothing_is_unpinned() -> None:
    text = (CHECKOUT / "Dockerfile").read_text()
    for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert re.search(r":\d+\.\d+\.\d+", base), base
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (CHECKOUT / name).exists(), name
            assert f"!{name}" in (CHECKOUT / ".dockerignore").read_text().splitlines(), name
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 1000:1000$", last, re.MULTILINE)
    assert "--locked" in text


def test_secrets_and_data_never_reach_the_image() -> None:
    rules = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert rules[1] == "*"
    assert not {"!.env", "!data", "!.git"} & set(rules)
