"""Dify as built: 1.7, which accepts any body, and 1.11 and 1.14, which validate the body of a rename."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from driftgate.emulator.as_built import dify_validation as validation
from driftgate.emulator.as_built.product import Product, Reach, media_type
from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.dify import SORTS, Dify
from driftgate.emulator.dify_messages import Message, blocking

_KINDS = {
    "forbidden": (403, "forbidden"),
    "method": (405, "method_not_allowed"),
    "media": (415, "unsupported_media_type"),
    "failed": (500, "unknown"),
}
_COLUMN = 255
_PAGE = "<!doctype html>\n<html lang=en>\n<title>{0}</title>\n<h1>{1}</h1>\n<p>{2}</p>\n"
_NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try"
    " again."
)


class Dify17(Product, Dify):
    """Dify 1.7: members of a body are converted, and what the database refuses is a server error."""

    id_form = "dashed_uuid"
    disabled_key = "app-emulated-key-of-a-disabled-app"
    every_answer: ClassVar[Mapping[str, str]] = {"X-Version": "1.7.2", "X-Env": "PRODUCTION"}
    every_operation: ClassVar[Mapping[str, str]] = {"Access-Control-Allow-Origin": "*"}

    # who is let in, in the order of the product: key, body, user, app

    def credential(self, request: Request) -> str | None:
        header = request.headers.get("authorization", "")
        scheme, token = header.split(None, 1) if " " in header else ("bearer", None)
        if scheme.lower() != "bearer":
            raise Refused("credential", "Authorization scheme must be 'Bearer'")
        return token

    def authenticate(self, token: str | None) -> str:
        if token == self.disabled_key:
            raise Refused("forbidden", "The app's API service has been disabled.")
        return super().authenticate(token)

    async def caller(self, request: Request) -> str:
        caller = self.authenticate(self.credential(request))
        if request.method != "GET":
            await self.check_body(request)
        self.meet(caller, await self.given(request) or {})
        self.authorize(caller)
        return caller

    async def check_body(self, request: Request) -> None:
        """Raises Refused for a body that is no object of JSON."""
        kind = media_type(request)
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            reason = "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
            raise Refused("media", reason)
        if not isinstance(self.parse(await request.body()), dict):
            raise Refused("failed", "Internal Server Error")

    def parse(self, raw: bytes) -> JSON:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            reason = "The browser (or proxy) sent a request that this server could not understand."
            raise Refused("malformed", reason) from None

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user") or "DEFAULT-USER")

    def meet(self, caller: str, given: Mapping[str, JSON]) -> None:
        self.end_users.add((caller, _column(self.owner(caller, given))))

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        return super().locate(caller, conversation_id.lower(), body)

    # what a body may hold

    def validate_user(self, body: Mapping[str, JSON]) -> None:
        """Without a user the request is DEFAULT-USER's."""

    def validate_auto_generate(self, body: Mapping[str, JSON]) -> None:
        """Any value counts as true or false."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        """Only the database checks it."""

    # what a rename does

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if not self.generates(body) and body.get("name") is None:
            raise Refused("failed", "Internal Server Error")
        return super().chosen_name(body, conversation)

    def generated_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if not conversation.first_message:
            raise Refused("invalid", "")
        conversation.more["generated"] = True
        return conversation.name if self.model_fails else _title(conversation.first_message)

    def store_name(self, conversation: Conversation, name: str) -> None:
        stored, before = _column(name), (conversation.name, conversation.updated)
        super().store_name(conversation, stored)
        kept = conversation.more.pop("generated", False) and not self.touches(before[0], stored)
        conversation.updated = before[1] if kept else self.clock()

    def touches(self, before: str, name: str) -> bool:
        """Whether a generated name changes the time of the last change."""
        return False

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        return {**view, "introduction": conversation.more.get("introduction", view["introduction"])}

    # answers

    def reply(self, status: int, body: JSON) -> Response:
        text = "" if body is None else json.dumps(body, separators=(",", ":")).replace("/", "\\/") + "\n"
        return Response(text, status_code=status, media_type="application/json")

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        if isinstance(refused, validation.Unparsed):
            return 400, refused.body
        if refused.kind == "failed":
            return 500, {"message": refused.reason, "code": "unknown", "status": 500}
        if refused.kind not in _KINDS:
            return super().refusal(refused)
        status, code = _KINDS[refused.kind]
        return status, {"code": code, "message": refused.reason, "status": status}

    def refusal_answer(self, refused: Refused) -> Response:
        answer = super().refusal_answer(refused)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
        return answer

    def dress(self, answer: Response) -> Response:
        answer.headers.update({**self.every_answer, **self.every_operation})
        return answer

    def unrouted(self, request: Request, reach: Reach) -> Response:
        answer = self._unrouted(request, reach)
        answer.headers.update(self.every_answer)
        return answer

    def _unrouted(self, request: Request, reach: Reach) -> Response:
        path = request.url.path
        merged = re.sub("//+", "/", path)
        if merged != path and reach(merged) is not Match.NONE:
            there = str(request.url.replace(path=merged))
            text = "You should be redirected automatically to the target URL."
            return _html(308, "Redirecting...", "Redirecting...", text, {"Location": there})
        if reach(path) is not Match.PARTIAL:
            return _html(404, "404 Not Found", "Not Found", _NOT_FOUND)
        if request.method == "OPTIONS":
            return Response(media_type="text/html", headers=self.every_operation)
        return self.refusal_answer(Refused("method", "The method is not allowed for the requested URL."))

    # creating, listing and deleting conversations

    def put(self, conversation_id: str, owner: str, name: str, **more: JSON) -> Conversation:
        made = super().put(conversation_id, owner, name, **more)
        made.created = _whole_second(made.created)
        self.began(made)
        return made

    def began(self, conversation: Conversation) -> None:
        """Sets the time of the last change of a conversation that has just begun."""
        conversation.updated = conversation.created

    def ready_made(self) -> list[Conversation]:
        made = super().ready_made()
        return [*made, self.make(self.key_holder, "Nobody has said anything", inputs={}, introduction=None)]

    def _start(self, owner: str, query: str, inputs: Mapping[str, JSON]) -> Conversation:
        made = super()._start(owner, query, inputs)
        self.began(made)
        return made

    def first_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        query = body["query"]
        if body.get("auto_generate_name", True) and query and not self.model_fails:
            return _title(query)
        return f"{query[:20]}…" if len(query) > 20 else query or "New conversation"

    async def chat(self, request: Request) -> Response:
        await self.caller(request)
        if not self.parse(await request.body()).get("user"):
            raise Refused("invalid", "Arg user must be provided.")
        return await super().chat(request)

    def chat_answer(self, message: Message) -> Response:
        answer = blocking(message)
        usage = {**answer["metadata"]["usage"], **self.usage()}
        answer["metadata"] = {"annotation_reply": None, **answer["metadata"], "usage": usage}
        return Response(json.dumps(answer), media_type=self.chat_media_type)

    chat_media_type = "application/json"

    def usage(self) -> dict[str, JSON]:
        """Members of a message's usage that the page does not know."""
        return {}

    def page_asked(self, query: Mapping[str, str]) -> tuple[str, int, str]:
        last, limit, sort_by = validation.list_query_of_1_7(query, SORTS, self.sort_by)
        return last, self.page_size(str(limit), 20, 100), sort_by

    def page_begin(self, owner: str, last: str, sorting: Mapping[str, Any]) -> int:
        begin = super().page_begin(owner, last, sorting)
        return self._after_ties(owner, self.conversations[last], begin, sorting)

    def follows(self, owner: str, rows: Sequence[Conversation], begin: int, sorting: Mapping[str, Any]) -> bool:
        if not rows:
            return False
        end = self._after_ties(owner, rows[-1], begin + len(rows), sorting)
        return self.conversations.count(owner) > end

    def _after_ties(self, owner: str, row: Conversation, begin: int, sorting: Mapping[str, Any]) -> int:
        """The index of the first row from ``begin`` on whose time is not that of ``row``: ties are lost."""
        column, index = sorting["order"], begin
        while rows := self.conversations.page(owner, index, 1, **sorting):
            if getattr(rows[0], column) != getattr(row, column):
                break
            index += 1
        return index

    async def delete(self, request: Request) -> Response:
        await self.caller(request)
        found = self.conversations.get(request.path_params["conversation"].lower())
        if found is not None:
            self.remove(found)
        return self.reply(204, None)


class Dify111(Dify17):
    """Dify 1.11: the body of a rename is validated before the conversation is looked up."""

    every_answer: ClassVar[Mapping[str, str]] = {"X-Version": "1.11.4", "X-Env": "PRODUCTION"}
    every_operation: ClassVar[Mapping[str, str]] = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "X-Env, X-Trace-Id, X-Version",
    }
    chat_media_type = "application/json; charset=utf-8"
    pydantic = "2.11"
    last_id_may_be_empty = False

    async def check_body(self, request: Request) -> None:
        try:
            await super().check_body(request)
        except Refused as refused:
            raise _OfNoUser(refused.kind, refused.reason) if refused.kind == "failed" else refused from None

    def refusal_answer(self, refused: Refused) -> Response:
        answer = super().refusal_answer(refused)
        if isinstance(refused, _OfNoUser):
            answer.headers["Vary"] = "Cookie"
        return answer

    def validate_auto_generate(self, body: Mapping[str, JSON]) -> None:
        validation.rename_types(body, self.pydantic)

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        validation.rename_name(body, self.pydantic)

    def generates(self, body: Mapping[str, JSON]) -> bool:
        return validation.flag(body.get("auto_generate", False)) is True

    def touches(self, before: str, name: str) -> bool:
        return before != name

    def began(self, conversation: Conversation) -> None:
        conversation.updated = self.clock()

    def usage(self) -> dict[str, JSON]:
        return {"time_to_first_token": 0.0, "time_to_generate": 0.0}

    def page_asked(self, query: Mapping[str, str]) -> tuple[str, int, str]:
        asked = {
            key: value for key, value in query.items() if value or key != "last_id" or not self.last_id_may_be_empty
        }
        last, limit, sort_by = validation.list_query(asked, SORTS, self.sort_by, self.pydantic)
        return last, self.page_size(str(limit), 20, 100), sort_by


class Dify114(Dify111):
    """Dify 1.13 and 1.14: only its user deletes a conversation."""

    every_answer: ClassVar[Mapping[str, str]] = {"X-Version": "1.14.2", "X-Env": "PRODUCTION", "Vary": "Cookie"}
    pydantic = "2.12"
    last_id_may_be_empty = True

    async def delete(self, request: Request) -> Response:
        caller = await self.caller(request)
        body = self.parse(await request.body())
        self.remove(self.locate(caller, request.path_params["conversation"], body))
        return self.reply(204, None)


class _OfNoUser(Refused):
    """A refusal before it is known for which user a request acts."""


def _column(text: str) -> str:
    """A text as a column of 255 characters keeps it. Raises Refused for one that the database does not take."""
    if "\0" in text:
        raise Refused("invalid", "A string literal cannot contain NUL (0x00) characters.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Refused("invalid", str(error)) from None
    if text[_COLUMN:].strip(" "):
        raise Refused("failed", "Internal Server Error")
    return text[:_COLUMN]


def _whole_second(moment: float) -> float:
    """The nearest second, as CURRENT_TIMESTAMP(0) gives it."""
    return float(int(moment + 0.5))


def _html(status: int, title: str, head: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_PAGE.format(title, head, text), status, headers, "text/html")


def _title(message: str) -> str:
    """The title that the emulator makes in place of a model."""
    title = f"About: {message}".replace("\n", " ")
    return f"{title[:75]}..." if len(title) > 75 else title
