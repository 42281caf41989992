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
    "accepts": "The target accepts a body that the contract allows, or answers with a refusal that the row allows.",
    "rejects": "The target refuses a body that breaks one rule, and changes nothing; a control request without the mistake "
    "succeeds.",
    "limits": "The target accepts a text at the limit and refuses a longer one, in several alphabets.",
    "either-or": "The target accepts each of several fields alone and all of them together, and refuses a body with none.",
    "echoes": "The answer has exactly the name that was sent.",
    "persists": "A later read shows exactly the name that was sent.",
    "ignores": "A field has no effect, for any value.",
    "keeps": "A rename does not change other members of the conversation, or other conversations.",
    "repeats": "A conversation can get its present name, a former name, and a name that another conversation has.",
    "answers": "Every answer of the run has the documented status, media type and form, whichever test sent the request.",
    "refuses": "A named situation leads to the documented refusal and changes nothing.",
    "survives": "No request body, even a malformed one, causes a server error.",
    "observes": "driftgate records the behaviour where the page is silent; the requirement never fails.",
    "lives": "In a sequence of creations, renames, reads, lists and deletions in any order, every answer agrees with a model "
    "of the conversations.",
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
