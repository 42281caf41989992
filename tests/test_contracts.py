"""The contracts: valid, complete, and true to the vendors' pages as far as a machine can tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from driftgate.base.paths import SUITES
from driftgate.checks.registry import CHECKS
from driftgate.contract import Level, available, editions_of, load_contract
from driftgate.contract.openapi import inline
from driftgate.contract.schemas import file_schema, validator
from tests.harness import run_main

VENDORS = list(available())
EDITIONS = [(vendor, edition) for vendor in VENDORS for edition in editions_of(vendor)]
CHECK_NAMES = {check.name for check in CHECKS}
CONTRACTS = Path(__file__).parent.parent / "contracts"


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_a_contract_is_a_valid_openapi_document(vendor, edition):
    validate(load_contract(vendor, (), edition).document)


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_the_answers_of_the_pages_examples_are_valid_under_the_contract(vendor, edition):
    contract = load_contract(vendor, (), edition)
    responses = contract.document["paths"][contract.rename.url][contract.rename.method.lower()]["responses"]
    answered = [example for example in contract.examples if example.status is not None]
    assert bool(answered) == bool(contract.examples)
    for example in answered:
        response = responses.get(str(example.status), responses.get("default"))
        schema = inline(response["content"]["application/json"]["schema"], contract.document)
        validator(schema).validate(example.answer)


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_the_requests_of_the_pages_examples_are_valid_under_the_contract(vendor, edition):
    contract = load_contract(vendor, (), edition)
    operation = contract.document["paths"][contract.rename.url][contract.rename.method.lower()]
    schema = inline(operation["requestBody"]["content"]["application/json"]["schema"], contract.document)
    sent = [example.request for example in contract.examples if example.request is not None]
    assert bool(sent) == bool(contract.examples)
    for request in sent:
        validator(schema).validate(request)


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_the_contract_forbids_what_the_catalogue_says_is_forbidden(vendor, edition):
    contract = load_contract(vendor, (), edition)
    operation = contract.document["paths"][contract.rename.url][contract.rename.method.lower()]
    valid = validator(inline(operation["requestBody"]["content"]["application/json"]["schema"], contract.document))
    changes = [(row.id, change) for row in contract.requirements for change in row.detail.get("breaks", ())]
    changes = [(key, change) for key, change in changes if "raw" not in change]
    assert changes
    for key, change in changes:
        body = {name: value for name, value in contract.rename.body.items() if name not in change.get("remove", ())}
        assert not valid.is_valid({**body, **change.get("set", {})}), (key, change)


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_every_requirement_says_what_why_and_where_from(vendor, edition):
    for row in load_contract(vendor, (), edition).requirements:
        assert row.says.endswith("."), row.id
        assert row.impact.endswith("."), row.id
        assert row.source, row.id
        assert row.check in CHECK_NAMES


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_what_is_only_inferred_is_no_must_but_where_the_page_leaves_no_room(vendor, edition):
    inferred = [row for row in load_contract(vendor, (), edition).requirements if row.source.startswith("our reading")]
    # names that are allowed by the page's own words, without the exceptions that a server may make; and that nobody
    # renames what is another's, which no page has to say
    binding = [row for row in inferred if row.level is Level.MUST and row.check != "repeats"]
    assert all("security hole whatever a page says" in row.source for row in binding)
    assert {row.detail.get("promise", row.check) for row in binding} <= {"refuses", "others-do-not-rename"}


@pytest.mark.parametrize(("vendor", "edition"), EDITIONS)
def test_every_statement_that_is_not_tested_has_a_reason(vendor, edition):
    rows = load_contract(vendor, (), edition).not_tested
    assert rows
    assert all(row.why.endswith(".") for row in rows)


def test_every_check_has_a_suite():
    asked = set(
        re.findall(r'@requirement\.each\("([a-z-]+)"', "".join(path.read_text() for path in SUITES.glob("*.py")))
    )
    assert asked == CHECK_NAMES


def test_the_schema_names_the_kinds_of_check_that_the_registry_has():
    requirement = file_schema("requirements").schema["$defs"]["requirement"]
    assert set(requirement["properties"]["check"]["enum"]) == CHECK_NAMES


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_requirement_is_an_item_of_its_own_with_its_slug(vendor):
    _, output = run_main(["run", f"--vendor={vendor}", "--profile=deep", "--collect-only", "-q"])
    for row in load_contract(vendor).requirements:
        assert f"{vendor}::{row.id}\n" in output


def test_dify_has_one_contract_and_its_pages_differences_are_listed():
    page = yaml.safe_load((CONTRACTS / "dify" / "requirements.yaml").read_text())["pages"]["dify-rename-conversation"]
    assert page["languages"] == ["en", "zh", "ja"]
    told = " ".join(difference["what"] for difference in page["differences"])
    for word in ("operationId", "servers", "tag"):
        assert word in told
