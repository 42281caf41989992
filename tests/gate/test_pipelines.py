"""What is offered for other pipelines: the image, Kubernetes, Jenkins, Azure and pre-commit, run as far as plain shell goes."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.gate.conftest import OFFLINE
from tests.gate.runner import HOME, bash, run_gitlab
from tests.harness import run_main

CI = HOME / "ci"
DOCKERFILE = (CI / "container/Dockerfile").read_text()
JENKINSFILE = (CI / "jenkins/Jenkinsfile").read_text()
DOCS = (HOME / "docs/ci.md").read_text()


@pytest.fixture
def workspace(tmp_path, installed, server):
    """A folder with a target and driftgate installed; its environment, with a wrong key if wanted."""
    running = server("coze")
    (tmp_path / "driftgate.toml").write_text(
        f'[targets.staging]\nvendor = "coze"\nbase_url = "{running.base_url}"\napi_key = "$KEY"\n'
        'params = { bot_id = "1" }\n'
    )
    (tmp_path / ".driftgate-venv").symlink_to(installed)

    def environment(key=running.api_key):
        path = f"{installed}/command:{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "KEY": key, **OFFLINE}

    return tmp_path, environment


def judging_of_jenkins():
    return re.findall(r"'''(.*?)'''", JENKINSFILE, re.DOTALL)[-1]


def judging_of_azure():
    steps = yaml.safe_load((CI / "azure/azure-pipelines.yml").read_text())["steps"]
    return next(step["bash"] for step in steps if step.get("displayName") == "Judge")


@pytest.mark.parametrize("script", [judging_of_jenkins, judging_of_azure])
def test_a_target_that_conforms_is_green_and_has_junit(script, workspace):
    folder, environment = workspace
    told = bash(script(), folder, environment())
    assert told.returncode == 0, told.stdout
    assert (folder / "driftgate-reports" / "junit.xml").is_file()


def test_what_could_not_be_judged_is_unstable_in_jenkins_and_a_warning_in_azure(workspace):
    folder, environment = workspace
    assert bash(judging_of_jenkins(), folder, environment("wrong-key-of-a-test")).returncode == 6
    assert re.search(r"code == 6\) \{\s*unstable\(", JENKINSFILE)
    told = bash(judging_of_azure(), folder, environment("wrong-key-of-a-test"))
    assert told.returncode == 0
    assert "##vso[task.complete result=SucceededWithIssues;]" in told.stdout


def test_a_violation_fails_in_azure_with_its_code(workspace, server):
    folder, environment = workspace
    broken = server("coze", "code-as-text")
    text = (folder / "driftgate.toml").read_text()
    (folder / "driftgate.toml").write_text(re.sub('http://[^"]*', broken.base_url, text))
    assert bash(judging_of_azure(), folder, environment(broken.api_key)).returncode == 1


def test_the_image_holds_the_wheel_that_its_first_stage_builds(tmp_path):
    building = re.search(r"^RUN (python -m pip wheel .*)$", DOCKERFILE, re.MULTILINE)[1]
    command = building.replace("/wheel ", f"{tmp_path} ").replace("python -m", f"{sys.executable} -m")
    told = bash(command, HOME, {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **OFFLINE})
    assert told.returncode == 0, told.stdout
    (wheel,) = tmp_path.glob("*.whl")
    assert "driftgate/_bundle/contracts/coze/contract.yaml" in zipfile.ZipFile(wheel).namelist()
    assert re.search(
        r"^COPY --from=wheel /wheel /wheel\nRUN python -m pip install .* /wheel/\*\.whl$", DOCKERFILE, re.M
    )


def test_the_image_does_not_run_as_root_and_begins_with_the_command():
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    (command,) = json.loads(re.search(r"^ENTRYPOINT (.*)$", last, re.MULTILINE)[1])
    assert command in tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["scripts"]


def test_the_job_of_kubernetes_watches_what_its_configuration_names(tmp_path, monkeypatch, server):
    config, _, job = yaml.safe_load_all((CI / "kubernetes/watch.yaml").read_text())
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {each["mountPath"] for each in container["volumeMounts"]}
    settings = config["data"]["driftgate.toml"]
    folder = tomllib.loads(settings)["watch"]["folder"]
    assert str(Path(folder).parent) in mounts
    assert re.search(r"^WORKDIR /work$", DOCKERFILE, re.MULTILINE)
    assert "/work" in mounts

    running = server("dify")
    here = settings.replace("https://dify.staging.example/v1", running.base_url).replace(folder, str(tmp_path / "kept"))
    (tmp_path / "driftgate.toml").write_text("\n".join(line for line in here.splitlines() if "slack" not in line))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIFY_STAGING_KEY", running.api_key)
    code, output = run_main(container["args"])
    assert code in (0, 6), output  # what a Dify target has to be given besides is for its owner
    assert "staging" in output
    assert (tmp_path / "kept" / "state.json").is_file()


def test_the_image_judges_in_gitlab(workspace):
    folder, environment = workspace
    (text,) = [
        text for text in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if "registry.example/driftgate" in text
    ]
    job = yaml.safe_load(text)["contract"]
    assert job["image"]["entrypoint"] == [""]
    ran = run_gitlab({"before_script": [], "variables": {}, **job}, folder, environment(), environment()["PATH"])
    assert ran.exit == 0, ran.output
    assert (folder / job["artifacts"]["reports"]["junit"]).is_file()


def test_the_hook_reads_the_files_that_it_is_given(workspace, monkeypatch):
    folder, _ = workspace
    (hook,) = yaml.safe_load((HOME / ".pre-commit-hooks.yaml").read_text())
    taken = re.compile(hook["files"])
    for name in ("driftgate.toml", "a/waivers/staging.yaml", "contracts/acme/requirements.yaml"):
        assert taken.search(name), name
    assert not any(map(taken.search, ("README.md", "driftgate.toml.bak", "waivers/notes.md")))
    monkeypatch.chdir(folder)
    command, *words = hook["entry"].split()
    assert command == "driftgate"
    assert run_main([*words, "driftgate.toml"])[0] == 0
