"""How the operations of contract.yaml are sent: where the key goes, and in which media type bodies are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftgate.base.jsonvalue import JSON
from driftgate.contract.model import FORM_TYPE, JSON_TYPE, KeyCarrier
from driftgate.contract.openapi import inline

_FIRST = (JSON_TYPE, "application/merge-patch+json")


def media_type(document: Mapping[str, Any], method: str, url: str) -> str | None:
    """The media type in which an operation's body is sent; None for one without a body, or in no type that is known."""
    body = inline(document["paths"][url][method.lower()].get("requestBody", {}), document)
    offered = list(body.get("content", {}))
    known = [each for each in (*_FIRST, *offered) if each in offered and is_known(each)]
    return known[0] if known else None


def is_known(offered: str) -> bool:
    """Whether a run can write bodies of this media type."""
    plain = offered in (JSON_TYPE, FORM_TYPE) or offered.endswith("+json")
    return plain and offered != "application/json-patch+json"


def key_carrier(document: Mapping[str, Any], method: str, url: str) -> KeyCarrier | None:
    """How the key is sent with an operation: by the first of its security schemes that is known."""
    return next(key_carriers(document, method, url), None)


def key_carriers(document: Mapping[str, Any], method: str, url: str) -> Iterator[KeyCarrier]:
    """Every way to send the key with an operation that is known, in the order of its security schemes."""
    for alternative in _alternatives(document, method, url):
        for name in alternative:
            carrier = carrier_of(scheme_of(document, name))
            if carrier is not None:
                yield carrier


def carrier_of(scheme: Mapping[str, Any]) -> KeyCarrier | None:
    """How a security scheme has the key sent; None for one that a run cannot follow."""
    kind = scheme.get("type")
    if kind == "apiKey" and scheme.get("in") in ("header", "query") and scheme.get("name"):
        return KeyCarrier(scheme["in"], scheme["name"])
    token = kind in ("oauth2", "openIdConnect") or (kind == "http" and str(scheme.get("scheme")).lower() == "bearer")
    return KeyCarrier() if token else None


def scheme_of(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = inline(document.get("components", {}).get("securitySchemes", {}).get(name, {}), document)
    return found


def _alternatives(document: Mapping[str, Any], method: str, url: str) -> Iterator[Sequence[str]]:
    operation = document["paths"][url][method.lower()]
    stated: JSON = operation.get("security", document.get("security", ()))
    yield from (list(each) for each in stated)


def schemes_used(document: Mapping[str, Any], method: str, url: str) -> Sequence[str]:
    """The security schemes that a run follows with an operation: those of its first alternative that has a key."""
    alternatives = list(_alternatives(document, method, url))
    fitting = [each for each in alternatives if any(carrier_of(scheme_of(document, name)) for name in each)]
    return next(iter(fitting or [each for each in alternatives if each]), ())
