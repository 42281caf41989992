"""Waivers: violations that a target's owner has accepted for a time. Unknown, expired or stale ones fail the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from driftgate import yamlfile
from driftgate.contract import Contract
from driftgate.contract.schemas import first_problem, own_schema
from driftgate.errors import UsageProblem
from driftgate.verdict import Judgement, Verdict


@dataclass(frozen=True)
class Waiver:
    """One accepted violation: of which requirement, why, where it is tracked, and until when."""

    requirement: str
    reason: str
    link: str
    expires: date


def read_waivers(path: Path, contract: Contract) -> list[Waiver]:
    """The waivers in a file; none when there is no file. Raises UsageProblem."""
    if not path.exists():
        return []
    value = yamlfile.read(path)
    problem = first_problem(own_schema("waivers"), value)
    if problem:
        raise UsageProblem(f"{path}: {problem}")
    rows = [
        Waiver(row["requirement"], row["reason"], row["link"], date.fromisoformat(row["expires"]))
        for row in value["waivers"]
    ]
    known = {requirement.id for requirement in contract.requirements}
    named = [row.requirement for row in rows]
    for requirement in named:
        if requirement not in known:
            raise UsageProblem(f"{path}: {requirement} is no requirement of {contract.vendor} {contract.edition}")
        if named.count(requirement) > 1:
            raise UsageProblem(f"{path}: {requirement} is waived twice")
    return rows


def in_force(waivers: Sequence[Waiver], today: date) -> frozenset[str]:
    """The requirements that are waived today; a waiver holds until the end of its last day."""
    return frozenset(waiver.requirement for waiver in waivers if waiver.expires >= today)


def problems(waivers: Sequence[Waiver], judgements: Sequence[Judgement], today: date) -> list[str]:
    """What is wrong with the waivers after a run, a line each that says what to do."""
    verdicts = {row.requirement.id: row.verdict for row in judgements}
    told = []
    for waiver in waivers:
        if waiver.expires < today:
            told.append(
                f"the waiver of {waiver.requirement} expired on {waiver.expires}: mend the target, or renew the waiver"
            )
        elif verdicts[waiver.requirement] is Verdict.PASS:
            told.append(f"the waiver of {waiver.requirement} is stale, the requirement passes: remove the waiver")
    return told
