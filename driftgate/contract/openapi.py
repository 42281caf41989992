"""Finding operations and schemas in an OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from driftgate.base.jsonvalue import ABSENT, JSON, at

if TYPE_CHECKING:
    from driftgate.contract.model import Contract

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


def find_operation(document: Mapping[str, Any], operation_id: str) -> tuple[str, str] | None:
    """The (method, path) of an operation, or None."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if item.get(method, {}).get("operationId") == operation_id:
                return method.upper(), path
    return None


def rename_schema(contract: Contract) -> dict[str, Any]:
    """The schema of the bodies of a contract's rename operation, without references."""
    method, url = contract.rename.method.lower(), contract.rename.url
    content = contract.document["paths"][url][method]["requestBody"]["content"]
    schema: dict[str, Any] = inline(content[contract.rename.media_type].get("schema", {}), contract.document)
    return {"properties": {}, **schema}


def map_members(document: Mapping[str, Any]) -> frozenset[str]:
    """The names of members that are maps: objects whose own members are data, and no part of the contract."""
    found: set[str] = set()
    waiting: list[JSON] = [document.get("components", {})]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            named = value.get("properties")
            if isinstance(named, Mapping):
                found.update(name for name, schema in named.items() if _is_map(schema, document))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return frozenset(found)


def _is_map(schema: JSON, document: Mapping[str, Any]) -> bool:
    resolved = inline(schema, document)
    return isinstance(resolved, Mapping) and "properties" not in resolved and bool(resolved.get("additionalProperties"))


def inline(schema: JSON, document: Mapping[str, Any], depth: int = 0) -> JSON:
    """``schema`` with every ``$ref`` into the document replaced by what it points to.

    A reference is written ``#/…`` or, in our catalogues, ``contract.yaml#/…``. Raises ValueError for one that leads
    nowhere or in a circle.
    """
    if depth > 50:
        raise ValueError("a $ref leads in a circle")
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            pointer = str(schema["$ref"]).partition("#")[2]
            found = at(document, pointer)
            if found is ABSENT:
                raise ValueError(f"{schema['$ref']} leads nowhere")
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return {**inline(found, document, depth + 1), **inline(rest, document, depth + 1)}
        return {key: inline(value, document, depth + 1) for key, value in schema.items()}
    if isinstance(schema, list):
        return [inline(item, document, depth + 1) for item in schema]
    return schema
