"""Nuwax as built: a model makes titles of first messages, and every refusal and error has HTTP 200."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.as_built.product import Product, media_type
from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.nuwax import Nuwax

_KINDS = {
    "credential": "4030",
    "key": "4000",
    "method": "4050",
    "route": "4040",
    "failed": "5000",
}
_FAILED = "系统开小差啦，请稍后重试"
_UNNAMED = "Unnamed conversation"
_LABEL = "主题："
_COLUMN = 255
_GONE = 1597


class Nuwax30(Product, Nuwax):
    """Nuwax 3.0: scalars are converted, quotes removed, and a title is made of whatever is sent."""

    expired_api_key = "ak-22222222222222222222222222222222"
    denied_api_key = "ak-33333333333333333333333333333333"

    def credential(self, request: Request) -> str | None:
        words = request.headers.get("authorization", "").split()
        return words[-1] if words else None

    def authenticate(self, token: str | None) -> str:
        if token is None or not token.startswith(("ak-", "ck-")):
            raise Refused("credential", "Missing API Key.")
        if token == self.expired_api_key:
            raise Refused("credential", "API Key expired.")
        if token == self.denied_api_key:
            raise Refused("credential", "Permission denied.")
        if token not in (self.api_key, self.other_api_key):
            raise Refused("key", "Invalid API Key.")
        return super().authenticate(token)

    async def body(self, request: Request) -> JSON:
        self.check_id(request.path_params["conversation"])
        return await self.json(request)

    async def json(self, request: Request) -> JSON:
        if media_type(request) != "application/json":
            raise Refused("malformed", "Content-Type is not supported")
        return self.parse(await request.body())

    def check_id(self, conversation_id: str) -> None:
        if not re.fullmatch("[+-]?[0-9]{1,18}", conversation_id):
            raise Refused("failed", _FAILED)

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        self.check_id(conversation_id)
        return super().locate(caller, conversation_id, body)

    def validate_texts(self, body: Mapping[str, JSON]) -> None:
        for key in ("firstMessage", "topic"):
            if isinstance(body.get(key), dict | list):
                raise Refused("malformed", f"{key}: cannot be deserialized to a string")

    def validate_presence(self, body: Mapping[str, JSON]) -> None:
        """Nothing is required."""

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if isinstance(body.get("icon"), str):
            conversation.more["icon"] = body["icon"]
        topic = _text(body.get("topic"))
        if topic and topic.strip():
            return _stripped(topic)
        return self.title(_text(body.get("firstMessage")))

    def title(self, message: str | None) -> str:
        """The title that the emulator makes in place of a model, or what the server uses if the model fails."""
        if not self.model_fails:
            return f"A chat about {'null' if message is None else message}"[:50]
        if message is None:
            raise Refused("failed", _FAILED)
        return _first_20_units(message)

    def store_name(self, conversation: Conversation, name: str) -> None:
        if len(name) > _COLUMN:
            raise Refused("failed", _FAILED)
        before, known = conversation.updated, (conversation.name, conversation.more.get("updated"))
        super().store_name(conversation, name)
        conversation.more["updated"] = 1
        if known == (name, 1):
            conversation.updated = before
        if conversation.more["agent"] == _GONE:
            raise Refused("unknown", "")

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view, gone = super().view(conversation), conversation.more["agent"] == _GONE
        unnamed = conversation.name == _UNNAMED
        return {
            **view,
            "topic": f"Start conversation with {view['agent']['name']}" if unnamed else view["topic"],
            "agent": None if gone else view["agent"],
            "modified": _whole_second(view["modified"]),
            "created": _whole_second(view["created"]),
            "icon": conversation.more.get("icon"),
            "devSpaceId": None,
            "devTargetType": None,
            "devTargetId": None,
        }

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        if refused.kind in _KINDS:
            return 200, self.envelope(_KINDS[refused.kind], refused.reason, None)
        message = "Invalid conversationId" if refused.kind in ("unknown", "foreign") else refused.reason
        return super().refusal(Refused(refused.kind, message))

    def unrouted(self, other_method: bool) -> Response:
        kind, message = ("method", "Method not allowed") if other_method else ("route", "Not found")
        return self.refusal_answer(Refused(kind, message))

    # creating, listing and deleting conversations

    def ready_made(self) -> list[Conversation]:
        made = super().ready_made()
        return [*made, self.make("1", "The agent of this one is gone", agent=_GONE, updated=1)]

    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        seeded = super().seeded(row)
        seeded.more["updated"] = 1
        return seeded

    def listed_under(self, conversation: Conversation) -> Hashable:
        return super().listed_under(conversation) if conversation.more.get("updated") == 1 else None

    async def get(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        found = self.locate(caller, request.path_params["conversation"], {})
        if found.more["agent"] == _GONE:
            raise Refused("unknown", "")
        return await super().get(request)

    async def add(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        body = await self.json(request)
        self.validate_type(body)
        self.validate_texts(body)
        if not isinstance(body.get("agentId"), int):
            raise Refused("invalid", "agentId is required, an integer")
        made, topic = self.make(caller, _UNNAMED, agent=body["agentId"]), _text(body.get("topic"))
        if topic and topic.strip():
            self.store_name(made, _stripped(topic))
        return self.reply(200, self.success(int(made.id)))

    async def delete(self, request: Request) -> Response:
        await super().delete(request)
        return self.reply(200, self.envelope("0000", "成功", None))


def _text(value: JSON) -> str | None:
    """A scalar as Jackson converts it to text."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _stripped(topic: str) -> str:
    """A topic that begins with a quote loses all quotes and the label that models put before titles."""
    return topic.replace('"', "").replace(_LABEL, "").strip() if topic.strip().startswith('"') else topic


def _first_20_units(message: str) -> str:
    """The first 20 UTF-16 units; half a surrogate pair becomes a question mark."""
    units = message.encode("utf-16-le", "surrogatepass")[:40]
    return units.decode("utf-16-le", "replace").replace("\ufffd", "?")


def _whole_second(moment: str) -> str:
    return f"{moment[:19]}.000+00:00"
