"""Installing n8n, with a stand-in for npm: the real one downloads for minutes."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.errors import Broken, QuorumError, RetryLater
from n8n import install

FAKE_NODE = """#!{python}
import os, sys, pathlib, time
with open({log!r}, "a") as log:
    log.write("npm " + " ".join(sys.argv[2:]) + "\\n")
if {fails!r}:
    sys.exit({fails!r})
time.sleep({seconds})
target = pathlib.Path("node_modules/n8n/bin")
target.mkdir(parents=True)
(target / "n8n").write_text("")
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUORUM_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fake_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fails: str = "", seconds: float = 0) -> Path:
    """Put a program in node's place that writes down how it was called; `fails` is what it dies with."""
    log = tmp_path / "calls"
    node = tmp_path / "wheel" / "bin" / "node"
    node.parent.mkdir(parents=True, exist_ok=True)
    node.write_text(FAKE_NODE.format(python=sys.executable, log=str(log), fails=fails, seconds=seconds))
    node.chmod(0o755)
    monkeypatch.setattr(install, "_node_package", lambda: tmp_path / "wheel")
    return log


def test_installs_once_from_the_lock_file_without_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fake_npm(tmp_path, monkeypatch)
    said: list[str] = []
    first = install.ensure_installed(said.append)
    second = install.ensure_installed(said.append)
    assert first == second
    assert first.n8n.exists()
    assert log.read_text().splitlines() == ["npm ci --ignore-scripts --no-audit --no-fund --loglevel=error"]
    assert len(said) == 1


def test_killed_install_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, monkeypatch)
    half = install.locate().folder
    (half / "node_modules" / "n8n" / "bin").mkdir(parents=True)
    (half / "left-behind").touch()
    assert not install.is_installed(install.locate())
    installation = install.ensure_installed(print)
    assert install.is_installed(installation)
    assert not (half / "left-behind").exists()


def test_two_installers_install_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fake_npm(tmp_path, monkeypatch, seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(install.ensure_installed, [print, print])
    assert first == second
    assert len(log.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "error", "code"),
    [
        ("npm error code ENOTFOUND\nnpm error network request failed", RetryLater, "no_network"),
        ("npm error code ENOSPC", RetryLater, "no_disk"),
        ("npm error code EINTEGRITY\nnpm error sha512 differs", Broken, "n8n_not_installed"),
    ],
)
def test_failure_is_one_line_and_leaves_nothing_finished(
    words: str, error: type[QuorumError], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path, monkeypatch, fails=words)
    with pytest.raises(error) as raised:
        install.ensure_installed(print)
    assert raised.value.code == code
    assert "\n" not in raised.value.detail
    assert not install.is_installed(install.locate())


def test_full_disk_is_said_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fake_npm(tmp_path, monkeypatch)
    monkeypatch.setattr(install, "NEEDED_BYTES", 10**18)
    with pytest.raises(RetryLater, match="QUORUM_CACHE_DIR"):
        install.ensure_installed(print)
    assert not log.exists()


def test_cache_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, monkeypatch)
    (tmp_path / "file").touch()
    monkeypatch.setenv("QUORUM_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(RetryLater, match="cannot be installed"):
        install.ensure_installed(print)


def test_cache_follows_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUORUM_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert install.cache_root() == Path("/somewhere/quorum")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert install.cache_root() == Path.home() / ".cache" / "quorum"


def test_node_is_found_without_running_it() -> None:
    node = install.locate().node
    assert node.name == "node"
    assert os.access(node, os.X_OK)
