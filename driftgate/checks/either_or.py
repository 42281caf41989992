"""The check "either-or": each of several fields alone and all of them are accepted, none of them is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import JSON, with_members, without_members
from driftgate.cases import generate
from driftgate.cases.bodies import Case, encode
from driftgate.checks.check import Check, Title
from driftgate.contract import Requirement

if TYPE_CHECKING:
    from driftgate.session.plan import Question
    from driftgate.session.session import Session


def bodies(session: Session, requirement: Requirement) -> list[tuple[str, dict[str, JSON]]]:
    """What must be accepted, with labels: each field alone, then all of them."""
    fields: Sequence[str] = requirement.detail["fields"]
    rest = _without(session, fields)

    def text(field: str, case: str) -> str:
        return generate.fresh_name(session.seed, f"{requirement.id} {field} {case}")

    alone = [(f"{field} alone", with_members(rest, {field: text(field, "alone")})) for field in fields]
    return [*alone, (" and ".join(fields), with_members(rest, {field: text(field, "all") for field in fields}))]


def cases(session: Session, requirement: Requirement) -> list[Case]:
    """What must be refused: none of the fields."""
    fields: Sequence[str] = requirement.detail["fields"]
    control = bodies(session, requirement)[0][1]
    return [Case(f"neither {' nor '.join(fields)}", encode(_without(session, fields)), control)]


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """Each field alone and all of them: the promise is about all of these."""
    return [session.control_question(body) for _, body in bodies(session, requirement)]


def _without(session: Session, fields: Sequence[str]) -> dict[str, JSON]:
    return without_members(session.body(None, ""), fields)


CHECK = Check(
    "either-or",
    Title.REQUESTS,
    "The target accepts each of several fields alone and all of them together, and refuses a body with none.",
    cases=cases,
    questions=questions,
)
