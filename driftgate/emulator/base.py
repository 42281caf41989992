"""What all emulators share: conversations in memory, and a rename in small steps that a fault can break singly."""

from __future__ import annotations

import itertools
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

JSON = Any
Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class Conversation:
    """A conversation in memory. Times are seconds since 1970, with a fraction."""

    id: str
    owner: str
    name: str
    created: float
    updated: float
    first_message: str = ""
    more: dict[str, JSON] = field(default_factory=dict)


class Refused(Exception):
    """A request that is refused. ``kind`` is credential, app, malformed, invalid, unknown or foreign."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Failed(Exception):
    """A mistake of the server's own, answered with HTTP 500; what a conforming emulator never does."""


class Emulator(ABC):
    """One vendor's server. Subclasses fill in the steps; faults override single ones of them."""

    vendor: ClassVar[str]
    api_key: ClassVar[str]
    path: ClassVar[str] = ""
    name_key: ClassVar[str] = "name"
    envelope_key: ClassVar[str] = ""  # where a success's body holds the conversation; empty where it is the body
    params: ClassVar[Mapping[str, str | int]] = {}

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self._numbers = itertools.count(1)

    # the steps of a rename, in the order in which they are taken

    def credential(self, request: Request) -> str | None:
        """The token that a request carries, or None."""
        return token_of(request)

    @abstractmethod
    def authenticate(self, token: str | None) -> str:
        """The account (or app) of a bearer token. Raises Refused."""

    async def body(self, request: Request) -> JSON:
        """What a request to rename holds. Raises Refused."""
        return self.parse(await request.body())

    def parse(self, raw: bytes) -> JSON:
        """The JSON value of a body. Raises Refused."""
        try:
            value = json.loads(raw.decode("utf-8"))
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates cannot be stored
        except (ValueError, RecursionError):
            raise Refused("malformed", "the body is not JSON") from None
        return value

    @abstractmethod
    def validate(self, body: JSON) -> None:
        """Raises Refused for a body that breaks a rule of the page."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        """The conversation, when this caller may rename it. Raises Refused."""
        found = self.conversations.get(conversation_id)
        if found is None:
            raise Refused("unknown", "there is no such conversation")
        if found.owner != self.owner(caller, body):
            raise Refused("foreign", "the conversation is somebody else's")
        return found

    @abstractmethod
    def owner(self, caller: str, body: JSON) -> str:
        """On whose behalf a request acts."""

    @abstractmethod
    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        """The name that a valid body gives to a conversation."""

    def keep(self, conversation: Conversation, name: str) -> None:
        """Stores the name."""
        conversation.name = name
        conversation.updated = time.time()

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
        """An answer on its way out."""
        if body is None:
            return Response(status_code=status)
        text = json.dumps(body, ensure_ascii=False)
        return Response(text.encode(), status_code=status, media_type="application/json")

    def rename_answer(self, body: JSON) -> Response:
        """The answer to a rename that was carried out."""
        return self.reply(200, body)

    def refusal_answer(self, refused: Refused) -> Response:
        """The answer to a request that was refused."""
        return self.reply(*self.refusal(refused))

    async def rename(self, request: Request) -> Response:
        caller = self.authenticate(self.credential(request))
        body = await self.body(request)
        self.validate(body)
        conversation = self.locate(caller, request.path_params["conversation"], body)
        name = self.chosen_name(body, conversation)
        self.keep(conversation, name)
        return self.rename_answer(self.success(self.renamed(conversation, name)))

    # making conversations, and the rest of their life

    @abstractmethod
    def new_id(self, number: int) -> str:
        """The id of the conversation of this number."""

    def make(self, owner: str, name: str, **more: JSON) -> Conversation:
        now = time.time()
        conversation = Conversation(self.new_id(next(self._numbers)), owner, name, now, now, more=more)
        self.conversations[conversation.id] = conversation
        return conversation

    @abstractmethod
    def ready_made(self) -> list[Conversation]:
        """Two conversations to try things on."""

    @abstractmethod
    def endpoints(self) -> list[tuple[str, str, Handler]]:
        """(method, path, handler) of every operation but rename's refusals, which are added."""

    def routes(self) -> list[Route]:
        return [
            Route(self.path + path, self._guarded(handler), methods=[method])
            for method, path, handler in self.endpoints()
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as refused:
                return self.refusal_answer(refused)
            except Failed as failed:
                return self.reply(500, {"code": 500, "message": str(failed), "status": 500})

        return guarded


def token_of(request: Request) -> str | None:
    """The bearer token of a request (RFC 6750), or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def whole(text: str | None, default: int, least: int, most: int) -> int:
    """A whole number from a query, within bounds; the default for anything else."""
    return min(most, max(least, int(text))) if text and text.isdigit() and len(text) < 10 else default
