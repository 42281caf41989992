"""Drift from a product's record: none of an as-built edition but data, and what could not be compared is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from driftgate.base.errors import UsageError
from driftgate.products import Product, available, drifted, load_product
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from tests.baselines import BASELINES
from tests.harness import run_main
from tests.servers import AS_BUILT, judge_server, product_of

DEEP = [name for name in AS_BUILT if "deep" not in product_of(name).unrecorded]
KEPT = BASELINES / "dify-1.7.jsonl"


def record_of(product: Product, profile: str = "standard") -> Record:
    return read_record(next(each.path for each in product.records if each.profile == profile))


@pytest.mark.parametrize("name", AS_BUILT)
def test_an_as_built_edition_has_no_drift_from_its_products_record(name):
    found = drifted(product_of(name), read_record(BASELINES / f"{name}.jsonl"))
    assert found.changes == ()


@pytest.mark.matrix
@pytest.mark.parametrize("name", DEEP)
def test_nor_in_the_profile_deep(name, tmp_path, monkeypatch):
    monkeypatch.setattr("driftgate.checks.stateful.driver.pause", lambda seconds: None)
    judge_server(name, options=["--profile=deep"], keep=tmp_path)
    assert drifted(product_of(name), read_record(tmp_path / f"{name}.jsonl")).changes == ()


@pytest.mark.parametrize("address", available())
def test_a_profile_has_a_record_or_the_reason_why_there_is_none(address):
    product = load_product(address)
    assert sorted([*(each.profile for each in product.records), *product.unrecorded]) == ["deep", "standard"]


def test_a_profile_without_a_record_is_refused_with_its_reason():
    product = load_product("nuwax@3.0")
    record = record_of(product)
    deep = replace(record, header=replace(record.header, profile="deep"))
    because = r"nuwax@3\.0 has no record of the profile deep \(the server was .*\): compare one of standard"
    with pytest.raises(UsageError, match=because):
        drifted(product, deep)
    with pytest.raises(UsageError, match=r"is of nuwax, dify@1\.7\.2 is not"):
        drifted(load_product("dify@1.7.2"), record)


@pytest.mark.parametrize("address", available())
def test_a_products_own_record_leaves_nothing_out(address):
    product = load_product(address)
    found = drifted(product, record_of(product))
    assert (found.changes, found.left_out) == ((), ())


def test_the_data_that_is_ignored_is_what_the_products_file_lists():
    product, record = load_product("dify@1.7.2"), read_record(KEPT)
    assert any(
        each.startswith("not compared, since product.yaml lists it as data: ")
        for each in drifted(product, record).left_out
    )
    told = {each.location for each in drifted(replace(product, data=()), record).changes}
    assert told == {"read success /data/*/inputs/*", "rename success /inputs/*"}


def failing(record: Record, requirement: str, **members: object) -> Record:
    rows = [replace(row, **members) if row.requirement == requirement else row for row in record.verdicts]
    return replace(record, verdicts=tuple(rows))


def test_what_both_asked_and_is_otherwise_is_drift_although_the_suite_has_changed():
    record = failing(read_record(KEPT), "dify.answer.status", verdict="fail")
    (change,) = drifted(load_product("dify@1.7.2"), record).changes
    assert (change.rule, change.location) == ("must-regressed", "dify.answer.status")


@pytest.mark.parametrize(("asked", "rules"), [("a name in double quotes", ["must-fixed"]), ("digits alone", [])])
def test_what_failed_is_kept_only_if_the_case_was_asked_again(asked, rules):
    record = failing(read_record(BASELINES / "nuwax-3.0.jsonl"), "nuwax.rename.topic-echoed", cases=(asked,))
    assert [each.rule for each in drifted(load_product("nuwax@3.0"), record).changes] == rules


@pytest.mark.parametrize(("case", "rules"), [("a list", []), ("JSON that is cut off", ["should-regressed"])])
def test_a_violation_in_a_case_that_only_this_run_asked_is_no_drift(case, rules):
    requirement = "coze.rename.broken-json-refused"
    record = read_record(BASELINES / "coze-studio.jsonl")
    seen = next(row for row in record.observations if row.requirement == "coze.rename.name-is-text")
    added = replace(seen, requirement=requirement, case="a list")
    finding = replace(record.findings[0], requirement=requirement, case=case)
    record = failing(record, requirement, verdict="fail", findings=(finding.fingerprint,))
    record = replace(record, findings=(*record.findings, finding), observations=(*record.observations, added))
    assert [each.rule for each in drifted(load_product("coze@2026-03"), record).changes] == rules


def test_what_a_product_does_only_sometimes_is_not_compared():
    found = drifted(load_product("dify@1.11.4"), read_record(BASELINES / "dify-1.11.jsonl"))
    assert "not compared, since the product does so only sometimes: dify.answer.times-in-order" in found.left_out


def test_the_command_says_what_was_left_out_in_every_format():
    told = {
        form: run_main(["drift", "dify@1.7.2", str(KEPT), f"--format={form}"])
        for form in ("text", "md", "json", "html")
    }
    for code, output in told.values():
        assert code == 0
        assert "not compared: 4 answers that only this run asked" in output
    assert json.loads(told["json"][1])["left_out"]


def test_a_folder_is_a_product_too():
    code, output = run_main(["drift", str(load_product("dify@1.7.2").folder), str(KEPT)])
    assert code == 0
    assert "no drift (from Dify 1.7.2, " in output


def test_an_unknown_product_is_refused():
    code, output = run_main(["drift", "dify@1.7", str(KEPT)])
    assert code == 4
    assert "there is no product 'dify@1.7' (did you mean dify@1.7.2?)" in output
