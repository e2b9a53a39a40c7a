"""An import-linter contract: what a module may import follows from where it lies.

Every module is pure unless a part of its path names an edge. A pure module imports pure modules, the libraries that compute,
and of the standard library what neither waits nor reaches outside; so no chain of imports leads from it to a database, a
network, a clock or the settings.
"""

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

REACHES_OUT = frozenset(
    ["asyncio", "multiprocessing", "select", "signal", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "time"]
)


class PureByPlace(Contract):
    """Hold every module outside of the edges to imports that compute.

    Options:
        - package: the package whose modules are judged.
        - edge_rooms: names of modules and packages that are edges wherever they lie.
        - edges: modules that are edges; with `.**` behind it a package with all that lies in it.
        - pure_rooms: packages inside of an edge that are pure all the same.
        - libraries: external packages that a pure module may import, beside the standard library.
    """

    type_name = "pure_by_place"

    package = fields.StringField()
    edge_rooms = fields.SetField(subfield=fields.StringField())
    edges = fields.SetField(subfield=fields.StringField())
    pure_rooms = fields.SetField(subfield=fields.StringField())
    libraries = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Return every import that leads a pure module outside."""
        del verbose
        pure = {module for module in graph.modules if self.is_pure(module)}
        leaks = [leak for module in sorted(pure) for leak in self._leaks(graph, module, pure)]
        return ContractCheck(kept=not leaks, metadata={"leaks": leaks})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports, one a line."""
        for importer, imported, line in check.metadata["leaks"]:
            output.print_error(f"{importer}:{line} is pure by its place and imports {imported}", bold=False)
        output.new_line()

    def is_pure(self, module: str) -> bool:
        """Tell whether a module lies outside of every edge."""
        inside = module.startswith(f"{self.package}.")
        edges = tuple(one.removesuffix("**") for one in self.edges if one.endswith(".**"))  # type: ignore[attr-defined]
        edge = f"{module}.".startswith(edges) or module in self.edges  # type: ignore[operator]
        room = set(module.split(".")) & set(self.edge_rooms)  # type: ignore[call-overload]
        named = any(module == one or module.startswith(f"{one}.") for one in self.pure_rooms)  # type: ignore[attr-defined]
        return inside and (named or not (edge or room))

    def _leaks(self, graph: ImportGraph, module: str, pure: set[str]) -> Iterator[tuple[str, str, int]]:
        for imported in sorted(graph.find_modules_directly_imported_by(module) - pure):
            if not self._computes(imported):
                details = graph.get_import_details(importer=module, imported=imported)
                yield module, imported, details[0]["line_number"] if details else 0

    def _computes(self, imported: str) -> bool:
        root = imported.split(".")[0]
        return root in self.libraries or (root in sys.stdlib_module_names and root not in REACHES_OUT)  # type: ignore[operator]
