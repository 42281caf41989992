"""The plain data of one request and its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from driftgate.base.jsonvalue import ABSENT, JSON, parse
from driftgate.base.secret import Secret
from driftgate.contract.model import BEARER_TOKEN, FORM_TYPE, JSON_TYPE, KeyCarrier, Outcome

BEARER = "Bearer"  # the scheme of RFC 6750
_NUMBERS = re.compile(r"[0-9a-fA-F-]{8,}|[0-9]+")


@dataclass(frozen=True)
class Request:
    """A request as it is sent. ``credential`` is the token, or None; ``body`` is JSON, or bytes that are to be none.

    ``scheme`` is what stands before a bearer token; nothing does where it is empty. ``url`` has no key in it.
    """

    role: str
    method: str
    url: str
    body: bytes | None = None
    credential: Secret | None = None
    conversation: str | None = None
    name: str | None = None
    scheme: str = BEARER
    key: KeyCarrier = BEARER_TOKEN
    media_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def key_header(self) -> tuple[str, str] | None:
        """The header that carries the credential. It holds the key: to be sent, and not to be told."""
        if self.credential is None or self.key.within == "query":
            return None
        key = self.credential.reveal()
        return self.key.name, key if self.key.within == "header" else f"{self.scheme} {key}".lstrip()

    @property
    def full_url(self) -> str:
        """The URL with the key, where that is a part of it: to be sent, and not to be told."""
        if self.credential is None or self.key.within != "query":
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode({self.key.name: self.credential.reveal()})}"

    @property
    def content(self) -> bytes | None:
        """The body as it goes over the wire. One that is no JSON object is no form either, and goes as it is."""
        if self.body is None or self.media_type != FORM_TYPE:
            return self.body
        value = _parsed(self.body)[0]
        return form_of(value) if isinstance(value, Mapping) else self.body


def form_of(value: Mapping[str, JSON]) -> bytes:
    """An object as a form: texts as they are, lists as several members, and what forms do not have as JSON."""
    members = ((name, each) for name, item in value.items() for each in (item if isinstance(item, list) else [item]))
    return urlencode([(name, _in_form(each)) for name, each in members], errors="surrogatepass").encode()


def _in_form(value: JSON) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def read_form(raw: bytes) -> bytes:
    """A form as the JSON object of its texts, which requests hold."""
    return json.dumps(dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)), ensure_ascii=False).encode()


def media_type_of(content_type: str) -> str:
    """The media type of a Content-Type header, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Answer:
    """An answer as it came; ``elapsed`` in seconds. ``unreadable`` says why the body is in no coding that we read."""

    status: int
    media_type: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    elapsed: float
    unreadable: str = ""

    @property
    def json(self) -> JSON:
        """The body as JSON, or ``ABSENT`` when it is none."""
        return ABSENT if self.unreadable else _parsed(self.body)[0]

    @property
    def no_json(self) -> str:
        """Why the body is no JSON; empty when it is."""
        return self.unreadable or _parsed(self.body)[1]


# an answer is asked for its value many times in a row; one that is kept for longer takes 30 times the body's size
@lru_cache(maxsize=2)
def _parsed(body: bytes) -> tuple[JSON, str]:
    try:
        return parse(body), ""
    except ValueError as problem:
        return ABSENT, str(problem)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, or the transport error that kept the answer away.

    ``number`` counts from 1 in a run; ``repeats`` is how often the request had come to nothing before; ``unsent``
    says that surely nothing of it left; ``in_doubt`` that it may have been carried out although its answer was lost.
    """

    number: int
    request: Request
    answer: Answer | None
    outcome: Outcome
    transport_error: str | None = None
    code: str | None = None
    message: str | None = None
    repeats: int = 0
    unsent: bool = False
    in_doubt: bool = False

    @property
    def json(self) -> JSON:
        return self.answer.json if self.answer else ABSENT

    @property
    def kind(self) -> tuple[int | None, str | None, Outcome]:
        """What tells refusals apart: status, code, outcome."""
        return self.answer.status if self.answer else None, self.code, self.outcome

    def says_like(self, other: Exchange) -> bool:
        """Whether two refusals say the same; numbers and ids in their messages aside."""
        said = {_NUMBERS.sub("#", each.message) for each in (self, other) if each.message}
        return self.kind == other.kind and len(said) < 2

    def describe(self) -> str:
        """What came back, in a few words."""
        asked = f", asked {self.repeats + 1} times" if self.repeats and self.outcome is Outcome.UNAVAILABLE else ""
        if self.answer is None:
            return f"no answer ({self.transport_error}{asked})"
        parts = [f"{self.outcome}: HTTP {self.answer.status}{asked}"]
        if self.code is not None:
            parts.append(f"code {self.code}")
        if self.message:
            parts.append(f"“{self.message}”")
        return ", ".join(parts)
