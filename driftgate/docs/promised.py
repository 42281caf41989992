"""What a contract promises of an operation, in the same terms as pages are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.contract import Contract, Operation
from driftgate.contract.model import JSON_TYPE
from driftgate.contract.openapi import inline
from driftgate.docs.model import EVERYTHING, OPENAPI, Description, Form
from driftgate.docs.openapi import Codes, codes_in, describe, success_status


def codes_of(contract: Contract) -> Codes:
    """How the contract tells success from refusal in a body."""
    pointer = contract.outcomes.code
    shown = [example.answer for example in contract.examples if example.status is not None and example.status < 300]
    found = [at(answer, pointer) for answer in shown] if pointer is not None else []
    return Codes(pointer, next((code for code in found if code is not ABSENT), ABSENT))


def promised(contract: Contract, operation: Operation | None = None) -> Description:
    """What the contract promises of an operation; without one, of its rename, with the examples."""
    if operation is not None and operation != contract.rename:
        return describe(contract.document, operation.method, operation.url, codes_of(contract))
    rename = contract.rename
    described = describe(contract.document, rename.method, rename.url, codes_of(contract))
    examples: dict[str, tuple[JSON, ...]] = {}
    for kind, value in _examples(contract):
        examples[kind] = (*examples.get(kind, ()), value)
    pointer = contract.outcomes.code
    codes = {
        kind: described.codes.get(kind, frozenset()) | codes_in(examples.get(kind, ()), pointer)
        for kind in described.codes.keys() | (examples.keys() - {"request"})
    }
    form = Form(OPENAPI.name, EVERYTHING)
    return replace(described, form=form, examples=examples, codes=codes, schemas=dict(_schemas(contract)))


def _examples(contract: Contract) -> Iterator[tuple[str, JSON]]:
    for example in contract.examples:
        if example.request is not None:
            yield "request", example.request
        if example.status is not None:
            yield _kind(example.status), example.answer


def _kind(status: int) -> str:
    return "success" if 200 <= status < 300 else str(status)


def _schemas(contract: Contract) -> Iterator[tuple[str, JSON]]:
    """The schemas of the rename's bodies by kind, with references replaced."""
    operation = contract.document["paths"][contract.rename.url][contract.rename.method.lower()]
    responses = operation.get("responses", {})
    holders = {"request": operation.get("requestBody", {})}
    for status, response in responses.items():
        holders["success" if str(status) == success_status(responses) else str(status)] = response
    for kind, holder in holders.items():
        media_type = contract.rename.media_type if kind == "request" else JSON_TYPE
        schema = holder.get("content", {}).get(media_type, {}).get("schema")
        if schema is not None:
            try:
                yield kind, inline(schema, contract.document)
            except ValueError:  # a schema that contains itself: its examples are compared, but not validated
                continue
