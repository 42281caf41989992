"""Examples for a contract from captured traffic: what renames sent, and what they were answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, parse
from driftgate.contract import Contract, Outcome
from driftgate.judge.capture import Captured
from driftgate.judge.traffic import captured
from driftgate.record.rows import Body

PAGE = "capture"
_MOST = 5


def examples_of(path: Path, contract: Contract) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of examples.yaml from a HAR file, and why some renames in it give none. Raises UsageError.

    Of renames of the same form the first one is taken. What holds a key is left out.
    """
    rows: dict[str, dict[str, Any]] = {}
    left_out = []
    for each in captured(path, contract, {}).exchanges:
        if each.row.role != "rename":
            continue
        section = f"exchange {each.row.number}, {each.row.request.method} {contract.rename.url}"
        why = _problem(each)
        if why:
            left_out.append(f"{section}: {why}")
            continue
        row = _row(each)
        rows.setdefault(_form(row), {"id": f"captured-{each.row.number}", "source": _source(section), **row})
    return list(rows.values())[:_MOST], left_out


def _source(section: str) -> dict[str, str]:
    return {"page": PAGE, "section": section}


def _problem(each: Captured) -> str:
    """Why a rename gives no example; empty where it gives one."""
    answer = each.row.answer
    if answer is None or each.lost.get("body"):
        return "its answer was not captured whole"
    if each.exchange.outcome not in (Outcome.SUCCESS, Outcome.REFUSAL):
        return "its answer is neither a success nor a refusal"
    if _is_masked(each.row.request.body) or _is_masked(answer.body):
        return "it holds a key"
    if each.exchange.outcome is Outcome.SUCCESS and not isinstance(_value(each.row.request.body), Mapping):
        return "its body is no JSON object"
    return "" if _value(answer.body) is not ABSENT else "its answer is no JSON"


def _is_masked(body: Body | None) -> bool:
    return body is not None and any(f"${name}" in body.content for name in ("API_KEY", "SECRET"))


def _value(body: Body | None) -> JSON:
    try:
        return parse(body.raw()) if body and body.raw() else ABSENT
    except ValueError:
        return ABSENT


def _row(each: Captured) -> dict[str, Any]:
    """The example. Only the body of a success is sent again; that of a refusal depends on what was there."""
    answer = each.row.answer
    assert answer is not None
    shown = {"answer": {"status": answer.status, "body": _value(answer.body)}}
    return {"request": _value(each.row.request.body), **shown} if each.exchange.outcome is Outcome.SUCCESS else shown


def _form(row: Mapping[str, Any]) -> str:
    """What makes two examples alike: the status, and the members of both bodies."""
    return json.dumps([row["answer"]["status"], _members(row.get("request")), _members(row["answer"]["body"])])


def _members(value: JSON) -> JSON:
    return {key: _members(member) for key, member in sorted(value.items())} if isinstance(value, Mapping) else None
