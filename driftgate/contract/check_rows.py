"""Checks the rows: requirements, what is not tested, and examples, each against what the contract describes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, pointer_to, with_members, without_members
from driftgate.base.suggest import did_you_mean
from driftgate.contract.check_operations import body_problems, catalogue_schema, key_problems
from driftgate.contract.check_templates import field_problem, lost, unknown_placeholders
from driftgate.contract.check_transport import is_form
from driftgate.contract.navigate import DeadEnd, follow, parts
from driftgate.contract.problem import CATALOGUE, DOCUMENT, EXAMPLES, Problem
from driftgate.contract.schemas import file_schema, permits, validator, violations
from driftgate.contract.template import fill, placeholders
from driftgate.contract.transport import carrier_of
from driftgate.contract.view import View

Row = Mapping[str, Any]


def problems(view: View, bad: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """What is wrong with the rows that are of the right form; ``bad`` are the others, by file."""
    requirements = list(view.rows("requirements", bad[CATALOGUE]))
    untested = list(view.rows("not_tested", bad[CATALOGUE]))
    yield from _ids(view, [*requirements, *untested])
    for pointer, row in (*requirements, *untested):
        yield from _source(view, CATALOGUE, pointer, row)
    for pointer, row in requirements:
        yield from _needs(view, pointer, row)
        yield from _OF_CHECK.get(row["check"], _nothing)(view, pointer, row)
    seen: set[str] = set()
    for pointer, row in view.rows("examples", bad[EXAMPLES]):
        if row["id"] in seen:
            yield Problem(EXAMPLES, f"{pointer}/id", f"the id {row['id']} stands twice", "give each its own")
        seen.add(row["id"])
        yield from _source(view, EXAMPLES, pointer, row)
        yield from _example(view, pointer, row)


def _nothing(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    return iter(())


def _ids(view: View, rows: list[tuple[str, Row]]) -> Iterator[Problem]:
    seen: set[str] = set()
    vendor = view.catalogue["vendor"]
    for pointer, row in rows:
        if row["id"] in seen:
            yield Problem(CATALOGUE, f"{pointer}/id", f"the id {row['id']} stands twice", "give each row its own")
        if not row["id"].startswith(f"{vendor}."):
            says = f"the id {row['id']} does not begin with the vendor's name"
            yield Problem(CATALOGUE, f"{pointer}/id", says, f"begin it with {vendor}.")
        seen.add(row["id"])


def _source(view: View, file: str, pointer: str, row: Row) -> Iterator[Problem]:
    page, pages = row["source"].get("page"), view.catalogue["pages"]
    if page is not None and page not in pages:
        says = f"the page {page!r} is not among pages{did_you_mean(page, pages)}"
        yield Problem(file, f"{pointer}/source/page", says, f"pages are {', '.join(pages)}")


def _needs(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    """What the catalogue lacks that the check of a row needs: ``x-needs`` of its schema."""
    schema: Any = file_schema("requirements").schema
    for rule in schema["$defs"]["requirement"]["allOf"]:
        if "x-needs" in rule["then"] and permits(rule["if"], row):
            for needed in rule["then"]["x-needs"]:
                if at(view.catalogue, needed) is ABSENT:
                    name = needed[1:].replace("/", ".")
                    yield Problem(CATALOGUE, f"{pointer}/check", f"needs {name}", f"add {name} to {CATALOGUE}")


def _body(view: View, position: str, body: JSON, supplied: tuple[str, ...]) -> Iterator[Problem]:
    """A body that a row gives for the rename."""
    yield from unknown_placeholders(CATALOGUE, position, body, supplied, view.params)
    yield from body_problems(view, CATALOGUE, position, body, view.body)


def _given_body(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    if "body" in row:
        yield from _body(view, f"{pointer}/body", row["body"], ("conversation", "name"))


def _accepts(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    for index, body in enumerate(row.get("bodies", ())):
        yield from _body(view, f"{pointer}/bodies/{index}", body, ("conversation",))
    if "examples" in row and not any("request" in each for each in view.examples["examples"]):
        yield Problem(CATALOGUE, f"{pointer}/examples", f"{EXAMPLES} has no request", "add one, or name bodies")
    yield from _answer(view, f"{pointer}/or", row.get("or", {}))


def _named(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    yield from _given_body(view, pointer, row)
    if row["check"] == "echoes" and "conversation" not in view.catalogue["operations"]["rename"]:
        mend = "use persists, or say where the answer to a rename has the conversation"
        yield Problem(CATALOGUE, f"{pointer}/check", "the answer to a rename has no conversation to echo", mend)
    if row.get("names") == "example" and not any("request" in each for each in view.examples["examples"]):
        yield Problem(CATALOGUE, f"{pointer}/names", f"{EXAMPLES} has no request to take a name from", "add one")


def _rejects(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    yield from _given_body(view, pointer, row)
    template = row.get("body", at(view.catalogue, "/operations/rename/body"))
    for index, change in enumerate(row["breaks"]):
        position = f"{pointer}/breaks/{index}"
        yield from unknown_placeholders(CATALOGUE, f"{position}/set", change.get("set"), ("conversation",), view.params)
        absent = [name for name in change.get("remove", ()) if at(template, pointer_to(name)) is ABSENT]
        yield from _in_a_form(view, position, change)
        for name in absent:
            hint = did_you_mean(name, template)
            says = f"the break changes nothing: the body has no member {name} to remove{hint}"
            yield Problem(CATALOGUE, f"{position}/remove", says)
        if "raw" not in change and not absent:
            yield from _unbroken(view, position, template, change)


def _in_a_form(view: View, position: str, change: Row) -> Iterator[Problem]:
    """What cannot be sent as a form: it has texts alone, and no text is cut-off JSON."""
    rename = view.operations.get("rename")
    if rename is None or not view.usable or not is_form(view, rename):
        return
    if change.get("raw") == "truncated":
        yield Problem(CATALOGUE, f"{position}/raw", "a form is no JSON that could be cut off", "remove the break")
    for name, value in change.get("set", {}).items():
        if not isinstance(value, str):
            says = f"{brief(value)} would be sent as text, since the body is a form"
            yield Problem(CATALOGUE, f"{position}/set/{name}", says, "remove the break")


def _unbroken(view: View, position: str, template: Mapping[str, JSON], change: Row) -> Iterator[Problem]:
    """A break after which the body is as valid as before."""
    values = {**dict.fromkeys(placeholders([template, dict(change)]), "driftgate"), **view.samples}
    valid: Any = fill(template, values)
    broken = with_members(without_members(valid, change.get("remove", ())), fill(change.get("set", {}), values))
    if broken == valid:
        yield Problem(CATALOGUE, position, "the break changes nothing", "remove or set what makes the body invalid")
    elif view.body and all(permits(schema, broken) for schema in view.body):
        says = f"the break breaks no rule: the schema of {DOCUMENT} allows {brief(broken)}"
        yield Problem(CATALOGUE, position, says, "let the schema say what is forbidden, or remove the break")


def _limits(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    yield from field_problem(f"{pointer}/field", row["field"], view.body)
    found = follow(view.body, pointer_to(row["field"])) if view.body else ()
    schemas = () if isinstance(found, DeadEnd) else found
    for bound in [each["maxLength"] for each in parts(schemas) if "maxLength" in each]:
        if bound != row["at_most"]:
            says = f"at_most: {row['at_most']}, but {DOCUMENT} says maxLength: {bound} of {row['field']}"
            yield Problem(CATALOGUE, f"{pointer}/at_most", says, "one of them is wrong")


def _either_or(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    for index, name in enumerate(row["fields"]):
        yield from field_problem(f"{pointer}/fields/{index}", name, view.body)


def _ignores(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    yield from _given_body(view, pointer, row)
    yield from field_problem(f"{pointer}/field", row["field"], view.body)


def _members(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    for member in ("members", "others"):
        for index, to in enumerate(row.get(member, ())):
            what = "a conversation, as the read shows it"
            yield from lost(CATALOGUE, f"{pointer}/{member}/{index}", to, view.conversation, what)


def _answers(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    role = row.get("operation", "rename")
    found = view.operations.get(role)
    schemas = found.answers(row.get("on", "success")) if found else ()
    where = f"the answers of {found.row['operation']}" if found else ""
    if "at" in row:
        yield from lost(CATALOGUE, f"{pointer}/at", row["at"], schemas, where)
    for member in ("present", "ordered"):
        for index, to in enumerate(row.get(member, ())):
            yield from lost(CATALOGUE, f"{pointer}/{member}/{index}", to, schemas, where)
    if "schema" in row:
        yield from catalogue_schema(view, f"{pointer}/schema", row["schema"])
    known = ("conversation", "status")
    for member in ("schema", "text"):
        yield from unknown_placeholders(CATALOGUE, f"{pointer}/{member}", row.get(member), known, view.params)
    wanted = row.get("media_type", "a/b")
    if wanted != wanted.lower() or ";" in wanted or wanted.count("/") != 1:
        mend = "write it in small letters and without parameters, such as application/json"
        yield Problem(CATALOGUE, f"{pointer}/media_type", f"{brief(wanted)} is no media type", mend)


def _answer(view: View, pointer: str, answer: Row) -> Iterator[Problem]:
    if "schema" in answer:
        yield from catalogue_schema(view, f"{pointer}/schema", answer["schema"])
        known = ("conversation", "status")
        yield from unknown_placeholders(CATALOGUE, f"{pointer}/schema", answer["schema"], known, view.params)


def _refuses(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    request = row["request"]
    if "body" in request:
        yield from _body(view, f"{pointer}/request/body", request["body"], ("conversation", "name"))
    position, credential = f"{pointer}/request/credential", request.get("credential", "")
    yield from unknown_placeholders(CATALOGUE, position, credential, (), view.params)
    yield from key_problems(view, position, credential)
    yield from _key_forms(view, position, credential)
    yield from _answer(view, f"{pointer}/answer", row.get("answer", {}))


def _key_forms(view: View, position: str, credential: str) -> Iterator[Problem]:
    """A credential that cannot be sent in the way in which the contract has keys sent."""
    rename = view.operations.get("rename")
    if rename is None or not credential or not view.usable:
        return
    carriers = [each for each in map(carrier_of, rename.schemes) if each is not None]
    if not carriers:
        says = f"credential: {credential}, but {DOCUMENT} has no security for {rename.row['operation']}"
        yield Problem(CATALOGUE, position, says, f"add security and components.securitySchemes to {DOCUMENT}")
    elif credential in ("no-scheme", "other-scheme") and carriers[0].within != "bearer":
        says = f"credential: {credential}, but the key is sent without a scheme, in {carriers[0].name}"
        yield Problem(CATALOGUE, position, says, "remove the row")


def _stateful(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    if "descending" in row:
        what = "a conversation, as the read shows it"
        yield from lost(CATALOGUE, f"{pointer}/descending", row["descending"], view.conversation, what)
    yield from _answer(view, f"{pointer}/answer", row.get("answer", {}))


def _observes(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    for member in ("body", "set"):
        known = ("conversation", "name")
        yield from unknown_placeholders(CATALOGUE, f"{pointer}/{member}", row.get(member), known, view.params)


def _example(view: View, pointer: str, row: Row) -> Iterator[Problem]:
    if "request" in row:
        position, request = f"{pointer}/request", row["request"]
        yield from unknown_placeholders(EXAMPLES, position, request, ("conversation",), view.params)
        yield from body_problems(view, EXAMPLES, position, request, view.body)
    rename = view.operations.get("rename")
    if "answer" in row and rename:
        responses, status = rename.says.get("responses", {}), str(row["answer"]["status"])
        response = responses.get(status, responses.get(f"{status[0]}XX", responses.get("default")))
        if response is None and view.usable:
            says = f"{DOCUMENT} documents no answer with HTTP {status}"
            yield Problem(EXAMPLES, f"{pointer}/answer/status", says, "add it to responses")
            return
        schema = (response or {}).get("content", {}).get("application/json", {}).get("schema", True)
        if permits(schema, row["answer"]["body"]):
            return
        for below, expected, actual, _ in violations(validator(schema), row["answer"]["body"]):
            says = f"{below or 'the body'}: expected {expected}, and the example has {brief(actual)}"
            yield Problem(
                EXAMPLES, f"{pointer}/answer/body{below}", says, f"correct the example, or the schema of {DOCUMENT}"
            )


_OF_CHECK: Mapping[str, Callable[[View, str, Row], Iterator[Problem]]] = {
    "accepts": _accepts,
    "answers": _answers,
    "echoes": _named,
    "either-or": _either_or,
    "generates": _given_body,
    "ignores": _ignores,
    "keeps": _members,
    "limits": _limits,
    "observes": _observes,
    "persists": _named,
    "refuses": _refuses,
    "rejects": _rejects,
    "rereads": _members,
    "stateful": _stateful,
}
