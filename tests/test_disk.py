"""A full disk ends a run with one line and no exit code 0, and nothing is left changed; restoring needs no disk."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from driftgate.base.errors import UsageError
from driftgate.emulator import EMULATORS
from driftgate.session import journal
from tests.ends import disk_full, disk_full_for_records
from tests.harness import live_options, run_main
from tests.kills import begin_run, names
from tests.sample import sample
from tests.test_restore import VENDORS, Case

TOLD = "cannot be written to (No space left on device)"


def _no_room(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def made():
    cases = []

    def make(folder, vendor="coze"):
        cases.append(Case(folder, EMULATORS[vendor]()))
        return cases[-1]

    yield make
    for case in cases:
        case.running.stop()


@pytest.fixture
def record_full():
    """From this write of a record on, the disk is full."""
    with ExitStack() as stack:
        yield lambda number: stack.enter_context(disk_full_for_records(number))


# the record


@pytest.mark.parametrize(
    ("vendor", "lent", "number"),
    sample(
        [(vendor, lent, number) for vendor in VENDORS for lent in (True, False) for number in (1, 2, 3, 10, 70, 120)],
        lambda vendor, lent, number: (lent, min(number, 3)),
    ),
)
def test_a_record_that_cannot_be_written_ends_the_run(made, record_full, tmp_path, vendor, lent, number):
    case = made(tmp_path, vendor)
    record_full(number)
    code, output = case.judge(*(case.options if lent else ()), "-q")
    assert code == 7, output
    assert f"\n{tmp_path}/{vendor}.jsonl: {TOLD}\n" in output
    assert "Traceback" not in output
    assert names(case.emulator) == case.before
    assert not case.path.exists()
    assert number > 3 or case.requests <= 12


def test_a_record_that_cannot_be_written_is_told_by_workers_too(made, tmp_path):
    case = made(tmp_path)
    (tmp_path / "full.py").write_text(
        "from io import FileIO\nfrom driftgate.record import record\n"
        "class Disk(FileIO):\n    def write(self, line):\n        raise OSError(28, 'No space left on device')\n"
        "record.FileIO = Disk\n"
    )
    run = begin_run(case.emulator, case.running, tmp_path, "-n2", "-p", "full", PYTHONPATH=f"{tmp_path}:{os.getcwd()}")
    output = run.communicate()[0]
    assert run.returncode == 7, output
    assert f"coze.jsonl: {TOLD}" in output
    assert "Traceback" not in output
    assert names(case.emulator) == case.before


def test_what_is_judged_again_and_cannot_be_written_is_told_in_one_line(made, record_full, tmp_path):
    case = made(tmp_path)
    assert case.judge("--profile=smoke", "-q")[0] == 0
    record_full(2)
    code, output = run_main(["judge", str(tmp_path / "coze.jsonl"), f"--report-dir={tmp_path}/again"])
    assert (code, output.count("\n")) == (4, 1), output
    assert TOLD in output


# the journal


def test_a_run_without_room_for_its_journal_sends_nothing(made, tmp_path):
    case = made(tmp_path)
    given = [f"--vendor=coze --base-url={case.running.base_url}", f"--report-dir={tmp_path}/reports"]
    run = subprocess.run(
        [sys.executable, "-m", "driftgate", "run", "-q", *" ".join(given).split(), *live_options(case.running)],
        env={**os.environ, "DRIFTGATE_API_KEY": case.running.api_key},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 6, run.stdout
    assert f"{tmp_path}/reports/coze.journal: cannot be written to (File too large)" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    assert case.requests == 0
    assert not list((tmp_path / "reports").glob("*.journal"))


class Allocated:
    """What the journal sees of ``os`` on a disk that was full from the first change on: a file cannot grow."""

    def __getattr__(self, name):
        return getattr(os, name)

    def write(self, descriptor, data):
        end = os.fstat(descriptor).st_size
        if end and os.lseek(descriptor, 0, os.SEEK_CUR) + len(data) > end:
            _no_room()
        return os.write(descriptor, data)


def test_a_disk_that_fills_up_in_mid_run_has_room_for_the_journal(made, tmp_path, monkeypatch):
    case = made(tmp_path)
    monkeypatch.setattr(journal, "os", Allocated())
    code, output = case.judge(*case.options, "-q")
    assert code == 0, output
    assert names(case.emulator) == case.before


def test_no_change_is_announced_in_the_room_for_restoring(made, tmp_path, monkeypatch):
    case = made(tmp_path)
    opened = journal.begin(case.path, case.target())
    monkeypatch.setattr(journal, "os", Allocated())
    with pytest.raises(OSError, match="No space"):
        _announce_creations(opened, 10_000)
    left = len(opened.pending.unanswered)
    for number in range(left):
        opened.note("not-created", name=f"driftgate {number}")
    assert 0 < left < 10_000
    opened.close()
    after = journal.resume(case.path)
    assert left - len(after.pending.unanswered) > 500
    after.close()


def _announce_creations(opened, number):
    for each in range(number):
        opened.announce("create", name=f"driftgate {each}", at=1)


def test_blanks_end_a_journal_and_a_hole_is_what_a_power_cut_leaves(made, tmp_path):
    case = made(tmp_path)
    case.renamed()
    raw = case.path.read_bytes()
    written = raw.rstrip(b" ")
    assert len(raw) > 100_000
    more = b'{"journal": "read", "conv' + b" " * 2000 + b'"sum": "12345678"}\n'
    case.path.write_bytes(written + more + raw[len(written) + len(more) :])
    opened = journal.resume(case.path)
    opened.announce("restored", conversation=case.lent[0].id)
    opened.close()
    assert case.path.read_bytes().rstrip(b" ").count(b"\n") == written.count(b"\n") + 1
    again = journal.resume(case.path)
    assert again.pending.finished
    again.close()


def test_a_damaged_line_without_a_hole_is_refused(made, tmp_path):
    case = made(tmp_path)
    case.renamed()
    written = case.path.read_bytes().rstrip(b" ")
    case.path.write_bytes(written + b'{"journal": "read"}\n')
    with pytest.raises(UsageError, match="is damaged"):
        journal.resume(case.path)


@pytest.mark.parametrize("vendor", sample(VENDORS, lambda vendor: None))
def test_restore_needs_no_room(made, tmp_path, vendor):
    case = made(tmp_path, vendor)
    case.renamed()
    with disk_full(1):
        code, output = case.restore()
    assert code == 0, output
    assert names(case.emulator) == case.before
    assert case.restore()[0] == 0


# reports


@pytest.mark.parametrize("name", ["report.html", "report.md", "junit.xml", "found.sarif"])
def test_a_report_that_cannot_be_written_is_told_and_none_is_left(made, tmp_path, monkeypatch, name):
    case = made(tmp_path)
    write = Path.write_text
    monkeypatch.setattr(
        Path, "write_text", lambda self, *a, **k: _no_room() if self.name == name else write(self, *a, **k)
    )
    code, output = case.judge(
        "--profile=smoke", "-q", f"--junitxml={tmp_path}/junit.xml", f"--sarif={tmp_path}/found.sarif"
    )
    assert code == 7, output
    assert f"not written: {tmp_path}/{name}: No space left on device" in output
    assert "Traceback" not in output
    assert not (tmp_path / name).exists()


def test_what_pytest_itself_cannot_write_is_told_in_one_line(made, tmp_path, monkeypatch):
    case = made(tmp_path)
    monkeypatch.setattr("_pytest.junitxml.open", _full_at_the_end, raising=False)
    code, output = case.judge("--profile=smoke", "-q", f"--junitxml={tmp_path}/junit.xml")
    assert code == 7, output
    assert "JUnit or Allure results not written: No space left on device" in output
    assert "Traceback" not in output
    assert not (tmp_path / "junit.xml").exists()


def _full_at_the_end(path, *given, **more):
    opened = open(path, *given, **more)  # noqa: SIM115
    opened.write("<testsuites>")
    opened.close()
    return _no_room()


def test_allure_results_that_cannot_be_written_are_told_in_one_line(made, tmp_path, monkeypatch):
    case = made(tmp_path)
    monkeypatch.setattr("allure_commons.logger.AllureFileLogger._report_item", _no_room)
    code, output = case.judge("--profile=smoke", "-q", f"--alluredir={tmp_path}/allure")
    assert code == 7, output
    assert "JUnit or Allure results not written: No space left on device" in output
    assert "Traceback" not in output
    assert names(case.emulator) == case.before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_run_that_cannot_print_restores_everything(made, tmp_path):
    case = made(tmp_path)
    given = [f"--vendor=coze --base-url={case.running.base_url}", f"--report-dir={tmp_path}"]
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "driftgate", "run", *" ".join(given).split(), *live_options(case.running)],
            env={**os.environ, "DRIFTGATE_API_KEY": case.running.api_key},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 7
    assert run.stderr == "driftgate: No space left on device\n"
    assert names(case.emulator) == case.before


def test_a_run_whose_reader_has_gone_says_so_in_one_line(tmp_path):
    given = [sys.executable, "-m", "driftgate", "run", "--emulators", "--profile=smoke", f"--report-dir={tmp_path}"]
    # unbuffered: otherwise a short output is printed at the end alone, when the verdict is known
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=env
    ) as run:
        run.stdout.close()
        assert run.stderr.read() == "driftgate: stopped, as nobody reads its output any more\n"
    assert run.returncode == 7


@pytest.mark.parametrize("command", [["report"], ["report", "--format=html"]])
def test_a_command_that_cannot_print_says_so_in_one_line(made, tmp_path, command):
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    case = made(tmp_path)
    case.judge("--profile=smoke", "-q")
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "driftgate", *command, str(tmp_path / "coze.jsonl")],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 7
    assert run.stderr == "driftgate: No space left on device\n"
