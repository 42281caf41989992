"""A request and its answer as they pass the proxy, and which operation of the contract a request is for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.contract import Contract, Outcome
from driftgate.contract.model import Operation
from driftgate.http.exchange import Answer, media_type_of
from driftgate.http.outcome import Classifier

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Call:
    """A request. ``target`` is its path with the query."""

    role: str
    method: str
    target: str
    headers: Headers
    body: bytes

    @property
    def json(self) -> JSON:
        """The body, or ``ABSENT`` when it is no JSON."""
        return _json(self.body)

    @property
    def credential(self) -> str | None:
        return next((value for name, value in self.headers if name.lower() == "authorization"), None)


@dataclass(frozen=True)
class Reply:
    """An answer, without the headers that belong to one connection."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> JSON:
        """The body, or ``ABSENT`` when it is no JSON."""
        return _json(self.body)

    def with_json(self, value: JSON) -> Reply:
        """The answer with another body; the same bytes where the value is the same."""
        if same(value, self.json):
            return self
        return replace(self, body=json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def with_content_type(self, content_type: str) -> Reply:
        headers = tuple((name, value) for name, value in self.headers if name.lower() != "content-type")
        return replace(self, headers=(*headers, ("content-type", content_type)))


def same(one: JSON, other: JSON) -> bool:
    """Whether two values are the same JSON; True is not 1."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _json(body: bytes) -> JSON:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return ABSENT


class Reader:
    """Reads the requests and answers of a vendor by the operations and outcomes of its contract."""

    def __init__(self, contract: Contract, path: str) -> None:
        self.contract = contract
        self._classify = Classifier(contract.outcomes)
        self.outcome = lru_cache(maxsize=1024)(self._outcome)
        listing, create, delete = contract.listing, contract.create, contract.delete
        roles: Mapping[str, Operation | None] = {
            "rename": contract.rename,
            "create": create,
            "delete": delete,
            "read": contract.read,  # before the list, which some vendors have for it
            "list": listing,
        }
        # a path that is spelt out goes before one with parameters
        known = sorted(
            ((role, operation) for role, operation in roles.items() if operation), key=lambda each: "{" in each[1].url
        )
        self._patterns = [(role, operation.method, _pattern(path + operation.url)) for role, operation in known]
        self.id_key = contract.id_pointer.rpartition("/")[2]
        self.name_key = contract.name_pointer.rpartition("/")[2]

    def role(self, method: str, target: str) -> str:
        """The role of a request: rename, create, read, list or delete; empty for any other."""
        path = target.partition("?")[0]
        return next(
            (role for role, of, pattern in self._patterns if of == method and pattern.fullmatch(path)),
            "",
        )

    def kind(self, call: Call, reply: Reply) -> str:
        """The kind of an answer, such as ``rename.success``."""
        return f"{call.role}.{self.outcome(reply)}"

    def _outcome(self, reply: Reply) -> Outcome:
        content_type = next((value for name, value in reply.headers if name.lower() == "content-type"), "")
        return self._classify(Answer(reply.status, media_type_of(content_type), reply.headers, reply.body, 0.0))

    def answered_name(self, reply: Reply) -> JSON:
        """The name in the answer to a rename, or ``ABSENT``."""
        return ABSENT if reply.json is ABSENT else at(reply.json, self.contract.answered_name)

    def is_view(self, value: Any) -> bool:
        """Whether a value shows a conversation."""
        return isinstance(value, dict) and self.id_key in value and self.name_key in value

    def conversation(self, call: Call) -> str | None:
        """The id in the path of a rename."""
        pattern = next(pattern for role, _, pattern in self._patterns if role == "rename")
        match = pattern.fullmatch(call.target.partition("?")[0])
        return match[1] if match else None


def _pattern(url: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "([^/?]+)", re.escape(url)))
