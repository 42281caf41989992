"""Recognising which operation of a contract a request is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from driftgate.contract import Contract, Operation
from driftgate.contract.openapi import METHODS
from driftgate.contract.template import placeholders

_DIGITS = re.compile(r"-?[0-9]{1,40}")

Parameters = Mapping[str, str | int]


@dataclass(frozen=True)
class Known:
    """What a request is for. ``operation`` is empty where its path is documented and its method is not.

    ``methods`` are those that are documented for the path; ``role`` is what a run would send such a request for;
    ``prefix`` is the part of the path that belongs to the base URL; ``shown`` is the query as it may be written down,
    without parameters that are not documented.
    """

    operation: str
    methods: tuple[str, ...]
    role: str
    prefix: str
    shown: str = ""
    path: Parameters = field(default_factory=dict)
    query: Parameters = field(default_factory=dict)
    conversation: str | None = None


@dataclass(frozen=True)
class _Path:
    """A path of the contract, with its operations by method."""

    url: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    operations: Mapping[str, str]
    queries: frozenset[str]


class Routes:
    """The paths of one contract."""

    def __init__(self, contract: Contract) -> None:
        roles = {
            "rename": contract.rename,
            "create": contract.create,
            "read": contract.read,
            "delete": contract.delete,
            "list": contract.listing,
        }
        self._used: dict[str, tuple[str, Operation]] = {}
        for role, operation in roles.items():
            if operation is not None:
                self._used.setdefault(operation.operation_id, (role, operation))
        paths = [_path(url, item) for url, item in contract.document["paths"].items()]
        # a path without parameters is meant before one whose parameter could be its last part
        self._paths = sorted(paths, key=lambda path: len(path.names))

    def known(self, method: str, path: str, query: str) -> Known | None:
        """What the request is for; None for a path that the contract does not have."""
        for each in self._paths:
            match = each.pattern.fullmatch(path)
            if match:
                return self._known(each, match, method, query)
        return None

    def _known(self, path: _Path, match: re.Match[str], method: str, query: str) -> Known:
        operation = path.operations.get(method, "")
        named = operation or next(iter(path.operations.values()))
        role, used = self._used.get(named, ("read", None))
        values = {name: _value(unquote(match[f"p{number}"])) for number, name in enumerate(path.names)}
        asked = {name: _value(value) for name, value in parse_qsl(query, keep_blank_values=True)}
        shown = {name: value for name, value in asked.items() if name in path.queries}
        return Known(
            operation,
            tuple(path.operations),
            role,
            match["prefix"],
            f"?{urlencode(shown)}" if shown else "",
            values,
            asked,
            _conversation(used, values, asked) if used else None,
        )


def _path(url: str, item: Mapping[str, Any]) -> _Path:
    first, *others = re.split(r"\{[^}]*\}", url)
    rest = "".join(f"(?P<p{number}>[^/]+){re.escape(part)}" for number, part in enumerate(others))
    pattern = re.compile(f"(?P<prefix>.*){re.escape(first)}{rest}", re.DOTALL)
    operations = {method.upper(): item[method].get("operationId", "") for method in METHODS if method in item}
    return _Path(url, pattern, tuple(re.findall(r"\{([^}]*)\}", url)), operations, _queries(item))


def _queries(item: Mapping[str, Any]) -> frozenset[str]:
    """The names of the documented parameters in the queries of a path."""
    parameters = [each for method in METHODS for each in item.get(method, {}).get("parameters", ())]
    return frozenset(each["name"] for each in parameters if each.get("in") == "query")


def _conversation(operation: Operation, path: Parameters, query: Parameters) -> str | None:
    """The conversation that the request is about, where it names one in its path or its query."""
    for templates, values in ((operation.path, path), (operation.query, query)):
        for name, template in templates.items():
            if placeholders(template) == {"conversation"} and name in values:
                return str(values[name])
    return None


def _value(text: str) -> str | int:
    """A parameter; a text of digits is an integer, but for one with leading zeros, which would not come back."""
    return int(text) if _DIGITS.fullmatch(text) and str(int(text)) == text else text
