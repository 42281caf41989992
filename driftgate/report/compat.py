"""Renders the matrix requirement × product: as text, as Markdown, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from driftgate import __version__
from driftgate.base.jsonvalue import printable
from driftgate.contract import Requirement
from driftgate.drift.report import code
from driftgate.products.compat import FAILS, OBSERVED, PASS, SOMETIMES, UNKNOWN, Cell, Column, Matrix, Row
from driftgate.report.html import render_template

MARKS = {PASS: "✓", FAILS: "✗", SOMETIMES: "!", OBSERVED: "·", UNKNOWN: "?"}
TONES = {PASS: "pass", FAILS: "fail", SOMETIMES: "warn", OBSERVED: "observed", UNKNOWN: ""}
INTRODUCTION = (
    "Which version of a product keeps which promise of its vendor's page. Real servers were judged; every "
    "cell is backed by a record in `products/`. What no record shows is *unknown*, with what is known from elsewhere."
)


def render_text(matrices: Sequence[Matrix]) -> str:
    """A line for each requirement, with a word for each column."""
    lines = []
    for matrix in matrices:
        lines += [f"{matrix.title} {matrix.edition}: {', '.join(each.title for each in matrix.columns)}"]
        for row in matrix.rows:
            words = ", ".join(f"{MARKS[cell.state]} {cell.state}" for cell in row.cells)
            changed = f" ({row.changed})" if row.changed else ""
            lines.append(f"  {row.requirement.id:<52} {row.requirement.level!s:<6} {words}{changed}")
    return printable_lines(lines)


def printable_lines(lines: Iterable[str]) -> str:
    return "\n".join(map(printable, lines))


def render_keeping(found: Iterable[tuple[Column, Cell]]) -> str:
    """Which products keep one requirement, a line each."""
    return printable_lines(
        f"{MARKS[cell.state]} {cell.state:<16} {column.title}{_details(cell)}" for column, cell in found
    )


def _details(cell: Cell) -> str:
    parts = [each for each in (cell.note, cell.observed, f"proof: {cell.proof}" if cell.proof else "") if each]
    return f": {' · '.join(parts)}" if parts else ""


def render_changes(changes: Sequence[tuple[Requirement, Cell, Cell]]) -> str:
    """What differs between two versions, a line each."""
    lines = [
        f"{requirement.id} ({requirement.level}): {_side(old)} → {_side(new)}" for requirement, old, new in changes
    ]
    return printable_lines(lines or ["nothing that is known of both differs"])


def _side(cell: Cell) -> str:
    return f"{cell.state} [{cell.observed}]" if cell.observed else cell.state


def render_markdown(matrices: Sequence[Matrix], proofs: str) -> str:
    """A page of a site. ``proofs`` is where the folder of products is, seen from the page."""
    lines = ["# Compatibility", "", INTRODUCTION, "", "Written by `driftgate compat --format md`.", ""]
    for matrix in matrices:
        lines += [f"## {matrix.title}", "", *_markdown_columns(matrix, proofs), "", *_markdown_rows(matrix, proofs), ""]
    return "\n".join(lines)


def _markdown_columns(matrix: Matrix, proofs: str) -> Iterator[str]:
    yield "| product | judged on | edition of the contract |"
    yield "| --- | --- | --- |"
    for column in matrix.columns:
        name = f"[{column.title}]({proofs}/{column.folder}/product.yaml)" if column.folder else column.title
        yield f"| {name} | {column.date} | {column.edition} |"


def _markdown_rows(matrix: Matrix, proofs: str) -> Iterator[str]:
    yield f"| requirement | level | {' | '.join(each.title for each in matrix.columns)} | versions |"
    yield f"| --- | --- |{' --- |' * len(matrix.columns)} --- |"
    for row in matrix.rows:
        cells = [_markdown_cell(cell, column, proofs) for cell, column in zip(row.cells, matrix.columns, strict=True)]
        yield f"| {code(row.requirement.id)} | {row.requirement.level} | {' | '.join(cells)} | {row.changed} |"


def _markdown_cell(cell: Cell, column: Column, proofs: str) -> str:
    shown = f"{MARKS[cell.state]} {cell.state}"
    file = cell.proof.partition(",")[0]
    if column.folder and file.endswith(".jsonl") and " " not in file:
        shown = f"[{shown}]({proofs}/{column.folder}/{file})"
    told = cell.observed if cell.state == OBSERVED else cell.note
    return f"{shown}: {told.replace('|', chr(92) + '|')}" if told else shown


def render_json(matrices: Sequence[Matrix]) -> str:
    """The same for programs, by contracts/schema/compat.schema.json."""
    value = {"version": 1, "driftgate": __version__, "vendors": [_matrix(matrix) for matrix in matrices]}
    return json.dumps(value, indent=2, ensure_ascii=False)


def _matrix(matrix: Matrix) -> dict[str, object]:
    return {
        "vendor": matrix.vendor,
        "edition": matrix.edition,
        "columns": [
            {"name": each.name, "title": each.title, "date": each.date, "edition": each.edition}
            for each in matrix.columns
        ],
        "requirements": [_row(row, matrix.columns) for row in matrix.rows],
    }


def _row(row: Row, columns: Sequence[Column]) -> dict[str, object]:
    cells = {
        column.name: {
            "state": cell.state,
            "observed": cell.observed,
            "note": cell.note,
            "client": cell.client,
            "proof": cell.proof,
        }
        for column, cell in zip(columns, row.cells, strict=True)
    }
    return {
        "id": row.requirement.id,
        "level": str(row.requirement.level),
        "says": row.requirement.says,
        "changed": row.changed,
        "cells": cells,
    }


def render_html(matrices: Sequence[Matrix], proofs: str) -> str:
    """One self-contained page, which needs no script."""
    return render_template("compat.html.j2", matrices=matrices, proofs=proofs, marks=MARKS, tones=TONES)
