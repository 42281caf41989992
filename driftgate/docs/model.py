"""The plain data of a documented operation, the same for every form of page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from driftgate.base.jsonvalue import ABSENT, JSON

ANY = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
NUMBERS = frozenset({"integer", "number"})


class Unreadable(Exception):
    """A page is not what it claims to be, or is cut off. The message follows the page's name and a colon."""


@dataclass(frozen=True)
class Form:
    """A form in which operations are documented, and the aspects it can express. Others are never reported as drift.

    The aspects: null, integer, limits, limits in words, formats, number formats, text formats, values, defaults,
    choices, media types, statuses, examples.
    """

    name: str
    aspects: frozenset[str]


EVERYTHING = frozenset(
    {"null", "integer", "limits", "formats", "values", "defaults", "choices", "media types", "statuses", "examples"}
)
OPENAPI = Form("an OpenAPI document", EVERYTHING - {"examples"})
MARKDOWN = Form("an OpenAPI block in Markdown", EVERYTHING)
# its tables leave out limits, null, the branches of anyOf and what stands in them
GENERATED = Form(
    "Markdown with a table for each schema", frozenset({"integer", "text formats", "values", "media types", "statuses"})
)
CELLS = Form("a text with a cell per line", frozenset({"integer", "limits in words", "number formats", "examples"}))
JOINED = Form("a text with joined cells", CELLS.aspects)
TYPESCRIPT = Form("TypeScript", frozenset())


@dataclass(frozen=True)
class Member:
    """One member of a body, or a parameter.

    ``types`` and ``required`` are None where the document does not say. ``opaque``: the content of the member is not
    described here. ``numbers``: the numbers in its description, which may state a limit in words we do not know.
    """

    types: frozenset[str] | None = ANY
    required: bool | None = None
    limits: Mapping[str, JSON] = field(default_factory=dict)
    values: tuple[JSON, ...] | None = None
    default: JSON = ABSENT
    opaque: bool = False
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Body:
    """A request's or an answer's body: its members by JSON pointer, ``*`` for the items of lists and maps."""

    members: Mapping[str, Member]
    aspects: frozenset[str]
    media_types: frozenset[str] = frozenset()
    choices: frozenset[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class Description:
    """What one source (a document, a table, a program text) says of an operation.

    Parameters are kept by (where, name). Answers, examples and codes are kept by kind: ``success``, or the status of
    a refusal; examples of requests under ``request``. An answer without a body is None. ``complete``: a body or
    parameter that is not described does not exist.
    """

    form: Form
    method: str | None = None
    path: str | None = None
    servers: tuple[str, ...] = ()
    parameters: Mapping[tuple[str, str], Member] = field(default_factory=dict)
    request: Body | None = None
    answers: Mapping[str, Body | None] = field(default_factory=dict)
    statuses: frozenset[str] = frozenset()
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    examples: Mapping[str, tuple[JSON, ...]] = field(default_factory=dict)
    schemas: Mapping[str, JSON] = field(default_factory=dict)
    security: frozenset[str] | None = None
    operation_id: str | None = None
    tags: tuple[str, ...] = ()
    deprecated: bool | None = None
    complete: bool = True

    def expresses(self, aspect: str) -> bool:
        """Whether the form of this source can express an aspect, so that its silence means something."""
        return aspect in self.form.aspects


@dataclass(frozen=True)
class Page:
    """A page that was read: what it is, and what each of its sources says."""

    name: str
    form: Form
    descriptions: tuple[Description, ...]
