"""Cuts a document down to a few operations, as a contract.yaml: OpenAPI 3.1, facts alone, no circle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from driftgate.base.jsonvalue import JSON
from driftgate.contract.transport import carrier_of, is_known
from driftgate.docs.draft.source import Source
from driftgate.docs.schema import listed, mapping

_SCHEMAS = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_PLAIN = {
    "const",
    "default",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "type",
    "uniqueItems",
    "writeOnly",
}
_NO_HEADERS = {"accept", "content-type", "authorization"}


class Excerpt:
    """A document while it is cut down. ``left_out`` says what a contract cannot have, and why."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.left_out: dict[str, str] = {}
        self._schemas: dict[str, JSON] = {}
        self._names: dict[str, str] = {}
        self._open: list[str] = []
        self._schemes: dict[str, Any] = {}
        self._paths: dict[str, dict[str, Any]] = {}

    def add(self, method: str, path: str, name: str) -> None:
        """Takes an operation over, under the name by which the catalogue calls it."""
        item = self.source.item(path)
        operation = item[method.lower()]
        taken: dict[str, Any] = {"operationId": name}
        parameters = self._parameters([*listed(item, "parameters"), *listed(operation, "parameters")])
        taken |= {"parameters": parameters} if parameters else {}
        security = self._security(operation)
        taken |= {"security": security} if security is not None else {}
        body = self._resolved(operation.get("requestBody"))
        content = {str(kind): media for kind, media in mapping(body, "content").items() if is_known(str(kind))}
        if content:
            media = {kind: self._media(each) for kind, each in content.items()}
            taken["requestBody"] = {"required": body.get("required") is True, "content": media}
        taken["responses"] = {
            str(status): self._response(str(status), raw) for status, raw in mapping(operation, "responses").items()
        }
        self._paths.setdefault(path, {})[method.lower()] = taken

    def document(self, title: str, edition: str, servers: tuple[str, ...]) -> dict[str, Any]:
        """The whole contract.yaml."""
        found: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": title, "version": edition}}
        usable = [each for each in servers if re.match(r"https?://[^{]+$", each)]
        found |= {"servers": [{"url": usable[0]}]} if usable else {}
        found["paths"] = self._paths
        parts = {"securitySchemes": self._schemes, "schemas": self._schemas}
        components = {key: value for key, value in parts.items() if value}
        return found | ({"components": components} if components else {})

    def _resolved(self, value: Any) -> Any:
        found = self.source.target(value["$ref"]) if isinstance(value, Mapping) and "$ref" in value else value
        return found if isinstance(found, Mapping) else {}

    def _parameters(self, rows: list[Any]) -> list[dict[str, Any]]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row in map(self._resolved, rows):
            where, name = str(row.get("in")), str(row.get("name"))
            if where == "cookie" or (where == "header" and (name.lower() in _NO_HEADERS or not row.get("required"))):
                if where == "cookie" and row.get("required"):
                    self.left_out[f"the cookie {name}"] = "a run sends no cookies"
                continue
            required = where == "path" or row.get("required") is True
            found[where, name] = {"name": name, "in": where, **({"required": True} if required else {})}
            found[where, name]["schema"] = self.schema(row.get("schema", True))
        return list(found.values())

    def _media(self, media: Any) -> dict[str, Any]:
        return {"schema": self.schema(media["schema"])} if isinstance(media, Mapping) and "schema" in media else {}

    def _response(self, status: str, raw: Any) -> dict[str, Any]:
        phrase = HTTPStatus(int(status)).phrase if status in {str(int(each)) for each in HTTPStatus} else status
        content = mapping(self._resolved(raw), "content")
        found: dict[str, Any] = {"description": phrase}
        return found | (
            {"content": {str(kind): self._media(each) for kind, each in content.items()}} if content else {}
        )

    def _security(self, operation: Mapping[str, Any]) -> list[Any] | None:
        """The first way to authenticate that a run can follow."""
        known = mapping(mapping(self.source.document, "components"), "securitySchemes")
        holder = operation if "security" in operation else self.source.document
        stated = [each for each in listed(holder, "security") if isinstance(each, Mapping)]
        for alternative in stated:
            schemes = {name: self._resolved(known.get(name)) for name in alternative}
            if len(schemes) == 1 and all(map(carrier_of, schemes.values())):
                self._schemes |= {name: _facts(scheme) for name, scheme in schemes.items()}
                return [{name: [] for name in schemes}]
        for name in [name for alternative in stated for name in alternative]:
            self.left_out[f"the key by {name}"] = "no run can send it in this way; write the security by hand"
        return None

    def schema(self, schema: Any) -> Any:
        """A schema as a contract has it: of OpenAPI 3.1, without texts and without circles."""
        if not isinstance(schema, Mapping):
            return schema if isinstance(schema, bool) else True
        found = {key: value for key, value in schema.items() if key in _PLAIN}
        for key in ("Minimum", "Maximum"):  # in OpenAPI 3.0 these are flags
            flag = found.get(f"exclusive{key}")
            if isinstance(flag, bool):
                del found[f"exclusive{key}"]
                if flag and key.lower() in found:
                    found[f"exclusive{key}"] = found.pop(key.lower())
        found |= {key: self.schema(schema[key]) for key in _SCHEMAS if key in schema}
        found |= {key: [self.schema(each) for each in schema[key]] for key in _LISTS if listed(schema, key)}
        for key in _MAPS:
            if isinstance(schema.get(key), Mapping):
                found[key] = {str(name): self.schema(each) for name, each in schema[key].items()}
        if isinstance(schema.get("$ref"), str):
            found = self._reference(schema["$ref"]) | found
        return _with_null(found) if schema.get("nullable") is True else found

    def _reference(self, reference: str) -> dict[str, Any]:
        name = self._name(reference)
        if reference in self._open:
            self.left_out[f"what is inside {name} within {name}"] = (
                "its schema contains itself, which a contract cannot"
            )
            return {}
        if name not in self._schemas:
            self._schemas[name] = {}  # keeps its position among the others
            self._open.append(reference)
            self._schemas[name] = self.schema(self.source.target(reference))
            self._open.pop()
        return {"$ref": f"#/components/schemas/{name}"}

    def _name(self, reference: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9._-]", "-", reference.rpartition("/")[2]) or "Schema"
        taken = set(self._names.values())
        if reference not in self._names:
            names = (plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 3)))
            self._names[reference] = next(each for each in names if each not in taken)
        return self._names[reference]


def _facts(scheme: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: scheme[key] for key in ("type", "scheme", "in", "name") if key in scheme}
    return kept if kept.get("type") in ("http", "apiKey") else {"type": "http", "scheme": "bearer"}


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that allows null as well."""
    kind = schema.get("type")
    if "$ref" in schema or kind is None:
        return {"anyOf": [schema, {"type": "null"}]} if schema else {}
    if "enum" in schema and None not in schema["enum"]:
        schema = {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [*([kind] if isinstance(kind, str) else kind), "null"]}
