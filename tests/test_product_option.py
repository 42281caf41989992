"""--product: what a real product is known to do is accepted, and everything else that it does is told."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import pytest

from driftgate.drift.rules import RULES
from driftgate.emulator.override import Override
from driftgate.products import Recognition, available, compared, load_product
from driftgate.record.reading import read_record
from driftgate.record.verdict import Waiver
from driftgate.report import words
from driftgate.report.badge import render as render_badge
from driftgate.report.result import result_of
from tests.harness import run_main
from tests.sample import sample
from tests.servers import AS_BUILT, judge_server, product_of

ADDRESSES = available()


def record_of(address, profile="standard"):
    (info,) = [each for each in load_product(address).records if each.profile == profile]
    return read_record(info.path)


def difference(address, record=None, *, violations=(), partial=False):
    """What a product is told to differ in, from a record of its own or another one."""
    record = record or record_of(address)
    rows = record.verdicts, record.observations, record.shapes
    return compared(load_product(address), "named", violations, *rows, partial=partial)


def rules(product):
    return [(change.rule, change.location, change.severity) for change in product.changes]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_product_does_not_differ_from_its_own_records(address):
    for info in load_product(address).records:
        assert difference(address, read_record(info.path)).changes == ()


def with_observation(record, requirement, **members):
    rows = [replace(row, **members) if row.requirement == requirement else row for row in record.observations]
    return replace(record, observations=tuple(rows))


LONG, TRIMMED = "dify.rename.long-name", "dify.rename.trimming-and-normalisation"


@pytest.mark.parametrize(
    ("requirement", "members", "rule", "severity"),
    [
        (LONG, {"outcome": "success", "status": 200, "code": None, "name": "cut to 100"}, "name-altered", "breaking"),
        (LONG, {"outcome": "success", "status": 200, "code": None, "name": "verbatim"}, "outcome-changed", "warning"),
        (TRIMMED, {"name": "trimmed"}, "name-altered", "breaking"),
        (TRIMMED, {"status": 201}, "status-changed", "warning"),
        ("dify.rename.blank-name", {"code": "not_found"}, "code-changed", "warning"),
    ],
)
def test_another_answer_where_the_page_is_silent_is_told(requirement, members, rule, severity):
    changed = difference("dify@1.14.2", with_observation(record_of("dify@1.14.2"), requirement, **members))
    assert rules(changed) == [(rule, requirement, severity)]
    assert changed.breaking is (severity == "breaking")


def test_what_was_asked_otherwise_then_is_not_compared():
    record = record_of("nuwax@3.0")
    changed = with_observation(record, "nuwax.rename.wrong-credential-refused", code="4000")
    assert difference("nuwax@3.0", changed).changes == ()
    known = with_observation(record, "nuwax.rename.credential-required", code="4000")
    assert rules(difference("nuwax@3.0", known)) == [
        ("code-changed", "nuwax.rename.credential-required: credential none", "warning")
    ]


def test_a_name_that_is_altered_and_one_that_is_kept_again_are_counterparts():
    altered, kept = RULES["name-altered"], RULES["name-kept"]
    assert (altered.counterpart, kept.counterpart) == (kept.id, altered.id)


def without_member(record, pointer):
    return replace(record, shapes=tuple(row for row in record.shapes if row.pointer != pointer))


def test_a_member_that_is_gone_is_told_and_one_that_is_data_is_not():
    record = record_of("dify@1.14.2")
    gone = difference("dify@1.14.2", without_member(record, "/id"))
    assert ("member-gone", "rename success /id", "breaking") in rules(gone)
    assert difference("dify@1.14.2", without_member(record, "/introduction")).changes == ()


WAIVER = Waiver("dify.answer.status", "why", "https://x.example", expires=None, case="a case")


@pytest.mark.parametrize(
    ("waiver", "cases", "partial", "told"),
    [
        (WAIVER, ("a case",), False, True),
        (WAIVER, ("another case",), False, False),
        (replace(WAIVER, case=None), (), False, True),
        (replace(WAIVER, case=None), (), True, False),
        (replace(WAIVER, intermittent=True), ("a case",), False, False),
    ],
)
def test_what_the_product_broke_and_keeps_now_is_told_if_its_case_was_asked(waiver, cases, partial, told):
    record = record_of("dify@1.14.2")
    rows = [replace(row, cases=cases) if row.requirement == waiver.requirement else row for row in record.verdicts]
    found = difference("dify@1.14.2", replace(record, verdicts=tuple(rows)), violations=[waiver], partial=partial)
    assert rules(found) == ([("must-fixed", "dify.answer.status", "info")] if told else [])


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_product_is_recognised_by_what_its_server_sends(address):
    product = load_product(address)
    recognition = Recognition(candidates=[load_product(each) for each in available(product.vendor)])
    for exchange in record_of(address).exchanges:
        recognition(exchange)
    assert recognition.product == product
    assert recognition.describe().startswith("certain: X-Version is" if product.traits[0].header else "likely: ")


def test_another_version_is_not_recognised_and_what_was_seen_is_told():
    recognition = Recognition(candidates=[load_product("dify@1.7.2"), load_product("dify@1.14.2")])
    for exchange in record_of("dify@1.11.4").exchanges:
        recognition(exchange)
    assert recognition.product is None
    told = recognition.describe()
    assert told == "not recognised (X-Version is 1.11.4); known are dify@1.7.2, dify@1.14.2"
    (line,) = words.describe_product(compared(None, told, (), (), (), ()))
    assert line == f"product {told}: judged by the contract alone"


MODES = {
    "standard, without cost": (["--profile=standard"], False),
    "standard": (["--profile=standard"], True),
    "smoke, without cost": (["--profile=smoke"], False),
    "smoke": (["--profile=smoke"], True),
    "deep": (["--profile=deep"], True),
}


@pytest.mark.parametrize(
    ("name", "mode"), sample(product(AS_BUILT, MODES), lambda name, mode: name, lambda name, mode: f"{name}-{mode}")
)
def test_a_server_as_built_passes_as_its_product_in_every_mode(name, mode, monkeypatch):
    monkeypatch.setattr("driftgate.checks.stateful.driver.pause", lambda seconds: None)
    options, cost = MODES[mode]
    judged = judge_server(
        name, product=product_of(name).address, cost=cost, lent=not cost, options=[*options, "--strict"]
    )
    assert judged.exit == 0, judged.output
    assert f"product {product_of(name).address} (named): 0 differences from what it is known to do" in judged.output
    (footer,) = judged.of("footer")
    assert (footer["waiver_problems"], footer["not_restored"]) == ([], [])
    assert "inconclusive" not in judged.verdicts.values()


class Trimmed(Override):
    """Stores names without the spaces at their ends."""

    def store_name(self, conversation, name):
        super().store_name(conversation, name.strip())

    def renamed(self, conversation, name):
        return super().renamed(conversation, name.strip())


def test_a_fault_on_top_of_a_product_is_told_although_the_page_is_silent(tmp_path):
    judged = judge_server("dify-1.11", [Trimmed], product="dify@1.11.4", keep=tmp_path)
    assert judged.exit == 8, judged.output
    assert "name-altered" in judged.output
    assert "breaking drift: it answers otherwise than Dify 1.11.4" in judged.output
    record = read_record(tmp_path / "dify-1.11.jsonl")
    assert record.footer.product.address == "dify@1.11.4"
    assert record.footer.product.breaking


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--vendor=nuwax", "--base-url=http://127.0.0.1:9", "--product=dify@1.7.2"], "product dify@1.7.2: is of dify"),
        (["--vendor=dify", "--base-url=http://127.0.0.1:9", "--product=dify@2"], "there is no product 'dify@2'"),
        (["--vendor=dify", "--product=dify@1.7.2"], "--product need a --base-url"),
    ],
)
def test_a_product_that_cannot_be_meant_is_refused(options, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run_main(["run", *options], key="some-key-of-a-test")
    assert code == 4
    assert problem in output


def test_init_and_doctor_know_the_product(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server = ["--vendor=dify", "--base-url=http://127.0.0.1:9"]
    assert run_main(["init", "--vendor=dify", "--product=auto"])[0] == 4
    assert run_main(["init", *server, "--product=nuwax@3.0"])[0] == 4
    assert run_main(["init", *server, "--product=dify@1.14.2"])[0] == 0
    text = (tmp_path / "driftgate.toml").read_text()
    assert 'product = "dify@1.14.2"' in text
    monkeypatch.setenv("DIFY_API_KEY", "some-key-of-a-test")
    (tmp_path / "driftgate.toml").write_text(text.replace("# allow_cost", "allow_cost"))
    _, output = run_main(["doctor", "--offline"])
    assert "dify@1.14.2, judged on 2026-11-21; 2 records" in output
    _, output = run_main(["doctor", "--offline", "--target=dify", "--product=auto"])
    assert "recognised by the first answers of a run; known are dify@1.7.2, dify@1.11.4, dify@1.14.2" in output


def test_a_badge_of_a_product_names_suite_edition_profile_product_and_date():
    record = record_of("dify@1.14.2")
    named = compared(load_product("dify@1.14.2"), "named", (), (), (), ())
    footer = replace(record.footer, exit=0, product=named)
    badge = json.loads(render_badge(result_of(replace(record, footer=footer))))
    assert badge["label"] == "contract: Dify 1.14.2"
    assert badge["message"].endswith("(dify 2026-06, standard, suite 5eb5c00f73f9647e, 2026-11-21)")


def test_a_bug_report_tells_which_products_are_known_for_it():
    path = load_product("dify@1.7.2").records[0].path
    code, output = run_main(["explain", str(path), "dify.rename.name-is-text"])
    assert code == 0
    assert "## Known of real products" in output
    assert "- Dify 1.7.2: a name that is a number, a flag or a list: HTTP 200" in output
    assert "- Dify 1.14.2" not in output
