"""A run: judges targets one by one, from the first request to the record and the exit code."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate import products
from driftgate.base.errors import UsageError
from driftgate.base.secret import Redactor
from driftgate.checks.every_answer import AnswerJudge
from driftgate.checks.expect import Violation
from driftgate.checks.prerequisites import missing
from driftgate.checks.registry import EVERY_ANSWER, check_named
from driftgate.checks.reproduce import MOST_FINDINGS, Reproducer, least_to_reproduce
from driftgate.contract import Level, Profile, Requirement
from driftgate.contract.leeway import Leeway
from driftgate.http.client import Budget, Client
from driftgate.http.exchange import Exchange, Request
from driftgate.http.retry import RetryPolicy
from driftgate.products import Recognition
from driftgate.record import build, waivers
from driftgate.record.observation import Observation
from driftgate.record.pins import Pin, pin_changes
from driftgate.record.record import Record, RecordWriter
from driftgate.record.rows import RecordedExchange, RecordedFinding, RecordedProduct, RecordedVerdict, TargetInfo
from driftgate.record.shapes import Shapes
from driftgate.record.verdict import Finding, Gate, Judgement, Ledger, Reproduction, Untested, Verdict, Waiver
from driftgate.run.options import Options
from driftgate.run.planning import expect_all
from driftgate.run.ready import wait_until_ready
from driftgate.session import journal
from driftgate.session.conversations import Conversations, SetupError
from driftgate.session.journal import Journal
from driftgate.session.session import Session
from driftgate.session.teardown import Teardown
from driftgate.target.model import Target
from driftgate.target.resolve import started

if TYPE_CHECKING:
    from driftgate.checks.stateful.stateful_test import StatefulTest
    from driftgate.emulator import Running


class TargetRun:
    """The run against one target. Nothing is sent, started or written before ``ready`` is first asked for."""

    def __init__(
        self,
        target: Target,
        options: Options,
        accepted: Sequence[Waiver],
        waiver_file: Path,
        baseline: Record | None = None,
        pins: Sequence[Pin] = (),
        of_products: Mapping[str, Sequence[Waiver]] | None = None,
    ) -> None:
        self.target = target
        self.options = options
        self.ledger = Ledger(target.contract)
        self.observations: dict[tuple[str, str], Observation] = {}
        self.exchanges: dict[int, RecordedExchange] = {}
        self.selected: list[Requirement] = []
        self.judged_in_passing: Sequence[Requirement] = ()  # judged by what tests send that are not driftgate's
        self._asked: set[str] = set()
        self._requests: dict[int, Request] = {}
        self._reproductions: dict[str, Reproduction] = {}
        self._replayed: dict[str, Reproduction] = {}
        self.journal = Journal()
        self._target_waivers = accepted
        self._of_products = of_products or {}
        self._recognition = Recognition(target.product, target.candidates)
        self._pins = pins
        self._today = datetime.now(UTC).date()
        self.baseline = baseline
        self.begun = False  # whether a test has asked for something
        self._waiver_file = waiver_file
        self._shapes = Shapes(Leeway(target.contract))
        self._budget = Budget(options.budget(embedded=target.embedded))
        self._running: Running | None = None
        self._client: Client | None = None
        self._record: RecordWriter | None = None
        self._record_path = options.report_dir / f"{target.name}.jsonl"
        self._started = time.monotonic()
        self._planned = False
        self._left = False
        self._not_restored: list[str] = []
        self._accepted_losses: list[str] = []
        self._elapsed = 0.0

    @cached_property
    def session(self) -> Session:
        """The target in use, its emulator started where it has one."""
        self._started = time.monotonic()
        if not self.target.embedded:
            if self.options.wait_ready:
                wait_until_ready(self.target, self.options.wait_ready, self.options.timeout)
            try:
                self.journal = journal.begin(journal.path_for(self.options.report_dir, self.target), self.target)
            except UsageError as problem:
                raise SetupError(str(problem)) from None
        else:
            # a server, which other targets do not need
            from driftgate.emulator import of_contract, start  # noqa: PLC0415

            made = of_contract(self.target.contract)
            if self.target.contract.create is None:
                made.ready_made()
            self._running = running = start(made)
            self.target = started(self.target, running.base_url, running.api_key, running.params, running.conversations)
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
        conversations = Conversations(
            target, self._client, self.options.seed, self.journal, accept_loss=self.options.accept_loss
        )
        return Session(conversations, self.options.profile)

    @cached_property
    def stateful_test(self) -> StatefulTest:
        """The stateful test, which judges all requirements of its check together."""
        # Hypothesis takes long to import, and only the profile deep needs it
        from driftgate.checks.stateful.stateful_test import StatefulTest  # noqa: PLC0415

        rows = [row for row in self.selected if row.check == "stateful" and not self.untested(row)]
        return StatefulTest(self.session, self.ledger, rows, self.observe, self._replayed)

    def ready(self) -> Session:
        """The target in use, with a conversation to ask about. Raises SetupError and OutOfBudget."""
        if not self._planned:
            self.session.wants_bystander = any(
                check_named(row.check).needs_bystander(row) and not self.untested(row) for row in self.selected
            )
        self.session.open()
        if not self._planned:
            self._planned = True
            expect_all(self.session, [row for row in self.selected if self.untested(row) is None])
            self.session.plan.to_reproduce = self._to_reproduce
        return self.session

    def _to_reproduce(self) -> int:
        """How many requests it takes to reproduce what was found so far."""
        return sum(least_to_reproduce(each) for each in self._reproducible() if not self._is_waived(each))

    def _keep(self, exchange: Exchange) -> None:
        row = build.recorded_exchange(exchange, (self.target.base_url or "") + exchange.request.url)
        self.exchanges[exchange.number] = self._writer().write(row)
        self._recognition(self.exchanges[exchange.number])
        self._requests[exchange.number] = exchange.request
        if self.unrecorded and self._client is not None:
            self._client.stop(f"{self.unrecorded}, so the run asks no further")

    @property
    def unrecorded(self) -> str | None:
        """Why the record holds not all that was seen; None where it does."""
        return self._record.problem if self._record is not None else None

    def _writer(self) -> RecordWriter:
        if self._record is None:
            self._record = RecordWriter(self._record_path, self.redactor)
            options = self.options
            header = build.header(
                self._target_info(),
                self.target.contract,
                profile=str(options.profile),
                seed=options.seed,
                strict=options.strict,
                require_verified=options.require_verified,
                max_requests=self._budget.limit,
            )
            self._record.write(header)
        return self._record

    def _target_info(self) -> TargetInfo:
        target = self.target
        return TargetInfo(
            name=target.name,
            base_url=target.base_url or "",
            embedded=target.embedded,
            insecure=target.network.insecure,
            owner=target.owner,
            link=target.link,
            params={name: str(value) for name, value in target.params.items()},
        )

    @property
    def redactor(self) -> Redactor:
        return Redactor(self.target.secrets)

    @property
    def max_requests(self) -> int:
        return self._budget.limit

    @property
    def gate(self) -> Gate:
        """Which levels fail the run."""
        return Gate(strict=self.options.strict, require_verified=self.options.require_verified)

    def done(self, requirement: Requirement) -> None:
        """Takes a requirement that was asked from the plan."""
        if self._client is not None:
            self.session.plan.done(requirement.id)

    @property
    def _waivers(self) -> Sequence[Waiver]:
        """What is accepted: by the target's owner, and as what its product is known to do."""
        product = self._recognition.product
        return (*self._target_waivers, *(self._of_products.get(product.address, ()) if product else ()))

    def judgement(self, requirement: Requirement) -> Judgement:
        """What is known of a requirement so far."""
        return self.ledger.judgement(requirement.id, waivers.in_force(self._waivers, self._today))

    def untested(self, requirement: Requirement) -> tuple[Untested, str] | None:
        """Why a requirement cannot be asked of this target, with what to supply; None when it can."""
        if requirement.profile > self.options.profile:
            return Untested.SELECTION, f"asked by --profile {requirement.profile} and larger"
        # an emulator knows its parameters once it runs
        params = self.session.target.params if self.target.embedded else self.target.params
        why = missing(requirement, self.target, params)
        return (Untested.USER, why) if why else None

    def asked(self, requirement: Requirement) -> None:
        """Notes that the test of a requirement has ended."""
        self._asked.add(requirement.id)

    def violated(self, violation: Violation) -> tuple[Finding, ...]:
        for finding in () if violation.entered else violation.findings:
            self.ledger.found(finding)
        return violation.findings

    def observe(self, observation: Observation) -> None:
        self.observations[observation.requirement, observation.case] = observation

    def reproduce_findings(self) -> None:
        """Asks again what was violated, with the requests that are left; safe to repeat."""
        if self._client is None or self._left or self._reproductions or self.session.setup_error:
            return
        findings = self._reproducible()
        reproducer = Reproducer(self.session, self.ledger, self._requests)
        self._reproductions.update(reproducer.reproduce(findings))
        for finding in findings:
            if finding.fingerprint not in self._reproductions:
                self.session.plan.omit(finding.requirement, "a repetition of what failed")

    def _reproducible(self) -> list[Finding]:
        """The first finding of each requirement, as many as are reproduced at most; what is waived comes last."""
        broken = [row for row in self.ledger.judgements() if row.requirement.level is not Level.MAY]
        firsts = [row.findings[0] for row in broken if row.findings and not check_named(row.requirement.check).replays]
        return sorted(firsts, key=self._is_waived)[: MOST_FINDINGS[self.session.free]]

    def _is_waived(self, finding: Finding) -> bool:
        in_force = waivers.in_force(self._waivers, self._today)
        return any(waiver.covers(finding) for waiver in in_force)

    def teardown(self) -> None:
        """Teardown; idempotent and resumable."""
        if self._client is not None and not self._left:
            results = list(Teardown(self.session.conversations).run())
            self._not_restored = [result.text for result in results if not result.done]
            self._accepted_losses = [result.text for result in results if result.accepted]
            self._left = True
            self._client.close()
            if self._running is not None:
                self._running.stop()
            self._elapsed = time.monotonic() - self._started
        self._not_restored += self.journal.end()

    def rows(self, requirement: Requirement) -> tuple[RecordedVerdict, list[RecordedFinding]]:
        """What is known of a requirement by now, as the record will hold it: the verdict, and its findings."""
        judgement = self.judgement(requirement)
        return build.recorded_verdict(judgement, self._left_out(judgement)), self._findings(judgement)

    def _left_out(self, judgement: Judgement) -> Sequence[str]:
        """What the budget had no room for, of a requirement that was judged all the same."""
        judged = judgement.verdict in (Verdict.PASS, Verdict.FAIL) and self._client is not None
        return self.session.plan.left_out.get(judgement.requirement.id, ()) if judged else ()

    def _findings(self, judgement: Judgement) -> list[RecordedFinding]:
        return [
            build.recorded_finding(
                finding,
                occurrences=self.ledger.times(finding),
                waived=bool(judgement.waiver_of(finding)),
                reproduction=self._reproductions.get(finding.fingerprint) or self._replayed.get(finding.fingerprint),
            )
            for finding in judgement.findings
        ]

    def finish(self, *, complete: bool) -> Record:
        """Leaves the target and ends the record."""
        if complete:
            self.reproduce_findings()
        self.teardown()
        for row in self.selected:
            if row.id not in self._asked:
                self.ledger.untested(row.id, "interrupted: the run ended before it was asked", Untested.INTERRUPTED)
        judgements = self.ledger.judgements(waivers.in_force(self._waivers, self._today))
        asked = [row for row in judgements if complete and row.requirement in self.selected]
        partial = self.options.profile is Profile.SMOKE
        in_part = [row.requirement.id for row in asked if row.requirement.check == "rejects" and self._left_out(row)]
        problems = waivers.problems(
            self._target_waivers, asked, self._today, EVERY_ANSWER, cases_alone=partial, in_part=in_part
        )
        changes = pin_changes(self._pins, self.observations.values())
        product = self._product(asked) if complete else None
        footer = build.footer(
            exit_code=self.gate.exit_code(
                judgements,
                waiver_problems=bool(problems),
                breaking_drift=any(each.severity == "breaking" for each in changes)
                or (product is not None and product.breaking),
                not_restored=bool(self._not_restored),
            ),
            requests=self._budget.used,
            elapsed=self._elapsed,
            not_restored=self._not_restored,
            accepted_losses=self._accepted_losses,
            setup_error=str(self.session.setup_error)
            if self._client is not None and self.session.setup_error
            else None,
            waiver_problems=[f"{self._waiver_file}: {problem}" for problem in problems],
            pin_changes=changes,
        )
        self._write(judgements)
        return self._writer().end(replace(footer, product=product), complete=complete)

    def _product(self, asked: Iterable[Judgement]) -> RecordedProduct | None:
        """The product that the target was compared with, and where it differs; None where none was asked for."""
        if not self._recognition.asked:
            return None
        product = self._recognition.product
        return products.compared(
            product,
            self._recognition.describe(),
            self._of_products.get(product.address, ()) if product else (),
            map(build.recorded_verdict, asked),
            self.observations.values(),
            self._shapes.gathered(),
            partial=self.options.profile is Profile.SMOKE,
        )

    def _write(self, judgements: Sequence[Judgement]) -> None:
        writer = self._writer()
        for judgement in judgements:
            for row in self._findings(judgement):
                writer.write(row)
            writer.write(build.recorded_verdict(judgement, self._left_out(judgement)))
        for observation in self.observations.values():
            writer.write(observation)
        for shape in self._shapes.gathered():
            writer.write(shape)
