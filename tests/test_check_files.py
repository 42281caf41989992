"""``driftgate check``: what a run would refuse is told before, for every file, and nothing is sent."""

from __future__ import annotations

import shutil

import pytest

from driftgate.base.paths import CONTRACTS
from tests.harness import run_main

TARGETS = '[targets.staging]\nvendor = "coze"\nbase_url = "https://staging.example"\napi_key = "$NOT_SET"\n'
WAIVER = """waivers:
  - requirement: {requirement}
    reason: fixed in 1.8
    link: https://tracker.example/17
    expires: "{expires}"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "driftgate.toml").write_text(TARGETS)
    (tmp_path / "waivers").mkdir()
    shutil.copytree(CONTRACTS / "coze", tmp_path / "contracts" / "coze")
    return tmp_path


def waive(folder, requirement="coze.rename.name-persists", expires="2099-01-31"):
    (folder / "waivers" / "staging.yaml").write_text(WAIVER.format(requirement=requirement, expires=expires))


def test_files_that_a_run_would_take_have_no_problems_and_want_no_keys(folder):
    waive(folder)
    code, output = run_main(["check", "driftgate.toml", "waivers/staging.yaml"])
    assert (code, output.splitlines()) == (
        0,
        [
            "driftgate.toml: no problems; targets: 1",
            "waivers/staging.yaml: no problems; waivers: 1, pins: 0",
        ],
    )


WRONG = {
    "vendor": (
        "driftgate.toml",
        'vendor = "coze"',
        'vendor = "cozy"',
        "targets.staging: vendor 'cozy' has no contract",
    ),
    "key": ("driftgate.toml", "api_key", "api_kee", "api_kee"),
    "requirement": ("waivers/staging.yaml", "name-persists", "name-persist", "did you mean coze.rename.name-persists?"),
    "expired": ("waivers/staging.yaml", "2099", "2020", "expired on 2020-01-31: renew or remove it"),
    "no waiver file": ("waivers/staging.yaml", "waivers:", "waiver:", "is not a waiver file"),
}


@pytest.mark.parametrize(("path", "right", "wrong", "says"), WRONG.values(), ids=list(WRONG))
def test_every_file_is_read_and_its_problem_told(path, right, wrong, says, folder):
    waive(folder)
    text = (folder / path).read_text()
    (folder / path).write_text(text.replace(right, wrong))
    code, output = run_main(["check", "driftgate.toml", "waivers/staging.yaml", "README.md"])
    told = output.splitlines()
    assert code == 4
    assert [line for line in told if line.startswith(path) and says in line]
    assert any("no problems" in line for line in told)
    assert "README.md: is not a file that can be checked" in told


def test_the_files_of_a_contract_are_read_together_and_once(folder):
    files = [f"contracts/coze/{name}.yaml" for name in ("requirements", "contract", "examples")]
    code, output = run_main(["check", *files])
    assert (code, output) == (0, "contracts/coze: no problems in 2026-05\n")
    (folder / files[0]).write_text((folder / files[0]).read_text().replace("check: persists", "check: persist", 1))
    code, output = run_main(["check", *files])
    assert code == 4
    assert "requirements.yaml" in output
