"""What a contract says of conversations: the schemas of one as answers show it, and which of its members are times."""

from __future__ import annotations

from driftgate.base.jsonvalue import JSON
from driftgate.contract.model import Contract, Operation
from driftgate.contract.navigate import DeadEnd, follow
from driftgate.contract.openapi import inline
from driftgate.emulator.contracted.answers import Answers


def answer_schemas(contract: Contract, operation: Operation) -> list[JSON]:
    """The schemas of an operation's successes."""
    item = contract.document["paths"][operation.url][operation.method.lower()]
    responses = inline(item.get("responses", {}), contract.document)
    found = [each.get("content", {}) for status, each in responses.items() if str(status)[0] in "2d"]
    return [each["schema"] for content in found for each in content.values() if "schema" in each]


def conversation_schemas(contract: Contract, answers: Answers) -> list[JSON]:
    """What the contract says of a conversation in the answers of its operations."""
    found: list[JSON] = []
    for operation in (contract.read, contract.rename, contract.listing):
        if operation is None:
            continue
        pointer = f"{operation.items}/0" if operation.items is not None else operation.conversation
        if pointer is not None:
            for each in (*answer_schemas(contract, operation), *answers.required(operation)):
                schemas = follow([each], pointer)
                found += () if isinstance(schemas, DeadEnd) else schemas
    return found


def echoed(contract: Contract) -> dict[str, str]:
    """The members of a conversation that show a parameter, by the requirements of the answers of a rename."""
    prefix = contract.rename.conversation or ""
    names = {f"${{{each.name}}}": each.name for each in contract.parameters}
    found = {}
    for row in contract.requirements:
        shown, pointer = row.detail.get("schema"), row.detail.get("at", "")
        is_rename = row.check == "answers" and row.detail.get("operation", "rename") == "rename"
        if is_rename and isinstance(shown, dict) and shown.get("const") in names and pointer.startswith(f"{prefix}/"):
            found[pointer.removeprefix(prefix)] = names[shown["const"]]
    return found


def times(contract: Contract) -> dict[str, frozenset[str]]:
    """The members of a conversation that are times: of its creation, of its last change, and those lists go by."""
    created = {contract.created_pointer} if contract.created_pointer else set()
    updated: set[str] = set()
    by: set[str] = set()
    for row in contract.requirements:
        if "ordered" in row.detail and row.detail.get("operation", "rename") == "rename":
            prefix = contract.rename.conversation or ""
            first, second = (
                (row.detail.get("at", "") + pointer).removeprefix(prefix) for pointer in row.detail["ordered"]
            )
            created.add(first)
            updated.add(second)
        if row.detail.get("descending"):
            by.add(row.detail["descending"])
    found = {"created": created, "updated": (updated | by) - created, "sorted": by}
    return {key: frozenset(value) for key, value in found.items()}
