"""Contracts of one's own: named once in driftgate.toml, or found in installed packages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.fits.contracts import write
from tests.fits.servers import KEY
from tests.harness import run_main
from tests.test_fits import serving


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _package(folder, value):
    """An installed package with an entry point."""
    info = folder / "acme_contracts-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-contracts\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[driftgate.contracts]\nacme = {value}\n")


def test_a_folder_in_the_file_of_targets_needs_no_option(tmp_path):
    write(tmp_path / "mine", "formed")
    with serving("formed") as (_, url):
        Path("driftgate.toml").write_text(
            f'contracts = ["mine"]\n[targets.ours]\nvendor = "formed"\nbase_url = "{url}"\napi_key = "{KEY}"\n'
        )
        code, output = run_main(["run", "-q"])
    assert code == 0, output
    assert run_main(["contracts", "check", "formed"]) == (0, "formed 1: no problems; requirements: 14, examples: 0\n")


def test_a_folder_that_is_none_is_refused(tmp_path):
    Path("driftgate.toml").write_text('contracts = ["mine"]\n[targets.ours]\nvendor = "coze"\nemulator = true\n')
    code, output = run_main(["run", "-q"])
    assert code == 4
    assert "mine: is not a folder (driftgate.toml may name it under contracts)" in output


def test_a_vendor_without_a_contract_is_told_where_one_could_be():
    code, output = run_main(["run", "--vendor=formed", "--base-url=http://127.0.0.1:9"])
    assert code == 4
    assert '--contracts DIR, or by contracts = ["DIR"] in driftgate.toml' in output


def test_init_writes_the_folders_that_it_was_given(tmp_path):
    write(tmp_path / "mine", "formed")
    code, output = run_main(["init", "--vendor=formed", "--base-url=http://127.0.0.1:9", "--contracts=mine"])
    assert code == 0, output
    assert tomllib.loads(Path("driftgate.toml").read_text())["contracts"] == ["mine"]
    # what it prints next finds the contract
    code, output = run_main(["run", "--target=formed", "-q"])
    assert "FORMED_API_KEY is not set" in output


def test_init_takes_the_vendors_of_the_folders_that_it_was_given_and_every_command_it_prints_works(tmp_path):
    for vendor in ("formed", "keyed"):
        write(tmp_path / "mine", vendor)
    code, output = run_main(["init", "--contracts=mine"])
    assert code == 0, output
    assert tomllib.loads(Path("driftgate.toml").read_text())["targets"].keys() == {"formed", "keyed"}
    printed = [line.partition("#")[0].split()[1:] for line in output.splitlines() if line.startswith("  driftgate ")]
    assert printed == [["run"]]
    code, output = run_main([*printed[0], "-q"])
    assert code == 0, output
    assert "embedded emulator: formed, keyed" in output


def test_init_of_a_server_prints_commands_that_find_its_contract(tmp_path, monkeypatch):
    write(tmp_path / "mine", "formed")
    monkeypatch.setenv("FORMED_API_KEY", KEY)
    with serving("formed") as (_, url):
        _, output = run_main(["init", "--vendor=formed", f"--base-url={url}", "--contracts=mine"])
        printed = [line.split()[1:] for line in output.splitlines() if line.startswith("  driftgate ")]
        assert [words[0] for words in printed] == ["doctor", "run"]
        ended = [run_main(words) for words in printed]
    assert [code for code, _ in ended] == [0, 0], ended


def test_a_vendor_in_an_installed_package_is_found(tmp_path, monkeypatch):
    _package(tmp_path / "site", "acme_contracts")
    write(tmp_path / "site" / "acme_contracts", "nested")
    (tmp_path / "site" / "acme_contracts" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    code, output = run_main(["contracts", "check", "nested"])
    assert code == 0, output
    assert "nested" in run_main(["contracts"])[1]


def test_an_entry_point_that_names_no_package_is_refused(tmp_path, monkeypatch):
    _package(tmp_path / "site", "nowhere_contracts")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    code, output = run_main(["contracts", "check", "nested"])
    assert code == 4
    assert "the entry point acme of driftgate.contracts names nowhere_contracts, which is no package" in output
