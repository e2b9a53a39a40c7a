"""One desk for all end-to-end tests: starting n8n on an empty database takes most of a minute."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk, running_desk


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running desk in a simulated world."""
    folder: Path = tmp_path_factory.mktemp("desk")
    with running_desk(folder, speed=20, symbols=20) as desk:
        yield desk
