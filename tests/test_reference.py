"""The reference pages say what the code, the contracts and the schemas say."""

from __future__ import annotations

from driftgate.base.paths import SCHEMAS
from driftgate.checks.registry import CHECKS
from driftgate.contract import available, load_contract
from driftgate.contract.schemas import file_schema
from driftgate.drift.rules import RULES
from driftgate.record.verdict import Exit
from driftgate.run.options import TABLE
from tests.reference.markdown import code, plain
from tests.reference.writing import FOLDER, NAVIGATION, navigation, pages

AGAIN = "write it anew with: python -m tests.reference"


def test_the_reference_is_as_its_command_writes_it():
    made = pages()
    assert {path.name for path in FOLDER.glob("*.md")} == set(made), AGAIN
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"docs/reference/{name}: {AGAIN}"
    kept = NAVIGATION.read_text(encoding="utf-8")
    assert navigation(kept, made) == kept, f"mkdocs.yml: {AGAIN}"


def test_nothing_is_left_out_of_the_reference():
    made = pages()
    for option in TABLE:
        assert f"| `{option}" in made["commands.md"], option
    for exit_code in Exit:
        assert f"| {int(exit_code)} |" in made["exit-codes.md"], exit_code
    for check in CHECKS:
        assert f"## `{check.name}`\n" in made["checks.md"], check.name
    for rule in RULES:
        assert f"| `{rule}` |" in made["drift.md"], rule
    for vendor in available():
        contract = load_contract(vendor)
        for row in (*contract.requirements, *contract.not_tested):
            assert f"### `{row.id}`\n" in made[f"requirements-{vendor}.md"], row.id
            assert plain(row.says) in made[f"requirements-{vendor}.md"], row.id
    for path in SCHEMAS.glob("*.schema.json"):
        name = path.name.removesuffix(".schema.json")
        assert f"`contracts/schema/{path.name}`" in made["files.md"], name
        for member in file_schema(name).schema.get("properties", ()):
            assert f"| `{member}` |" in made["files.md"], member


def test_code_with_a_bar_stays_in_its_cell():
    assert "|" not in code("a|b")
    assert code("a b") == "`a b`"
    assert plain("a|b *c* `d*`") == r"a\|b \*c\* `d*`"
