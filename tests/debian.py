"""Programs of Debian that tests run beside the desk: those of this machine, else unpacked from its packages into the cache."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from n8n.install import cache_root

# Each program with the packages that hold it and the libraries a bare machine lacks.
PACKAGES = {
    "redis-server": ("redis-server", "redis-tools", "liblzf1", "libjemalloc2", "libatomic1"),
    "nginx": ("nginx", "libpcre2-8-0"),
}
PLACES = ("usr/bin", "usr/sbin")


@dataclass(frozen=True, slots=True)
class DebianProgram:
    """A program and the folder of its libraries; none when the machine itself has both."""

    file: Path
    libraries: Path | None = None

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return the command line that runs it."""
        setting = ("/usr/bin/env", f"LD_LIBRARY_PATH={self.libraries}") if self.libraries else ()
        return (*setting, str(self.file), *arguments)


def program(name: str) -> DebianProgram:
    """Return a program, unpacked once from Debian's packages if the machine lacks it; skip the test where apt gives none."""
    if installed := shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin"):
        return DebianProgram(Path(installed))
    folder = cache_root() / f"debian-{name}"
    if not folder.exists():
        _unpack(PACKAGES[name], folder)
    return DebianProgram(next(file for place in PLACES if (file := folder / place / name).exists()), _libraries(folder))


def library(package: str, name: str) -> Path:
    """Return a shared library, unpacked once from its package; skip the test where apt gives none."""
    folder = cache_root() / f"debian-{package}"
    if not folder.exists():
        _unpack((package,), folder)
    return next((folder / "usr" / "lib").rglob(name))


def _libraries(folder: Path) -> Path:
    return next(iter((folder / "usr" / "lib").glob("*-linux-gnu*")))


def _unpack(packages: tuple[str, ...], folder: Path) -> None:
    """Download packages and unpack them; the folder has its name only when all is in it."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip(f"{packages[0]} is not installed, and this machine has no apt-get to fetch it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        words = ("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages)
        fetched = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)
        if fetched.returncode:  # a fresh image knows no packages yet
            subprocess.run(("apt-get", "-q", "update"), capture_output=True, check=False)
            fetched = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)
        if fetched.returncode:
            pytest.skip(f"{packages[0]} is not installed, and apt-get does not give it: {fetched.stderr.strip()[-300:]}")
        draft = Path(place, "unpacked")
        for package in Path(place).glob("*.deb"):
            subprocess.run(("dpkg-deb", "--extract", str(package), str(draft)), check=True)
        if not folder.exists():
            draft.rename(folder)
