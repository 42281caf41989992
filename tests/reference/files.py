"""The page of the files: the members of each, from their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from driftgate.base.paths import SCHEMAS
from tests.reference.markdown import anchor_of, code, heading, plain, table

Schema = Mapping[str, Any]
Row = tuple[str, str, str]
_BOUNDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "format": "{}",
}
_AT_LEAST = ("minLength", "minItems", "minProperties")
ENDING = ".schema.json"


def files() -> Iterator[str]:
    """Every file that driftgate reads or writes, as its schema describes it."""
    yield from ("# Files", "")
    yield from (
        "The files that driftgate reads and writes. The JSON Schemas in `contracts/schema/` describe them, and driftgate checks "
        "the files against these. *required* marks a member that a file must have. `[]` stands for each item of a list, and "
        "`NAME` for any name.",
        "",
    )
    for path in sorted(SCHEMAS.glob(f"*{ENDING}")):
        name = path.name.removesuffix(ENDING)
        schema = json.loads(path.read_text(encoding="utf-8"))
        yield from heading(2, name.replace("-", " ").capitalize())
        title = str(schema.get("title", name))
        yield from (f"{plain(title)}.", "")
        if "description" in schema:
            yield from (plain(schema["description"]), "")
        yield from (f"Schema: `contracts/schema/{path.name}`.", "")
        yield from members(schema, name)
        for definition, inner in schema.get("$defs", {}).items():
            found = list(members(inner, name))
            if found:
                yield from heading(3, code(_title(name, definition)))
                if "description" in inner:
                    yield from (plain(inner["description"]), "")
                yield from found


def _title(file: str, definition: str) -> str:
    return f"{file}: {definition}"


def members(schema: Schema, file: str) -> Iterator[str]:
    """The table of a schema's members; none for what is no object."""
    yield from table(("member", "type", "meaning"), _rows(schema, file, ""))


def _rows(schema: Schema, file: str, place: str) -> Iterator[Row]:
    for part in (schema, *_parts(schema)):
        required = part.get("required", ())
        for name, member in part.get("properties", {}).items():
            if isinstance(member, Mapping):
                yield from _row(f"{place}{name}", member, file, required=name in required)


def _row(place: str, member: Schema, file: str, *, required: bool) -> Iterator[Row]:
    kind = _kind(member, file)
    yield code(place), f"{kind}, *required*" if required and kind else "*required*" if required else kind, _says(member)
    yield from _rows(member, file, f"{place}.")
    others = member.get("additionalProperties")
    if isinstance(others, Mapping):
        inside = list(_row(f"{place}.NAME", others, file, required=False))
        yield from inside if len(inside) > 1 or inside[0][2] or "#" in inside[0][1] else ()
    items = member.get("items")
    if isinstance(items, Mapping):
        yield from _rows(items, file, f"{place}[].")


def _parts(schema: Schema) -> Iterator[Schema]:
    """The schemas that hold of the same value: all of them, and those under a condition."""
    for each in schema.get("allOf", ()):
        if isinstance(each, Mapping) and "if" not in each and "$ref" not in each:
            yield each
    for each in schema.get("oneOf", ()):
        if isinstance(each, Mapping) and "properties" in each:
            yield each


def _says(member: Schema) -> str:
    says = plain(member.get("description", ""))
    if "default" in member:
        default = json.dumps(member["default"], ensure_ascii=False)
        says = f"{says} (default {code(default)})".strip()
    return says


def _kind(member: Schema, file: str) -> str:
    """What a value can be, in a few words."""
    if "$ref" in member:
        return _reference(str(member["$ref"]), file)
    if "const" in member:
        return code(json.dumps(member["const"], ensure_ascii=False))
    if "enum" in member:
        return ", ".join(code(json.dumps(each, ensure_ascii=False)) for each in member["enum"])
    choices = [*member.get("oneOf", ()), *member.get("anyOf", ())]
    kinds = [_kind(each, file) for each in choices if isinstance(each, Mapping)]
    kinds = [each for each in dict.fromkeys(kinds) if each]
    named = [_kind(each, file) for each in member.get("allOf", ()) if "$ref" in each]
    types = member.get("type", [])
    words = " or ".join([types] if isinstance(types, str) else types)
    if isinstance(member.get("items"), Mapping) and "array" in words:
        inner = _kind(member["items"], file).partition(", like")[0].partition(", not")[0]
        words = words.replace("array", f"array of {inner}" if inner else "array")
    bounds = ["not empty"] if 1 in (member.get(key) for key in _AT_LEAST) else []
    bounds += [
        form.format(member[key])
        for key, form in _BOUNDS.items()
        if key in member and not (key in _AT_LEAST and member[key] == 1)
    ]
    if "pattern" in member:
        bounds.append(f"like {code(member['pattern'])}")
    parts = [each for each in [" or ".join([*named, *kinds]) or words, *bounds] if each]
    return ", ".join(parts)


def _reference(reference: str, file: str) -> str:
    """A definition of the same file: a link where it is an object, what it is otherwise."""
    name = reference.rpartition("/")[2]
    schema = json.loads((SCHEMAS / f"{file}{ENDING}").read_text(encoding="utf-8"))
    definition = schema.get("$defs", {}).get(name)
    if definition is None:
        return f"any [{file}](#{file})" if reference == "#" else name
    if list(_rows(definition, file, "")):
        return f"[{name}](files.md#{anchor_of(_title(file, name))})"
    return _kind(definition, file) or "anything"
