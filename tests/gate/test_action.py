"""The action's steps, executed: exit codes passed through, reports uploaded, nothing green that is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.responses import Response

from driftgate.emulator import EMULATORS, start
from tests.gate.runner import HOME, load

UPLOAD = "actions/upload-artifact"
NOWHERE = "http://127.0.0.1:9"
SCAN = "github/codeql-action/upload-sarif"


def _given(running, **more):
    given = {
        "vendor": "coze",
        "base-url": running.base_url,
        "api-key": running.api_key,
        "params": "\nbot_id=1\n\n",
        "profile": "smoke",
    }
    return given | {name.replace("_", "-"): value for name, value in more.items()}


def test_a_target_that_conforms_passes_and_its_report_is_uploaded(job, server):
    ran = job.action(HOME, _given(server("coze"), upload_sarif="true"))
    assert ran.exit == 0, ran.output
    assert ran.names == [
        step["name"]
        for step in load(HOME / "action.yml")["runs"]["steps"]
        if step["name"] != "Comment on the pull request"  # only where it is asked for
    ]
    assert (ran.outputs["exit-code"], ran.outputs["verdict"]) == ("0", "conforms")
    folder = job.workspace / "reports/latest"
    assert ran.outputs["report-dir"] == ran.uploads[UPLOAD]["path"] == str(folder)
    assert ran.outputs["records"] == str(folder / "coze.jsonl")
    names = {path.name for path in folder.iterdir()}
    assert names >= {"coze.jsonl", "report.html", "report.md", "report.sarif", "junit.xml", "code-scanning.sarif"}
    assert job.summary.read_text().startswith("# driftgate: contract conformance")
    assert "::error" not in ran.output


def test_a_violation_fails_with_summary_annotations_and_uploads(job, server):
    ran = job.action(HOME, _given(server("coze", "code-as-text"), upload_sarif="true"))
    assert ran.exit == 1, ran.output
    assert (ran.outputs["exit-code"], ran.outputs["verdict"]) == ("1", "violates")
    assert "\n::error title=coze%3A coze.answer.code-is-integer-0::" in ran.output
    assert "coze.answer.code-is-integer-0" in job.summary.read_text()
    assert set(ran.uploads) == {UPLOAD, SCAN}
    (run,) = json.loads(Path(ran.uploads[SCAN]["sarif_file"]).read_text())["runs"]
    assert run["results"][0]["ruleId"] == "coze.answer.code-is-integer-0"


@pytest.fixture
def pull_request(job, tmp_path):
    """A pull request on which somebody quotes the mark of the action's comment."""
    for name in ("gh", "bin"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin/gh").symlink_to(HOME / "tests/gate/fake_gh")
    job.environment |= {
        "PATH": f"{tmp_path / 'bin'}:{job.environment['PATH']}",
        "FAKE_GH": str(tmp_path / "gh"),
        "GITHUB_REF": "refs/pull/7/merge",
        "MARK": "<!-- driftgate driftgate -->",
    }
    return lambda: [row["body"] for row in json.loads((tmp_path / "gh/comments").read_text())]


def test_one_comment_is_brought_up_to_date_on_the_pull_request(job, server, pull_request):
    assert job.action(HOME, _given(server("coze", "code-as-text"), comment="true")).exit == 1
    others, ours = pull_request()
    assert "coze.answer.code-is-integer-0" in ours
    assert job.action(HOME, _given(server("coze"), comment="true")).exit == 0
    assert pull_request()[0] == others
    (ours,) = pull_request()[1:]
    assert "coze.answer.code-is-integer-0" not in ours
    assert "Exit code 0." in ours
    assert job.action(HOME, {"profile": "wrong", "comment": "true"}).exit == 4
    (ours,) = pull_request()[1:]
    assert "judged nothing**: exit code 4" in ours


def test_a_comment_that_cannot_be_written_is_a_warning(job, server, pull_request):
    job.environment["MARK"] = "none"  # so that gh refuses
    ran = job.action(HOME, _given(server("coze"), comment="true"))
    assert (ran.exit, "could not be written" in ran.output) == (0, True), ran.output
    job.environment["GITHUB_REF"] = "refs/heads/main"
    assert "No pull request" in job.action(HOME, _given(server("coze"), comment="true")).output


def test_nothing_that_is_printed_is_a_command_but_masks_and_annotations(job, server):
    ran = job.action(HOME, _given(server("coze", "code-as-text")))
    lines = ran.output.splitlines()
    (begins,) = [number for number, line in enumerate(lines) if line.startswith("::stop-commands::")]
    token = lines[begins].removeprefix("::stop-commands::")
    ends = lines.index(f"::{token}::")
    assert len(token) > 32
    assert lines[0] == f"::add-mask::{server('coze', 'code-as-text').api_key}"
    assert all(line.startswith(("::add-mask::", "::error title=")) for line in [*lines[:begins], *lines[ends + 1 :]])
    assert server("coze", "code-as-text").api_key not in "".join(lines[1:])


def test_an_outcome_left_out_of_fail_on_is_a_warning_with_its_code(job, server):
    ran = job.action(HOME, _given(server("coze", "code-as-text"), fail_on="drift\n inconclusive"))
    assert ran.exit == 0, ran.output
    assert (ran.outputs["exit-code"], ran.outputs["verdict"]) == ("1", "violates")
    told = "exit code 1 (violates), which fail-on leaves out: drift inconclusive"
    assert f"::warning title=driftgate::{told}" in ran.output
    assert f"> **Not failed**: {told}" in job.summary.read_text()
    assert UPLOAD in ran.uploads


def test_a_wrong_key_is_inconclusive_and_can_be_left_out(job, server):
    given = _given(server("coze")) | {"api-key": "pat_of_somebody_else"}
    ran = job.action(HOME, {**given, "upload-sarif": "true"})
    assert (ran.exit, ran.outputs["verdict"]) == (6, "inconclusive"), ran.output
    assert set(ran.uploads) == {UPLOAD}, "code scanning would take what was not judged for mended"
    ran = job.action(HOME, given | {"fail-on": "violation drift"})
    assert (ran.exit, ran.outputs["exit-code"]) == (0, "6"), ran.output


def test_breaking_drift_fails_with_the_code_of_drift(job, server):
    """The baseline has a violation that is gone, which code scanning is not to take for one that is there."""
    first = job.action(HOME, _given(server("coze", "updated-before-created"), report_dir="before"))
    assert first.outputs["exit-code"] == "0", first.output
    ran = job.action(HOME, _given(server("coze", "code-as-text"), baseline="before", upload_sarif="true"))
    assert (ran.exit, ran.outputs["verdict"]) == (8, "drift"), ran.output
    assert "breaking drift" in job.summary.read_text()
    states = {
        result.get("baselineState")
        for result in json.loads(Path(ran.outputs["sarif"]).read_text())["runs"][0]["results"]
    }
    assert states == {"new", "absent"}
    scanned = json.loads(Path(ran.uploads[SCAN]["sarif_file"]).read_text())["runs"][0]["results"]
    assert not any("baselineState" in result for result in scanned)


def test_targets_waivers_and_further_options_reach_driftgate(job, server):
    faulty, good = server("coze", "code-as-text"), server("coze")
    (job.workspace / "service").mkdir()
    rows = [
        f'[targets.{name}]\nvendor = "coze"\nbase_url = "{each.base_url}"\napi_key = "$KEY_{name}"\n'
        'params = { bot_id = "1" }\n'
        for name, each in (("a", faulty), ("b", good))
    ]
    (job.workspace / "service/driftgate.toml").write_text("\n".join(rows))
    (job.workspace / "service/accepted").mkdir()
    (job.workspace / "service/accepted/a.yaml").write_text(
        "waivers:\n- requirement: coze.answer.code-is-integer-0\n  reason: ours\n  link: https://tracker.example/1\n"
        "  expires: 2099-01-01\n"
    )
    given = {"targets": "a\n b", "working-directory": "service", "waivers": "accepted", "profile": "smoke"}
    keys = {"KEY_a": faulty.api_key, "KEY_b": good.api_key}
    ran = job.action(HOME, given | {"args": "--max-requests=19\n--seed=5\n"}, keys)
    assert ran.exit == 0, ran.output
    assert [Path(path).name for path in ran.outputs["records"].splitlines()] == ["a.jsonl", "b.jsonl"]
    header = json.loads(Path(ran.outputs["records"].splitlines()[0]).read_text().splitlines()[0])
    assert (header["max_requests"], header["seed"]) == (19, 5)


def test_without_targets_all_of_the_configuration_are_judged_or_emulators_on_demand(job, server):
    rows = [
        f'[targets.{name}]\nvendor = "coze"\nbase_url = "{each.base_url}"\napi_key = "$KEY_{name}"\n'
        'params = { bot_id = "1" }\n'
        for name, each in (("a", server("coze")), ("b", server("coze")))
    ]
    (job.workspace / "driftgate.toml").write_text("\n".join(rows))
    keys = {"KEY_a": server("coze").api_key, "KEY_b": server("coze").api_key}
    ran = job.action(HOME, {"profile": "smoke"}, keys)
    assert ran.exit == 0, ran.output
    assert [Path(path).stem for path in ran.outputs["records"].splitlines()] == ["a", "b"]
    assert "::warning" not in ran.output
    missing = job.action(HOME, {"profile": "smoke"}, {"KEY_a": "pat_of_a_test"})
    assert missing.exit == 4, missing.output
    assert "::error title=driftgate::ERROR: driftgate.toml, target b: the environment variable KEY_b" in missing.output
    ran = job.action(HOME, {"profile": "smoke", "emulators": "true", "vendor": "dify"})
    assert ran.exit == 0, ran.output
    assert [Path(path).stem for path in ran.outputs["records"].splitlines()] == ["dify"]
    assert "\n::warning title=dify::the embedded emulator was judged, and no server" in ran.output
    assert "embedded emulator: conforms" in job.summary.read_text()


def test_what_was_not_supplied_or_not_selected_is_no_green(job, server):
    given = _given(server("coze"), profile="standard")
    assert job.action(HOME, given).exit == 0
    ran = job.action(HOME, {**given, "require-verified": "true"})
    assert (ran.exit, ran.outputs["verdict"]) == (6, "inconclusive"), ran.output
    ran = job.action(HOME, {**given, "args": "-k\nno-such-requirement"})
    assert (ran.exit, ran.outputs["verdict"]) == (6, "inconclusive"), ran.output
    assert "::error title=driftgate::driftgate: exit 6: nothing was judged" in ran.output
    assert not ran.uploads


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"emulators": "yes"}, "emulators: yes is neither true nor false"),
        ({"fail-on": "violations"}, "fail-on: violations is none of violation, drift, inconclusive"),
        ({"fail-on": " "}, "fail-on: is empty"),
        ({"fail-on": "drift"}, "fail-on: drift alone wants a baseline"),
        ({"strict": "yes"}, "strict: yes is neither true nor false"),
        ({"profile": "fast"}, "--profile fast: is not a profile: use smoke, standard or deep"),
        ({"waivers": "nowhere.yaml"}, "--waivers nowhere.yaml: does not exist"),
        ({"params": "$(touch pwned)\n`touch pwned`"}, "is not of the form KEY=VALUE"),
    ],
    ids=str,
)
def test_bad_input_ends_like_a_bad_option_with_nothing_sent_or_uploaded(job, server, wrong, words):
    ran = job.action(
        HOME, {"vendor": "coze", "base-url": NOWHERE, "api-key": "pat_of_a_test", "params": "bot_id=1"} | wrong
    )
    assert ran.exit == 4, ran.output
    assert any(words in line for line in ran.output.splitlines() if line.startswith("::error title=driftgate::"))
    assert (ran.outputs["exit-code"], ran.outputs["verdict"], ran.outputs["report-dir"]) == ("4", "usage", "")
    assert UPLOAD not in ran.uploads
    assert list(job.workspace.iterdir()) == []


class _Down(EMULATORS["coze"]):
    """Cannot delete while it is down."""

    down = True

    async def delete(self, request):
        return Response(status_code=503) if self.down else await super().delete(request)


def test_a_run_that_left_something_fails_and_a_later_job_restores_it(job):
    emulator = _Down()
    running = start(emulator)
    given = _given(running, fail_on="violation drift", args="--max-wait=0")
    ran = job.action(HOME, given)
    assert ran.exit == 6, ran.output
    assert "the run left something changed" in ran.output
    uploaded = ran.uploads[f"{UPLOAD} driftgate-journal"]
    folder = job.workspace / "reports/latest"
    assert uploaded["path"] == f"{folder}/*.journal"
    job.artifacts["driftgate-journal"] = list(folder.glob("*.journal"))
    restore = HOME / "ci/github/restore"
    ran = job.action(restore, {"api-key": running.api_key})
    assert ran.exit == 6, ran.output
    assert "::error title=driftgate::not everything is restored" in ran.output
    emulator.down = False
    ran = job.action(restore, {"api-key": running.api_key})
    assert ran.exit == 0, ran.output
    assert "is deleted" in ran.output
    running.stop()


def test_a_job_that_restores_after_a_clean_run_does_nothing(job, server):
    ran = job.action(HOME / "ci/github/restore", {"api-key": server("coze").api_key})
    assert ran.exit == 0, ran.output
    assert "nothing to restore" in ran.output
