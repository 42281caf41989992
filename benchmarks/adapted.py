"""Copies of a contract's OpenAPI document that a tool can make the most of: real ids, examples, another version."""

from __future__ import annotations

import copy
from typing import Any

from benchmarks.served import Subject

_NOT_IN_30 = {"if", "then", "else", "propertyNames", "x-costs"}


def rename_only(subject: Subject) -> dict[str, Any]:
    """The document with no operation but the rename, and with no servers."""
    document: dict[str, Any] = copy.deepcopy(dict(subject.contract.document))
    path, method = _rename(subject)
    document["paths"] = {path: {method: document["paths"][path][method]}}
    document.pop("servers", None)
    return document


def pinned(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the conversation's id, and the end user where there is one, as the only values allowed."""
    for parameter in operation(subject, document)["parameters"]:
        parameter["schema"]["enum"] = [_typed(subject.conversation, parameter)]
    user = request_schema(subject, document)["properties"].get("user")
    if user is not None:
        user["enum"] = [subject.params["user"]]
    return document


def with_examples(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    """The document with an example of the id and of the request: what a tool without a generator sends."""
    rename = operation(subject, document)
    for parameter in rename["parameters"]:
        parameter["example"] = _typed(subject.conversation, parameter)
    rename["requestBody"]["content"]["application/json"]["example"] = page_example(subject)
    return document


def named_always(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    """The document for a tool without conditions in requests: the name is always required, and never generated."""
    schema = request_schema(subject, document)
    if {"if", "anyOf"} & set(schema):
        for key in ("if", "else", "anyOf"):
            schema.pop(key, None)
        schema["properties"].pop("auto_generate", None)
        schema["required"] = [*schema.get("required", ()), _name_key(subject)]
    return document


def success_decided(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    """The document with 200 for the success where the page names no status, and a 400 that may say anything."""
    responses = operation(subject, document)["responses"]
    if "default" in responses:
        responses["200"] = responses.pop("default")
    if "400" in responses:
        responses["400"]["content"]["application/json"]["schema"] = {"type": "object", "additionalProperties": True}
    decided: dict[str, Any] = _decided(document)
    return decided


def refuses_by_status(subject: Subject) -> bool:
    """Whether the status alone tells a refusal from a success."""
    return "default" not in operation(subject, dict(subject.contract.document))["responses"]


def _decided(node: Any) -> Any:
    """A node with the condition of every if met, and arrays of anything told as such."""
    if isinstance(node, list):
        return [_decided(each) for each in node]
    if not isinstance(node, dict):
        return node
    result = {key: _decided(value) for key, value in node.items()}
    if "then" in result:
        met, then = result.pop("if"), result.pop("then")
        result["properties"] = {
            **result.get("properties", {}),
            **{key: as_30(value) for key, value in met["properties"].items()},
            **then.get("properties", {}),
        }
        result["required"] = [*result.get("required", ()), *then.get("required", ())]
    if "array" in result.get("type", ()):
        result.setdefault("items", {})
    return result


def as_30(node: Any) -> Any:
    """A node of the document in OpenAPI 3.0: no conditions, one type each, enum for const."""
    if isinstance(node, list):
        return [as_30(each) for each in node]
    if not isinstance(node, dict):
        return node
    result = {key: as_30(value) for key, value in node.items() if key not in _NOT_IN_30}
    if isinstance(result.get("type"), list):
        result["nullable"] = "null" in result["type"]
        result["type"] = next(each for each in result["type"] if each != "null")
    if "const" in result and not isinstance(result["const"], dict):
        result["enum"] = [result.pop("const")]
    return {**result, "openapi": "3.0.3"} if "openapi" in result else result


def page_example(subject: Subject) -> dict[str, Any]:
    """The request of the vendor's page that gives a name, with this run's end user."""
    name_key = _name_key(subject)
    requests = [dict(example.request) for example in subject.contract.examples if example.request is not None]
    request = next(request for request in requests if name_key in request)
    return {**request, "user": subject.params["user"]} if "user" in request else request


def operation(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    """The rename operation of a document."""
    path, method = _rename(subject)
    found: dict[str, Any] = document["paths"][path][method]
    return found


def request_schema(subject: Subject, document: dict[str, Any]) -> dict[str, Any]:
    """The schema of a rename's body."""
    schema = operation(subject, document)["requestBody"]["content"]["application/json"]["schema"]
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


def _name_key(subject: Subject) -> str:
    return subject.contract.name_pointer.rsplit("/", 1)[-1]


def _rename(subject: Subject) -> tuple[str, str]:
    return subject.contract.rename.url, subject.contract.rename.method.lower()


def _typed(text: str, parameter: dict[str, Any]) -> str | int:
    return int(text) if parameter["schema"]["type"] == "integer" else text
