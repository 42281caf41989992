"""Waivers: violations that a target's owner accepts until a date. Unknown, expired or stale ones fail the gate."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.suggest import did_you_mean
from driftgate.contract.schemas import file_schema, first_problem
from driftgate.record.verdict import Judgement, Untested, Verdict, Waiver


def read_waivers(path: Path, requirements: Collection[str], today: date) -> list[Waiver]:
    """The waivers in a file, of these requirements; none when there is no file. Raises UsageError."""
    from driftgate.base.yamlfile import text_of  # noqa: PLC0415

    return parse_waivers(text_of(path), path, requirements, today) if path.exists() else []


def parse_waivers(text: str, path: Path, requirements: Collection[str], today: date) -> list[Waiver]:
    """The waivers in the text of a file. Raises UsageError."""
    waivers = [_waiver(row) for row in validated(text, path).get("waivers") or ()]
    for waiver in waivers:
        problem = _problem(waiver, waivers, requirements, today)
        if problem:
            raise UsageError(f"{path}: {problem}")
    return waivers


def validated(text: str, path: Path) -> Mapping[str, Any]:
    """What the text of a waiver file holds. Raises UsageError."""
    # loaded here, because reports need the words of this module, and no waiver file
    from driftgate.base import yamlfile  # noqa: PLC0415

    try:
        value = yamlfile.parse(text, str(path))
    except UsageError:
        if "waivers:" in text or "pins:" in text:
            raise
        value = "another file"
    if value is None:  # nothing but comments: the last waiver was removed
        return {}
    # nothing of it is quoted: it may be any file
    if not isinstance(value, dict) or not value.keys() & {"waivers", "pins"}:
        raise UsageError(f"{path}: is not a waiver file: it has neither a list waivers nor a list pins")
    problem = first_problem(file_schema("waivers"), value)
    if problem:
        raise UsageError(f"{path}: {problem}")
    rows: Mapping[str, Any] = value
    return rows


def _waiver(row: Mapping[str, Any]) -> Waiver:
    return Waiver(
        row["requirement"],
        row["reason"],
        row["link"],
        expires=date.fromisoformat(row["expires"]),
        since=date.fromisoformat(row["since"]) if "since" in row else None,
        fingerprint=row.get("fingerprint"),
        case=row.get("case"),
        intermittent=row.get("intermittent", False),
    )


def _problem(waiver: Waiver, waivers: Sequence[Waiver], requirements: Collection[str], today: date) -> str | None:
    """What makes a file with this waiver a bad one: a line that says what to do."""
    if waiver.requirement not in requirements:
        return f"{unknown(waiver.requirement, requirements)}: correct or remove its waiver"
    twice = [each for each in waivers if each is not waiver and each.overlaps(waiver)]
    if twice:
        how = "" if twice[0].fingerprint == waiver.fingerprint else ", for one finding and for all"
        return f"{waiver.requirement} is waived twice{how}: keep one of the two waivers"
    if waiver.since and waiver.since > today:
        return f"the waiver of {named(waiver)} begins on {waiver.since}, which is to come: correct since"
    if waiver.since and waiver.expires < waiver.since:
        return f"the waiver of {named(waiver)} expires on {waiver.expires}, before it begins: correct since or expires"
    return None


def unknown(requirement: str, requirements: Collection[str]) -> str:
    """Says that there is no such requirement, and which one may have been meant."""
    return f"{requirement} is no requirement of this contract{did_you_mean(requirement, requirements)}"


def named(waiver: Waiver) -> str:
    """What a waiver is for."""
    return waiver.requirement + (f", finding {waiver.fingerprint}" if waiver.fingerprint else "")


def in_force(waivers: Sequence[Waiver], today: date) -> tuple[Waiver, ...]:
    """The waivers that hold today; each holds until the end of its last day."""
    return tuple(waiver for waiver in waivers if waiver.expires >= today)


def problems(
    waivers: Sequence[Waiver],
    judgements: Sequence[Judgement],
    today: date,
    every_answer: Collection[str],
    *,
    cases_alone: bool = False,
    in_part: Collection[str] = (),
) -> list[str]:
    """What is wrong with the waivers after a run, a line each that says what to do.

    ``judgements``: of what the run asked. What it did not ask, or judged in part only, says nothing about a waiver.
    ``every_answer`` are the checks that judge every answer of a run: after a run with open questions, what they have
    not seen may yet come. With ``cases_alone`` (the run asked a part of what others ask) only a waiver whose very case
    was asked can be stale; the same for the requirements ``in_part``, of which the budget left out named cases.
    """
    unfinished = any(map(_is_open, judgements))
    judged = {
        row.requirement.id: row
        for row in judgements
        # in an unfinished run, what a check of every answer has not seen may yet come
        if not row.doubts and not (unfinished and row.requirement.check in every_answer)
    }
    lines = []
    for waiver in waivers:
        if waiver.expires < today:
            lines.append(
                f"the waiver of {named(waiver)} expired on {waiver.expires}: fix the target, or renew the waiver"
            )
        elif waiver.requirement in judged:
            stale = _stale(
                waiver,
                judged[waiver.requirement],
                cases_alone=cases_alone or waiver.requirement in in_part,
            )
            lines += [f"the waiver of {named(waiver)} is stale, {stale}: remove the waiver"] if stale else []
    return lines


def _is_open(judgement: Judgement) -> bool:
    """Whether the run left a question open, to which an answer may yet come; a target that never sends it has none."""
    if judgement.untested is not None:
        return judgement.untested is Untested.INTERRUPTED
    return judgement.verdict is Verdict.INCONCLUSIVE


def _stale(waiver: Waiver, judgement: Judgement, *, cases_alone: bool) -> str | None:
    """Why a waiver has nothing left to accept, if so."""
    if waiver.intermittent:
        return None  # that it was not seen once proves nothing
    if waiver.case and not was_asked(waiver.case, judgement.cases):
        return None
    if cases_alone and not waiver.case:
        return None
    if judgement.verdict is Verdict.PASS and waiver.case:
        return f"{waiver.case} passes"
    if judgement.verdict is Verdict.PASS:
        return "the requirement passes"
    if judgement.verdict is Verdict.FAIL and not any(map(waiver.covers, judgement.findings)):
        others = ", ".join(finding.fingerprint for finding in judgement.findings)
        return f"the requirement fails with other findings ({others})"
    return None


def was_asked(case: str, cases: Collection[str]) -> bool:
    """Whether a run judged a case. What was found with several kinds of characters has been asked kind by kind."""
    return case in cases or all(part in cases for part in re.split(" with |, ", case))
