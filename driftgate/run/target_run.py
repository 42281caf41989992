"""A run: judges targets one by one, from the first request to the record and the exit code."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.base.secret import Redactor
from driftgate.cases.bodies import Case, refused_cases
from driftgate.checks import stateful as lifecycle
from driftgate.checks.answers import AnswerJudge
from driftgate.checks.expect import Violation
from driftgate.checks.reproduce import MOST_FINDINGS, Reproducer
from driftgate.contract import Level, Requirement
from driftgate.contract.openapi import map_members
from driftgate.contract.template import placeholders
from driftgate.http.client import Budget, Client, OutOfBudget
from driftgate.http.exchange import Exchange, Request
from driftgate.http.retry import RetryPolicy
from driftgate.record import record, waivers
from driftgate.record.observation import Observation
from driftgate.record.record import Record, RecordWriter, Row
from driftgate.record.shapes import Shapes
from driftgate.record.verdict import Finding, Judgement, Ledger, Reproduction, Waiver, gate
from driftgate.run.options import Options
from driftgate.session import journal
from driftgate.session.conversations import Conversations, SetupError
from driftgate.session.journal import Journal
from driftgate.session.session import Session
from driftgate.session.teardown import Teardown
from driftgate.target.model import Target
from driftgate.target.resolve import started

if TYPE_CHECKING:
    from driftgate.emulator import Running

_SUPPLIED = frozenset({"name", "conversation", "status"})
_NEEDS_BYSTANDER = "supply a second --conversation, to see that it is left alone"


class TargetRun:
    """The run against one target. Nothing is sent, started or written before ``ready`` is first asked for."""

    def __init__(
        self,
        target: Target,
        options: Options,
        accepted: Sequence[Waiver],
        waiver_file: Path,
        baseline: Record | None = None,
    ) -> None:
        self.target = target
        self.options = options
        self.ledger = Ledger(target.contract)
        self.observations: dict[tuple[str, str], Observation] = {}
        self.exchanges: dict[int, Row] = {}
        self.selected: list[Requirement] = []
        self._requests: dict[int, Request] = {}
        self._again: dict[str, Reproduction] = {}
        self._led_again: dict[str, Reproduction] = {}
        self.journal = Journal()
        self.journal_path = options.report_dir / f"{target.name}{journal.ENDING}"
        self._waivers = accepted
        self._today = datetime.now(UTC).date()
        self.baseline = baseline
        self.begun = False  # whether a test has asked for something
        self._waiver_file = waiver_file
        self._shapes = Shapes(map_members(target.contract.document))
        self._budget = Budget(options.budget(embedded=target.embedded))
        self._running: Running | None = None
        self._client: Client | None = None
        self._record: RecordWriter | None = None
        self._record_path = options.report_dir / f"{target.name}.jsonl"
        self._started = time.monotonic()
        self._planned = False
        self._left = False
        self._not_restored: list[str] = []
        self._elapsed = 0.0

    @cached_property
    def session(self) -> Session:
        """The target in use, its emulator started where it has one."""
        self._started = time.monotonic()
        if not self.target.embedded:
            try:
                self.journal = journal.begin(self.journal_path, self.target)
            except UsageError as problem:
                raise SetupError(str(problem)) from None
        else:
            # a server, which other targets do not need
            from driftgate.emulator import emulator, start  # noqa: PLC0415

            self._running = start(emulator(self.target.contract.vendor, self.target.contract.edition))
            self.target = started(self.target, self._running.base_url, self._running.api_key, self._running.params)
        target = self.target
        judge = AnswerJudge(target.contract, self.ledger, target.params)
        self._client = Client(
            target.base_url or "",
            target.contract.outcomes,
            budget=self._budget,
            timeout=self.options.timeout,
            retry=RetryPolicy(self.options.max_wait),
            network=target.network,
            rate=self.options.rate,
            observers=(self._keep, judge, self._shapes),
        )
        return Session(Conversations(target, self._client, self.options.seed, self.journal), self.options.profile)

    @cached_property
    def lives(self) -> lifecycle.Lives:
        """The lives of conversations, which judge all requirements of the check "lives" together."""
        rows = [row for row in self.selected if row.check == "lives" and not self.untested(row)]
        return lifecycle.Lives(self.session, self.ledger, rows, self.observe, self._led_again)

    def ready(self) -> Session:
        """The target in use, with a conversation to ask about. Raises SetupError and OutOfBudget."""
        if not self._planned:
            self.session.wants_bystander = any(
                self._wants_bystander(row) and not self.untested(row) for row in self.selected
            )
        self.session.open()
        if not self._planned:
            self._planned = True
            self.session.refusals.plan(self._batches(self.session))
        return self.session

    def _batches(self, session: Session) -> list[list[Case]]:
        """The cases that must be refused, those of each level together: what a SHOULD forbids is often let through."""
        values = session.values()
        batches: list[list[Case]] = []
        for level in (Level.MUST, Level.SHOULD):
            rows = [row for row in self.selected if row.level is level and self.untested(row) is None]
            batches.append(
                [case for row in rows for case in refused_cases(session.contract, row, values, self.options.seed)]
            )
        return batches

    def _keep(self, exchange: Exchange) -> None:
        row = record.exchange_row(exchange, (self.target.base_url or "") + exchange.request.url)
        self.exchanges[exchange.number] = self._writer().write("exchange", row)
        self._requests[exchange.number] = exchange.request

    def _writer(self) -> RecordWriter:
        if self._record is None:
            self._record = RecordWriter(self._record_path, self.redactor)
            options = self.options
            header = record.header_row(
                self.target,
                profile=str(options.profile),
                seed=options.seed,
                strict=options.strict,
                max_requests=self._budget.limit,
            )
            self._record.write("header", header)
        return self._record

    @property
    def redactor(self) -> Redactor:
        return Redactor(self.target.secrets)

    @property
    def max_requests(self) -> int:
        return self._budget.limit

    def binds(self, requirement: Requirement) -> bool:
        """Whether the gate fails when the requirement is violated."""
        strict = self.options.strict and requirement.level is Level.SHOULD
        return requirement.level is Level.MUST or strict

    def judgement(self, requirement: Requirement) -> Judgement:
        """What is known of a requirement so far."""
        return self.ledger.judgement(requirement.id, waivers.in_force(self._waivers, self._today))

    def untested(self, requirement: Requirement) -> str | None:
        """Why a requirement cannot be asked of this target, with what to supply; None when it can."""
        if requirement.profile > self.options.profile:
            return f"asked by --profile {requirement.profile} and larger"
        if requirement.costs and not self.target.allow_cost:
            return f"supply --allow-cost: asking costs {requirement.costs}"
        # an emulator knows its parameters once it runs
        known = _SUPPLIED | set(self.session.target.params if self.target.embedded else self.target.params)
        for name in sorted(placeholders(dict(requirement.detail)) - known):
            parameter = self.target.contract.parameter(name)
            return f"supply --param {name}=…: {parameter.says if parameter else ''}"
        needed = lifecycle.missing(requirement, self.target, known)
        if needed:
            return needed
        if self._wants_bystander(requirement) and len(self.target.conversations) == 1:
            return _NEEDS_BYSTANDER
        return None

    @staticmethod
    def _wants_bystander(requirement: Requirement) -> bool:
        return "others" in requirement.detail or requirement.detail.get("name") == "bystander"

    def violated(self, violation: Violation) -> tuple[Finding, ...]:
        for finding in violation.findings:
            self.ledger.found(finding)
        return violation.findings

    def observe(self, observation: Observation) -> None:
        self.observations[observation.requirement, observation.case] = observation

    def ask_again(self) -> None:
        """Asks again what was violated, with the requests that are left; safe to repeat."""
        if self._client is None or self._left or self._again or self.session.setup_error:
            return
        broken = [row for row in self.ledger.judgements() if row.requirement.level is not Level.MAY]
        firsts = [row.findings[0] for row in broken if row.findings and row.requirement.check != "lives"]
        with suppress(OutOfBudget, SetupError):
            for finding in firsts[: MOST_FINDINGS[self.session.free]]:
                again = Reproducer(self.session, self.ledger, self._requests).about(finding)
                if again is not None:
                    self._again[finding.fingerprint] = again

    def leave(self) -> None:
        """Puts everything back and stops asking; safe to repeat, and to go on with when it was broken off."""
        if self._client is not None and not self._left:
            steps = Teardown(self.session.conversations).steps()
            self._not_restored = [step.text for step in steps if not step.done]
            self._left = True
            self._client.close()
            if self._running is not None:
                self._running.stop()
            self._elapsed = time.monotonic() - self._started
        self._not_restored += self.journal.end()

    def rows(self, requirement: Requirement) -> tuple[Row, list[Row]]:
        """What is known of a requirement by now, as the record will hold it: the verdict, and its findings."""
        judgement = self.judgement(requirement)
        return record.verdict_row(judgement), self._finding_rows(judgement)

    def _finding_rows(self, judgement: Judgement) -> list[Row]:
        return [
            record.finding_row(
                finding,
                times=self.ledger.times(finding),
                waived=bool(judgement.waiver_of(finding)),
                again=self._again.get(finding.fingerprint) or self._led_again.get(finding.fingerprint),
            )
            for finding in judgement.findings
        ]

    def finish(self, *, complete: bool) -> Record:
        """Leaves the target and ends the record."""
        if complete:
            self.ask_again()
        self.leave()
        judgements = self.ledger.judgements(waivers.in_force(self._waivers, self._today))
        asked = [row for row in judgements if complete and row.requirement in self.selected]
        problems = waivers.problems(self._waivers, asked, self._today)
        footer = record.footer_row(
            exit_code=gate(judgements, strict=self.options.strict, waiver_problems=bool(problems)),
            requests=self._budget.used,
            elapsed=self._elapsed,
            not_restored=self._not_restored,
            setup_error=str(self.session.setup_error)
            if self._client is not None and self.session.setup_error
            else None,
            waiver_problems=[f"{self._waiver_file}: {problem}" for problem in problems],
        )
        self._write(judgements)
        return self._writer().end(footer, complete=complete)

    def _write(self, judgements: Sequence[Judgement]) -> None:
        writer = self._writer()
        for judgement in judgements:
            for row in self._finding_rows(judgement):
                writer.write("finding", row)
            writer.write("verdict", record.verdict_row(judgement))
        for observation in self.observations.values():
            writer.write("observation", record.observation_row(observation))
        for shape in self._shapes.gathered():
            writer.write("shape", record.shape_row(shape))
