"""Checks that a run can send what contract.yaml describes: keys, headers, media types and servers."""

from __future__ import annotations

from collections.abc import Iterator

from driftgate.base.jsonvalue import brief, pointer_of
from driftgate.base.suggest import did_you_mean
from driftgate.contract.model import FORM_TYPE
from driftgate.contract.problem import CATALOGUE, DOCUMENT, Problem
from driftgate.contract.transport import carrier_of, media_type, scheme_of, schemes_used
from driftgate.contract.view import Found, View

_KNOWN = "known are http bearer, and apiKey in header or query"


def transport_problems(view: View, found: Found) -> Iterator[Problem]:
    """What a run would not send with one operation."""
    yield from _media_types(view, found)
    yield from _keys(view, found)
    for index, row in enumerate(found.says["parameters"]):
        if row.get("in") == "cookie" and row.get("required"):
            says = f"the cookie {row.get('name')} would not be sent with {found.row['operation']}"
            yield Problem(DOCUMENT, f"{found.pointer}/parameters/{index}", says, "no run sends cookies")


def _media_types(view: View, found: Found) -> Iterator[Problem]:
    offered = list(found.says.get("requestBody", {}).get("content", {}))
    if offered and media_type(view.document, found.method, found.url) is None:
        says = f"no run can write a body as {' or '.join(offered)}, which {found.row['operation']} takes"
        mend = f"known are JSON, +json such as application/merge-patch+json, and {FORM_TYPE}"
        yield Problem(DOCUMENT, f"{found.pointer}/requestBody/content", says, mend)
    elif offered and is_form(view, found):
        for name, value in found.row.get("body", {}).items():
            if not isinstance(value, (str, bool, int)):
                says = f"a form has no place for {brief(value)}"
                yield Problem(CATALOGUE, f"{found.position}/body/{name}", says, "give texts, numbers and flags only")


def is_form(view: View, found: Found) -> bool:
    """Whether the bodies of an operation are sent as a form."""
    return media_type(view.document, found.method, found.url) == FORM_TYPE


def _keys(view: View, found: Found) -> Iterator[Problem]:
    """Security schemes that a run cannot follow; a second key has to be a parameter of the header or the query."""
    names = schemes_used(view.document, found.method, found.url)
    known = view.document.get("components", {}).get("securitySchemes", {})
    given = {*found.row.get("headers", {}), *found.row.get("query", {})}
    carried = False
    for name in names:
        scheme = scheme_of(view.document, name)
        carrier = carrier_of(scheme)
        if name not in known:
            says = f"there is no security scheme {name}{did_you_mean(name, known)}"
            yield Problem(DOCUMENT, "/security", says, f"describe it in components.securitySchemes of {DOCUMENT}")
        elif carrier is None:
            told = " ".join(str(scheme[key]) for key in ("type", "scheme", "in") if key in scheme)
            position = pointer_of(["components", "securitySchemes", name])
            yield Problem(DOCUMENT, position, f"no run can send the key of the security scheme {name} ({told})", _KNOWN)
        elif carried and carrier.name not in given:
            member = "headers" if carrier.within == "header" else "query"
            mend = f'give it as a parameter: {member}: {{{carrier.name}: "${{…}}"}}'
            says = f"the key of the security scheme {name} would not be sent with {found.row['operation']}"
            yield Problem(CATALOGUE, found.position, says, mend)
        carried = carried or carrier is not None


def server_problems(view: View) -> Iterator[Problem]:
    """Servers whose URLs have variables: a base URL is sent to as it is."""
    for index, server in enumerate(view.document.get("servers", ())):
        if "{" in server["url"]:
            says = f"the server {brief(server['url'])} has variables, which no run fills in"
            yield Problem(DOCUMENT, f"/servers/{index}/url", says, "write the usual URL out")
