"""The jobs of the GitLab template, executed with the files that it includes: a matrix over targets, and one report."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import pytest

from tests.gate.conftest import OFFLINE
from tests.gate.runner import HOME, gitlab_job, load, run_gitlab

TEMPLATE = HOME / "ci/gitlab/driftgate.gitlab-ci.yml"
EXAMPLE = HOME / "ci/gitlab/example.gitlab-ci.yml"


@pytest.fixture
def run(tmp_path, installed, server):
    """Runs a job in a workspace with a driftgate.toml; installing is left out, as the action's tests have it."""
    servers = {"staging": server("coze"), "prod": server("coze", "code-as-text")}
    rows = [
        f'[targets.{name}]\nvendor = "coze"\nbase_url = "{each.base_url}"\napi_key = "$KEY_{name}"\n'
        'params = { bot_id = "1" }\n'
        for name, each in servers.items()
    ]
    (tmp_path / "driftgate.toml").write_text("\n".join(rows))
    (tmp_path / ".driftgate-venv").symlink_to(installed)

    def run(job, **variables):
        keys = {f"KEY_{name}": each.api_key for name, each in servers.items()}
        given = {**keys, "PYTHONPATH": OFFLINE["PYTHONPATH"], **variables}
        return run_gitlab({**job, "before_script": []}, tmp_path, given, os.environ["PATH"])

    return run


def test_the_example_judges_each_target_and_merges_the_records(run, tmp_path):
    (rows,) = load(EXAMPLE)["conformance"]["parallel"]["matrix"]
    job = gitlab_job("conformance", TEMPLATE, EXAMPLE)
    codes = {name: run(job, DRIFTGATE_TARGET=name).exit for name in rows["DRIFTGATE_TARGET"]}
    assert codes == {"staging": 0, "prod": 1}
    for name in codes:
        folder = tmp_path / "driftgate-reports" / name
        assert {path.name for path in folder.iterdir()} >= {f"{name}.jsonl", "report.html", "report.sarif"}
    found = sorted(tmp_path.glob(job["artifacts"]["reports"]["junit"]))
    assert [int(ElementTree.parse(path).find("testsuite").get("failures")) for path in found] == [1, 0]

    merge = gitlab_job("report", TEMPLATE, EXAMPLE)
    ran = run(merge)
    assert ran.exit == 1, ran.output
    assert {path.name for path in tmp_path.glob(f"{merge['artifacts']['paths'][0]}*")} == {
        "prod.jsonl",
        "report.html",
        "report.json",
        "report.md",
        "staging.jsonl",
    }
    assert run(merge, DRIFTGATE_EXPECT="staging prod other").exit == 4


def test_each_variable_reaches_driftgate(run, tmp_path, server):
    job = gitlab_job("conformance", TEMPLATE, EXAMPLE)
    place = {"DRIFTGATE_VENDOR": "coze", "DRIFTGATE_BASE_URL": server("coze", "updated-before-created").base_url}
    given = {**place, "DRIFTGATE_API_KEY": server("coze", "updated-before-created").api_key}
    options = {"DRIFTGATE_ARGS": "--param=bot_id=1 --max-requests=19"}
    assert run(job, **given, **options).exit == 0
    assert run(job, **given, **options, DRIFTGATE_STRICT="true").exit == 1
    drifted = {"DRIFTGATE_BASELINE": "driftgate-reports/coze/coze.jsonl", "DRIFTGATE_TARGET": "prod"}
    assert run(job, **drifted).exit == 8
    for wrong in (
        {"DRIFTGATE_STRICT": "yes"},
        {"DRIFTGATE_EMULATORS": "yes"},
        {"DRIFTGATE_REQUIRE_VERIFIED": "yes"},
        {"DRIFTGATE_PROFILE": "fast"},
        {"DRIFTGATE_WAIVERS": "nowhere"},
    ):
        assert run(job, **given, **options, **wrong).exit == 4
    assert (
        run(
            {**job, "variables": {**job["variables"], "DRIFTGATE_BASE_URL": "http://127.0.0.1:9"}},
            DRIFTGATE_VENDOR="coze",
            DRIFTGATE_API_KEY="k" * 20,
            **options,
        ).exit
        == 6
    )


def test_without_a_target_all_are_judged_and_emulators_on_demand(run, tmp_path):
    job = gitlab_job(".driftgate", TEMPLATE)
    assert run(job, DRIFTGATE_PROFILE="smoke").exit == 1
    assert {path.stem for path in (tmp_path / "driftgate-reports/all").glob("*.jsonl")} == {"staging", "prod"}
    ran = run(job, DRIFTGATE_PROFILE="smoke", DRIFTGATE_EMULATORS="true", DRIFTGATE_VENDOR="coze")
    assert ran.exit == 0, ran.output
    assert "embedded emulator: conforms" in ran.output
    ran = run(job, DRIFTGATE_TARGET="staging", DRIFTGATE_REQUIRE_VERIFIED="true")
    assert ran.exit == 6, ran.output
    assert "supply --param other_api_key" in ran.output


def test_installing_is_what_pip_is_asked_for(tmp_path, monkeypatch):
    """pip is a stub here: the action's step installs for real."""
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin/python3"
    stub.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"\nprintf \'#!/bin/sh\\necho "$@" >>pip.log\\n\' >"$3/bin/python"\n'
        'chmod +x "$3/bin/python"\n'
    )
    stub.chmod(0o755)
    job = {**gitlab_job("conformance", TEMPLATE, EXAMPLE), "script": ["true"]}
    ran = run_gitlab(job, tmp_path, {}, f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert ran.exit == 0, ran.output
    assert (tmp_path / "pip.log").read_text() == "-m pip install --quiet driftgate==0.1.0\n"
