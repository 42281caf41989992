"""Checks templates: the placeholders that have a value there, and the members that the contract's schemas describe."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from driftgate.base.jsonvalue import JSON, brief, pointer_to
from driftgate.base.suggest import did_you_mean
from driftgate.contract.navigate import DeadEnd, follow, step, types_of
from driftgate.contract.problem import CATALOGUE, DOCUMENT, Problem
from driftgate.contract.schemas import permits
from driftgate.contract.template import SUPPLIED, placeholders

_ANY_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
PARAMETER = re.compile(r"[a-z_]+")


def unknown_placeholders(
    file: str, pointer: str, template: JSON, supplied: Collection[str], params: Collection[str]
) -> Iterator[Problem]:
    """The placeholders of a template that its place has no value for: it has these, and the contract's parameters."""
    for position, text in _texts(pointer, template):
        for name in _ANY_PLACEHOLDER.findall(text):
            if name in supplied or name in params:
                continue
            known = [*sorted(supplied), *params]
            if name in SUPPLIED:
                says, hint = f"${{{name}}} has no value in this place", ""
            else:
                says, hint = f"${{{name}}} is not among the contract's parameters", did_you_mean(name, known)
            mend = "" if hint else f"known here are {', '.join(known) or 'none'}"
            yield Problem(file, position, says + hint, mend)


def _texts(pointer: str, template: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(template, str):
        yield pointer, template
    elif isinstance(template, Mapping):
        for key, value in template.items():
            yield from _texts(f"{pointer}/{key}", value)
    elif isinstance(template, list):
        for index, value in enumerate(template):
            yield from _texts(f"{pointer}/{index}", value)


def misfits(
    file: str, pointer: str, template: JSON, schemas: Sequence[JSON], params: Mapping[str, Any]
) -> Iterator[Problem]:
    """The members of a template that the schemas of its body do not describe, and values that these forbid."""
    if not schemas:
        return
    if isinstance(template, Mapping):
        for key, value in template.items():
            taken = step(schemas, str(key))
            if taken.possible:
                yield from misfits(file, f"{pointer}/{key}", value, taken.schemas, params)
            else:
                mend = f"the schemas of {DOCUMENT} describe {', '.join(taken.known)}"
                hint = did_you_mean(str(key), taken.known)
                yield Problem(file, f"{pointer}/{key}", f"no body has a member {key}{hint}", mend)
        return
    used = placeholders(template)
    if not used:
        if not any(permits(schema, template) for schema in schemas):
            yield Problem(file, pointer, f"{brief(template)} is not valid under the schema of {DOCUMENT}")
    elif isinstance(template, str):
        yield from _mistyped(file, pointer, template, schemas, params)


def _mistyped(
    file: str, pointer: str, template: str, schemas: Sequence[JSON], params: Mapping[str, Any]
) -> Iterator[Problem]:
    """A placeholder that stands for text where the schemas want none, or for an integer where they want text."""
    types = types_of(schemas)
    whole = template[2:-1] if template.startswith("${") and template.endswith("}") else ""
    is_id = whole == "conversation"
    has = "integer" if params.get(whole, {}).get("type") == "integer" else "string"
    fits = {has, "number"} if has == "integer" else {has}
    if types and not types & fits:
        mend = (
            f"give the parameter type: {'integer' if has == 'string' else 'string'}"
            if whole in params and not is_id
            else ""
        )
        yield Problem(file, pointer, f"{template} is a {has}, and {DOCUMENT} wants {' or '.join(sorted(types))}", mend)


def lost(file: str, pointer: str, to: str, schemas: Sequence[JSON], what: str) -> Iterator[Problem]:
    """A JSON pointer that leads nowhere in the schemas of an answer."""
    ended = follow(schemas, to) if schemas else ()
    if isinstance(ended, DeadEnd):
        hint = did_you_mean(ended.token, ended.known)
        mend = f"the schemas of {DOCUMENT} describe {', '.join(ended.known)}" if ended.known else ""
        yield Problem(file, pointer, f"{brief(to)} leads nowhere in {what}: there is no {ended.token}{hint}", mend)


def field_problem(pointer: str, name: str, schemas: Sequence[JSON]) -> Iterator[Problem]:
    """A member that no body of a rename has."""
    if schemas:
        ended = follow(schemas, pointer_to(name))
        if isinstance(ended, DeadEnd):
            hint = did_you_mean(ended.token, ended.known)
            mend = f"bodies have {', '.join(ended.known)}"
            yield Problem(CATALOGUE, pointer, f"no body of the rename has a member {name}{hint}", mend)
