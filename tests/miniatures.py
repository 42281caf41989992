"""Miniature clients: conforming ones over several HTTP libraries, and for each requirement one that breaks it alone."""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.responses import JSONResponse

from driftgate.client.call import Call
from driftgate.client.emulating import watching
from driftgate.client.judge import ClientJudge
from driftgate.contract import Contract, Operation, editions_of
from driftgate.contract.client import load_client_contract
from driftgate.contract.template import fill
from driftgate.emulator import emulate
from driftgate.http.exchange import Answer as HttpAnswer

WAIT = 1  # seconds of Retry-After
FETCH = """
const { method, url, headers, body, timeout } = JSON.parse(require("fs").readFileSync(0));
const signal = AbortSignal.timeout(timeout * 1000);
fetch(url, { method, headers, body: body ?? undefined, signal }).then(async (answer) => {
  console.log(JSON.stringify([answer.status, Object.fromEntries(answer.headers), await answer.text()]));
});
"""


@dataclass(frozen=True)
class Request:
    """A request as a client is about to send it. ``json`` is None for one without a body; ``raw`` stands in its stead."""

    operation: str
    method: str
    url: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    json: Any
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes | None:
        if self.raw is not None or self.json is None:
            return self.raw
        return Client.encoded(self.json)

    def address(self, base_url: str) -> str:
        url = self.url
        for name, value in self.path.items():
            url = url.replace(f"{{{name}}}", str(value))
        return base_url + url + (f"?{urlencode(self.query)}" if self.query else "")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


# by method, URL, headers and body, within so many seconds
Send = Callable[..., Answer]
Change = Callable[[Request], Request]


def over_httpx(method, url, headers, body, timeout=30):
    answer = httpx.request(method, url, headers=headers, content=body, timeout=timeout, trust_env=False)
    return Answer(answer.status_code, dict(answer.headers), answer.text)


def over_requests(method, url, headers, body, timeout=30):
    import requests  # noqa: PLC0415  # where it is installed

    answer = requests.request(method, url, headers=headers, data=body, timeout=timeout)
    return Answer(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.text)


def over_aiohttp(method, url, headers, body, timeout=30):
    import aiohttp  # noqa: PLC0415  # where it is installed

    async def sent():
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(timeout)) as session,
            session.request(method, url, headers=headers, data=body) as answer,
        ):
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, await answer.text()
            )

    return asyncio.run(sent())


def over_fetch(method, url, headers, body, timeout=30):
    given = {"method": method, "url": url, "headers": dict(headers), "body": body and body.decode(), "timeout": timeout}
    command = ["node", "-e", FETCH]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=30)
    return Answer(*json.loads(done.stdout))


def over_curl(method, url, headers, body, timeout=30):
    command = ["curl", "-sS", "-X", method, url, "-D", "/dev/stderr", "--noproxy", "*", "--max-time", str(timeout)]
    command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command += ["--data-binary", "@-"] if body is not None else []
    done = subprocess.run(command, input=body or b"", capture_output=True, check=True, timeout=60)
    first, *lines = done.stderr.decode().strip().splitlines()
    answered = dict(line.split(": ", 1) for line in lines if ": " in line)
    return Answer(
        int(first.split()[1]), {name.lower(): value for name, value in answered.items()}, done.stdout.decode()
    )


LIBRARIES: Mapping[str, Send] = {
    "httpx": over_httpx,
    "requests": over_requests,
    "aiohttp": over_aiohttp,
    "fetch": over_fetch,
    "curl": over_curl,
}


@dataclass
class Client:
    """A client that creates, lists, reads, renames and deletes, and breaks what ``change`` changes of its requests."""

    contract: Contract
    base_url: str
    key: str
    conversation: str
    params: Mapping[str, Any]
    send: Send = over_httpx
    change: Change = lambda request: request
    waits: bool = True
    repeats_creations: bool = False

    @staticmethod
    def headers(key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    @staticmethod
    def encoded(body: Any) -> bytes:
        return json.dumps(body, ensure_ascii=False).encode()

    def session(self) -> None:
        contract = self.contract
        self.asks(contract.create, name="First name")
        for operation in (contract.listing, contract.read, contract.rename, contract.delete):
            self.asks(operation, name="Größe „新“ 🍜", conversation=self.conversation)

    def asks(self, operation: Operation, **values: Any) -> Answer:
        values = {**self.params, "conversation": "", **values}
        template = copy.deepcopy((operation.path, operation.query, operation.body))
        path, query, body = (fill(part, values) if part is not None else None for part in template)
        request = Request(operation.operation_id, operation.method, operation.url, path, query, body)
        headers = self.headers(self.key)
        if request.json is None:
            del headers["Content-Type"]
        request = replace(request, headers=headers)
        return self.sends(operation, self.change(request))

    def sends(self, operation: Operation, request: Request) -> Answer:
        sent = (request.method, request.address(self.base_url), request.headers, request.body)
        answer = self.send(*sent)
        if answer.status == 429:
            if self.waits:
                time.sleep(float(answer.headers["retry-after"]))
            return self.send(*sent)
        if answer.status == 500 and operation is self.contract.create:
            return self.send(*sent) if self.repeats_creations else answer
        return answer


def call(name: str, key: str) -> Call:
    """A rename of a conversation of Coze that was answered, as a judge gets it."""
    headers = tuple(Client.headers(key).items())
    answer = HttpAnswer(200, "application/json", (), b'{"code": 0, "msg": ""}', 0.001)
    path = "/v1/conversations/7513776737285000001"
    return Call("PUT", "http://coze.example", path, "", headers, Client.encoded({"name": name}), answer)


@dataclass(frozen=True)
class Miniature:
    """A client that breaks one requirement. ``settings`` are of ``Client``."""

    breaks: str
    says: str
    settings: Mapping[str, Any]
    edition: str | None = None


def miniatures(vendor: str) -> Iterator[Miniature]:
    """One client for every requirement of a vendor, of every edition."""
    seen: set[str] = set()
    for edition in (None, *editions_of(vendor)):
        rows = [row for row in load_client_contract(vendor, edition=edition).requirements if row.id not in seen]
        seen |= {row.id for row in rows}
        for row in rows:
            if row.check == "acts":
                continue  # they act: tests/actors.py
            slug = row.id.partition(".client.")[2]
            says, settings = _BREAKS.get(f"{vendor}.{slug}") or _BREAKS[slug]
            yield Miniature(row.id, says, settings, edition)


def _of(operation: str, change: Change) -> Mapping[str, Any]:
    """A change of the requests for one operation."""
    return {"change": lambda request: change(request) if request.operation == operation else request}


def _with(members: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members with these ones set, or removed where they are ``...``."""
    return {name: value for name, value in {**members, **changes}.items() if value is not ...}


def _body(operation: str, **members: Any) -> Mapping[str, Any]:
    return _of(operation, lambda request: replace(request, json=_with(request.json, members)))


def _query(operation: str, **members: Any) -> Mapping[str, Any]:
    return _of(operation, lambda request: replace(request, query=_with(request.query, members)))


def _path(operation: str, **members: Any) -> Mapping[str, Any]:
    return _of(operation, lambda request: replace(request, path=members))


def _every(change: Change) -> Mapping[str, Any]:
    """A change of every request with a body."""
    return {"change": lambda request: change(request) if request.json is not None else request}


def _typed(request: Request) -> Request:
    return replace(request, headers={**request.headers, "Content-Type": "text/plain; charset=utf-8"})


def _in_latin(request: Request) -> Request:
    return replace(request, raw=json.dumps(request.json, ensure_ascii=False).encode("gb18030"))


def _bare(request: Request) -> Request:
    return replace(request, headers=_with(request.headers, {"Authorization": ...}))


def _patched(request: Request) -> Request:
    return replace(request, method="PATCH") if request.operation in _RENAMES else request


_RENAMES = ("renameConversation", "updateConversation")
_LONG = "x" * 101
_BREAKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "method-documented": ("renames with PATCH", {"change": _patched}),
    "credential-sent": ("sends no credential", {"change": _bare}),
    "body-declared-as-json": ("declares its bodies as text/plain", _every(_typed)),
    "body-is-a-json-object": ("encodes its bodies in GB 18030", _every(_in_latin)),
    "retry-after-honoured": ("repeats at once what was answered with 429", {"waits": False}),
    "creation-not-repeated": ("repeats a creation after a server error", {"repeats_creations": True}),
    "dify.rename-has-user": ("renames without a user", _body("renameConversation", user=...)),
    "dify.rename-user-is-text": ("renames for a user that is a list", _body("renameConversation", user=["driftgate"])),
    "dify.rename-has-a-name-or-generates-it": ("renames without a name", _body("renameConversation", name=...)),
    "dify.rename-name-is-text": ("renames to a number", _body("renameConversation", name=20261)),
    "dify.rename-name-is-not-blank": ("renames to a blank", _body("renameConversation", name=" ")),
    "dify.rename-auto-generate-is-boolean": (
        "writes auto_generate as a text",
        _body("renameConversation", auto_generate="false"),
    ),
    "dify.rename-generates-without-a-name": (
        "asks for a generated name and gives one",
        _body("renameConversation", auto_generate=True),
    ),
    "dify.rename-conversation-is-an-id": (
        "renames a conversation by its name",
        _path("renameConversation", conversation_id="First%20name"),
    ),
    "dify.user-stays-the-same": ("deletes for another user", _body("deleteConversation", user="somebody-else")),
    "dify.message-has-query-and-inputs": ("sends a message without inputs", _body("sendChatMessage", inputs=...)),
    "dify.message-has-user": ("sends a message without a user", _body("sendChatMessage", user=...)),
    "dify.message-mode-documented": ("asks for the mode sync", _body("sendChatMessage", response_mode="sync")),
    "dify.list-has-user": ("lists without a user", _query("listConversations", user=...)),
    "dify.list-limit-documented": ("lists 1000 at once", _query("listConversations", limit="1000")),
    "dify.delete-has-user": ("deletes without a user", _body("deleteConversation", user=...)),
    "coze.rename-has-a-name": ("renames without a name", _body("renameConversation", name=None)),
    "coze.rename-name-is-text": ("renames to a list", _body("renameConversation", name=["a"])),
    "coze.rename-name-at-most-100": ("renames to 101 characters", _body("renameConversation", name=_LONG)),
    "coze.rename-conversation-is-an-id": (
        "renames a conversation by its name",
        _path("renameConversation", conversation_id="First%20name"),
    ),
    "coze.create-name-at-most-100": ("creates with 101 characters", _body("createConversation", name=_LONG)),
    "coze.create-meta-data-is-text": (
        "creates with a number in meta_data",
        _body("createConversation", meta_data={"priority": 1}),
    ),
    "coze.create-meta-data-within-limits": (
        "creates with a long text in meta_data",
        _body("createConversation", meta_data={"note": "x" * 513}),
    ),
    "coze.read-has-a-conversation": ("reads without an id", _query("retrieveConversation", conversation_id=...)),
    "coze.list-has-a-bot": ("lists without a bot", _query("listConversations", bot_id=...)),
    "coze.list-size-documented": ("lists 1000 at once", _query("listConversations", page_size="1000")),
    "coze.list-order-documented": ("lists in the order newest", _query("listConversations", sort_order="newest")),
    "nuwax.update-has-a-topic-or-a-message": ("updates nothing", _body("updateConversation", topic=...)),
    "nuwax.update-topic-is-text": ("sets a number as topic", _body("updateConversation", topic=20261)),
    "nuwax.update-message-is-text": (
        "gives a list of messages",
        _body("updateConversation", topic=..., firstMessage=["Hello"]),
    ),
    "nuwax.update-has-one-of-the-two": (
        "gives a topic and a message",
        _body("updateConversation", firstMessage="Hello"),
    ),
    "nuwax.update-conversation-is-a-number": (
        "updates a conversation by its topic",
        _path("updateConversation", conversationId="First%20name"),
    ),
    "nuwax.create-has-an-agent": ("creates without an agent", _body("addConversation", agentId=...)),
    "nuwax.create-agent-is-a-number": ("creates with a text as agent", _body("addConversation", agentId="1596")),
    "nuwax.create-topic-is-text": ("creates with a number as topic", _body("addConversation", topic=20261)),
    "nuwax.read-conversation-is-a-number": (
        "reads a conversation by its topic",
        _path("getConversation", conversationId="First%20name"),
    ),
    "nuwax.list-has-an-agent": ("lists without an agent", _query("listConversations", agentId=...)),
}


class Moody:
    """ASGI middleware: the first creation gets HTTP 500, and the first request after the creations HTTP 429."""

    def __init__(self, app, create: Operation):
        self._app = app
        self._create = create
        self._failed = self._busy = False

    async def __call__(self, scope, receive, send):
        creates = scope["method"] == self._create.method and scope["path"].endswith(self._create.url)
        if creates and not self._failed:
            self._failed = True
            await _received(receive)
            await JSONResponse({"code": 5000, "msg": "", "message": "", "status": 500}, 500)(scope, receive, send)
        elif not creates and not self._busy:
            self._busy = True
            await _received(receive)
            headers = {"Retry-After": str(WAIT)}
            await JSONResponse({"code": 429, "message": ""}, 429, headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _received(receive) -> None:
    while (await receive()).get("more_body"):
        pass


def judged(vendor: str, edition: str | None = None, **settings: Any) -> ClientJudge:
    """The judgement of a client with these settings, over a whole session with an emulator that is moody."""
    contract = load_client_contract(vendor, edition=edition)
    judge = ClientJudge(contract, name=f"{vendor}-client", strict=True, where=f"emulators of {vendor}")
    with emulate(vendor, around=lambda app: watching(judge)(Moody(app, contract.create))) as server:
        given = (server.base_url, server.api_key, server.conversations[0], server.params)
        Client(contract, *given, **settings).session()
    return judge
