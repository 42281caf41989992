"""The plain data of one request and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from driftgate.contract.model import Outcome
from driftgate.jsonvalue import ABSENT, JSON, parse
from driftgate.secret import Secret


@dataclass(frozen=True)
class Request:
    """A request as it is sent. ``credential`` is the bearer token, or None; ``body`` is bytes as on the wire."""

    role: str
    method: str
    url: str
    body: bytes | None = None
    credential: Secret | None = None
    conversation: str | None = None
    name: str | None = None


def media_type_of(content_type: str) -> str:
    """The media type of a Content-Type header, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Answer:
    """An answer as it came; ``elapsed`` in seconds."""

    status: int
    media_type: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    elapsed: float

    @cached_property
    def json(self) -> JSON:
        """The body as JSON, or ``ABSENT`` when it is none."""
        try:
            return parse(self.body)
        except ValueError:
            return ABSENT


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, or the trouble that kept the answer away. ``number`` counts from 1 in a run."""

    number: int
    request: Request
    answer: Answer | None
    outcome: Outcome
    trouble: str | None = None
    code: str | None = None
    message: str | None = None

    @property
    def json(self) -> JSON:
        return self.answer.json if self.answer else ABSENT

    def told(self) -> str:
        """What came back, in a few words."""
        if self.answer is None:
            return f"no answer ({self.trouble})"
        parts = [f"{self.outcome}: HTTP {self.answer.status}"]
        if self.code is not None:
            parts.append(f"code {self.code}")
        if self.message:
            parts.append(f"“{self.message}”")
        return ", ".join(parts)
