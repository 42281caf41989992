"""The check "survives": no body, however malformed, is answered with a server error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from driftgate.base.jsonvalue import JSON, parse, type_name
from driftgate.cases.bodies import encode
from driftgate.cases.wrong_types import VALUES, WrongType, broken_by, combined, wrong_types
from driftgate.checks.check import Check, Title
from driftgate.contract import Contract, Outcome, Profile, Requirement
from driftgate.contract.openapi import rename_schema
from driftgate.contract.schemas import validator, violations
from driftgate.http.exchange import Answer, Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question, Rank

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from driftgate.session.session import Session


ONE_BY_ONE = "members of another type one at a time"
LIST = b"[]"
_USUAL_COLUMN = 255  # characters of a text that databases take where nobody thought of longer ones


class _Judge:
    """Every answer counts, whatever its request was. Bodies that are wrong in different ways fail each by itself."""

    by_outcome = False

    def __init__(self, contract: Contract, params: Mapping[str, Any]) -> None:
        self._contract = contract
        self._forms: dict[bytes, str] = {}

    def case(self, exchange: Exchange) -> str:
        body = exchange.request.body or b""
        if body not in self._forms:
            self._forms[body] = form_of(body, self._schema)
        return self._forms[body]

    @cached_property
    def _schema(self) -> Draft202012Validator:
        return validator(rename_schema(self._contract))

    def part(self, requirement: Requirement) -> str:
        return "status"

    def applies(self, requirement: Requirement, exchange: Exchange) -> bool:
        return True

    def judge(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[Mismatch]:
        if exchange.outcome is not Outcome.SERVER_ERROR:
            return []
        signature = f"server error of {self.case(exchange)}"
        return [Mismatch("status", "", "any answer but a server error", exchange.describe(), signature)]


def bodies(session: Session, requirement: Requirement) -> Iterator[bytes]:
    """Bodies that are no valid request, as many as the plan allows; all answers of the run count anyway."""
    for number, body in enumerate(_asked(session)):
        question = session.question(body, Rank.CASE)
        if number == 0 or session.affords(requirement, f"malformed body {number + 1}", question):
            yield body


def form_of(body: bytes, schema: Draft202012Validator) -> str:
    """What kind of body this is: in which one way it breaks the contract, if it does."""
    if not body:
        return "no body"
    try:
        body.decode("utf-8")
        value = parse(body)
    except UnicodeDecodeError:
        return "a body that is not UTF-8"
    except ValueError:
        return "a body that is not JSON"
    if not isinstance(value, Mapping):
        return "a body that is no object"
    found = list(violations(schema, value))
    if not found:
        long = any(isinstance(text, str) and len(text) > _USUAL_COLUMN for text in value.values())
        return f"a valid body with a text of more than {_USUAL_COLUMN} characters" if long else "a valid body"
    if len(found) > 1 and any(keyword != "type" for *_, keyword in found):
        return "a body that is wrong in several ways"
    return f"a body with {' and '.join(_broken(pointer, wrong, keyword) for pointer, _, wrong, keyword in found)}"


def _broken(pointer: str, wrong: JSON, keyword: str) -> str:
    """What is wrong at one place of a body."""
    value = {"required": "nothing", "type": type_name(wrong)}.get(keyword, f"a value that breaks {keyword}")
    return f"{value} at {pointer or 'its root'}"


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """The first body is needed, the others where the plan allows it."""
    return [
        *(session.question(each, Rank.CASE if number else Rank.NEEDED) for number, each in enumerate(_asked(session))),
        *(session.question(body_of(session, each), Rank.TYPE) for each in combined(unasked_types(session))),
    ]


def _asked(session: Session) -> list[bytes]:
    """In the profile smoke only the first body."""
    made = malformed(session.body(None, session.plain_name("malformed")))
    return made[:1] if session.profile is Profile.SMOKE else made


def malformed(valid: Mapping[str, JSON]) -> list[bytes]:
    """A JSON array, no body at all, invalid UTF-8: made of a valid body."""
    text = encode(valid)
    return [LIST, b"", text[:-2] + b"\xff\xfe" + text[-2:]]


def of_wrong_types(session: Session, requirement: Requirement) -> Iterator[bytes]:
    """Bodies whose members have other types, as many as the plan allows: several members at once, then each alone.

    What a server error comes from is sought at once; only a server that fails pays for that.
    """
    types = unasked_types(session)
    for together in combined(types):
        body = body_of(session, together)
        label = " and ".join(map(label_of, together))
        if session.affords(requirement, label, session.question(body, Rank.TYPE)):
            yield body
            if session.send(body).outcome is Outcome.SERVER_ERROR:
                yield from _alone(session, requirement, together, Rank.TYPE)
    yield from _alone(session, requirement, types, Rank.GENERATED)


def _alone(session: Session, requirement: Requirement, types: Sequence[WrongType], rank: Rank) -> Iterator[bytes]:
    for each in types:
        body = body_of(session, [each])
        if session.affords(requirement, ONE_BY_ONE, session.question(body, rank)):
            yield body


def label_of(each: WrongType) -> str:
    """What is wrong, in words."""
    return f"{each.type} as {each.member}"


def body_of(session: Session, types: Sequence[WrongType]) -> bytes:
    """A valid body in which these members have these types instead."""
    valid = session.body(None, session.plain_name("wrong type"))
    return encode({**valid, **{each.member: VALUES[each.type] for each in types}})


def unasked_types(session: Session) -> list[WrongType]:
    """The wrong types that no requirement of the check "rejects" sends."""
    if session.profile is Profile.SMOKE:
        return []
    allow_cost = session.target.allow_cost
    rows = [row for row in session.contract.requirements if row.check == "rejects"]
    sent = broken_by(session.contract, {row.id for row in rows if allow_cost or not row.costs})
    return [each for each in wrong_types(session.contract, allow_cost=allow_cost) if each not in sent]


CHECK = Check(
    "survives",
    Title.ROBUSTNESS,
    "No request body, even a malformed one, causes a server error.",
    questions=questions,
    answers=_Judge,
)
