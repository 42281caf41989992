"""The suites against conforming servers: everything is judged, within the budget, the same way each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.variants import VARIANTS, varied
from tests.harness import judge, judge_emulator, run_main
from tests.sample import sample

VENDORS = sorted(EMULATORS)
TYPED = ("rejects", "types")  # checks that send members of other types


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_conforming_server_passes_every_requirement_within_60_requests(vendor):
    judged = judge(vendor)
    assert judged.exit == 0, judged.output
    assert set(judged.verdicts.values()) == {"pass"}
    assert judged.requests <= 60
    renamed = [row for row in judged.of("exchange") if row["role"] == "rename" and row["outcome"] == "success"]
    assert len(renamed) >= 16


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_smoke_profile_sends_at_most_20_requests(vendor):
    judged = judge(vendor, options=["--profile=smoke"])
    assert judged.exit == 0, judged.output
    assert judged.requests <= 20
    assert set(judged.verdicts.values()) == {"pass", "none"}


def test_without_a_target_the_emulators_that_are_written_by_hand_are_judged(tmp_path):
    code, output = run_main(["run", f"--report-dir={tmp_path}"])
    assert code == 0, output
    assert {path.stem for path in tmp_path.glob("*.jsonl")} == set(EMULATORS)


@pytest.mark.parametrize("vendor", sample(VENDORS, lambda vendor: None))
def test_cases_are_the_same_from_run_to_run_and_others_under_another_seed(vendor):
    first, again, other = judge(vendor), judge(vendor), judge(vendor, options=["--seed=7"])
    assert _names(first) == _names(again)
    assert _names(first) != _names(other)
    assert other.exit == 0, other.output


def _names(judged):
    """What was sent to the rename operation, but for the names under which the run made its conversations."""
    rows = judged.of("exchange")
    made = re.findall(r"driftgate [0-9a-f]+", json.dumps([row["request"] for row in rows if row["role"] == "create"]))
    bodies = json.dumps([row["request"]["body"] for row in rows if row["role"] == "rename"])
    for name in made:
        bodies = bodies.replace(name, "made by this run")
    return bodies


@pytest.mark.parametrize(
    ("vendor", "variant"),
    sample(
        [(vendor, name) for vendor in VARIANTS for name in VARIANTS[vendor]],
        lambda vendor, variant: (vendor, "types-converted" in variant),
    ),
)
def test_a_variant_where_the_page_is_silent_breaks_no_must(vendor, variant):
    judged = judge_emulator(varied(vendor, variant))
    assert judged.exit == 0, judged.output
    assert "none" not in judged.verdicts.values()
    # leniency towards wrong types is reported as a broken SHOULD, and nothing else is
    lenient = {row.id for row in load_contract(vendor).requirements if row.level == "should" and row.check in TYPED}
    assert judged.failed() <= (lenient if "types-converted" in variant else set())


def test_the_deep_profile_lets_schemathesis_drive(tmp_path):
    code, output = run_main(["run", "--vendor=coze", "--profile=deep", "-k", "fuzz", f"--report-dir={tmp_path}"])
    assert code == 0, output
    assert (tmp_path / "coze.jsonl").read_text().count('"role": "rename"') > 200


def test_the_deep_profile_finds_what_only_odd_bodies_show(tmp_path):
    judged = judge("coze", ["wrong-type-fails"], ["--profile=deep", "-k", "fuzz"])
    assert judged.exit == 1
    assert judged.failed() == {"coze.rename.no-server-error"}


LOADED = """
import sys
import unicodedata

def pytest_unconfigure(config):
    print("loaded:", sorted({"hypothesis", "schemathesis"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "command",
    [
        ("driftgate", "run", "--vendor=coze"),
        ("pytest", "--vendor=coze", "suites"),
        ("driftgate", "run", "--vendor=coze", "--profile=smoke"),
    ],
)
def test_only_the_profile_deep_loads_hypothesis_and_schemathesis(tmp_path, command):
    (tmp_path / "shows_loaded.py").write_text(LOADED)
    ended = subprocess.run(
        [sys.executable, "-m", *command, "-p", "shows_loaded", f"--report-dir={tmp_path}"],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "loaded: []" in ended.stdout


class _WithoutMarks(EMULATORS["coze"]):
    """Answers names without their combining marks."""

    def renamed(self, conversation, name):
        shown = "".join(each for each in name if unicodedata.category(each) != "Mn")
        return {**super().renamed(conversation, name), "name": shown}


@pytest.mark.parametrize("options", [("--max-requests=100",), ("--profile=deep", "-k", "name-echoed")])
def test_a_fault_that_only_generated_names_show_is_found_and_its_name_shortened(options):
    judged = judge_emulator(_WithoutMarks(), options)
    assert judged.failed() == {"coze.rename.name-echoed"}
    (finding,) = judged.of("finding")
    assert finding["case"] == "a generated name"
    assert len(json.loads(finding["expected"])) <= 10
