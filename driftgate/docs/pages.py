"""Compares the pages that a vendor publishes with its contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from driftgate.contract import Contract
from driftgate.docs.compare import changes
from driftgate.docs.promised import codes_of, promised
from driftgate.docs.read import read_page
from driftgate.drift.model import Drift


def drift_of_pages(contract: Contract, paths: Sequence[Path]) -> list[Drift]:
    """What each page has changed. Raises UsageProblem if one of them cannot be read for what it claims to be."""
    before = promised(contract)
    pages = [read_page(path, before, codes_of(contract)) for path in paths]
    edition = f"contract {contract.edition}"
    return [
        Drift(edition, f"{page.name}, {page.form.name}", contract.vendor, tuple(changes(before, page.descriptions)))
        for page in pages
    ]
