"""A product from a run of one's own: neutral, whole, and judged again; what was edited or is partial is refused."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from driftgate.base.paths import PRODUCTS
from driftgate.products import available, load_product
from driftgate.products.submission import problems
from driftgate.record.reading import read_record
from tests.harness import run_main
from tests.servers import judge_server

ABOUT = [
    "--name=OurChat",
    "--version=2.1",
    "--commit=1a2b3c4d",
    "--repository=https://git.example/ourchat",
    "--how=one container",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    judge_server("dify-1.11", keep=folder)
    return folder / "dify-1.11.jsonl"


def new(record, folder):
    return run_main(["product", "new", f"--from={record}", f"--output={folder}", *ABOUT])


def rewritten(path, target, change, *, digest=True):
    """A copy of a record with changed lines; with a right digest unless told otherwise."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines = [line for line in map(change, lines) if line is not None]
    text = "".join(f"{json.dumps(line)}\n" for line in lines[:-1])
    if digest:
        lines[-1]["digest"] = hashlib.sha256(text.encode()).hexdigest()
    target.write_text(f"{text}{json.dumps(lines[-1])}\n")
    return target


def test_a_run_becomes_a_product_that_later_runs_are_compared_with(run, tmp_path):
    code, output = new(run, tmp_path)
    assert code == 0, output
    folder = tmp_path / "dify" / "2.1"
    product = load_product(str(folder))
    assert (product.title, product.address, product.commit) == ("OurChat 2.1", "dify@2.1", "1a2b3c4d")
    assert problems(folder) == []
    text = (folder / "record-standard.jsonl").read_text()
    before = read_record(run)
    ids = {each.conversation for each in before.exchanges if each.conversation}
    assert ids
    assert not [each for each in ids if each in text]
    assert before.header.target.base_url not in text
    after = read_record(folder / "record-standard.jsonl")
    assert [each.conversation is None for each in after.exchanges] == [
        each.conversation is None for each in before.exchanges
    ]
    assert [row.verdict for row in after.verdicts] == [row.verdict for row in before.verdicts]
    judged = judge_server("dify-1.11", product=str(folder), options=["--strict"])
    assert judged.exit == 0, judged.output
    assert "product dify@2.1 (named): 0 differences from what it is known to do" in judged.output
    assert new(run, tmp_path)[0] == 4


@pytest.mark.parametrize("address", available())
def test_every_product_of_this_repository_is_whole_and_judged_again_the_same(address):
    folder = load_product(address).folder
    assert run_main(["product", "check", str(folder)]) == (
        0,
        f"{folder}: whole, neutral, and judged again with the same verdicts\n",
    )


def header(**members):
    return lambda line: {**line, **members} if line["record"] == "header" else line


def target(**members):
    return lambda line: {**line, "target": {**line["target"], **members}} if line["record"] == "header" else line


def without_last_exchange(line):
    return None if line["record"] == "exchange" and line["number"] == 60 else line


def interrupted(line):
    return {**line, "verdict": "none", "untested": "interrupted"} if line["record"] == "verdict" else line


def with_key(line):
    return {**line, "says": "app-0123456789abcdefXYZ"} if line["record"] == "verdict" else line


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (header(suite="0123456789abcdef"), "is of another suite than this driftgate's"),
        (header(profile="smoke"), "is of the profile smoke"),
        (target(embedded=True), "is of the embedded emulator"),
        (without_last_exchange, "is partial: 60 requests were sent, and it holds 59"),
        (interrupted, "is partial: dify.rename."),
        (with_key, "would hold what looks like a key (app-01…)"),
    ],
)
def test_what_proves_nothing_of_a_product_is_refused(change, problem, run, tmp_path):
    code, output = new(rewritten(run, tmp_path / "record.jsonl", change), tmp_path / "out")
    assert code == 4
    assert problem in output
    assert not (tmp_path / "out").exists()


def copy_of(address, folder):
    product = load_product(address)
    shutil.copytree(product.folder.parent, folder / product.vendor)
    return folder / product.vendor / product.version


def lying(line):
    """Says of a failed promise about every answer that it is kept."""
    return (
        {**line, "verdict": "pass", "findings": []}
        if line.get("requirement") == "dify.rename.no-server-error"
        else line
    )


@pytest.mark.parametrize(
    ("change", "digest", "problem"),
    [
        (header(started="2026-01-01T00:00:00+00:00"), False, "is not as it was written"),
        (lambda line: None if line["record"] == "footer" else line, False, "is incomplete"),
        (target(base_url="https://chat.internal.example/v1"), True, "names its server"),
        (with_key, True, "holds what looks like a key"),
        (header(profile="deep"), True, "is of the profile deep, and product.yaml does not say so"),
        (
            lambda line: (
                None if line.get("record") == "finding" else lying(line) if line["record"] == "verdict" else line
            ),
            True,
            "dify.rename.no-server-error: says pass, its exchanges say fail",
        ),
    ],
)
def test_a_folder_with_an_edited_or_partial_record_is_refused(change, digest, problem, tmp_path):
    folder = copy_of("dify@1.11.4", tmp_path)
    path = folder / "record-standard.jsonl"
    rewritten(path, path, change, digest=digest)
    code, output = run_main(["product", "check", str(folder)])
    assert code == 4
    assert problem in output


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "exchange 49",
            "exchange 4999",
            "body-no-object is measured by record-standard.jsonl, exchange 4999: there is no",
        ),
        (
            "row: body-no-object",
            "row: no-key",
            "body-no-object is measured, says the as-built edition: name its exchange",
        ),
    ],
)
def test_a_folder_that_says_measured_without_a_recorded_case_is_refused(before, after, problem, tmp_path):
    path = copy_of("dify@1.11.4", tmp_path) / "product.yaml"
    path.write_text(path.read_text().replace(before, after))
    code, output = run_main(["product", "check", str(path.parent)])
    assert code == 4
    assert f"{path}: {problem}" in output


@pytest.mark.parametrize("where", ["a run", "record-deep.jsonl", "record-deep.jsonl, exchange 0"])
def test_a_case_that_is_no_exchange_is_refused(where, tmp_path):
    path = copy_of("coze@2026-03", tmp_path) / "product.yaml"
    path.write_text(path.read_text().replace('where: "record-deep.jsonl, exchange 423"', f'where: "{where}"', 1))
    assert "/deviations/0/source" in run_main(["product", "check", str(path.parent)])[1]


def test_a_folder_of_another_name_and_one_without_its_record_are_refused(tmp_path):
    folder = copy_of("nuwax@3.0", tmp_path)
    moved = folder.rename(folder.with_name("3.1"))
    assert "name the folder nuwax/3.0" in run_main(["product", "check", str(moved)])[1]
    (moved / "record-standard.jsonl").unlink()
    assert "cannot be read" in run_main(["product", "check", str(moved)])[1]
    assert run_main(["product", "check", str(PRODUCTS / "nothing")])[0] == 4
