"""Reads an operation from an OpenAPI document, 3.0 or 3.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, type_name
from driftgate.contract.openapi import METHODS
from driftgate.docs.model import OPENAPI, Body, Description, Form, Member, Unreadable
from driftgate.docs.schema import Schemas, listed, mapping, members_of, of_values

# by the specification these are no parameters, even if a document lists them
_NO_PARAMETERS = {"accept", "content-type", "authorization"}


@dataclass(frozen=True)
class Codes:
    """Where the code in a body is, by which a contract tells success from refusal, and the code of a success."""

    pointer: str | None = None
    success: JSON = ABSENT

    @property
    def case(self) -> JSON:
        """A value like the body of a success, with nothing but its code."""
        if self.pointer is None or self.success is ABSENT or self.pointer.count("/") != 1:
            return ABSENT
        return {self.pointer[1:]: self.success}


def check(document: JSON) -> Mapping[str, Any]:
    """The document. Raises Unreadable if it is not one of OpenAPI 3."""
    if not isinstance(document, Mapping):
        raise Unreadable(f"is no OpenAPI document: it holds {type_name(document)}")
    if "swagger" in document:
        raise Unreadable(f"is a Swagger {document['swagger']} document; OpenAPI 3.0 and 3.1 can be read")
    if not re.match(r"3\.[012]", str(document.get("openapi", ""))):
        raise Unreadable("is no OpenAPI document: it does not begin with openapi: 3.…")
    if not isinstance(document.get("paths"), Mapping) or not document["paths"]:
        raise Unreadable("is an OpenAPI document without paths: is it cut off?")
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The (method, path) of each operation."""
    schemas = Schemas(document)
    for path, raw in document["paths"].items():
        item = schemas.resolve(raw) if not _leads_out(raw) else {}
        if isinstance(item, Mapping):
            yield from ((method.upper(), str(path)) for method in METHODS if isinstance(item.get(method), Mapping))


def _leads_out(item: JSON) -> bool:
    """Whether a path is described in another document."""
    return isinstance(item, Mapping) and not str(item.get("$ref", "#")).startswith("#")


def describe(
    document: Mapping[str, Any],
    method: str,
    path: str,
    codes: Codes,
    form: Form = OPENAPI,
    most: int | None = None,
) -> Description:
    """What the document says of an operation. Raises Unreadable, also for more than ``most`` schemas."""
    schemas = Schemas(document, *([most] if most else []))
    return _Operation(document, method, path, codes, schemas, form).description(form)


class _Operation:
    """An operation while it is read."""

    def __init__(
        self, document: Mapping[str, Any], method: str, path: str, codes: Codes, schemas: Schemas, form: Form
    ) -> None:
        self.document = document
        self.aspects = form.aspects & OPENAPI.aspects
        self.schemas = schemas
        self.method, self.path, self.codes = method, path, codes
        self.item = _object(schemas.resolve(document["paths"][path]), path)
        self.operation = _object(self.item[method.lower()], f"{method} {path}")

    def description(self, form: Form) -> Description:
        answers, codes, examples = self._answers()
        request, sent = self._request()
        examples |= {"request": sent} if sent else {}
        if examples:
            form = Form(form.name, form.aspects | {"examples"})
        operation_id = self.operation.get("operationId")
        return Description(
            form=form,
            method=self.method,
            path=self.path,
            servers=self._servers(),
            parameters=self._parameters(),
            request=request,
            answers=answers,
            statuses=frozenset(map(str, mapping(self.operation, "responses"))) - {"default"},
            codes=codes,
            examples=examples,
            security=self._security(),
            operation_id=None if operation_id is None else str(operation_id),
            tags=tuple(map(str, listed(self.operation, "tags"))),
            deprecated=self.operation.get("deprecated") is True,
        )

    def _parameters(self) -> dict[tuple[str, str], Member]:
        found = {}
        for raw in (*listed(self.item, "parameters"), *listed(self.operation, "parameters")):
            row = _object(self.schemas.resolve(raw), "a parameter")
            where, name = str(row.get("in")), str(row.get("name"))
            if where == "header" and name.lower() in _NO_PARAMETERS:
                continue
            media = _object(next(iter(mapping(row, "content").values()), {}), "a media type")
            members, _ = self.schemas.members(row.get("schema", media.get("schema", True)), request=True)
            required = where == "path" or row.get("required") is True
            for pointer, member in members.items():
                is_required = required if not pointer else member.required
                found[where, name + pointer] = Member(
                    member.types, is_required, member.limits, member.values, member.default, member.opaque
                )
        return found

    def _request(self) -> tuple[Body | None, tuple[JSON, ...]]:
        body = self.schemas.resolve(self.operation.get("requestBody"))
        if body is None:
            return None, ()
        read, examples = self._body(_object(body, "a request body"), request=True)
        if read is not None:
            root = read.members[""]
            required = Member(root.types, body.get("required") is True, root.limits, root.values, opaque=root.opaque)
            read = Body({**read.members, "": required}, read.aspects, read.media_types, read.choices)
        return read, examples

    def _answers(
        self,
    ) -> tuple[dict[str, Body | None], dict[str, frozenset[str]], dict[str, tuple[JSON, ...]]]:
        responses = mapping(self.operation, "responses")
        success = success_status(responses)
        answers: dict[str, Body | None] = {}
        codes: dict[str, frozenset[str]] = {}
        examples: dict[str, tuple[JSON, ...]] = {}
        for status, raw in responses.items():
            kind = "success" if str(status) == success else str(status)
            response = _object(self.schemas.resolve(raw), f"the response {status}")
            answers[kind], shown = self._body(response, request=False, success=kind == "success")
            if shown:
                examples[kind] = shown
            if is_refusal(kind):
                codes[kind], answers[kind] = self._codes(answers[kind], shown)
            elif kind == "success" and shown:
                codes[kind] = codes_in(shown, self.codes.pointer)
        return answers, codes, examples

    def _codes(self, body: Body | None, shown: tuple[JSON, ...]) -> tuple[frozenset[str], Body | None]:
        """The codes of a refusal, from its schema and its examples, and the body without them."""
        pointer = self.codes.pointer
        if body is None or pointer is None:
            return frozenset(), body
        codes = codes_in(shown, pointer)
        member = body.members.get(pointer)
        if member is not None and member.values is not None:
            codes |= frozenset(map(brief, member.values))
            plain = Member(member.types, member.required, member.limits, opaque=member.opaque)
            body = Body({**body.members, pointer: plain}, body.aspects, body.media_types, body.choices)
        return codes, body

    def _body(
        self, holder: Mapping[str, Any], *, request: bool, success: bool = False
    ) -> tuple[Body | None, tuple[JSON, ...]]:
        """The body of a request or a response and its examples; of several media types the one that is JSON."""
        content = mapping(holder, "content")
        if not content:
            return None, ()
        media_types = frozenset(str(name).partition(";")[0].strip().lower() for name in content)
        media = _object(content[_json_like(content)] or {}, "a media type")
        examples = tuple(self._examples(media))
        case = self.codes.case if success else ABSENT
        if "schema" in media:
            members, node = self.schemas.members(media["schema"], request=request, case=case)
            return Body(members, self.aspects, media_types, node.choices), examples
        if examples:
            shown = {
                pointer: Member(member.types, None, opaque=member.opaque)
                for pointer, member in members_of(of_values(examples))
            }
            return Body(shown, frozenset({"integer"}), media_types), examples
        return Body({"": Member(None, opaque=True)}, frozenset(), media_types), examples

    def _examples(self, media: Mapping[str, Any]) -> Iterator[JSON]:
        if "example" in media:
            yield media["example"]
        for raw in mapping(media, "examples").values():
            example = self.schemas.resolve(raw)
            if isinstance(example, Mapping) and "value" in example:
                yield example["value"]
        schema = self.schemas.resolve(media.get("schema"))
        if isinstance(schema, Mapping):
            if "example" in schema:
                yield schema["example"]
            yield from listed(schema, "examples")

    def _servers(self) -> tuple[str, ...]:
        """The URLs of the servers, with the defaults of their variables."""
        holders = (self.operation, self.item, self.document)
        urls = []
        for raw in next((listed(holder, "servers") for holder in holders if listed(holder, "servers")), ()):
            row = _object(raw, "a server")
            url = str(row.get("url", ""))
            for name, variable in mapping(row, "variables").items():
                url = url.replace(f"{{{name}}}", str(_object(variable, "a variable").get("default", "")))
            urls.append(url.rstrip("/"))
        return tuple(urls)

    def _security(self) -> frozenset[str]:
        """The ways to authenticate, in words; empty where the document names none."""
        schemes = mapping(mapping(self.document, "components"), "securitySchemes")
        ways = set()
        for row in listed(self.operation if "security" in self.operation else self.document, "security"):
            names = _object(row, "a way to authenticate")
            ways.add(" and ".join(sorted(self._scheme(schemes, str(name)) for name in names)) or "none")
        return frozenset(ways)

    def _scheme(self, schemes: Mapping[str, Any], name: str) -> str:
        if name not in schemes:
            raise Unreadable(f"security names {name}, which is not described: is the document cut off?")
        scheme = _object(self.schemas.resolve(schemes[name]), name)
        parts = (scheme.get("type"), scheme.get("scheme"), scheme.get("in"), scheme.get("name"))
        return " ".join(str(part) for part in parts if part).lower()


def codes_in(examples: Iterable[JSON], pointer: str | None) -> frozenset[str]:
    """The codes that examples of answers show."""
    found = (at(example, pointer) for example in examples) if pointer is not None else ()
    return frozenset(brief(value) for value in found if value is not ABSENT)


def success_status(responses: Mapping[Any, Any]) -> str | None:
    """The status of a success: the first 2xx, or ``default`` where there is none."""
    known = sorted(str(status) for status in responses)
    return next((status for status in known if status.startswith("2")), "default" if "default" in known else None)


def is_refusal(kind: str) -> bool:
    return kind.startswith(("4", "5"))


def _json_like(content: Mapping[Any, Any]) -> Any:
    """The media type that is JSON; else one that can be, else the first."""
    for fits in (r"application/json\b", r".*\+json\b", r"\*/\*", r"application/\*"):
        for name in content:
            if re.match(fits, str(name).lower()):
                return name
    return next(iter(content))


def _object(value: JSON, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unreadable(f"has {type_name(value)} where {what} stands: is it cut off?")
    return value
