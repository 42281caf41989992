"""Faults of members of another type than the page says: a server error for each member of a rename and each type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftgate.contract import Contract, load_contract
from driftgate.contract.openapi import rename_schema
from driftgate.emulator.base import JSON, Emulator, Failed
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.override import Override, kebab, named

_TYPES: Mapping[str, type | None] = {
    "null": None,
    "number": int,
    "flag": bool,
    "text": str,
    "list": list,
    "object": dict,
}
_OF_SCHEMA = {"string": "text", "boolean": "flag"}

# what the requirements of the check "rejects" send of another type, by (vendor, member, type)
_REJECTED: Mapping[tuple[str, str, str], str] = {
    ("coze", "name", "number"): "text",
    ("coze", "name", "list"): "text",
    ("coze", "name", "null"): "not-null",
    ("coze", "name", "flag"): "text",
    ("coze", "name", "object"): "text",
    ("dify", "name", "number"): "text",
    ("dify", "name", "list"): "text",
    ("dify", "name", "null"): "not-null",
    ("dify", "auto_generate", "text"): "dify.rename.auto-generate-is-boolean",
    ("nuwax", "topic", "number"): "text",
    ("nuwax", "topic", "list"): "text",
    ("nuwax", "topic", "object"): "text",
    ("nuwax", "topic", "flag"): "text",
    **{
        ("nuwax", "firstMessage", word): "nuwax.rename.first-message-is-text"
        for word in ("number", "flag", "list", "object")
    },
}


def server_error_on(member: str, word: str) -> type[Emulator]:
    """An override that fails at a member of this type."""

    class Failing(Override):
        def validate(self, body: JSON) -> None:
            if isinstance(body, dict) and member in body and _is(body[member], word):
                raise Failed(f"'{word}' object has no attribute 'strip'")
            super().validate(body)

    what = f"{kebab(member).replace('_', '-')}-{word}"
    name = "".join(part.capitalize() for part in f"server-error-on-{what}".split("-"))
    return named(Failing, name, f"Answers {member} as {'a ' if word != 'null' else ''}{word} with HTTP 500.")


def _is(value: JSON, word: str) -> bool:
    kind = _TYPES[word]
    return value is None if kind is None else type(value) is kind


def _faults(contract: Contract) -> Iterator[Fault]:
    for member, schema in rename_schema(contract)["properties"].items():
        for word in _TYPES:
            if word != _OF_SCHEMA[schema["type"]]:
                also = _REJECTED.get((contract.vendor, member, word), "")
                yield fault(contract.vendor, server_error_on(member, word), f"no-5xx {also}")


def faults(vendor: str) -> list[Fault]:
    return list(_faults(load_contract(vendor)))
