"""Checks how requirements.yaml uses the operations: what each sends, and where it looks in the answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftgate.base.jsonvalue import JSON, brief
from driftgate.base.suggest import did_you_mean
from driftgate.contract.check_document import judging_schema, references
from driftgate.contract.check_templates import PARAMETER, field_problem, lost, misfits, unknown_placeholders
from driftgate.contract.check_transport import transport_problems
from driftgate.contract.navigate import DeadEnd, follow
from driftgate.contract.problem import CATALOGUE, DOCUMENT, Problem
from driftgate.contract.schemas import permits, validator
from driftgate.contract.template import SUPPLIED, fill, placeholders
from driftgate.contract.view import Found, View

# what a run has for the templates of an operation, beside the contract's parameters
_SUPPLIED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "rename": {"path": ("conversation",), "query": ("conversation", "name"), "body": ("conversation", "name")},
    "create": {"path": (), "query": ("name",), "body": ("name",)},
    "read": {"path": ("conversation",), "query": ("conversation",), "body": ("conversation",)},
    "delete": {"path": ("conversation",), "query": ("conversation",), "body": ("conversation",)},
    "list": {"path": (), "query": ("name",), "body": ("name",)},
}


def problems(view: View) -> Iterator[Problem]:
    """What is wrong with the catalogue's parameters, operations, outcomes and conversation."""
    yield from _parameters(view)
    for role, row in view.catalogue["operations"].items():
        found = view.operations.get(role)
        if found is None:
            hint = did_you_mean(row["operation"], view.operation_ids)
            says = f"{DOCUMENT} has no operation {row['operation']!r}{hint}"
            yield Problem(CATALOGUE, f"/operations/{role}/operation", says)
            continue
        yield from _sent(view, found)
        yield from _looked_for(view, found)
    yield from _conversation(view)
    yield from _outcomes(view)


def _parameters(view: View) -> Iterator[Problem]:
    for name, row in view.params.items():
        pointer = f"/parameters/{name}"
        if name in SUPPLIED:
            yield Problem(CATALOGUE, pointer, f"the parameter {name} has the name of what a run fills in", "rename it")
        elif not PARAMETER.fullmatch(name):
            mend = "use small letters and underscores"
            yield Problem(CATALOGUE, pointer, f"the parameter {name} cannot stand in ${{…}}", mend)
        yield from unknown_placeholders(CATALOGUE, f"{pointer}/default", row.get("default"), (), view.params)
    other = view.catalogue.get("other_account", {})
    yield from unknown_placeholders(CATALOGUE, "/other_account", other, (), view.params)
    yield from key_problems(view, "/other_account/credential", other.get("credential", ""))


def key_problems(view: View, pointer: str, credential: str) -> Iterator[Problem]:
    """A parameter that is sent as a key, and not kept as one."""
    for name in placeholders(credential):
        if name in view.params and not view.params[name].get("secret"):
            yield Problem(CATALOGUE, pointer, f"the parameter {name} holds a key", "give the parameter secret: true")


def _sent(view: View, found: Found) -> Iterator[Problem]:
    """What is wrong with an operation's path, query and body."""
    for part in ("path", "query", "headers", "body"):
        supplied = _SUPPLIED[found.role].get(part, ())
        yield from unknown_placeholders(
            CATALOGUE, f"{found.position}/{part}", found.row.get(part), supplied, view.params
        )
    if view.usable:
        yield from _path(found)
        yield from _named(found, "query", "query parameter")
        yield from _named(found, "header", "header parameter")
        yield from transport_problems(view, found)
        yield from _body(view, found)
    sent = placeholders([found.row.get(part, {}) for part in ("path", "query", "headers", "body")])
    if "conversation" not in sent and (found.role in ("rename", "delete") or "conversation" in found.row):
        yield from _nameless(found, "${conversation}", "which conversation it is about")
    if found.role == "rename" and "name" not in sent:
        yield from _nameless(found, "${name}", "the new name")


def _nameless(found: Found, placeholder: str, what: str) -> Iterator[Problem]:
    if found.role != "create":
        mend = f"put {placeholder} into path, query or body"
        yield Problem(CATALOGUE, found.position, f"the operation {found.role} does not say {what}", mend)


def _path(found: Found) -> Iterator[Problem]:
    given = found.row.get("path", {})
    named = re.findall(r"\{([^}]+)\}", found.url)
    for name in named:
        if name not in given:
            mend = f'add path: {{{name}: "…"}}'
            yield Problem(CATALOGUE, found.position, f"no value for {{{name}}} in the path {found.url}", mend)
    for name in given:
        if name not in named:
            hint = did_you_mean(name, named)
            yield Problem(CATALOGUE, f"{found.position}/path/{name}", f"the path {found.url} has no {{{name}}}{hint}")


def _named(found: Found, within: str, what: str) -> Iterator[Problem]:
    """Parameters of the query or the header: those that the document does not name, and those that it requires."""
    member = {"query": "query", "header": "headers"}[within]
    rows = [each for each in found.says["parameters"] if each.get("in") == within]
    known = [str(each.get("name")) for each in rows] + list(found.keys_of(within))
    given = found.row.get(member, {})
    used = [(f"{member}/{name}", name) for name in given]
    paging = [part for part in ("next", "size") if within in found.row.get(part, {})]
    used += [(f"{part}/query", found.row[part]["query"]) for part in paging]
    for position, name in used:
        if name not in known:
            hint = did_you_mean(name, known)
            mend = f"add it to the operation's parameters in {DOCUMENT}" if not hint else ""
            says = f"{found.row['operation']} has no {what} {name}{hint}"
            yield Problem(CATALOGUE, f"{found.position}/{position}", says, mend)
    for row in rows:
        if row.get("required") and row.get("name") not in given:
            says = f"no value for the {what} {row['name']}, which {DOCUMENT} requires"
            yield Problem(CATALOGUE, found.position, says, f'add {member}: {{{row["name"]}: "…"}}')


def _body(view: View, found: Found) -> Iterator[Problem]:
    body, described = found.row.get("body"), found.says.get("requestBody")
    pointer = f"{found.position}/body"
    if body is not None and described is None:
        mend = f"describe it as requestBody in {DOCUMENT}"
        yield Problem(CATALOGUE, pointer, f"{found.row['operation']} takes no body", mend)
    if body is None and described and described.get("required"):
        yield Problem(
            CATALOGUE, found.position, f"no body for {found.row['operation']}, which requires one", "add body"
        )
    if body is not None and found.request:
        yield from body_problems(view, CATALOGUE, pointer, body, found.request)
    for part in ("next", "size"):
        member = found.row.get(part, {}).get("body")
        if member is not None:
            yield from field_problem(f"{found.position}/{part}/body", member, found.request)


def body_problems(view: View, file: str, pointer: str, body: JSON, schemas: Sequence[JSON]) -> Iterator[Problem]:
    """What makes a body none that the contract allows."""
    misfitting = list(misfits(file, pointer, body, schemas, view.typed))
    yield from misfitting
    if not misfitting:
        filled = _filled(body, view)
        for schema in schemas:
            for error in () if permits(schema, filled) else validator(schema).iter_errors(filled):
                if error.validator == "required":
                    names = [name for name in error.validator_value if name not in error.instance]
                    says = f"the body lacks {' and '.join(names)}, which {DOCUMENT} requires"
                    yield Problem(file, pointer, says)


def _filled(template: JSON, view: View) -> Any:
    """A template with a value for each placeholder, whatever its position knows."""
    return fill(template, {**dict.fromkeys(placeholders(template), ""), **view.samples})


def _looked_for(view: View, found: Found) -> Iterator[Problem]:
    """Pointers that lead nowhere in the answers of an operation."""
    answers, where = found.answers(), f"the answers of {found.row['operation']}"
    for member in ("conversation", "items", "id"):
        if member in found.row:
            yield from lost(CATALOGUE, f"{found.position}/{member}", found.row[member], answers, where)
    for member in ("more", "cursor"):
        if member in found.row.get("next", {}):
            position = f"{found.position}/next/{member}"
            yield from lost(CATALOGUE, position, found.row["next"][member], answers, where)
    base = found.row.get("conversation")
    schemas = follow(answers, base) if answers and base is not None else ()
    if found.role == "rename" and base is not None and not isinstance(schemas, DeadEnd):
        name = view.catalogue["conversation"]["name"]
        yield from lost(CATALOGUE, "/conversation/name", name, schemas, f"a conversation in {where}")


def _conversation(view: View) -> Iterator[Problem]:
    row = view.catalogue["conversation"]
    for member in ("id", "name", "created"):
        if member in row:
            to, what = row[member], "a conversation, as the read shows it"
            yield from lost(CATALOGUE, f"/conversation/{member}", to, view.conversation, what)
    ids = follow(view.conversation, row["id"]) if view.conversation else ()
    if not isinstance(ids, DeadEnd) and ids and not any(_is_id(row["unknown"], schema) for schema in ids):
        mend = "give one that is of the form of an id, and that no conversation has"
        says = f"unknown: {brief(row['unknown'])} is no id by the schemas of {DOCUMENT}"
        yield Problem(CATALOGUE, "/conversation/unknown", says, mend)
    for index, loss in enumerate(row.get("losses", ())):
        yield from catalogue_schema(view, f"/conversation/losses/{index}/when", loss["when"])


def _is_id(text: str, schema: JSON) -> bool:
    return permits(schema, text) or (text.isdigit() and permits(schema, int(text)))


def _outcomes(view: View) -> Iterator[Problem]:
    outcomes = view.catalogue["outcomes"]
    for kind in ("success", "refusal", "unavailable"):
        for index, row in enumerate(outcomes.get(kind, ())):
            yield from catalogue_schema(view, f"/outcomes/{kind}/{index}/body", row.get("body", True))
    whole = {status for row in outcomes["success"] if row.get("body", True) is True for status in row["status"]}
    for index, row in enumerate(outcomes["refusal"]):
        taken = [status for status in row["status"] if status in whole or f"{status[0]}XX" in whole]
        if taken:
            says = f"an answer with {' or '.join(taken)} is a success already, whatever its body"
            mend = "tell success and refusal apart by body"
            yield Problem(CATALOGUE, f"/outcomes/refusal/{index}/status", says, mend)
    rename = view.operations.get("rename")
    for member in ("code", "message"):
        if member in outcomes and rename:
            where = f"the answers of {rename.row['operation']}"
            yield from lost(CATALOGUE, f"/outcomes/{member}", outcomes[member], rename.answers("any"), where)


def catalogue_schema(view: View, pointer: str, schema: JSON) -> Iterator[Problem]:
    """What is wrong with a schema of the catalogue, by which answers are judged."""
    yield from references(CATALOGUE, schema, view.document, pointer)
    inlined = view.inlined(schema)
    if inlined is not None:
        yield from judging_schema(CATALOGUE, pointer, inlined)
