"""The page of the checks: what each holds, what its requirements tell, and who has one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from driftgate.base.paths import SUITES
from driftgate.checks.registry import CHECKS
from driftgate.contract import available, load_contract
from driftgate.contract.schemas import file_schema
from tests.reference.files import members
from tests.reference.markdown import anchor_of, code, heading, plain


def checks() -> Iterator[str]:
    """Every check, in the order in which a run tests them."""
    yield from ("# Checks", "")
    yield from (
        "A check tests one kind of requirement. A requirement names its check, and gives its parameters in further members "
        "of its row in `contracts/VENDOR/requirements.yaml`.",
        "",
    )
    asked = _asked()
    schema = file_schema("requirements").schema
    for check in CHECKS:
        yield from heading(2, code(check.name))
        yield from (check.holds, "")
        yield from members(_detail(schema, check.name), "requirements")
        tests = "; ".join(asked.get(check.name, ()))
        if tests:
            yield from (f"In the suites: {plain(tests)}.", "")
        yield from (f"Requirements: {', '.join(_of(check.name)) or 'none'}.", "")


def _detail(schema: Mapping, check: str) -> Mapping:
    """What the schema says of a row that names this check."""
    for rule in schema["$defs"]["requirement"]["allOf"]:
        named = rule["if"]["properties"].get("check", {})
        if check in named.get("enum", [named.get("const")]):
            return {**rule["then"], "properties": _without_level(rule["then"].get("properties", {}))}
    return {}


def _without_level(properties: Mapping) -> dict:
    return {name: schema for name, schema in properties.items() if name != "level"}


def _asked() -> dict[str, list[str]]:
    """The statements that the tests of the suites make, by check."""
    asked: dict[str, list[str]] = {}
    for path in sorted(SUITES.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                if isinstance(mark, ast.Call) and mark.args and isinstance(mark.args[0], ast.Constant):
                    statement = node.name.removeprefix("test_").replace("_", " ")
                    asked.setdefault(mark.args[0].value, []).append(statement)
    return asked


def _of(check: str) -> Iterator[str]:
    for vendor in available():
        for row in load_contract(vendor).requirements:
            if row.check == check:
                yield f"[`{row.id}`](requirements-{vendor}.md#{anchor_of(row.id)})"
