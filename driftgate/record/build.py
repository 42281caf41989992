"""Builds the rows of a record from what a run knows: its target, exchanges, findings and judgements."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import cast

from driftgate import __version__
from driftgate.base.paths import SUITES
from driftgate.base.resource import CONVERSATION
from driftgate.contract.model import JSON_TYPE, Contract
from driftgate.http.exchange import BEARER, Exchange
from driftgate.record.record import VERSION
from driftgate.record.rows import (
    Body,
    ContractInfo,
    Footer,
    Header,
    LevelName,
    PinChange,
    RecordedAnswer,
    RecordedExchange,
    RecordedFinding,
    RecordedRequest,
    RecordedVerdict,
    RecordedWaiver,
    SideName,
    TargetInfo,
    UntestedName,
    VerdictName,
)
from driftgate.record.verdict import Finding, Judgement, Reproduction, Waiver

LONGEST_BODY = 64 * 1024  # bytes of a body that a record keeps


def suite_signature(contract: Contract) -> str:
    """Names exactly what was asked: the contract's text, the suites' text and driftgate's version."""
    text = hashlib.sha256(f"{__version__} {contract.digest}".encode())
    for path in sorted(SUITES.glob("*.py")):
        text.update(path.read_bytes())
    return text.hexdigest()[:16]


def header(
    target: TargetInfo,
    contract: Contract,
    *,
    profile: str,
    seed: int,
    strict: bool,
    max_requests: int,
    require_verified: bool = False,
) -> Header:
    """The header of a run that begins now."""
    return Header(
        version=VERSION,
        driftgate=__version__,
        target=target,
        contract=_contract_info(contract),
        suite=suite_signature(contract),
        profile=profile,
        seed=seed,
        strict=strict,
        require_verified=require_verified,
        max_requests=max_requests,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _contract_info(contract: Contract) -> ContractInfo:
    resource = None if contract.resource == CONVERSATION else contract.resource.one
    return ContractInfo(contract.vendor, contract.title, contract.edition, resource)


def recorded_exchange(exchange: Exchange, url: str) -> RecordedExchange:
    """An exchange as the record keeps it. ``url`` includes the base URL."""
    request, answer = exchange.request, exchange.answer
    return RecordedExchange(
        number=exchange.number,
        role=request.role,
        conversation=request.conversation,
        request=RecordedRequest(
            method=request.method,
            url=url,
            credential=request.credential.name if request.credential else None,
            body=None if request.content is None else _body(request.content),
            scheme=None if request.scheme == BEARER else request.scheme,
            key=None if request.key.within == "bearer" else f"{request.key.within} {request.key.name}",
            media_type=None if request.body is None or request.media_type == JSON_TYPE else request.media_type,
            headers=request.headers or None,
        ),
        answer=None
        if answer is None
        else RecordedAnswer(
            status=answer.status,
            headers=answer.headers,
            body=_body(answer.body),
            elapsed_ms=round(answer.elapsed * 1000, 1),
        ),
        transport_error=exchange.transport_error,
        outcome=str(exchange.outcome),
        code=exchange.code,
    )


def _body(raw: bytes) -> Body:
    """A body as text where it is UTF-8, else in base64; the beginning of one that is very long."""
    kept = raw[:LONGEST_BODY]
    try:
        return Body(len(raw), text=kept.decode("utf-8"))
    except UnicodeDecodeError:
        return Body(len(raw), base64=base64.b64encode(kept).decode())


def recorded_finding(
    finding: Finding, *, occurrences: int, waived: bool, reproduction: Reproduction | None = None
) -> RecordedFinding:
    """A finding as the record keeps it."""
    return RecordedFinding(
        **asdict(finding),
        fingerprint=finding.fingerprint,
        occurrences=occurrences,
        waived=waived,
        reproduction=reproduction,
    )


def recorded_verdict(
    judgement: Judgement, left_out: Iterable[str] = (), *, side: SideName | None = None
) -> RecordedVerdict:
    """A judgement as the record keeps it, what was left out of its questions, and which side it is about."""
    requirement = judgement.requirement
    return RecordedVerdict(
        requirement=requirement.id,
        level=cast(LevelName, str(requirement.level)),
        check=requirement.check,
        says=requirement.says,
        impact=requirement.impact,
        source=requirement.source,
        verdict=cast(VerdictName, str(judgement.verdict)),
        waived=judgement.waived,
        reason=judgement.reason,
        untested=cast(UntestedName, str(judgement.untested)) if judgement.untested else None,
        judged=judgement.judged,
        findings=tuple(finding.fingerprint for finding in judgement.findings),
        waivers=tuple(map(_waiver, judgement.waivers)),
        cases=judgement.cases,
        left_out=tuple(left_out),
        side=side,
    )


def _waiver(waiver: Waiver) -> RecordedWaiver:
    since = waiver.since.isoformat() if waiver.since else None
    return RecordedWaiver(waiver.fingerprint, waiver.reason, waiver.link, since, waiver.expires.isoformat())


def footer(
    *,
    exit_code: int,
    requests: int,
    elapsed: float,
    not_restored: Iterable[str] = (),
    accepted_losses: Iterable[str] = (),
    setup_error: str | None = None,
    waiver_problems: Iterable[str] = (),
    pin_changes: Iterable[PinChange] = (),
) -> Footer:
    """The footer of a run; the writer of the record adds the digest."""
    return Footer(
        exit=exit_code,
        requests=requests,
        elapsed_s=round(elapsed, 3),
        not_restored=tuple(not_restored),
        setup_error=setup_error,
        waiver_problems=tuple(waiver_problems),
        digest="",
        pin_changes=tuple(pin_changes),
        accepted_losses=tuple(accepted_losses),
    )
