"""The check "rejects": a body that breaks one rule is refused. Its control differs in that rule alone and succeeds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import JSON
from driftgate.cases import generate
from driftgate.cases.bodies import Case, encode
from driftgate.checks.check import Check, Title
from driftgate.contract import Requirement
from driftgate.contract.template import fill, placeholders

if TYPE_CHECKING:
    from driftgate.session.session import Session


def cases(session: Session, requirement: Requirement) -> list[Case]:
    """A case for each rule that the requirement breaks."""
    rename_body = session.contract.rename.body or {}
    template = requirement.detail.get("body", rename_body)
    carriers = {key for key, value in rename_body.items() if "name" in placeholders(value)}
    made = []
    for row in requirement.detail["breaks"]:
        label = _label(row)
        name = generate.fresh_name(session.seed, f"{requirement.id} {label}")
        valid = fill(template, session.values(name=name))
        removed: Sequence[str] = row.get("remove", ())
        body = {key: value for key, value in valid.items() if key not in removed}
        body.update(fill(row.get("set", {}), session.values()))
        lost = carriers & {*removed, *row.get("set", {})}
        # what is left out beside the name (a flag with a default) is left out of the control too
        control = {key: value for key, value in valid.items() if key not in removed or key in lost or not lost}
        raws = {"truncated": encode(valid)[:-1], "empty": b""}
        raw = raws.get(row.get("raw", ""), encode(body))
        made.append(Case(label, raw, control, name=None if lost else name))
    return made


def _label(row: Mapping[str, JSON]) -> str:
    parts = [f"without {' and '.join(row['remove'])}"] if "remove" in row else []
    parts += [f"{key} = {json.dumps(value)}" for key, value in row.get("set", {}).items()]
    parts += [{"truncated": "JSON that is cut off", "empty": "no body"}[row["raw"]]] if "raw" in row else []
    return ", ".join(parts)


CHECK = Check(
    "rejects",
    Title.REQUESTS,
    "The target refuses a body that breaks one rule, and changes nothing; a control request without "
    "the mistake succeeds.",
    cases=cases,
)
