"""The requirements that follow from the schemas and the status codes of an operation, each with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief
from driftgate.docs.draft.members import Members, Position, answered, last, sent
from driftgate.docs.model import Description, Member

Row = dict[str, Any]
PAGE = "openapi"
_KEYS = ("401", "403")
_JUDGED = ("format", "minLength", "maxLength", "minimum", "maximum", "pattern")


@dataclass(frozen=True)
class Known:
    """What rows are made from: the rename as the document describes it, and how the catalogue uses it."""

    vendor: str
    rename: Description
    template: Mapping[str, JSON]
    name: str
    position: Position | None
    body_required: bool
    has_key: bool

    @property
    def operation(self) -> str:
        return f"{self.rename.method} {self.rename.path}"


def requirements(known: Known) -> list[Row]:
    """The rows, each id once."""
    rows = [*_stored(known), *_bodies(known), *_refusals(known), *_answers(known)]
    return list({row["id"]: row for row in rows}.values())


def _row(known: Known, name: str, level: str, says: str, impact: str, section: str, **check: Any) -> Row:
    source = {"page": PAGE, "section": f"{known.operation}, {section}"} if level == "must" else {"reading": section}
    identifier = f"{known.vendor}.rename.{slug(name)}"
    return {"id": identifier, "level": level, "says": says, "impact": impact, "source": source, **check}


def slug(name: str) -> str:
    """A name as a part of an id."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    plain = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    return plain if re.match("[a-z]", plain) else f"member-{plain}".strip("-")


def _stored(known: Known) -> Iterator[Row]:
    reading = "an operation that takes a name stores it"
    yield _row(
        known,
        "persists",
        "should",
        "A later read shows the name that was sent.",
        "Names are lost.",
        reading,
        check="persists",
    )
    if known.position is not None:
        reading = "an answer with the conversation shows its new name"
        yield _row(
            known,
            "echoes",
            "should",
            "The answer shows the name that was sent.",
            "Clients show an old name.",
            reading,
            check="echoes",
        )


def _bodies(known: Known) -> Iterator[Row]:
    """What the schema of the body forbids."""
    if known.body_required:
        yield _rejected(known, "body-required", "A request without a body is refused.", "required", {"raw": "empty"})
    for pointer, member in sent(known.rename).items():
        if not pointer or "*" in pointer or at(known.template, pointer) is ABSENT:
            continue
        field = pointer[1:] if pointer.count("/") == 1 else pointer
        name = slug(pointer)
        if member.required:
            says = f"A body without {field} is refused."
            yield _rejected(known, f"{name}-required", says, f"required: {field}", {"remove": [field]})
        yield from _values(known, pointer, field, member)
    at_most = sent(known.rename).get(known.name, Member()).limits.get("maxLength")
    if isinstance(at_most, int) and at_most > 0:
        field = known.name[1:] if known.name.count("/") == 1 else known.name
        says = f"{field} has at most {at_most} characters, and a longer one is refused."
        yield _row(
            known,
            f"at-most-{at_most}",
            "must",
            says,
            "Names are cut, or a client's mistake goes unnoticed.",
            f"requestBody, {field}, maxLength",
            check="limits",
            field=field,
            at_most=at_most,
            alphabets=["ASCII", "CJK"],
        )


def _rejected(known: Known, name: str, says: str, section: str, change: Row) -> Row:
    impact = "A client's mistake goes unnoticed."
    return _row(known, name, "must", says, impact, f"requestBody, {section}", check="rejects", breaks=[change])


def _values(known: Known, pointer: str, field: str, member: Member) -> Iterator[Row]:
    """The values of a member that the schema forbids."""
    name, types = slug(pointer), member.types or frozenset()
    wrong: JSON = 7 if types == {"string"} else "driftgate" if types and "string" not in types else ABSENT
    if wrong is not ABSENT:
        wanted = " or ".join(sorted(types))
        says = f"{field} is of type {wanted}, and {brief(wrong)} is refused."
        yield _rejected(known, f"{name}-type", says, f"{field}, type", {"set": {field: wrong}})
    if member.values is not None and "string" in types:
        says = f"{field} is one of {', '.join(map(brief, member.values))}; another value is refused."
        yield _rejected(known, f"{name}-values", says, f"{field}, enum", {"set": {field: "driftgate-none-of-these"}})
    least = member.limits.get("minLength")
    if isinstance(least, int) and least > 0:
        says = f"{field} has at least {least} characters, and an empty one is refused."
        yield _rejected(known, f"{name}-at-least-{least}", says, f"{field}, minLength", {"set": {field: ""}})


def _refusals(known: Known) -> Iterator[Row]:
    missing = [status for status in ("404", "410") if status in known.rename.statuses]
    if missing:
        says = f"An id that no conversation has is refused with {' or '.join(missing)}."
        yield _row(
            known,
            "unknown-refused",
            "must",
            says,
            "Clients take a lost conversation for a renamed one.",
            f"responses, {' and '.join(missing)}",
            check="refuses",
            request={"conversation": "unknown"},
            answer={"status": missing},
        )
    if known.has_key and not known.rename.statuses & set(_KEYS):
        yield _row(
            known,
            "key-required",
            "should",
            "A request without a key is refused.",
            "Anybody renames conversations.",
            "an operation with security refuses requests without a key",
            check="refuses",
            request={"credential": "none"},
        )
    denied = [status for status in _KEYS if status in known.rename.statuses]
    if known.has_key and denied:
        says = f"A request without a key is refused with {' or '.join(denied)}."
        yield _row(
            known,
            "key-required",
            "must",
            says,
            "Anybody renames conversations.",
            f"security, and responses, {' and '.join(denied)}",
            check="refuses",
            request={"credential": "none"},
            answer={"status": denied},
        )


def _answers(known: Known) -> Iterator[Row]:
    """The form of the answer to a success."""
    successes = sorted(status for status in known.rename.statuses if status.startswith("2"))
    if successes:
        says = f"A success is answered with {' or '.join(successes)}."
        yield _row(
            known,
            "status",
            "must",
            says,
            "Clients that compare the status fail.",
            "responses",
            check="answers",
            status=[each.upper() for each in successes],
        )
    body = known.rename.answers.get("success")
    if body is not None and "application/json" in body.media_types and len(body.media_types) == 1:
        yield _row(
            known,
            "json",
            "must",
            "The answer to a success is JSON.",
            "Clients cannot read the answer.",
            "responses, content",
            check="answers",
            media_type="application/json",
        )
    for pointer, member in answered(known.rename).items():
        if pointer and "*" not in pointer and _always_there(answered(known.rename), pointer.rpartition("/")[0]):
            yield from _answered(known, pointer, member)


def _always_there(members: Members, pointer: str) -> bool:
    while pointer:
        if members[pointer].required is not True:
            return False
        pointer = pointer.rpartition("/")[0]
    return True


def _answered(known: Known, pointer: str, member: Member) -> Iterator[Row]:
    name, name_of = slug(pointer), last(pointer)
    if member.required:
        yield _row(
            known,
            f"answer-has-{name}",
            "must",
            f"The answer has {name_of}.",
            "Typed clients fail.",
            f"responses, {name_of}, required",
            check="answers",
            present=[pointer],
        )
    schema = _schema(member)
    if schema:
        yield _row(
            known,
            f"answer-{name}-form",
            "must",
            f"{name_of} in the answer is as its schema says: {_words(schema)}.",
            "Typed clients fail.",
            f"responses, {name_of}",
            check="answers",
            at=pointer,
            schema=schema,
            **({} if member.required else {"optional": True}),
        )


def _schema(member: Member) -> Row:
    """A JSON Schema of a member by itself."""
    types = member.types or frozenset()
    plain = sorted(types - {"integer"} if "number" in types else types)
    everything = {"array", "boolean", "null", "number", "object", "string"}
    found: Row = {} if not types or everything <= types else {"type": plain[0] if len(plain) == 1 else plain}
    found |= {"enum": list(member.values)} if member.values is not None else {}
    return found | {key: member.limits[key] for key in _JUDGED if key in member.limits}


def _words(schema: Row) -> str:
    shown = {key: " or ".join(map(str, value)) if isinstance(value, list) else value for key, value in schema.items()}
    return ", ".join(f"{key} {value}" for key, value in shown.items())
