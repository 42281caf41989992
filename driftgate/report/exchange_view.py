"""An exchange arranged for a page: the request beside the answer, with the place that a finding is about marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from driftgate.base.jsonvalue import parse, printable
from driftgate.record.rows import Body, RecordedExchange, RecordedFinding
from driftgate.report.evidence import curl

_MOST_LAID_OUT = 5  # times the length of what was sent


@dataclass(frozen=True)
class Text:
    """A text of lines; ``marked`` is the one that a finding is about, split from those before and after it."""

    before: str
    marked: str = ""
    after: str = ""


@dataclass(frozen=True)
class ExchangeView:
    """One request and its answer; bodies as indented JSON where they are JSON. ``answer`` is None where none came."""

    title: str
    curl: str
    request: Text
    answer: Text | None


def exchange_view(row: RecordedExchange, finding: RecordedFinding) -> ExchangeView:
    """The view of one of the exchanges that prove a finding."""
    request, answer = row.request, row.answer
    came = f"HTTP {answer.status} in {answer.elapsed_ms:.0f} ms" if answer else f"no answer ({row.transport_error})"
    return ExchangeView(
        title=printable(f"{row.number}: {request.method} {request.url}: {row.outcome}, {came}"),
        curl=printable(curl(request)),
        request=Text(body_text(request.body)),
        answer=_answer(row, finding if finding.exchange == row.number else None),
    )


def _answer(row: RecordedExchange, finding: RecordedFinding | None) -> Text | None:
    """The answer as text. ``finding``: the one that is about this very answer."""
    if row.answer is None:
        return None
    head = [f"HTTP {row.answer.status}", *(f"{name}: {value}" for name, value in row.answer.headers), ""]
    body = body_text(row.answer.body)
    lines = [*map(printable, head), *body.split("\n")]
    if finding is None:
        return Text("\n".join(lines))
    if finding.part == "status":
        return _marked(lines, 0)
    index = _line_of(finding.pointer, row.answer.body, body) if finding.part in ("body", "read") else None
    return Text("\n".join(lines)) if index is None else _marked(lines, len(head) + index)


def _marked(lines: Sequence[str], index: int) -> Text:
    before = "".join(f"{line}\n" for line in lines[:index])
    after = "".join(f"\n{line}" for line in lines[index + 1 :])
    return Text(before, lines[index], after)


def body_text(body: Body | None) -> str:
    """A body for people: JSON is laid out, what does not show is escaped."""
    if body is None:
        return "no body"
    if body.text is None:
        return f"{body.bytes} bytes that are no UTF-8, in base64: {body.base64}"
    text = body.text
    with suppress(ValueError):
        laid_out = _laid_out(parse(text.encode()))
        # deep values are mostly indentation: a server could make a page of gigabytes with them
        text = laid_out if len(laid_out) <= _MOST_LAID_OUT * len(text) else text
    cut = f"\n… the first part of {body.bytes} bytes" if len(body.raw()) < body.bytes else ""
    return "\n".join(map(printable, text.split("\n"))) + cut


def _laid_out(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _line_of(pointer: str, body: Body | None, shown: str) -> int | None:
    """The index of the line of a laid-out body that a pointer leads to, or to what should hold the member.

    None where the body is not laid out, or the pointer leads to all of it.
    """
    if body is None or body.text is None or not pointer:
        return None
    try:
        value = parse(body.text.encode())
    except ValueError:
        return None
    if len(_laid_out(value).split("\n")) != len(shown.split("\n")):
        return None
    line = 0
    for token in pointer.split("/")[1:]:
        members = _members(value)
        name = token.replace("~1", "/").replace("~0", "~")
        if name not in members:
            return line
        for key, member in members.items():
            if key == name:
                line, value = line + 1, member
                break
            line += _laid_out(member).count("\n") + 1
    return line


def _members(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else {}
