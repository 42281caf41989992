"""The check "repeats": a name that is in use can be given, to the same conversation and to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.checks.check import Check, Title
from driftgate.contract import Requirement
from driftgate.session.plan import Question

if TYPE_CHECKING:
    from driftgate.session.session import Session

_BYSTANDER = "bystander"


def sends_the_present_name(requirement: Requirement) -> bool:
    """Whether a requirement is about a conversation that is given the name that it has."""
    return requirement.check == CHECK.name and requirement.detail["name"] == "present"


def name_in_use(session: Session, requirement: Requirement) -> str:
    """The present name, a former one, or the bystander's. Renames first so that it is in use."""
    which: str = requirement.detail["name"]
    if which == _BYSTANDER:
        return (session.bystander[1].name if session.bystander else None) or _name_bystander(session)
    known = session.former_name() if which == "former" else session.present_name()
    if known is not None:
        return known
    had = session.had_name() if which == "former" else None
    name = had or session.plain_name("repeated")
    between = [session.plain_name("between")] if which == "former" else []
    for each in between if had else [name, *between]:
        session.send(session.body(None, each), each)
    return name


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """The renames that bring a name into use, the one that gives it again, and a read."""
    which: str = requirement.detail["name"]
    repeated = Question((requirement.id, "repeated"), 2)
    if which == _BYSTANDER:
        named = session.bystander is None or session.bystander[1].name
        return [repeated, Question((requirement.id, "bystander"), 0 if named else 1)]
    if which == "former":
        return [repeated, *session.questions_of_former_name()]
    others = [row.id for row in session.contract.requirements if row.check == CHECK.name and row.id != requirement.id]

    def is_known() -> bool:
        """A name that another requirement gives just before is the present one."""
        return session.present_name() is not None or any(map(session.plan.is_open, others))

    return [repeated, Question((requirement.id, "present"), 1, answered=is_known)]


def _name_bystander(session: Session) -> str:
    """The name that a bystander without one is given, so that it is in use there."""
    name = session.plain_name(_BYSTANDER)
    if session.bystander:
        conversation, _ = session.bystander
        body = session.conversations.plain_body(name, conversation)
        session.conversations.rename(conversation, body, name=name)
    return name


CHECK = Check(
    "repeats",
    Title.EFFECTS,
    "A conversation can get its present name, a former name, and a name that another conversation has.",
    questions=questions,
    needs_bystander=lambda requirement: requirement.detail["name"] == _BYSTANDER,
)
