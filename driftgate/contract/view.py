"""The texts of a contract, as those that check them look at them: operations by role, schemas without references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from driftgate.base.jsonvalue import JSON
from driftgate.contract.navigate import DeadEnd, follow, types_of
from driftgate.contract.openapi import METHODS, find_operation, inline
from driftgate.contract.transport import scheme_of, schemes_used

JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Found:
    """An operation of contract.yaml without references: its role's row, its method and path, and what it says."""

    role: str
    row: Mapping[str, Any]
    method: str
    url: str
    says: Mapping[str, Any]
    schemes: Sequence[Mapping[str, Any]] = ()

    @property
    def pointer(self) -> str:
        """Where it stands in contract.yaml."""
        return f"/paths/{self.url.replace('~', '~0').replace('/', '~1')}/{self.method.lower()}"

    @property
    def position(self) -> str:
        """Where its row stands in requirements.yaml."""
        return f"/operations/{self.role}"

    @property
    def request(self) -> Sequence[JSON]:
        """The schemas of its bodies; none where it describes no body."""
        content = self.says.get("requestBody", {}).get("content", {})
        return [each["schema"] for each in content.values() if "schema" in each]

    def keys_of(self, within: str) -> Iterator[str]:
        """The names of the headers or query parameters that its security schemes have."""
        return (each["name"] for each in self.schemes if each.get("type") == "apiKey" and each.get("in") == within)

    def answers(self, on: str = "success") -> Sequence[JSON]:
        """The schemas of its answers; none where one of them is not described."""
        schemas = []
        for status, response in self.says.get("responses", {}).items():
            success = str(status).startswith("2") or status == "default"
            if on != "success" or success:
                content = response.get("content", {}).get(JSON_TYPE, {})
                if "schema" not in content:
                    return ()
                schemas.append(content["schema"])
        return schemas


class View:
    """The three texts of one edition. Where its document is not ``usable``, nothing is compared with its schemas."""

    def __init__(self, document: Mapping[str, Any], catalogue: Mapping[str, Any], examples: Mapping[str, Any]) -> None:
        self.usable = True
        self.document = document
        self.catalogue = catalogue
        self.examples = examples
        self.params: Mapping[str, Any] = catalogue.get("parameters", {})

    @cached_property
    def operations(self) -> Mapping[str, Found]:
        """The operations by role, as far as contract.yaml has them."""
        found = {role: self._found(role, row) for role, row in self.catalogue["operations"].items()}
        return {role: each for role, each in found.items() if each is not None}

    def _found(self, role: str, row: Mapping[str, Any]) -> Found | None:
        position = find_operation(self.document, row["operation"])
        if position is None:
            return None
        method, url = position
        if not self.usable:
            return Found(role, row, method, url, {"parameters": []})
        item = self.document["paths"][url]
        says = self.inlined(item[method.lower()]) or {}
        shared = [each for each in self.inlined(item.get("parameters", [])) or () if isinstance(each, Mapping)]
        schemes = [scheme_of(self.document, name) for name in schemes_used(self.document, method, url)]
        return Found(role, row, method, url, {**says, "parameters": [*shared, *says.get("parameters", ())]}, schemes)

    def inlined(self, value: JSON) -> Any:
        """A value without references; None where one of them leads nowhere, which is a problem of its own."""
        try:
            return inline(value, self.document)
        except ValueError:
            return None

    @cached_property
    def operation_ids(self) -> Sequence[str]:
        found = (
            item[method].get("operationId")
            for item in self.document.get("paths", {}).values()
            for method in METHODS
            if method in item
        )
        return [str(each) for each in found if each]

    @cached_property
    def body(self) -> Sequence[JSON]:
        """The schemas of the bodies of a rename."""
        rename = self.operations.get("rename")
        return rename.request if rename else ()

    @cached_property
    def conversation(self) -> Sequence[JSON]:
        """The schemas of a conversation, as a read shows it; none where they are not described."""
        read = self.operations.get("read")
        if read is None:
            return ()
        row = read.row
        pointer = f"{row['items']}/0" if "items" in row else row.get("conversation", "")
        found = follow(read.answers(), pointer)
        return () if isinstance(found, DeadEnd) else found

    def rows(self, part: str, bad: frozenset[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The rows of a list that are of the right form, with their pointers."""
        rows = (self.examples if part == "examples" else self.catalogue).get(part, ())
        return ((f"/{part}/{index}", row) for index, row in enumerate(rows) if f"/{part}/{index}" not in bad)

    @cached_property
    def integer_ids(self) -> bool:
        """Whether the schemas of a conversation say that its id is an integer."""
        found = follow(self.conversation, self.catalogue["conversation"]["id"]) if self.conversation else ()
        return not isinstance(found, DeadEnd) and types_of(found) == {"integer"}

    @property
    def typed(self) -> Mapping[str, Any]:
        """The parameters, and the id of a conversation, with their types."""
        return {**self.params, "conversation": {"type": "integer" if self.integer_ids else "string"}}

    @property
    def samples(self) -> dict[str, Any]:
        """A value for each placeholder."""
        params = {
            name: row.get("example", 1 if row.get("type") == "integer" else "driftgate")
            for name, row in self.params.items()
        }
        unknown = self.catalogue["conversation"]["unknown"]
        unknown = int(unknown) if self.integer_ids and unknown.isdigit() else unknown
        return {**params, "name": "driftgate", "conversation": unknown, "status": 200}
