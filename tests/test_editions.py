"""Editions: one is told as its difference from another; each is a whole contract with power of its own."""

from __future__ import annotations

import re

import pytest
import yaml

from driftgate.base.errors import UsageError
from driftgate.checks.fuzz import body_schema
from driftgate.contract import Level, available, editions_of, load_contract
from driftgate.contract.editions import merged
from driftgate.contract.openapi import rename_schema
from driftgate.contract.schemas import validator
from driftgate.emulator import EMULATORS, emulator
from driftgate.emulator.faults import FAULTS, FAULTS_OF_EDITIONS, faulty
from driftgate.emulator.variants import varied
from driftgate.record.build import suite_signature
from tests.harness import judge_edition, judge_emulator, run_main
from tests.sample import sample

FURTHER = [(vendor, edition) for vendor in available() for edition in editions_of(vendor)[1:]]


def test_the_current_edition_requires_a_user_and_july_does_not():
    assert editions_of("dify") == ("2026-06", "2026-07", "2026-generated")
    assert load_contract("dify").edition == "2026-06"
    current, later = (
        {row.id for row in load_contract("dify", (), name).requirements} for name in editions_of("dify")[:2]
    )
    assert current - later == {"dify.rename.user-required"}
    assert later - current == {"dify.rename.user-may-be-absent"}
    assert load_contract("dify", (), "2026-07").document["info"]["version"] == "2026-07"


def test_the_generated_document_makes_a_name_that_is_no_name_a_violation():
    july, generated = (load_contract("dify", (), name) for name in ("2026-07", "2026-generated"))
    rows = [{row.id: row.level for row in each.requirements} for each in (july, generated)]
    assert rows[0].keys() - rows[1].keys() == {"dify.rename.empty-name", "dify.rename.blank-name"}
    assert rows[1].keys() - rows[0].keys() == {"dify.rename.name-not-blank"}
    raised = {"dify.rename.name-is-not-null", "dify.answer.members-present"}
    assert {each for each in rows[0].keys() & rows[1].keys() if rows[0][each] != rows[1][each]} == raised
    assert all(rows[1][each] is Level.MUST for each in (*raised, "dify.rename.name-not-blank"))


BODIES = [
    ({"auto_generate": True}, True),
    ({"auto_generate": True, "name": ""}, True),
    ({"name": " a "}, True),
    ({"name": "a", "auto_generate": False}, True),
    ({}, False),
    ({"name": ""}, False),
    ({"name": " \u3000"}, False),
    ({"name": None}, False),
    ({"auto_generate": False}, False),
    ({"auto_generate": False, "name": "  "}, False),
]


@pytest.mark.parametrize(("body", "valid"), BODIES)
def test_a_body_of_the_generated_document_has_a_name_or_has_one_made(body, valid):
    schema = rename_schema(load_contract("dify", (), "2026-generated"))
    assert validator(schema).is_valid(body) is valid


@pytest.mark.parametrize(("vendor", "edition"), FURTHER)
@pytest.mark.parametrize(("profile", "most"), [("smoke", 20), ("standard", 60)])
def test_an_edition_is_judged_whole_within_its_budget(vendor, edition, profile, most):
    judged = judge_emulator(emulator(vendor, edition), [f"--edition={edition}", f"--profile={profile}", "--strict"])
    assert judged.exit == 0, judged.output
    assert judged.rows[-1]["requests"] <= most
    undecided = [row for row in judged.of("verdict") if row["verdict"] == "none" and row["untested"] != "selection"]
    assert not undecided


def test_a_server_that_stores_blank_names_keeps_july_and_violates_the_generated_document():
    assert judge_emulator(emulator("dify", "2026-07"), ["--edition=2026-07"]).exit == 0
    judged = judge_emulator(emulator("dify", "2026-07"), ["--edition=2026-generated"])
    assert judged.failed() == {"dify.rename.name-not-blank"}


@pytest.mark.parametrize(("vendor", "edition"), FURTHER)
def test_the_emulator_of_an_edition_keeps_it(vendor, edition):
    judged = judge_edition(vendor, edition)
    assert judged.exit == 0, judged.output
    assert judged.rows[0]["contract"]["edition"] == edition
    assert not [row for row in judged.of("verdict") if row["verdict"] == "none"]


def test_a_server_that_renames_without_a_user_keeps_july_and_violates_june():
    assert judge_edition("dify", "2026-07", ["user-optional"]).exit == 0
    judged = judge_emulator(faulty("dify", ["user-optional"], "2026-07"), ["--edition=2026-06"])
    assert judged.exit == 1
    assert judged.failed() == {"dify.rename.user-required"}


def test_a_server_that_assumes_an_anonymous_user_keeps_july_and_violates_june():
    assert judge_emulator(emulator("dify", "2026-07"), ["--edition=2026-07"]).exit == 0
    assert judge_emulator(emulator("dify", "2026-07"), ["--edition=2026-06"]).failed() == {"dify.rename.user-required"}


def test_a_server_with_required_user_keeps_june_and_violates_july():
    judged = judge_emulator(EMULATORS["dify"](), ["--edition=2026-07"])
    assert judged.exit == 1
    assert judged.failed() == {"dify.rename.user-may-be-absent"}


def test_what_june_left_open_about_a_missing_key_july_does_not():
    assert judge_emulator(varied("dify", "dify-bare-words"), ["--edition=2026-06"]).exit == 0
    failed = judge_emulator(varied("dify", "dify-bare-words"), ["--edition=2026-07"]).failed()
    assert {"dify.rename.credential-required", "dify.rename.wrong-credential-refused"} < failed


OWN_FAULTS = [(*key, name) for key, faults in FAULTS_OF_EDITIONS.items() for name in faults]
# what both editions promise is noticed under either
USUAL = ["no-key-accepted", "unknown-without-code", "answered-but-not-stored", "times-as-floats", "foreign-renamed"]


def _kind(vendor, edition, name):
    requirement = FAULTS_OF_EDITIONS[vendor, edition][name].breaks[0]
    return vendor, edition, load_contract(vendor, (), edition).requirement(requirement).check


@pytest.mark.parametrize(("vendor", "edition", "name"), sample(OWN_FAULTS, _kind))
def test_what_an_edition_promises_otherwise_is_noticed_when_it_is_broken(vendor, edition, name):
    judged = judge_edition(vendor, edition, [name])
    assert judged.exit == 1
    assert judged.failed() == set(FAULTS_OF_EDITIONS[vendor, edition][name].breaks)


@pytest.mark.parametrize("name", sample(USUAL, lambda name: None))
def test_what_an_edition_leaves_as_it_was_is_noticed_when_it_is_broken(name):
    judged = judge_edition("dify", "2026-07", [name])
    assert judged.exit == 1
    assert set(FAULTS["dify"][name].breaks) <= judged.failed()


@pytest.mark.parametrize(("vendor", "edition"), FURTHER)
def test_every_requirement_of_an_edition_has_a_fault(vendor, edition):
    current = {row.id: row.detail for row in load_contract(vendor).requirements}
    noticed = {each for fault in FAULTS[vendor].values() for each in fault.breaks}
    own = {each for fault in FAULTS_OF_EDITIONS[vendor, edition].values() for each in fault.breaks}
    for row in load_contract(vendor, (), edition).requirements:
        if row.level is not Level.MAY:
            assert row.id in (noticed | own if row.detail == current.get(row.id) else own)


def test_bodies_generated_from_an_edition_use_the_targets_values():
    contract = load_contract("dify", (), "2026-07")
    schema = body_schema(contract, allow_cost=True, values={"user": "me"})
    assert schema["required"] == ["user"]
    assert schema["properties"]["user"] == {"const": "me"}


def test_editions_have_signatures_of_their_own():
    signatures = {suite_signature(load_contract("dify", (), edition)) for edition in editions_of("dify")}
    assert len(signatures) == len(editions_of("dify"))


def test_contracts_lists_editions_and_what_they_differ_in():
    _, output = run_main(["contracts"])
    rows = len(load_contract("dify", (), "2026-07").requirements)
    assert re.search(rf"^dify +2026-07  {rows} requirements", output, re.MULTILINE)
    _, output = run_main(["contracts", "dify", "--edition=2026-07"])
    assert "differs from 2026-06: The reference of July 2026" in output
    assert "dify.rename.user-may-be-absent" in output
    assert "dify.rename.user-required" not in output


UNKNOWN = [
    (["run", "--vendor=dify", "--edition=2026-7"], "did you mean 2026-07?): there are 2026-06, 2026-07"),
    (["run", "--vendor=coze", "--edition=x"], "vendor 'coze' has no edition 'x': there are 2026-05"),
    (["run", "--edition=2026-07"], "--edition needs --vendor or --target"),
    (["contracts", "dify", "--edition=x"], "has no edition 'x'"),
    (["contracts", "--edition=2026-07"], "--edition needs a vendor"),
]


@pytest.mark.parametrize(("arguments", "words"), UNKNOWN)
def test_an_unknown_edition_is_reported_with_the_known_ones(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run_main(arguments)
    assert code == 4
    assert words in output
    assert not (tmp_path / "reports").exists()


def test_a_target_of_the_file_names_its_edition_and_the_option_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = '[targets.a]\nvendor = "dify"\nedition = "{}"\nbase_url = "http://127.0.0.1:9"\nparams = {{ user = "me" }}\n'
    (tmp_path / "driftgate.toml").write_text(text.format("2026-07"))
    options = ["run", "--target=a", "--conversation=1", "--collect-only"]
    assert "a: Dify 2026-07 at" in run_main(options, key="some-key-of-a-test")[1]
    assert "a: Dify 2026-06 at" in run_main([*options, "--edition=2026-06"], key="some-key-of-a-test")[1]
    (tmp_path / "driftgate.toml").write_text(text.format("2026-08"))
    code, output = run_main(options, key="some-key-of-a-test")
    assert code == 4
    assert "vendor 'dify' has no edition '2026-08'" in output


# RFC 7396, appendix A
MERGES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("value", "patch", "result"), MERGES)
def test_a_merge_patch_does_what_its_standard_says(value, patch, result):
    assert merged(value, patch) == result


@pytest.fixture
def tiny(tmp_path):
    """A contract of a vendor of our own, with a folder for further editions."""
    from tests.test_new_vendor import CONTRACT, REQUIREMENTS  # noqa: PLC0415

    folder = tmp_path / "contracts" / "tiny"
    (folder / "editions").mkdir(parents=True)
    (folder / "contract.yaml").write_text(CONTRACT)
    (folder / "requirements.yaml").write_text(REQUIREMENTS)
    (folder / "examples.yaml").write_text("examples: []\n")
    return folder


def _delta(folder, edition, /, **members):
    (folder / "editions" / f"{edition}.yaml").write_text(
        yaml.safe_dump({"edition": edition, "based_on": "1", "because": "It changed.", **members})
    )


def _load(folder, edition):
    return load_contract("tiny", (folder.parent,), edition)


def test_an_edition_can_differ_from_one_that_differs_from_another(tiny):
    _delta(tiny, "2", requirements={"change": [{"id": "tiny.title.at-most-30", "alphabets": ["CJK"]}]})
    _delta(tiny, "3", based_on="2", requirements={"change": [{"id": "tiny.title.at-most-30", "level": "should"}]})
    found = _load(tiny, "3")
    assert found.requirement("tiny.title.at-most-30").detail["alphabets"] == ["CJK"]
    assert found.requirement("tiny.title.at-most-30").level is Level.SHOULD
    before = found.digest
    _delta(tiny, "2", requirements={"change": [{"id": "tiny.title.at-most-30", "alphabets": ["astral"]}]})
    assert _load(tiny, "3").digest != before


NEW = {
    "id": "tiny.title.new",
    "level": "must",
    "says": "It is new.",
    "impact": "None.",
    "source": {"page": "page", "section": "3"},
    "check": "persists",
}
BROKEN = [
    ({"based_on": "9"}, "is based on '9', not an edition: there are 1, 2"),
    ({"based_on": "2"}, "is based on itself: 2 → 2"),
    ({"edition": "3"}, "holds edition '3'; name the file after it"),
    ({"because": ""}, "/because:"),
    ({"frobnicate": {}}, "'frobnicate' was unexpected"),
    ({"requirements": {"remove": ["tiny.title.gone"]}}, "removes tiny.title.gone, which is not among the requirements"),
    (
        {"requirements": {"change": [{"id": "tiny.title.gone", "level": "may"}]}},
        "changes tiny.title.gone, which is not",
    ),
    (
        {"requirements": {"change": [{"id": "tiny.title.persists", "level": "always"}]}},
        'requirements.yaml: tiny.title.persists: level: "always" is not one of',
    ),
    ({"requirements": {"add": [{**NEW, "id": "tiny.title.persists"}]}}, "which is among the requirements already"),
    (
        {"requirements": {"remove": ["tiny.title.persists"], "add": [{**NEW, "id": "tiny.title.persists"}]}},
        "never used again",
    ),
    ({"requirements": {"add": [{**NEW, "source": {"page": "another", "section": "1"}}]}}, "the page 'another' is not"),
    ({"requirements": {"add": [{"id": "tiny.title.new"}]}}, "tiny.title.new: lacks level and says"),
    ({"catalogue": {"requirements": []}}, "'requirements' was unexpected"),
    ({"catalogue": {"operations": {"rename": {"operation": "nothing"}}}}, "has no operation 'nothing'"),
    ({"document": {"paths": None}}, "contract.yaml: lacks paths"),
    ({"document": []}, "/document:"),
]


@pytest.mark.parametrize(("members", "words"), BROKEN)
def test_an_invalid_difference_is_reported_with_its_file(members, words, tiny):
    _delta(tiny, "2", **members)
    with pytest.raises(UsageError) as told:
        _load(tiny, "2")
    assert str(told.value).startswith(str(tiny / "editions" / "2.yaml"))
    assert words in str(told.value)


def test_editions_that_are_based_on_each_other_are_reported(tiny):
    _delta(tiny, "2", based_on="3")
    _delta(tiny, "3", based_on="2")
    with pytest.raises(UsageError, match="is based on itself: 2 → 3 → 2"):
        _load(tiny, "2")


def test_an_id_that_an_edition_removed_is_not_used_by_a_later_one(tiny):
    _delta(tiny, "2", requirements={"remove": ["tiny.title.persists"]})
    _delta(tiny, "3", based_on="2", requirements={"add": [{**NEW, "id": "tiny.title.persists"}]})
    with pytest.raises(UsageError, match="was removed: an id is never used again"):
        _load(tiny, "3")


def test_the_current_edition_has_no_second_file(tiny):
    _delta(tiny, "1")
    with pytest.raises(UsageError, match=r"edition 1 is already in requirements\.yaml"):
        _load(tiny, "1")


@pytest.mark.parametrize("content", [b"", b"[", b"\xff\xfe", b"just a text"])
def test_a_file_without_a_difference_is_reported_in_one_line(content, tiny):
    (tiny / "editions" / "2.yaml").write_bytes(content)
    code, output = run_main(["contracts", f"--contracts={tiny.parent}"])
    assert code == 4
    assert "editions/2.yaml" in output
    assert len(output.strip().splitlines()) == 1
