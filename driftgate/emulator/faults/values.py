"""Faults of the values in the answer to a rename: times in other forms, members changed, misspelt or of odd content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from driftgate.emulator.base import JSON, Emulator
from driftgate.emulator.faults.fault import Fault, kebab, shared
from driftgate.emulator.faults.members import NOT_IN_EXAMPLE, Change, member_lie, set_to


def _time_lies(vendor: str) -> dict[type[Emulator], str]:
    """Times in other forms than the page's."""

    def each(change: Callable[[JSON], JSON], *members: str) -> Change:
        return lambda view: {key: change(value) if key in members else value for key, value in view.items()}

    if vendor == "nuwax":
        rows: list[tuple[Any, ...]] = [
            ("TimesInSeconds", "Answers with times as numbers.", lambda _: 1775394939, "modified", "created")
        ]
        rows += [
            (
                "TimesWithoutOffset",
                "Answers with times without an offset.",
                lambda text: str(text)[:19],
                "modified",
                "created",
            )
        ]
        breaks = {
            "TimesInSeconds": "nuwax.answer.modified-type nuwax.answer.created-type",
            "TimesWithoutOffset": "nuwax.answer.times-are-iso keep",
        }
    else:
        both = ("created_at", "updated_at")
        rows = [
            ("TimesAsFloats", "Answers with times as fractions.", lambda value: value + 0.5, *both),
            ("TimesAsWholeFloats", "Answers with times such as 1700000000.0.", float, *both),
            ("TimesInMilliseconds", "Answers with times in milliseconds.", lambda value: value * 1000, *both),
            (
                "TimesAsIsoText",
                "Answers with times as text.",
                lambda value: datetime.fromtimestamp(value, UTC).isoformat(),
                *both,
            ),
            ("TimesAsDigits", "Answers with times as texts of digits.", str, *both),
        ]
        kind = "is-integer" if vendor == "dify" else "is-10-digits"
        types = f"{vendor}.answer.created-at-{kind} {vendor}.answer.updated-at-{kind}"
        breaks = dict.fromkeys((row[0] for row in rows), types)
        if vendor == "dify":
            breaks["TimesInMilliseconds"] = "dify.answer.times-in-seconds"
        breaks["TimesInMilliseconds"] += " keep"
    return {
        member_lie(name, says, each(change, *members), envelope=False): breaks[name]
        for name, says, change, *members in rows
    }


def _special(vendor: str) -> dict[type[Emulator], str]:
    def member(name: str, says: str, change: Change, *, envelope: bool = False) -> type[Emulator]:
        return member_lie(name, says, change, envelope=envelope)

    def renamed_member(old: str, new: str) -> Change:
        return lambda view: {new if key == old else key: value for key, value in view.items()}

    if vendor == "dify":
        return {
            member(
                "IdNoUuid",
                "Answers with an id that is no UUID.",
                lambda view: {**view, "id": view["id"].replace("-", "")},
            ): "dify.answer.id-is-uuid id keep",
            member(
                "InputsChanged",
                "Answers with inputs that the conversation does not have.",
                set_to("inputs", {"city": "San Francisco"}),
            ): "keep",
            member(
                "InputsAsText", "Answers with inputs as JSON in a text.", set_to("inputs", "{}")
            ): "dify.answer.inputs-is-object",
            member(
                "StatusRenamed", "Answers with the status renamed.", set_to("status", "renamed")
            ): "dify.answer.status-is-normal keep",
            member("IntroductionLost", "Answers with an empty introduction.", set_to("introduction", "")): "keep",
            member(
                "CreatedNow",
                "Answers with the present as time of creation.",
                lambda view: {**view, "created_at": view["created_at"] + 60},
            ): "keep order",
        }
    if vendor == "coze":
        return {
            member(
                "CreatorIdMisspelt", "Answers with creator_d for creator_id.", renamed_member("creator_id", "creator_d")
            ): "present",
            member(
                "MetaDataValuesAsNumbers", "Answers with numbers in meta_data.", set_to("meta_data", {"uuid": 4711})
            ): "coze.answer.meta-data-is-map-of-text keep",
            member(
                "MetaDataTooManyPairs",
                "Answers with 17 pairs in meta_data.",
                set_to("meta_data", {f"k{n}": "v" for n in range(17)}),
            ): "coze.answer.meta-data-is-map-of-text keep",
            member(
                "MetaDataLost",
                "Answers with other meta_data than the conversation has.",
                set_to("meta_data", {"uuid": "newid1234"}),
            ): "keep",
            member("SectionChanged", "Answers with a new last_section_id.", set_to("last_section_id", "1")): "keep",
            member("ConnectorChanged", "Answers with another connector_id.", set_to("connector_id", "999")): "keep",
            member(
                "MsgSaysSuccess", "Answers with the msg success.", set_to("msg", "success"), envelope=True
            ): "coze.answer.msg-is-empty",
            member(
                "CodeAsText", "Answers with the code as text.", set_to("code", "0"), envelope=True
            ): "coze.answer.code-is-integer-0",
            member(
                "LogidGone", "Answers with a detail without logid.", set_to("detail", {}), envelope=True
            ): "coze.answer.logid-is-text",
            member(
                "LogidAsNumber",
                "Answers with a logid as number.",
                set_to("detail", {"logid": 20241210152726}),
                envelope=True,
            ): "coze.answer.logid-is-text",
            member(
                "DataNull", "Answers with data null.", set_to("data", None), envelope=True
            ): "coze.answer.data-is-conversation present echo",
            member(
                "IdAsNumber", "Answers with the id as a number.", lambda view: {**view, "id": int(view["id"])}
            ): "coze.answer.id-is-text",
        }
    return {
        member(
            "AgentChanged",
            "Answers with another agent.",
            set_to("agent", {"agentId": 1, "name": "x", "type": "TaskAgent", "icon": "", "publishDate": ""}),
        ): "keep",
        member(
            "AgentIdAlone", "Answers with an agent without members.", set_to("agent", {})
        ): "nuwax.answer.agent-members keep",
        member(
            "CodeAsNumber", "Answers with the code as a number.", set_to("code", 0), envelope=True
        ): "nuwax.answer.code-is-0000",
        member(
            "SuccessFalse", "Answers with success false and code 0000.", set_to("success", False), envelope=True
        ): "nuwax.answer.success-is-true",
        member(
            "TidAsNumber", "Answers with the tid as a number.", set_to("tid", 2798491776085673993), envelope=True
        ): "nuwax.answer.tid-is-text",
        member("TidEmpty", "Answers with an empty tid.", set_to("tid", ""), envelope=True): "nuwax.answer.tid-is-text",
        member(
            "TopicNotUpdated", "Answers with topicUpdated 0.", set_to("topicUpdated", 0)
        ): "nuwax.answer.topic-updated-is-1",
        member(
            "CreatedShifted",
            "Answers with another time of creation.",
            set_to("created", "2026-04-13T13:07:10.000+00:00"),
        ): "keep",
        member("UserChanged", "Answers with another userId.", set_to("userId", 2)): "keep",
        member(
            "DataNull", "Answers with data null.", set_to("data", None), envelope=True
        ): "nuwax.answer.data-is-conversation present echo nuwax.rename.first-message-becomes-topic",
        member(
            "SharedUrisOfNumbers", "Answers with numbers in sharedUris.", set_to("sharedUris", [1])
        ): "nuwax.answer.shared-uris-type",
        **{
            member(
                f"{name[0].upper()}{name[1:]}AsNumber", f"Answers with {name} as a number.", set_to(name, 1)
            ): f"nuwax.answer.{kebab(name)}-type"
            for name in NOT_IN_EXAMPLE[:4]
        },
    }


def faults(vendor: str) -> list[Fault]:
    return shared(vendor, {**_time_lies(vendor), **_special(vendor)})
