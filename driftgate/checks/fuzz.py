"""Bodies that Schemathesis makes of the contract's rename operation, for the profile deep; our client sends them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode

from driftgate.base.jsonvalue import JSON, at, parse
from driftgate.cases.bodies import encode
from driftgate.checks.expect import Expect
from driftgate.checks.names import MORE_TRIES, longest_name
from driftgate.checks.property import falsify, names
from driftgate.contract import Contract
from driftgate.contract.openapi import rename_schema
from driftgate.contract.schemas import validator
from driftgate.contract.template import fill, placeholders
from driftgate.session.session import Session

Property = Callable[[Any], None]
Operation = APIOperation[Any, Any, Any, Any]

_EXAMPLES = 500


class BodySearch:
    """One search over the bodies of a contract's rename operation."""

    def __init__(self, session: Session, expect: Expect) -> None:
        self._session = session
        self._expect = expect
        self._schema = body_schema(session.contract, allow_cost=session.target.allow_cost, values=session.values())

    def holds(self, property_: Property, *, valid: bool) -> None:
        """Raises Violation with the findings of the smallest body found for which the property does not hold."""
        operation = self._operation()
        strategy = self._valid(operation) if valid else self._invalid(operation)
        if not valid:
            for case in _coverage(operation):
                property_(_wire(case))
        falsify(
            strategy,
            lambda body: self._expect.findings_of(
                "a body made of the contract by Schemathesis", lambda: property_(body)
            ),
            examples=_EXAMPLES,
            seed=self._session.seed,
            shrink=MORE_TRIES[self._session.free],
        )

    def _operation(self) -> Operation:
        """The rename operation by itself; Schemathesis never sees another, nor another method."""
        rename = self._session.contract.rename
        content = {"application/json": {"schema": self._schema}}
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in rename.path
        ]
        item = {
            "operationId": rename.operation_id,
            "parameters": parameters,
            "requestBody": {"required": True, "content": content},
            "responses": {"default": {"description": "any"}},
        }
        document = {
            "openapi": "3.1.0",
            "info": {"title": self._session.contract.title, "version": self._session.contract.edition},
            "paths": {rename.url: {rename.method.lower(): item}},
        }
        return schemathesis.openapi.from_dict(document)[rename.url][rename.method]

    def _paths(self) -> dict[str, Any]:
        return dict(fill(self._session.contract.rename.path, self._session.values()))

    def _valid(self, operation: Operation) -> st.SearchStrategy[JSON]:
        """Valid bodies whose texts are names that any reading of the page allows."""
        kept = validator(self._schema)
        texts = names(longest_name(self._session.contract))
        cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE, path_parameters=self._paths())
        bodies = cases.map(lambda case: case.body).filter(kept.is_valid)
        return st.builds(self._with_texts, bodies, st.lists(texts, min_size=3, max_size=3)).filter(kept.is_valid)

    def _with_texts(self, body: Mapping[str, JSON], texts: list[str]) -> dict[str, JSON]:
        properties = self._schema["properties"]
        free = [key for key in body if properties.get(key, {}).get("type") == "string"]
        return {**body, **dict(zip(free, texts, strict=False))}

    def _invalid(self, operation: Operation) -> st.SearchStrategy[bytes]:
        cases = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, path_parameters=self._paths())
        return cases.map(_wire).filter(self._is_free)

    def _is_free(self, body: bytes) -> bool:
        """Whether a body leaves the members alone whose other values cost what is not allowed."""
        fixed = self._session.fixed_members
        try:
            value = parse(body) if fixed else None
        except ValueError:
            return True
        valid = self._session.body(None, "")
        return not isinstance(value, dict) or all(at(value, f"/{key}") == valid[key] for key in fixed)


def body_schema(contract: Contract, *, allow_cost: bool, values: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of rename bodies: closed, without members that cost money, parameters of the target as constants.

    Members that hold such a parameter are required: without them the request is not about the target's conversations.
    """
    schema = rename_schema(contract)
    properties = {key: value for key, value in schema["properties"].items() if allow_cost or "x-costs" not in value}
    supplied = {key: each for key, each in (contract.rename.body or {}).items() if placeholders(each) - {"name"}}
    properties.update({key: {"const": fill(each, values)} for key, each in supplied.items()})
    required = list(dict.fromkeys([*schema.get("required", ()), *supplied]))
    kept = {**schema, "properties": properties, "additionalProperties": False}
    return {**kept, "required": required} if required else kept


def _coverage(operation: Operation) -> Iterator[Case[Any]]:
    """The cases of Schemathesis' coverage phase that differ in the body alone."""
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    cases = operation.schema.iter_coverage_cases(
        operation, generation_modes=[GenerationMode.NEGATIVE], generation_config=config
    )
    return (case for case in cases if case.method.upper() == operation.method.upper() and not case.headers)


def _wire(case: Case[Any]) -> bytes:
    """The body of a case as it goes over the wire."""
    sent = case.as_transport_kwargs(base_url="http://localhost")
    if "json" in sent:
        return encode(sent["json"])
    data = sent.get("data", b"")
    return data if isinstance(data, bytes) else json.dumps(data, default=str).encode()
