"""The examples of a draft: those that hold are taken over, with the requirement that their requests are accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from driftgate.base.jsonvalue import ABSENT, at, put
from driftgate.contract.template import placeholders, pointers_with
from driftgate.docs.draft.model import Draft
from driftgate.docs.draft.rows import PAGE, Known, Row, slug
from driftgate.docs.model import Description

CAPTURE = "capture"
_MOST = 20  # examples; further ones show nothing new


def shown(rename: Description, known: Known) -> Iterator[Row]:
    """The requests and answers that the document shows."""
    section = f"{known.operation}, example"
    for kind, values in rename.examples.items():
        for number, value in enumerate(values, 1):
            row: Row = {"id": f"{slug(kind)}-{number}", "source": {"page": PAGE, "section": section}}
            if kind == "request" and isinstance(value, Mapping):
                yield row | {"request": dict(value)}
            elif kind == "success" or kind.isdigit():
                success = min((each for each in rename.statuses if each.isdigit() and each < "300"), default="200")
                status = int(kind) if kind.isdigit() else int(success)
                yield row | {"answer": {"status": status, "body": value}}


def with_shown(made: Draft, rows: Sequence[Row]) -> Draft:
    """The draft with the examples of its document. Those that do not hold under its schemas are left out."""
    made, _ = _with(made, rows)
    source = {"page": PAGE, "section": "example of the request"}
    says = "The request of the document's example is answered with success."
    return _accepting(made, "examples-accepted", "must", says, source)


def with_captured(made: Draft, rows: Sequence[Row], file: str) -> tuple[Draft, list[str]]:
    """The draft with examples from captured traffic, and why some are left out."""
    pages = {**made.catalogue["pages"], CAPTURE: {"title": f"Captured traffic, {file}", "languages": ["en"]}}
    made, left_out = _with(replace(made, catalogue={**made.catalogue, "pages": pages}), rows)
    source = {"reading": "the captured server carried it out"}
    says = "The requests that were captured are answered with success."
    return _accepting(made, "captured-accepted", "should", says, source), left_out


def _with(made: Draft, rows: Sequence[Row]) -> tuple[Draft, list[str]]:
    left_out = []
    template = made.catalogue["operations"]["rename"].get("body") or {}
    for each in rows[:_MOST]:
        row = {**each, "request": _filled(each["request"], template)} if "request" in each else each
        more = replace(made, examples={"examples": [*made.examples["examples"], row]})
        found = more.problems()
        if found:
            left_out.append(f"{row['source']['section']}: {found[0]}")
        else:
            made = more
    return made, left_out


def _filled(request: Row, template: Mapping[str, Any]) -> Row:
    """A request with the placeholders of the template, but for the name: runs have ids and users of their own."""
    found = request
    for name in placeholders(template) - {"name"}:
        for pointer in pointers_with(name, template):
            if at(found, pointer) is not ABSENT:
                found = put(found, pointer, at(template, pointer))
    return found


def _accepting(made: Draft, name: str, level: str, says: str, source: Mapping[str, Any]) -> Draft:
    """The draft with a requirement for the requests of its examples, where there are any and none is there yet."""
    rows = made.catalogue["requirements"]
    requests = [row for row in made.examples["examples"] if "request" in row]
    if not requests or any(row["check"] == "accepts" for row in rows):
        return made
    row: Row = {
        "id": f"{made.vendor}.rename.{name}",
        "level": level,
        "says": says,
        "impact": "A client that sends what is shown does not work.",
        "source": dict(source),
        "check": "accepts",
        "examples": True,
    }
    return replace(made, catalogue={**made.catalogue, "requirements": [row, *rows]})
