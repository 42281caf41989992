"""The code is what the README's picture says: one direction, vendors as data, small modules, statements as tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError
from pathlib import Path

import pytest

from benchmarks import house
from driftgate.base.paths import SUITES
from driftgate.contract import available

PACKAGE = Path(__file__).parent.parent / "driftgate"

# Each wing imports only from wings above it in this list.
WINGS = (
    "base",
    "contract",
    "http",
    "record",
    "drift",
    "products",
    "target",
    "cases",
    "session",
    "checks",
    "docs",
    "report",
    "history",
    "judge",
    "emulator",
    "client",
    "run",
    "watch",
    "doctor",
    "pytest_plugin",
    "commands",
)
LOOSE = {"__init__", "__main__", "suites"}
# What these wings reach is made of files alone: no request, no server, no generated case.
OFFLINE = ("base", "contract", "record", "drift", "products", "docs", "report", "history")
ONLINE_PACKAGES = {"httpcore", "httpx", "hypothesis", "pytest", "requests", "schemathesis", "starlette", "uvicorn"}
# a product of its own: uses the contracts, and is used by whoever starts one
EMULATOR = {"base", "contract"}
LONGEST_MODULE = 450  # lines

Imports = Mapping[str, set[str]]


def _wing(module: str) -> str:
    """The wing of a module of driftgate; empty for what is no module in a wing."""
    parts = module.split(".")
    return parts[1] if parts[0] == "driftgate" and len(parts) > 1 else ""


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _without_types(tree: ast.Module) -> ast.Module:
    """The module without what it imports for its types alone, which nobody loads."""
    kept = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))]
    return ast.Module(kept, [])


def _imported(tree: ast.Module) -> Iterator[str]:
    """Everything that a module imports, also within functions: modules, and what may be one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of(package: Path = PACKAGE, *, types: bool = True) -> Imports:
    """What each module of driftgate imports: modules of driftgate by their full names, other packages by theirs.

    Without ``types``, only what is loaded when the module is.
    """
    modules = {_name(path): path for path in package.rglob("*.py")}
    found = {}
    for name, path in modules.items():
        tree = ast.parse(path.read_text())
        every = set(_imported(tree if types else _without_types(tree)))
        own = {each for each in every if each in modules}
        found[name] = own | {each.partition(".")[0] for each in every} - {"driftgate"}
    return found


def wrong_way(imports: Imports) -> list[str]:
    """Imports from a wing to one below it."""
    place = {wing: number for number, wing in enumerate(WINGS)}
    wrong = []
    for module, imported in imports.items():
        wing = _wing(module)
        for other in imported:
            target = _wing(other)
            if not target or wing in {target, "", *LOOSE}:
                continue
            allowed = target in EMULATOR if wing == "emulator" else place[target] < place[wing]
            if not allowed:
                wrong.append(f"{module} imports {other}")
    return wrong


def reaches_online(imports: Imports) -> list[str]:
    """Modules of offline wings from which imports lead to a package that sends, serves or generates."""
    found = []
    for module in imports:
        if _wing(module) in OFFLINE:
            seen: set[str] = set()
            waiting = [module]
            while waiting:
                each = waiting.pop()
                if each not in seen:
                    seen.add(each)
                    # a module's packages are imported before it
                    packages = [each.rsplit(".", depth)[0] for depth in range(1, each.count(".") + 1)]
                    waiting += [*imports.get(each, ()), *packages]
            found += [f"{module} reaches {package}" for package in sorted(seen & ONLINE_PACKAGES)]
    return found


def test_imports_run_one_way():
    assert wrong_way(imports_of()) == []


def test_offline_never_reaches_online():
    assert reaches_online(imports_of(types=False)) == []


def test_no_modules_import_each_other():
    assert house.floors(house.imports_of(house.trees_of(PACKAGE), types=False))


def test_modules_that_import_each_other_are_noticed():
    trees = {"one": ast.parse("import two"), "two": ast.parse("def later():\n    from one import name")}
    with pytest.raises(CycleError):
        house.floors(house.imports_of(trees, types=False))


def test_an_import_in_the_wrong_direction_is_noticed():
    imports = {**imports_of(), "driftgate.record.extra": {"driftgate.run.options"}}
    assert wrong_way(imports) == ["driftgate.record.extra imports driftgate.run.options"]


def test_a_way_from_offline_to_online_is_noticed_over_several_modules():
    imports = {**imports_of(types=False), "driftgate.drift.extra": {"driftgate.session.reads"}}
    assert "driftgate.drift.extra reaches httpx" in reaches_online(imports)


def test_an_import_for_types_is_not_loaded_but_runs_one_way_too():
    tree = ast.parse("if TYPE_CHECKING:\n    import httpx\nimport json\n")
    assert set(_imported(_without_types(tree))) == {"json"}
    assert set(_imported(tree)) == {"json", "httpx"}


def test_every_module_lies_in_a_wing():
    loose = {path.stem for path in PACKAGE.glob("*.py")}
    assert loose == LOOSE
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(WINGS)


def test_no_vendor_is_named_in_the_engine_or_in_the_suites():
    words = re.compile(rf"(?<![a-z])({'|'.join(available())})", re.IGNORECASE)
    engine = [path for path in PACKAGE.rglob("*.py") if "emulator" not in path.relative_to(PACKAGE).parts]
    for path in [*engine, *SUITES.glob("*.py")]:
        assert not words.search(path.read_text()), path


def test_modules_are_small_and_say_what_they_are_for():
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert len(text.splitlines()) <= LONGEST_MODULE, path
        assert ast.get_docstring(ast.parse(text)), path


def _tests():
    for path in SUITES.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield node


def test_tests_of_the_suites_are_short_statements():
    for test in _tests():
        assert test.name.startswith("test_")
        assert "should" not in test.name
        assert (test.end_lineno or 0) - test.lineno < 12, test.name


@pytest.mark.parametrize("word", ["skip", "xfail", "known failure"])
def test_nothing_is_passed_over_in_silence(word):
    for path in [*PACKAGE.rglob("*.py"), *SUITES.glob("*.py")]:
        text = path.read_text().replace('"skipped"', "")
        assert word not in text, path
