"""The page of the checks: what each holds, what its requirements tell, and who has one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from driftgate.base.paths import SUITES
from driftgate.contract import available, load_contract
from driftgate.contract.schemas import own_schema
from driftgate.pytest_plugin.suite import CHECKS
from tests.reference.files import members
from tests.reference.markdown import anchor_of, code, heading, plain

_HOLDS = {
    "accepts": "A body that the contract allows is answered with success, or with a refusal documented as just as good.",
    "rejects": "A body that breaks just one rule is refused and changes nothing; a control request without the fault "
    "succeeds.",
    "limits": "A text is accepted at the bound, and refused beyond it, in several alphabets.",
    "either-or": "Each of several fields alone and all of them are accepted, none is refused.",
    "echoes": "The answer carries exactly the name that was sent.",
    "persists": "A later read carries exactly the name that was sent.",
    "ignores": "A field has no effect, whatever it holds.",
    "keeps": "What a rename must not touch is as it was, in other conversations too.",
    "repeats": "The present name, a former one, and one in use elsewhere can be given.",
    "answers": "Every answer of the run has the documented status, media type and form, whichever test caused it.",
    "refuses": "A named situation gets its documented refusal and changes nothing.",
    "survives": "No body, however malformed, is answered with a server error.",
    "observes": "What the target does where the page is silent is recorded; it never fails.",
    "lives": "In a long life of renames, reads, creations and deletions in any order, every answer and every later read "
    "agrees with what was done.",
}


def checks() -> Iterator[str]:
    """Every check, in the order in which a run tests them."""
    yield from ("# Checks", "")
    yield from (
        "A check tests one kind of requirement. A requirement names its check, and gives its parameters in further members "
        "of its row in `contracts/VENDOR/requirements.yaml`.",
        "",
    )
    asked = _asked()
    schema = own_schema("requirements").schema
    for check in CHECKS:
        yield from heading(2, code(check))
        yield from (_HOLDS.get(check) or f"{asked[check][0]}.", "")
        yield from members(_detail(schema, check), "requirements")
        tests = "; ".join(asked.get(check, ()))
        if tests:
            yield from (f"In the suites: {plain(tests)}.", "")
        yield from (f"Requirements: {', '.join(_of(check)) or 'none'}.", "")


def _detail(schema: Mapping, check: str) -> Mapping:
    """What the schema says of a row that names this check."""
    for rule in schema["$defs"]["requirement"]["allOf"]:
        named = rule["if"]["properties"]["check"]
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
