"""Faults of how a rename is answered; those of single members are made from the contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from driftgate.contract import Contract, load_contract
from driftgate.contract.openapi import inline
from driftgate.emulator.base import JSON, Conversation
from driftgate.emulator.faults.fault import IDS, Fault, Lie, kebab, shared

Change = Callable[[dict[str, JSON]], dict[str, JSON]]

# a value of each JSON type, to put where another type is promised
_OTHER: Mapping[str, JSON] = {
    "string": 4711,
    "integer": "4711",
    "number": "4711",
    "boolean": "yes",
    "object": "an object",
    "array": "an array",
}


def _member_lie(name: str, says: str, change: Change, *, envelope: bool) -> type[Any]:
    """A lie about one member of the answer to a rename, or of its envelope."""

    def renamed(self: Any, conversation: Conversation, sent: str) -> dict[str, JSON]:
        view: dict[str, JSON] = super(made, self).renamed(conversation, sent)
        return view if envelope else change(view)

    def rename_answer(self: Any, body: dict[str, JSON]) -> Response:
        answer: Response = super(made, self).rename_answer(change(body) if envelope else body)
        return answer

    made = type(name, (Lie,), {"__doc__": says, "renamed": renamed, "rename_answer": rename_answer})
    return made


def _set(member: str, value: JSON) -> Change:
    return lambda body: {**body, member: value}


def _without(member: str) -> Change:
    return lambda body: {key: value for key, value in body.items() if key != member}


def _member_faults(contract: Contract) -> Iterator[Fault]:
    """For every documented member: gone, null where null is not allowed, and of another type."""
    schemas = contract.document["components"]["schemas"]
    parts = [("Conversation", contract.rename.conversation or "", False)]
    parts += [("Envelope", "", True)] if "Envelope" in schemas else []
    for schema, place, envelope in parts:
        for member, promised in inline(schemas[schema], contract.document)["properties"].items():
            if member not in ("data", "code", *_NOT_IN_EXAMPLE):
                yield from _faults_of(contract, f"{place}/{member}", member, promised, envelope)


_NOT_IN_EXAMPLE = ("taskCron", "taskCronDesc", "sandboxServerId", "sandboxSessionId", "sharedUris")


def _faults_of(
    contract: Contract, pointer: str, member: str, promised: Mapping[str, Any], envelope: bool
) -> Iterator[Fault]:
    types = promised.get("type", [])
    types = [types] if isinstance(types, str) else types
    changes: list[tuple[str, Change]] = [("gone", _without(member))]
    if "null" not in types:
        changes.append(("null", _set(member, None)))
    if types:
        changes.append(("of another type", _set(member, _OTHER[types[0]])))
    for what, change in changes:
        name = f"{kebab(member).replace('_', '-')}-{what.replace(' ', '-')}"
        lie = _member_lie("Member", f"Answers with {pointer} {what}.", change, envelope=envelope)
        yield Fault(f"answer-{name}", lie, tuple(_noticing(contract, pointer, what)))


def _noticing(contract: Contract, pointer: str, what: str) -> Iterator[str]:
    """The requirements that speak of a member's presence, type or value."""
    member = pointer.rpartition("/")[2]
    for row in contract.requirements:
        if row.check == "answers" and row.detail.get("on", "success") != "refusal":
            at, schema = row.detail.get("at", ""), row.detail.get("schema", {})
            if what == "gone":
                if pointer in row.detail.get("present", ()) or _requires(schema, at, pointer):
                    yield row.id
            elif at == pointer and "optional" not in row.detail and ("text" in row.detail or {"type", "const"} & set(schema)):
                yield row.id
            elif at == pointer.rpartition("/")[0] and {"type", "const"} & set(schema.get("properties", {}).get(member, ())):
                yield row.id
    yield from _BESIDES.get((contract.vendor, member, what), ())


def _requires(schema: Mapping[str, Any], at: str, pointer: str) -> bool:
    """Whether a schema at ``at`` requires the member at ``pointer``."""
    below = pointer.removeprefix(at)
    if not below.startswith("/") or (at and below == pointer):
        return False
    *parents, member = below.split("/")[1:]
    for parent in parents:
        schema = schema.get("properties", {}).get(parent, {})
    return member in schema.get("required", ())


class CodeGone(Lie):
    """Answers without the code."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer({key: value for key, value in body.items() if key != "code"})


class CodeNull(Lie):
    """Answers with null for the code."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer({**body, "code": None})


def _names(vendor: str) -> tuple[str, ...]:
    """The requirements that look at the answered name, whatever is wrong with it."""
    more = {
        "dify": ("dify.rename.auto-generate-defaults-to-false",),
        "coze": (),
        "nuwax": ("nuwax.rename.first-message-becomes-topic",),
    }
    return (IDS[vendor]["echo"], *more[vendor])


def _unrecognised(vendor: str) -> str:
    """What fails when the answer to a rename is not recognised as a success."""
    more = {
        "dify": " dify.rename.auto-generate-defaults-to-false dify.rename.auto-generate-needs-no-name dify.rename.auto-generate-ignores-name",
        "coze": " limit",
        "nuwax": " nuwax.rename.first-message-becomes-topic nuwax.rename.first-message-or-topic",
    }
    return "accepted echo persist same former in-use" + more[vendor]


# consequences beyond the member's own requirements: (vendor, member, what) to ids
_BESIDES: dict[tuple[str, str, str], tuple[str, ...]] = {
    **{(vendor, key, what): _names(vendor) for vendor, key in (("dify", "name"), ("coze", "name"), ("nuwax", "topic")) for what in ("gone", "null", "of another type")},
}


class WrongId(Lie):
    """Answers with the id of another conversation."""

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        view = super().renamed(conversation, name)
        other = self.new_id(999)
        return {**view, "id": int(other) if isinstance(view["id"], int) else other}


class AnswersWith201(Lie):
    """Answers a rename with HTTP 201."""

    def rename_answer(self, body: JSON) -> Response:
        return self.reply(201, body)


class AnswersWith202(Lie):
    """Answers a rename with HTTP 202."""

    def rename_answer(self, body: JSON) -> Response:
        return self.reply(202, body)


class AnswersWith204(Lie):
    """Answers a rename with HTTP 204 and no body."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(status_code=204)


class Redirects(Lie):
    """Answers a rename with a redirect."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(status_code=302, headers={"location": "/elsewhere"})


class TextPlain(Lie):
    """Answers with JSON under text/plain."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(super().rename_answer(body).body, media_type="text/plain")


class NoContentType(Lie):
    """Answers with JSON and no Content-Type."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(super().rename_answer(body).body)


class Html(Lie):
    """Answers with an HTML page."""

    def rename_answer(self, body: JSON) -> Response:
        return Response("<html><body>Welcome</body></html>", media_type="text/html")


class CutOffJson(Lie):
    """Answers with JSON that is cut off."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(bytes(super().rename_answer(body).body)[:-1], media_type="application/json")


class NanInAnswer(Lie):
    """Answers with a NaN, which JSON does not have."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(json.dumps({**body, "score": float("nan")}), media_type="application/json")


class EmptyBody(Lie):
    """Answers with HTTP 200 and no body."""

    def rename_answer(self, body: JSON) -> Response:
        return Response(media_type="application/json")


class ListAroundAnswer(Lie):
    """Answers with the body in a list."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer([body])


class EnvelopeMissing(Lie):
    """Answers with the conversation without its envelope."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer(body[self.envelope_key])


class EnvelopeDoubled(Lie):
    """Answers with the envelope in another envelope's data."""

    def rename_answer(self, body: JSON) -> Response:
        return super().rename_answer({**body, self.envelope_key: {self.envelope_key: body[self.envelope_key]}})


def _time_lies(vendor: str) -> dict[type[Any], str]:
    """Times in other forms than the page's."""

    def each(change: Callable[[JSON], JSON], *members: str) -> Change:
        return lambda view: {key: change(value) if key in members else value for key, value in view.items()}

    if vendor == "nuwax":
        rows = [("TimesInSeconds", "Answers with times as numbers.", lambda _: 1775394939, "modified", "created")]
        rows += [("TimesWithoutOffset", "Answers with times without an offset.", lambda text: str(text)[:19], "modified", "created")]
        breaks = {"TimesInSeconds": "nuwax.answer.modified-type nuwax.answer.created-type", "TimesWithoutOffset": "nuwax.answer.times-are-iso keep"}
    else:
        both = ("created_at", "updated_at")
        rows = [
            ("TimesAsFloats", "Answers with times as fractions.", lambda value: value + 0.5, *both),
            ("TimesAsWholeFloats", "Answers with times such as 1700000000.0.", float, *both),
            ("TimesInMilliseconds", "Answers with times in milliseconds.", lambda value: value * 1000, *both),
            ("TimesAsIsoText", "Answers with times as text.", lambda value: datetime.fromtimestamp(value, UTC).isoformat(), *both),
            ("TimesAsDigits", "Answers with times as texts of digits.", str, *both),
        ]
        kind = "is-integer" if vendor == "dify" else "is-10-digits"
        types = f"{vendor}.answer.created-at-{kind} {vendor}.answer.updated-at-{kind}"
        breaks = dict.fromkeys((row[0] for row in rows), types)
        if vendor == "dify":
            breaks["TimesInMilliseconds"] = "dify.answer.times-in-seconds"
        breaks["TimesInMilliseconds"] += " keep"
    return {_member_lie(name, says, each(change, *members), envelope=False): breaks[name] for name, says, change, *members in rows}


def _special(vendor: str) -> dict[type[Any], str]:
    def member(name: str, says: str, change: Change, *, envelope: bool = False) -> type[Any]:
        return _member_lie(name, says, change, envelope=envelope)

    def renamed_member(old: str, new: str) -> Change:
        return lambda view: {new if key == old else key: value for key, value in view.items()}

    if vendor == "dify":
        return {
            member("IdNoUuid", "Answers with an id that is no UUID.", lambda view: {**view, "id": view["id"].replace("-", "")}): "dify.answer.id-is-uuid id keep",
            member("InputsChanged", "Answers with inputs that the conversation does not have.", _set("inputs", {"city": "San Francisco"})): "keep",
            member("InputsAsText", "Answers with inputs as JSON in a text.", _set("inputs", "{}")): "dify.answer.inputs-is-object",
            member("StatusRenamed", "Answers with the status renamed.", _set("status", "renamed")): "dify.answer.status-is-normal keep",
            member("IntroductionLost", "Answers with an empty introduction.", _set("introduction", "")): "keep",
            member("CreatedNow", "Answers with the present as time of creation.", lambda view: {**view, "created_at": view["created_at"] + 60}): "keep order",
        }
    if vendor == "coze":
        return {
            member("CreatorIdMisspelt", "Answers with creator_d for creator_id.", renamed_member("creator_id", "creator_d")): "present",
            member("MetaDataValuesAsNumbers", "Answers with numbers in meta_data.", _set("meta_data", {"uuid": 4711})): "coze.answer.meta-data-is-map-of-text keep",
            member("MetaDataTooManyPairs", "Answers with 17 pairs in meta_data.", _set("meta_data", {f"k{n}": "v" for n in range(17)})): "coze.answer.meta-data-is-map-of-text keep",
            member("MetaDataLost", "Answers with other meta_data than the conversation has.", _set("meta_data", {"uuid": "newid1234"})): "keep",
            member("SectionChanged", "Answers with a new last_section_id.", _set("last_section_id", "1")): "keep",
            member("ConnectorChanged", "Answers with another connector_id.", _set("connector_id", "999")): "keep",
            member("MsgSaysSuccess", "Answers with the msg success.", _set("msg", "success"), envelope=True): "coze.answer.msg-is-empty",
            member("CodeAsText", "Answers with the code as text.", _set("code", "0"), envelope=True): "coze.answer.code-is-integer-0",
            member("LogidGone", "Answers with a detail without logid.", _set("detail", {}), envelope=True): "coze.answer.logid-is-text",
            member("LogidAsNumber", "Answers with a logid as number.", _set("detail", {"logid": 20241210152726}), envelope=True): "coze.answer.logid-is-text",
            member("DataNull", "Answers with data null.", _set("data", None), envelope=True): "coze.answer.data-is-conversation present echo",
            member("IdAsNumber", "Answers with the id as a number.", lambda view: {**view, "id": int(view["id"])}): "coze.answer.id-is-text",
        }
    return {
        member("AgentChanged", "Answers with another agent.", _set("agent", {"agentId": 1, "name": "x", "type": "TaskAgent", "icon": "", "publishDate": ""})): "keep",
        member("AgentIdAlone", "Answers with an agent without members.", _set("agent", {})): "nuwax.answer.agent-members keep",
        member("CodeAsNumber", "Answers with the code as a number.", _set("code", 0), envelope=True): "nuwax.answer.code-is-0000",
        member("SuccessFalse", "Answers with success false and code 0000.", _set("success", False), envelope=True): "nuwax.answer.success-is-true",
        member("TidAsNumber", "Answers with the tid as a number.", _set("tid", 2798491776085673993), envelope=True): "nuwax.answer.tid-is-text",
        member("TidEmpty", "Answers with an empty tid.", _set("tid", ""), envelope=True): "nuwax.answer.tid-is-text",
        member("TopicNotUpdated", "Answers with topicUpdated 0.", _set("topicUpdated", 0)): "nuwax.answer.topic-updated-is-1",
        member("CreatedShifted", "Answers with another time of creation.", _set("created", "2026-04-13T13:07:10.000+00:00")): "keep",
        member("UserChanged", "Answers with another userId.", _set("userId", 2)): "keep",
        member("DataNull", "Answers with data null.", _set("data", None), envelope=True): "nuwax.answer.data-is-conversation present echo nuwax.rename.first-message-becomes-topic",
        member("SharedUrisOfNumbers", "Answers with numbers in sharedUris.", _set("sharedUris", [1])): "nuwax.answer.shared-uris-type",
        **{
            member(f"{name[0].upper()}{name[1:]}AsNumber", f"Answers with {name} as a number.", _set(name, 1)): f"nuwax.answer.{kebab(name)}-type"
            for name in _NOT_IN_EXAMPLE[:4]
        },
    }


def faults(vendor: str) -> list[Fault]:
    contract = load_contract(vendor)
    rows: dict[type[Any], str] = {WrongId: "id keep", AnswersWith201: "200", AnswersWith202: "200", TextPlain: "media", NoContentType: "media"}
    lost = _unrecognised(vendor)
    if contract.rename.conversation:
        unseen = f"{lost} json"
        rows |= dict.fromkeys((AnswersWith204, Html, CutOffJson, NanInAnswer, EmptyBody, Redirects), unseen)
        rows |= dict.fromkeys((ListAroundAnswer, EnvelopeMissing, CodeGone), f"{lost} {vendor}.answer.code-present")
        rows[CodeNull] = lost
        rows[EnvelopeDoubled] = " ".join((f"{vendor}.answer.data-is-conversation present", *_names(vendor)))
    else:
        nameless = " ".join(("json", *_names(vendor)))
        rows |= {AnswersWith204: f"200 media {nameless}", Html: f"media {nameless}", Redirects: lost}
        rows |= dict.fromkeys((CutOffJson, NanInAnswer, EmptyBody), nameless)
        rows[ListAroundAnswer] = " ".join(("present", *_names(vendor)))
    return [*_member_faults(contract), *shared(vendor, {**rows, **_time_lies(vendor), **_special(vendor)})]
