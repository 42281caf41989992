"""A green is earned: what a run judges and says of it, and that it never ends with 0 over what it did not judge."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import combinations_with_replacement, product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from driftgate.base.paths import SUITES
from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.build import recorded_finding, recorded_verdict
from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit, Finding, Gate, Judgement, Untested, Verdict, Waiver
from driftgate.report import junit
from driftgate.report.case import cases
from driftgate.report.result import result_of
from tests.harness import judge, judge_url, live_options, run_main

SMOKE = ["--profile=smoke", "-q"]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def servers():
    running = [start(EMULATORS["coze"]()), start(faulty("coze", ["code-as-text"])), start(EMULATORS["nuwax"]())]
    yield running
    for each in running:
        each.stop()


@pytest.fixture
def configured(servers, monkeypatch):
    """A driftgate.toml with three servers; the variables with their keys are set."""
    rows = []
    for name, running, vendor in zip(("staging", "prod", "site"), servers, ("coze", "coze", "nuwax"), strict=True):
        rows += [f"[targets.{name}]", f'vendor = "{vendor}"', f'base_url = "{running.base_url}"']
        rows += [f'api_key = "${name.upper()}_KEY"']
        rows += [f'params.{each} = "{running.params[each]}"' for each in ("bot_id",) if each in running.params]
        rows += [f"params.{each} = {running.params[each]}" for each in ("agent_id",) if each in running.params]
        monkeypatch.setenv(f"{name.upper()}_KEY", running.api_key)
    Path("driftgate.toml").write_text("\n".join(rows))


def _records():
    return {path.stem: json.loads(path.read_text().splitlines()[0]) for path in Path("reports/latest").glob("*.jsonl")}


def _pytest(*arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "driftgate.pytest_plugin.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


# what is judged


@pytest.mark.usefixtures("configured")
def test_a_run_without_options_judges_all_targets_of_the_configuration():
    code, output = run_main(["run", *SMOKE])
    assert code == 1, output
    assert set(_records()) == {"staging", "prod", "site"}
    assert not any(header["target"]["embedded"] for header in _records().values())
    assert "embedded emulator" not in output


@pytest.mark.usefixtures("configured")
def test_plain_pytest_judges_the_targets_too(tmp_path):
    (tmp_path / "suites").symlink_to(SUITES)
    code, output = _pytest("suites", "--import-mode=importlib", "--profile=smoke", "-p", "no:schemathesis")
    assert code == 1, output
    assert set(_records()) == {"staging", "prod", "site"}


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("options", "judged", "embedded"),
    [
        (["--vendor=coze"], {"staging", "prod"}, False),
        (["--vendor=nuwax", "--param=agent_id=1596"], {"site"}, False),
        (["--emulators"], {"coze", "dify", "nuwax"}, True),
        (["--emulators", "--vendor=dify"], {"dify"}, True),
    ],
)
def test_options_select_targets_of_the_configuration_or_emulators(options, judged, embedded):
    run_main(["run", *SMOKE, *options])
    assert set(_records()) == judged
    assert {header["target"]["embedded"] for header in _records().values()} == {embedded}


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--vendor=dify"], "--vendor dify: driftgate.toml has no target of this vendor"),
        (["--vendor=difi"], "did you mean dify?"),
        (["--emulators", "--target=staging"], "leave out --target and --base-url"),
        (["--emulators", "--vendor=coze", f"--base-url={NOWHERE}"], "leave out --target and --base-url"),
        (["--api-key=k"], "go with one target"),
    ],
)
def test_what_selects_no_target_is_reported_in_one_line(options, words):
    code, output = run_main(["run", *SMOKE, *options])
    assert code == 4
    assert words in output
    assert not Path("reports").exists()


@pytest.mark.usefixtures("configured")
def test_one_missing_key_stops_all_before_anything_is_sent(monkeypatch):
    monkeypatch.delenv("PROD_KEY")
    code, output = run_main(["run", *SMOKE])
    assert (code, output.strip()) == (
        4,
        "ERROR: driftgate.toml, target prod: the environment variable PROD_KEY is not set",
    )
    assert not Path("reports").exists()


def test_every_report_of_an_embedded_emulator_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    code, output = run_main(["run", "--vendor=coze", *SMOKE, "--junitxml=junit.xml", "--sarif=log.sarif"])
    assert code == 0, output
    lines = output.splitlines()
    assert any(line.startswith("coze: ") and "embedded emulator: conforms" in line for line in lines)
    assert "driftgate: exit 0: embedded emulator: coze; no server was judged" in lines
    assert "::warning title=coze::the embedded emulator was judged, and no server" in lines
    for name in ("report.html", "report.md"):
        assert "embedded emulator: conforms" in Path("reports/latest", name).read_text()
    _, badge = run_main(["badge", "reports/latest/coze.jsonl"])
    assert json.loads(badge)["message"] == "embedded emulator: conforms as far as tested"
    properties = {each.get("name"): each.get("value") for each in ElementTree.parse("junit.xml").iter("property")}
    assert properties["embedded_emulator"] == "True"
    assert properties["status"].startswith("embedded emulator: ")
    (run,) = json.loads(Path("log.sarif").read_text())["runs"]
    assert run["properties"]["embeddedEmulator"] is True
    assert run["properties"]["status"].startswith("embedded emulator: ")


# a run that judges nothing


def _sessions():
    return [
        ["run", "--vendor=coze", "-k", "no-such-requirement", *SMOKE],
        ["run", "--vendor=coze", "-k", "test_every_body", *SMOKE],
    ]


@pytest.mark.parametrize("arguments", _sessions(), ids=lambda arguments: arguments[3])
def test_a_run_that_selects_nothing_ends_with_6_and_says_so(arguments):
    assert run_main(["run", "--vendor=coze", *SMOKE])[0] == 0
    code, output = run_main([*arguments, "--junitxml=junit.xml"])
    assert code == 6, output
    assert "driftgate: exit 6: nothing was judged: no test of coze was selected" in output
    assert not _records(), "what an earlier run left passed for this run's"
    assert len(list(ElementTree.parse("junit.xml").iter("error"))) == 1


def test_the_plugin_without_the_suites_judges_nothing(tmp_path):
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    code, output = _pytest("test_own.py", "--vendor=coze")
    assert code == 6, output
    assert "driftgate: exit 6: nothing was judged: no test of coze was selected" in output


def test_own_tests_alone_need_no_target_and_no_key(tmp_path):
    (tmp_path / "driftgate.toml").write_text('[targets.a]\nvendor = "coze"\nbase_url = "http://x"\napi_key = "$NONE"\n')
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    code, output = _pytest("test_own.py")
    assert code == 0, output
    (tmp_path / "test_judging.py").write_text(
        "from driftgate.pytest_plugin.suite import requirement\n\n\n"
        "@requirement.each('answers')\ndef test_judging(target):\n    pass\n"
    )
    code, output = _pytest()
    assert code == 4, output
    assert "target a: the environment variable NONE is not set" in output


def test_listing_the_tests_judges_nothing_and_is_no_failure():
    code, output = run_main(["run", "--vendor=coze", "--co", "-q"])
    assert code == 0, output


def test_targets_of_which_nothing_was_selected_are_named():
    code, output = run_main(["run", "-k", "coze.rename.name-echoed", "-q"])
    assert code == 0, output
    assert "embedded emulator: coze; no server was judged; not judged: dify, nuwax" in output


# what was not judged


def _reasons(judged, untested):
    return {row["requirement"]: row["reason"] for row in judged.of("verdict") if row.get("untested") == untested}


def test_a_must_that_the_target_gave_nothing_to_judge_by_is_inconclusive():
    judged = judge("coze", ["answer-creator-id-gone"], SMOKE)
    assert judged.exit == 6, judged.output
    assert _reasons(judged, "target") == {"coze.answer.creator-id-is-text": "not judged: the target never sent it"}
    assert judged.verdicts["coze.answer.creator-id-is-text"] == "inconclusive"
    assert "inconclusive (1 requirement): not judged: the target never sent it" in judged.output


def test_a_waiver_of_what_is_absent_accepts_that_it_cannot_be_judged(tmp_path):
    (tmp_path / "waivers").mkdir()
    row = "requirement: coze.answer.members-present, reason: r, link: l, expires: 2999-01-01"
    (tmp_path / "waivers/coze.yaml").write_text(f"waivers:\n  - {{{row}}}\n")
    judged = judge("coze", ["answer-creator-id-gone"], SMOKE)
    assert judged.exit == 0, judged.output
    (reason,) = _reasons(judged, "target").values()
    assert reason == "not judged: the target never sent it, which a waiver of coze.answer.members-present accepts"


def test_what_the_user_did_not_supply_is_open_only_when_verification_is_required(servers):
    bot = [f"--param=bot_id={servers[0].params['bot_id']}"]
    options = {verified: [*bot, "-q", *(["--require-verified"] if verified else [])] for verified in (False, True)}
    told = {
        verified: judge_url("coze", servers[0].base_url, given, key=servers[0].api_key)
        for verified, given in options.items()
    }
    for verified, judged in told.items():
        assert judged.exit == (6 if verified else 0), judged.output
        assert set(_reasons(judged, "user").values()) == {
            "supply --param other_api_key=…: An access token of another account."
        }
        header = judged.rows[0]
        assert header["require_verified"] is verified
    assert "conforms as far as tested, not fully verified (" in told[False].output
    assert "inconclusive, not fully verified (" in told[True].output
    assert ": supply --param other_api_key=…" in told[True].output


def test_a_profile_leaves_out_what_it_does_by_the_users_will(servers):
    options = [*live_options(servers[0]), *SMOKE, "--require-verified"]
    judged = judge_url("coze", servers[0].base_url, options, key=servers[0].api_key)
    assert judged.exit == 0, judged.output
    assert set(_reasons(judged, "selection").values()) == {"asked by --profile standard and larger"}


@pytest.mark.parametrize(
    ("untested", "exits"),
    [
        (Untested.USER, (0, 6)),
        (Untested.SELECTION, (0, 0)),
        (Untested.INTERRUPTED, (6, 6)),
    ],
)
def test_what_was_not_judged_weighs_by_whose_doing_it_is(untested, exits):
    opens = [Gate(strict=False, require_verified=each).leaves_open("must", "none", untested) for each in (False, True)]
    assert opens == [code == Exit.INCONCLUSIVE for code in exits]


# what a run that ends early says


def test_what_a_run_did_not_get_to_is_interrupted():
    code, output = run_main(["run", "--vendor=coze", "-v", "-p", "tests.interrupting", "-k", "not blank-name"])
    assert code == 2
    assert "interrupted: the run ended before it was asked" in output
    assert re.search(r"coze\.rename\.blank-name +not selected in this run", output)


def test_a_run_that_stops_at_its_first_failure_asked_no_more():
    judged = judge("coze", ["old-name-answered"], ["-x", *SMOKE])
    assert judged.exit == 1
    assert set(_reasons(judged, "interrupted").values()) == {"interrupted: the run ended before it was asked"}
    assert "not selected in this run" not in _reasons(judged, "selection").values()


def test_a_run_that_stops_before_it_judged_a_must_is_no_green(tmp_path):
    Path("stop.py").write_text(
        "def pytest_runtest_logreport(report):\n    pass\n\n\n"
        "def pytest_runtest_setup(item):\n    item.session.shouldfail = 'stopping'\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        code, output = run_main(["run", "--vendor=coze", "-p", "stop", *SMOKE])
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("stop", None)
    assert code == 6, output
    assert "embedded emulator: inconclusive, nothing judged" in output


# JUnit


@pytest.fixture(scope="module")
def baseline(tmp_path_factory, servers):
    """The record of a conforming server."""
    folder = tmp_path_factory.mktemp("baseline")
    given = ["--vendor=coze", f"--base-url={servers[0].base_url}", f"--report-dir={folder}", *live_options(servers[0])]
    assert run_main(["run", *given, *SMOKE], key=servers[0].api_key)[0] == 0
    return folder


SITUATIONS = [
    (0, [], []),
    (1, ["code-as-text"], []),
    (0, ["updated-before-created"], []),
    (1, ["updated-before-created"], ["--strict"]),
    (6, ["answer-creator-id-gone"], []),
    (6, [], ["--max-requests=2"]),
    (6, [], ["--max-requests=1"]),
    (6, [], ["-k", "blank-name", "--profile=standard", "--max-requests=2"]),
    (0, [], ["--profile=standard", "-k", "name-required or unknown-member", "--max-requests=6"]),
    (6, [], ["-k", "unknown-member", "--profile=smoke"]),
    (6, [], ["-k", "nothing-of-the-kind"]),
    (1, ["code-as-text"], ["-x"]),
    (0, ["updated-before-created"], ["-x"]),
    (8, ["code-as-text"], ["--baseline"]),
    (0, ["updated-before-created"], ["--baseline"]),
    (1, [], ["--waivers", "--profile=standard"]),
    (0, ["code-as-text"], ["--waivers"]),
    (6, [], ["--require-verified", "--profile=standard", "--param=other_api_key"]),
]


def _called(situation):
    code, faults, options = situation
    return f"{code} {' '.join([*faults, *options])}"


@pytest.mark.parametrize("situation", SITUATIONS, ids=_called)
def test_junit_has_a_failure_or_an_error_just_where_the_exit_code_is_not_0(situation, baseline, tmp_path):
    code, faults, options = situation
    running = start(faulty("coze", faults) if faults else EMULATORS["coze"]())
    given = [*live_options(running), *SMOKE, *options]
    if "--baseline" in options:
        given[given.index("--baseline")] = f"--baseline={baseline}"
    if "--waivers" in options:
        row = "requirement: coze.answer.code-is-integer-0, reason: r, link: l, expires: 2999-01-01"
        (tmp_path / "w.yaml").write_text(f"waivers:\n  - {{{row}}}\n")
        given[given.index("--waivers")] = "--waivers=w.yaml"
    if "--param=other_api_key" in options:
        given = [each for each in given if "other_api_key" not in each]
    judged = judge_url("coze", running.base_url, [*given, "--junitxml=junit.xml"], key=running.api_key)
    running.stop()
    assert judged.exit == code, judged.output
    root = ElementTree.parse("junit.xml").getroot()
    bad = [case.get("name") for case in root.iter("testcase") for each in case if each.tag in ("failure", "error")]
    assert bool(bad) is (code != 0), bad
    counted = sum(int(suite.get(kind)) for suite in root.iter("testsuite") for kind in ("failures", "errors"))
    assert counted == len(bad)


contract_of = cache(load_contract)
LEVELS = {"must": "coze.rename.name-required", "should": "coze.rename.name-is-text", "may": "coze.rename.blank-name"}
STATES = ("pass", "fail", "waived", "inconclusive", "error", *Untested)


def _judgement(level, state):
    requirement = contract_of("coze").requirement(LEVELS[level])
    finding = Finding(requirement.id, "outcome", "status", "", "a refusal", "a success", "success")
    waiver = Waiver(requirement.id, "r", "l", date(2999, 1, 1))
    verdict = Verdict[{"waived": "FAIL"}.get(state, state.upper())] if state not in list(Untested) else Verdict.NONE
    return Judgement(
        requirement,
        verdict,
        "why",
        1,
        (finding,) if verdict is Verdict.FAIL else (),
        (waiver,) if state == "waived" else (),
        untested=state if isinstance(state, Untested) else None,
    )


@pytest.mark.parametrize(("strict", "verified"), list(product((False, True), repeat=2)))
def test_junit_agrees_with_the_gate_whatever_two_requirements_come_to(strict, verified, baseline):
    record = replace(read_record(baseline / "coze.jsonl"), exchanges=())
    gate = Gate(strict=strict, require_verified=verified)
    header = replace(record.header, strict=strict, require_verified=verified)
    wrong = []
    for first, second in combinations_with_replacement(product(LEVELS, STATES), 2):
        judgements = [_judgement(*first), _judgement(*second)]
        footer = replace(record.footer, exit=gate.exit_code(judgements))
        verdicts = tuple(map(recorded_verdict, judgements))
        findings = tuple(
            recorded_finding(finding, occurrences=1, waived=each.waived)
            for each in judgements
            for finding in each.findings
        )
        result = result_of(replace(record, header=header, findings=findings, verdicts=verdicts, footer=footer))
        shown = {junit._TAGS.get(each.kind) for each in cases(result, {})}
        if bool(shown & {"failure", "error"}) is not (footer.exit != 0):
            wrong.append((first, second, int(footer.exit)))
    assert not wrong
