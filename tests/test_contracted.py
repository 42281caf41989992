"""Emulators made from contracts alone: what they serve conforms, and they are reached as the shipped ones are."""

from __future__ import annotations

from contextlib import contextmanager

import httpx
import pytest
import yaml

from driftgate.base.errors import UsageError
from driftgate.contract import load_contract
from driftgate.emulator import start
from driftgate.emulator.choice import chosen, list_faults
from driftgate.emulator.contracted import emulator_of
from driftgate.emulator.contracted.sample import sample
from driftgate.emulator.seed import furnished
from tests.fits.contracts import VENDORS, write
from tests.harness import judge_url


@contextmanager
def serving(make):
    running = start(furnished(make, None)())
    try:
        yield running
    finally:
        running.stop()


def _judged(vendor, running, *options):
    params = [f"--param={name}={value}" for name, value in running.params.items()]
    return judge_url(vendor, running.base_url, ["--strict", "--allow-cost", *params, *options], key=running.api_key)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_emulator_of_a_contract_conforms_to_it_also_strictly(vendor, tmp_path):
    contracts = write(tmp_path, vendor)
    with serving(chosen(vendor, folders=[contracts])) as running:
        judged = _judged(vendor, running, f"--contracts={contracts}")
    assert judged.exit == 0, judged.output
    assert set(judged.verdicts.values()) <= {"pass", "none"}, judged.verdicts


@pytest.mark.parametrize("vendor", ["coze", "dify", "langgraph", "nuwax", "ragflow"])
def test_the_contract_of_a_shipped_vendor_says_enough_to_be_served(vendor):
    with serving(emulator_of(load_contract(vendor))) as running:
        judged = _judged(vendor, running)
    assert judged.exit == 0, judged.output
    assert "inconclusive" not in judged.verdicts.values()


@pytest.mark.parametrize(
    ("vendor", "fault", "row"),
    [
        ("cursored", "unknown-id-accepted", "cursored.rename.unknown-refused"),
        ("cursored", "wrong-types-fail", "cursored.rename.survives"),
        ("formed", "any-rename-at-most", "formed.rename.at-most"),
        ("formed", "rename-retyped-id", "formed.rename.id-is-its"),
        ("inbody", "other-status", "inbody.rename.status"),
        ("inbody", "lax-rename-id-required", "inbody.rename.id-required"),
        ("inbody", "wrong-key-accepted", "inbody.rename.wrong-key-refused"),
        ("keyed", "other-status", "keyed.rename.status"),
        ("keyed", "rename-not-stored", "keyed.rename.persists"),
        ("nested", "changes-its-metadata-owner", "nested.rename.kept"),
        ("nested", "other-name-answered", "nested.rename.echoed"),
    ],
)
def test_a_fault_from_the_contract_is_found_by_the_row_that_it_breaks(vendor, fault, row, tmp_path):
    contracts = write(tmp_path, vendor)
    with serving(chosen(vendor, faults=[fault], folders=[contracts])) as running:
        judged = _judged(vendor, running, f"--contracts={contracts}")
    assert judged.exit == 1, judged.output
    assert row in judged.failed()


@pytest.mark.parametrize(
    ("vendor", "method", "path", "headers", "body", "status"),
    [
        ("keyed", "POST", "/threads", {"X-Version": "2"}, {"title": "A"}, 200),
        ("keyed", "POST", "/threads", {}, {"title": "A"}, 400),
        ("keyed", "POST", "/threads", {"X-Version": "2"}, {"title": 5}, 400),
        ("formed", "POST", "/todos", {}, {}, 400),
    ],
)
def test_a_request_without_a_required_header_or_with_an_undocumented_body_is_refused(
    vendor, method, path, headers, body, status, tmp_path
):
    with serving(chosen(vendor, folders=[write(tmp_path, vendor)])) as running:
        sent = {"X-API-Key": running.api_key, **headers}
        content = {"data": body} if vendor == "formed" else {"json": body}
        answer = httpx.request(method, running.base_url + path, headers=sent, **content)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("given", "status"),
    [("X-API-Key: {}", 200), ("Authorization: Bearer {}", 200), ("X-Key: {}", 401), ("Authorization: Basic {}", 401)],
)
def test_the_key_is_taken_by_each_scheme_that_the_contract_allows(given, status, tmp_path):
    contracts = write(tmp_path, "keyed")
    path = contracts / "keyed/contract.yaml"
    document = yaml.safe_load(path.read_text())
    document["security"].append({"token": []})
    document["components"]["securitySchemes"]["token"] = {"type": "http", "scheme": "bearer"}
    path.write_text(yaml.safe_dump(document))
    with serving(chosen("keyed", folders=[contracts])) as running:
        name, _, value = given.format(running.api_key).partition(": ")
        sent = {"X-Version": "2", name: value}
        answer = httpx.post(f"{running.base_url}/threads", headers=sent, json={"title": "A"}, trust_env=False)
    assert answer.status_code == status, answer.text


def test_a_session_is_not_found_under_another_chat():
    with serving(emulator_of(load_contract("ragflow"))) as running:
        url = f"{running.base_url}/api/v1/chats/%s/sessions/{running.conversations[0]}"
        headers = {"Authorization": f"Bearer {running.api_key}"}
        own = httpx.patch(url % running.params["chat"], headers=headers, json={"name": "A"}).json()
        other = httpx.patch(url % "another", headers=headers, json={"name": "B"}).json()
    assert (own["code"], own["data"]["chat_id"]) == (0, running.params["chat"])
    assert other["code"] != 0


def test_faults_are_listed_and_an_unknown_one_is_refused(tmp_path):
    contracts = write(tmp_path, "nested")
    listed = list_faults("nested", [contracts])
    assert len({line.split()[0] for line in listed}) == len(listed)
    assert any(line.startswith("changes-its-metadata-owner ") for line in listed)
    with pytest.raises(UsageError, match="did you mean rename-not-stored"):
        chosen("nested", faults=["rename-not-store"], folders=[contracts])


def test_what_such_an_emulator_has_not_is_said(tmp_path):
    contracts = write(tmp_path, "keyed")
    with pytest.raises(UsageError, match="no as-built editions"):
        chosen("keyed", as_built="1", folders=[contracts])
    with pytest.raises(UsageError, match="takes no seed data"):
        furnished(chosen("keyed", folders=[contracts]), [{"name": "A talk"}])


@pytest.mark.parametrize(
    ("schemas", "value"),
    [
        ([{"type": ["null", "integer"], "minimum": 5}], 5),
        ([{"enum": [0, "0"]}, {"not": {"const": 0}}], "0"),
        ([{"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "integer"}], 1),
        ([{"type": "object", "properties": {"a": {"type": "boolean"}}}, {"required": ["b"]}], {"a": False, "b": {}}),
        ([{"type": "string", "minLength": 12, "maxLength": 12}], "driftgatexxx"),
        ([{"type": "array", "minItems": 1, "items": {"type": "string", "format": "date"}}], ["2026-01-01"]),
    ],
)
def test_a_value_is_made_that_is_valid_under_all_schemas(schemas, value):
    assert sample(schemas) == value
