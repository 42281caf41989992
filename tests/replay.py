"""Replays the requests of a real server's record against an emulator, and tells every answer that differs in form.

Compared are status, code, message, media type, names of headers, and names and types of members. Ids of conversations
that the run created are replaced by those that the emulator gives; those that were there before are seeded.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from driftgate.base.jsonvalue import type_name
from driftgate.emulator import Emulator, start

# what the software between server and client writes, and what depends on the length of data
TRANSPORT = {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}

_QUOTING = ("bind body failed, err=", "JSON parse error: ", "Required request body is missing: ")


@dataclass(frozen=True)
class Difference:
    """One thing in which an answer of the emulator differs from the recorded one."""

    exchange: int
    role: str
    what: str
    recorded: str
    emulated: str

    def __str__(self) -> str:
        return f"#{self.exchange} {self.role}: {self.what}: recorded {self.recorded}, emulated {self.emulated}"


@dataclass
class Replay:
    """A replay of one record. ``data``: pointers of members that hold users' data, whose form is not compared."""

    emulator: Emulator
    data: frozenset[str] = frozenset()
    ids: dict[str, str] = field(default_factory=dict)

    def run(self, record: Path) -> list[Difference]:
        """Sends every request of a record, and returns what differs."""
        rows = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        target = next(row for row in rows if row["record"] == "header")["target"]
        base_url = target["base_url"]
        self.emulator.seed(_older(rows, target["params"]))
        running = start(self.emulator)
        try:
            with httpx.Client(base_url=running.base_url) as client:
                sent = [row for row in rows if row["record"] == "exchange" and row["answer"]]
                return [each for row in sent for each in self._differences(client, row, base_url)]
        finally:
            running.stop()

    def _differences(self, client: httpx.Client, row: Mapping[str, Any], base_url: str) -> Iterator[Difference]:
        answer = client.send(self._request(client, row["request"], base_url))
        recorded, emulated = row["answer"], _body(answer)
        expected = _json(recorded["body"])
        if row["role"] == "create":
            self._learn(expected, emulated)
        headers = {name.lower(): value for name, value in recorded["headers"]}
        pairs = [
            ("status", recorded["status"], answer.status_code),
            ("code", _member(expected, "code"), _member(emulated, "code")),
            *((key, _text(expected, key), _text(emulated, key)) for key in ("message", "msg")),
            ("media type", headers.get("content-type"), answer.headers.get("content-type")),
            ("headers", sorted({*headers} - TRANSPORT), sorted({*answer.headers} - TRANSPORT)),
            *_forms(_form(expected, self.data), _form(emulated, self.data)),
        ]
        for what, theirs, ours in pairs:
            if theirs != ours:
                yield Difference(row["number"], row["role"], what, str(theirs), str(ours))

    def _request(self, client: httpx.Client, asked: Mapping[str, Any], base_url: str) -> httpx.Request:
        body = asked["body"]
        headers = {} if body is None else {"Content-Type": "application/json"}
        key = self._key(asked["credential"])
        if key is not None:
            headers["Authorization"] = f"{asked.get('scheme', 'Bearer')} {key}".strip()
        content = None if body is None else self._content(body)
        path = self._mapped(asked["url"].removeprefix(base_url))
        return client.build_request(asked["method"], path.lstrip("/"), content=content, headers=headers)

    def _content(self, body: Mapping[str, Any]) -> bytes:
        raw = base64.b64decode(body["base64"]) if "base64" in body else body["text"].encode()
        return self._mapped(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _key(self, credential: str | None) -> str | None:
        if credential is None:
            return None
        own: str | None = getattr(self.emulator, credential.lower(), None)
        return own or "driftgate-no-such-key"

    def _mapped(self, text: str) -> str:
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def _learn(self, expected: Any, emulated: Any) -> None:
        """Which of the emulator's ids stands for which recorded one, from two answers to the same creation."""
        ours = dict(_leaves(emulated, ""))
        for pointer, value in _leaves(expected, ""):
            if pointer in ours and len(str(value)) >= 7 and type(value) is type(ours[pointer]):
                self.ids[str(value)] = str(ours[pointer])


def _older(rows: Sequence[Mapping[str, Any]], params: Mapping[str, str]) -> list[dict[str, Any]]:
    """The conversations that a record lists and its run did not create, as seed data, the oldest first."""
    exchanges = [(row["role"], _json(row["answer"]["body"])) for row in rows if row["record"] == "exchange"]
    created = {str(value) for role, body in exchanges if role == "create" for _, value in _leaves(body, "")}
    shared = {"bot_id": params.get("bot_id", ""), "owner": params.get("user", "")}
    found: dict[str, dict[str, Any]] = {}
    for _, body in exchanges:
        for item in _items(body):
            kept = {key: item[key] for key in ("inputs", "meta_data") if item.get(key)}
            found[item["id"]] = {**{key: value for key, value in shared.items() if value}, **kept, "id": item["id"]}
            found[item["id"]]["name"] = item["name"]
    return [found[key] for key in reversed(found) if key not in created]


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    """The conversations in the lists of a value."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict) and {"id", "name"} <= each.keys())
    if isinstance(value, dict):
        for each in value.values():
            yield from _items(each)


def _body(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError:
        return answer.text


def _json(body: Mapping[str, Any] | None) -> Any:
    text = (body or {}).get("text", "")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: Any, key: str) -> str:
    """A message; of one that quotes the error of a parser, with what it parsed, the beginning."""
    text = str(_member(value, key))
    return next((each for each in _QUOTING if text.startswith(each)), text)


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, str | int]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{pointer}/{key}")
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield pointer, value


def _form(value: Any, data: frozenset[str], pointer: str = "") -> dict[str, set[str]]:
    """The types of a value and of its members by pointer; all items of a list together."""
    found = {pointer: {type_name(value)}}
    members: Sequence[tuple[str, Any]] = ()
    if isinstance(value, dict):
        members = [(f"{pointer}/{key}", each) for key, each in value.items()]
    elif isinstance(value, list):
        members = [(f"{pointer}/*", each) for each in value]
    for where, each in members:
        if where not in data:
            for place, types in _form(each, data, where).items():
                found.setdefault(place, set()).update(types)
    return found


def _forms(theirs: Mapping[str, set[str]], ours: Mapping[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    for pointer in sorted({*theirs, *ours}):
        # nothing can be said of the items of a list that has none
        if any("/*" in pointer and pointer.partition("/*")[0] + "/*" not in form for form in (theirs, ours)):
            continue
        told = [" or ".join(sorted(form.get(pointer, {"absent"}))) for form in (theirs, ours)]
        yield f"body {pointer}", told[0], told[1]
