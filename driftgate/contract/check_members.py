"""Checks contract.yaml for members that OpenAPI does not have: nobody would heed a misspelt one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from driftgate.base.jsonvalue import JSON, pointer_of
from driftgate.base.suggest import did_you_mean
from driftgate.contract.openapi import METHODS
from driftgate.contract.problem import DOCUMENT, Problem

Path = list[str | int]
_DESCRIBED = "$ref summary description"
# of each kind of object of OpenAPI 3.1: its members, and of which kind those are that have members of their own. A kind
# in brackets is that of the items of a list, or of the values of a map.
_KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "document": (
        "openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs",
        {"paths": "[path item]", "components": "components"},
    ),
    "components": (
        "schemas responses parameters examples requestBodies headers securitySchemes links callbacks pathItems",
        {
            "responses": "[response]",
            "parameters": "[parameter]",
            "requestBodies": "[request body]",
            "headers": "[header]",
            "securitySchemes": "[security scheme]",
            "pathItems": "[path item]",
        },
    ),
    "path item": (
        f"{_DESCRIBED} get put post delete options head patch trace servers parameters",
        {**dict.fromkeys(METHODS, "operation"), "parameters": "[parameter]"},
    ),
    "operation": (
        "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated "
        "security servers",
        {"parameters": "[parameter]", "requestBody": "request body", "responses": "responses"},
    ),
    "parameter": (
        f"{_DESCRIBED} name in required deprecated allowEmptyValue style explode allowReserved schema example examples "
        "content",
        {"content": "[media type]"},
    ),
    "header": (
        f"{_DESCRIBED} required deprecated style explode schema example examples content",
        {"content": "[media type]"},
    ),
    "request body": (f"{_DESCRIBED} content required", {"content": "[media type]"}),
    "response": (f"{_DESCRIBED} headers content links", {"headers": "[header]", "content": "[media type]"}),
    "media type": ("schema example examples encoding", {}),
    "security scheme": (f"{_DESCRIBED} type name in scheme bearerFormat flows openIdConnectUrl", {}),
}
_STATUS = re.compile(r"default|[1-5](\d\d|XX)")


def unknown_members(document: Mapping[str, Any]) -> Iterator[Problem]:
    """The members of ``document`` that OpenAPI does not have; those that begin with ``x-`` are anybody's."""
    yield from _object([], document, "document")


def _object(path: Path, value: JSON, kind: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        return
    if kind == "responses":
        yield from _responses(path, value)
        return
    members, kinds = _KINDS[kind]
    known = members.split()
    for name, each in value.items():
        if name in kinds:
            yield from _below([*path, name], each, kinds[name])
        elif name not in known and not str(name).startswith("x-"):
            hint = did_you_mean(str(name), known)
            mend = "" if hint else f"known are {', '.join(known)}"
            yield Problem(DOCUMENT, pointer_of([*path, name]), f"{kind}: unknown member {name}{hint}", mend)


def _below(path: Path, value: JSON, kind: str) -> Iterator[Problem]:
    if not kind.startswith("["):
        yield from _object(path, value, kind)
        return
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _object([*path, key], each, kind.strip("[]"))


def _responses(path: Path, value: Mapping[str, JSON]) -> Iterator[Problem]:
    for status, response in value.items():
        if _STATUS.fullmatch(str(status)):
            yield from _object([*path, status], response, "response")
        elif not str(status).startswith("x-"):
            says = f"responses: {status} is no HTTP status"
            yield Problem(DOCUMENT, pointer_of([*path, status]), says, 'write one as "200", several as 4XX, or default')
