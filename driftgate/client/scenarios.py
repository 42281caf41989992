"""What a client is played through: servers that behave in one way each, and what it is given to do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from driftgate.client.routes import Routes
from driftgate.emulator import EMULATORS
from driftgate.emulator.as_built import PRODUCTS, product
from driftgate.emulator.base import JSON, Conversation, Emulator

NAME = "A new name"
MARKS = "Größe „neu“ 50% \\ <b> 'x' 杭州 🍜"
_WAIT = "1"  # seconds of Retry-After

# what is served in the stead of an application; the text is the URL of another server
Behaviour = Callable[[ASGIApp, Routes, str], ASGIApp]


@dataclass(frozen=True)
class Scenario:
    """One way in which a server behaves. ``wrong`` is what the client is given that the server does not know.

    ``behaviour`` answers in another way than the emulator; ``make`` makes that.
    """

    name: str
    says: str
    make: type[Emulator]
    new_name: str = NAME
    wrong: str = ""
    behaviour: Behaviour | None = None


def scenarios(vendor: str) -> Iterator[Scenario]:
    """The scenarios of a vendor, the plainest first."""
    plain = EMULATORS[vendor]
    yield Scenario("documented", "the server does as its page says", plain)
    yield Scenario("marks", "the name has quotes, markup and several scripts", plain, MARKS)
    yield Scenario("unknown-conversation", "the conversation does not exist", plain, wrong="conversation")
    yield Scenario("wrong-key", "the key is wrong", plain, wrong="key")
    yield Scenario("extra-members", "answers have members that the page does not have", _with_more(plain))
    for edition in PRODUCTS[vendor]:
        says = f"the server answers as the product {edition} does"
        yield Scenario(f"as-built-{edition}", says, product(vendor, edition, model_fails=False))
    yield Scenario("busy", "the first rename is answered with HTTP 429 and Retry-After", plain, behaviour=_busy)
    yield Scenario("redirect", "a rename is redirected to another origin", plain, behaviour=_redirect)
    yield Scenario("silent", "a rename is never answered", plain, behaviour=_silent)


def _with_more(plain: type[Emulator]) -> type[Emulator]:
    class WithMore(plain):  # type: ignore[misc,valid-type]  # mypy knows no class that is a variable
        """Answers with members that the page does not have."""

        def view(self, conversation: Conversation) -> dict[str, JSON]:
            view: dict[str, JSON] = super().view(conversation)
            return {**view, "added_later": {"by": "the vendor"}, "flags": [1, "two", None]}

    return WithMore


def _busy(app: ASGIApp, routes: Routes, elsewhere: str) -> ASGIApp:
    answered = False

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal answered
        if answered or not _renames(scope, routes):
            await app(scope, receive, send)
            return
        answered = True
        body = '{"code": 429, "status": 429, "message": "too many requests", "msg": "too many requests"}'
        await Response(body, 429, {"Retry-After": _WAIT}, "application/json")(scope, receive, send)

    return busy


def _redirect(app: ASGIApp, routes: Routes, elsewhere: str) -> ASGIApp:
    async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
        if not _renames(scope, routes):
            await app(scope, receive, send)
            return
        location = elsewhere + scope["raw_path"].decode("latin-1")
        await Response(status_code=307, headers={"Location": location})(scope, receive, send)

    return redirect


def _silent(app: ASGIApp, routes: Routes, elsewhere: str) -> ASGIApp:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        if not _renames(scope, routes):
            await app(scope, receive, send)
            return
        while (await receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)

    return silent


def _renames(scope: Scope, routes: Routes) -> bool:
    known = routes.known(scope["method"], scope["raw_path"].decode("latin-1"), "")
    return known is not None and known.role == "rename" and bool(known.operation)


class Elsewhere:
    """ASGI application of the other origin: notes the credentials that reach it."""

    def __init__(self) -> None:
        self.credentials: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given: dict[bytes, Any] = dict(scope["headers"])
            if b"authorization" in given:
                self.credentials.append(given[b"authorization"].decode("latin-1"))
            await Response(status_code=404)(scope, receive, send)
