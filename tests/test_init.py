"""``driftgate init``: what it writes is accepted as it stands, with every line that it leaves commented, and kept."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from driftgate.contract import available, load_contract
from driftgate.contract.schemas import file_schema, first_problem
from driftgate.emulator import EMULATORS
from driftgate.target.starter import Starter, text_of
from tests.harness import run_main

EXAMPLE = Path(__file__).parent.parent / "driftgate.example.toml"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _problem(text):
    return first_problem(file_schema("targets"), tomllib.loads(text))


def test_its_targets_are_judged_at_once_and_the_file_is_not_overwritten(tmp_path):
    code, output = run_main(["init"])
    assert code == 0
    assert "driftgate run    # judges all of them; --target coze judges one" in output
    written = Path("driftgate.toml").read_text()
    schema = re.match(r"#:schema (\S+)\n", written)[1]
    assert (tmp_path / schema).read_text() == (EXAMPLE.parent / "contracts/schema/targets.schema.json").read_text()
    code, output = run_main(["run", "--profile=smoke", "-q"])
    assert code == 0, output
    assert "driftgate: exit 0: embedded emulator: coze, dify, nuwax; no server was judged" in output
    code, output = run_main(["init", "--vendor=coze"])
    assert code == 4
    assert "driftgate.toml: already exists" in output
    assert Path("driftgate.toml").read_text() == written


@pytest.mark.parametrize("vendor", available())
def test_a_target_at_a_url_lists_what_its_contract_wants(vendor, monkeypatch):
    code, output = run_main(["init", f"--vendor={vendor}", "--base-url=http://127.0.0.1:9/v1", "--name=on.site"])
    assert code == 0
    keyed = bool(load_contract(vendor).document.get("security"))
    assert ("export ON_SITE_API_KEY=…" in output) == keyed
    text = Path("driftgate.toml").read_text()
    row = tomllib.loads(text)["targets"]["on.site"]
    wanted = load_contract(vendor).parameters
    assert row.get("params", {}).keys() == {each.name for each in wanted if each.required}
    if keyed:
        code, output = run_main(["run", "--target=on.site"])
        assert code == 4
        assert "ON_SITE_API_KEY is not set" in output
    # with every commented line switched on it is valid, and all that a run misses is the server
    Path("driftgate.toml").write_text(
        re.sub(r"(?m)^# (?=[a-z_.]+ = )", "", text)
        .replace("ca_bundle", "# ca_bundle")
        .replace("contracts = [", "# contracts = [")
    )
    for each in re.findall(r"ON_SITE_[A-Z_]+", text):
        monkeypatch.setenv(each, "some-key-of-a-test")
    row = tomllib.loads(Path("driftgate.toml").read_text())["targets"]["on.site"]
    assert row.get("params", {}).keys() == {each.name for each in wanted}
    assert _problem(Path("driftgate.toml").read_text()) is None
    code, output = run_main(["run", "--target=on.site"])
    assert code == 4
    assert output.strip().endswith("waivers/on.site.yaml: the waiver file of target on.site does not exist")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--vendor=difi"], "did you mean dify?"),
        (["--base-url=http://x"], "--base-url needs --vendor"),
        (["--name=x"], "--name needs --vendor"),
        (["--vendor=dify", "--name=a b"], "is not a target name"),
        (["--vendor=dify", "--base-url=x"], "is not an http:// or https:// URL"),
        (["--output=/dev/null/x.toml"], "cannot be written to"),
    ],
)
def test_a_bad_option_is_reported_and_nothing_is_written(options, words, tmp_path):
    code, output = run_main(["init", *options])
    assert code == 4
    assert words in output
    assert "Traceback" not in output
    assert not list(tmp_path.iterdir())


def test_names_and_urls_are_quoted():
    text = text_of([Starter("9.x", load_contract("coze"), 'https://x/"a\\')], "./schema.json")
    assert _problem(text) is None
    assert tomllib.loads(text)["targets"]["9.x"]["base_url"] == 'https://x/"a\\'
    assert '"$_9_X_API_KEY"' in text


def test_a_target_has_a_base_url_or_is_the_emulator():
    row = '[targets.a]\nvendor = "dify"\n'
    assert "'base_url' is a required property" in _problem(row)
    assert _problem(f"{row}emulator = true\n") is None
    for more in ('base_url = "http://x"', 'api_key = "of-a-test"', 'conversations = ["1"]', 'proxy = "http://x"'):
        problem = _problem(f"{row}emulator = true\n{more}\n")
        assert f"'{more.partition(' ')[0]}' is not one of" in problem
        assert "of-a-test" not in problem


def test_the_emulator_takes_no_options_of_a_server():
    run_main(["init"])
    code, output = run_main(["run", "--target=dify", "--conversation=1"])
    assert code == 4
    assert "target dify is the embedded emulator" in output


def test_a_target_is_compared_with_the_baseline_that_it_names(tmp_path):
    listed = '[targets.a]\nvendor = "coze"\nemulator = true\n'
    (tmp_path / "driftgate.toml").write_text(listed)
    run = ["run", "--target=a", "--profile=smoke", "-q"]
    assert run_main(run)[0] == 0
    assert run_main(["baseline", "accept", "reports/latest/a.jsonl"])[0] == 0
    (tmp_path / "driftgate.toml").write_text(f'{listed}baseline = "reports/baselines"\n')
    code, output = run_main(run)
    assert (code, "no drift" in output) == (0, True), output
    (tmp_path / "driftgate.toml").write_text(f'{listed}baseline = "reports"\n')
    code, output = run_main(run)
    assert (code, "reports/a.jsonl: cannot be read" in output) == (4, True), output


def test_the_example_is_what_init_writes():
    starters = [Starter(vendor, load_contract(vendor)) for vendor in EMULATORS]
    written = text_of(starters, "./contracts/schema/targets.schema.json")
    assert EXAMPLE.read_text() == written, "write it again: driftgate init, with contracts/schema in its first line"
