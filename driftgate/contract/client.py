"""Reading what a vendor's pages ask of clients: ``client.yaml``, beside the contract whose operations it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.suggest import did_you_mean
from driftgate.contract import editions
from driftgate.contract.load import available, load_contract
from driftgate.contract.model import Contract, Level, Requirement
from driftgate.contract.openapi import METHODS, inline
from driftgate.contract.schemas import file_schema, first_problem, validator

CLIENT_FILE = "client.yaml"
_COMMON = ("id", "level", "says", "impact", "source", "check", "editions")


def load_client_contract(vendor: str, folders: Sequence[Path] = (), edition: str | None = None) -> Contract:
    """A vendor's contract with what it asks of clients as its requirements. Raises UsageError."""
    contract = load_contract(vendor, folders, edition)
    folder = available(folders)[vendor]
    path = folder / CLIENT_FILE
    if not path.is_file():
        raise UsageError(f"{path}: is missing: the contract of {vendor!r} asks nothing of clients")
    text = yamlfile.text_of(path)
    value: Any = yamlfile.parse(text, str(path))
    problem = first_problem(file_schema("client"), value)
    if problem:
        pointer = problem.partition(":")[0]
        raise UsageError(f"{path}, line {yamlfile.lines(text).get(pointer, 1)}: {problem}")
    reading = _Reading(path, text, contract, editions.sources(folder, edition).catalogue["pages"])
    rows = reading.requirements(value["requirements"], editions.editions(folder))
    digest = hashlib.sha256(f"{contract.digest} {json.dumps(value)}".encode()).hexdigest()[:16]
    return replace(contract, requirements=rows, not_tested=(), digest=digest)


class _Reading:
    """One reading of the rows for an edition."""

    def __init__(self, path: Path, text: str, contract: Contract, pages: Mapping[str, Any]) -> None:
        self._path = path
        self._text = text
        self._contract = contract
        self._pages = pages
        self._operations = {
            item[method]["operationId"]: url
            for url, item in contract.document["paths"].items()
            for method in METHODS
            if "operationId" in item.get(method, {})
        }

    def requirements(self, rows: Sequence[Mapping[str, Any]], known: Sequence[str]) -> tuple[Requirement, ...]:
        seen: set[str] = set()
        for row in rows:
            if row["id"] in seen:
                raise self._problem(row, "the id stands twice")
            if not row["id"].startswith(f"{self._contract.vendor}."):
                raise self._problem(row, "the id does not begin with the vendor's name")
            seen.add(row["id"])
            for edition in row.get("editions", ()):
                if edition not in known:
                    raise self._problem(
                        row, f"there is no edition {edition!r}{did_you_mean(edition, known)}: {', '.join(known)}"
                    )
        of_edition = (row for row in rows if self._contract.edition in row.get("editions", known))
        return tuple(map(self._requirement, of_edition))

    def _requirement(self, row: Mapping[str, Any]) -> Requirement:
        detail = {key: value for key, value in row.items() if key not in _COMMON}
        self._check_operation(row)
        if "schema" in detail:
            detail["schema"] = self._schema(row)
        return Requirement(
            id=row["id"],
            level=Level(row["level"]),
            says=row["says"],
            impact=row["impact"],
            source=self._source(row),
            check=row["check"],
            detail=detail,
        )

    def _check_operation(self, row: Mapping[str, Any]) -> None:
        name = row.get("operation")
        if name is None:
            return
        if name not in self._operations:
            raise self._problem(row, f"contract.yaml has no operation {name!r}{did_you_mean(name, self._operations)}")
        parameter = row.get("parameter")
        if parameter is not None and f"{{{parameter}}}" not in self._operations[name]:
            raise self._problem(row, f"the path of {name} has no parameter {parameter!r}")

    def _schema(self, row: Mapping[str, Any]) -> Any:
        try:
            schema = inline(row["schema"], self._contract.document)
        except ValueError as problem:
            raise self._problem(row, str(problem)) from None
        invalid = first_problem(validator(validator(True).META_SCHEMA), schema)
        if invalid:
            raise self._problem(row, f"schema: {invalid}")
        return schema

    def _source(self, row: Mapping[str, Any]) -> str:
        """A source in one line: the page or the standard with its section, or how we came to read it so."""
        source = row["source"]
        if "reading" in source:
            return f"our reading: {source['reading']}"
        if "standard" in source:
            return f"{source['standard']}, section {source['section']}"
        page = source["page"]
        if page not in self._pages:
            raise self._problem(row, f"the page {page!r} is not among pages{did_you_mean(page, self._pages)}")
        return f"{self._pages[page]['title']}: {source['section']}"

    def _problem(self, row: Mapping[str, Any], text: str) -> UsageError:
        found = next(number for number, line in enumerate(self._text.splitlines(), 1) if row["id"] in line)
        return UsageError(f"{self._path}, line {found}: {row['id']}: {text}")
