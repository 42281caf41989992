"""A file that explodes, blocks or never ends is refused in one line, with little time and memory."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness import run_main

ROOT = Path(__file__).parent.parent.parent
MOST_MEMORY = 1 << 30  # bytes of address space; libraries take some hundred MB of it
MOST_SECONDS = 20  # of processor time
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 12)
)
ITSELF = "a: &a [*a]\n"
DEEP = "[" * 100_000
SECRET = "root:x:0:0:the-secret-of-another-file"


def driftgate(*arguments, folder):
    """Exit code and output of the command in a process that may not take much."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))

    run = subprocess.run(
        [sys.executable, "-m", "driftgate", *arguments],
        cwd=folder,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DRIFTGATE_API_KEY": "some-key-of-a-test"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=limit,
        text=True,
    )
    return run.returncode, run.stdout


@contextmanager
def bounded():
    """Raises TimeoutError where this process waits for a file for long."""

    def fail(number, frame):
        raise TimeoutError("waits for the file")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _written(text):
    return lambda path: path.write_text(text)


def _linked(path):
    path.symlink_to("/dev/zero")


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "exploding-aliases": (_written(BOMB), "aliases stand for more than 100000 values"),
    "an-alias-of-itself": (_written(ITSELF), "aliases stand for more than 100000 values"),
    "brackets": (_written(DEEP), "nest"),
    "dev-zero": (_linked, "is a pipe or a device; name a file"),
    "a-named-pipe": (os.mkfifo, "is a pipe or a device; name a file"),
    "a-folder": (os.mkdir, "cannot be read (Is a directory)"),
    "seventeen-megabytes": (_written(" " * (17 << 20)), "is larger than 16 MiB"),
}


def _is_one_line(told, words):
    code, output = told
    assert code == 4, output
    assert words in output
    assert len(output.strip().splitlines()) <= 3, output
    assert "Traceback" not in output


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("name", ["contract.yaml", "requirements.yaml", "examples.yaml", "editions/2099-01.yaml"])
def test_a_hostile_contract_is_refused(kind, name, tmp_path):
    make, words = FILES[kind]
    shutil.copytree(ROOT / "contracts" / "coze", tmp_path / "contracts" / "coze")
    path = tmp_path / "contracts" / "coze" / name
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    make(path)
    edition = ["--edition=2099-01"] if "editions" in name else []
    _is_one_line(driftgate("run", "--contracts=contracts", "--vendor=coze", *edition, folder=tmp_path), words)


@pytest.mark.parametrize("kind", [each for each in FILES if each not in ("brackets", "exploding-aliases", "a-folder")])
def test_a_hostile_waiver_file_is_refused(kind, tmp_path):
    make, words = FILES[kind]
    make(tmp_path / "waivers.yaml")
    words = "is not a waiver file" if kind == "an-alias-of-itself" else words
    _is_one_line(driftgate("run", "--vendor=coze", "--waivers=waivers.yaml", folder=tmp_path), words)


WAIVERS = {
    "aliases": (f"waivers: []\n{BOMB}", "aliases stand for more than 100000 values"),
    "text": (SECRET, "is not a waiver file"),
    "no-yaml": (f"{SECRET}\n\t- @{SECRET}: [", "is not a waiver file"),
    "a-list": (f"- {SECRET}", "is not a waiver file"),
    "a-mapping": (f"password: {SECRET}", "is not a waiver file"),
    "twice": (f"'{SECRET}': 1\n'{SECRET}': 2", "is not a waiver file"),
    "a-tag": (f"!!{SECRET} x", "is not a waiver file"),
}


@pytest.mark.parametrize("kind", WAIVERS)
def test_nothing_of_a_file_that_is_no_waiver_file_is_quoted(kind, tmp_path):
    text, words = WAIVERS[kind]
    (tmp_path / "waivers.yaml").write_text(text)
    told = driftgate("run", "--vendor=coze", "--waivers=waivers.yaml", folder=tmp_path)
    _is_one_line(told, words)
    assert "the-secret" not in told[1]


TARGETS = {
    "brackets": (_written(f"a = {DEEP}"), "is nested too deep"),
    "tables": (_written(f"a = {'{b = ' * 50_000}"), "is nested too deep"),
    "dots": (_written(f"a{'.a' * 50_000} = 1"), "is nested too deep"),
    "some-dots": (_written(f"a{'.a' * 900} = 1"), "nested deeper than 100 levels"),
    **{kind: FILES[kind] for kind in ("dev-zero", "a-named-pipe", "a-folder", "seventeen-megabytes")},
}


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_hostile_file_of_targets_is_refused(kind, command, tmp_path):
    make, words = TARGETS[kind]
    make(tmp_path / "driftgate.toml")
    _is_one_line(driftgate(command, "--target=a", folder=tmp_path), words)


COMMANDS = [
    "report FILE",
    "judge FILE",
    "drift FILE FILE",
    "judge --vendor=coze --har=FILE",
    "docs coze FILE",
    "explain FILE coze-name-persists",
    "badge FILE",
    "merge FILE",
    "compat FILE",
    "baseline accept FILE",
    "emulate coze --seed-data=FILE",
    "client --vendor=coze --waivers=FILE -- true",
]


@pytest.mark.parametrize("kind", ["dev-zero", "a-named-pipe"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_never_ends_is_refused(kind, command, tmp_path, monkeypatch):
    make, words = FILES[kind]
    make(tmp_path / "a.jsonl")
    monkeypatch.chdir(tmp_path)
    with bounded():
        told = run_main(command.replace("FILE", "a.jsonl").split(), key="some-key-of-a-test")
    _is_one_line(told, words)


@pytest.mark.parametrize("kind", ["dev-zero", "a-named-pipe"])
@pytest.mark.parametrize("name", ["coze.jsonl", "report.md"])
def test_a_pipe_in_place_of_what_a_run_writes_is_refused(kind, name, tmp_path):
    make, words = FILES[kind]
    make(tmp_path / name)
    with bounded():
        told = run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}", "-q"])
    _is_one_line(told, f"--report-dir {tmp_path}: {tmp_path}/{name}: {words}")


@pytest.mark.parametrize("kind", ["dev-zero", "a-named-pipe"])
def test_certificates_that_never_end_are_refused(kind, tmp_path):
    make, words = FILES[kind]
    make(tmp_path / "ca.pem")
    given = ["--vendor=coze", "--base-url=https://127.0.0.1:9", "--conversation=1", "--ca-bundle=ca.pem"]
    _is_one_line(driftgate("run", *given, folder=tmp_path), words)
