"""What an installation of n8n tells of itself, with packages that are as small as can be."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from n8n import install
from n8n.unpacking import Unpacking


def package(folder: Path) -> Path:
    """Write a package as a registry gives it."""
    file = folder / "small.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for name, content in (("package.json", b'{"name": "small", "version": "1.0.0"}'), ("index.js", b"x" * 2_000_000)):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file


def test_install_tells_every_second_how_long_and_how_far_and_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {"small": f"file:{package(tmp_path)}"}
    locked = {"": {"dependencies": needed}, "node_modules/small": {"version": "1.0.0", "resolved": needed["small"]}}
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": needed}))
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "requires": True, "packages": locked}))
    monkeypatch.setattr(install, "MANIFESTS", (tmp_path / "package.json", tmp_path / "package-lock.json"))
    monkeypatch.setenv("QUORUM_CACHE_DIR", str(tmp_path / "cache"))
    told: list[str] = []
    installation = install.ensure_installed(told.append)
    assert (installation.folder / "node_modules" / "small" / "index.js").stat().st_size == 2_000_000
    assert told[0] == "installing n8n, once: 0 s, fetching packages"
    assert install.is_installed(installation)
    before = len(told)
    assert install.ensure_installed(told.append) == installation
    assert len(told) == before  # the second time there is nothing to wait for


def test_each_package_is_measured_when_it_is_whole_and_those_of_other_systems_are_not_awaited(tmp_path: Path) -> None:
    packages = {"": {}, "node_modules/a": {}, "node_modules/a/node_modules/b": {}, "node_modules/other": {"optional": True}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": packages}))
    unpacking = Unpacking.of(tmp_path)
    assert unpacking.look() == "fetching packages"
    for name, size in (("node_modules/a", 3_000_000), ("node_modules/a/node_modules/b", 5_000_000)):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_bytes(b" " * size)
    assert unpacking.look() == "fetching packages"  # begun, perhaps not whole
    assert unpacking.look() == "2 of 2 packages unpacked, 8 of about 2,600 MB"
