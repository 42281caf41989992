"""Checks contract.yaml by itself: its references, its JSON Schemas, and that a run can send what it describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from driftgate.base.jsonvalue import JSON, at, brief, pointer_of
from driftgate.base.suggest import did_you_mean
from driftgate.contract.check_members import unknown_members
from driftgate.contract.navigate import all_schemas
from driftgate.contract.openapi import METHODS, inline
from driftgate.contract.problem import DOCUMENT, Problem
from driftgate.contract.schemas import FORMATS, is_schema, schema_errors
from driftgate.contract.view import View

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_KEYWORDS = frozenset(
    re.split(
        r"\s+",
        """$anchor $comment $defs $dynamicAnchor $dynamicRef $id $ref $schema $vocabulary additionalProperties allOf
        anyOf const contains contentEncoding contentMediaType contentSchema default dependentRequired
        dependentSchemas deprecated description discriminator else enum example examples exclusiveMaximum
        exclusiveMinimum externalDocs format if items maxContains maxItems maxLength maxProperties maximum
        minContains minItems minLength minProperties minimum multipleOf not oneOf pattern patternProperties
        prefixItems properties propertyNames readOnly required then title type unevaluatedItems
        unevaluatedProperties uniqueItems writeOnly xml""",
    )
)


def broken(view: View) -> Iterator[Problem]:
    """What makes contract.yaml unusable: references that lead nowhere, and schemas that are none."""
    yield from references(DOCUMENT, view.document, view.document)
    for pointer, schema in _schemas(view.document):
        yield from not_schemas(DOCUMENT, pointer, schema)


def doubtful(view: View) -> Iterator[Problem]:
    """What contract.yaml says and nobody would heed, and operations that cannot be told apart."""
    yield from unknown_members(view.document)
    for pointer, schema in _schemas(view.document):
        for path, each in all_schemas(schema):
            yield from _ignored(DOCUMENT, pointer + pointer_of(path), each)
    seen: set[str] = set()
    for url, item in view.document["paths"].items():
        for method in METHODS:
            identifier = str(item.get(method, {}).get("operationId", ""))
            if identifier and identifier in seen:
                pointer = pointer_of(["paths", url, method, "operationId"])
                yield Problem(DOCUMENT, pointer, f"the operationId {identifier} stands twice", "give each its own")
            seen.add(identifier)


def references(file: str, value: JSON, document: Mapping[str, Any], above: str = "") -> Iterator[Problem]:
    """The references in a value that lead nowhere or in a circle."""
    for path, reference in _references(value):
        pointer = above + pointer_of(path)
        if not isinstance(reference, str) or reference.partition("#")[0] not in ("", DOCUMENT):
            mend = "copy what it points to into components of contract.yaml"
            yield Problem(file, pointer, f"$ref {brief(reference)} leads out of contract.yaml", mend)
            continue
        try:
            inline({"$ref": reference}, document)
        except ValueError as problem:
            if str(problem).startswith(f"{reference} leads nowhere"):
                yield Problem(file, pointer, f"$ref {brief(reference)} leads nowhere{_near(reference, document)}")
            elif "circle" in str(problem):
                yield Problem(
                    file, pointer, f"$ref {brief(reference)} leads in a circle", "end it with a schema of its own"
                )


def _near(reference: str, document: Mapping[str, Any]) -> str:
    above, _, last = reference.partition("#")[2].rpartition("/")
    siblings = at(document, above)
    return did_you_mean(last, siblings) if isinstance(siblings, Mapping) else ""


def _references(value: JSON) -> Iterator[tuple[list[str | int], JSON]]:
    waiting: list[tuple[list[str | int], JSON]] = [([], value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, Mapping):
            if "$ref" in each:
                yield [*path, "$ref"], each["$ref"]
            waiting += [([*path, key], below) for key, below in each.items()]
        elif isinstance(each, list):
            waiting += [([*path, index], below) for index, below in enumerate(each)]


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, JSON]]:
    """The outermost schemas of the document, with their pointers."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield pointer_of(["components", "schemas", name]), schema
    waiting: list[tuple[list[str | int], JSON]] = [(["paths"], document["paths"])]
    waiting += [
        (["components", part], document.get("components", {}).get(part, {}))
        for part in ("parameters", "requestBodies", "responses")
    ]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, Mapping):
            if "schema" in each and path[-1] not in ("example", "examples"):
                yield pointer_of([*path, "schema"]), each["schema"]
            waiting += [([*path, key], below) for key, below in each.items() if key != "schema"]
        elif isinstance(each, list):
            waiting += [([*path, index], below) for index, below in enumerate(each)]


def not_schemas(file: str, pointer: str, schema: JSON) -> Iterator[Problem]:
    """What makes a JSON Schema none."""
    patterns = list(_patterns(file, pointer, schema))
    yield from patterns
    if not patterns and not is_schema(schema):
        for error in schema_errors(schema):
            yield Problem(file, pointer + pointer_of(list(error.absolute_path)), _not_a_schema(error))


def _patterns(file: str, pointer: str, schema: JSON) -> Iterator[Problem]:
    for path, each in all_schemas(schema):
        if isinstance(each.get("pattern"), str) and (why := _no_pattern(each["pattern"])):
            says = f"pattern {brief(each['pattern'])} is no regular expression: {why}"
            yield Problem(file, f"{pointer}{pointer_of(path)}/pattern", says)


def judging_schema(file: str, pointer: str, schema: JSON) -> Iterator[Problem]:
    """What is wrong with a schema by which answers are judged, so that every part of it has to count."""
    found = list(not_schemas(file, pointer, schema))
    yield from found
    for path, each in () if found else all_schemas(schema):
        position = pointer + pointer_of(path)
        yield from _ignored(file, position, each)
        if "format" in each and each["format"] not in FORMATS:
            hint = did_you_mean(str(each["format"]), FORMATS)
            mend = f"known are {', '.join(FORMATS)}; anything else as pattern"
            yield Problem(file, f"{position}/format", f"format {brief(each['format'])} would not be judged{hint}", mend)


def _ignored(file: str, position: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    for keyword in schema:
        if keyword == "nullable":
            mend = 'OpenAPI 3.1 writes type: [string, "null"]'
            yield Problem(file, f"{position}/nullable", "nullable means nothing in OpenAPI 3.1", mend)
        elif keyword not in _KEYWORDS and not str(keyword).startswith("x-"):
            hint = did_you_mean(str(keyword), _KEYWORDS)
            yield Problem(file, f"{position}/{keyword}", f"{keyword} is no keyword of JSON Schema{hint}")


def _not_a_schema(error: ValidationError) -> str:
    keyword = str(error.absolute_path[-1]) if error.absolute_path else "the schema"
    if keyword == "type" or (len(error.absolute_path) > 1 and error.absolute_path[-2] == "type"):
        hint = did_you_mean(str(error.instance), _TYPES)
        return f"type: {brief(error.instance)} is no type of JSON Schema{hint}"
    return f"{keyword}: {brief(error.instance)} is not allowed by JSON Schema ({error.message[:120]})"


def _no_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as problem:
        return str(problem)
    return ""
