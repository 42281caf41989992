"""The answers that a contract documents: of each operation its success, and of each situation its refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at, put
from driftgate.contract.model import Contract, Operation, Predicate, Requirement
from driftgate.contract.openapi import inline
from driftgate.contract.schemas import permits
from driftgate.contract.template import placeholders
from driftgate.emulator.contracted.sample import sample

Answer = tuple[int, JSON]

# the status that a refusal has where the contract leaves it open
_USUAL = {"no key": 401, "credential": 401, "unknown": 404, "foreign": 404}
_OF_CREDENTIALS = {"none": "no key", "no-scheme": "no key", "other-scheme": "no key"}


class Answers:
    """What the server of a contract answers."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._situations = dict(_situations(contract))

    def success(self, operation: Operation) -> Answer:
        """Status and body of a success, the body without what is in it of the conversation; None for no body."""
        outcomes = self._contract.outcomes
        for status in self._statuses(operation, "success"):
            for predicate in _on(status, outcomes.success):
                body = self._body(operation, status, "success", [predicate.body])
                if self._is(status, body, "success"):
                    return status, body
        return 200, {}

    def refusal(self, operation: Operation, kind: str) -> Answer:
        """Status and body of a refusal: of a row of the catalogue by its id, or of a situation by its name."""
        row = self._situations.get(kind) or self._situations.get("credential" if kind == "no key" else kind, {})
        usual = _USUAL.get(kind, 400)
        for status in self._statuses(operation, "refusal", row.get("status", ()), usual):
            for predicate in _on(status, self._contract.outcomes.refusal):
                wanted = [predicate.body, *(self._not_now(status)), row.get("schema", True)]
                body = self._body(operation, status, "refusal", wanted)
                if self._is(status, body, "refusal"):
                    return status, body
        return usual, {}

    def knows(self, kind: str) -> bool:
        """Whether the contract says how such a situation is refused."""
        return kind in self._situations

    def _statuses(self, operation: Operation, on: str, wanted: Sequence[str] = (), usual: int = 200) -> Iterator[int]:
        """The statuses that fit, the likeliest first."""
        rows = [row for row in self._rows(operation, on) if "status" in row.detail and not row.detail.get("at")]
        limits = [each for each in (wanted, *(row.detail["status"] for row in rows)) if each]
        documented = [int(each) for each in self._responses(operation) if str(each).isdigit()]
        predicates = self._contract.outcomes.success if on == "success" else self._contract.outcomes.refusal
        patterns = [each for row in (*limits, *(each.status for each in predicates)) for each in row]
        exact = [int(each) for each in patterns if each.isdigit()]
        likeliest = documented if on == "success" else [usual] if usual in documented or not documented else []
        for status in dict.fromkeys([*likeliest, *documented, usual, *exact, 400 if on == "refusal" else 200]):
            if all(_fits(status, row) for row in limits) and status < 500:
                yield status

    def _body(self, operation: Operation, status: int, on: str, wanted: Sequence[JSON]) -> JSON:
        response = self._response(operation, status)
        schemas = list(wanted)
        for each in response.get("content", {}).values():
            schemas.append(inline(each.get("schema", True), self._contract.document))
            break
        schemas += self.required(operation, on)
        if all(schema is True or schema == {} for schema in schemas) and (not response.get("content") or status == 204):
            return None
        return sample(schemas)

    def required(self, operation: Operation, on: str = "success") -> list[JSON]:
        """What the requirements of an operation's answers say of them, as schemas of whole bodies."""
        rows = self._rows(operation, on)
        return [schema_of(row.detail) for row in rows if not placeholders(row.detail.get("schema"))]

    def _rows(self, operation: Operation, on: str) -> list[Requirement]:
        """The requirements of the answers of an operation."""
        roles = {"rename": self._contract.rename.operation_id, "read": self._contract.read.operation_id}
        return [
            row
            for row in self._contract.requirements
            if row.check == "answers"
            and row.detail.get("on", "success") in (on, "any")
            and roles[row.detail.get("operation", "rename")] == operation.operation_id
        ]

    def _responses(self, operation: Operation) -> Mapping[str, Any]:
        item = self._contract.document["paths"][operation.url][operation.method.lower()]
        found: Mapping[str, Any] = inline(item.get("responses", {}), self._contract.document)
        return found

    def _response(self, operation: Operation, status: int) -> Mapping[str, Any]:
        found = self._responses(operation)
        named = next((key for key in (str(status), f"{status // 100}XX", "default") if key in found), None)
        response: Mapping[str, Any] = found[named] if named else {}
        return response

    def _not_now(self, status: int) -> Iterator[JSON]:
        return ({"not": each.body} for each in _on(status, self._contract.outcomes.unavailable))

    def _is(self, status: int, body: JSON, outcome: str) -> bool:
        """Whether a client takes an answer for what it is meant as."""
        outcomes = self._contract.outcomes
        for name, predicates in (
            ("unavailable", outcomes.unavailable),
            ("success", outcomes.success),
            ("refusal", outcomes.refusal),
        ):
            if any(permits(each.body, body) for each in _on(status, predicates)):
                return name == outcome
        return False


def _situations(contract: Contract) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """How refusals are answered: by the id of the row where it is of one body, by the situation elsewhere."""
    rows = [row for row in contract.requirements if "answer" in row.detail]
    for row in reversed(rows):  # the first of several has the last word
        request = row.detail.get("request", {})
        yield row.id, row.detail["answer"]
        if row.check == "stateful":
            foreign = row.detail["promise"].startswith("others-do-not")
            yield "foreign" if foreign else "unknown", row.detail["answer"]
    for row in reversed(rows):
        request = row.detail.get("request", {})
        if "body" in request:
            continue
        credential = request.get("credential", "")
        if credential.startswith("${"):
            yield "foreign", row.detail["answer"]
        elif credential:
            yield _OF_CREDENTIALS.get(credential, "credential"), row.detail["answer"]
        elif "conversation" in request:
            yield "unknown", row.detail["answer"]


def _on(status: int, predicates: Sequence[Predicate]) -> list[Predicate]:
    return [each for each in predicates if _fits(status, each.status)]


def _fits(status: int, patterns: Sequence[str]) -> bool:
    return any(str(status) == each or (each.endswith("XX") and str(status)[0] == each[0]) for each in patterns)


def schema_of(detail: Mapping[str, Any]) -> JSON:
    """What a requirement says of an answer, as a schema of the whole body."""
    if "present" in detail:
        schema: JSON = {}
        for pointer in detail["present"]:
            schema = _merged(schema, pointer)
    else:
        schema = detail.get("schema", True)
    for token in reversed(detail.get("at", "").split("/")[1:]):
        schema = {"properties": {token.replace("~1", "/").replace("~0", "~"): schema}}
    return schema


def _merged(schema: JSON, pointer: str) -> JSON:
    """A schema under which also the member at a pointer is required."""
    tokens, at_ = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]], ""
    for token in tokens:
        required = at(schema, f"{at_}/required") if at_ or isinstance(schema, Mapping) else ABSENT
        known = required if isinstance(required, list) else []
        schema = put(schema, f"{at_}/required", list(dict.fromkeys([*known, token])))
        at_ += f"/properties/{token.replace('~', '~0').replace('/', '~1')}"
        if at(schema, at_) is ABSENT:
            schema = put(schema, at_, {})
    return schema
