"""Which product keeps which requirement: every cell by a record or a measurement, the rest unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from driftgate.contract.schemas import file_schema, first_problem
from driftgate.products import available, load_product
from driftgate.products.compat import FAILS, OBSERVED, PASS, SOMETIMES, UNKNOWN, matrices
from driftgate.record.reading import read_record
from driftgate.report import compat
from tests.harness import run_main

PAGE = Path(__file__).parent.parent / "docs" / "compat.md"
MATRICES = {matrix.vendor: matrix for matrix in matrices()}
CELLS = [
    (matrix.columns[number], row.requirement, cell)
    for matrix in MATRICES.values()
    for row in matrix.rows
    for number, cell in enumerate(row.cells)
]


def cell_of(address, requirement):
    return next(cell for column, each, cell in CELLS if (column.name, each.id) == (address, requirement))


def test_every_product_has_a_column_and_every_requirement_a_row():
    assert [column.name for matrix in MATRICES.values() for column in matrix.columns] == list(available())
    assert all(len(row.cells) == len(matrix.columns) for matrix in MATRICES.values() for row in matrix.rows)


def test_what_is_known_has_a_proof_and_what_is_not_has_none():
    for column, requirement, cell in CELLS:
        assert (cell.state == UNKNOWN) is (cell.proof == ""), (column.name, requirement.id)


def test_a_cell_is_what_the_records_say():
    for address in available():
        product = load_product(address)
        verdicts: dict[str, set[str]] = {}
        for info in product.records:
            for row in read_record(info.path).verdicts:
                verdicts.setdefault(row.requirement, set()).add(row.verdict)
        for column, requirement, cell in CELLS:
            if column.name != address or requirement.level == "may":
                continue
            found = verdicts.get(requirement.id, set())
            if cell.state == PASS:
                assert "pass" in found
                assert "fail" not in found
            if "fail" in found:
                assert cell.state in (FAILS, SOMETIMES)
            if not found & {"pass", "fail"} and not any(
                each.known == "measured" for each in product.of(requirement.id)
            ):
                assert cell.state == UNKNOWN


@pytest.mark.parametrize(
    ("address", "requirement", "state", "proof"),
    [
        ("dify@1.7.2", "dify.rename.name-is-null-or-so", None, None),
        ("dify@1.7.2", "dify.rename.name-is-text", FAILS, "record-standard.jsonl, exchange "),
        ("dify@1.14.2", "dify.rename.name-is-text", PASS, "record-standard.jsonl"),
        ("dify@1.11.4", "dify.answer.times-in-order", SOMETIMES, "record-standard.jsonl, exchange 4"),
        ("dify@1.7.2", "dify.answer.times-in-order", UNKNOWN, ""),
        ("dify@1.7.2", "dify.rename.user-required", UNKNOWN, ""),
        ("coze@2026-03", "coze.rename.broken-json-refused", FAILS, "record-standard.jsonl, exchange "),
        ("dify@1.7.2", "dify.rename.blank-name", OBSERVED, "record-standard.jsonl"),
        ("dify@1.11.4", "dify.lifecycle.listed-once", UNKNOWN, ""),
        ("nuwax@3.0", "nuwax.rename.wrong-credential-refused", UNKNOWN, ""),
    ],
)
def test_what_some_cells_say(address, requirement, state, proof):
    if state is None:
        assert requirement not in {each.id for _, each, _ in CELLS}
        return
    cell = cell_of(address, requirement)
    assert cell.state == state
    assert cell.proof.startswith(proof)


def test_what_is_known_without_a_record_is_told_and_not_counted():
    cell = cell_of("dify@1.7.2", "dify.answer.times-in-order")
    assert "updated_at, which is cut, is before it (read: api/migrations/" in cell.note


def test_a_row_says_until_which_version_a_requirement_fails():
    rows = {row.requirement.id: row.changed for row in MATRICES["dify"].rows}
    assert rows["dify.rename.name-is-text"] == "fails until 1.7.2, kept since 1.11.4"
    assert rows["dify.rename.name-echoed"] == ""


def test_the_page_is_what_the_command_writes():
    code, text = run_main(["compat", "--format=md"])
    assert code == 0
    assert PAGE.read_text(encoding="utf-8") == text, "driftgate compat --format md --output docs/compat.md"


def test_json_is_valid_under_its_schema():
    _, text = run_main(["compat", "--vendor=dify", "--format=json"])
    value = json.loads(text)
    assert first_problem(file_schema("compat"), value) is None
    (vendor,) = value["vendors"]
    assert [each["name"] for each in vendor["columns"]] == list(available("dify"))


def test_which_products_keep_a_requirement_and_what_changes_between_versions():
    code, kept = run_main(["compat", "--keeps=dify.rename.name-is-text"])
    assert code == 0
    assert [line.split()[:2] for line in kept.splitlines()] == [["✗", "fails"], ["✓", "pass"], ["✓", "pass"]]
    code, changes = run_main(["compat", "--changes", "dify@1.7.2", "dify@1.14.2"])
    assert "dify.rename.empty-name (may): observed [success, HTTP 200; name verbatim] → observed [refusal" in changes
    assert "name-echoed" not in changes
    same = ["compat", "--changes", "nuwax@3.0", "nuwax@3.0"]
    assert run_main(same)[1] == "nothing that is known of both differs\n"


def test_a_target_stands_beside_the_products():
    record = load_product("dify@1.7.2").records[0].path
    _, text = run_main(["compat", str(record), "--vendor=dify"])
    assert text.startswith("Dify 2026-06: Dify 1.7.2, Dify 1.11.4, Dify 1.14.2, target dify\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--keeps=dify.rename.name-is-texts"], "is no requirement of dify (did you mean dify.rename.name-is-text?)"),
        (["--changes", "dify@1.7.2", "dify@9"], "there is no dify@9 among dify@1.7.2"),
        (["--vendor=nobody"], "nobody"),
        (["--keeps=dify.rename.name-is-text", "--format=md"], "are told as text"),
        ([str(load_product("nuwax@3.0").records[0].path)] * 2, "is of target nuwax, as is another record"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, problem):
    code, output = run_main(["compat", *arguments])
    assert code == 4
    assert problem in output


def test_the_page_in_html_asks_for_nothing_and_escapes_what_targets_send():
    page = compat.render_html(list(MATRICES.values()), "../products")
    assert "<script" not in page
    assert "src=" not in page
    assert 'href="../products/dify/1.7.2/record-standard.jsonl"' in page
    assert "[&#34;driftgate&#34;]" in page
