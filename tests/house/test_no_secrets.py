"""Nothing secret in the repository: every file of git is read for what keys and tokens look like."""

import re
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from functions.settings import CHECKOUT, Settings

LOOKS_SECRET = re.compile(
    r"(?<![\w.-])(?:"
    r"\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"  # a bot of Telegram's
    r"|sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}"  # a model's key
    r"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,}|glpat-[\w-]{20}|pypi-AgE[\w-]{50,}|npm_[A-Za-z0-9]{36}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|xox[baprs]-[\w-]{20,}"
    r"|eyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}"  # a signed token
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r")"
)
NEVER = re.compile(
    r"(?:^|/)(?:\.env|.*\.(?:pem|key|p12|pfx|kdbx)|id_(?:rsa|ed25519)|\.netrc|\.pgpass|\.pypirc|credentials\.json)$"
)


def tracked() -> list[str]:
    """Return every file of git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def found_in(text: str) -> list[str]:
    """Return the beginning of whatever looks like a secret."""
    return [match[0][:12] for match in LOOKS_SECRET.finditer(text)]


def test_no_file_holds_what_looks_like_a_secret() -> None:
    texts = {name: (CHECKOUT / name).read_bytes().decode("latin-1") for name in tracked()}
    assert {name: secrets for name, text in texts.items() if (secrets := found_in(text))} == {}


def test_no_file_is_of_a_kind_that_holds_secrets() -> None:
    assert [name for name in tracked() if NEVER.search(name)] == []


def test_example_gives_no_value_to_any_secret() -> None:
    secrets = {name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    lines = (line.lstrip("# ") for line in (CHECKOUT / ".env.example").read_text().splitlines())
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z0-9_]+=", line))
    assert secrets <= given.keys()
    assert {name: given[name] for name in secrets if given[name].strip()} == {}


@pytest.mark.parametrize(
    "secret",
    [
        "123456789:AA" + "k" * 33,
        "sk-" + "proj-" + "a1" * 20,
        "ghp_" + "a" * 36,
        "AKIA" + "Z" * 16,
        "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
        "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 20,
    ],
)
def test_what_looks_like_a_secret_is_seen(secret: str) -> None:
    assert found_in(f"TOKEN = '{secret}'")


@pytest.mark.parametrize("name", [".env", "deploy/server.pem", "id_ed25519"])
def test_file_of_secrets_is_seen(name: str) -> None:
    assert NEVER.search(name)
    assert not NEVER.search(str(Path("tests") / f"{name}_test.py"))
