"""Nuwax as built: a model makes titles of first messages, and every refusal and error has HTTP 200."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from driftgate.emulator.as_built.product import Product, Reach, media_type
from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.nuwax import Nuwax

_KINDS = {
    "credential": "4030",
    "key": "4000",
    "route": "4040",
    "failed": "5000",
}
# texts in the language of the tenant, by those in English
_IN_CHINESE = MappingProxyType(
    {
        "API Key expired.": "API Key 已过期",
        "API not found or permission denied.": "API 不存在或无权限",
        "Invalid API Key.": "无效的 API Key",
        "Missing API Key.": "缺少 API Key",
        "Permission denied.": "无权限",
    }
)
_ENGLISH: ContextVar[bool] = ContextVar("_ENGLISH", default=False)  # whether the request asks for it, by a cookie
_VARY = "origin,access-control-request-method,access-control-request-headers,accept-encoding"
_MORE_OF_CONVERSATION = MappingProxyType(
    dict.fromkeys(("taskCron", "sandboxServerId", "sandboxSessionId", "devSpaceId", "devTargetType", "devTargetId"))
    | {"sharedUris": None, "taskCronDesc": ""}
)
_MORE_OF_AGENT = MappingProxyType(
    dict.fromkeys(
        (
            *("subType", "description", "remark", "openSuggest", "openingChatMsg", "openingGuidQuestions"),
            *("guidQuestionDtos", "openScheduledTask", "conversationId", "sandboxId", "expandPageArea", "hideChatArea"),
            *("pageHomeIndex", "eventBindConfig", "trialCount", "calledTrialCount"),
        )
    )
    | {"spaceId": 2, "creatorId": 2, "uid": "u1596", "category": "Other", "shareLink": "https://agents.example/agent"}
    | {"variables": [], "manualComponents": [], "customPageMenus": [], "allowCopy": 0, "hideDesktop": 0}
    | {"allowOtherModel": 1, "allowAtSkill": 1, "allowPrivateSandbox": 1, "allowChooseMode": 0}
    | {"enableVersionControl": 0, "hasPermission": True, "paymentRequired": False, "subscribed": False}
    | {"overCallLimit": True, "showPublishBtn": False, "collect": False}
    | {"publishUser": {"userId": 2, "userName": "someone", "nickName": "someone", "avatar": None}}
)
_COUNTED = (
    "userCount",
    "collectCount",
    "likeCount",
    "referenceCount",
    "callCount",
    "failCallCount",
    "totalCallDuration",
)
_FAILED = "系统开小差啦，请稍后重试"
_UNNAMED = "Unnamed conversation"
_LABEL = "主题："
_COLUMN = 255
_GONE = 1597


class Nuwax30(Product, Nuwax):
    """Nuwax 3.0: scalars are converted, quotes removed, and a title is made of whatever is sent."""

    expired_api_key = "ak-22222222222222222222222222222222"
    denied_api_key = "ak-33333333333333333333333333333333"
    agent_api_key = "ak-44444444444444444444444444444444"  # of an agent: which routes it opens is not checked

    def credential(self, request: Request) -> str | None:
        _ENGLISH.set(request.cookies.get("lang", "").lower().startswith("en"))
        key = request.headers.get("authorization", "")
        return key.replace("Basic", "", 1).replace("Bearer", "", 1).strip() or None

    def authenticate(self, token: str | None) -> str:
        if token == self.agent_api_key:
            return super().authenticate(self.api_key)
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

    def parse(self, raw: bytes) -> JSON:
        if not raw:
            raise Refused("malformed", "Required request body is missing: ConversationUpdateDto")
        try:
            return super().parse(raw)
        except Refused as refused:
            raise Refused(refused.kind, f"JSON parse error: {refused.reason}") from None

    def validate_type(self, body: JSON) -> None:
        if not isinstance(body, dict):
            raise Refused("malformed", _unread("ConversationUpdateDto", body))

    def check_id(self, conversation_id: str) -> str:
        """The id as Spring reads a number: without blanks, also in hexadecimal digits. Raises Refused."""
        bare = re.sub(r"\s", "", conversation_id)
        if re.fullmatch("[+-]?[0-9]{1,18}", bare):
            return str(int(bare))
        if re.fullmatch("[+-]?(0[xX]|#)[0-9a-fA-F]{1,15}", bare):
            return str(int(bare.replace("#", "0x"), 16))
        raise Refused("failed", _FAILED)

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        return super().locate(caller, self.check_id(conversation_id), body)

    def validate_texts(self, body: Mapping[str, JSON]) -> None:
        for key in ("firstMessage", "topic"):
            if isinstance(body.get(key), dict | list):
                raise Refused("malformed", _unread("java.lang.String", body[key]))

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
        return {
            **view,
            **_MORE_OF_CONVERSATION,
            "topic": _default_topic(view["agent"]["name"]) if conversation.name == _UNNAMED else view["topic"],
            "agent": None if gone else self.agent(view["agent"]),
            "modified": _whole_second(view["modified"]),
            "created": _whole_second(view["created"]),
            "icon": conversation.more.get("icon"),
        }

    def agent(self, agent: Mapping[str, JSON]) -> dict[str, JSON]:
        """An agent with the members that the page does not show."""
        counts = {"targetId": agent["agentId"], "convCount": len(self.conversations), **dict.fromkeys(_COUNTED)}
        return {**agent, **_MORE_OF_AGENT, "statistics": counts}

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        if refused.kind in _KINDS:
            reason = refused.reason if _ENGLISH.get() else _IN_CHINESE.get(refused.reason, refused.reason)
            return 200, self.envelope(_KINDS[refused.kind], reason, None)
        message = "Invalid conversationId" if refused.kind in ("unknown", "foreign") else refused.reason
        return super().refusal(Refused(refused.kind, message))

    def reply(self, status: int, body: JSON) -> Response:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Response(text, status, {"Vary": _VARY}, "application/json")

    def unrouted(self, request: Request, reach: Reach) -> Response:
        if reach(request.url.path) is Match.PARTIAL:
            moment = datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="milliseconds")
            return self.reply(405, {"timestamp": moment, "status": 405, "error": "Method Not Allowed"})
        try:
            token = self.credential(request)
            self.authenticate(token)
            if token != self.agent_api_key:
                raise Refused("credential", "API not found or permission denied.")
            raise Refused("route", "接口不存在")
        except Refused as refused:
            return self.refusal_answer(refused)

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


def _unread(wanted: str, value: JSON) -> str:
    """Jackson's message for a value of another type than the wanted one."""
    kind = "Array" if isinstance(value, list) else "Object" if isinstance(value, dict) else "scalar"
    return f"JSON parse error: Cannot deserialize value of type `{wanted}` from {kind} value"


def _default_topic(agent: str) -> str:
    """The topic that is shown where none was given, in the language of the request."""
    return f"Start conversation with {agent}" if _ENGLISH.get() else f"和{agent}开始会话"


def _whole_second(moment: str) -> str:
    return f"{moment[:19]}.000+00:00"
