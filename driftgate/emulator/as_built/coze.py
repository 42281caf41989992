"""Coze Studio as built: the open-source server, which differs from the page of the hosted one."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Hashable, Mapping
from email import message_from_bytes
from typing import NoReturn
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from driftgate.emulator.as_built.product import Product, Reach, media_type
from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.coze import Coze

_KINDS = {
    "credential": (200, 700012006),
    "unknown": (200, 103000002),
    "foreign": (200, 103000001),
    "session": (401, 401),
    "route": (404, 404),
    "failed": (500, 500),
}
_JSON = "application/json"
_SURROGATE = re.compile("[\ud800-\udfff]")
_IN_HTML = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
_WEB_SDK = "999"  # the only channel that a request can name
_API = "1024"


class CozeStudio(Product, Coze):
    """Coze Studio: the answer to a rename lacks members, and few bodies are refused."""

    id_form = "digits"
    longest_name = 255
    expired_api_key = "pat_emulated_expired_token"

    def credential(self, request: Request) -> str | None:
        header = request.headers.get("authorization")
        if not header:
            return None
        parts = header.split("Bearer")
        if len(parts) != 2 or not parts[1].strip():  # one word, and what is after it
            raise Refused("credential", "missing api_key in request")
        return parts[1].strip()

    def authenticate(self, token: str | None) -> str:
        if token is None:
            raise Refused("credential", "missing authorization in header")
        if token not in (self.api_key, self.other_api_key, self.expired_api_key):
            raise Refused("credential", "CheckPermission failed")
        return super().authenticate(self.api_key if token == self.expired_api_key else token)

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        return super().locate(caller, str(_number(conversation_id)), body)

    # what a body may hold

    async def body(self, request: Request) -> JSON:
        """The body with the name from the form, the query or JSON, whichever has one first."""
        _number(request.path_params["conversation"])
        found = await self.members(request)
        elsewhere = await _elsewhere(request, "name")
        return found if elsewhere is None else {**found, "name": elsewhere}

    async def members(self, request: Request) -> dict[str, JSON]:
        """The members of a body of JSON, by their names in lower case; none of another type. Raises Refused."""
        found = self.parse(await request.body()) if media_type(request) == _JSON else {}
        found = {} if found is None else found
        self.validate_type(found)
        members = {key.lower(): value for key, value in found.items()}
        if not isinstance(members.get("base", {}), dict | None):
            raise Refused("invalid", "bind body failed, err=Mismatch type base.Base")
        if "conversationid" in members:
            _number_in_text(members["conversationid"])
        return members

    def parse(self, raw: bytes) -> JSON:
        """The value, with U+FFFD for what is no text, and with numbers of any size."""
        if not raw:
            return {}
        try:
            return _storable(json.loads(raw.decode(errors="replace"), parse_constant=_refuse_constant))
        except (ValueError, RecursionError):
            raise Refused("malformed", 'bind body failed, err="Syntax error') from None

    def validate_type(self, body: JSON) -> None:
        if not isinstance(body, dict):
            raise Refused("invalid", "bind body failed, err=Mismatch type conversation.UpdateConversationApiRequest")

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if not (body.get("name") is None or isinstance(body["name"], str)):
            raise Refused("invalid", "bind body failed, err=Mismatch type string")

    def validate_length(self, name: str) -> None:
        """Only the database checks it."""

    def validate(self, body: JSON) -> None:
        super().validate({"name": None, **body})

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return super().chosen_name(body, conversation) if body.get("name") else conversation.name

    def store_name(self, conversation: Conversation, name: str) -> None:
        if name[self.longest_name :].strip(" "):
            raise Refused("failed", "internal server error")
        super().store_name(conversation, name[: self.longest_name])

    # answers

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return _without(super().view(conversation), "creator_id", "updated_at")

    def created(self, conversation: Conversation) -> dict[str, JSON]:
        return {**_without(self.view(conversation), "name"), "user_id": conversation.more.get("user", "")}

    def listed(self, conversation: Conversation) -> dict[str, JSON]:
        return {**super().listed(conversation), "user_id": conversation.more.get("user", "")}

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), "meta_data": None}

    def success(self, data: JSON) -> dict[str, JSON]:
        return {"data": data, "code": 0, "msg": "", "BaseResp": None}

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, code = _KINDS.get(refused.kind, (400, 400))
        messages = {
            "credential": f"authentication failed: {refused.reason}",
            "unknown": "conversation not found",
            "foreign": "unauthorized access : user not match",
        }
        return status, {"code": code, "msg": messages.get(refused.kind, refused.reason)}

    def reply(self, status: int, body: JSON) -> Response:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).translate(_IN_HTML)
        headers = {"X-Log-ID": str(uuid.uuid4())}
        return Response(text, status, headers, f"{_JSON}; charset=utf-8")

    def unrouted(self, request: Request, reach: Reach) -> Response:
        path = request.url.path
        bare = path.rstrip("/")
        if bare != path and reach(bare) is Match.FULL:
            status = 301 if request.method == "GET" else 307
            return Response(status_code=status, headers={"Location": str(request.url.replace(path=bare))})
        try:
            if reach(path) is Match.NONE:
                raise Refused("session", "missing session_key in cookie")
            self.authenticate(self.credential(request))
            raise Refused("route", "not found")
        except Refused as refused:
            return self.refusal_answer(refused)

    # creating, listing and deleting conversations

    def ready_made(self) -> list[Conversation]:
        made = super().ready_made()
        for number, conversation in enumerate(made, 1):
            conversation.name = f"Conversation {number}"
        return made

    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        seeded = super().seeded(row)
        seeded.more["meta_data"] = row.get("meta_data")
        return seeded

    def of_caller(self, caller: str, conversation_id: str) -> Conversation:
        try:
            return super().of_caller(caller, conversation_id)
        except Refused as refused:
            raise Refused("unknown", refused.reason) if refused.kind == "foreign" else refused from None

    def listed_under(self, conversation: Conversation) -> Hashable:
        return None if "deleted" in conversation.more else super().listed_under(conversation)

    def _start(self, owner: str, name: str, meta_data: Mapping[str, str], bot_id: str) -> Conversation:
        made = super()._start(owner, "", meta_data, bot_id)
        made.more["meta_data"] = None
        return made

    async def create(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        body = await self.members(request)
        bot, connector = (_number_in_text(body.get(key)) for key in ("bot_id", "connector_id"))
        meta_data, user = body.get("meta_data"), body.get("user_id")
        texts = meta_data is None or (
            isinstance(meta_data, dict) and all(isinstance(each, str | None) for each in meta_data.values())
        )
        if not texts or not isinstance(user, str | None):
            raise Refused("invalid", "bind body failed, err=Mismatch type string")
        made = self._start(caller, "", {}, str(bot))
        made.more["connector"] = _WEB_SDK if str(connector) == _WEB_SDK else _API
        made.more["meta_data"] = meta_data and {key: value or "" for key, value in meta_data.items()}
        made.more["user"] = user or ""
        return self.reply(200, _without(self.success(self.created(made)), "BaseResp"))

    async def retrieve(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        found = self.of_caller(caller, request.query_params.get("conversation_id", ""))
        shown = {**self.view(found), "creator_d": found.owner}
        return self.reply(200, {"ConversationData": shown, "code": 0, "msg": "", "BaseResp": None})

    async def list(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        query = request.query_params
        bot, number = _number(query.get("bot_id", "")), _number(query.get("page_num") or "0")
        size = self.page_size(query.get("page_size"), 0, 2**31)
        connector = _WEB_SDK if query.get("connector_id") == _WEB_SDK else _API
        begin = max(0, (number - 1) * size)
        if begin and size <= 0:  # an offset without a limit, which MySQL refuses
            raise Refused("failed", "internal server error")
        group = caller, str(bot), connector
        # without a limit the page has them all
        most = size + 1 if size > 0 else self.conversations.count(group)
        newest_first = query.get("sort_order", self.sort_order).lower() != "asc"
        rows = self.conversations.page(group, begin, most, order="created", newest_first=newest_first)
        has_more = bool(rows) and len(rows) > size
        rows = rows[:-1] if has_more else rows
        page = [self.listed(each) for each in self.on_page(rows, begin, size)]
        return self.reply(
            200, self.success({"conversations": page if has_more else page or None, "has_more": has_more})
        )

    def page_size(self, asked: str | None, default: int, most: int) -> int:
        return _number(asked) if asked else default

    def remove(self, conversation: Conversation) -> None:
        """Hides a conversation from lists, and from nothing else."""
        conversation.more["deleted"] = True

    async def delete(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        self.remove(self.of_caller(caller, request.path_params["conversation"]))
        return self.reply(200, {"code": 0, "msg": "", "BaseResp": None})


def _without(view: Mapping[str, JSON], *members: str) -> dict[str, JSON]:
    return {key: value for key, value in view.items() if key not in members}


def _number(text: str) -> int:
    """A number of 64 bits. Raises Refused."""
    if not re.fullmatch("[+-]?[0-9]+", text) or not -(2**63) <= int(text[:40]) < 2**63 or len(text) > 40:
        raise Refused("invalid", f"strconv.ParseInt: parsing {json.dumps(text[:40])}: invalid syntax")
    return int(text)


def _number_in_text(value: JSON) -> int:
    """A number of 64 bits that JSON must have as text; 0 for none. Raises Refused."""
    if not isinstance(value, str | None):
        raise Refused("invalid", "bind body failed, err=Mismatch type string")
    return 0 if value is None else _number(value)


async def _elsewhere(request: Request, key: str) -> str | None:
    """A value in a form, or else in the query."""
    raw, kind = await request.body(), media_type(request)
    values = request.query_params.getlist(key)
    if kind == "application/x-www-form-urlencoded":
        values = parse_qs(raw.decode(errors="replace")).get(key, values)
    if kind == "multipart/form-data":
        values = _parts(raw, request.headers["content-type"]).get(key, values)
    return values[0] if values else None


def _parts(raw: bytes, content_type: str) -> dict[str, list[str]]:
    """The values of a multipart form, by name."""
    found: dict[str, list[str]] = {}
    for part in message_from_bytes(f"Content-Type: {content_type}\n\n".encode() + raw).walk():
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            found.setdefault(name, []).append(value.decode(errors="replace"))
    return found


def _storable(value: JSON) -> JSON:
    """A value with U+FFFD in place of halves of surrogate pairs."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _storable(each) for key, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
