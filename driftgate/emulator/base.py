"""The base of all emulators: conversations in memory, and a rename in small steps, of which a fault breaks one."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from driftgate.emulator.store import Conversation, Store

JSON = Any
Handler = Callable[[Request], Awaitable[Response]]

__all__ = ["JSON", "Conversation", "Emulator", "Failed", "Handler", "Refused", "storable", "text", "token_of", "whole"]

_DIGITS = re.compile("[0-9]{1,19}")


class Refused(Exception):
    """A request is refused. ``kind`` is credential, app, malformed, invalid, unknown or foreign."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Failed(Exception):
    """An error of the server, answered with HTTP 500. A conforming emulator never raises it."""


class Emulator(ABC):
    """One vendor's server. Subclasses implement the steps, and faults override single ones."""

    vendor: ClassVar[str]
    api_key: ClassVar[str]
    path: ClassVar[str] = ""
    name_key: ClassVar[str] = "name"
    envelope_key: ClassVar[str] = (
        ""  # the member of a success that holds the conversation; empty if the body is the conversation
    )
    params: ClassVar[Mapping[str, str | int]] = {}

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        self.conversations = Store(self.listed_under)
        self._numbers = itertools.count(1)
        self._reserved: frozenset[str] = frozenset()

    # the steps of a rename, in their order

    def credential(self, request: Request) -> str | None:
        """The token that a request carries, or None."""
        return token_of(request)

    @abstractmethod
    def authenticate(self, token: str | None) -> str:
        """The account (or app) that a token belongs to. Raises Refused."""

    async def body(self, request: Request) -> JSON:
        """The body of a request to rename. Raises Refused."""
        return self.parse(await request.body())

    def parse(self, raw: bytes) -> JSON:
        """The JSON value of a body. Raises Refused."""
        try:
            value = json.loads(raw.decode("utf-8"))
            storable(value)
        except (ValueError, RecursionError):
            raise Refused("malformed", "the body is not JSON") from None
        return value

    @abstractmethod
    def validate(self, body: JSON) -> None:
        """Checks the body by the rules of the page. Raises Refused."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        """The conversation, if this caller may rename it. Raises Refused."""
        found = self.conversations.get(conversation_id)
        if found is None:
            raise Refused("unknown", "there is no such conversation")
        if found.owner != self.owner(caller, body):
            raise Refused("foreign", "the conversation is somebody else's")
        return found

    @abstractmethod
    def owner(self, caller: str, body: JSON) -> str:
        """The owner on whose behalf a request acts."""

    @abstractmethod
    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        """The name that a conversation gets by a valid body."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        """Stores the name."""
        conversation.name = name
        conversation.updated = max(conversation.updated, self.clock())  # the clock may have been set back

    @abstractmethod
    def view(self, conversation: Conversation) -> dict[str, JSON]:
        """A conversation as the page shows it."""

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        """The conversation as the answer to a rename shows it."""
        return self.view(conversation)

    @abstractmethod
    def success(self, data: JSON) -> dict[str, JSON]:
        """The body of a success."""

    @abstractmethod
    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        """Status and body of a refusal."""

    def reply(self, status: int, body: JSON) -> Response:
        """A response with this status and body."""
        if body is None:
            return Response(status_code=status)
        text = json.dumps(body, ensure_ascii=False)
        return Response(text.encode(), status_code=status, media_type="application/json")

    def rename_answer(self, body: JSON) -> Response:
        """The response to a rename that was carried out."""
        return self.reply(200, body)

    def refusal_answer(self, refused: Refused) -> Response:
        """The response to a request that was refused."""
        return self.reply(*self.refusal(refused))

    async def rename(self, request: Request) -> Response:
        """The whole rename, step by step. Raises Refused."""
        caller = self.authenticate(self.credential(request))
        body = await self.body(request)
        self.validate(body)
        conversation = self.locate(caller, request.path_params["conversation"], body)
        name = self.chosen_name(body, conversation)
        self.store_name(conversation, name)
        return self.rename_answer(self.success(self.renamed(conversation, name)))

    # creating, listing and deleting conversations

    @abstractmethod
    def new_id(self, number: int) -> str:
        """The id of the conversation with this number."""

    def make(self, owner: str, name: str, **more: JSON) -> Conversation:
        """A new conversation under a free id."""
        return self.put(self._free_id(), owner, name, **more)

    def _free_id(self) -> str:
        taken = (self.conversations, self._reserved)
        return next(each for each in map(self.new_id, self._numbers) if not any(each in ids for ids in taken))

    def seed(self, rows: Sequence[Mapping[str, JSON]]) -> None:
        """Makes a conversation of each row of seed data."""
        self._reserved = frozenset(text(row["id"]) for row in rows if "id" in row)
        for row in rows:
            self.seeded(row)

    def id_of(self, row: Mapping[str, JSON]) -> str:
        """The id in a row of seed data, or a free one."""
        return text(row["id"]) if "id" in row else self._free_id()

    def put(self, conversation_id: str, owner: str, name: str, **more: JSON) -> Conversation:
        """A new conversation under this id."""
        now = self.clock()
        conversation = Conversation(conversation_id, owner, name, now, now, more=more)
        self.conversations[conversation_id] = conversation
        return conversation

    def listed_under(self, conversation: Conversation) -> Hashable:
        """The group of conversations with which this one is listed."""
        return conversation.owner

    def remove(self, conversation: Conversation) -> None:
        """Deletes a conversation."""
        del self.conversations[conversation.id]

    def page_size(self, asked: str | None, default: int, most: int) -> int:
        """How many conversations a page of a list holds."""
        return whole(asked, default, 1, most)

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        """The conversations that a page of a list shows, of ``rows`` that belong on it, after the first ``begin``."""
        return rows

    def listed(self, conversation: Conversation) -> dict[str, JSON]:
        """A conversation as a list shows it."""
        return self.view(conversation)

    @abstractmethod
    async def delete(self, request: Request) -> Response:
        """Deletes one of the caller's conversations."""

    @abstractmethod
    def ready_made(self) -> list[Conversation]:
        """Makes two conversations of the holder of ``api_key``, to begin with."""

    @abstractmethod
    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        """Makes a conversation of a row of seed data."""

    @property
    @abstractmethod
    def key_holder(self) -> str:
        """The owner for whom requests with ``api_key`` act, unless they name another one."""

    def offered_conversations(self) -> list[str]:
        """The ids of the conversations that ``api_key`` may rename."""
        return [key for key, each in self.conversations.items() if each.owner == self.key_holder]

    def rename_at(self, conversation_id: str) -> tuple[str, str]:
        """Method and path of a rename."""
        method, path = next((method, path) for method, path, handler in self.endpoints() if handler == self.rename)
        return method, self.path + re.sub(r"\{.*?\}", conversation_id, path)

    def rename_body(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        """A body that gives a conversation this name."""
        return {self.name_key: name}

    def curl(self, at: str, conversation_id: str) -> str:
        """A rename to paste into a shell; ``at`` is the origin of the server."""
        method, path = self.rename_at(conversation_id)
        body = json.dumps(self.rename_body(self.conversations[conversation_id], "A new name"))
        headers = f"-H 'Authorization: Bearer {self.api_key}' -H 'Content-Type: application/json'"
        return f"curl -sS -X {method} {at}{path} {headers} -d {shlex.quote(body)}"

    @abstractmethod
    def endpoints(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of every operation."""

    def routes(self) -> list[Route]:
        """The operations as routes, with refusals and failures turned into responses."""
        return [
            Route(self.path + path, self._guarded(handler), methods=[method])
            for method, path, handler in self.endpoints()
        ]

    def misdirected(self, status: int) -> tuple[int, dict[str, JSON]]:
        """Status and body where no operation answers: HTTP 404, 405, 413 or 503, or 500 for a bug of the emulator."""
        return status, {"code": status, "message": HTTPStatus(status).phrase}

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as refused:
                return self.refusal_answer(refused)
            except Failed as failed:
                return self.reply(500, {"code": 500, "message": str(failed), "status": 500})

        return guarded


def storable(value: JSON) -> None:
    """Raises ValueError for what JSON in UTF-8 cannot express: lone surrogates, NaN and infinities."""
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")


def text(value: str | float) -> str:
    """An id as text. JSON Schema takes 7.0 for an integer."""
    return value if isinstance(value, str) else str(int(value))


def token_of(request: Request) -> str | None:
    """The bearer token of a request (RFC 6750), or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def whole(given: str | None, default: int, least: int, most: int) -> int:
    """A whole number from a query, brought within bounds; the default for anything else."""
    return min(most, max(least, int(given))) if given and _DIGITS.fullmatch(given) else default
