"""Faults of the values in the answer to a rename: times in other forms; members changed, misspelt or of odd content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from driftgate.emulator.base import JSON, Emulator
from driftgate.emulator.faults.fault import Fault, shared
from driftgate.emulator.faults.members import NOT_IN_EXAMPLE, Change, member_override, set_to
from driftgate.emulator.override import kebab

# name, what the server does, how the conversation or its envelope changes, what that breaks
Row = tuple[str, str, Change, str]


def _each(change: Callable[[JSON], JSON], *members: str) -> Change:
    return lambda view: {key: change(value) if key in members else value for key, value in view.items()}


def _renamed(old: str, new: str) -> Change:
    return lambda view: {new if key == old else key: value for key, value in view.items()}


def _timestamps(of_type: str, milliseconds: str) -> list[Row]:
    """Times in other forms, where the page shows seconds; ``of_type`` and ``milliseconds`` are what they break."""
    both = ("created_at", "updated_at")

    def iso(value: float) -> str:
        return datetime.fromtimestamp(value, UTC).isoformat()

    return [
        ("TimesAsFloats", "Answers with times that have a fraction.", _each(lambda at: at + 0.5, *both), of_type),
        ("TimesAsWholeFloats", "Answers with times such as 1700000000.0.", _each(float, *both), of_type),
        (
            "TimesInMilliseconds",
            "Answers with times in milliseconds.",
            _each(lambda at: at * 1000, *both),
            milliseconds,
        ),
        ("TimesAsIsoText", "Answers with times in ISO 8601, as text.", _each(iso, *both), of_type),
        ("TimesAsDigits", "Answers with times as digits in a text.", _each(str, *both), of_type),
    ]


def _misnamed(name: str, holder: str, echoing: str) -> list[Row]:
    """The id or the name under another key; ``holder`` is the requirement that asks for both."""
    return [
        (
            "IdMisnamed",
            "Answers with conversation_id for id.",
            _renamed("id", "conversation_id"),
            f"{holder} present",
        ),
        (
            f"{name.capitalize()}Misnamed",
            f"Answers with title for {name}.",
            _renamed(name, "title"),
            f"{holder} present echo {echoing}",
        ),
    ]


_DIFY: list[Row] = [
    *_misnamed("name", "dify.answer.is-conversation", "dify.rename.auto-generate-defaults-to-false"),
    *_timestamps(
        "dify.answer.created-at-is-integer dify.answer.updated-at-is-integer", "dify.answer.times-in-seconds keep"
    ),
    (
        "IdNoUuid",
        "Answers with an id that is no UUID.",
        _each(lambda value: value.replace("-", ""), "id"),
        "dify.answer.id-is-uuid id keep",
    ),
    (
        "InputsChanged",
        "Answers with inputs that the conversation does not have.",
        set_to("inputs", {"city": "San Francisco"}),
        "keep",
    ),
    (
        "InputsAsText",
        "Answers with the inputs as JSON in a text.",
        set_to("inputs", "{}"),
        "dify.answer.inputs-is-object",
    ),
    (
        "StatusRenamed",
        "Answers with the status renamed.",
        set_to("status", "renamed"),
        "dify.answer.status-is-normal keep",
    ),
    ("IntroductionLost", "Answers with an empty introduction.", set_to("introduction", ""), "keep"),
    (
        "IntroductionNull",
        "Answers with null for an introduction that a read shows.",
        set_to("introduction", None),
        "keep",
    ),
    (
        "CreatedNow",
        "Answers with the present as the time of creation.",
        _each(lambda at: at + 60, "created_at"),
        "keep order",
    ),
]
_COZE: list[Row] = [
    *_misnamed("name", "coze.answer.data-is-conversation", ""),
    *_timestamps(
        "coze.answer.created-at-is-10-digits coze.answer.updated-at-is-10-digits",
        "coze.answer.created-at-is-10-digits coze.answer.updated-at-is-10-digits keep",
    ),
    ("CreatorIdMisspelt", "Answers with creator_d for creator_id.", _renamed("creator_id", "creator_d"), "present"),
    (
        "MetaDataValuesAsNumbers",
        "Answers with numbers in meta_data.",
        set_to("meta_data", {"uuid": 4711}),
        "coze.answer.meta-data-is-map-of-text keep",
    ),
    (
        "MetaDataTooManyPairs",
        "Answers with 17 pairs in meta_data.",
        set_to("meta_data", {f"k{n}": "v" for n in range(17)}),
        "coze.answer.meta-data-is-map-of-text keep",
    ),
    (
        "MetaDataLost",
        "Answers with other meta_data than the conversation has.",
        set_to("meta_data", {"uuid": "newid1234"}),
        "keep",
    ),
    ("SectionChanged", "Answers with a new last_section_id.", set_to("last_section_id", "1"), "keep"),
    ("ConnectorChanged", "Answers with another connector_id.", set_to("connector_id", "999"), "keep"),
    ("IdAsNumber", "Answers with the id as a number.", _each(int, "id"), "coze.answer.id-is-text"),
]
_COZE_ENVELOPE: list[Row] = [
    ("MsgSaysSuccess", "Answers with the msg success.", set_to("msg", "success"), "coze.answer.msg-is-empty"),
    ("CodeAsText", "Answers with the code as text.", set_to("code", "0"), "coze.answer.code-is-integer-0"),
    ("LogidGone", "Answers with a detail without logid.", set_to("detail", {}), "coze.answer.logid-is-text"),
    (
        "LogidAsNumber",
        "Answers with the logid as a number.",
        set_to("detail", {"logid": 20241210152726}),
        "coze.answer.logid-is-text",
    ),
    ("DataNull", "Answers with data null.", set_to("data", None), "coze.answer.data-is-conversation present echo"),
]
_NUWAX: list[Row] = [
    *_misnamed("topic", "nuwax.answer.data-is-conversation", "nuwax.rename.first-message-becomes-topic"),
    (
        "TimesInSeconds",
        "Answers with times as numbers.",
        _each(lambda _: 1775394939, "modified", "created"),
        "nuwax.answer.modified-type nuwax.answer.created-type",
    ),
    (
        "TimesWithoutOffset",
        "Answers with times without an offset.",
        _each(lambda at: str(at)[:19], "modified", "created"),
        "nuwax.answer.times-are-iso keep",
    ),
    (
        "AgentChanged",
        "Answers with another agent.",
        set_to("agent", {"agentId": 1, "name": "x", "type": "TaskAgent", "icon": "", "publishDate": ""}),
        "keep",
    ),
    (
        "AgentIdAlone",
        "Answers with an agent that has no members.",
        set_to("agent", {}),
        "nuwax.answer.agent-members keep",
    ),
    ("TopicNotUpdated", "Answers with topicUpdated 0.", set_to("topicUpdated", 0), "nuwax.answer.topic-updated-is-1"),
    (
        "CreatedShifted",
        "Answers with another time of creation.",
        set_to("created", "2026-04-13T13:07:10.000+00:00"),
        "keep",
    ),
    ("UserChanged", "Answers with another userId.", set_to("userId", 2), "keep"),
    ("DevModeChanged", "Answers with another devMode.", set_to("devMode", 1), "nuwax.rename.state-kept"),
    (
        "TaskStatusChanged",
        "Answers with another taskStatus.",
        set_to("taskStatus", "RUNNING"),
        "nuwax.rename.state-kept",
    ),
    (
        "SummaryGiven",
        "Answers with a summary that a read does not show.",
        set_to("summary", "A chat"),
        "nuwax.rename.state-kept",
    ),
    (
        "TaskGiven",
        "Answers with a taskId that a read does not show.",
        set_to("taskId", "4711"),
        "nuwax.rename.state-kept",
    ),
    (
        "SharedUrisOfNumbers",
        "Answers with numbers in sharedUris.",
        set_to("sharedUris", [1]),
        "nuwax.answer.shared-uris-type",
    ),
    *(
        (
            f"{name[0].upper()}{name[1:]}AsNumber",
            f"Answers with {name} as a number.",
            set_to(name, 1),
            f"nuwax.answer.{kebab(name)}-type",
        )
        for name in NOT_IN_EXAMPLE[:4]
    ),
]
_NUWAX_ENVELOPE: list[Row] = [
    ("CodeAsNumber", "Answers with the code as a number.", set_to("code", 0), "nuwax.answer.code-is-0000"),
    (
        "SuccessFalse",
        "Answers with success false and code 0000.",
        set_to("success", False),
        "nuwax.answer.success-is-true",
    ),
    (
        "TidAsNumber",
        "Answers with the tid as a number.",
        set_to("tid", 2798491776085673993),
        "nuwax.answer.tid-is-text",
    ),
    ("TidEmpty", "Answers with an empty tid.", set_to("tid", ""), "nuwax.answer.tid-is-text"),
    (
        "DataNull",
        "Answers with data null.",
        set_to("data", None),
        "nuwax.answer.data-is-conversation present echo nuwax.rename.first-message-becomes-topic",
    ),
]
# changes of the conversation, and of the envelope around it
_ROWS: dict[str, tuple[list[Row], list[Row]]] = {
    "coze": (_COZE, _COZE_ENVELOPE),
    "dify": (_DIFY, []),
    "nuwax": (_NUWAX, _NUWAX_ENVELOPE),
}


def faults(vendor: str) -> list[Fault]:
    return shared(vendor, dict(_overrides(vendor)))


def _overrides(vendor: str) -> Iterator[tuple[type[Emulator], str]]:
    for rows, envelope in zip(_ROWS[vendor], (False, True), strict=True):
        for name, says, change, breaks in rows:
            yield member_override(name, says, change, envelope=envelope), breaks
