"""Drift tells other data apart from another contract: what a contract leaves open is told, and breaks nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from driftgate.contract import load_contract
from driftgate.contract.leeway import Leeway
from driftgate.contract.model import Outcome
from driftgate.drift import Severity, compare
from driftgate.emulator import EMULATORS, Emulator
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from tests.kept import kept
from tests.test_drift import record_of

ANYTHING = "absent array boolean integer null number object string"
ALLOWED = [
    ("dify", "rename", "success", "/name", "string"),
    ("dify", "rename", "success", "/introduction", "null string"),
    ("dify", "read", "success", "/data/*/introduction", "null string"),
    ("dify", "rename", "success", "/inputs", "object"),
    ("dify", "rename", "success", "/inputs/*", ANYTHING),
    ("dify", "rename", "success", "/unnamed", ANYTHING),
    ("dify", "read", "success", "/data/*", "absent object"),
    ("dify", "rename", "refusal", "/status", "integer"),
    ("dify", "delete", "refusal", "/code", ""),
    ("dify", "delete", "success", "", ""),
    ("coze", "rename", "success", "/data/name", "string"),
    ("coze", "read", "success", "/data/name", "null string"),
    ("coze", "list", "success", "/data/conversations/*/name", "null string"),
    ("coze", "rename", "success", "/data/meta_data/*", "absent string"),
    ("nuwax", "rename", "success", "/data", "object"),
    ("nuwax", "rename", "success", "/data/agent/name", "string"),
    ("nuwax", "rename", "success", "/data/agent/unnamed", ANYTHING),
    ("nuwax", "rename", "success", "/data/tenantId", "integer number"),
    ("nuwax", "rename", "success", "/data/sharedUris/*", "absent string"),
    ("nuwax", "list", "success", "/data", "array null"),
]


@pytest.mark.parametrize(("vendor", "role", "outcome", "pointer", "types"), ALLOWED)
def test_the_document_and_the_catalogue_say_what_is_open(vendor, role, outcome, pointer, types):
    assert " ".join(Leeway(load_contract(vendor)).allows(role, Outcome(outcome), pointer)) == types


def serving(vendor: str, change) -> Emulator:
    """An emulator that shows every conversation changed, wherever it shows one."""

    class Changed(EMULATORS[vendor]):
        def view(self, conversation):
            view = json.loads(json.dumps(super().view(conversation)))
            change(view)
            return view

    return Changed()


def drift(before: Record, after: Record) -> dict[str, tuple[str, Severity]]:
    """The members of answers that differ, each by its rule and severity."""
    changes = compare(before, after).changes
    return {each.location: (each.rule, each.severity) for each in changes if " /" in each.location}


def both_ways(vendor, change, folder):
    usual, other = read_record(kept(vendor)), read_record(record_of(serving(vendor, change), folder))
    return drift(usual, other), drift(other, usual)


def put(**members):
    return lambda view: view.update(members)


def drop(*names):
    return lambda view: [view.pop(name) for name in names]


OTHER_DATA = [
    ("dify", put(inputs={"city": "Basel", "days": [1, 2]}), "/inputs/*"),
    ("dify", put(introduction=None), "/introduction"),
    ("coze", put(meta_data={}), "/data/meta_data/*"),
    ("nuwax", put(variables={"city": "Basel"}), "/data/variables"),
    ("nuwax", put(messageList=[{"role": "user"}]), "/data/messageList"),
    ("nuwax", put(summary="A short talk"), "/data/summary"),
]


@pytest.mark.parametrize(("vendor", "change", "pointer"), OTHER_DATA)
def test_other_data_is_told_and_breaks_nothing(vendor, change, pointer, tmp_path):
    for told in both_ways(vendor, change, tmp_path):
        assert told.get(f"rename success {pointer}", ("data-differs",))[0] == "data-differs", told
        assert {severity for _, severity in told.values()} == {Severity.INFO}, told


def test_a_member_that_no_page_names_comes_and_goes(tmp_path):
    come, gone = both_ways("dify", put(mood="fine"), tmp_path)
    assert come["rename success /mood"] == ("member-added", Severity.INFO)
    assert gone["rename success /mood"] == ("data-differs", Severity.INFO)


LOST = [
    ("dify", drop("introduction"), "/introduction", "member-gone"),
    ("dify", put(inputs=None), "/inputs", "type-changed"),
    ("dify", put(introduction=7), "/introduction", "type-changed"),
    ("coze", drop("meta_data"), "/data/meta_data", "member-gone"),
    ("coze", put(meta_data={"a": 1}), "/data/meta_data/*", "type-changed"),
    ("nuwax", put(variables=[]), "/data/variables", "type-changed"),
    ("nuwax", lambda view: view["agent"].pop("icon"), "/data/agent/icon", "member-gone"),
]


@pytest.mark.parametrize(("vendor", "change", "pointer", "rule"), LOST)
def test_the_loss_of_a_documented_member_stays_breaking(vendor, change, pointer, rule, tmp_path):
    told, _ = both_ways(vendor, change, tmp_path)
    assert told[f"rename success {pointer}"] == (rule, Severity.BREAKING)


def test_records_of_earlier_versions_are_compared_strictly(tmp_path):
    """They do not say what the contract leaves open; the other record's word is taken where there is one."""
    usual = read_record(kept("dify"))
    other = read_record(record_of(serving("dify", put(introduction=None)), tmp_path))
    bare = [_without_leeway(each) for each in (usual, other)]
    assert drift(*bare)["rename success /introduction"] == ("type-changed", Severity.BREAKING)
    assert drift(bare[0], other)["rename success /introduction"] == ("data-differs", Severity.INFO)


def _without_leeway(record: Record) -> Record:
    return replace(record, shapes=tuple(replace(each, allows=()) for each in record.shapes))
