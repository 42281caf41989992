"""``driftgate doctor``: what is missing is told before a run misses it, at the price of one request that reads."""

from __future__ import annotations

import io
import json
import os
import socket
from importlib import metadata
from pathlib import Path

import pytest

from driftgate.contract import Profile
from driftgate.doctor import examine, installed
from driftgate.doctor.findings import Requests, Status
from driftgate.emulator import EMULATORS, Running, start
from driftgate.session import journal
from tests.fits.contracts import write
from tests.harness import run_main

KEY = "some-key-of-a-test"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DRIFTGATE_API_KEY", raising=False)


@pytest.fixture
def _at_no_cost(monkeypatch):
    """Without the runs against emulators, and without a pytest of its own."""
    requests = (Requests(Profile.SMOKE, 20, 13), Requests(Profile.DEEP, 5000))
    monkeypatch.setattr(examine, "requests_of", lambda targets, _: {target.name: requests for target in targets})
    monkeypatch.setattr(installed, "_plugins", lambda: installed.Note("plugins", Status.OK, ""))


@pytest.fixture(scope="module")
def servers():
    """The emulators of all vendors, each with a log of its requests."""
    running: dict[str, Running] = {}
    for vendor, emulator in EMULATORS.items():
        made = emulator()
        made.ready_made()
        running[vendor] = start(made)
        running[vendor]._application._log = io.StringIO()
    yield running
    for each in running.values():
        each.stop()


def _row(name, vendor, base_url, *more, key=KEY):
    return "\n".join(
        [f"[targets.{name}]", f'vendor = "{vendor}"', f'base_url = "{base_url}"', f'api_key = "{key}"', *more]
    )


def _write(*rows):
    path = Path("driftgate.toml")
    path.write_text("\n".join(rows))
    path.chmod(0o600)


def _doctor(*options):
    """The exit code, and the notes of each subject by what they are about."""
    code, output = run_main(["doctor", "--format=json", *options])
    told = json.loads(output)
    assert told["exit"] == code
    notes = {
        each["subject"]: {note["about"]: (note["status"], note["text"]) for note in each["notes"]}
        for each in told["examined"]
    }
    return code, notes, {each["subject"]: each for each in told["examined"]}


def _unknown(known):
    """A look-up of names that finds no host of the top-level domain invalid, and asks nobody for it."""

    def getaddrinfo(host, *more, **options):
        if str(host).endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return known(host, *more, **options)

    return getaddrinfo


def _lines(running):
    return running._application._log.getvalue().splitlines()


def test_a_target_is_asked_once_and_what_a_run_costs_is_what_it_then_sends(servers, monkeypatch):
    monkeypatch.setattr(installed, "_plugins", lambda: installed.Note("plugins", Status.OK, ""))
    rows, before = [], {}
    for vendor, running in servers.items():
        params = [f"params.{name} = {json.dumps(value)}" for name, value in running.params.items()]
        conversations = f"conversations = {json.dumps(running.conversations[:2])}" if vendor == "dify" else ""
        rows.append(_row(vendor, vendor, running.base_url, *params, conversations, key=f"${vendor.upper()}_KEY"))
        monkeypatch.setenv(f"{vendor.upper()}_KEY", running.api_key)
        before[vendor] = running.stored(), len(_lines(running))
    _write(*rows)
    code, notes, all_told = _doctor()
    assert code == 0, notes
    for vendor, running in servers.items():
        assert notes[vendor]["answers"][0] == "ok"
        assert notes[vendor]["api_key"] == ("ok", f"{vendor.upper()}_KEY is set in the environment")
        assert all_told[vendor]["sent"] == 1
        (line,) = _lines(running)[before[vendor][1] :]
        assert " GET " in line or line.startswith("GET ")
        assert running.stored() == before[vendor][0]
    assert f"shows conversation {servers['dify'].conversations[0]}" in notes["dify"]["answers"][1]
    assert notes["dify"]["money"][1].startswith("nothing: allow_cost is off, and so these are not asked: ")
    code, _ = run_main(["run", "-q", *(f"--target={vendor}" for vendor in servers)])
    assert code == 0
    for vendor in servers:
        rows = [json.loads(line) for line in Path(f"reports/latest/{vendor}.jsonl").read_text().splitlines()]
        counted = {"at_most": 60, "on_emulator": rows[-1]["requests"], "paid": {}}
        assert all_told[vendor]["requests"]["standard"] == counted
        assert 0 < all_told[vendor]["requests"]["smoke"]["on_emulator"] <= 20


def test_the_model_calls_are_those_that_the_run_makes(servers, monkeypatch):
    monkeypatch.setattr(installed, "_plugins", lambda: installed.Note("plugins", Status.OK, ""))
    dify = servers["dify"]
    params = [f"params.{name} = {json.dumps(value)}" for name, value in dify.params.items()]
    _write(_row("mine", "dify", dify.base_url, "allow_cost = true", *params, key=dify.api_key))
    _, notes, told = _doctor()
    assert run_main(["run", "-q", "--target=mine"])[0] == 0
    rows = [json.loads(line) for line in Path("reports/latest/mine.jsonl").read_text().splitlines()]
    sent = [row for row in rows if row["record"] == "exchange" and row["outcome"] == "success"]
    created = [row for row in sent if row["role"] == "create"]
    generated = [
        row for row in sent if row["role"] == "rename" and '"auto_generate": true' in row["request"]["body"]["text"]
    ]
    calls = len(created) + len(generated)
    assert told["mine"]["requests"]["standard"]["paid"] == {"a model call": calls}
    assert f"{calls} × a model call in standard" in notes["mine"]["money"][1]
    assert "× an end-user record" in notes["mine"]["money"][1]


def test_a_vendor_whose_emulator_is_made_from_its_contract_is_measured_too(monkeypatch, tmp_path):
    monkeypatch.setattr(installed, "_plugins", lambda: installed.Note("plugins", Status.OK, ""))
    contracts = write(tmp_path, "keyed").as_posix()
    Path("driftgate.toml").write_text(
        f'contracts = ["{contracts}"]\n[targets.mine]\nvendor = "keyed"\nemulator = true\n'
    )
    _, _, told = _doctor()
    assert 0 < told["mine"]["requests"]["standard"]["on_emulator"] <= 60


def test_doctor_is_the_next_step_after_init(monkeypatch):
    monkeypatch.setattr(installed, "_plugins", lambda: installed.Note("plugins", Status.OK, ""))
    assert run_main(["init"])[0] == 0
    code, notes, told = _doctor()
    assert code == 0, notes
    for vendor in EMULATORS:
        assert 0 < told[vendor]["requests"]["smoke"]["on_emulator"] <= 20
    with Path("driftgate.toml").open("a") as file:
        file.write('\n[targets.live]\nvendor = "coze"\nbase_url = "http://127.0.0.1:9"\napi_key = "$NOT_SET_AT_ALL"\n')
    code, notes, told = _doctor()
    assert code == 4
    assert notes["live"]["api_key"] == ("problem", "the environment variable NOT_SET_AT_ALL is not set")
    assert all(told[vendor]["requests"]["smoke"]["on_emulator"] for vendor in EMULATORS)


@pytest.mark.usefixtures("_at_no_cost")
def test_everything_that_prevents_a_verdict_is_reported_at_once(servers, tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", _unknown(socket.getaddrinfo))
    coze, dify = servers["coze"], servers["dify"]
    user = f'params.user = "{dify.params["user"]}"'
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    (tmp_path / "waivers").mkdir()
    (tmp_path / "waivers/waived.yaml").write_text(
        "waivers:\n  - {requirement: coze.x, reason: r, link: l, expires: 2099-01-01}\n"
    )
    old = "{requirement: coze.rename.name-required, reason: r, link: l, expires: 2020-01-01}"
    (tmp_path / "waivers/expired.yaml").write_text(f"waivers: [{old}]\n")
    _write(
        _row("unset", "coze", coze.base_url, 'params.bot_id = "$NOT_SET_AT_ALL"', 'proxy = "$NOT_SET_EITHER"'),
        _row("vendor", "coz", coze.base_url),
        _row("waived", "coze", coze.base_url, 'params.bot_id = "1"'),
        _row("expired", "coze", coze.base_url, 'params.bot_id = "1"', key=coze.api_key),
        _row("key", "coze", coze.base_url, 'params.bot_id = "1"'),
        _row("gone", "dify", dify.base_url, user, 'conversations = ["nowhere"]', key=dify.api_key),
        _row("closed", "coze", f"http://127.0.0.1:{port}", 'params.bot_id = "1"'),
        _row("unknown", "coze", "http://nowhere.invalid", 'params.bot_id = "1"'),
        _row("plain", "coze", coze.base_url.replace("http:", "https:"), 'params.bot_id = "1"'),
        _row("elsewhere", "coze", f"{coze.base_url}/v9", 'conversations = ["1"]', key=coze.api_key),
        _row("based", "coze", coze.base_url, 'params.bot_id = "1"', 'baseline = "none"', key=coze.api_key),
        '[targets.emulator]\nvendor = "dify"\nemulator = true',
    )
    code, notes, told = _doctor()
    assert code == 4
    expected = {
        ("unset", "params.bot_id"): ("problem", "the environment variable NOT_SET_AT_ALL is not set"),
        ("unset", "proxy"): ("problem", "the environment variable NOT_SET_EITHER is not set"),
        ("vendor", "set-up"): ("problem", "did you mean coze?"),
        ("waived", "waivers"): ("problem", "coze.x is no requirement of this contract"),
        ("expired", "waivers"): ("warning", "1 of 1 have expired, which fails the gate"),
        ("expired", "answers"): ("ok", "success: HTTP 200"),
        ("key", "answers"): ("no answer", "as with a wrong key: check the key (from driftgate.toml)"),
        ("gone", "answers"): ("no answer", "conversation nowhere is not there"),
        ("closed", "answers"): ("no answer", f"nothing listens at 127.0.0.1:{port}"),
        ("unknown", "answers"): ("no answer", "the host nowhere.invalid cannot be found (DNS)"),
        ("plain", "answers"): ("no answer", "speaks no TLS: is it an http:// URL?"),
        ("elsewhere", "answers"): ("no answer", "check the base URL"),
        ("based", "baseline"): ("problem", "none: cannot be read"),
        ("emulator", "set-up"): ("ok", "the embedded emulator"),
    }
    for (subject, about), (status, words) in expected.items():
        assert notes[subject][about][0] == status, (subject, notes[subject])
        assert words in notes[subject][about][1], (subject, notes[subject])
    sent = {name: each["sent"] for name, each in told.items() if each["sent"] != 1}
    none = dict.fromkeys(("installation", "configuration", "unset", "vendor", "emulator"), 0)
    assert sent == none | dict.fromkeys(("key", "waived", "elsewhere"), 2)
    assert KEY not in json.dumps(told)
    code, notes, _ = _doctor("--target=closed", "--timeout=5")
    assert code == 6
    assert list(notes) == ["installation", "configuration", "closed"]
    code, output = run_main(["doctor", "--target=closed", "--offline"])
    assert code == 0
    assert "smoke at most 20 (about 13 on a conforming server), deep at most 5000\n" in output
    assert output.endswith("driftgate doctor: no problems found; no requests sent\n")


@pytest.mark.usefixtures("_at_no_cost")
def test_a_run_that_was_cut_off_and_a_baseline_of_another_suite_are_reported(servers, tmp_path):
    coze = servers["coze"]
    _write(_row("mine", "coze", coze.base_url, 'params.bot_id = "7340000000000000001"', key=coze.api_key))
    assert run_main(["run", "-q", "--target=mine"])[0] == 0
    assert run_main(["baseline", "accept", "reports/latest/mine.jsonl"])[0] == 0
    assert _doctor()[1]["mine"]["baseline"] == (
        "ok",
        f"{tmp_path}/reports/baselines/mine.jsonl, of this suite; used only with --baseline",
    )
    begun = {"journal": "begin", "version": 1, "driftgate": "0", "started": "now", "key_from": None}
    begun["target"] = {"name": "mine", "vendor": "coze", "edition": "2026-05", "base_url": coze.base_url, "params": {}}
    lent = {"journal": "lent", "conversation": "1", "name": "of before"}
    sent = {"journal": "rename", "conversation": "1", "name": "another"}
    lines, before = [], ""
    for row in ({**begun, "bound": None}, lent, sent):
        line, before = journal.sealed(row, before)
        lines.append(line)
    for name in ("mine", "other"):
        Path(f"reports/latest/{name}.journal").write_bytes(b"".join(lines))
    baseline = Path("reports/baselines/mine.jsonl")
    baseline.write_text(baseline.read_text()[:-200])
    code, notes, _ = _doctor("--offline")
    assert code == 4
    assert "restore it first: driftgate restore reports/latest/mine.journal" in notes["mine"]["journal"][1]
    assert "driftgate restore reports/latest/other.journal" in notes["configuration"]["journal"][1]
    assert notes["mine"]["baseline"][0] == "warning"


@pytest.mark.usefixtures("_at_no_cost")
def test_without_a_configuration_the_next_command_is_shown():
    code, output = run_main(["doctor"])
    assert code == 0
    assert "driftgate.toml: does not exist; driftgate init writes one" in output
    code, output = run_main(["doctor", "--target=a"])
    assert code == 4
    assert "driftgate init writes one" in output
    run_main(["init"])
    code, output = run_main(["doctor", "--target=cose"])
    assert code == 4
    assert "did you mean coze?" in output
    Path("driftgate.toml").write_text("[targets\n")
    assert run_main(["doctor"])[0] == 4


def test_packages_that_are_missing_or_old_are_reported(monkeypatch):
    monkeypatch.setattr(
        metadata, "requires", lambda name: ["pytest>=1000", "no-such-thing>=1", "httpx>=0", "x; python_version<'3'"]
    )
    told = [(note.status, note.text) for note in installed._packages()]
    assert told[0][0] == told[1][0] == Status.PROBLEM
    assert "python -m pip install 'pytest>=1000'" in told[0][1]
    assert told[1][1].startswith("no-such-thing is not installed")
    assert told[2] == (Status.OK, f"httpx {metadata.version('httpx')}")


def test_a_plugin_that_takes_an_option_of_ours_is_reported(tmp_path, monkeypatch):
    (tmp_path / "clash.py").write_text("def pytest_addoption(parser):\n    parser.addoption('--timeout')\n")
    (tmp_path / "clash-1.dist-info").mkdir()
    (tmp_path / "clash-1.dist-info/METADATA").write_text("Name: clash\nVersion: 1\n")
    (tmp_path / "clash-1.dist-info/entry_points.txt").write_text("[pytest11]\nclash = clash\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]))
    note = installed._plugins()
    assert note.status is Status.WARNING
    assert "has the option --timeout too: leave it out with -p no:timeout" in note.text
