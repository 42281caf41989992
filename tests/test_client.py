"""Clients are judged by what they send: the rules, the file of rules, and the ways to ask for the verdicts."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from driftgate import UsageError, judge_client, read_record
from driftgate.base.paths import CONTRACTS
from driftgate.client.call import VERDICT
from driftgate.contract.client import load_client_contract
from driftgate.emulator import EMULATORS
from driftgate.report.terminal import render
from tests.client_power import SILENT, verdicts
from tests.miniatures import judged, miniatures, over_httpx, over_requests

ROOT = Path(__file__).parent.parent
# what is sampled of the matrix that ``python -m tests.client_power`` runs as a whole
SAMPLE = (
    "method-documented",
    "credential-sent",
    "body-is-a-json-object",
    "retry-after-honoured",
    "user-stays-the-same",
    "rename-name-is-not-blank",
)
MINIATURES = [(vendor, each) for vendor in EMULATORS for each in miniatures(vendor)]


def _slow(vendor_and_miniature):
    return not vendor_and_miniature[1].breaks.endswith(SAMPLE) or vendor_and_miniature[0] == "nuwax"


@pytest.mark.parametrize(
    ("vendor", "miniature"),
    [pytest.param(*each, marks=[pytest.mark.matrix] if _slow(each) else [], id=each[1].breaks) for each in MINIATURES],
)
def test_a_client_that_breaks_one_requirement_is_noticed_by_it_alone(vendor, miniature):
    found = verdicts(judged(vendor, miniature.edition, **miniature.settings))
    assert [each for each, verdict in found.items() if verdict == "fail"] == [miniature.breaks]


@pytest.mark.parametrize("send", [over_httpx, over_requests])
@pytest.mark.parametrize("vendor", EMULATORS)
def test_a_conforming_client_passes_everything_that_speaks_of_it(vendor, send):
    found = verdicts(judged(vendor, send=send))
    assert {each for each, verdict in found.items() if verdict != "pass"} <= SILENT


def test_a_conforming_client_passes_by_the_generated_document_of_dify():
    found = verdicts(judged("dify", "2026-generated", send=over_httpx))
    assert found["dify.client.rename-name-is-not-blank"] == "pass"
    assert {each for each, verdict in found.items() if verdict != "pass"} <= SILENT


def test_a_generated_name_replaces_a_blank_one_by_the_generated_document_of_dify():
    settings = next(each.settings for _, each in MINIATURES if each.breaks.endswith("rename-generates-without-a-name"))
    found = verdicts(judged("dify", "2026-generated", **settings))
    assert found["dify.client.rename-name-is-not-blank"] != "fail"


def _renames(server, name="A new name", **of_httpx):
    url = f"{server.base_url}/v1/conversations/{server.conversations[0]}"
    given = {"headers": {"Authorization": f"Bearer {server.api_key}"}, "json": {"name": name}, "trust_env": False}
    return httpx.put(url, **{**given, **of_httpx})


def test_the_verdicts_are_there_while_the_emulator_runs():
    with judge_client("coze") as client:
        _renames(client.server)
        assert client.violations() == []
        assert client.result().exit == 0
        _renames(client.server, "x" * 101)
        assert client.violations() == ["coze.client.rename-name-at-most-100"]
        assert client.result().exit == 1
        told = httpx.get(client.server.base_url + VERDICT, trust_env=False).json()
        assert told["exit"] == 1
        assert told["targets"][0]["requests"] == 2


def test_nothing_judged_is_inconclusive():
    with judge_client("coze") as client:
        httpx.get(f"{client.server.base_url}/elsewhere", trust_env=False)
        assert client.result().exit == 6


def test_a_should_fails_only_when_strict():
    for strict, code in ((False, 0), (True, 1)):
        with judge_client("dify", strict=strict) as client:
            server = client.server
            url = f"{server.base_url}/conversations/{server.conversations[0]}/name"
            body = {"user": "driftgate", "auto_generate": True, "name": "Both"}
            httpx.post(url, json=body, headers={"Authorization": f"Bearer {server.api_key}"}, trust_env=False)
            assert client.result().exit == code


def test_the_record_of_a_client_is_read_and_rendered_like_any_other(tmp_path):
    with judge_client("coze") as client:
        _renames(client.server, 20261)
        result = client.result(tmp_path / "coze-client.jsonl")
    record = read_record(tmp_path / "coze-client.jsonl")
    assert record.verdicts == result.record.verdicts
    assert {row.side for row in record.verdicts} == {"client"}
    assert "coze.client.rename-name-is-text (must)" in render([result])


def test_no_credential_of_a_client_is_written_down(tmp_path):
    key = "pat_a_real_key_of_somebody"
    path = tmp_path / "coze-client.jsonl"
    with judge_client("coze") as client:
        for header in (f"Bearer {key}", key, f"Basic {key}"):
            _renames(client.server, key, headers={"Authorization": header}, params={"token": key})
        client.result(path)
        told = httpx.get(client.server.base_url + VERDICT, trust_env=False).text
    assert key not in path.read_text() + told


def test_a_body_that_is_refused_unread_is_judged_too():
    with judge_client("coze") as client:
        _renames(client.server, 20261, headers={"Authorization": "Bearer wrong"})
        assert client.violations() == ["coze.client.rename-name-is-text"]


def test_a_reproduction_has_the_media_type_of_the_request():
    with judge_client("coze") as client:
        _renames(
            client.server, headers={"Authorization": f"Bearer {client.server.api_key}", "Content-Type": "text/csv"}
        )
        assert "'Content-Type: text/csv'" in render([client.result()])


def test_the_command_judges_until_it_is_stopped(tmp_path):
    command = [sys.executable, "-m", "driftgate", "emulate", "coze", "--json", "--judge-client"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=_environment()) as process:
        facts = json.loads(process.stdout.readline())
        url = f"{facts['base_url']}/v1/conversations/{facts['conversations'][0]}"
        headers = {"Authorization": f"Bearer {facts['api_key']}"}
        httpx.patch(url, json={"name": "A"}, headers=headers, trust_env=False)
        httpx.get(f"{facts['base_url']}/v1/elsewhere", trust_env=False)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "✗ fail must: A path of the contract is requested with a method" in output
    assert "1 request of another path was not judged" in output
    assert read_record(tmp_path / "reports/client/coze-client.jsonl").footer.exit == 1


def _environment():
    import os  # noqa: PLC0415

    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("vendor", EMULATORS)
def test_every_edition_has_requirements_of_clients(vendor):
    from driftgate.contract import editions_of  # noqa: PLC0415

    for edition in editions_of(vendor):
        rows = load_client_contract(vendor, edition=edition).requirements
        assert all(row.id.startswith(f"{vendor}.client.") for row in rows)


def test_an_edition_that_requires_no_user_asks_clients_for_none():
    ids = {row.id for row in load_client_contract("dify", edition="2026-07").requirements}
    assert "dify.client.rename-has-user" not in ids
    assert "dify.client.rename-user-is-text" in ids


MISTAKES = {
    "an unknown member": ("check: method", "check: method\n    sort: of", "'sort' was unexpected"),
    "an unknown check": ("check: method", "check: methods", "'methods' is not one of"),
    "an unknown operation": ("operation: renameConversation", "operation: rename", "has no operation 'rename'"),
    "an unknown parameter": ("parameter: conversation_id", "parameter: id", "has no parameter 'id'"),
    "an unknown page": ("page: coze-list-conversations", "page: coze-list", "the page 'coze-list' is not among pages"),
    "an unknown edition": ("check: method", 'check: method\n    editions: ["1"]', "there is no edition '1'"),
    "an id that stands twice": ("client.list-has-a-bot", "client.rename-has-a-name", "the id stands twice"),
    "an id of another vendor": ("coze.client.list-has-a-bot", "dify.client.list", "does not begin with the vendor"),
    "a reference that leads nowhere": (
        "schema: {required: [bot_id]}",
        'schema: {$ref: "contract.yaml#/components/schemas/Nothing"}',
        "leads nowhere",
    ),
    "a schema that is none": ("schema: {required: [bot_id]}", "schema: {required: bot_id}", "schema: /required"),
    "no YAML": ("requirements:\n", "requirements: [\n", "line "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_file_of_rules_is_told_in_one_line(mistake, tmp_path):
    before, after, told = MISTAKES[mistake]
    shutil.copytree(CONTRACTS / "coze", tmp_path / "coze")
    path = tmp_path / "coze" / "client.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(UsageError) as raised:
        load_client_contract("coze", [tmp_path])
    assert told in str(raised.value)
    assert f"{path}, line " in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_vendor_without_the_file_is_told(tmp_path):
    shutil.copytree(CONTRACTS / "coze", tmp_path / "coze")
    (tmp_path / "coze" / "client.yaml").unlink()
    with pytest.raises(UsageError, match=r"client\.yaml: is missing"):
        load_client_contract("coze", [tmp_path])
