"""Coze's emulator, by the page "edit_conversation"."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Hashable, Mapping
from http import HTTPStatus
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Handler, Refused, whole

_KINDS = {
    "credential": (4100, "authentication is invalid"),
    "malformed": (4000, "the request body cannot be parsed"),
    "invalid": (4000, "the request parameters are invalid"),
    "unknown": (4200, "the requested resource does not exist"),
    "foreign": (4101, "the token has no permission for the resource"),
    "excess": (4003, "meta_data exceeds its limits"),
}
_API = "1024"  # the channel of conversations that are created through the API
_ACCOUNT, _OTHER = "1426479484700001", "1426479484700002"


class Coze(Emulator):
    """Two accounts, each with an access token. Refusals have HTTP 200, as the page recognises them by code only."""

    vendor = "coze"
    envelope_key = "data"
    api_key = "pat_emulated_access_token"
    other_api_key = "pat_emulated_token_of_another_account"
    params: ClassVar[Mapping[str, str | int]] = {"bot_id": "7340000000000000001", "other_api_key": other_api_key}
    longest_name = 100
    sort_order = "DESC"

    def __init__(self) -> None:
        super().__init__()
        self._sections = itertools.count(7513776737290000001)

    def authenticate(self, token: str | None) -> str:
        accounts = {self.api_key: _ACCOUNT, self.other_api_key: _OTHER}
        if token not in accounts:
            raise Refused("credential", "")
        return accounts[token]

    def validate(self, body: JSON) -> None:
        self.validate_type(body)
        self.validate_name(body)
        self.validate_length(body["name"])

    def validate_type(self, body: JSON) -> None:
        if not isinstance(body, dict):
            raise Refused("invalid", "the body is no object")

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if not isinstance(body.get("name"), str):
            raise Refused("invalid", "name is required, a string")

    def validate_length(self, name: str) -> None:
        if len(name) > self.longest_name:
            raise Refused("invalid", f"name has more than {self.longest_name} characters")

    def validate_meta_data(self, meta_data: JSON) -> None:
        if not isinstance(meta_data, dict) or not all(isinstance(value, str) for value in meta_data.values()):
            raise Refused("invalid", "meta_data is a map of strings")
        fits = all(1 <= len(key) <= 64 and 1 <= len(value) <= 512 for key, value in meta_data.items())
        if len(meta_data) > 16 or not fits:
            raise Refused("excess", "at most 16 pairs, keys of 1 to 64 and values of 1 to 512 characters")

    def owner(self, caller: str, body: JSON) -> str:
        return caller

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return str(body["name"])

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {
            "id": conversation.id,
            "name": conversation.name,
            "meta_data": conversation.more["meta_data"],
            "creator_id": conversation.owner,
            "created_at": int(conversation.created),
            "updated_at": int(conversation.updated),
            "last_section_id": conversation.more["section"],
            "connector_id": conversation.more.get("connector", _API),
        }

    def listed_under(self, conversation: Conversation) -> Hashable:
        return conversation.owner, conversation.more["bot"], conversation.more.get("connector", _API)

    def detail(self) -> dict[str, str]:
        return {"logid": uuid.uuid4().hex.upper()}

    def success(self, data: JSON) -> dict[str, JSON]:
        return {"code": 0, "msg": "", "detail": self.detail(), "data": data}

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        code, message = _KINDS[refused.kind]
        reason = f"{message}: {refused.reason}" if refused.reason else message
        return 200, {"code": code, "msg": reason, "detail": self.detail()}

    def reply(self, status: int, body: JSON) -> Response:
        answer = super().reply(status, body)
        match body:
            case {"detail": {"logid": str(logid)}}:
                answer.headers["X-Tt-Logid"] = logid
        return answer

    def misdirected(self, status: int) -> tuple[int, dict[str, JSON]]:
        code = 5000 if status >= 500 else 4000
        return status, {"code": code, "msg": HTTPStatus(status).phrase, "detail": self.detail()}

    def new_id(self, number: int) -> str:
        return str(7513776737285000000 + number)

    def ready_made(self) -> list[Conversation]:
        return [self._start(_ACCOUNT, f"Conversation {number}", {}, str(self.params["bot_id"])) for number in (1, 2)]

    @property
    def key_holder(self) -> str:
        return _ACCOUNT

    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        bot = str(row.get("bot_id", self.params["bot_id"]))
        meta_data = dict(row.get("meta_data", {}))
        owner = str(row.get("owner", self.key_holder))
        return self.put(self.id_of(row), owner, row["name"], meta_data=meta_data, section=self.new_section(), bot=bot)

    def _start(self, owner: str, name: str, meta_data: Mapping[str, str], bot_id: str) -> Conversation:
        return self.make(owner, name, meta_data=dict(meta_data), section=self.new_section(), bot=bot_id)

    def new_section(self) -> str:
        return str(next(self._sections))

    def endpoints(self) -> list[tuple[str, str, Handler]]:
        return [
            ("PUT", "/v1/conversations/{conversation}", self.rename),
            ("POST", "/v1/conversation/create", self.create),
            ("GET", "/v1/conversation/retrieve", self.retrieve),
            ("GET", "/v1/conversations", self.list),
            ("DELETE", "/v1/conversations/{conversation}", self.delete),
            ("POST", "/v1/conversations/{conversation}/clear", self.clear),
        ]

    def of_caller(self, caller: str, conversation_id: str) -> Conversation:
        """The caller's conversation, to be read, cleared or deleted. Raises Refused."""
        return self.locate(caller, conversation_id, {})

    async def create(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        raw = await request.body()
        body = self.parse(raw) if raw else {}
        self.validate_type(body)
        name, meta_data = (
            default if body.get(key) is None else body[key] for key, default in (("name", ""), ("meta_data", {}))
        )
        if not isinstance(name, str):
            raise Refused("invalid", "name is a string")
        self.validate_length(name)
        self.validate_meta_data(meta_data)
        made = self._start(caller, name, meta_data, str(body.get("bot_id") or ""))
        made.more["connector"] = str(body.get("connector_id") or _API)
        return self.reply(200, self.success(self.created(made)))

    def created(self, conversation: Conversation) -> dict[str, JSON]:
        """The conversation as the answer to its creation shows it."""
        return self.view(conversation)

    async def retrieve(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        found = self.of_caller(caller, request.query_params.get("conversation_id", ""))
        return self.reply(200, self.success(self.view(found)))

    async def list(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        query = request.query_params
        if not query.get("bot_id"):
            raise Refused("invalid", "bot_id is required")
        group = caller, query["bot_id"], query.get("connector_id", _API)
        size = self.page_size(query.get("page_size"), 50, 50)
        begin = (whole(query.get("page_num"), 1, 1, 10**6) - 1) * size
        newest_first = query.get("sort_order", self.sort_order) != "ASC"
        rows = self.conversations.page(group, begin, size, order="created", newest_first=newest_first)
        has_more = self.conversations.count(group) > begin + size
        page = [self.listed(each) for each in self.on_page(rows, begin, size)]
        return self.reply(200, self.success({"has_more": has_more, "conversations": page}))

    async def delete(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        self.remove(self.of_caller(caller, request.path_params["conversation"]))
        return self.reply(200, {"code": 0, "msg": "", "detail": self.detail()})

    async def clear(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        found = self.of_caller(caller, request.path_params["conversation"])
        found.more["section"] = self.new_section()
        return self.reply(200, self.success({"id": found.more["section"], "conversation_id": found.id}))
