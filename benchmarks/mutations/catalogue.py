"""The mutants of a server: every operator at every place that the clean run shows, each once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.mutations.equivalence import LeftOpen
from benchmarks.mutations.learned import Exchanges, Learned
from benchmarks.mutations.messages import Call, Reader, Reply
from benchmarks.mutations.mutations import Denied, Granted, Mutation, OfKind, Spoilt, Swapped, with_member
from benchmarks.mutations.names import SPOILS
from benchmarks.mutations.operators import OPERATORS, SWAP
from benchmarks.mutations.pointers import pointers
from driftgate.base.jsonvalue import ABSENT, pointer_of
from driftgate.contract import Contract, Outcome
from driftgate.contract.openapi import find_operation, inline

_STATUSES = (200, 201, 302, 400, 404, 409, 500)
_BODIES: Mapping[str, Callable[[bytes], bytes]] = {
    "truncated": lambda body: body[:-1],
    "empty": lambda body: b"",
    "a page": lambda body: b"<!DOCTYPE html><html><body>Welcome</body></html>",
    "in quotes": lambda body: b'"' + body.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"',
}
_CONTENT_TYPES = ("text/html; charset=utf-8", "text/plain", "application/octet-stream")
_SPOILT = {
    "stored and answered": (True, True),
    "stored alone": (True, False),
    "answered alone": (False, True),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one server. ``operator`` is its row in the table; ``pointer`` the member that it changes.

    ``promised``: it changes a documented member of a rename's answer, or what is stored. ``equivalent``: it keeps every
    promise all the same, by the rule of ``LeftOpen``.
    """

    id: str
    operator: str
    make: Callable[[], Mutation]
    kind: str = ""
    pointer: str = ""
    promised: bool = False
    equivalent: bool = False


def candidates(server: str, reader: Reader, learned: Learned) -> dict[str, Mutant]:
    """All mutants of a server by their ids, those that change nothing among them."""
    places = _places(reader, learned)
    documented = _documented(reader.contract)
    found = [
        *_members(reader, learned, places, documented),
        *_statuses(reader, places),
        *_contents(reader, places),
        *_names(reader, learned),
        *_turned(reader, learned),
    ]
    return {f"{server} {mutant.id}": replace(mutant, id=f"{server} {mutant.id}") for mutant in found}


def effective(reader: Reader, learned: Learned, mutants: Mapping[str, Mutant]) -> list[Mutant]:
    """Those that change what the clean run showed; of members changed by several operators alike, the first."""
    of_kind: dict[str, list[tuple[Call, Reply]]] = {}
    for call, reply in learned.exchanges:
        of_kind.setdefault(reader.kind(call, reply), []).append((call, reply))
    left_open = LeftOpen(reader)
    found: dict[tuple[str, str], Mutant] = {}
    for mutant in mutants.values():
        own = of_kind.get(mutant.kind, learned.exchanges)
        effect = _effect(own, mutant.make())
        if effect:
            is_open = bool(mutant.promised and mutant.pointer) and left_open.is_equivalent(
                mutant.operator, mutant.pointer, mutant.make(), own
            )
            # what becomes of a name is seen only when the emulator answers
            key = (mutant.kind if mutant.pointer else mutant.operator, effect)
            found.setdefault(key, replace(mutant, equivalent=is_open))
    return list(found.values())


def _effect(exchanges: Exchanges, mutation: Mutation) -> str:
    """A digest of what the mutation changes in exchanges; empty where it changes nothing."""
    digest, changed = hashlib.sha256(), False
    for number, (call, reply) in enumerate(exchanges):
        asked = mutation.asked(call)
        answered = mutation.answered(call, asked if isinstance(asked, Reply) else reply)
        if asked != call or answered != reply:
            digest.update(repr((number, asked, answered)).encode("utf-8", "surrogatepass"))
            changed = True
    return digest.hexdigest() if changed else ""


def _places(reader: Reader, learned: Learned) -> dict[str, list[str]]:
    """The pointers of the members of each kind of success and refusal, in the order in which they came."""
    found: dict[str, dict[str, None]] = {}
    for call, reply in learned.exchanges:
        if call.role and reader.outcome(reply) in (Outcome.SUCCESS, Outcome.REFUSAL):
            own = found.setdefault(reader.kind(call, reply), {})
            if reply.json is not ABSENT:
                own.update(dict.fromkeys(pointers(reply.json)))
    return {kind: list(own) for kind, own in found.items()}


def _members(
    reader: Reader, learned: Learned, places: Mapping[str, list[str]], documented: frozenset[str]
) -> Iterator[Mutant]:
    for kind, own in places.items():
        for pointer in own:
            promised = kind.startswith("rename.") and pointer in documented
            for name, operator in OPERATORS.items():
                make: Callable[[], Mutation] = partial(OfKind, reader, kind, with_member(pointer, operator))
                yield Mutant(f"{kind} {pointer} {name}", name, make, kind, pointer, promised)
            make = partial(_swapping, reader, learned, kind, pointer)
            yield Mutant(f"{kind} {pointer} {SWAP}", SWAP, make, kind, pointer, promised)


def _swapping(reader: Reader, learned: Learned, kind: str, pointer: str) -> Mutation:
    return OfKind(reader, kind, Swapped(reader, learned, pointer))


def _statuses(reader: Reader, places: Mapping[str, list[str]]) -> Iterator[Mutant]:
    for kind in places:
        for status in _STATUSES:
            for within in (True, False):
                make = partial(OfKind, reader, kind, partial(_with_status, status, within))
                where = "within its class" if within else "across classes"
                yield Mutant(f"{kind} status {status} {where}", f"status {where}", make, kind)


def _with_status(status: int, within: bool, reply: Reply) -> Reply:
    return replace(reply, status=status) if (reply.status // 100 == status // 100) is within else reply


def _contents(reader: Reader, places: Mapping[str, list[str]]) -> Iterator[Mutant]:
    for kind in places:
        for content_type in _CONTENT_TYPES:
            make = partial(OfKind, reader, kind, partial(_with_content_type, content_type))
            yield Mutant(f"{kind} content-type {content_type.partition(';')[0]}", "content type", make, kind)
        for name, body in _BODIES.items():
            yield Mutant(f"{kind} body {name}", "body", partial(OfKind, reader, kind, partial(_with_body, body)), kind)


def _with_content_type(content_type: str, reply: Reply) -> Reply:
    return reply.with_content_type(content_type)


def _with_body(body: Callable[[bytes], bytes], reply: Reply) -> Reply:
    return replace(reply, body=body(reply.body)) if reply.body else reply


def _names(reader: Reader, learned: Learned) -> Iterator[Mutant]:
    for where, (stored, answered) in _SPOILT.items():
        for name, spoil in SPOILS.items():
            make = partial(Spoilt, reader, learned, spoil, stored, answered)
            yield Mutant(f"name {where} {name}", f"name {where}", make, "name", promised=True)


def _turned(reader: Reader, learned: Learned) -> Iterator[Mutant]:
    """Refusals turned into successes, and successes of renames into refusals."""
    ways = ((Outcome.REFUSAL, Granted, "refusal granted"), (Outcome.SUCCESS, Denied, "success denied"))
    for outcome, turned, name in ways:
        renames = [call for call, reply in learned.exchanges if _is(reader, call, reply, outcome)]
        for form in dict.fromkeys(learned.form(reader, call) for call in renames):
            for effect in (True, False):
                operator = f"{name} {'with' if effect else 'without'} effect"
                make = partial(turned, reader, learned, form, effect)
                yield Mutant(f"{operator}: {form}", operator, make, "rename", promised=True)


def _is(reader: Reader, call: Call, reply: Reply, outcome: Outcome) -> bool:
    return call.role == "rename" and reader.outcome(reply) is outcome


def _documented(contract: Contract) -> frozenset[str]:
    """The pointers of the members that the contract's document gives the answers to a rename."""
    method, path = find_operation(contract.document, contract.rename.operation_id) or ("", "")
    responses = contract.document["paths"][path][method.lower()]["responses"]
    schemas = [
        inline(media["schema"], contract.document) for each in responses.values() for media in each["content"].values()
    ]
    return frozenset(pointer for schema in schemas for pointer in _of_schema(schema, ()))


def _of_schema(schema: object, path: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    for key, member in schema.get("properties", {}).items():
        yield pointer_of((*path, key))
        yield from _of_schema(member, (*path, key))
    if "items" in schema:
        yield from _of_schema(schema["items"], (*path, "*"))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), schema.get("then")):
        yield from _of_schema(part, path)
