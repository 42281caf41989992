"""What a contract's document says of the requests of an operation: the parameters they must have, and their body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from driftgate.contract.model import Contract, Operation
from driftgate.contract.openapi import inline

# OpenAPI says that parameters of these names are ignored
_IGNORED = {"accept", "authorization", "content-type"}


def required_parameters(contract: Contract, operation: Operation) -> Iterator[tuple[str, str]]:
    """Where each required parameter of the query and the headers is, and its name."""
    item = contract.document["paths"][operation.url]
    stated = [*item.get("parameters", ()), *item[operation.method.lower()].get("parameters", ())]
    rows = {(row["in"], row["name"]): row for row in (_plain(each, contract) for each in stated)}
    for (within, name), row in rows.items():
        if row.get("required") is True and within in ("query", "header") and name.lower() not in _IGNORED:
            yield within, name


def body_schema(contract: Contract, operation: Operation) -> Mapping[str, Any]:
    """The schema of an operation's bodies, without references; empty where it describes none."""
    described = contract.document["paths"][operation.url][operation.method.lower()].get("requestBody", {})
    media = _plain(described, contract).get("content", {}).get(operation.media_type, {})
    schema = inline(media.get("schema", {}), contract.document)
    return schema if isinstance(schema, Mapping) else {}


def _plain(value: Any, contract: Contract) -> Any:
    return inline(value, contract.document)
