"""Every promise has a fault that makes its check fail. Here a short form; all faults run in ``tox -e power``."""

from __future__ import annotations

from itertools import product

import pytest

from driftgate.contract import Level, load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.faults import FAULTS
from driftgate.emulator.faults.effects import OneRenameInEightLost
from tests.harness import judge, judge_emulator
from tests.sample import sample

# every promise that the project set out to test, by name: (vendor, fault, requirement that must notice)
NAMED = [
    ("dify", "user-optional", "dify.rename.user-required"),
    ("dify", "name-optional", "dify.rename.name-required-unless-generated"),
    ("dify", "name-optional-without-flag", "dify.rename.name-required-unless-generated"),
    ("dify", "name-needed-for-generation", "dify.rename.auto-generate-needs-no-name"),
    ("dify", "name-beats-generation", "dify.rename.auto-generate-ignores-name"),
    ("dify", "ignored-name-too-long", "dify.rename.auto-generate-ignores-name"),
    ("dify", "ignored-name-empty", "dify.rename.auto-generate-ignores-name"),
    ("dify", "generation-by-default", "dify.rename.auto-generate-defaults-to-false"),
    ("dify", "id-no-uuid", "dify.answer.id-is-uuid"),
    ("dify", "inputs-as-text", "dify.answer.inputs-is-object"),
    ("dify", "times-as-floats", "dify.answer.created-at-is-integer"),
    ("dify", "times-as-iso-text", "dify.answer.updated-at-is-integer"),
    ("dify", "app-other-code", "dify.rename.other-app-refused"),
    ("dify", "app-without-message", "dify.rename.other-app-refused"),
    ("dify", "app-status-apart", "dify.rename.other-app-refused"),
    ("dify", "unknown-other-code", "dify.rename.unknown-conversation-refused"),
    ("dify", "unknown-without-code", "dify.rename.unknown-conversation-refused"),
    ("dify", "unknown-without-message", "dify.rename.unknown-conversation-refused"),
    ("dify", "unknown-status-apart", "dify.rename.unknown-conversation-refused"),
    ("coze", "name-not-required", "coze.rename.name-required"),
    ("coze", "limit-of-99", "coze.rename.name-at-most-100"),
    ("coze", "limit-of-101", "coze.rename.name-at-most-100"),
    ("coze", "limit-in-bytes", "coze.rename.name-at-most-100"),
    ("coze", "limit-for-ascii-alone", "coze.rename.name-at-most-100"),
    ("coze", "over-long-refused-but-stored", "coze.rename.name-at-most-100"),
    ("coze", "code-as-text", "coze.answer.code-is-integer-0"),
    ("coze", "msg-says-success", "coze.answer.msg-is-empty"),
    ("coze", "logid-as-number", "coze.answer.logid-is-text"),
    ("coze", "times-in-milliseconds", "coze.answer.created-at-is-10-digits"),
    ("coze", "id-as-number", "coze.answer.id-is-text"),
    ("coze", "meta-data-values-as-numbers", "coze.answer.meta-data-is-map-of-text"),
    ("coze", "answer-meta-data-null", "coze.answer.meta-data-is-map-of-text"),
    ("coze", "refusal-with-success-code", "coze.answer.refusal-has-code"),
    ("coze", "refusal-without-message", "coze.answer.refusal-has-message"),
    ("nuwax", "topic-required", "nuwax.rename.first-message-or-topic"),
    ("nuwax", "first-message-required", "nuwax.rename.first-message-or-topic"),
    ("nuwax", "both-refused", "nuwax.rename.first-message-or-topic"),
    ("nuwax", "neither-accepted", "nuwax.rename.neither-refused"),
    ("nuwax", "first-message-summarised", "nuwax.rename.first-message-becomes-topic"),
    ("nuwax", "quotes-stripped-at-begin", "nuwax.rename.topic-persists"),
    ("nuwax", "code-as-number", "nuwax.answer.code-is-0000"),
    ("nuwax", "success-false", "nuwax.answer.success-is-true"),
    ("nuwax", "tid-as-number", "nuwax.answer.tid-is-text"),
    ("nuwax", "answer-display-code-gone", "nuwax.answer.display-code-is-text"),
    ("nuwax", "answer-agent-id-of-another-type", "nuwax.answer.agent-id-type"),
    ("nuwax", "refusal-with-success-code", "nuwax.answer.refusal-has-code"),
]
# promises that all vendors make
OF_ALL = (
    "answered-but-not-stored",
    "old-name-answered",
    "bystander-renamed-too",
    "creation-time-moved",
    "unknown-accepted",
    "no-key-accepted",
    "wrong-key-accepted",
    "list-body-fails",
)
NAMED += [(vendor, fault, FAULTS[vendor][fault].breaks[0]) for vendor in FAULTS for fault in OF_ALL]


def _kind(vendor, fault, requirement):
    return vendor, load_contract(vendor).requirement(requirement).check


@pytest.mark.parametrize(("vendor", "fault", "requirement"), sample(NAMED, _kind))
def test_a_broken_promise_fails_the_gate_and_is_named(vendor, fault, requirement):
    judged = judge(vendor, [fault])
    assert judged.exit == 1, judged.output
    assert f"{requirement} (must)" in judged.output
    seeded = FAULTS[vendor][fault]
    assert judged.failed() == set(seeded.breaks)


@pytest.mark.parametrize(("vendor", "fault"), [("dify", "times-in-milliseconds"), ("coze", "creator-id-misspelt")])
def test_a_broken_should_is_reported_and_fails_under_strict_alone(vendor, fault):
    requirement = FAULTS[vendor][fault].breaks[0]
    judged = judge(vendor, [fault])
    assert requirement in judged.failed()
    assert f"{requirement} (should)" in judged.output
    assert judge(vendor, [fault], ["--strict"]).exit == 1


def test_a_broken_should_alone_leaves_the_gate_open():
    assert judge("coze", ["updated-before-created"]).exit == 0


@pytest.mark.parametrize("vendor", sorted(FAULTS))
def test_every_binding_requirement_has_a_fault_and_every_fault_one(vendor):
    contract = load_contract(vendor)
    noticed = {requirement for fault in FAULTS[vendor].values() for requirement in fault.breaks}
    known = {row.id for row in contract.requirements if row.level is not Level.MAY}
    assert known - noticed == set()
    assert noticed - known == set()


@pytest.mark.parametrize("vendor", sorted(FAULTS))
def test_there_are_at_least_60_faults_a_vendor_each_with_a_line_of_its_own(vendor):
    faults = FAULTS[vendor]
    assert len(faults) >= 60
    assert all(fault.says.endswith(".") for fault in faults.values())


def test_a_limit_that_cuts_the_answer_alone_is_noticed():
    class AnswerCut(EMULATORS["coze"]):
        def renamed(self, conversation, name):
            shown = name.encode()[:255].decode(errors="ignore")
            return {**super().renamed(conversation, name), "name": shown}

    assert judge_emulator(AnswerCut()).failed() == {"coze.rename.name-at-most-100"}


@pytest.mark.parametrize(("vendor", "phase"), sample(product(sorted(FAULTS), range(8)), lambda vendor, phase: vendor))
def test_one_rename_in_eight_that_is_lost_is_found_wherever_it_strikes(vendor, phase):
    class Losing(OneRenameInEightLost):
        def stores(self, count, conversation, name):
            return count % 8 != phase

    emulator = type("Faulty", (Losing, EMULATORS[vendor]), {})()
    assert judge_emulator(emulator).exit == 1
