"""The plain data of a request that a client sent, and of what it was answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from driftgate.http.exchange import Answer

VERDICT = "/__driftgate__/verdict"  # the path at which whoever judges answers with the verdicts


@dataclass(frozen=True)
class Call:
    """A request as it came, with its answer; None where none was sent.

    ``origin`` is where it was sent; ``path`` is as in the request line, without the query. ``began`` is the time at
    which the request had come, and ``ended`` that at which its answer was sent, in seconds of any clock; None where
    nobody knows.
    """

    method: str
    origin: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    answer: Answer | None
    began: float | None = None
    ended: float | None = None

    def header(self, name: str) -> str | None:
        """The values of a header, joined; None where there is none."""
        values = [value for key, value in self.headers if key.lower() == name]
        return ", ".join(values) if values else None

    def credentials(self) -> Iterator[str]:
        """Every value of this request that may be a credential, to be kept secret."""
        for name, value in self.headers:
            if name.lower() in ("authorization", "proxy-authorization", "x-api-key", "api-key"):
                yield from (value, value.rpartition(" ")[2])
            elif name.lower() == "cookie":
                yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
