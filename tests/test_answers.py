"""What is judged of answers and reads: the conversation in them, reads that break their promises, generated names."""

from __future__ import annotations

import json

import pytest

from driftgate.cases.wrong_types import WrongType, broken_by, combined, wrong_types
from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.faults import FAULTS, faulty
from driftgate.emulator.faults.reads import _Reading
from driftgate.emulator.variants import varied
from tests.harness import judge, judge_emulator
from tests.sample import sample

VENDORS = sorted(EMULATORS)
HOLDER = {
    "coze": "coze.answer.data-is-conversation",
    "dify": "dify.answer.is-conversation",
    "nuwax": "nuwax.answer.data-is-conversation",
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("gone", ["id", "name"])
def test_no_answer_with_the_id_or_the_name_is_a_violation(vendor, gone):
    member = EMULATORS[vendor].name_key if gone == "name" else "id"
    judged = judge(vendor, [f"answer-{member}-gone"])
    assert judged.exit == 1
    assert HOLDER[vendor] in judged.failed()
    assert judged.verdicts[HOLDER[vendor]] == "fail"


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_answer_with_id_and_name_alone_violates_no_must(vendor):
    class Spare(EMULATORS[vendor]):
        def view(self, conversation):
            view = super().view(conversation)
            return {key: view[key] for key in ("id", self.name_key)}

    judged = judge_emulator(Spare())
    levels = {str(load_contract(vendor).requirement(each).level) for each in judged.failed()}
    assert levels == {"should"}
    assert judged.exit != 1


def test_a_generated_name_that_is_blank_is_a_violation_and_one_that_stays_is_observed():
    rule = "dify.rename.auto-generate-gives-a-name"
    for fault in ("generates-empty-name", "generates-blank-name", "generated-name-stored-blank"):
        judged = judge("dify", [fault])
        assert (judged.exit, judged.failed()) == (1, {rule})
    kept = judge_emulator(varied("dify", "generation-keeps-name"))
    assert (kept.exit, kept.verdicts[rule]) == (0, "pass")
    words = {row["name"] for row in kept.of("observation") if row["requirement"] == rule}
    assert words == {"unchanged"}


OF_READS = [(vendor, name) for vendor in VENDORS for name in FAULTS[vendor] if name.startswith("read-")]


@pytest.mark.parametrize(("vendor", "fault"), sample(OF_READS, lambda vendor, fault: fault))
def test_what_a_faulty_read_leaves_judgeable_is_judged(vendor, fault):
    judged = judge(vendor, [fault])
    contract = load_contract(vendor)
    seeded = FAULTS[vendor][fault]
    assert judged.failed() == set(seeded.breaks)
    assert judged.exit == (1 if any(str(contract.requirement(each).level) == "must" for each in seeded.breaks) else 0)
    for row in contract.requirements:
        if row.id.startswith((f"{vendor}.answer.", f"{vendor}.rename.name-echoed", f"{vendor}.rename.topic-echoed")):
            assert judged.verdicts[row.id] == "pass", row.id


def test_an_answer_is_compared_with_a_read_of_another_type_that_no_requirement_on_reads_finds():
    class Text(_Reading, EMULATORS["coze"]):
        def shown(self, view):
            return {**view, "created_at": str(view["created_at"])}

    assert judge_emulator(Text()).failed() == {"coze.rename.other-members-kept"}


def test_no_read_of_the_name_clears_no_refusal():
    judged = judge("coze", ["read-never-shows-name"])
    refusing = [row.id for row in load_contract("coze").requirements if row.check in ("rejects", "refuses")]
    assert {judged.verdicts[each] for each in refusing} == {"inconclusive"}


@pytest.mark.parametrize(
    ("vendor", "fault", "exit_code", "broken"),
    [
        ("dify", "read-id-no-uuid", 1, "dify.read.id-is-uuid"),
        ("coze", "read-name-number", 1, "coze.read.name-is-text"),
        ("coze", "read-name-null", 6, None),
    ],
)
def test_a_lent_conversation_that_no_read_shows_whole_is_left_alone(vendor, fault, exit_code, broken):
    emulator = faulty(vendor, [fault])
    lent = emulator.ready_made()
    names = [each.name for each in lent]
    judged = judge_emulator(emulator, [f"--conversation={each.id}" for each in lent])
    assert judged.exit == exit_code
    assert judged.failed() == ({broken} if broken else set())
    assert [each.name for each in lent] == names


def test_names_that_reading_changes_are_blamed_on_no_refusal():
    for vendor in VENDORS:
        judged = judge(vendor, ["read-trims-name"], ["--max-requests=80"])
        assert judged.failed() == {f"{vendor}.read.changes-nothing"}
        assert judged.exit == 0
        assert set(judged.verdicts.values()) <= {"pass", "fail", "none"}


WRONG_TYPES = [(vendor, name) for vendor in VENDORS for name in FAULTS[vendor] if name.startswith("server-error-on-")]


@pytest.mark.parametrize(("vendor", "fault"), sample(WRONG_TYPES, lambda vendor, fault: fault.rpartition("-")[2]))
def test_a_server_error_on_a_member_of_another_type_is_found(vendor, fault):
    judged = judge(vendor, [fault])
    assert (judged.exit, judged.failed()) == (1, set(FAULTS[vendor][fault].breaks))
    assert judged.requests <= 60


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_member_gets_every_wrong_type_where_requests_are_left(vendor):
    contract = load_contract(vendor)
    rejected = {row.id for row in contract.requirements if row.check == "rejects"}
    asked = {*wrong_types(contract, allow_cost=True), *broken_by(contract, rejected)}
    members = {"coze": ["name"], "dify": ["name", "auto_generate", "user"], "nuwax": ["topic", "firstMessage"]}
    types = {"null", "number", "list", "object"}
    assert {WrongType(member, word) for member in members[vendor] for word in types} <= asked
    judged = judge(vendor, [], ["--max-requests=80"])
    sent = [(row["request"]["body"] or {}).get("text", "") for row in judged.of("exchange")]
    bodies = [json.loads(text) for text in sent if text.startswith("{") and text.endswith("}")]
    for member in members[vendor]:
        values = [body.get(member, "absent") for body in bodies]
        assert {type(None), int, list, dict} <= {type(value) for value in values}, member


def test_without_costs_no_wrong_type_can_cost_anything():
    free = {vendor: set(wrong_types(load_contract(vendor), allow_cost=False)) for vendor in VENDORS}
    assert not [each for each in free["dify"] if each.member == "user"]
    assert {each.type for each in free["dify"] if each.member == "auto_generate"} == {"null", "number"}
    assert {each.type for each in free["nuwax"] if each.member == "firstMessage"} == {"null"}  # 0 can be a message
    assert WrongType("topic", "null") not in free["nuwax"]


def test_a_value_that_is_surely_refused_shares_its_body_with_values_that_servers_rather_take():
    dify = load_contract("dify")
    asked = set(wrong_types(dify, allow_cost=True)) - broken_by(dify, {row.id for row in dify.requirements})
    bodies = combined(sorted(asked, key=lambda each: (each.member, each.type)))
    assert len(bodies) == 5
    assert {each for body in bodies for each in body} == asked
    for body in bodies:
        assert len({each.member for each in body}) == len(body)
        assert [each.type in ("object", "list") for each in body].count(True) <= 1
    assert combined([]) == []


def test_what_a_server_error_on_several_members_comes_from_is_sought_at_once():
    judged = judge("dify", ["server-error-on-user-list"])
    signatures = [row["signature"] for row in judged.of("finding")]
    assert "server error of a body with array at /user" in signatures
    assert all("array at /user" in each for each in signatures)
