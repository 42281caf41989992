"""How the engine is laid out: wings, floors of imports, long functions. Run by hand: ``python -m benchmarks.house``.

``python -m benchmarks.house PATH/driftgate`` measures the package of another checkout.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "driftgate"
LONG = 40  # lines of a function

Trees = Mapping[str, ast.Module]
Imports = Mapping[str, set[str]]


def trees_of(package: Path) -> Trees:
    """The modules of a package by their names, which begin with the package's own."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text("utf-8"))
    return found


def imports_of(trees: Trees, *, types: bool) -> Imports:
    """Which modules of the package each one imports, at its top or in a function; with or without those for types."""
    return {
        name: {each for node in _running(tree, types=types) for each in _imported(node, trees)} - {name}
        for name, tree in trees.items()
    }


def _running(tree: ast.AST, *, types: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if types or not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node
            yield from _running(node, types=types)


def _imported(node: ast.AST, trees: Trees) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name in trees)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        named = {f"{node.module}.{each.name}" for each in node.names}
        yield from named & trees.keys()
        if node.module in trees and named - trees.keys():
            yield node.module


def floors(imports: Imports) -> Mapping[str, int]:
    """How high each module stands on what it imports: 1 for one that imports none. Raises CycleError."""
    found: dict[str, int] = {}
    for name in TopologicalSorter(imports).static_order():
        found[name] = 1 + max((found[each] for each in imports[name]), default=0)
    return found


def wing_of(module: str) -> str:
    """The wing of a module; empty for one that lies loose in the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 2 else ""  # the package, the wing, the module


def measured(package: Path) -> Sequence[tuple[str, int]]:
    """Each figure of a package with what it counts. Raises CycleError where modules import each other."""
    trees = trees_of(package)
    running, every = imports_of(trees, types=False), imports_of(trees, types=True)
    importers = Counter(each for imported in every.values() for each in imported)
    wings = {(wing_of(name), wing_of(each)) for name, imported in every.items() for each in imported if wing_of(name)}
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return (
        ("modules", len(trees)),
        ("loose modules", len(list(package.glob("*.py")))),
        ("wings", len(list(package.glob("*/__init__.py")))),
        ("floors of imports", max(floors(running).values())),
        ("imports between modules", sum(map(len, every.values()))),
        ("imports between wings", len({(one, other) for one, other in wings if other and one != other})),
        ("modules with one importer", sum(1 for name in trees if importers[name] == 1)),
        (f"functions over {LONG} lines", sum(1 for each in functions if _lines(each) > LONG)),
        (
            "lines of the longest module",
            max(len(path.read_text("utf-8").splitlines()) for path in package.rglob("*.py")),
        ),
    )


def _lines(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def main(arguments: Sequence[str]) -> None:
    """Prints the table."""
    print("| layout | |", "| --- | --- |", sep="\n")
    for counted, number in measured(Path(arguments[0]) if arguments else PACKAGE):
        print(f"| {counted} | {number} |")


if __name__ == "__main__":
    main(sys.argv[1:])
