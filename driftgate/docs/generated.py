"""Reads Markdown that is generated from an OpenAPI document: a heading and pipe tables for each operation and schema.

Such a page leaves out what its tables cannot hold: limits, null, and the branches of ``anyOf``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from driftgate.base.jsonvalue import brief
from driftgate.docs.model import Body, Description, Member, Unreadable
from driftgate.docs.openapi import is_refusal

_OPERATION = re.compile(
    r"### (?P<old>~~)?\[(?P<method>GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS)\] (?P<path>/[^\s~]*)(?:~~)?"
)
_SECTION = re.compile(r"#### (?P<title>\S.*)")
_RULE = re.compile(r"\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*")
_CELL = re.compile(r"(?<!\\)\|")
_MEDIA = re.compile(r"\*\*(?P<name>[\w.+*-]+/[\w.+*-]+)\*\*: (?P<schema>.*)")
_REFERENCE = re.compile(r"\[(?P<name>[\w.-]+)\]\(#[\w.-]*\)")
_ITEMS = re.compile(r"\[ (?P<inner>.+) \]")
_TYPE = re.compile(r"(?P<word>[A-Za-z]+)(?: \((?P<format>[\w-]+)\))?")
_VALUES = re.compile(r"\*\*Available values:\*\* (?P<values>.+?)(?:, <br>|$)")
_SCHEMES = re.compile(r"^#### .* \(HTTP, bearer\)$", re.MULTILINE)
_CODE = re.compile(r"`([a-z][a-z0-9_]*)` ?:")
_MOST_LINES = 20
_TYPES: Mapping[str, str] = {
    **{word: word for word in ("string", "integer", "number", "boolean", "object", "array")},
    **dict.fromkeys(("long", "int"), "integer"),
    **dict.fromkeys(("float", "double"), "number"),
    **dict.fromkeys(("binary", "byte", "date", "dateTime", "password"), "string"),
}


@dataclass(frozen=True)
class _Table:
    """A table under a heading: the operation that the heading belongs to, the heading, and the rows by column."""

    operation: tuple[str, str] | None
    title: str
    rows: Sequence[Mapping[str, str]]


def document(text: str) -> dict[str, Any] | None:
    """The OpenAPI document that a page was generated from, as far as it tells; None for another form.

    Raises Unreadable for a page that is cut off.
    """
    lines = text.splitlines()
    if not any(_OPERATION.fullmatch(line.rstrip()) for line in lines):
        return None
    paths: dict[str, dict[str, Any]] = {}
    for match in filter(None, (_OPERATION.fullmatch(line.rstrip()) for line in lines)):
        operation = {"responses": {}, **({"deprecated": True} if match["old"] else {})}
        paths.setdefault(match["path"], {})[match["method"].lower()] = operation
    schemas: dict[str, Any] = {}
    for table in _tables(lines):
        if table.operation is None:
            schemas[table.title] = _object(table)
        else:
            path, method = table.operation
            _add(paths[path][method], table)
    bearer = {"Bearer": {"type": "http", "scheme": "bearer"}} if _SCHEMES.search(text) else {}
    return {
        "openapi": "3.1.0",
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": bearer},
        **({"security": [{"Bearer": []}]} if bearer else {}),
    }


def with_codes(description: Description, read: Mapping[str, Any]) -> Description:
    """A description with the codes that the page names in words; what it says nothing of in a refusal is left out."""
    operation = read["paths"][description.path][str(description.method).lower()]
    words = {status: _CODE.findall(each["description"]) for status, each in operation["responses"].items()}
    codes = {status: frozenset(map(brief, found)) for status, found in words.items() if found and is_refusal(status)}
    answers = {kind: body for kind, body in description.answers.items() if body is not None or not is_refusal(kind)}
    opaque = Body({"": Member(None, opaque=True)}, frozenset())
    return replace(
        description, answers={**dict.fromkeys(codes, opaque), **answers}, codes={**description.codes, **codes}
    )


def _tables(lines: Sequence[str]) -> Iterator[_Table]:
    operation: tuple[str, str] | None = None
    title = ""
    for number, line in enumerate(lines):
        heading = _OPERATION.fullmatch(line.rstrip())
        section = _SECTION.fullmatch(line.rstrip())
        if heading:
            operation, title = (heading["path"], heading["method"].lower()), ""
        elif section:
            title = section["title"].strip()
        elif line.startswith("### ") or line.rstrip() == "---":
            operation, title = None, ""
        elif _RULE.fullmatch(line.rstrip()) and title:
            yield _Table(operation, title, tuple(_rows(lines, number)))


def _rows(lines: Sequence[str], rule: int) -> Iterator[Mapping[str, str]]:
    """The rows of a table; one may go on in the next line, as the generator does not escape line breaks."""
    columns = _cells(lines[rule - 1])
    last = rule + 1
    while last < len(lines) and lines[last].startswith("|"):
        row, begin = lines[last].rstrip(), last
        while len(row) == 1 or not row.endswith("|"):
            last += 1
            if last == len(lines) or last > begin + _MOST_LINES:
                raise Unreadable(f"has a row at line {begin + 1} without an end: is it cut off?")
            row += lines[last].rstrip()
        cells = _cells(row)
        if len(cells) != len(columns):
            raise Unreadable(f"has a row at line {begin + 1} that is not like the heading of its table: is it cut off?")
        yield dict(zip(columns, cells, strict=True))
        last += 1
    if last == rule + 1:
        raise Unreadable(f"has a table at line {rule} without rows: is it cut off?")


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]


def _add(operation: dict[str, Any], table: _Table) -> None:
    """Adds to an operation what one of its tables says."""
    if table.title == "Parameters":
        operation["parameters"] = [
            {
                "name": row.get("Name", ""),
                "in": row.get("Located in", ""),
                "required": row.get("Required") == "Yes",
                "schema": _schema(row.get("Schema", "")),
            }
            for row in table.rows
        ]
    elif table.title == "Request Body":
        row = table.rows[0]
        operation["requestBody"] = {
            "required": row.get("Required") == "Yes",
            "content": _content(row.get("Schema", "")),
        }
    elif table.title == "Responses":
        operation["responses"] = {
            row.get("Code", ""): {"description": row.get("Description", ""), "content": _content(row.get("Schema", ""))}
            for row in table.rows
        }


def _content(cell: str) -> dict[str, Any]:
    found = filter(None, map(_MEDIA.fullmatch, cell.split("<br>")))
    return {match["name"]: {"schema": _schema(match["schema"])} for match in found}


def _object(table: _Table) -> dict[str, Any]:
    """The schema of a table: an object, or what its only row says if that has the schema's own name."""
    if [row.get("Name") for row in table.rows] == [table.title] and not table.rows[0].get("Required"):
        return _schema(table.rows[0].get("Type", ""))
    return {
        "type": "object",
        "properties": {row.get("Name", ""): _schema(row.get("Type", "")) for row in table.rows},
        "required": [row.get("Name", "") for row in table.rows if row.get("Required") == "Yes"],
    }


def _schema(cell: str) -> dict[str, Any]:
    """The schema of a cell; an empty one, which allows everything, for words that are not known."""
    first, *more = cell.split(", <br>", 1)
    items = _ITEMS.fullmatch(first)
    parts = [first] if items else first.split("<br>")
    if len(parts) > 1:
        return {"anyOf": [_schema(part) for part in parts]}
    reference, known = _REFERENCE.fullmatch(first), _TYPE.fullmatch(first)
    if items:
        return {"type": "array", "items": _schema(items["inner"])}
    if reference:
        return {"$ref": f"#/components/schemas/{reference['name']}"}
    if not known or known["word"] not in _TYPES:
        return {}
    schema: dict[str, Any] = {"type": _TYPES[known["word"]], **({"format": known["format"]} if known["format"] else {})}
    values = _VALUES.search(more[0]) if more else None
    return (
        {**schema, "enum": re.findall(r'"([^"]*)"', values["values"])} if values and '"' in values["values"] else schema
    )
