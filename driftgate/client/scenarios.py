"""What a client is played through: servers that behave in one way each, and what it is given to do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from driftgate.client.routes import Routes
from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.as_built import PRODUCTS, product
from driftgate.emulator.base import JSON, Conversation, Emulator, Refused

NAME = "A new name"
MARKS = "Größe „neu“ 50% \\ <b> 'x' 杭州 🍜"
LONG = "a name of 101 characters ".ljust(101, "x")
_WAIT = "1"  # seconds of Retry-After
_SLOW = 1.0  # seconds
# what a server may have against a rename; two further ones are played as they come about
_REFUSALS = ("app", "invalid", "malformed", "foreign")

# what is served in the stead of an application; the text is the URL of another server
Behaviour = Callable[[ASGIApp, Routes, str], ASGIApp]


@dataclass(frozen=True)
class Scenario:
    """One way in which a server behaves. ``wrong`` is what the client is given that the server does not know.

    ``behaviour`` answers in another way than the emulator; ``make`` makes that. An empty ``new_name`` asks for a
    generated one. ``redirects``: to another server. ``excused`` are the checks of what the client is told to do here.
    """

    name: str
    says: str
    make: type[Emulator]
    new_name: str = NAME
    wrong: str = ""
    behaviour: Behaviour | None = None
    redirects: bool = False
    excused: Collection[str] = ()


def scenarios(vendor: str) -> Iterator[Scenario]:
    """The scenarios of a vendor, the plainest first."""
    plain = EMULATORS[vendor]
    yield Scenario("documented", "the server does as its page says", plain)
    yield Scenario("marks", "the name has quotes, markup and several scripts", plain, MARKS)
    yield Scenario("unknown-conversation", "the conversation does not exist", plain, wrong="conversation")
    yield Scenario("wrong-key", "the key is wrong", plain, wrong="key")
    yield from _refused(plain)
    yield Scenario("extra-members", "answers have members that the page does not have", _changed(plain, _with_more))
    yield Scenario("null-members", "what an answer has beside id and name is null", _changed(plain, _with_nulls))
    yield Scenario("few-members", "an answer has only id and name of the conversation", _changed(plain, _with_few))
    for edition in PRODUCTS[vendor]:
        says = f"the server answers as the product {edition} does"
        yield Scenario(f"as-built-{edition}", says, product(vendor, edition, model_fails=False))
    says = "the name has 101 characters"
    yield Scenario("long-name", says, plain, LONG, excused=("body",))
    if any(row.check == "generates" for row in load_contract(vendor).requirements):
        yield Scenario("generated", "no name is given: the server is to generate one", plain, "")
    yield Scenario("slow", f"a rename is answered after {_SLOW:g} s", plain, behaviour=_slow)
    yield Scenario("busy", "the first rename is answered with HTTP 429 and Retry-After", plain, behaviour=_busy)
    yield Scenario("redirect", "a rename is redirected to another origin", plain, behaviour=_redirect, redirects=True)
    yield Scenario("silent", "a rename is never answered", plain, behaviour=_silent)


def _changed(plain: type[Emulator], change: Callable[[dict[str, JSON], str], dict[str, JSON]]) -> type[Emulator]:
    class Changed(plain):  # type: ignore[misc,valid-type]  # mypy knows no class that is a variable
        """Shows conversations otherwise than the page does."""

        def view(self, conversation: Conversation) -> dict[str, JSON]:
            return change(super().view(conversation), self.name_key)

    return Changed


def _with_more(view: dict[str, JSON], name: str) -> dict[str, JSON]:
    return {**view, "added_later": {"by": "the vendor"}, "flags": [1, "two", None]}


def _with_nulls(view: dict[str, JSON], name: str) -> dict[str, JSON]:
    return {key: value if key in ("id", name) else None for key, value in view.items()}


def _with_few(view: dict[str, JSON], name: str) -> dict[str, JSON]:
    return {key: view[key] for key in ("id", name)}


def _refused(plain: type[Emulator]) -> Iterator[Scenario]:
    """A scenario for each form in which the vendor refuses a rename."""
    seen: list[tuple[int, JSON]] = []
    for kind in _REFUSALS:
        try:
            status, body = plain().refusal(Refused(kind, ""))
        except KeyError:
            continue  # no reason of this vendor's
        if (status, body["code"]) not in seen:
            seen.append((status, body["code"]))
            says = f"every rename is refused with HTTP {status} and code {body['code']}"
            yield Scenario(f"refused-{kind}", says, _refusing(plain, kind))


def _refusing(plain: type[Emulator], kind: str) -> type[Emulator]:
    class Refusing(plain):  # type: ignore[misc,valid-type]
        """Refuses every rename."""

        def validate(self, body: JSON) -> None:
            raise Refused(kind, "it is as it is")

    return Refusing


def _slow(app: ASGIApp, routes: Routes, elsewhere: str) -> ASGIApp:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        async def late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(_SLOW)
            await send(message)

        await app(scope, receive, late if _renames(scope, routes) else send)

    return slow


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
        try:
            while (await receive())["type"] != "http.disconnect":
                await asyncio.sleep(0)
        except asyncio.CancelledError:  # the client still waits when the server stops
            await Response(status_code=503)(scope, receive, send)

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
