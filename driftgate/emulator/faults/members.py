"""Faults of single members of the answer to a rename, generated from the contract: gone, null, of another type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from driftgate.contract import Contract, load_contract
from driftgate.contract.openapi import inline
from driftgate.emulator.base import JSON, Conversation, Emulator
from driftgate.emulator.faults.fault import Fault, names_lost
from driftgate.emulator.override import Override, kebab, named

Change = Callable[[dict[str, JSON]], dict[str, JSON]]

# members that Nuwax's types have and its example lacks: their absence breaks nothing
NOT_IN_EXAMPLE = ("taskCron", "taskCronDesc", "sandboxServerId", "sandboxSessionId", "sharedUris")

# a value of each JSON type, to put where another type is promised
_OTHER: Mapping[str, JSON] = {
    "string": 4711,
    "integer": "4711",
    "number": "4711",
    "boolean": "yes",
    "object": "an object",
    "array": "an array",
}


def member_override(name: str, says: str, change: Change, *, envelope: bool) -> type[Emulator]:
    """An override that changes the conversation in the answer to a rename, or the envelope around it."""

    class InEnvelope(Override):
        def rename_answer(self, body: JSON) -> Response:
            return super().rename_answer(change(body))

    class InConversation(Override):
        def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
            return change(super().renamed(conversation, name))

    return named(InEnvelope if envelope else InConversation, name, says)


def set_to(member: str, value: JSON) -> Change:
    return lambda body: {**body, member: value}


def without(member: str) -> Change:
    return lambda body: {key: value for key, value in body.items() if key != member}


# further requirements that fail, by (vendor, member, what happened to it)
_BESIDES: dict[tuple[str, str, str], tuple[str, ...]] = {
    **{
        (vendor, key, what): names_lost(vendor)
        for vendor, key in (("dify", "name"), ("coze", "name"), ("nuwax", "topic"))
        for what in ("gone", "null", "of another type")
    },
}


def faults_of_members(contract: Contract) -> Iterator[Fault]:
    """For every documented member: gone, null where null is not allowed, and of another type."""
    schemas = contract.document["components"]["schemas"]
    parts = [("Conversation", contract.rename.conversation or "", False)]
    parts += [("Envelope", "", True)] if "Envelope" in schemas else []
    for schema, location, envelope in parts:
        for member, promised in inline(schemas[schema], contract.document)["properties"].items():
            if member not in ("data", "code", *NOT_IN_EXAMPLE):
                yield from _faults_of(contract, f"{location}/{member}", member, promised, envelope)


def _faults_of(
    contract: Contract, pointer: str, member: str, promised: Mapping[str, Any], envelope: bool
) -> Iterator[Fault]:
    types = promised.get("type", [])
    types = [types] if isinstance(types, str) else types
    changes: list[tuple[str, Change]] = [("gone", without(member))]
    if "null" not in types:
        changes.append(("null", set_to(member, None)))
    if types:
        changes.append(("of another type", set_to(member, _OTHER[types[0]])))
    for what, change in changes:
        name = f"{kebab(member).replace('_', '-')}-{what.replace(' ', '-')}"
        override = member_override("Member", f"Answers with {pointer} {what}.", change, envelope=envelope)
        breaks = tuple(_noticing(contract, pointer, what))
        if breaks:
            yield Fault(f"answer-{name}", override, breaks)


def _noticing(contract: Contract, pointer: str, what: str) -> Iterator[str]:
    """The requirements about a member's presence, type or value."""
    member = pointer.rpartition("/")[2]
    for row in contract.requirements:
        if row.check == "answers" and row.detail.get("on", "success") != "refusal":
            at, schema = row.detail.get("at", ""), row.detail.get("schema", {})
            if what == "gone":
                if pointer in row.detail.get("present", ()) or _requires(schema, at, pointer):
                    yield row.id
            elif what == "null" and at == pointer and "null" in schema.get("type", ()):
                continue  # the requirement allows null
            elif (
                at == pointer
                and "optional" not in row.detail
                and ("text" in row.detail or {"type", "const"} & set(schema))
            ) or (
                at == pointer.rpartition("/")[0]
                and {"type", "const"} & set(schema.get("properties", {}).get(member, ()))
            ):
                yield row.id
    yield from _BESIDES.get((contract.vendor, member, what), ())


def _requires(schema: Mapping[str, Any], at: str, pointer: str) -> bool:
    """Whether a schema at ``at`` requires the member at ``pointer``."""
    below = pointer.removeprefix(at)
    if not below.startswith("/") or (at and below == pointer):
        return False
    *parents, member = below.split("/")[1:]
    for parent in parents:
        schema = schema.get("properties", {}).get(parent, {})
    return member in schema.get("required", ())


def faults(vendor: str) -> list[Fault]:
    return list(faults_of_members(load_contract(vendor)))
