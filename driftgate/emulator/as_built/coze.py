"""Coze Studio as built: the open-source server, which differs from the page of the hosted one."""

from __future__ import annotations

import re
import uuid
from collections.abc import Hashable, Mapping
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.as_built.product import Product, media_type
from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.coze import Coze

_KINDS = {
    "credential": (200, 700012006),
    "unknown": (200, 103000002),
    "foreign": (200, 103000001),
    "session": (401, 401),
    "failed": (500, 500),
}


class CozeStudio(Product, Coze):
    """Coze Studio: the answer to a rename lacks members, and few bodies are refused."""

    id_form = "digits"
    longest_name = 255
    expired_api_key = "pat_emulated_expired_token"

    def credential(self, request: Request) -> str | None:
        header = request.headers.get("authorization")
        if header is None:
            return None
        _, word, token = header.partition("Bearer")
        if not word:
            raise Refused("credential", "missing api_key in request")
        return token.strip()

    def authenticate(self, token: str | None) -> str:
        if token is None:
            raise Refused("credential", "missing authorization in header")
        if token not in (self.api_key, self.other_api_key, self.expired_api_key):
            raise Refused("credential", "CheckPermission failed")
        return super().authenticate(self.api_key if token == self.expired_api_key else token)

    async def body(self, request: Request) -> JSON:
        """The body with the name from the form, the query or JSON, whichever has one first."""
        _check_id(request.path_params["conversation"])
        raw, kind = await request.body(), media_type(request)
        found = self.parse(raw) if kind == "application/json" else {}
        found = {} if found is None else found
        self.validate_type(found)
        form = parse_qs(raw.decode(errors="replace")) if kind == "application/x-www-form-urlencoded" else {}
        elsewhere = form.get("name", request.query_params.getlist("name"))
        return {**found, "name": elsewhere[0]} if elsewhere else found

    def parse(self, raw: bytes) -> JSON:
        return super().parse(raw) if raw else {}

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if not (body.get("name") is None or isinstance(body["name"], str)):
            raise Refused("invalid", "mismatched type: name is a string")

    def validate_length(self, name: str) -> None:
        """Only the database checks it."""

    def validate(self, body: JSON) -> None:
        super().validate({"name": None, **body})

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return super().chosen_name(body, conversation) if body.get("name") else conversation.name

    def store_name(self, conversation: Conversation, name: str) -> None:
        if len(name) > self.longest_name:
            raise Refused("failed", "internal server error")
        super().store_name(conversation, name)

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = _without(super().view(conversation), "creator_id", "updated_at")
        return {**view, "meta_data": conversation.more["meta_data"] or None}

    def created(self, conversation: Conversation) -> dict[str, JSON]:
        return _without(self.view(conversation), "name")

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
        answer = super().reply(status, body)
        answer.headers["X-Log-ID"] = str(uuid.uuid4())
        return answer

    def unrouted(self, other_method: bool) -> Response:
        if other_method:
            return Response("404 page not found", status_code=404, media_type="text/plain")
        return self.refusal_answer(Refused("session", "missing session_key in cookie"))

    # creating, listing and deleting conversations

    def ready_made(self) -> list[Conversation]:
        made = super().ready_made()
        for number, conversation in enumerate(made, 1):
            conversation.name = f"Conversation {number}"
        return made

    def of_caller(self, caller: str, conversation_id: str) -> Conversation:
        try:
            return super().of_caller(caller, conversation_id)
        except Refused as refused:
            raise Refused("unknown", refused.reason) from None

    def listed_under(self, conversation: Conversation) -> Hashable:
        return None if "deleted" in conversation.more else super().listed_under(conversation)

    def _start(self, owner: str, name: str, meta_data: Mapping[str, str], bot_id: str) -> Conversation:
        return super()._start(owner, "", meta_data, bot_id)

    async def retrieve(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        conversation_id = request.query_params.get("conversation_id", "")
        _check_id(conversation_id)
        found = self.of_caller(caller, conversation_id)
        shown = {**self.view(found), "creator_d": found.owner}
        return self.reply(200, {"code": 0, "msg": "", "ConversationData": shown})

    def remove(self, conversation: Conversation) -> None:
        """Hides a conversation from lists, and from nothing else."""
        conversation.more["deleted"] = True

    async def delete(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        self.remove(self.of_caller(caller, request.path_params["conversation"]))
        return self.reply(200, {"code": 0, "msg": "", "BaseResp": None})


def _without(view: Mapping[str, JSON], *members: str) -> dict[str, JSON]:
    return {key: value for key, value in view.items() if key not in members}


def _check_id(conversation_id: str) -> None:
    digits = conversation_id.lstrip("0")
    if not re.fullmatch("[0-9]+", conversation_id) or len(digits) > 19 or int(digits or "0") >= 2**63:
        raise Refused("invalid", "conversation_id: is not a number of 64 bits")
