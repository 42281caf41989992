"""Judges the requests of one client as they come, and makes the record and the result of what they were."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from driftgate.base.errors import UsageError
from driftgate.base.secret import Redactor, Secret
from driftgate.checks.every_answer import AnswerJudge
from driftgate.checks.prerequisites import missing_parameter
from driftgate.checks.registry import EVERY_ANSWER
from driftgate.client.accepted import Accepted
from driftgate.client.call import Call
from driftgate.client.routes import Known, Routes
from driftgate.client.rules import RULES, Rule, Sent
from driftgate.contract import Contract, Outcome, Profile, Requirement
from driftgate.contract.leeway import Leeway
from driftgate.http.exchange import BEARER, Exchange, Request
from driftgate.http.outcome import Classifier
from driftgate.record import build
from driftgate.record.record import RecordWriter, record_of
from driftgate.record.rows import Footer, Header, RecordedExchange, Row, SideName, TargetInfo, redacted
from driftgate.record.shapes import Shapes
from driftgate.record.verdict import Exit, Finding, Gate, Ledger, Mismatch, Untested
from driftgate.report.result import Result
from driftgate.target.model import Target

_NO_ANSWER = "the connection ended without an answer"
_NONE_YET = "none yet"
_NO_SUCH_ANSWER = "no response contained what this requirement is about"
_NOT_PLAYED = "driftgate client judges it, in scenario {}"
_NEVER = "the client sent no request of this kind"


class ClientJudge:
    """The judgement of one client. ``contract`` has what it asks of clients as its requirements.

    With a ``server`` the answers are judged too, by the requirements of the target's contract that need no request.
    ``recorded``: the calls come from recordings, from which their owners take credentials away. ``accepted``: waivers.
    ``where``: what the record says in the stead of the URLs of servers that are at another one each time.
    Calls may come from any thread, and a result may be asked for between them.
    """

    def __init__(
        self,
        contract: Contract,
        *,
        name: str,
        strict: bool = False,
        server: Target | None = None,
        recorded: bool = False,
        accepted: Accepted | None = None,
        where: str = "",
    ) -> None:
        of_server = _of_answers(server) if server else ()
        self._sides: dict[str, SideName | None] = {row.id: "client" for row in contract.requirements}
        self._contract = replace(contract, requirements=(*contract.requirements, *of_server))
        self._recorded = recorded
        self._accepted = accepted or Accepted()
        self._where = where
        self._routes = Routes(contract)
        self._classify = Classifier(contract.outcomes)
        self._answers = (
            AnswerJudge(replace(contract, requirements=of_server), Ledger(contract), server.params) if server else None
        )
        self._leeway = Leeway(contract)
        self._rules: list[tuple[Requirement, Rule]] = [
            (row, RULES[row.check](row, contract)) for row in contract.requirements if row.check in RULES
        ]
        self._gate = Gate(strict=strict)
        target = TargetInfo(name, _NONE_YET, embedded=False, params={})
        self._header = build.header(target, contract, profile="none", seed=0, strict=strict, max_requests=0)
        self._lock = threading.Lock()
        self._keep_at: Path | None = None
        self._kept: RecordWriter | None = None
        self.restart(name)

    def restart(self, name: str) -> None:
        """Forgets everything that was judged, and goes on with another client, under this name."""
        self.name = name
        self._ledger = Ledger(self._contract)
        if self._answers is not None:
            self._answers.enter_into(self._ledger)
        self.another_server()
        self._shapes = Shapes(self._leeway)
        self._base_urls: dict[str, None] = {}
        self._exchanges: list[RecordedExchange] = []
        self._secrets: dict[str, Secret] = {}
        self._began = time.monotonic()
        self.times: list[float] = []  # at which the requests came that are in the record, in seconds since 1970
        self.violated: list[str] = []  # a requirement each time that it was violated
        self.ignored = 0  # requests of paths that the contract does not have

    def another_server(self, excused: Collection[str] = ()) -> None:
        """What comes next goes to another server, whatever the one before it said.

        ``excused`` are checks that say nothing there, since the client is told to break them.
        """
        self._excused = excused
        for _, rule in self._rules:
            rule.restart()

    @property
    def judged(self) -> int:
        """How many exchanges were judged."""
        return len(self._exchanges)

    @property
    def refused(self) -> bool:
        """Whether the last answer was a refusal."""
        return bool(self._exchanges) and self._exchanges[-1].outcome == str(Outcome.REFUSAL)

    def __call__(self, call: Call) -> None:
        """Judges a request and its answer."""
        known = self._routes.known(call.method, call.path, call.query)
        with self._lock:
            self._secrets.update((value, Secret("API_KEY", value)) for value in call.credentials() if value)
            if known is None:
                self.ignored += 1
                return
            number = len(self._exchanges) + 1
            exchange, row = self._exchange(number, call, known)
            self._exchanges.append(row)
            self._keep(row)
            self.times.append(time.time() - (time.monotonic() - call.began if call.began is not None else 0))
            if self._answers is not None and known.operation:
                self._answers(exchange)
                self._shapes(exchange)
            for requirement, mismatches in self._all(Sent.of(call, known)):
                self._ledger.judged(requirement.id, case=known.operation)
                for each in mismatches:
                    self._found(_finding(requirement, each, number, known.operation))

    @contextmanager
    def keeping(self, path: Path) -> Iterator[None]:
        """Writes every exchange into the record as it is judged, so that it survives a kill. Raises UsageError at once.

        ``result`` writes the record anew: only then all secrets are known, also one that came in a body first.
        """
        _make_room(path)
        self._keep_at = path
        try:
            yield
        finally:
            self._keep_at = None
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def _keep(self, row: RecordedExchange) -> None:
        if self._keep_at is None:
            return
        redact = Redactor(self._secrets.values())
        if self._kept is None:
            self._kept = RecordWriter(self._keep_at, Redactor(()))
            self._kept.write(self._target_row(redact))
        self._kept.write(_without_secrets(row, redact))

    def acted(self, requirement: Requirement, scenario: str, mismatches: Sequence[Mismatch]) -> None:
        """Enters how the client acted in a scenario."""
        with self._lock:
            self._ledger.judged(requirement.id, case=scenario)
            for each in mismatches:
                last = len(self._exchanges) or None
                self._found(_finding(requirement, each, last, scenario))

    def _found(self, finding: Finding) -> None:
        self.violated.append(finding.requirement)
        self._ledger.found(finding)

    def _all(self, sent: Sent) -> Iterable[tuple[Requirement, Iterable[Mismatch]]]:
        for requirement, rule in self._rules:
            # what a request with a wrong method should hold, no page says
            if (sent.known.operation or requirement.check == "method") and requirement.check not in self._excused:
                mismatches = rule(sent)
                if mismatches is not None and not (mismatches and self._recorded and rule.filtered):
                    yield requirement, mismatches

    def _exchange(self, number: int, call: Call, known: Known) -> tuple[Exchange, RecordedExchange]:
        scheme, _, token = (call.header("authorization") or "").strip().rpartition(" ")
        credential = Secret("API_KEY", token) if token else None
        base_url = call.origin + known.prefix
        self._base_urls[base_url] = None
        url = call.origin + call.path + known.shown
        scheme = BEARER if scheme.lower() == BEARER.lower() else scheme
        request = Request(known.role, call.method, url, call.body or None, credential, known.conversation, None, scheme)
        if call.answer is None:
            exchange = Exchange(number, request, None, Outcome.UNAVAILABLE, transport_error=_NO_ANSWER)
        else:
            exchange = self._classify.exchange(number, request, call.answer)
        row = build.recorded_exchange(exchange, url)
        declared = (call.header("content-type") or "").strip()
        media_type = None if not call.body or declared == "application/json" else declared
        return exchange, replace(row, request=replace(row.request, media_type=media_type))

    def remarks(self) -> list[str]:
        """What else is to be said of the client's requests."""
        if not self.ignored:
            return []
        requests = "request of another path was" if self.ignored == 1 else "requests of other paths were"
        return [f"{self.ignored} {requests} not judged"]

    def result(self, path: Path) -> Result:
        """What is known by now, as a record that is written to ``path``. Raises UsageError."""
        rows = self._rows()
        # secrets are taken only out of what came from outside: a short one may be a word of the record's own
        writer = RecordWriter(path.with_name(f"{path.name}.new"), Redactor(()))
        for row in rows[:-1]:
            writer.write(row)
        footer = cast(Footer, rows[-1])
        record = writer.end(footer, complete=True)
        if writer.problem:
            raise UsageError(writer.problem)
        try:
            record.path.replace(path)
        except OSError as problem:
            raise UsageError(f"{path}: cannot be written to ({problem.strerror})") from None
        return Result(replace(record, path=path), Exit(footer.exit))

    def snapshot(self, path: Path) -> Result:
        """The same without writing it; ``path`` is where it will be."""
        rows = self._rows()
        return Result(record_of(path, rows), Exit(cast(Footer, rows[-1]).exit))

    def _target_row(self, redact: Redactor) -> Header:
        seen = ", ".join(self._base_urls) or _NONE_YET
        return replace(
            self._header, target=replace(self._header.target, name=self.name, base_url=redact(self._where or seen))
        )

    def _rows(self) -> list[Row]:
        with self._lock:
            redact = Redactor(self._secrets.values())
            rows: list[Row] = [self._target_row(redact)]
            rows += [_without_secrets(row, redact) for row in self._exchanges]
            for requirement in self._contract.requirements:
                why = _NEVER if requirement.id in self._sides else _NO_SUCH_ANSWER
                if requirement.check == "acts":
                    why = _NOT_PLAYED.format(" or ".join(requirement.detail["scenarios"]))
                self._ledger.untested(requirement.id, why, Untested.SELECTION)
            judgements = self._ledger.judgements(self._accepted.in_force)
            for judgement in judgements:
                for finding in judgement.findings:
                    times, waived = self._ledger.times(finding), bool(judgement.waiver_of(finding))
                    row = build.recorded_finding(finding, occurrences=times, waived=waived)
                    rows.append(replace(row, pointer=redact(row.pointer), actual=redact(row.actual)))
                rows.append(build.recorded_verdict(judgement, side=self._sides.get(judgement.requirement.id)))
            rows += [replace(shape, pointer=redact(shape.pointer)) for shape in self._shapes.gathered()]
            problems = self._accepted.problems(judgements)
            footer = build.footer(
                exit_code=self._gate.exit_code(judgements, waiver_problems=bool(problems)),
                requests=len(self._exchanges),
                elapsed=time.monotonic() - self._began,
                waiver_problems=problems,
            )
            return [*rows, footer]


def _make_room(path: Path) -> None:
    """Makes the folder of a record that is to be written. Raises UsageError where nothing can be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written to ({problem.strerror})") from None


def _of_answers(server: Target) -> tuple[Requirement, ...]:
    """The requirements of a server that can be judged by answers alone."""
    rows = server.contract.within(Profile.STANDARD).requirements
    return tuple(
        row for row in rows if row.check in EVERY_ANSWER and missing_parameter(row, server, server.params) is None
    )


def _without_secrets(row: RecordedExchange, redact: Redactor) -> RecordedExchange:
    """The row without secrets in what came from outside; driftgate's own words stay as they are."""
    return replace(
        row,
        conversation=redacted(row.conversation, redact),
        request=redacted(row.request, redact),
        answer=redacted(row.answer, redact),
        code=redacted(row.code, redact),
    )


def _finding(requirement: Requirement, mismatch: Mismatch, number: int | None, case: str) -> Finding:
    return Finding(
        requirement.id,
        "client",
        mismatch.part,
        mismatch.pointer,
        mismatch.expected,
        mismatch.actual,
        mismatch.signature,
        exchange=number,
        case=case,
    )
