"""The rows of a record as typed data: one class for each kind of line, read from JSON and written to it.

The members are described in contracts/schema/record.schema.json.
"""

from __future__ import annotations

import base64
import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from driftgate.record.verdict import Reproduction, expected_got

LevelName = Literal["must", "should", "may"]
VerdictName = Literal["none", "pass", "inconclusive", "fail", "error"]
SeverityName = Literal["info", "warning", "breaking"]
UntestedName = Literal["user", "target", "selection", "interrupted"]
PartName = Literal[
    "status", "header", "body", "read", "method", "path", "query", "request header", "request body", "behaviour"
]
SideName = Literal["client"]


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """The target that was judged. Secret parameters are masked. ``owner`` and ``link`` are those of driftgate.toml."""

    name: str
    base_url: str
    embedded: bool
    params: Mapping[str, str]
    insecure: bool = False
    owner: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ContractInfo:
    """The contract that the target was judged by."""

    vendor: str
    title: str
    edition: str
    resource: str | None = None  # unless it is a conversation


@dataclass(frozen=True, slots=True)
class Source:
    """The file that the exchanges come from, where ``driftgate judge`` wrote the record."""

    kind: Literal["record", "har"]
    file: str
    digest: str
    taken: int
    ignored: int
    judged_at: str


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: what was judged, by what, and how."""

    version: int
    driftgate: str
    target: TargetInfo
    contract: ContractInfo
    suite: str
    profile: str
    seed: int
    strict: bool
    max_requests: int
    started: str
    require_verified: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """A body: ``text`` where it is UTF-8, else ``base64``. ``bytes`` counts the whole body, also of one that is cut."""

    bytes: int
    text: str | None = None
    base64: str | None = None

    @property
    def content(self) -> str:
        """The text, or the base64."""
        return (self.text if self.base64 is None else self.base64) or ""

    def raw(self) -> builtins.bytes:
        """The bytes that the record keeps."""
        if self.base64 is not None:
            return base64.b64decode(self.base64)
        return (self.text or "").encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it was sent. ``credential`` is the name of the credential, never its value.

    ``scheme`` is what stands before it: None for Bearer, empty for nothing. ``media_type`` is None for JSON's. ``key``
    is where the credential was sent, such as ``header X-API-Key``: None for the header Authorization. ``headers`` are
    those that the contract asks for.
    """

    method: str
    url: str
    credential: str | None
    body: Body | None
    scheme: str | None = None
    media_type: str | None = None
    key: str | None = None
    headers: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Body | None
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """One request with its answer, or with the transport error that kept the answer away."""

    number: int
    role: str
    conversation: str | None
    request: RecordedRequest
    answer: RecordedAnswer | None
    transport_error: str | None
    outcome: str
    code: str | None


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """One violated expectation, and how often the run saw it."""

    requirement: str
    kind: str
    part: PartName
    pointer: str
    expected: str
    actual: str
    signature: str
    exchange: int | None
    case: str
    caused_by: int | None
    fingerprint: str
    occurrences: int
    waived: bool
    reproduction: Reproduction | None
    steps: tuple[int, ...] = ()

    @property
    def difference(self) -> str:
        return expected_got(self.expected, self.actual)


@dataclass(frozen=True, slots=True)
class RecordedWaiver:
    """A waiver that is in force for a requirement; with a ``fingerprint``, for one of its findings."""

    fingerprint: str | None
    reason: str
    link: str
    since: str | None
    expires: str


@dataclass(frozen=True, slots=True)
class RecordedVerdict:
    """What is known of one requirement.

    ``findings`` are fingerprints; ``reason`` says why the verdict is neither pass nor fail. ``untested`` says whose
    doing it is that nothing judged it; None where something did, and in records of earlier versions. ``cases`` are
    those that it was judged by; ``left_out`` is what was not asked, so that the budget lasted for every requirement.
    ``side`` is client where it speaks of requests and not of answers; None otherwise.
    """

    requirement: str
    level: LevelName
    check: str
    says: str
    impact: str
    source: str
    verdict: VerdictName
    waived: bool
    reason: str
    judged: int
    findings: tuple[str, ...]
    waivers: tuple[RecordedWaiver, ...]
    untested: UntestedName | None = None
    cases: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    side: SideName | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What a target did in one case that the vendor's page leaves open. Compared between runs, never failed."""

    requirement: str
    case: str
    outcome: str
    status: int | None
    code: str | None
    name: str | None = None

    def describe(self) -> str:
        """The observation in a few words."""
        parts = [
            self.outcome,
            *([f"HTTP {self.status}"] if self.status else []),
            *([f"code {self.code}"] if self.code else []),
        ]
        return ", ".join(parts) + (f"; name {self.name}" if self.name else "")


@dataclass(frozen=True, slots=True)
class Shape:
    """One member of one kind of answer: ``seen`` of the ``of`` answers that had its parent, counted by JSON type.

    ``allows`` are the types that the contract allows, with ``absent`` where it does not promise the member; empty where
    it is silent about them, and in records of earlier versions.
    """

    role: str
    outcome: str
    pointer: str
    types: Mapping[str, int]
    seen: int
    of: int
    allows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PinChange:
    """An observation that differs from the one that is pinned, and how bad that is."""

    requirement: str
    case: str
    pinned: str
    observed: str
    severity: SeverityName


@dataclass(frozen=True, slots=True)
class ProductChange:
    """One difference of a run from its product, by which rule of drift, and how bad that is."""

    rule: str
    location: str
    before: str
    after: str
    severity: SeverityName


@dataclass(frozen=True, slots=True)
class RecordedProduct:
    """The real product that a run was compared with, and where it differs. ``known``: why it is this one.

    ``address`` is None where no product was recognised.
    """

    address: str | None
    title: str
    known: str
    changes: tuple[ProductChange, ...] = ()

    @property
    def breaking(self) -> bool:
        return any(change.severity == "breaking" for change in self.changes)


@dataclass(frozen=True, slots=True)
class Footer:
    """The last line: how the run ended. ``setup_error`` says why the target could not be judged at all.

    ``accepted_losses``: what could not be restored either, as the user accepted with --accept-loss.
    """

    exit: int
    requests: int
    elapsed_s: float
    not_restored: tuple[str, ...]
    setup_error: str | None
    waiver_problems: tuple[str, ...]
    digest: str
    pin_changes: tuple[PinChange, ...] = ()
    accepted_losses: tuple[str, ...] = ()
    product: RecordedProduct | None = None


Row = Header | RecordedExchange | RecordedFinding | RecordedVerdict | Observation | Shape | Footer

Value = TypeVar("Value")

_KINDS: Mapping[type[Row], str] = {
    Header: "header",
    RecordedExchange: "exchange",
    RecordedFinding: "finding",
    RecordedVerdict: "verdict",
    Observation: "observation",
    Shape: "shape",
    Footer: "footer",
}
_PARTS = (
    TargetInfo,
    ContractInfo,
    Source,
    Body,
    RecordedRequest,
    RecordedAnswer,
    RecordedWaiver,
    PinChange,
    ProductChange,
    RecordedProduct,
    Reproduction,
)
_MEMBERS: Mapping[type, tuple[str, ...]] = {kind: tuple(kind.__dataclass_fields__) for kind in (*_KINDS, *_PARTS)}
# where they are None; other members are then null
_LEFT_OUT = frozenset({"source", "text", "base64", "untested", "scheme", "owner", "link", "product"}) | frozenset(
    {"media_type", "side", "key", "headers", "resource"}
)


def redacted(value: Value, redact: Callable[[str], str]) -> Value:
    """A row, or a part of one, with every secret taken out of its texts."""
    masked: Any = value
    if isinstance(value, str):
        masked = redact(value)
    elif isinstance(value, tuple):
        masked = tuple(redacted(each, redact) for each in value)
    elif isinstance(value, Mapping):
        masked = {redact(key): redacted(each, redact) for key, each in value.items()}
    elif type(value) in _MEMBERS:
        masked = type(value)(**{name: redacted(getattr(value, name), redact) for name in _MEMBERS[type(value)]})
    return cast(Value, masked)


def line_of(row: Row) -> dict[str, Any]:
    """The row as the JSON object of its line."""
    return {"record": _KINDS[type(row)], **json_of(row)}


def json_of(value: Any) -> Any:
    """A row, or a part of one, as JSON."""
    names = _MEMBERS.get(type(value))
    if names is not None:
        members = ((name, getattr(value, name)) for name in names)
        return {name: json_of(each) for name, each in members if each is not None or name not in _LEFT_OUT}
    if isinstance(value, tuple):
        return [json_of(each) for each in value]
    return value


def row_of(line: Mapping[str, Any]) -> Row:
    """The row that a line holds. The line must be valid under the record's schema."""
    members = dict(line)
    return _READERS[members.pop("record")](members)


def _header(members: dict[str, Any]) -> Header:
    members["target"] = TargetInfo(**members["target"])
    members["contract"] = ContractInfo(**members["contract"])
    if "source" in members:
        members["source"] = Source(**members["source"])
    return Header(**members)


def _exchange(members: dict[str, Any]) -> RecordedExchange:
    request, answer = members["request"], members["answer"]
    members["request"] = RecordedRequest(
        request["method"],
        request["url"],
        request["credential"],
        _body(request["body"]),
        request.get("scheme"),
        request.get("media_type"),
        request.get("key"),
        tuple([(name, value) for name, value in request["headers"]]) if "headers" in request else None,
    )
    if answer is not None:
        headers = tuple([(name, value) for name, value in answer["headers"]])
        members["answer"] = RecordedAnswer(answer["status"], headers, _body(answer["body"]), answer["elapsed_ms"])
    return RecordedExchange(**members)


def _body(members: Mapping[str, Any] | None) -> Body | None:
    return None if members is None else Body(**members)


def _finding(members: dict[str, Any]) -> RecordedFinding:
    reproduction = members["reproduction"]
    members["reproduction"] = None if reproduction is None else Reproduction(**reproduction)
    members["steps"] = tuple(members.get("steps", ()))
    return RecordedFinding(**members)


def _verdict(members: dict[str, Any]) -> RecordedVerdict:
    members["findings"] = tuple(members["findings"])
    members["cases"] = tuple(members.get("cases", ()))
    members["waivers"] = tuple(RecordedWaiver(**each) for each in members["waivers"])
    members["left_out"] = tuple(members.get("left_out", ()))
    return RecordedVerdict(**members)


def _shape(members: dict[str, Any]) -> Shape:
    members["allows"] = tuple(members.get("allows", ()))
    return Shape(**members)


def _footer(members: dict[str, Any]) -> Footer:
    for name in ("not_restored", "waiver_problems"):
        members[name] = tuple(members[name])
    members["accepted_losses"] = tuple(members.get("accepted_losses", ()))
    members["pin_changes"] = tuple(PinChange(**each) for each in members.get("pin_changes", ()))
    product = members.get("product")
    if product is not None:
        changes = tuple(ProductChange(**each) for each in product["changes"])
        members["product"] = RecordedProduct(**{**product, "changes": changes})
    return Footer(**members)


_READERS: Mapping[str, Callable[[dict[str, Any]], Row]] = {
    "header": _header,
    "exchange": _exchange,
    "finding": _finding,
    "verdict": _verdict,
    "observation": lambda members: Observation(**members),
    "shape": _shape,
    "footer": _footer,
}
