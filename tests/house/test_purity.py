"""The contract sees every way out of a pure module, and holds a module that it never heard of."""

import pytest
from grimp import ImportGraph

from tests.house.purity import PureByPlace

OPTIONS = {
    "package": "desk",
    "edge_rooms": ["store", "run"],
    "edges": ["desk.clock", "desk.stream.**"],
    "pure_rooms": ["desk.stream.feed"],
    "libraries": ["numpy"],
}


def contract() -> PureByPlace:
    return PureByPlace(name="pure", session_options={}, contract_options=OPTIONS)


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("desk.score.combine", "numpy", True),
        ("desk.score.combine", "decimal", True),
        ("desk.score.combine", "desk.score.rules", True),
        ("desk.score.combine", "desk.stream.feed.frames", True),
        ("desk.score.combine", "sqlalchemy", False),
        ("desk.score.combine", "socket", False),
        ("desk.score.combine", "desk.clock", False),
        ("desk.score.combine", "desk.score.store", False),
        ("desk.score.combine", "desk.score.run.jobs", False),
        ("desk.score.combine", "desk.stream.socket", False),
        ("desk.stream.feed.frames", "httpx", False),
        ("desk.score.run.jobs", "httpx", True),
        ("desk.score.store", "sqlalchemy", True),
        ("desk.stream.socket", "httpx", True),
        ("desk.clock", "time", True),
        ("desk.clocks", "time", False),
    ],
)
def test_what_may_be_imported_follows_from_the_place(importer: str, imported: str, kept: bool) -> None:
    graph = ImportGraph()
    for module in (importer, imported):
        graph.add_module(module)
    graph.add_import(importer=importer, imported=imported, line_number=3, line_contents="import")
    found = contract().check(graph, verbose=False)
    assert found.kept is kept
    assert found.metadata["leaks"] == ([] if kept else [(importer, imported, 3)])
