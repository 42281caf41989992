"""The as-built editions do what their rows say, and driftgate says of them what the rows say they violate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from driftgate import yamlfile
from driftgate.contract import load_contract
from driftgate.contract.schemas import own_schema
from driftgate.contract.template import fill
from driftgate.emulator import start
from driftgate.emulator.as_built import PRODUCTS, Edition, Row, editions, product
from driftgate.emulator.as_built.edition import _ROWS
from driftgate.jsonvalue import ABSENT, at, type_name

EDITIONS = [edition for vendor in sorted(PRODUCTS) for edition in editions(vendor).values()]
NAMES = [f"{edition.vendor}-{edition.name}" for edition in EDITIONS]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[tuple[str, str, bool], tuple]]:
    """A server for each edition, with a model and with one that fails."""
    running = {}
    for edition in EDITIONS:
        for fails in {row.model_fails for row in edition.rows}:
            emulator = product(edition.vendor, edition.name, model_fails=fails)()
            running[edition.vendor, edition.name, fails] = (emulator, start(emulator))
    yield running
    for _, server in running.values():
        server.stop()


def _all_rows() -> Iterator[tuple[Edition, Row]]:
    for edition in EDITIONS:
        for row in edition.rows:
            yield edition, row


@pytest.mark.parametrize(
    ("edition", "row"), [pytest.param(*each, id=f"{each[0].vendor}-{each[0].name}-{each[1].name}") for each in _all_rows()]
)
def test_a_row_is_what_the_edition_answers(servers, edition, row):
    emulator, server = servers[edition.vendor, edition.name, row.model_fails]
    values = _values(emulator)
    with httpx.Client(base_url=server.base_url) as client:
        for ask in row.asks:
            answer = client.send(_request(client, fill({**ask, "answer": None}, values), server.api_key))
            value = _json(answer)
            _check(answer, value, fill(ask["answer"], values))
            values.update({name: at(value, pointer) for name, pointer in ask.get("keep", {}).items()})


def _values(emulator) -> dict[str, object]:
    """What stands for the placeholders of a row: conversations of its own, and the keys."""
    ids = dict(zip(("conversation", "second", "third"), (each.id for each in emulator.ready_made()), strict=False))
    keys = {name: getattr(emulator, name) for name in dir(emulator) if name.endswith("_key") and name != "api_key"}
    return {
        **emulator.params,
        **keys,
        **ids,
        "key": emulator.api_key,
        "number": int(ids["conversation"]) if ids["conversation"].isdigit() else 0,
        "in_capitals": ids["conversation"].upper(),
        "dashless": ids["conversation"].replace("-", ""),
        "unknown": load_contract(emulator.vendor).unknown_id,
        "over_hundred": "x" * 101,
        "column": "x" * 255,
        "over_column": "x" * 256,
    }


def _request(client, ask, key) -> httpx.Request:
    method, path = ask["send"].split(" ", 1)
    content = ask["raw"].encode() if "raw" in ask else json.dumps(ask["body"]).encode() if "body" in ask else None
    usual = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    headers = {name: value for name, value in {**usual, **ask.get("headers", {})}.items() if value is not None}
    return client.build_request(method, path.lstrip("/"), content=content, headers=headers)


def _json(answer):
    return answer.json() if answer.headers.get("content-type") == "application/json" else ABSENT


def _check(answer, value, told) -> None:
    assert answer.status_code == told["status"], answer.text
    assert answer.headers.get("content-type", "").partition(";")[0] == told.get("media_type", "")
    for name, expected in told.get("headers", {}).items():
        assert answer.headers[name] == expected or (expected == "*" and answer.headers[name])
    if "body" in told:
        _holds(value, told["body"], "")
    for path, kind in told.get("types", {}).items():
        assert type_name(at(value, f"/{path}")) == kind, path
    for path in told.get("lacks", ()):
        assert at(value, f"/{path}") is ABSENT, path
    assert told.get("contains", "") in answer.text


def _holds(found, expected, place) -> None:
    """Whether a value has the members expected, and a list the first items; an empty list is empty."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            _holds(at(found, f"/{key}"), value, f"{place}/{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list)
        assert bool(found) is bool(expected), place
        for number, value in enumerate(expected):
            _holds(at(found, f"/{number}"), value, f"{place}/{number}")
    else:
        assert found == expected, place
        assert type(found) is type(expected), place


@pytest.mark.parametrize("vendor", sorted(PRODUCTS))
def test_rows_keep_their_schema_and_every_edition_has_a_class(vendor):
    value = yamlfile.read(_ROWS / f"{vendor}.yaml")
    own_schema("as-built").validate(value)
    assert value["vendor"] == vendor
    assert set(value["editions"]) == set(PRODUCTS[vendor])
    ids = [row["id"] for row in value["rows"]]
    assert len(set(ids)) == len(ids)
    assert {name for row in value["rows"] for name in row.get("editions", ())} <= set(value["editions"])


@pytest.mark.parametrize("edition", EDITIONS, ids=NAMES)
def test_what_is_not_known_for_certain_is_told_as_such(edition):
    doubtful = [row for row in edition.rows if row.certainty in ("inferred", "reported")]
    assert doubtful
    assert all(row.told.endswith(f"({row.certainty})") for row in doubtful)
    assert not any(re.search(r"\((inferred|reported)\)$", row.told) for row in edition.rows if row not in doubtful)
