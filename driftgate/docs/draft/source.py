"""The document of a vendor, as a draft is made from it: read from a file, with its operations by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON, one_line
from driftgate.docs.model import Description, Unreadable
from driftgate.docs.openapi import Codes, check, describe, operations
from driftgate.docs.pages import documents_of
from driftgate.docs.schema import Schemas, mapping

_SHOWN = 5  # operations that a message names


@dataclass(frozen=True)
class Source:
    """An OpenAPI document, where it comes from, and its operations: (method, path)."""

    file: str
    document: Mapping[str, Any]
    operations: tuple[tuple[str, str], ...]

    def describe(self, operation: tuple[str, str]) -> Description:
        """What the document says of an operation. Raises UsageError for one that cannot be read."""
        try:
            return describe(self.document, *operation, Codes())
        except Unreadable as problem:
            method, path = operation
            raise UsageError(f"{self.file}: {method} {path} {one_line(str(problem))}") from None

    def find(self, wanted: str) -> tuple[str, str]:
        """An operation by its operationId, or by its method and path. Raises UsageError, which names similar ones."""
        names = {each: self._name(each) for each in self.operations}
        for (method, path), name in names.items():
            if wanted == name or wanted.upper() == f"{method} {path}".upper():
                return method, path
        known = [*filter(None, names.values()), *(f"{method} {path}" for method, path in names)]
        close = get_close_matches(wanted, known, n=3, cutoff=0.5)
        shown = close or [name or f"{each[0]} {each[1]}" for each, name in list(names.items())[:_SHOWN]]
        more = "" if close or len(names) <= _SHOWN else f" and {len(names) - _SHOWN} more"
        begin = "did you mean" if close else "there are"
        raise UsageError(f"{self.file}: has no operation {wanted!r}; {begin} {', '.join(shown)}{more}")

    def _name(self, operation: tuple[str, str]) -> str:
        method, path = operation
        return str(mapping(self.item(path), method.lower()).get("operationId", ""))

    def item(self, path: str) -> Mapping[str, Any]:
        """What the document says of a path, whose ``$ref`` is followed."""
        found: Any = self.document["paths"][path]
        reference = found.get("$ref") if isinstance(found, Mapping) else None
        if isinstance(reference, str) and reference.startswith("#/"):
            found = self.target(reference)
        return found if isinstance(found, Mapping) else {}

    def target(self, reference: str) -> JSON:
        """What a reference points to. Raises UsageError."""
        try:
            return Schemas(self.document).resolve({"$ref": reference})
        except Unreadable as problem:
            raise UsageError(f"{self.file}: {one_line(str(problem))}") from None


def read_source(path: Path, operation: str) -> Source:
    """The OpenAPI document in a file: JSON, YAML, or in a page of Markdown. Of several, the one with the operation.

    Raises UsageError for a file that holds none.
    """
    text = yamlfile.text_of(path).removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        found = [_source(path, each) for each in documents_of(text, str(path))]
    except Unreadable as problem:
        raise UsageError(f"{path}: {one_line(str(problem))}") from None
    return next((each for each in found if _has(each, operation)), found[0])


def _source(path: Path, document: JSON) -> Source:
    checked = check(document)
    return Source(str(path), checked, tuple(operations(checked)))


def _has(source: Source, operation: str) -> bool:
    try:
        source.find(operation)
    except UsageError:
        return False
    return True
