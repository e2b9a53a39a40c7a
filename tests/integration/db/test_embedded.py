"""The folder of the embedded Postgres: made once, begun again after a kill, and never emptied when it is not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import embedded
from tests.server import passable_folder, running_server


@pytest.fixture
def folder() -> Iterator[Path]:
    with passable_folder() as place:
        yield place / "postgres"


def contents(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*")}


def test_folder_with_other_files_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "old" / "base").mkdir(parents=True)
    (folder / "old" / "PG_VERSION").write_text("17")
    (folder / "note.txt").write_text("a cluster that was moved here")
    before = contents(folder)
    for _ in range(2):
        with pytest.raises(embedded.StrangeFolder, match=r"holds note\.txt and more but no database") as caught:
            embedded.prepare(folder)
        assert "\n" not in str(caught.value)
    assert contents(folder) == before


def test_cluster_that_lost_its_version_is_refused_and_left_alone(folder: Path) -> None:
    with running_server(embedded.prepare(folder)):
        pass
    (folder / "PG_VERSION").unlink()
    before = contents(folder)
    with pytest.raises(embedded.StrangeFolder):
        embedded.prepare(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("left", ["base/1/2619", "PG_VERSION"])
def test_start_that_was_killed_is_begun_again(folder: Path, left: str) -> None:
    marker = folder.with_name("postgres.unfinished")
    (folder / left).parent.mkdir(parents=True)
    (folder / left).write_text("18")
    marker.touch()
    with running_server(embedded.prepare(folder)):
        assert not marker.exists()


def test_mark_that_came_back_after_a_crash_costs_no_cluster(folder: Path) -> None:
    with running_server(embedded.prepare(folder)):
        pass
    folder.with_name("postgres.unfinished").touch()
    before = contents(folder)
    embedded.prepare(folder)
    assert before <= contents(folder)
