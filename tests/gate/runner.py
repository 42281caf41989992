"""Runs the steps of actions, workflows and GitLab jobs as plain shell, with what their runners would give them.

Only what the project's own files use is understood; anything else raises, so that nothing passes for having been run.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from driftgate.base import yamlfile

HOME = Path(__file__).parent.parent.parent
OURS = "OWNER/driftgate"
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(==|!=|&&|\|\||!|\(|\))|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))")
_OPERATORS = {"&&": " and ", "||": " or ", "!": " not "}
_STATUS = ("always", "success", "failure")


def load(path: Path) -> dict[str, Any]:
    value = yamlfile.parse(path.read_text(), str(path))
    assert isinstance(value, dict)
    return value


@dataclass
class Ran:
    """What the steps did: exit code of the first that failed, everything printed, outputs, what was uploaded."""

    exit: int = 0
    output: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, dict[str, str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


class Job:
    """A job on a runner of GitHub's: its workspace, its files, its environment."""

    def __init__(self, folder: Path, installed: Path | None = None, environment: Mapping[str, str] | None = None):
        self.workspace, self.temp = folder / "workspace", folder / "temp"
        self.workspace.mkdir(exist_ok=True)
        self.temp.mkdir(exist_ok=True)
        self.summary = self.temp / "summary.md"
        self._path = self.temp / "path"
        self._installed = installed
        self.artifacts: dict[str, list[Path]] = {}
        if installed and not (self.temp / "driftgate").exists():
            (self.temp / "driftgate").symlink_to(installed)
        self.environment = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "team/service",
            "GITHUB_RUN_ID": "42",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_PATH": str(self._path),
            "RUNNER_TEMP": str(self.temp),
            **(environment or {}),
        }

    def action(self, folder: Path, given: Mapping[str, str], inherited: Mapping[str, str] | None = None) -> Ran:
        """A composite action of ours, with these inputs."""
        action = load(folder / "action.yml")
        assert not set(given) - set(action["inputs"]), "no such input"
        for name, row in action["inputs"].items():
            assert name in given or not row.get("required"), f"{name} is required"
        contexts: dict[str, Any] = {
            "github": self._github(),
            "env": {},
            "steps": {},
            "runner": {"temp": str(self.temp)},
        }
        inputs = {
            name: given.get(name, _filled(row.get("default", ""), contexts)) for name, row in action["inputs"].items()
        }
        contexts["inputs"] = inputs
        environment = {**(inherited or {}), "GITHUB_ACTION_PATH": str(folder)}
        ran = self._steps(action["runs"]["steps"], contexts, environment)
        ran.outputs = {name: _filled(row["value"], contexts) for name, row in action.get("outputs", {}).items()}
        return ran

    def workflow(self, path: Path, *, secrets: Mapping[str, str], variables: Mapping[str, str], job: str) -> Ran:
        """A job of a workflow; ``variables`` are what its owner writes into its env."""
        workflow = load(path)
        environment = {**workflow.get("env", {}), **variables}
        contexts = {"github": self._github(), "env": environment, "steps": {}, "secrets": secrets}
        return self._steps(workflow["jobs"][job]["steps"], contexts, environment)

    def _github(self) -> Mapping[str, str]:
        return {"token": "token-of-the-job", "repository": self.environment["GITHUB_REPOSITORY"]}

    def _steps(self, steps: list[dict[str, Any]], contexts: dict[str, Any], environment: Mapping[str, str]) -> Ran:
        ran = Ran()
        for number, step in enumerate(steps):
            condition = str(step.get("if", "success()"))
            if not any(f"{name}()" in condition for name in _STATUS):
                condition = f"success() && ({condition.removeprefix('${{').removesuffix('}}')})"
            outputs: dict[str, str] = {}
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": outputs}
            if not _value(
                condition.removeprefix("${{").removesuffix("}}"), {**contexts, "": {"failed": ran.exit != 0}}
            ):
                continue
            ran.names.append(step["name"])
            own = {name: _filled(str(text), contexts) for name, text in step.get("env", {}).items()}
            if "uses" in step:
                told = {name: _filled(str(text), contexts) for name, text in step.get("with", {}).items()}
                part = self._uses(step["uses"], told, {**environment, **own})
            else:
                assert step.get("shell", "bash") == "bash"
                place = self.workspace / _filled(step.get("working-directory", "."), contexts)
                part = self._run(step, place, {**environment, **own}, self.temp / f"output-{number}-{len(own)}")
            outputs.update(part.outputs)
            ran.output += part.output
            ran.uploads.update(part.uploads)
            ran.exit = ran.exit or part.exit
        return ran

    def _uses(self, what: str, told: dict[str, str], environment: Mapping[str, str]) -> Ran:
        name, version = what.split("@")
        if name.startswith(OURS):
            return self.action(HOME / name.removeprefix(OURS).removeprefix("/"), told, environment)
        assert re.fullmatch("[0-9a-f]{40}", version), f"{what} is not pinned"
        if name == "actions/setup-python":
            return Ran(outputs={"python-path": "python3"})
        if name == "actions/upload-artifact" and told.get("if-no-files-found") == "ignore":
            pattern = Path(told["path"])
            found = pattern.parent.is_dir() and list(pattern.parent.glob(pattern.name))
            return Ran(uploads={f"{name} {told['name']}": told} if found else {})
        if name == "actions/download-artifact":
            Path(told["path"]).mkdir(exist_ok=True)
            for path in self.artifacts.get(told["pattern"], ()):
                (Path(told["path"]) / path.name).write_bytes(path.read_bytes())
            return Ran()
        if name == "actions/upload-artifact":
            assert list(Path(told["path"]).iterdir()), told
        elif name == "github/codeql-action/upload-sarif":
            assert Path(told["sarif_file"]).is_file(), told
        else:
            assert name == "actions/checkout", name
        return Ran(uploads={name: told})

    def _run(self, step: dict[str, Any], place: Path, environment: Mapping[str, str], outputs: Path) -> Ran:
        assert "${{" not in step["run"], "an expression in a script is an injection"
        if step["name"] == "Install driftgate" and self._installed:
            self._path.write_text(f"{self._installed}/command\n")
            return Ran()
        outputs.write_text("")
        more = self._path.read_text().split() if self._path.exists() else []
        whole = {**self.environment, **environment, "GITHUB_OUTPUT": str(outputs)}
        whole["PATH"] = ":".join([*reversed(more), whole["PATH"]])
        told = bash(step["run"], place, whole)
        return Ran(told.returncode, told.stdout, _outputs(outputs.read_text()))


def bash(script: str, place: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=place,
        env=dict(environment),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )


def _outputs(text: str) -> dict[str, str]:
    """What a step wrote into $GITHUB_OUTPUT: NAME=VALUE, or NAME<<MARK, lines, MARK."""
    pattern = re.compile(r"([\w-]+)(?:=(.*)|<<(\S+)\n((?:.*\n)*?)\3)\n")
    found, at = {}, 0
    while at < len(text):
        match = pattern.match(text, at)
        assert match, text[at:]
        name, value, _, lines = match.groups()
        found[name] = lines.rstrip("\n") if value is None else value
        at = match.end()
    return found


def _filled(text: str, contexts: Mapping[str, Any]) -> str:
    def told(match: re.Match[str]) -> str:
        value = _value(match[1], contexts)
        return str(value).lower() if isinstance(value, bool) else str(value)

    return re.sub(r"\$\{\{(.*?)\}\}", told, text)


def _value(expression: str, contexts: Mapping[str, Any]) -> Any:
    """The value of an expression of GitHub's, as far as ours go."""
    python, at, values = "", 0, []
    expression = expression.strip()
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        assert match, f"{expression}: is not understood"
        text, operator, name = match.groups()
        at = match.end()
        if operator:
            python += _OPERATORS.get(operator, operator)
        elif name in _STATUS:
            values.append(_status(name, failed=contexts.get("", {}).get("failed", False)))
            python += f"values[{len(values) - 1}]"
        else:
            values.append(text[1:-1].replace("''", "'") if text is not None else _named(name, contexts))
            python += f"values[{len(values) - 1}]"
    return eval(python, {"__builtins__": {}, "values": values})


def _status(name: str, *, failed: bool) -> Callable[[], bool]:
    return lambda: {"always": True, "success": not failed, "failure": failed}[name]


def _named(name: str, contexts: Mapping[str, Any]) -> Any:
    kind, _, rest = name.partition(".")
    if kind == "steps":
        step, of, output = rest.split(".")
        assert of == "outputs"
        return contexts["steps"][step]["outputs"].get(output, "")
    return contexts[kind][rest]


def gitlab_job(name: str, *paths: Path) -> dict[str, Any]:
    """A job with everything that it extends, from a file and those that it includes."""
    merged: dict[str, Any] = {}
    for path in paths:
        for key, value in load(path).items():
            merged[key] = {**merged[key], **value} if key == "variables" and key in merged else value

    def job_of(name: str) -> dict[str, Any]:
        row = merged[name]
        base = job_of(row["extends"]) if "extends" in row else {}
        both = {**base, **row}
        both["variables"] = {**base.get("variables", {}), **row.get("variables", {})}
        return both

    job = job_of(name)
    job["variables"] = {**merged.get("variables", {}), **job["variables"]}
    return job


def run_gitlab(job: Mapping[str, Any], workspace: Path, variables: Mapping[str, str], path: str) -> Ran:
    """The scripts of a job, in one shell as GitLab's runner does it."""
    environment = {"PATH": path, "HOME": str(workspace), "LANG": "C.UTF-8", "CI": "true", "GITLAB_CI": "true"}
    environment["CI_PROJECT_DIR"] = str(workspace)
    for key, value in {**job["variables"], **variables}.items():
        environment[key] = re.sub(r"\$(\w+)", lambda match: environment[match[1]], str(value))
    told = bash("\n".join([*job["before_script"], *job["script"]]), workspace, environment)
    return Ran(told.returncode, told.stdout)
