"""The JSON Schemas of our own files: published, described for editors, and named by every file that we keep."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from driftgate.base import yamlfile
from driftgate.base.paths import SCHEMAS as INSTALLED
from driftgate.contract.schemas import file_schema, first_problem
from tests.harness import run_main

ROOT = Path(__file__).parent.parent
SCHEMAS = {path.name.removesuffix(".schema.json"): path for path in (ROOT / "contracts/schema").iterdir()}
FILES = sorted(
    [ROOT / "driftgate.example.toml"]
    + [path for folder in ("contracts", "products") for path in (ROOT / folder).rglob("*.yaml")]
)
_LINE = re.compile(r"(?:#:schema |# yaml-language-server: \$schema=)(\S+)\n")


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_describes_every_member_to_editors(name):
    schema = json.loads(SCHEMAS[name].read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:driftgate:schema:{name}:1"
    assert schema["title"].endswith(", version 1")
    assert list(_undescribed(schema, schema.get("$defs", {}))) == []


def _undescribed(node, definitions, place=""):
    """The places of properties for which an editor has nothing to show."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        if key == "properties":
            for name, each in value.items():
                named = definitions.get(each.get("$ref", "").rpartition("/")[2], {})
                if not each.get("description", named.get("description")):
                    yield f"{place}/{name}"
        if key != "if":
            yield from _undescribed(value, definitions, f"{place}/{key}")


def test_a_property_without_a_description_is_noticed():
    schema = {"items": {"properties": {"told": {"$ref": "#/$defs/a"}, "bare": {"$ref": "#/$defs/b"}}}}
    assert list(_undescribed(schema, {"a": {"description": "a"}, "b": {}})) == ["/items/bare"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_of_ours_names_its_schema_and_is_valid(path):
    named = _LINE.match(path.read_text())
    assert named, "its first line names no schema"
    schema = (path.parent / named[1]).resolve()
    assert schema in SCHEMAS.values()
    value = tomllib.loads(path.read_text()) if path.suffix == ".toml" else yamlfile.read(path)
    assert first_problem(file_schema(schema.name.removesuffix(".schema.json")), value) is None


def test_the_command_lists_prints_and_writes_them(tmp_path):
    code, listed = run_main(["schema"])
    assert code == 0
    for name, path in SCHEMAS.items():
        assert f"{name:<14} {json.loads(path.read_text())['title']}\n" in listed
        assert str(INSTALLED / path.name) in listed
    assert run_main(["schema", "record"]) == (0, SCHEMAS["record"].read_text())
    assert run_main(["schema", "--output", str(tmp_path / "new")])[0] == 0
    assert {path.name: path.read_text() for path in (tmp_path / "new").iterdir()} == {
        path.name: path.read_text() for path in SCHEMAS.values()
    }
    code, output = run_main(["schema", "waiver"])
    assert code == 4
    assert "did you mean waivers?" in output
    code, output = run_main(["schema", "record", "--output", "/dev/null/x"])
    assert code == 4
    assert "cannot be written to" in output
