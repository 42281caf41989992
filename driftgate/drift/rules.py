"""The registry of rules: every kind of change that drift reports, and how bad it is.

A change is breaking when a client that followed the old contract can stop working under the new one. Clients read
answers: an answer that promises less is breaking, one that promises more is not. Clients write requests: a request that
demands more is breaking, one that demands less is not. The same rules hold for the answers of a server and for answers
as a document describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How bad a change is for a client."""

    INFO = 0
    WARNING = 1
    BREAKING = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Rule:
    """One kind of change. ``counterpart`` is the rule for the change the other way round, which may be itself."""

    id: str
    severity: Severity
    says: str
    counterpart: str


_ROWS = (
    ("must-regressed", Severity.BREAKING, "a MUST that passed fails", "must-fixed"),
    ("must-fixed", Severity.INFO, "a MUST that failed passes", "must-regressed"),
    ("should-regressed", Severity.WARNING, "a SHOULD that passed fails", "should-fixed"),
    ("should-fixed", Severity.INFO, "a SHOULD that failed passes", "should-regressed"),
    ("violation-changed", Severity.WARNING, "a requirement fails in another way", "violation-changed"),
    ("must-revealed", Severity.BREAKING, "a MUST fails that was not judged before", "must-evidence-lost"),
    ("must-evidence-lost", Severity.WARNING, "a MUST that was judged before was not judged", "must-revealed"),
    ("should-revealed", Severity.WARNING, "a SHOULD fails that was not judged before", "should-evidence-lost"),
    ("should-evidence-lost", Severity.INFO, "a SHOULD that was judged before was not judged", "should-revealed"),
    ("evidence-gained", Severity.INFO, "a requirement passes that was not judged before", "must-evidence-lost"),
    ("requirement-added", Severity.INFO, "the catalogue has a new requirement", "requirement-removed"),
    ("requirement-removed", Severity.INFO, "the catalogue has lost a requirement", "requirement-added"),
    ("suite-changed", Severity.INFO, "the suite changed between the records", "suite-changed"),
    ("member-gone", Severity.BREAKING, "a member that was always there, or documented, is gone", "member-added"),
    ("optional-member-gone", Severity.WARNING, "a member that was sometimes there is gone", "member-added"),
    ("member-added", Severity.INFO, "a member is new", "member-gone"),
    (
        "member-became-optional",
        Severity.BREAKING,
        "a member that was always there can be missing",
        "member-became-constant",
    ),
    (
        "member-became-constant",
        Severity.INFO,
        "a member that could be missing is always there",
        "member-became-optional",
    ),
    (
        "member-became-nullable",
        Severity.BREAKING,
        "a member that was never null can be null",
        "member-no-longer-null",
    ),
    ("member-no-longer-null", Severity.INFO, "a member that could be null never is", "member-became-nullable"),
    ("type-changed", Severity.BREAKING, "a member has other types than before", "type-changed"),
    ("type-widened", Severity.BREAKING, "a member has more types than before", "type-narrowed"),
    ("type-narrowed", Severity.INFO, "a member has fewer types than before", "type-widened"),
    (
        "data-differs",
        Severity.INFO,
        "what the contract leaves open differs: other data, or a member that it does not name",
        "data-differs",
    ),
    ("outcome-changed", Severity.WARNING, "the same request has another outcome", "outcome-changed"),
    ("status-changed", Severity.WARNING, "the same refusal or success has another HTTP status", "status-changed"),
    ("code-changed", Severity.WARNING, "the same refusal or success has another code", "code-changed"),
    ("name-altered", Severity.BREAKING, "a name that was kept, or refused, is accepted and altered", "name-kept"),
    ("name-kept", Severity.INFO, "a name that was altered is kept", "name-altered"),
    (
        "name-handling-changed",
        Severity.WARNING,
        "a name that the page is silent about is treated differently",
        "name-handling-changed",
    ),
)

_I, _W, _B = Severity.INFO, Severity.WARNING, Severity.BREAKING

OF_DOCUMENTS = (
    # the operation
    ("method-changed", _B, "the operation has another method", "method-changed"),
    ("path-changed", _B, "the operation has another path", "path-changed"),
    ("path-parameter-renamed", _I, "a parameter of the path has another name", "path-parameter-renamed"),
    ("operation-removed", _B, "an operation is gone", "operation-added"),
    ("operation-added", _I, "an operation is new", "operation-removed"),
    ("operation-deprecated", _W, "the operation is deprecated", "operation-reinstated"),
    ("operation-reinstated", _I, "the operation is no longer deprecated", "operation-deprecated"),
    ("operation-id-changed", _I, "the operation has another operationId", "operation-id-changed"),
    ("servers-changed", _I, "other servers are named", "servers-changed"),
    ("tags-changed", _I, "the operation has other tags", "tags-changed"),
    ("authentication-changed", _B, "clients authenticate in another way", "authentication-changed"),
    ("authentication-added", _B, "clients must authenticate", "authentication-removed"),
    ("authentication-removed", _I, "clients need not authenticate", "authentication-added"),
    # what a request may and may not hold
    ("request-member-removed", _B, "a member or parameter that clients send is gone", "request-member-added"),
    ("request-member-added", _I, "an optional member or parameter is new", "request-member-removed"),
    ("required-request-member-added", _B, "a required member or parameter is new", "request-member-removed"),
    ("request-member-became-required", _B, "an optional member has become required", "request-member-became-optional"),
    ("request-member-became-optional", _I, "a required member has become optional", "request-member-became-required"),
    ("request-type-changed", _B, "a request accepts other types", "request-type-changed"),
    ("request-type-narrowed", _B, "a request accepts fewer types", "request-type-widened"),
    ("request-type-widened", _I, "a request accepts more types", "request-type-narrowed"),
    ("request-null-refused", _B, "null can no longer be sent", "request-null-allowed"),
    ("request-null-allowed", _I, "null can be sent", "request-null-refused"),
    ("request-limit-tightened", _B, "a limit of a request is tighter", "request-limit-loosened"),
    ("request-limit-loosened", _I, "a limit of a request is looser", "request-limit-tightened"),
    ("request-limit-added", _B, "a request has a new limit", "request-limit-removed"),
    ("request-limit-removed", _I, "a limit of a request is gone", "request-limit-added"),
    ("request-limit-changed", _B, "a request must have another form", "request-limit-changed"),
    ("request-value-removed", _B, "a value can no longer be sent", "request-value-added"),
    ("request-value-added", _I, "one more value can be sent", "request-value-removed"),
    ("request-values-restricted", _B, "only listed values can be sent", "request-values-freed"),
    ("request-values-freed", _I, "any value can be sent", "request-values-restricted"),
    ("request-default-changed", _B, "the default of a member has changed", "request-default-changed"),
    ("request-default-removed", _W, "the default of a member is no longer documented", "request-default-added"),
    ("request-default-added", _I, "the default of a member is now documented", "request-default-removed"),
    (
        "request-choice-added",
        _B,
        "one of several forms must be sent",
        "request-choice-removed",
    ),
    (
        "request-choice-removed",
        _I,
        "none of several forms must be sent",
        "request-choice-added",
    ),
    ("request-media-type-removed", _B, "a media type can no longer be sent", "request-media-type-added"),
    ("request-media-type-added", _I, "one more media type can be sent", "request-media-type-removed"),
    # what an answer promises
    ("answer-limit-loosened", _B, "a limit of an answer is looser", "answer-limit-tightened"),
    ("answer-limit-tightened", _I, "a limit of an answer is tighter", "answer-limit-loosened"),
    ("answer-limit-removed", _B, "a limit of an answer is gone", "answer-limit-added"),
    ("answer-limit-added", _I, "an answer has a new limit", "answer-limit-removed"),
    ("answer-limit-changed", _B, "an answer has another form than before", "answer-limit-changed"),
    ("answer-value-added", _B, "an answer can hold one more value", "answer-value-removed"),
    ("answer-value-removed", _I, "an answer can no longer hold a value", "answer-value-added"),
    ("answer-values-freed", _B, "an answer can hold any value", "answer-values-restricted"),
    ("answer-values-restricted", _I, "an answer holds only listed values", "answer-values-freed"),
    ("answer-media-type-removed", _B, "answers no longer come in a media type", "answer-media-type-added"),
    ("answer-media-type-added", _I, "answers come in one more media type", "answer-media-type-removed"),
    ("status-removed", _B, "an HTTP status is no longer documented", "refusal-status-added"),
    ("refusal-status-added", _I, "one more HTTP status of refusals is documented", "status-removed"),
    ("success-status-added", _W, "one more HTTP status of successes is documented", "status-removed"),
    ("success-code-changed", _B, "the code of a success has changed", "success-code-changed"),
    ("error-code-removed", _B, "a code of refusals is no longer documented", "error-code-added"),
    ("error-code-added", _I, "a further code of refusals is documented", "error-code-removed"),
    # examples, and the document as a whole
    ("example-changed", _I, "an example has changed", "example-changed"),
    ("example-removed", _I, "an example is gone", "example-added"),
    ("example-added", _I, "an example is new", "example-removed"),
    ("example-breaks-contract", _W, "an example is not valid under the contract", "example-breaks-contract"),
    (
        "page-contradicts-itself",
        _W,
        "a page contradicts itself: one of its statements breaks the contract",
        "page-contradicts-itself",
    ),
    # the catalogue of a contract
    ("requirement-lowered", _W, "a requirement is less binding than before", "requirement-raised"),
    ("requirement-raised", _I, "a requirement is more binding than before", "requirement-lowered"),
    ("requirement-asks-otherwise", _W, "a requirement asks for something else", "requirement-asks-otherwise"),
    ("outcomes-changed", _W, "the vendor signals success or refusal differently", "outcomes-changed"),
)

RULES: Mapping[str, Rule] = {row[0]: Rule(*row) for row in (*_ROWS, *OF_DOCUMENTS)}
