"""Write `.env`: the example with its secrets made here."""

import os
import re
import secrets
from pathlib import Path

from functions.errors import InputRejected
from functions.settings import CHECKOUT

GENERATED = {
    "DB_FUNCTIONS_PASSWORD",
    "DB_COLLECTOR_PASSWORD",
    "DB_DASHBOARD_PASSWORD",
    "DB_N8N_PASSWORD",
    "DB_OWNER_PASSWORD",
    "FUNCTIONS_TOKEN",
    "N8N_ENCRYPTION_KEY",
    "N8N_OWNER_PASSWORD",
    "N8N_WEBHOOK_TOKEN",
}


def write_env(target: Path) -> list[str]:
    """Make `target` complete: new when it is missing, else only the missing secrets are added; nothing set is changed.

    Returns the names that were written.

    Raises:
        InputRejected: the file cannot be read or written.
    """
    example = (CHECKOUT / ".env.example").read_text()
    try:
        existing = target.read_text() if target.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputRejected("env_file", f"{target} cannot be read: {error}") from error
    present = set(re.findall(r"^([A-Z0-9_]+)=.+$", existing, re.MULTILINE))
    missing = sorted(GENERATED - present)
    if not missing:
        return []
    text = existing or example
    for name in missing:
        line = f"{name}={_secret(name)}"
        text, replaced = re.subn(rf"^{name}=.*$", line, text, flags=re.MULTILINE)
        if not replaced:
            text = f"{text.rstrip()}\n{line}\n"
    try:
        _write_private(target, text)
    except OSError as error:
        raise InputRejected("env_file", f"{target} cannot be written: {error.strerror}") from error
    return missing


def _secret(name: str) -> str:
    # n8n asks an owner's password to have a capital letter and a digit.
    return f"Q1{secrets.token_urlsafe(15)}" if name == "N8N_OWNER_PASSWORD" else secrets.token_urlsafe(24)


def _write_private(target: Path, text: str) -> None:
    draft = target.with_name(f"{target.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(target)
