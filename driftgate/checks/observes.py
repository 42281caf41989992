"""The check "observes": what a target does where the vendor's page is silent is recorded, and never fails."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import JSON, at, with_members
from driftgate.cases import generate
from driftgate.checks.check import Check, Title
from driftgate.contract import Outcome, Requirement
from driftgate.contract.template import fill
from driftgate.http.exchange import Exchange
from driftgate.session.plan import Question

if TYPE_CHECKING:
    from driftgate.session.session import Session


def ask(session: Session, requirement: Requirement) -> tuple[Exchange, str | None]:
    """Sends what the requirement wants; how the name in the answer relates to the one that was sent."""
    sent, body = _sent(session, requirement)
    former = session.known_name
    exchange = session.send(body, sent)
    if exchange.outcome is not Outcome.SUCCESS:
        return exchange, None
    if not session.contract.answers_with_name:
        return exchange, generate.relation(sent, session.current().name, former)
    return exchange, generate.relation(sent, at(exchange.json, session.contract.answered_name), former)


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """A rename; where its answer does not show the name, a read as well."""
    read = [] if session.contract.answers_with_name else [Question((requirement.id, "read"), 1)]
    return [session.question(_sent(session, requirement)[1]), *read]


def _sent(session: Session, requirement: Requirement) -> tuple[str, dict[str, JSON]]:
    """The name that the requirement wants to be sent, and the body that carries it."""
    detail = requirement.detail
    name = observed_name(detail["name"], session.seed)
    members = fill(detail.get("set", {}), session.values(name=name))
    return name, with_members(session.body(detail.get("body"), name), members)


def observed_name(kind: str, seed: int) -> str:
    """A name that the page is silent on: empty, blank, padded (and decomposed), invisible in part, or of a length."""
    if kind == "empty":
        return ""
    if kind == "blank":
        return "   "
    if kind == "padded":
        return f"  {unicodedata.normalize('NFD', 'café')} {generate.digest(seed, kind)} "
    if kind == "invisible":
        return f"\u200eeye\u200bsight 👩\u200d👩\u200d👧 {generate.digest(seed, kind)}"
    sized = re.fullmatch(r"(\d+)( astral)? characters", kind)
    if sized:
        return generate.long_name("astral" if sized[2] else "ASCII", int(sized[1]), seed, "observed")
    return generate.fresh_name(seed, kind)


CHECK = Check(
    "observes",
    Title.OPEN,
    "driftgate records the behaviour where the page is silent; the requirement never fails.",
    questions=questions,
)
