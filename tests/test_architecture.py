"""The code is what the README's picture says: one direction, vendors as data, small modules, statements as tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from driftgate.base.paths import SUITES
from driftgate.contract import available

PACKAGE = Path(__file__).parent.parent / "driftgate"

# contract -> requirement -> check -> case -> exchange -> finding -> verdict -> record -> report, drift
LAYERS = [
    ["errors", "paths", "secret", "jsonvalue", "interrupt"],
    ["yamlfile", "ids"],
    ["contract"],
    ["network", "targetsfile", "starter", "params"],
    ["target"],
    ["generate"],
    ["cases"],
    ["exchange"],
    ["outcome"],
    ["decoding", "patience", "wire", "traces"],
    ["client", "journal"],
    ["lookup"],
    ["conversations"],
    ["putback"],
    ["refusals"],
    ["live"],
    ["observation", "verdict"],
    ["answers", "expect", "again"],
    ["property"],
    ["search"],
    ["fuzz"],
    ["lifecycle"],
    ["suite"],
    ["shapes", "options", "waivers"],
    ["record"],
    ["recordfile", "latency"],
    ["drift"],
    ["docs", "result"],
    ["run"],
    ["prepare"],
    ["report", "doctor"],
    ["judge", "history"],
    ["session", "parallel", "merge"],
    ["exports"],
    ["plugin"],
    ["arguments"],
    ["commands"],
    ["cli"],
    ["__main__"],
]
# a product of its own: uses the contracts, and is used by whoever starts one
EMULATOR = {"contract", "errors", "yamlfile", "emulator"}
STARTERS = {"run", "prepare", "doctor", "commands", "emulator"}


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, path.relative_to(PACKAGE).with_suffix("").parts[0]


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("driftgate"):
            rest = (node.module or "").split(".")[1:]
            yield from rest[:1] or [alias.name for alias in node.names]


def test_imports_run_one_way():
    place = {name: number for number, names in enumerate(LAYERS) for name in names}
    for path, module in _modules():
        for imported in set(_imports(path)) - {"__version__", module}:
            if module == "emulator":
                assert imported in EMULATOR, f"{path.name} imports {imported}"
            elif imported == "emulator":
                assert module in STARTERS, f"{path.name} imports {imported}"
            elif module != "__init__":
                assert place[imported] < place[module], f"{path.name} imports {imported}"


def test_every_module_has_a_place_in_the_layers():
    known = {name for names in LAYERS for name in names} | {"emulator", "__init__"}
    assert {module for _, module in _modules()} == known


def test_no_vendor_is_named_in_the_engine_or_in_the_suites():
    words = re.compile(rf"(?<![a-z])({'|'.join(available())})", re.IGNORECASE)
    paths = [path for path, module in _modules() if module != "emulator"] + list(SUITES.glob("*.py"))
    for path in paths:
        assert not words.search(path.read_text()), path


def test_modules_are_small_and_say_what_they_are_for():
    for path, _ in _modules():
        text = path.read_text()
        assert len(text.splitlines()) <= 320, path
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
