"""Waivers: what they accept, how they rot and how that is told, and the command that adds one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from driftgate.checks.registry import EVERY_ANSWER
from driftgate.contract import Profile, Requirement, load_contract
from driftgate.contract.model import Level
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.base import Refused
from driftgate.emulator.faults import faulty
from driftgate.record.pins import parse_pins
from driftgate.record.reading import read_record
from driftgate.record.verdict import Finding, Judgement, Verdict, Waiver
from driftgate.record.waivers import in_force, parse_waivers, problems
from tests.harness import judge, judge_emulator, live_options, run_main
from tests.servers import judge_server

# one requirement with two findings, and a SHOULD that fails with them
FAULTS = ["unknown-without-code", "unknown-without-message"]
BROKEN = "dify.rename.unknown-conversation-refused"
SHOULD = "dify.answer.refusal-in-json"
KEPT = "dify.rename.user-required"

TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=30)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The records of a run that met the faults."""
    folder = tmp_path_factory.mktemp("reports")
    running = start(faulty("dify", FAULTS))
    options = ["--vendor=dify", f"--base-url={running.base_url}", f"--report-dir={folder}", *live_options(running)]
    code, output = run_main(["run", *options], key=running.api_key)
    running.stop()
    assert code == 1, output
    return folder


@pytest.fixture(scope="module")
def fingerprints(reports):
    rows = map(json.loads, (reports / "dify.jsonl").read_text().splitlines())
    return next(row["findings"] for row in rows if row.get("requirement") == BROKEN and row["record"] == "verdict")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _file(folder, *rows):
    (folder / "waivers").mkdir()
    path = folder / "waivers" / "dify.yaml"
    path.write_text("waivers:\n" + "".join(f"  - {{reason: r, link: l, {row}}}\n" for row in rows))
    return path


def _verdict(judged, requirement=BROKEN):
    return next(row for row in judged.of("verdict") if row["requirement"] == requirement)


def test_a_waived_requirement_opens_the_gate_and_is_no_pass(tmp_path):
    _file(tmp_path, f"requirement: {BROKEN}, expires: {LATER}")
    judged = judge("dify", FAULTS)
    assert judged.exit == 0, judged.output
    assert "1 waived" in judged.output
    assert (_verdict(judged)["verdict"], _verdict(judged)["waived"]) == ("fail", True)
    assert {row["waived"] for row in judged.of("finding") if row["requirement"] == BROKEN} == {True}


def test_a_finding_beside_the_waived_one_still_fails(tmp_path, fingerprints):
    _file(tmp_path, f"requirement: {BROKEN}, fingerprint: '{fingerprints[0]}', expires: {LATER}")
    judged = judge("dify", FAULTS)
    assert judged.exit == 1
    assert not re.search(r"\d+ waived", judged.output)
    assert "~ waived" not in judged.output
    assert _verdict(judged)["waived"] is False
    waived = {row["fingerprint"]: row["waived"] for row in judged.of("finding") if row["requirement"] == BROKEN}
    assert waived == {fingerprints[0]: True, fingerprints[1]: False}


def test_a_requirement_is_waived_when_all_its_findings_are(tmp_path, fingerprints):
    _file(tmp_path, *(f"requirement: {BROKEN}, fingerprint: '{each}', expires: {LATER}" for each in fingerprints))
    judged = judge("dify", FAULTS)
    assert judged.exit == 0, judged.output
    assert "1 waived" in judged.output


def test_a_should_that_fails_is_waived_under_strict_too(tmp_path):
    rows = [f"requirement: {each}, expires: {LATER}" for each in (BROKEN, SHOULD)]
    path = _file(tmp_path, *rows)
    assert judge("dify", FAULTS, ["--strict"]).exit == 0
    path.write_text(path.read_text().replace(SHOULD, "dify.rename.other-users-conversation-refused"))
    assert judge("dify", FAULTS, ["--strict"]).exit == 1


def test_an_expired_waiver_fails_the_gate(tmp_path):
    _file(tmp_path, f"requirement: {BROKEN}, expires: 2020-01-01")
    judged = judge("dify", FAULTS)
    assert judged.exit == 1
    assert "expired on 2020-01-01: fix the target, or renew the waiver" in judged.output
    assert _verdict(judged)["waived"] is False


def test_a_waiver_holds_until_the_end_of_its_last_day():
    waiver = Waiver("r", "reason", "link", expires=date(2026, 5, 1))
    assert in_force([waiver], date(2026, 5, 1)) == (waiver,)
    assert in_force([waiver], date(2026, 5, 2)) == ()


def test_a_waiver_of_what_passes_is_stale(tmp_path):
    _file(tmp_path, f"requirement: {KEPT}, expires: {LATER}")
    judged = judge("dify")
    assert judged.exit == 1
    assert f"the waiver of {KEPT} is stale, the requirement passes: remove the waiver" in judged.output


def test_a_waiver_of_a_finding_that_is_not_made_is_stale(tmp_path, fingerprints):
    rows = [f"requirement: {BROKEN}, fingerprint: '{each}', expires: {LATER}" for each in fingerprints]
    _file(tmp_path, *rows)
    judged = judge("dify", FAULTS[:1])
    assert judged.exit == 1
    assert (
        f"the waiver of {BROKEN}, finding {fingerprints[1]} is stale, the requirement fails with other findings"
        in judged.output
    )
    assert f"finding {fingerprints[0]} is stale" not in judged.output


def test_what_was_not_asked_is_not_stale(tmp_path):
    _file(tmp_path, f"requirement: {KEPT}, expires: {LATER}", f"requirement: dify.answer.is-json, expires: {LATER}")
    judged = judge("dify", options=["-k", "name-echoed"])
    assert judged.exit == 0, judged.output
    assert "stale" not in judged.output


def test_what_was_judged_in_part_is_not_stale():
    waiver = Waiver("r", "reason", "link", expires=LATER, fingerprint="0" * 12)
    other = Finding("r", "value", "body", "/a", "1", "2", "another value")
    row = Requirement("r", Level.MUST, "", "", "", "refuses", Profile.SMOKE)
    whole = Judgement(row, Verdict.FAIL, "", 1, (other,))
    assert "the requirement fails with other findings" in problems([waiver], [whole], TODAY, EVERY_ANSWER)[0]
    assert problems([waiver], [Judgement(row, Verdict.FAIL, "", 1, (other,), doubts=True)], TODAY, EVERY_ANSWER) == []


def test_a_waiver_of_answers_is_not_stale_while_the_run_has_gaps():
    waiver = Waiver("r", "reason", "link", expires=LATER)
    passed = Judgement(Requirement("r", Level.MUST, "", "", "", "answers", Profile.SMOKE), Verdict.PASS, "", 1, ())
    asked = Requirement("s", Level.MUST, "", "", "", "accepts", Profile.SMOKE)
    assert problems([waiver], [passed, Judgement(asked, Verdict.INCONCLUSIVE, "429", 0, ())], TODAY, EVERY_ANSWER) == []
    assert problems([waiver], [passed, Judgement(asked, Verdict.PASS, "", 1, ())], TODAY, EVERY_ANSWER) != []


class _UnavailableForLists(EMULATORS["dify"]):
    """Takes a number for a name, and has no time when it is given a list."""

    def validate(self, body):
        if isinstance(body, dict) and isinstance(body.get("name"), list):
            raise Refused("busy", "not now")
        number = isinstance(body, dict) and body.get("name") == 20261
        super().validate({**body, "name": "20261"} if number else body)

    def chosen_name(self, body, conversation):
        return str(super().chosen_name(body, conversation))

    def refusal(self, refused):
        return (503, {}) if refused.kind == "busy" else super().refusal(refused)


def test_a_finding_that_was_not_looked_for_any_more_is_not_stale(tmp_path):
    _file(tmp_path, f"requirement: dify.rename.name-is-text, fingerprint: '{'0' * 12}', expires: {LATER}")
    judged = judge_emulator(_UnavailableForLists())
    assert judged.verdicts["dify.rename.name-is-text"] == "fail"
    assert "stale" not in judged.output


BAD = [
    (f"requirement: dify.rename.user-requird, expires: {LATER}", "did you mean dify.rename.user-required?"),
    (f"requirement: {KEPT}, expires: {LATER}, since: {LATER}", "which is to come: correct since"),
    (f"requirement: {KEPT}, expires: 2020-01-01, since: 2020-02-01", "before it begins: correct since or expires"),
    (f"requirement: {KEPT}, expires: {LATER}, fingerprint: abc", "does not match '^[0-9a-f]{12}$'"),
    (f"requirement: {KEPT}, expires: {LATER}, fingerprint: 123456789012", "is not of type 'string'"),
    (f"requirement: {KEPT}, expires: 2027-1-5", "'2027-1-5' is not a 'date'"),
    (f"requirement: {KEPT}", "'expires' is a required property"),
]


@pytest.mark.parametrize(("row", "words"), BAD)
def test_a_bad_waiver_is_reported_before_anything_is_sent(row, words, tmp_path):
    _file(tmp_path, row)
    _is_refused(run_main(["run", "--vendor=dify"]), words)
    assert not (tmp_path / "reports").exists()


def _is_refused(told, words):
    code, output = told
    assert code == 4, output
    assert words in output
    assert "Traceback" not in output
    assert output.count("\n") == 1 or output.startswith("ERROR:"), output


OVERLAPS = [
    ("", "", "waived twice: keep one"),
    ("fingerprint: abcdefabcdef, ", "fingerprint: abcdefabcdef, ", "waived twice: keep one"),
    ("fingerprint: abcdefabcdef, ", "", "waived twice, for one finding and for all: keep one"),
    ("", "fingerprint: abcdefabcdef, ", "waived twice, for one finding and for all: keep one"),
]


@pytest.mark.parametrize(("first", "second", "words"), OVERLAPS)
def test_waivers_that_overlap_are_reported_before_anything_is_sent(first, second, words, tmp_path):
    _file(tmp_path, *(f"{each}requirement: {KEPT}, expires: {LATER}" for each in (first, second)))
    _is_refused(run_main(["run", "--vendor=dify"]), words)


@pytest.mark.parametrize("text", ["", "# none left\n", "waivers:\n", "waivers: []\n"])
def test_a_file_whose_last_waiver_was_removed_is_none(text, tmp_path):
    assert parse_waivers(text, tmp_path, [], TODAY) == []


def _waive(reports, *options, requirement=BROKEN, target="dify"):
    given = {"--reason": "why", "--link": "https://tracker.example/1", "--expires": str(LATER)}
    given |= dict(option.split("=", 1) for option in options)
    given = {name: value for name, value in given.items() if value != "left out"}
    rest = [f"{name}={value}" if value != "set" else name for name, value in given.items()]
    return run_main(["waive", target, requirement, f"--report-dir={reports}", *rest])


def test_waive_makes_a_file_that_opens_the_gate(tmp_path, reports):
    code, output = _waive(reports, "--reason=fixed in #7: see 'notes'")
    assert code == 0, output
    assert output.startswith("waivers/dify.yaml: added\n- requirement: " + BROKEN)
    assert f"expires: {LATER}" in output
    assert judge("dify", FAULTS).exit == 0


def test_waive_names_each_finding_with_its_case_unless_told_otherwise(tmp_path, reports, fingerprints):
    assert _waive(reports)[0] == 0
    rows = parse_waivers((tmp_path / "waivers/dify.yaml").read_text(), tmp_path, [BROKEN], TODAY)
    assert [(row.fingerprint, row.case) for row in rows] == [(each, "conversation unknown") for each in fingerprints]
    (tmp_path / "waivers/dify.yaml").unlink()
    assert _waive(reports, "--any-finding=set")[0] == 0
    rows = parse_waivers((tmp_path / "waivers/dify.yaml").read_text(), tmp_path, [BROKEN], TODAY)
    assert [(row.fingerprint, row.case) for row in rows] == [(None, None)]


def test_waive_takes_single_findings(tmp_path, reports, fingerprints):
    for fingerprint in fingerprints:
        code, output = _waive(reports, f"--fingerprint={fingerprint}")
        assert code == 0, output
    assert judge("dify", FAULTS).exit == 0


def test_waive_writes_into_the_file_that_the_target_names(tmp_path, reports):
    (tmp_path / "driftgate.toml").write_text(
        '[targets.dify]\nvendor = "dify"\nbase_url = "http://x"\nwaivers = "accepted/a.yaml"\n'
    )
    assert _waive(reports)[0] == 0
    assert (tmp_path / "accepted/a.yaml").read_text().startswith(f"waivers:\n  - requirement: {BROKEN}\n")


def test_a_new_waiver_file_names_its_schema_where_init_has_put_it(tmp_path, reports):
    assert run_main(["init"])[0] == 0
    assert _waive(reports)[0] == 0
    first, rest = (tmp_path / "waivers/dify.yaml").read_text().split("\n", 1)
    assert (tmp_path / "waivers" / first.removeprefix("# yaml-language-server: $schema=")).is_file()
    assert rest.startswith(f"waivers:\n  - requirement: {BROKEN}\n")


ROW = f"requirement: {SHOULD}\n{{0}}reason: r  # why\n{{0}}link: l\n{{0}}expires: {LATER}\n"
FORMS = [
    "",
    "# comments\n\n# alone",
    "waivers: []  # none\n# end\n",
    "waivers:\n",
    "---\n# accepted\nwaivers:\n  # the first\n  - " + ROW.format("    ") + "  # the end\n",
    "waivers:\n- " + ROW.format("  ").rstrip(),
    "waivers:\n    -   " + ROW.format("        "),
    ("waivers:\n  - " + ROW.format("    ")).replace("\n", "\r\n"),
    "\ufeffwaivers:\n",
]


@pytest.mark.parametrize("before", FORMS)
def test_waive_keeps_the_text_of_the_file(before, tmp_path, reports):
    path = tmp_path / "w.yaml"
    path.write_bytes(before.encode())
    code, output = _waive(reports, f"--waivers={path}", "--any-finding=set")
    assert code == 0, output
    after = path.read_bytes().decode()
    assert after.startswith(before.replace("[]", "").rstrip("\r\n"))
    assert after.count("\r\n") in (0, after.count("\n"))
    known = [row.id for row in load_contract("dify").requirements]
    rows = parse_waivers(after, path, known, TODAY)
    assert [row.requirement for row in rows] == ([SHOULD] if SHOULD in before else []) + [BROKEN]
    assert (rows[-1].reason, rows[-1].since, rows[-1].expires) == ("why", TODAY, LATER)


@pytest.mark.parametrize(
    "before",
    [
        "{waivers: []}\n",
        f"waivers: [{{requirement: {SHOULD}, reason: r, link: l, expires: {LATER}}}]\n",
        "waivers:\n...\n",
    ],
)
def test_waive_leaves_a_file_alone_to_which_it_cannot_add(before, tmp_path, reports):
    path = tmp_path / "w.yaml"
    path.write_text(before)
    _is_refused(_waive(reports, f"--waivers={path}", "--any-finding=set"), f"add it by hand: {{requirement: {BROKEN}, ")
    assert path.read_text() == before


REFUSED = [
    ({"requirement": KEPT}, "passes in"),
    ({"requirement": "dify.rename.user-requird"}, "did you mean dify.rename.user-required?"),
    ({"target": "difi"}, "has no record of difi (did you mean dify?)"),
    ({"target": "nobody"}, "judge it first with driftgate run"),
]
REFUSED_OPTIONS = [
    ("--expires=2020-01-01", "--expires 2020-01-01: is in the past"),
    ("--expires=soon", "--expires soon: is not a date of the form YYYY-MM-DD"),
    ("--reason= ", "--reason: is empty"),
    ("--link=", "--link: is empty"),
    ("--link=a\x07", "holds characters that cannot be printed"),
    ("--fingerprint=abc", "--fingerprint abc: is no finding of"),
    ("--reason=left out", "--reason: is missing; a waiver needs --reason, --link and --expires"),
    ("--severity=breaking", "--severity: is for pins, so give --pin with it"),
    ("--pin=set", "--reason: is for waivers; a pin accepts no failure"),
    ("--waivers=.", ".: cannot be read (Is a directory)"),
    ("--waivers=/dev/null/w.yaml", "/dev/null/w.yaml: cannot be written to"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_waive_refuses_what_the_record_does_not_show(arguments, words, tmp_path, reports):
    _is_refused(_waive(reports, **arguments), words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("option", "words"), REFUSED_OPTIONS)
def test_waive_refuses_a_bad_option(option, words, tmp_path, reports):
    _is_refused(_waive(reports, option), words)
    assert list(tmp_path.iterdir()) == []


def test_waive_refuses_what_is_waived_already(tmp_path, reports, fingerprints):
    assert _waive(reports, "--any-finding=set")[0] == 0
    text = (tmp_path / "waivers/dify.yaml").read_text()
    _is_refused(_waive(reports), f"{BROKEN} is waived already, until {LATER}: change that waiver")
    _is_refused(_waive(reports, f"--fingerprint={fingerprints[0]}"), "is waived already")
    assert (tmp_path / "waivers/dify.yaml").read_text() == text


def test_waive_refuses_a_record_of_a_run_that_did_not_end(tmp_path, reports):
    lines = (reports / "dify.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "dify.jsonl").write_text("".join(lines[:-1]))
    _is_refused(_waive(tmp_path), "is incomplete: the run did not end")


def _waived_by(folder, requirement, emulator, options=()):
    """Judges a server and waives what it breaks of a requirement, so that its next run passes the gate."""
    judged = judge_emulator(emulator, [f"--report-dir={folder}", *options])
    assert judged.exit == 1, judged.output
    vendor = requirement.partition(".")[0]
    code, output = _waive(folder, requirement=requirement, target=vendor)
    assert code == 0, output
    assert judge_emulator(emulator, options).exit == 0
    return output


class _CutsAt100(EMULATORS["coze"]):
    def validate_length(self, name):
        pass

    def store_name(self, conversation, name):
        super().store_name(conversation, name[:100])


class _ClearsWithoutName(EMULATORS["coze"]):
    def validate(self, body):
        if not isinstance(body, dict) or "name" in body:
            super().validate(body)

    def chosen_name(self, body, conversation):
        return body.get("name", "")


@pytest.mark.parametrize(
    ("requirement", "waived", "another"),
    [
        ("coze.rename.name-at-most-100", "no-limit", _CutsAt100),
        ("coze.rename.name-required", "name-not-required", _ClearsWithoutName),
    ],
)
def test_another_behaviour_in_a_waived_case_fails(requirement, waived, another, tmp_path):
    output = _waived_by(tmp_path, requirement, faulty("coze", [waived]))
    judged = judge_emulator(another())
    assert judged.exit == 1
    assert _verdict(judged, requirement)["waived"] is False
    assert "case: " in output


def test_a_waiver_is_not_stale_in_a_profile_that_does_not_ask_its_case(tmp_path):
    requirement = "coze.rename.name-at-most-100"
    _waived_by(tmp_path, requirement, faulty("coze", ["no-limit"]))
    judged = judge_emulator(EMULATORS["coze"](), ["--profile=smoke"])
    cases = _verdict(judged, requirement)["cases"]
    assert ("stale" in judged.output) is ("101 ASCII characters" in cases)
    assert "101 CJK characters is stale" not in judged.output
    assert "stale, 101 CJK characters passes" in judge("coze").output


def test_a_waiver_whose_case_passes_is_stale():
    waiver = Waiver("r", "reason", "link", expires=LATER, fingerprint="0" * 12, case="b with a")
    row = Requirement("r", Level.MUST, "", "", "", "persists", Profile.SMOKE)

    def told(*cases, **more):
        judgement = Judgement(row, Verdict.PASS, "", 1, (), cases=cases)
        return problems([replace(waiver, **more)], [judgement], TODAY, EVERY_ANSWER)

    assert "is stale, b with a passes: remove the waiver" in told("a", "b")[0]
    assert told("a") == []
    assert told("a", "b", intermittent=True) == []


def test_a_waiver_without_a_case_is_not_stale_in_a_run_that_asks_a_part():
    waiver = Waiver("r", "reason", "link", expires=LATER, fingerprint="0" * 12)
    row = Requirement("r", Level.MUST, "", "", "", "answers", Profile.SMOKE)
    judgement = Judgement(row, Verdict.PASS, "", 1, ())
    assert problems([waiver], [judgement], TODAY, EVERY_ANSWER, cases_alone=True) == []
    assert problems([waiver], [judgement], TODAY, EVERY_ANSWER) != []


class _SpeaksOnce(EMULATORS["coze"]):
    """Says something in the msg of one success, and never again."""

    _renames = 0

    def chosen_name(self, body, conversation):
        self._renames += 1
        return super().chosen_name(body, conversation)

    def success(self, data):
        once = self._renames == 5
        self._renames += once
        return {**super().success(data), **({"msg": "done"} if once else {})}


def test_an_intermittent_violation_is_waived_as_one_and_not_stale(tmp_path):
    judged = judge_emulator(_SpeaksOnce(), [f"--report-dir={tmp_path}"])
    assert judged.exit == 1
    broken = next(row.requirement for row in read_record(tmp_path / "coze.jsonl").findings)
    code, output = _waive(tmp_path, requirement=broken, target="coze")
    assert code == 0, output
    assert "intermittent: true" in output
    assert judge("coze").exit == 0


OPEN = "coze.rename.empty-name"


def _pin(reports, *options):
    return run_main(["waive", "coze", OPEN, f"--report-dir={reports}", "--pin", *options])


class _CutsEmpty(EMULATORS["coze"]):
    def store_name(self, conversation, name):
        super().store_name(conversation, name or "Untitled")

    def renamed(self, conversation, name):
        return super().renamed(conversation, conversation.name)


def test_an_observation_that_is_pinned_tells_of_drift_when_it_changes(tmp_path):
    assert judge("coze", [], [f"--report-dir={tmp_path}"]).exit == 0
    code, output = _pin(tmp_path)
    assert (code, "severity: warning" in output) == (0, True), output
    assert "pinned" not in judge("coze").output
    judged = judge_emulator(_CutsEmpty())
    assert judged.exit == 0
    assert f"a pinned observation changed (warning drift): {OPEN}: " in judged.output
    assert [row["requirement"] for row in judged.of("footer")[0]["pin_changes"]] == [OPEN]


def test_a_breaking_change_of_a_pinned_observation_ends_with_8(tmp_path):
    assert judge("coze", [], [f"--report-dir={tmp_path}"]).exit == 0
    assert _pin(tmp_path, "--severity=breaking")[0] == 0
    assert judge("coze").exit == 0
    judged = judge_emulator(_CutsEmpty())
    assert judged.exit == 8, judged.output
    assert "breaking drift: a pinned observation changed" in judged.output


def test_waivers_and_pins_share_a_file(tmp_path, reports):
    assert judge("dify", FAULTS, [f"--report-dir={tmp_path}", "--max-requests=200"]).exit == 1
    pinned = run_main(["waive", "dify", "dify.rename.blank-name", f"--report-dir={tmp_path}", "--pin"])
    assert pinned[0] == 0, pinned[1]
    assert _waive(tmp_path)[0] == 0
    again = run_main(["waive", "dify", "dify.rename.blank-name", f"--report-dir={tmp_path}", "--pin"])
    _is_refused(again, "dify.rename.blank-name is pinned already: change or remove that pin")
    more = run_main(["waive", "dify", "dify.rename.long-name", f"--report-dir={tmp_path}", "--pin"])
    assert more[0] == 0, more[1]
    text = (tmp_path / "waivers/dify.yaml").read_text()
    known = [row.id for row in load_contract("dify").requirements]
    assert {row.requirement for row in parse_waivers(text, tmp_path, known, TODAY)} == {BROKEN}
    pins = parse_pins(text, tmp_path, known)
    assert [row.requirement for row in pins] == ["dify.rename.blank-name", "dify.rename.long-name"]
    assert judge("dify", FAULTS).exit == 0


def test_what_was_not_observed_cannot_be_pinned(tmp_path, reports):
    told = run_main(["waive", "dify", KEPT, "dify.rename.nothing", f"--report-dir={reports}", "--pin"])
    assert told[0] == 4
    _is_refused(
        run_main(["waive", "dify", "dify.answer.is-json", f"--report-dir={reports}", "--pin"]),
        "has no observation",
    )


def test_what_a_refused_case_stored_is_not_hidden_by_a_waived_success_after_it():
    judged = judge_server("coze-studio", ["over-long-refused-but-stored-cut"], waived=True)
    found = {(row["case"], row["signature"]) for row in judged.of("finding") if not row["waived"]}
    cases = [f"101 {alphabet} characters" for alphabet in ("ASCII", "CJK")]
    assert found == {(case, f"changed: cut to 100 of {case}") for case in cases}
    assert judged.exit == 1


def test_smoke_is_open_with_the_waivers_of_a_standard_run():
    judged = judge_server("nuwax-3.0", waived=True, options=["--profile=smoke"])
    assert judged.exit == 0, judged.output
