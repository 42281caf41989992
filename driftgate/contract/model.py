"""The plain data of a contract: operations, outcomes, requirements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum, StrEnum
from functools import cached_property
from typing import Any

from driftgate.base.jsonvalue import JSON, pointer_to, put
from driftgate.base.resource import CONVERSATION, Resource
from driftgate.contract.template import pointers_with


class Level(StrEnum):
    """How binding a requirement is, in the words of RFC 2119."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Profile(IntEnum):
    """How much is asked of a target; a larger profile asks all that a smaller one asks."""

    SMOKE = 1
    STANDARD = 2
    DEEP = 3

    @classmethod
    def named(cls, name: str) -> Profile:
        return cls[name.upper()]

    def __str__(self) -> str:
        return self.name.lower()


class Outcome(Enum):
    """What an exchange came to, by the vendor's own way of saying yes and no."""

    SUCCESS = "success"
    REFUSAL = "refusal"
    SERVER_ERROR = "server error"
    UNDOCUMENTED = "undocumented answer"
    UNAVAILABLE = "unavailable"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Parameter:
    """A value that a target's user supplies, such as the end user or the bot to test with.

    ``default`` is a template of the value where none is supplied. ``costs`` is what a value costs that the target does
    not know yet, the default among them.
    """

    name: str
    says: str
    required: bool = False
    secret: bool = False
    type: str = "string"
    example: str | int | None = None
    default: str | None = None
    costs: str | None = None


@dataclass(frozen=True)
class Predicate:
    """One way an answer can be: its status among ``status`` ("200", "4XX") and its body valid under ``body``."""

    status: tuple[str, ...]
    body: JSON = True


@dataclass(frozen=True)
class Outcomes:
    """How the vendor says yes, no and not now, and where it puts the code and the reason."""

    success: tuple[Predicate, ...]
    refusal: tuple[Predicate, ...]
    unavailable: tuple[Predicate, ...] = ()
    code: str | None = None
    message: str | None = None


JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class KeyCarrier:
    """How requests carry the key: as a bearer token, or as the value of a header or of a query parameter, ``name``."""

    within: str = "bearer"
    name: str = "Authorization"


BEARER_TOKEN = KeyCarrier()


@dataclass(frozen=True)
class Operation:
    """One operation of contract.yaml and how a run fills it in.

    ``path``, ``query`` and ``body`` are templates; ``conversation``, ``items`` and ``id`` are JSON pointers into a
    success answer's body; ``otherwise`` is where a conversation is looked for when it is not at its place. The next
    page is asked for by the last id of this one, by its number, by how many rows there were, or by a cursor, to which
    ``next_cursor`` points; ``size_query`` takes how long a page is. Both are members of the query, or of the body.
    """

    operation_id: str
    method: str
    url: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, JSON] | None = None
    conversation: str | None = None
    otherwise: str | None = None
    items: str | None = None
    id: str | None = None
    next_more: str | None = None
    next_query: str | None = None
    next_counts: bool = False
    size_query: str | None = None
    size_most: int = 1
    costs: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON_TYPE
    key: KeyCarrier = BEARER_TOKEN
    next_offset: bool = False
    next_cursor: str | None = None
    paged_in_body: bool = False

    @property
    def asked(self) -> Mapping[str, JSON]:
        """The template that says which page of a list is asked for: the body, or the query where there is none."""
        return self.query if self.body is None or self.items is None else self.body

    def with_size(self, asked: Mapping[str, JSON], size: int) -> dict[str, JSON]:
        """``asked`` for pages of this size, where that can be said."""
        return dict(asked) if self.size_query is None else self._with(asked, self.size_query, size)

    def with_next(self, asked: Mapping[str, JSON], following: JSON) -> dict[str, JSON]:
        """``asked`` for the page that follows."""
        return self._with(asked, self.next_query or "", following)

    def _with(self, asked: Mapping[str, JSON], member: str, value: JSON) -> dict[str, JSON]:
        found: dict[str, JSON]
        found = put(asked, pointer_to(member), value) if self.paged_in_body else {**asked, member: str(value)}
        return found


@dataclass(frozen=True)
class OtherAccount:
    """Who asks as somebody else: by another ``credential``, or with other parameters, ``supplied``."""

    credential: str | None = None
    supplied: Mapping[str, JSON] = field(default_factory=dict)
    costs: str | None = None


@dataclass(frozen=True)
class Example:
    """A request, and perhaps its answer, as the vendor's page shows them."""

    id: str
    section: str
    request: Mapping[str, JSON] | None = None
    costs: str | None = None
    status: int | None = None
    answer: JSON = None


@dataclass(frozen=True)
class Requirement:
    """One promise: a stable id, how binding it is, where it comes from, and what its check needs to know.

    ``detail`` holds the members that belong to the check (see contracts/schema/requirements.schema.json).
    """

    id: str
    level: Level
    says: str
    impact: str
    source: str
    check: str
    profile: Profile = Profile.STANDARD
    costs: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Untestable:
    """A statement of the vendor's page that is not tested, and why."""

    id: str
    says: str
    source: str
    why: str


@dataclass(frozen=True)
class Loss:
    """A state of a conversation that no rename gives back: ``when`` is a JSON Schema of a conversation in that state.

    ``costs``: what the requests cost that destroy it; without --allow-cost they are not sent.
    """

    when: JSON
    says: str
    costs: str | None = None


@dataclass(frozen=True)
class Contract:
    """An edition of what a vendor promises. ``document`` is the OpenAPI document; ``digest`` names what it says.

    ``because`` says how it differs from another edition; empty for one that is written in full.
    """

    vendor: str
    title: str
    edition: str
    document: Mapping[str, Any]
    parameters: tuple[Parameter, ...]
    outcomes: Outcomes
    id_pointer: str
    name_pointer: str
    unknown_id: str
    rename: Operation
    read: Operation
    create: Operation | None
    delete: Operation | None
    listing: Operation | None
    requirements: tuple[Requirement, ...]
    not_tested: tuple[Untestable, ...]
    examples: tuple[Example, ...]
    digest: str
    because: str = ""
    other_account: OtherAccount | None = None
    created_pointer: str | None = None
    losses: tuple[Loss, ...] = ()
    integer_ids: bool = False
    resource: Resource = CONVERSATION

    def id_value(self, conversation: str | None) -> str | int | None:
        """An id as bodies carry it: an integer, where the vendor's ids are integers."""
        whole = self.integer_ids and conversation is not None and re.fullmatch(r"-?[0-9]{1,19}", conversation)
        return int(conversation or 0) if whole else conversation

    def within(self, profile: Profile) -> Contract:
        """The contract as a run of this profile tells of it: what is asked by the largest alone belongs to that."""
        largest = max(profile, Profile.STANDARD)
        return replace(self, requirements=tuple(row for row in self.requirements if row.profile <= largest))

    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """The JSON pointers of the members of a rename body that carry the name."""
        return tuple(pointers_with("name", self.rename.body))

    @property
    def answers_with_name(self) -> bool:
        """Whether the answer to a rename has the conversation; where it has not, reads tell of its name."""
        return self.rename.conversation is not None

    @property
    def answered_name(self) -> str:
        """The JSON pointer of the name in a rename's answer."""
        return (self.rename.conversation or "") + self.name_pointer

    def requirement(self, requirement_id: str) -> Requirement:
        """The requirement of this id. Raises KeyError."""
        for requirement in self.requirements:
            if requirement.id == requirement_id:
                return requirement
        raise KeyError(requirement_id)

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)
