"""The plain data of a contract: operations, outcomes, requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum, StrEnum
from typing import Any

from driftgate.base.jsonvalue import JSON


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


@dataclass(frozen=True)
class Operation:
    """One operation of contract.yaml and how a run fills it in.

    ``path``, ``query`` and ``body`` are templates; ``conversation``, ``items`` and ``id`` are JSON pointers into a
    success answer's body; ``otherwise`` is where a conversation is looked for when it is not at its place. The next
    page is asked for by the last id of this one, or by its number; ``size_query`` takes how long a page is.
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

    def within(self, profile: Profile) -> Contract:
        """The contract as a run of this profile tells of it: what is asked by the largest alone belongs to that."""
        largest = max(profile, Profile.STANDARD)
        return replace(self, requirements=tuple(row for row in self.requirements if row.profile <= largest))

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
