"""``driftgate power``: what the requirements of a contract notice of the faults that follow from it."""

from __future__ import annotations

import json

import yaml

from tests.fits.contracts import write
from tests.harness import run_main


def _power(contracts, *options):
    return run_main(["power", f"--contracts={contracts}", *options])


def test_what_notices_a_fault_is_told_and_what_goes_unnoticed(tmp_path):
    contracts = write(tmp_path, "formed")
    code, output = _power(contracts, "--fault=name-cut", "--fault=rename-without-owner", "--json")
    assert code == 0, output
    (found,) = json.loads(output)
    assert "formed.rename.persists" in found["noticed"]["name-cut"]
    assert found["unnoticed"] == ["rename-without-owner"]


def test_stateful_requirements_are_proven_by_faults_of_their_own(tmp_path):
    code, output = _power(write(tmp_path, "nested"), "--fault=first-not-listed-after-deletion", "--json")
    assert code == 0, output
    (found,) = json.loads(output)
    assert found["noticed"] == {"first-not-listed-after-deletion": ["nested.lifecycle.listed-once"]}


def test_a_requirement_that_nothing_proves_is_an_exit_code(tmp_path):
    contracts = write(tmp_path, "formed")
    catalogue = contracts / "formed" / "requirements.yaml"
    value = yaml.safe_load(catalogue.read_text())
    value["requirements"] = [row for row in value["requirements"] if row["check"] == "answers"]
    value["requirements"][0]["status"] = ["2XX"]
    catalogue.write_text(yaml.safe_dump(value, sort_keys=False))
    code, output = _power(contracts)
    assert code == 1, output
    assert "no fault makes fail:\n  formed.rename.status" in output


def test_an_unknown_fault_and_no_contract_are_refused(tmp_path):
    contracts = write(tmp_path, "formed")
    assert _power(contracts, "--fault=name-cuts")[0] == 4
    assert run_main(["power"])[0] == 4
