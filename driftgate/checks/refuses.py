"""The check "refuses": a named situation (an unknown conversation, a wrong credential) gets its documented refusal."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from driftgate.base.errors import NotAsked
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, Case, encode
from driftgate.checks.check import Check, Title
from driftgate.contract import Outcome, Requirement
from driftgate.contract.template import SUPPLIED, fill, placeholders
from driftgate.target.model import Target

if TYPE_CHECKING:
    from driftgate.session.session import Session


def cases(session: Session, requirement: Requirement) -> list[Case]:
    """The one case that puts the server into the situation."""
    request = requirement.detail["request"]
    name = generate.fresh_name(session.seed, requirement.id)
    control = session.body(None, name)
    label = ", ".join(f"{key} {value}" for key, value in request.items() if key != "body") or "another body"
    unknown = request.get("conversation") == "unknown"
    body = session.body(request.get("body"), name, session.contract.unknown_id if unknown else None)
    credential = request.get("credential", GIVEN)
    elsewhere = unknown or "body" in request or bool(placeholders(credential))
    return [Case(label, encode(body), control, name, credential, unknown, elsewhere=elsewhere)]


def refused_as_another_account(session: Session, case: Case) -> None:
    """The refusal of another account's key is not that of a key which nobody has. Raises NotAsked."""
    account = session.contract.other_account
    refusal = session.refused(case).answer
    if account is None or account.credential != case.credential or refusal.outcome is not Outcome.REFUSAL:
        return
    if not session.knows_key(case.credential, refusal):
        (name,) = placeholders(case.credential)
        raise NotAsked(f"supply --param {name}=… that the target accepts: this one is refused like a wrong key")


def missing(requirement: Requirement, target: Target, known: Collection[str]) -> str | None:
    """What to supply where another account's key, or another user, is the target's own."""
    request = requirement.detail["request"]
    credential, body = request.get("credential", GIVEN), request.get("body")
    for name in placeholders(credential):
        if target.params.get(name) == target.api_key:
            return f"supply --param {name}=… of another account: this one is the target's own"
    values = {**target.params, "name": "", "conversation": ""}
    if body is None or not placeholders(body) <= values.keys():
        return None
    own = fill(body, values) == fill(target.contract.rename.body, values)
    names = " or ".join(sorted(placeholders(body) - SUPPLIED))
    return f"supply another --param {names}=…: this one is the target's own" if own else None


CHECK = Check(
    "refuses",
    Title.REFUSALS,
    "A named situation leads to the documented refusal and changes nothing.",
    cases=cases,
    prerequisite=missing,
)
