"""Which bodies of a rename a contract allows, and what a body comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from driftgate.base.jsonvalue import (
    ABSENT,
    JSON,
    at,
    pointer_to,
    with_members,
    without,
    without_members,
)
from driftgate.contract.model import Contract, Requirement
from driftgate.contract.openapi import rename_schema
from driftgate.contract.schemas import permits
from driftgate.contract.template import placeholders, pointers_with
from driftgate.emulator.contracted.received import matches

Refusal = tuple[str, str]  # the situation or the row of the catalogue, and the reason


class Rules:
    """The rules of the bodies of a contract's rename."""

    def __init__(self, contract: Contract) -> None:
        self.schema = rename_schema(contract)
        self.template: Mapping[str, JSON] = contract.rename.body or {}
        self._rows = contract.requirements
        self._examples = [each.request for each in contract.examples if each.request is not None]
        bodies = [row.detail.get("body") for row in self._of("echoes", "persists")]
        named = [*contract.carriers, *(pointer for body in bodies for pointer in pointers_with("name", body))]
        fields = [pointer_to(field) for row in self._of("either-or") for field in row.detail["fields"]]
        self._carriers = list(dict.fromkeys([*named, *fields]))
        self._refused = [(row, broken) for row in self._of("rejects") for broken in self.broken(row)]

    def _of(self, *checks: str) -> list[Requirement]:
        return [row for row in self._rows if row.check in checks]

    def broken(self, row: Requirement) -> Iterator[Mapping[str, JSON]]:
        """The bodies that a row has refused, as templates."""
        base = row.detail.get("body", self.template)
        for each in row.detail["breaks"]:
            if "raw" not in each:
                yield with_members(without_members(base, each.get("remove", ())), each.get("set", {}))

    @property
    def body_required(self) -> bool:
        """Whether a request without any body is refused."""
        raws = [each.get("raw") for row in self._of("rejects") for each in row.detail["breaks"]]
        return "empty" in raws or "list" in raws or "truncated" in raws

    def refusal(self, body: JSON) -> Refusal | None:
        """Why a body is refused; None for a valid one."""
        if not isinstance(body, dict):
            return "invalid", "the body is no object"
        for row in self._of("refuses"):
            # a body with a parameter in it is about who asks, or for what: that is no rule of bodies
            template = row.detail["request"].get("body")
            if template is not None and placeholders(template) <= {"name"} and matches(template, body):
                return row.id, "the contract says that this body is refused"
        # what the contract shows as accepted is, whatever the schema says
        if any(matches(template, body) for template in self._accepted()):
            return None
        broken = next((row for row, each in self._refused if matches(each, body)), None)
        if broken:
            return broken.id, broken.says
        effective = self.effective(body)
        return self._limit(effective) or self._either(effective) or self._schema(effective)

    def _accepted(self) -> Iterator[JSON]:
        yield from (body for row in self._of("accepts") for body in row.detail.get("bodies", ()))
        yield from self._examples

    def _limit(self, body: JSON) -> Refusal | None:
        for row in self._of("limits"):
            value = at(body, pointer_to(row.detail["field"]))
            if isinstance(value, str) and len(value) > self.longest(row):
                return row.id, f"{row.detail['field']} has more than {row.detail['at_most']} characters"
        return None

    def longest(self, row: Requirement) -> int:
        """How many characters a limited member may have."""
        return int(row.detail["at_most"])

    def _either(self, body: JSON) -> Refusal | None:
        for row in self._of("either-or"):
            fields = row.detail["fields"]
            if all(at(body, pointer_to(field)) in (ABSENT, None) for field in fields):
                return row.id, f"one of {', '.join(fields)} is required"
        return None

    def _schema(self, body: JSON) -> Refusal | None:
        return None if permits(self.schema, body) else ("invalid", "the body is not as it is documented")

    def effective(self, body: Mapping[str, Any]) -> Mapping[str, JSON]:
        """A body without the members that have no effect in it."""
        for row in self._of("ignores"):
            pointer = pointer_to(row.detail["field"])
            rest, condition = _less(body, pointer), _less(row.detail["body"], pointer)
            if matches(condition, rest):
                body = rest
        return body

    def generates(self, body: Mapping[str, JSON]) -> bool:
        """Whether the server makes up the name by this body."""
        return any(matches(row.detail["body"], self.effective(body)) for row in self._of("generates"))

    def name_in(self, body: Mapping[str, JSON]) -> str | None:
        """The name that a body carries."""
        found = (at(self.effective(body), pointer) for pointer in self._carriers)
        return next((str(each) for each in found if each not in (ABSENT, None)), None)


def _less(body: Mapping[str, JSON], pointer: str) -> Mapping[str, JSON]:
    if at(body, pointer) is ABSENT:
        return body
    rest: Mapping[str, JSON] = without(body, pointer)
    return rest


def group_of(contract: Contract) -> frozenset[str]:
    """The parameters that say in which list a conversation stands: those of its creation and of the list."""
    if contract.create is None or contract.listing is None:
        return frozenset()
    given = [(each.body, each.query, each.path, each.headers) for each in (contract.create, contract.listing)]
    created, listed = (frozenset().union(*map(placeholders, templates)) for templates in given)
    return created & listed - {"name", "conversation"}
