"""The packages of the house, who imports whom, and who is called from outside, read from the code and from n8n's workflows."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

from fastapi import APIRouter
from fastapi.routing import APIRoute
from grimp import ImportGraph, build_graph

from n8n import workflows
from tests.house.purity import PureByPlace

CHECKOUT = Path(__file__).parents[2]
ROOTS = ("db", "functions", "n8n", "tui")
PROCESSES = {  # modules that mount or start the others, and what they are drawn as
    "functions.app": "functions/app.py",
    "functions.warm": "functions/app.py",
    "functions.cli": "functions/cli.py",
}
SHARED = "functions/*.py"  # the modules that lie beside the packages


@dataclass(frozen=True, slots=True)
class Room:
    """A part of a package: what lies in one of its folders, or the modules beside them.

    Args:
        edge: whether it may reach outside: a database, a network, a clock, the settings.
    """

    name: str
    edge: bool


@dataclass(frozen=True, slots=True)
class House:
    """What is drawn.

    Args:
        packages: by the name that is shown, importers before what they import.
        imports: the packages that a package imports.
        workflows: names of n8n's workflows by the package whose HTTP functions they call.
        doors: paths of n8n's webhooks by the package that calls them.
    """

    packages: Mapping[str, Sequence[Room]]
    imports: Mapping[str, frozenset[str]]
    workflows: Mapping[str, Sequence[str]]
    doors: Mapping[str, Sequence[str]]


def house() -> House:
    """Read the house as it stands.

    Raises:
        graphlib.CycleError: packages import each other in a circle.
    """
    graph = build_graph(*ROOTS, cache_dir=None)
    imports = _imports(graph)
    modules = defaultdict[str, list[str]](list)
    for module in sorted(graph.modules):
        modules[shown(module)].append(module)
    order = _importers_first(imports)
    return House(
        packages={name: _rooms(modules[name]) for name in order},
        imports={name: frozenset(imports[name]) for name in order},
        workflows=_workflows(modules),
        doors=_doors(modules),
    )


def shown(module: str) -> str:
    """Return the name under which a module is drawn: its package's, `functions/*.py` for one that lies beside the packages."""
    root, *inside = module.split(".")
    if root != "functions":
        return f"{root}/"
    if inside and (CHECKOUT / root / inside[0]).is_dir():
        return f"functions/{inside[0]}/"
    return PROCESSES.get(module, SHARED)


def _imports(graph: ImportGraph) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {shown(module): set() for module in graph.modules}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            found[shown(module)].add(shown(imported))
    return {name: others - {name} for name, others in found.items()}


def _importers_first(imports: Mapping[str, set[str]]) -> list[str]:
    sorter = TopologicalSorter(imports)
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: (-len(imports[name]), name))
        order += ready
        sorter.done(*ready)
    return order[::-1]


def _rooms(package: Sequence[str]) -> list[Room]:
    """Return the edge rooms and the pure rooms of a package, each in the order of names."""
    places = _places()
    edges, pures = set[str](), set[str]()
    for module in package:
        inside = _inside(module)
        if not inside and places.is_pure(module):
            continue  # the sign over the door of a package
        folder = len(inside) > 1 or (bool(inside) and _is_package(module))
        room = inside[0] if folder else "modules"
        if places.is_pure(module):
            pures.add(room)
        else:
            edges.add(next((part for part in inside if part in places.edge_rooms), room))  # type: ignore[operator]
    return [*(Room(name, edge=True) for name in sorted(edges)), *(Room(name, edge=False) for name in sorted(pures))]


def _inside(module: str) -> list[str]:
    """Return the parts of a module's name behind that of its package."""
    parts = module.split(".")
    return parts[2:] if shown(module) == f"{'/'.join(parts[:2])}/" else parts[1:]


def _folder(module: str) -> Path:
    return CHECKOUT.joinpath(*module.split("."))


def _is_package(module: str) -> bool:
    return (_folder(module) / "__init__.py").exists()


def _places() -> PureByPlace:
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    options = next(one for one in contracts if one["type"] == PureByPlace.type_name)
    return PureByPlace(name=options["name"], session_options={}, contract_options=options)


def _workflows(modules: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    owners = {route.path.split("/")[1]: name for name, route in _routes(modules)}
    found = defaultdict[str, list[str]](list)
    for workflow in workflows.load().values():
        urls = [
            str(node["parameters"].get("url", "")).partition(f"{workflows.FUNCTIONS_IN_GIT}/")[2] for node in workflow["nodes"]
        ]
        for name in sorted({owners[url.split("/")[0]] for url in urls if url}):
            found[name].append(workflow["name"])
    return {name: sorted(names) for name, names in found.items()}


def _routes(modules: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, APIRoute]]:
    for name, members in modules.items():
        for module in members:
            if "api" in module.split("."):
                routers = [value for value in vars(import_module(module)).values() if isinstance(value, APIRouter)]
                yield from ((name, route) for router in routers for route in router.routes if isinstance(route, APIRoute))


def _doors(modules: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    nodes = [node for workflow in workflows.load().values() for node in workflow["nodes"]]
    paths = {str(node["parameters"]["path"]) for node in nodes if node["type"] == "n8n-nodes-base.webhook"}
    found: dict[str, list[str]] = {}
    for name, members in modules.items():
        text = "".join(_source(module) for module in members)
        if called := sorted(path for path in paths if f"/webhook/{path}" in text):
            found[name] = called
    return found


def _source(module: str) -> str:
    file = _folder(module)
    return (file / "__init__.py" if _is_package(module) else file.with_suffix(".py")).read_text()
