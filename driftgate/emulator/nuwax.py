"""Nuwax's emulator, by the page on updating the topic of a conversation."""

from __future__ import annotations

import random
import time
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Handler, Refused, text, whole

_KINDS = {
    "credential": "4030",
    "malformed": "4000",
    "invalid": "4000",
    "unknown": "0001",
    "foreign": "0001",
}
_MADE = "2026-04-05T16:35:39.000+00:00"
_USER, _OTHER = "1", "2"
_LARGEST = 2**63 - 1


class Nuwax(Emulator):
    """Two users, each with a key. Refusals have HTTP 200, as the page recognises them by code only."""

    vendor = "nuwax"
    envelope_key = "data"
    name_key = "topic"
    api_key = "ak-00000000000000000000000000000000"
    other_api_key = "ak-11111111111111111111111111111111"
    params: ClassVar[Mapping[str, str | int]] = {"agent_id": 1596, "other_api_key": other_api_key}

    def authenticate(self, token: str | None) -> str:
        users = {self.api_key: _USER, self.other_api_key: _OTHER}
        if token not in users:
            raise Refused("credential", "Missing API Key." if token is None else "Invalid API Key.")
        return users[token]

    def validate(self, body: JSON) -> None:
        self.validate_type(body)
        self.validate_texts(body)
        self.validate_presence(body)

    def validate_type(self, body: JSON) -> None:
        if not isinstance(body, dict):
            raise Refused("invalid", "the body is no object")

    def validate_texts(self, body: Mapping[str, JSON]) -> None:
        for key in ("firstMessage", "topic"):
            if not isinstance(body.get(key, ""), str):
                raise Refused("invalid", f"{key} is a string")

    def validate_presence(self, body: Mapping[str, JSON]) -> None:
        if "firstMessage" not in body and "topic" not in body:
            raise Refused("invalid", "one of firstMessage and topic is required")

    def owner(self, caller: str, body: JSON) -> str:
        return caller

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return str(body["topic"] if "topic" in body else body["firstMessage"])

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        conversation.more["updated"] = 1
        return super().renamed(conversation, name)

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        agent = conversation.more["agent"]
        return {
            "id": int(conversation.id),
            "tenantId": 1,
            "userId": int(conversation.owner),
            "uid": "3787cf89001f43bd832b7adeb8134d96",
            "agentId": agent,
            "topic": conversation.name,
            "summary": None,
            "variables": None,
            "modified": _iso(conversation.updated),
            "created": _iso(conversation.created),
            "agent": {
                "agentId": agent,
                "name": "TaskAgentTest",
                "type": "TaskAgent",
                "icon": "https://agents.example/api/logo/agent/TaskAgentTest",
                "publishDate": _MADE,
            },
            "messageList": None,
            "type": "Chat",
            "taskId": None,
            "taskStatus": "CREATE",
            "devMode": 0,
            "topicUpdated": conversation.more.get("updated", 0),
        }

    def success(self, data: JSON) -> dict[str, JSON]:
        return self.envelope("0000", "success", data)

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        return 200, self.envelope(_KINDS[refused.kind], refused.reason, None)

    def envelope(self, code: str, message: str, data: JSON) -> dict[str, JSON]:
        tid = f"{random.randrange(100, 10**6)}{int(time.time() * 1000)}"
        return {
            "code": code,
            "displayCode": code,
            "message": message,
            "data": data,
            "tid": tid,
            "success": code == "0000",
        }

    def listed_under(self, conversation: Conversation) -> Hashable:
        return conversation.owner, str(conversation.more["agent"])

    def misdirected(self, status: int) -> tuple[int, dict[str, JSON]]:
        code = "5000" if status >= 500 else f"{status}0"
        return status, self.envelope(code, HTTPStatus(status).phrase, None)

    def new_id(self, number: int) -> str:
        return str(1545551 + number)

    def ready_made(self) -> list[Conversation]:
        return [self.make(_USER, f"Topic {number}", agent=self.params["agent_id"], updated=1) for number in (1, 2)]

    @property
    def key_holder(self) -> str:
        return _USER

    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        agent = int(row.get("agent_id", self.params["agent_id"]))
        return self.put(self.id_of(row), text(row.get("owner", self.key_holder)), row["name"], agent=agent, updated=1)

    def endpoints(self) -> list[tuple[str, str, Handler]]:
        prefix = "/api/v1/chat/conversation"
        return [
            ("POST", f"{prefix}/add", self.add),
            ("GET", f"{prefix}/list", self.list),
            ("GET", f"{prefix}/{{conversation}}", self.get),
            ("POST", f"{prefix}/{{conversation}}/update", self.rename),
            ("POST", f"{prefix}/{{conversation}}/delete", self.delete),
        ]

    async def add(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        body = self.parse(await request.body())
        self.validate_type(body)
        self.validate_texts(body)
        agent = body.get("agentId")
        if not isinstance(agent, int) or isinstance(agent, bool) or abs(agent) > _LARGEST:
            raise Refused("invalid", "agentId is required, an integer")
        made = self.make(caller, body.get("topic") or "", agent=agent)
        return self.reply(200, self.success(int(made.id)))

    async def list(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        query = request.query_params
        if not query.get("agentId"):
            raise Refused("invalid", "agentId is required")
        topic, below = query.get("topic", ""), whole(query.get("lastId"), _LARGEST, 0, _LARGEST)
        rows = self.conversations.newest_first((caller, query["agentId"]))
        found = (each for each in rows if topic in each.name and int(each.id) < below)
        size = self.page_size(query.get("limit"), 10, 100)
        page = self.on_page(list(islice(found, size)), 0, size)
        return self.reply(200, self.success([self.listed(each) for each in page]))

    async def get(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        return self.reply(200, self.success(self.view(self.locate(caller, request.path_params["conversation"], {}))))

    async def delete(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        self.remove(self.locate(caller, request.path_params["conversation"], {}))
        return self.reply(200, self.success(None))


def _iso(moment: float) -> str:
    """A time in the form of the page's example: with milliseconds and a numeric offset."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
