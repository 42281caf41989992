"""The check "rejects": a body that breaks one rule is refused. Its control differs in that rule alone and succeeds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from driftgate.base.errors import NotAsked
from driftgate.base.jsonvalue import ABSENT, JSON, at, pointer_to, with_members, without_members
from driftgate.cases import generate
from driftgate.cases.bodies import Case, encode
from driftgate.checks.check import Check, Title, parameter_to_supply
from driftgate.contract import Requirement
from driftgate.contract.template import SUPPLIED, fill, placeholders

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.session import Session


def cases(session: Session, requirement: Requirement) -> list[Case]:
    """A case for each rule that the requirement breaks."""
    rename_body = session.contract.rename.body or {}
    template = requirement.detail.get("body", rename_body)
    carriers = session.contract.carriers
    made = []
    for row in requirement.detail["breaks"]:
        label = _label(row)
        name = generate.fresh_name(session.seed, f"{requirement.id} {label}")
        valid = fill(template, session.values(name=name))
        removed: Sequence[str] = [pointer_to(each) for each in row.get("remove", ())]
        body = with_members(without_members(valid, removed), fill(row.get("set", {}), session.values()))
        broken = [*removed, *map(pointer_to, row.get("set", {}))]
        lost = [each for each in carriers if any(_is_within(each, other) for other in broken)]
        # what is left out beside the name (a flag with a default) is left out of the control too
        beside = [each for each in removed if not any(_is_within(carrier, each) for carrier in lost)]
        control = without_members(valid, beside) if lost else valid
        raws = {"truncated": encode(valid)[:-1], "list": b"[]", "empty": b""}
        raw = raws.get(row.get("raw", ""), encode(body))
        spoiled = [template] if "raw" in row else [at(template, each) for each in broken]
        unaddressed = sorted(placeholders(spoiled) - SUPPLIED)
        value = next((at(body, each) for each in lost if at(body, each) is not ABSENT), None)
        sent = None if lost else name
        made.append(Case(label, raw, control, name=sent, value=value, lost=tuple(unaddressed)))
    # one that may stay untested comes before any other is judged: half of a requirement is no pass
    return sorted(made, key=lambda case: not case.lost)


def _is_within(pointer: str, other: str) -> bool:
    """Whether a JSON pointer is another one, or leads below it."""
    return pointer == other or pointer.startswith(f"{other}/")


def refused_for_its_fault(expect: Expect, session: Session, requirement: Requirement, case: Case) -> None:
    """A refusal counts when it is not that of a conversation which is not the caller's.

    Of a body that does not say on whose behalf to act, a server may take another one's, and not find the conversation.
    It shows that when a conversation is created likewise. Raises NotAsked where that would cost what is not allowed.
    """
    answer = session.refused(case).answer
    if not case.lost or not any(map(answer.says_like, session.refused_elsewhere())):
        return
    resource, without = session.contract.resource, " and ".join(case.lost)
    cannot_tell = f"the refusal cannot be told from that of {resource.a} which is not {without}'s"
    if not session.target.allow_cost:
        raise NotAsked(f"supply --allow-cost: {cannot_tell}; then {resource.a} is created without {without}")
    create = session.contract.create
    wanted = placeholders(create.body) - set(case.lost) if create else frozenset()
    missing = parameter_to_supply(session.contract, wanted, {*SUPPLIED, *session.target.params})
    if create is None or missing:
        raise NotAsked(f"{missing or f'no operation of the contract creates {resource.a}'}; {cannot_tell}")
    assumed: Mapping[str, JSON] = requirement.detail.get("assumed", {})
    attempts = [assumed] if assumed else []
    for params in (*attempts, dict.fromkeys(case.lost)):
        conversations = session.conversations
        created = conversations.create(params).conversation
        if created is not None and not expect.refusal(conversations.rename(created, case.body, name=case.name)):
            return


def _label(row: Mapping[str, JSON]) -> str:
    parts = [f"without {' and '.join(row['remove'])}"] if "remove" in row else []
    parts += [f"{key} = {json.dumps(value)}" for key, value in row.get("set", {}).items()]
    parts += (
        [{"truncated": "JSON that is cut off", "list": "a list", "empty": "no body"}[row["raw"]]]
        if "raw" in row
        else []
    )
    return ", ".join(parts)


CHECK = Check(
    "rejects",
    Title.REQUESTS,
    "The target refuses a body that breaks one rule, and changes nothing; a control request without "
    "the mistake succeeds.",
    cases=cases,
)
