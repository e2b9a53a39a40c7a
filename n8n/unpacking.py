"""How far npm has come: which packages of the lock file lie unpacked, and how large they are."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

WHOLE_MB = 2600  # of n8n unpacked


@dataclass(slots=True)
class Unpacking:
    """Packages that are awaited in a folder; each is measured once, when it is there, so that a look is cheap."""

    folder: Path
    count: int
    _awaited: set[str]
    _begun: set[str] = field(default_factory=set)
    _bytes: int = 0

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Return what the lock file in the folder asks for; packages of other systems are optional there and not counted."""
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        awaited = {name for name, package in packages.items() if name and not package.get("optional")}
        return cls(folder, len(awaited), awaited)

    def look(self) -> str:
        """Return how far it is, in one sentence for a person."""
        begun = {name for name in self._awaited if (self.folder / name / "package.json").exists()}
        whole = self._begun & begun  # there since the look before this one
        self._bytes += sum(_size(self.folder / name) for name in whole)
        self._awaited -= whole
        self._begun = begun - whole
        unpacked = self.count - len(self._awaited)
        if not unpacked:
            return "fetching packages"
        megabytes = self._bytes // 1_000_000
        return f"{unpacked} of {self.count} packages unpacked, {megabytes:,} of about {WHOLE_MB:,} MB"


def _size(package: Path) -> int:
    """Return the bytes of a package without the packages inside it."""
    total = 0
    for place, folders, files in os.walk(package):
        folders[:] = [name for name in folders if name != "node_modules"]
        for name in files:
            try:
                total += (Path(place) / name).lstat().st_size
            except OSError:
                continue  # npm has moved it on
    return total
