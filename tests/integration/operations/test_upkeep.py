"""Upgrades that fail leave no trace, the unit starts the desk, and an uninstalled desk is gone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from db.migrate import alembic_config, current_and_head, migrate
from functions.cli import app
from functions.errors import Conflict
from functions.operations.backup import backup
from functions.operations.checks.doctor import OF_THE_VERSION, Finding, of_the_version
from functions.operations.upkeep import service, uninstall
from functions.operations.upkeep.upgrade import roll_back
from functions.settings import CHECKOUT, Settings
from n8n.install import locate
from tests.conftest import make_settings


def test_roll_back_brings_the_rows_and_the_tables_of_the_version_before(settings: Settings) -> None:
    owner = create_engine(make_url(settings.owner_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with owner.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0029")
        connection.execute(text("INSERT INTO heartbeat (part, at, detail) VALUES ('collector', now(), '{}')"))
    file = backup(settings, None)
    migrate(settings.owner_url, settings.passwords)
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM heartbeat"))
    roll_back(settings, file)
    assert current_and_head(settings.owner_url)[0] == "0029"
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT part FROM heartbeat")) == "collector"


def test_a_source_that_is_away_is_no_reason_to_go_back() -> None:
    findings = [Finding("source bybit", "fail", "away"), Finding("n8n", "ok", "ready"), Finding("telegram", "fail", "no token")]
    assert of_the_version(findings) == [Finding("n8n", "ok", "ready")]
    assert {"database", "migrations", "workflows"} <= OF_THE_VERSION


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose systemd notes what it is told; yields the note."""
    told = tmp_path / "told"
    for name in ("systemctl", "loginctl"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{told}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("QUORUM_ENV_FILE", raising=False)
    return told


def test_unit_starts_the_desk_of_this_folder_at_each_boot(systemd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = service.install()
    assert systemd.read_text().splitlines() == [
        "loginctl enable-linger",
        "systemctl --user daemon-reload",
        "systemctl --user enable --now quorum.service",
    ]
    assert f"WorkingDirectory={tmp_path}" in file.read_text()
    assert f"ExecStart={sys.executable} -m functions.cli up" in file.read_text()
    assert "QUORUM_ENV_FILE" not in file.read_text()
    assert service.remove()
    assert not file.exists()
    assert not service.remove()


def test_unit_of_a_second_desk_names_its_file(tmp_path: Path) -> None:
    text = service.unit(tmp_path / "100% mine", {"QUORUM_ENV_FILE": "/srv/second env"})
    assert 'Environment="QUORUM_ENV_FILE=/srv/second env"' in text
    assert f"WorkingDirectory={tmp_path}/100%% mine" in text


def test_unit_is_one_that_systemd_reads(tmp_path: Path) -> None:
    verify = Path("/usr/bin/systemd-analyze")
    if not verify.exists():
        pytest.skip("this machine has no systemd-analyze")
    file = tmp_path / service.NAME
    file.write_text(service.unit(tmp_path, {"QUORUM_ENV_FILE": "/srv/env"}))
    done = subprocess.run([verify, "--user", "--man=no", "verify", file], capture_output=True, text=True, check=False)
    assert service.NAME not in done.stderr, done.stderr


def test_a_machine_without_systemd_is_told_so(systemd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Conflict, match="no loginctl"):
        service.install()


def test_uninstall_keeps_the_data_unless_it_is_named(systemd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(data_dir=tmp_path / "data")
    monkeypatch.setenv("QUORUM_CACHE_DIR", str(systemd.parent / "cache"))
    monkeypatch.chdir(systemd.parent)
    Path(".env").write_text("")
    (settings.data_dir / "backups").mkdir(parents=True)
    locate().folder.mkdir(parents=True)
    service.install()
    assert uninstall.uninstall(settings, data=False) == ["the unit", str(locate().folder)]
    assert (settings.data_dir / "backups").exists()
    assert uninstall.uninstall(settings, data=True) == [str(settings.data_dir.resolve()), ".env"]
    assert not settings.data_dir.exists()
    assert uninstall.uninstall(settings, data=True) == []


def test_uninstall_asks_for_a_clear_word() -> None:
    done = CliRunner().invoke(app, ["uninstall"])
    assert done.exit_code != 0
    assert "--yes" in str(done.exception)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the server's scripts, and a docker and a git that note what they are told and fail when asked to."""
    place = tmp_path / "checkout"
    (place / "deploy").mkdir(parents=True)
    for name in ("upgrade.sh", "uninstall.sh"):
        (place / "deploy" / name).write_bytes((CHECKOUT / "deploy" / name).read_bytes())
    for name in ("docker", "git", "systemctl"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/told\n'
            f'case "{name} $*" in *"$FAILING"*) [ -n "$FAILING" ] && exit 1 ;; *rev-parse*) echo abc123 ;; esac\nexit 0\n'
        )
        program.chmod(0o755)
    return place


def run_script(checkout: Path, name: str, *words: str, failing: str = "") -> tuple[int, list[str]]:
    told = checkout.parent / "told"
    told.unlink(missing_ok=True)
    place = {"PATH": f"{checkout.parent / 'bin'}:{os.environ['PATH']}", "FAILING": failing, "TRIES": "2", "PAUSE": "0"}
    done = subprocess.run(["bash", checkout / "deploy" / name, *words], env=place, capture_output=True, check=False)
    return done.returncode, told.read_text().splitlines()


def test_server_upgrades_after_a_backup_and_is_verified(checkout: Path) -> None:
    code, told = run_script(checkout, "upgrade.sh")
    assert code == 0
    words = ["git pull", "docker compose build", "quorum backup", "docker compose up", "quorum doctor --parts"]
    places = [next(place for place, line in enumerate(told) if word in line) for word in words]
    assert places == sorted(places)
    assert not [line for line in told if "restore" in line or "checkout" in line]


def test_server_goes_back_to_the_old_version_and_its_backup(checkout: Path) -> None:
    code, told = run_script(checkout, "upgrade.sh", failing="quorum doctor")
    assert code == 1
    assert sum("quorum doctor" in line for line in told) == 2
    file = next(line for line in told if "quorum backup" in line).split()[-1]
    last = told[next(place for place, line in enumerate(told) if "git checkout" in line) :]
    assert last == [
        "git checkout --quiet abc123",
        "docker tag quorum:0.1.0-before quorum:0.1.0",
        "docker compose stop functions collector n8n",
        f"docker compose run --rm tools quorum restore {file} --yes",
        "docker compose up --detach --no-build",
    ]


@pytest.mark.parametrize("failing", ["compose build", "quorum backup", "git pull"])
def test_server_that_cannot_begin_an_upgrade_is_left_alone(checkout: Path, failing: str) -> None:
    code, told = run_script(checkout, "upgrade.sh", failing=failing)
    assert code != 0
    assert not [line for line in told if "compose up" in line or "restore" in line or "compose stop" in line]


def test_uninstalled_server_keeps_its_data_unless_it_is_named(checkout: Path) -> None:
    (checkout / "data" / "compose").mkdir(parents=True)
    (checkout / ".env").write_text("DATA_DIR=data\n")
    code, told = run_script(checkout, "uninstall.sh")
    assert code == 0
    assert "--rmi all" in told[0]
    assert (checkout / ".env").exists()
    assert run_script(checkout, "uninstall.sh", "--data")[0] == 0
    assert not (checkout / "data" / "compose").exists()
    assert not (checkout / ".env").exists()
