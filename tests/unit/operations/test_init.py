"""`.env` is made complete once, and what a person has set stays."""

import re
from pathlib import Path

import pytest

from functions.errors import InputRejected
from functions.operations.init import GENERATED, write_env
from functions.settings import CHECKOUT


def values(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", file.read_text(), re.MULTILINE))


def test_a_new_file_is_the_example_with_every_secret(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    assert set(write_env(target)) == GENERATED
    made = values(target)
    assert all(len(made[name]) >= 16 for name in GENERATED)
    assert len({made[name] for name in GENERATED}) == len(GENERATED)
    without_values = re.sub(r"^([A-Z0-9_]+=).*$", r"\1", target.read_text(), flags=re.MULTILINE)
    assert without_values == re.sub(r"^([A-Z0-9_]+=).*$", r"\1", (CHECKOUT / ".env.example").read_text(), flags=re.MULTILINE)


def test_secrets_need_no_quotes_anywhere(tmp_path: Path) -> None:
    write_env(tmp_path / ".env")
    made = values(tmp_path / ".env")
    assert all(re.fullmatch(r"[\w-]+", made[name]) for name in GENERATED)


def test_the_owners_password_is_one_that_n8n_takes(tmp_path: Path) -> None:
    write_env(tmp_path / ".env")
    assert re.search(r"[A-Z].*\d|\d.*[A-Z]", values(tmp_path / ".env")["N8N_OWNER_PASSWORD"])


def test_what_is_set_stays_and_what_is_missing_is_added(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("# mine\nFUNCTIONS_TOKEN=my-own-token-of-16\nN8N_WEBHOOK_TOKEN=\nMY_OWN=1")
    written = write_env(target)
    assert set(written) == GENERATED - {"FUNCTIONS_TOKEN"}
    assert values(target)["FUNCTIONS_TOKEN"] == "my-own-token-of-16"
    assert target.read_text().startswith("# mine\nFUNCTIONS_TOKEN=my-own-token-of-16\nN8N_WEBHOOK_TOKEN=")
    assert list(values(target)).count("N8N_WEBHOOK_TOKEN") == 1
    assert values(target)["MY_OWN"] == "1"


def test_a_complete_file_is_not_touched(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    write_env(target)
    before = target.stat()
    assert write_env(target) == []
    assert target.stat().st_ino == before.st_ino


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("")
    target.chmod(0o644)
    write_env(target)
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["none/.env", "folder"])
def test_a_place_that_cannot_be_written_is_rejected_and_left_alone(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputRejected, match="cannot be"):
        write_env(tmp_path / place)
    assert [found.name for found in tmp_path.iterdir()] == ["folder"]


def test_a_file_that_is_no_text_is_rejected(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputRejected, match="cannot be read"):
        write_env(tmp_path / ".env")
