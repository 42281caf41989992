"""The watch of vendors, executed with a stand-in for gh: one issue, opened, brought up to date, closed."""

from __future__ import annotations

import json
import os
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from driftgate.drift import Change, Drift
from driftgate.drift.report import render_markdown
from tests.gate.conftest import OFFLINE
from tests.gate.runner import HOME, Job
from tests.harness import judge_url

WATCH = HOME / "ci/github/vendor-watch.yml"


class Watch:
    """A repository with a baseline and a watch of one target."""

    def __init__(self, folder, installed):
        (folder / "gh").mkdir()
        (folder / "bin").mkdir()
        (folder / "bin/gh").symlink_to(HOME / "tests/gate/fake_gh")
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": OFFLINE["PYTHONPATH"],
            "FAKE_GH": str(folder / "gh"),
        }
        self.job = Job(folder, installed, environment)
        self.folder = folder

    def looks_at(self, running, **variables):
        (self.job.workspace / "driftgate.toml").write_text(
            f'[targets.coze]\nvendor = "coze"\nbase_url = "{running.base_url}"\napi_key = "$COZE_TOKEN"\n'
            'params = { bot_id = "1" }\n'
        )
        return self.job.workflow(WATCH, secrets={"COZE_TOKEN": running.api_key}, variables=variables, job="watch")

    def issues(self):
        return [json.loads(path.read_text()) for path in sorted((self.folder / "gh").glob("*.json"))]

    def calls(self):
        calls = [json.loads(line) for line in (self.folder / "gh/calls").read_text().splitlines()]
        (self.folder / "gh/calls").unlink()
        return [" ".join(call[:2]) for call in calls]


@pytest.fixture(scope="module")
def baseline(server):
    """The text of a conforming server's record."""
    judged = judge_url(
        "coze", server("coze").base_url, ["--param=bot_id=1", "--profile=smoke"], key=server("coze").api_key
    )
    return "".join(f"{json.dumps(row)}\n" for row in judged.rows)


@pytest.fixture
def watch(tmp_path, installed, baseline):
    watch = Watch(tmp_path, installed)
    (watch.job.workspace / "reports/baselines").mkdir(parents=True)
    (watch.job.workspace / "reports/baselines/coze.jsonl").write_text(baseline)
    return watch


def test_drift_has_one_issue_from_its_first_day_to_its_last(watch, server):
    ran = watch.looks_at(server("coze"))
    assert (ran.exit, watch.calls(), watch.issues()) == (0, ["issue list"], []), ran.output

    ran = watch.looks_at(server("coze", "code-as-text"))
    assert ran.exit == 0, ran.output
    assert watch.calls() == ["issue list", "label create", "issue create"]
    (issue,) = watch.issues()
    assert issue["title"] == "driftgate: breaking drift"
    assert "must-regressed" in issue["body"]
    assert "[this run](https://github.example/team/service/actions/runs/42)" in issue["body"]

    assert watch.looks_at(server("coze", "code-as-text")).exit == 0
    assert watch.calls() == ["issue list", "issue view", "issue edit"]  # nobody is told of the same again
    (issue,) = watch.issues()
    assert "comments" not in issue

    assert watch.looks_at(server("coze", "code-as-text", "creator-id-misspelt")).exit == 0
    assert watch.calls() == ["issue list", "issue view", "issue edit", "issue comment"]
    (issue,) = watch.issues()
    assert "creator_id" in issue["body"]

    assert watch.looks_at(server("coze")).exit == 0
    assert watch.calls() == ["issue list", "issue comment", "issue close"]
    (issue,) = watch.issues()
    assert not issue["open"]


def test_what_could_not_be_judged_fails_and_leaves_the_issue(watch, server):
    assert watch.looks_at(server("coze", "code-as-text")).exit == 0
    (issue,) = watch.issues()
    server_that_is_away = type("Away", (), {"base_url": "http://127.0.0.1:9", "api_key": "pat_of_a_test"})
    ran = watch.looks_at(server_that_is_away)
    assert ran.exit == 6, ran.output
    assert watch.issues() == [issue]


@pytest.fixture(scope="module")
def site():
    """Serves a page that says what the contract says, one that promises another length, and one that says nothing."""
    contract = (HOME / "contracts/coze/contract.yaml").read_text()
    pages = {"/same": contract, "/other": contract.replace("maxLength: 100", "maxLength: 50"), "/nothing": "a page"}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):  # the base class's name
            self.send_response(200)
            self.end_headers()
            self.wfile.write(pages[self.path].encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_published_page_is_compared_too(watch, server, site):
    same = watch.looks_at(server("coze"), DOCS_VENDOR="coze", DOCS_URL=f"{site}/same")
    assert (same.exit, watch.issues()) == (0, []), same.output
    other = watch.looks_at(server("coze"), DOCS_VENDOR="coze", DOCS_URL=f"{site}/other")
    assert other.exit == 0, other.output
    (issue,) = watch.issues()
    assert "maxLength" in issue["body"]
    nothing = watch.looks_at(server("coze"), DOCS_VENDOR="coze", DOCS_URL=f"{site}/nothing")
    assert (nothing.exit, watch.issues()) == (4, [issue]), nothing.output


def _tell(watch, drift, text):
    report = watch.folder / "long.md"
    report.write_text(text)
    return watch.job.action(HOME / "ci/github/drift-issue", {"drift": drift, "reports": f"{report}\n\n"})


def test_a_report_that_is_longer_than_an_issue_is_cut_at_the_end_of_a_line(watch):
    ran = _tell(watch, "", "text")
    assert (ran.exit, watch.calls(), watch.issues()) == (0, ["issue list"], []), ran.output  # neither drift nor none
    ran = _tell(watch, "true", "".join(f"| `{'x' * 200} {number}` |\n" for number in range(1000)))
    assert (ran.exit, ran.outputs["issue"]) == (0, "1"), ran.output
    (issue,) = watch.issues()
    assert all(line.count("`") % 2 == 0 for line in issue["body"].splitlines())
    assert "**Cut here**" in issue["body"]


def test_no_text_of_a_target_mentions_links_or_is_markup_in_an_issue():
    hostile = "/data/@octocat <img src=x onerror=alert(1)> [a](https://evil.example) `|\\| @team | ``` fixes #1\n# x"
    change = Change("member-gone", f"rename success {hostile}", hostile, hostile)
    text = render_markdown(Drift("then", "now", "coze", (change,)))
    outside = re.sub(r"`[^`]*`", "", text)
    for markup in ("@", "<", "](", "https:", "#1", "\\"):
        assert markup not in outside
    # a bar in a table's cell ends it, even in code, but not after a backslash
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in rows)
