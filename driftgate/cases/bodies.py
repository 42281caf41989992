"""Cases: the inputs of the checks that expect a refusal, made from the rows of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from driftgate.base.jsonvalue import JSON
from driftgate.cases import generate
from driftgate.contract import Contract, Requirement
from driftgate.contract.template import fill, placeholders

GIVEN, NONE, WRONG = "given", "none", "wrong"

Values = Mapping[str, object]


@dataclass(frozen=True)
class Case:
    """One input: a body as bytes, whom it comes from, and which conversation it is for.

    ``control`` is the body that differs in the broken rule alone; it must succeed for a refusal to count. ``name`` is
    the name the body carries, if it carries one.
    """

    label: str
    body: bytes
    control: Mapping[str, JSON] = field(compare=False)
    name: str | None = None
    credential: str = GIVEN
    unknown_conversation: bool = False


def refused_cases(contract: Contract, requirement: Requirement, values: Values, seed: int) -> list[Case]:
    """The cases of a requirement that must be refused and must change nothing; none for checks of other kinds."""
    makers = {"rejects": _broken, "limits": _beyond, "either-or": _neither, "refuses": _named}
    maker = makers.get(requirement.check)
    return maker(contract, requirement, values, seed) if maker else []


def encode(body: JSON) -> bytes:
    """A JSON body as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def limit_body(
    contract: Contract, requirement: Requirement, values: Values, length: int, alphabet: str, seed: int
) -> tuple[dict[str, JSON], str]:
    """The rename body whose limited field holds ``length`` characters, and that text."""
    text = generate.long_name(alphabet, length, seed)
    body = fill(contract.rename.body, {**values, "name": text})
    body[requirement.detail["field"]] = text
    return body, text


def either_or_bodies(
    contract: Contract, requirement: Requirement, values: Values, seed: int
) -> list[tuple[str, dict[str, JSON]]]:
    """The bodies of an either-or that must be accepted: each field alone, then all of them."""
    fields: Sequence[str] = requirement.detail["fields"]
    rest = _without(contract, fields, values)

    def text(field: str, case: str) -> str:
        return generate.fresh_name(seed, f"{requirement.id} {field} {case}")

    alone = [(f"{field} alone", {**rest, field: text(field, "alone")}) for field in fields]
    return [*alone, (" and ".join(fields), {**rest, **{field: text(field, "all") for field in fields}})]


def _without(contract: Contract, fields: Sequence[str], values: Values) -> dict[str, JSON]:
    body = fill(contract.rename.body, {**values, "name": ""})
    return {key: value for key, value in body.items() if key not in fields}


def _broken(contract: Contract, requirement: Requirement, values: Values, seed: int) -> list[Case]:
    cases = []
    template = requirement.detail.get("body", contract.rename.body)
    for row in requirement.detail["breaks"]:
        label = _label(row)
        name = generate.fresh_name(seed, f"{requirement.id} {label}")
        valid = fill(template, {**values, "name": name})
        carried = {key for key, value in (contract.rename.body or {}).items() if "name" in placeholders(value)}
        removed: Sequence[str] = row.get("remove", ())
        body = {key: value for key, value in valid.items() if key not in removed}
        body.update(fill(row.get("set", {}), values))
        lost = carried & {*removed, *row.get("set", {})}
        # what is left out beside the name (a flag with a default) is left out of the control too
        control = {key: value for key, value in valid.items() if key not in removed or key in lost or not lost}
        raws = {"truncated": generate.truncated(valid), "empty": b""}
        raw = raws.get(row.get("raw", ""), encode(body))
        cases.append(Case(label, raw, control, name=None if lost else name))
    return cases


def _label(row: Mapping[str, JSON]) -> str:
    parts = [f"without {' and '.join(row['remove'])}"] if "remove" in row else []
    parts += [f"{key} = {json.dumps(value)}" for key, value in row.get("set", {}).items()]
    parts += [{"truncated": "JSON that is cut off", "empty": "no body"}[row["raw"]]] if "raw" in row else []
    return ", ".join(parts)


def _beyond(contract: Contract, requirement: Requirement, values: Values, seed: int) -> list[Case]:
    cases = []
    bound: int = requirement.detail["at_most"]
    for alphabet in requirement.detail["alphabets"]:
        body, text = limit_body(contract, requirement, values, bound + 1, alphabet, seed)
        control, _ = limit_body(contract, requirement, values, bound, alphabet, seed)
        cases.append(Case(f"{bound + 1} {alphabet} characters", encode(body), control, name=text))
    return cases


def _neither(contract: Contract, requirement: Requirement, values: Values, seed: int) -> list[Case]:
    fields: Sequence[str] = requirement.detail["fields"]
    rest = _without(contract, fields, values)
    control = either_or_bodies(contract, requirement, values, seed)[0][1]
    return [Case(f"neither {' nor '.join(fields)}", encode(rest), control)]


def _named(contract: Contract, requirement: Requirement, values: Values, seed: int) -> list[Case]:
    request = requirement.detail["request"]
    name = generate.fresh_name(seed, requirement.id)
    control = fill(contract.rename.body, {**values, "name": name})
    body = fill(request.get("body", contract.rename.body), {**values, "name": name})
    credential: str = request.get("credential", GIVEN)
    label = ", ".join(f"{key} {value}" for key, value in request.items() if key != "body") or "another body"
    return [Case(label, encode(body), control, name, credential, request.get("conversation") == "unknown")]
