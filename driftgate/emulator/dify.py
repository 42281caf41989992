"""Dify's emulator, by the page "Rename Conversation"."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from driftgate.emulator.base import JSON, Conversation, Emulator, Handler, Refused, whole
from driftgate.emulator.dify_messages import Message, blocking, listed, say, stream

_NAMESPACE = uuid.UUID("6f1a8f4e-0d2b-4c57-9f10-9d5a3c1e7b42")
_KINDS = {
    "credential": (401, "unauthorized"),
    "app": (400, "not_chat_app"),
    "malformed": (400, "bad_request"),
    "invalid": (400, "invalid_param"),
    "unknown": (404, "not_found"),
    "foreign": (404, "not_found"),
    "position": (404, "not_found"),  # the row after which a page of a list begins
}
SORTS: Mapping[str, Any] = {
    f"{sign}{order}_at": {"order": order, "newest_first": sign == "-"}
    for order in ("created", "updated")
    for sign in ("", "-")
}


class Dify(Emulator):
    """One chat app and its end users. A second key belongs to an app without conversations."""

    vendor = "dify"
    api_key = "app-emulated-chatflow-key"
    other_app_key = "app-emulated-workflow-key"
    path = "/v1"
    sort_by = "-updated_at"
    params: ClassVar[Mapping[str, str | int]] = {
        "user": "driftgate",
        "other_user": "somebody-else",
        "other_app_key": other_app_key,
    }

    def __init__(self) -> None:
        super().__init__()
        # by key; a user becomes one with the first request that names it, and none is ever deleted
        self.end_users = {(self.api_key, str(self.params[each])) for each in ("user", "other_user")}

    def authenticate(self, token: str | None) -> str:
        if token is None:
            raise Refused("credential", "Authorization header must be provided and start with 'Bearer'")
        if token not in (self.api_key, self.other_app_key):
            raise Refused("credential", "Access token is invalid")
        return token

    def authorize(self, token: str) -> None:
        """Raises Refused for the key of an app without conversations."""
        if token == self.other_app_key:
            raise Refused("app", "Please check if your app mode matches the right API route.")

    def validate(self, body: JSON) -> None:
        self.validate_type(body)
        self.validate_user(body)
        self.validate_auto_generate(body)
        if not self.generates(body):
            self.validate_name(body)

    def validate_type(self, body: JSON) -> None:
        if not isinstance(body, dict):
            raise Refused("invalid", "the body is no object")

    def validate_user(self, body: Mapping[str, JSON]) -> None:
        if not isinstance(body.get("user"), str) or not body["user"]:
            raise Refused("invalid", "user is required")

    def validate_auto_generate(self, body: Mapping[str, JSON]) -> None:
        if not isinstance(body.get("auto_generate", False), bool):
            raise Refused("invalid", "auto_generate is true or false")

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if body.get("name") is None:
            raise Refused("invalid", "name is required when auto_generate is false")
        if not isinstance(body["name"], str):
            raise Refused("invalid", "name is a string")

    def generates(self, body: Mapping[str, JSON]) -> bool:
        return bool(body.get("auto_generate", False))

    def owner(self, caller: str, body: JSON) -> str:
        return str(body["user"])

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if self.generates(body):
            return self.generated_name(body, conversation)
        return str(body["name"])

    def generated_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return f"About: {conversation.first_message[:40]}"

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {
            "id": conversation.id,
            "name": conversation.name,
            "inputs": conversation.more["inputs"],
            "status": "normal",
            "introduction": "Welcome! How can I help you today?",
            "created_at": int(conversation.created),
            "updated_at": int(conversation.updated),
        }

    def success(self, data: JSON) -> dict[str, JSON]:
        view: dict[str, JSON] = data
        return view

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, code = _KINDS[refused.kind]
        message = "Conversation Not Exists." if refused.kind in ("unknown", "foreign") else refused.reason
        return status, {"code": code, "message": message, "status": status}

    def misdirected(self, status: int) -> tuple[int, dict[str, JSON]]:
        phrase = HTTPStatus(status).phrase
        return status, {"code": phrase.lower().replace(" ", "_"), "message": phrase, "status": status}

    async def rename(self, request: Request) -> Response:
        await self.caller(request)
        return await super().rename(request)

    def new_id(self, number: int) -> str:
        return str(uuid.uuid5(_NAMESPACE, str(number)))

    def ready_made(self) -> list[Conversation]:
        return [self._start(self.key_holder, f"What is question {number}?", {}) for number in (1, 2)]

    @property
    def key_holder(self) -> str:
        return str(self.params["user"])

    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        owner = str(row.get("owner", self.key_holder))
        conversation = self.put(self.id_of(row), owner, row["name"], inputs=dict(row.get("inputs", {})))
        conversation.first_message = row.get("first_message", row["name"])
        if "first_message" in row:
            say(conversation, row["first_message"], conversation.more["inputs"])
        return conversation

    def rename_body(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().rename_body(conversation, name), "user": conversation.owner}

    def start(self, body: Mapping[str, JSON]) -> Conversation:
        """The conversation that begins with a valid chat message."""
        conversation = self._start(self.owner("", body), body["query"], body["inputs"])
        conversation.name = self.first_name(body, conversation)
        return conversation

    def first_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        """The name that a conversation begins with."""
        return self.generated_name({}, conversation) if body.get("auto_generate_name", True) else conversation.name

    def _start(self, owner: str, query: str, inputs: Mapping[str, JSON]) -> Conversation:
        conversation = self.make(owner, query[:20], inputs=dict(inputs))
        conversation.first_message = query
        say(conversation, query, inputs)
        return conversation

    def endpoints(self) -> list[tuple[str, str, Handler]]:
        return [
            ("POST", "/conversations/{conversation}/name", self.rename),
            ("POST", "/chat-messages", self.chat),
            ("GET", "/messages", self.messages),
            ("GET", "/conversations", self.list),
            ("DELETE", "/conversations/{conversation}", self.delete),
        ]

    async def caller(self, request: Request) -> str:
        """The app whose key a request carries, after the checks that all operations share. Raises Refused."""
        caller = self.authenticate(self.credential(request))
        given = await self.given(request)
        if given is not None:
            self.meet(caller, given)
        self.authorize(caller)
        return caller

    async def given(self, request: Request) -> Mapping[str, JSON] | None:
        """What a request gives: its query, or the members of its body; None for a body without any."""
        if request.method == "GET":
            return dict(request.query_params)
        try:
            body = self.parse(await request.body())
        except Refused:
            return None
        return body if isinstance(body, dict) else None

    def meet(self, caller: str, given: Mapping[str, JSON]) -> None:
        """Keeps a record of the end user whom a request names."""
        if given.get("user"):
            self.end_users.add((caller, self.owner(caller, given)))

    async def chat(self, request: Request) -> Response:
        await self.caller(request)
        body = self.parse(await request.body())
        self.validate_type(body)
        self.validate_user(body)
        self.validate_message(body)
        known = body.get("conversation_id")
        if known:
            conversation = self.locate("", str(known), body)
            say(conversation, body["query"], body["inputs"])
        else:
            conversation = self.start(body)
        message = conversation.more["messages"][-1]
        if body.get("response_mode") == "streaming":
            return StreamingResponse(stream(message), media_type="text/event-stream")
        return self.chat_answer(message)

    def chat_answer(self, message: Message) -> Response:
        """The response to a chat message, as one body."""
        return self.reply(200, blocking(message))

    def validate_message(self, body: Mapping[str, JSON]) -> None:
        if not isinstance(body.get("query"), str) or not isinstance(body.get("inputs"), dict):
            raise Refused("invalid", "query and inputs are required")
        if body.get("response_mode", "blocking") not in ("blocking", "streaming"):
            raise Refused("invalid", "response_mode is streaming or blocking")

    async def messages(self, request: Request) -> Response:
        await self.caller(request)
        query = dict(request.query_params)
        self.validate_user(query)
        if not query.get("conversation_id"):
            raise Refused("invalid", "conversation_id is required")
        said: list[Message] = self.locate("", query["conversation_id"], query).more.get("messages", [])
        rows = _following(said[::-1], query.get("first_id"))
        limit = whole(query.get("limit"), 20, 1, 100)
        # a page has the latest messages, the oldest of them first
        data = [listed(each) for each in rows[:limit][::-1]]
        return self.reply(200, {"limit": limit, "has_more": len(rows) > limit, "data": data})

    async def list(self, request: Request) -> Response:
        await self.caller(request)
        query = dict(request.query_params)
        self.validate_user(query)
        owner = self.owner("", query)
        last, limit, sort_by = self.page_asked(query)
        sorting = SORTS[sort_by]
        begin = self.page_begin(owner, last, sorting) if last else 0
        rows = self.conversations.page(owner, begin, limit, **sorting)
        data = [self.listed(each) for each in self.on_page(rows, begin, limit)]
        return self.reply(200, {"limit": limit, "has_more": self.follows(owner, rows, begin, sorting), "data": data})

    def page_asked(self, query: Mapping[str, str]) -> tuple[str, int, str]:
        """The row after which a page begins, the rows on it, and its order. Raises Refused."""
        sort_by = query.get("sort_by", self.sort_by)
        if sort_by not in SORTS:
            raise Refused("invalid", f"sort_by is one of {', '.join(SORTS)}")
        return query.get("last_id", ""), self.page_size(query.get("limit"), 20, 100), sort_by

    def page_begin(self, owner: str, last: str, sorting: Mapping[str, Any]) -> int:
        """The index of the first row after ``last``. Raises Refused."""
        if last not in self.conversations or self.conversations[last].owner != owner:
            raise Refused("position", "Last Conversation Not Exists.")
        return self.conversations.position(last, **sorting) + 1

    def follows(self, owner: str, rows: Sequence[Conversation], begin: int, sorting: Mapping[str, Any]) -> bool:
        """Whether there are rows after these, which begin at ``begin``."""
        return self.conversations.count(owner) > begin + len(rows)

    async def delete(self, request: Request) -> Response:
        caller = await self.caller(request)
        body = self.parse(await request.body())
        self.validate_type(body)
        self.validate_user(body)
        self.remove(self.locate(caller, request.path_params["conversation"], body))
        return Response(status_code=204)


class Dify202607(Dify):
    """Dify as of July 2026: a request may name no user. It then acts for an anonymous one, who has no conversations."""

    anonymous = "DEFAULT-USER"

    def validate_user(self, body: Mapping[str, JSON]) -> None:
        if "user" in body:
            super().validate_user(body)

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user", self.anonymous))

    def meet(self, caller: str, given: Mapping[str, JSON]) -> None:
        self.end_users.add((caller, self.owner(caller, given)))


class DifyGenerated(Dify202607):
    """Dify by the document generated from its code: without auto_generate true, a name is not blank."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        super().validate_name(body)
        if not body["name"].strip():
            raise Refused("invalid", "name is blank")


def _following(rows: list[Message], first: str | None) -> list[Message]:
    """The messages after the one with this id; without an id, all of them. Raises Refused."""
    if not first:
        return rows
    for number, row in enumerate(rows):
        if row.id == first:
            return rows[number + 1 :]
    raise Refused("position", "First Message Not Exists.")
