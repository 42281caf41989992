"""Reads the pages that a vendor publishes, whatever their form, and compares them with its contract."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.files import beginning_of
from driftgate.base.jsonvalue import JSON, one_line, parse
from driftgate.contract import Contract
from driftgate.docs import generated, route, text
from driftgate.docs.compare import changes, same_path
from driftgate.docs.model import CELLS, GENERATED, JOINED, MARKDOWN, OPENAPI, Description, Form, Page, Unreadable
from driftgate.docs.openapi import Codes, check, describe, operations
from driftgate.docs.promised import codes_of, promised
from driftgate.docs.tables import with_cells_on_lines, with_rows_on_lines
from driftgate.drift.model import Drift

_MOST_BYTES = 16 * 2**20
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|\?xml)\b", re.IGNORECASE)
_POINTS_TO_A_DOCUMENT = re.compile(
    r"^openapi(?:-schema)?\s*:\s*[\"']?.*\b(get|put|post|delete|patch)\s+/", re.IGNORECASE | re.MULTILINE
)
_ALIKE = 0.5
_SCHEMAS_OF_A_CANDIDATE = 2000
_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_OPENAPI = re.compile(r"^[ \t]*[\"']?(openapi|swagger)[\"']?[ \t]*:[ \t]*[\"']?\d", re.MULTILINE)


def drift_of_pages(contract: Contract, paths: Sequence[Path]) -> list[Drift]:
    """The drift of each page from the contract. Raises UsageError for a page that cannot be read."""
    before = promised(contract)
    pages = [read_page(path, before, codes_of(contract)) for path in paths]
    edition = f"contract {contract.edition}"
    return [
        Drift(edition, f"{page.name}, {page.form.name}", contract.vendor, tuple(changes(before, page.descriptions)))
        for page in pages
    ]


def read_page(path: Path, before: Description, codes: Codes) -> Page:
    """What a page says of the operation that ``before`` describes.

    Raises UsageError for a file that is not a page of that operation, or only a part of one.
    """
    content = _content(path)
    try:
        return _Reading(str(path), content, before, codes).read()
    except Unreadable as problem:
        raise UsageError(f"{path}: {one_line(str(problem))}") from None


def _content(path: Path) -> str:
    raw = beginning_of(path, _MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise UsageError(f"{path}: is larger than {_MOST_BYTES // 2**20} MiB, which no page is")
    try:
        content = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not a text in UTF-8") from None
    if not content.strip():
        raise UsageError(f"{path}: is empty")
    if "\0" in content:
        raise UsageError(f"{path}: is not a text")
    return content


def documents_of(content: str, name: str) -> list[JSON]:
    """The OpenAPI documents in a text: itself, in JSON or YAML, or its blocks of code. Raises Unreadable for none."""
    beginning = content.lstrip()
    if _HTML.match(beginning):
        raise Unreadable("is HTML; save the page's Markdown or its OpenAPI document instead")
    if beginning.startswith(("{", "[")):
        return [_json(content)]
    if _is_a_document_itself(content):
        return [yamlfile.parse(content, name)]
    blocks = _openapi_blocks(content)
    if not blocks:
        raise Unreadable(
            "holds no OpenAPI document, neither as JSON or YAML nor in a block of code: is it the right file?"
        )
    return [yamlfile.parse(block.text, name, first_line=block.line + 1) for block in blocks]


def _json(content: str) -> JSON:
    try:
        return parse(content.encode())
    except ValueError as problem:
        raise Unreadable(f"is not JSON ({problem}): is it cut off?") from None


class _Reading:
    """A page while it is read. Its form is recognised by its content."""

    def __init__(self, name: str, content: str, before: Description, codes: Codes) -> None:
        self.name, self.content, self.before, self.codes = name, content, before, codes

    def read(self) -> Page:
        beginning = self.content.lstrip()
        if _HTML.match(beginning):
            raise Unreadable("is HTML; save the page's Markdown, its text or its OpenAPI document instead")
        if beginning.startswith(("{", "[")):
            return self._of(OPENAPI, [self._found(_json(self.content), OPENAPI)])
        if _is_a_document_itself(self.content):
            return self._of(OPENAPI, [self._found(yamlfile.parse(self.content, self.name), OPENAPI)])
        blocks = _openapi_blocks(self.content)
        if blocks:
            return self._of(MARKDOWN, [self._in_blocks(blocks)])
        document = generated.document(self.content)
        if document is not None:
            return self._of(GENERATED, [generated.with_codes(self._found(document, GENERATED), document)])
        return self._in_text()

    def _of(self, form: Form, descriptions: Sequence[Description]) -> Page:
        return Page(self.name, form, tuple(descriptions))

    def _found(self, document: JSON, form: Form) -> Description:
        return _find(check(document), self.before, self.codes, form)

    def _in_blocks(self, blocks: Sequence[_Block]) -> Description:
        """The operation from the first block that has it."""
        problem = Unreadable("")
        for block in blocks:
            document = yamlfile.parse(block.text, self.name, first_line=block.line + 1)
            try:
                return self._found(document, MARKDOWN)
            except Unreadable as this:
                problem = this
        raise problem

    def _in_text(self) -> Page:
        names = self._known_names()
        for form, tables in (
            (CELLS, with_cells_on_lines(self.content)),
            (JOINED, with_rows_on_lines(self.content, names)),
        ):
            if tables:
                descriptions = text.describe(self.content, tables, form, self.codes)
                first = descriptions[0]
                at_home = first.method == self.before.method and same_path(self.before, first)
                if not at_home and not _alike(self.before, first):
                    raise _absent(self.before, [(first.method, first.path)])
                return self._of(form, descriptions)
        if _POINTS_TO_A_DOCUMENT.search(self.content):
            raise Unreadable("only refers to an OpenAPI document; give that document")
        forms = ", ".join(form.name for form in (OPENAPI, MARKDOWN, GENERATED, CELLS, JOINED))
        raise Unreadable(f"describes no operation in a form that can be read ({forms}): is it cut off?")

    def _known_names(self) -> set[str]:
        answer = self.before.answers.get("success")
        bodies = [body.members for body in (self.before.request, answer) if body]
        return {pointer.rpartition("/")[2] for members in bodies for pointer in members} - {"", "*"}


# the operation in a document that may hold a hundred others


def _find(document: Mapping[str, Any], before: Description, codes: Codes, form: Form) -> Description:
    """The operation at the contract's method and path; else the most similar one, which has moved there."""
    known = list(operations(document))
    ways = route.patterns(before.servers, before.path or "")
    for method, path in sorted(known, key=lambda each: each[1] != before.path):
        if method == before.method and any(way.endswith(route.pattern(path)) for way in ways):
            found = describe(document, method, path, codes, form)
            if same_path(before, found):
                return found
    moved = [
        (_likeness(before, candidate), candidate)
        for candidate in _candidates(document, known, codes)
        if _alike(before, candidate)
    ]
    if not moved:
        raise _absent(before, known)
    best = max(moved, key=lambda each: each[0])[1]
    return describe(document, best.method or "", best.path or "", codes, form)


def _candidates(document: Mapping[str, Any], known: Sequence[tuple[str, str]], codes: Codes) -> Iterator[Description]:
    for method, path in known:
        try:
            yield describe(document, method, path, codes, most=_SCHEMAS_OF_A_CANDIDATE)
        except Unreadable:  # another operation cannot be read: no matter
            continue


def _absent(before: Description, known: Sequence[tuple[str | None, str | None]]) -> Unreadable:
    """The error that the operation is missing; it names those that are there."""
    found = ", ".join(f"{method} {path}" for method, path in known[:3])
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return Unreadable(f"does not describe {before.method} {before.path}, but {found or 'no operation'}{more}")


def _alike(before: Description, after: Description) -> bool:
    """Whether two operations share enough to be the same one, moved."""
    return _likeness(before, after) >= _ALIKE


def _likeness(before: Description, after: Description) -> float:
    """The share of common members, from 0 to 1: of the requests or of the answers, whichever is lower."""
    return min(_shared(_sent(before), _sent(after)), _shared(*_read(before, after)))


def _sent(description: Description) -> set[str]:
    body = description.request.members if description.request else {}
    return {name for name in body if name} | {name for where, name in description.parameters if where == "query"}


def _read(before: Description, after: Description) -> tuple[set[str], set[str]]:
    """The members of both successes, without those that the second one does not describe itself."""
    old, new = (answer.members if answer else {} for answer in (d.answers.get("success") for d in (before, after)))
    left_out = tuple(f"{pointer}/" for pointer, member in new.items() if member.opaque)
    return {pointer for pointer in old if pointer and not pointer.startswith(left_out)}, set(new) - {""}


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


# OpenAPI blocks in Markdown


@dataclass(frozen=True)
class _Block:
    """A fenced block of code: its first line, its text, and whether it has an end."""

    line: int
    text: str
    whole: bool


def _openapi_blocks(text: str) -> list[_Block]:
    """The blocks that hold an OpenAPI document. Raises Unreadable when a block has no end."""
    blocks = list(_blocks(text))
    if blocks and not blocks[-1].whole:
        raise Unreadable(f"has a block of code that begins at line {blocks[-1].line} and has no end: is it cut off?")
    return [block for block in blocks if _OPENAPI.search(block.text)]


def _is_a_document_itself(text: str) -> bool:
    """Whether a text declares itself an OpenAPI document before any block of code begins."""
    found = re.search(_OPENAPI.pattern.replace(r"^[ \t]*", "^"), text, re.MULTILINE)
    fence = re.search(r"^[ \t]*(`{3,}|~{3,})", text, re.MULTILINE)
    return bool(found) and (not fence or (found is not None and found.start() < fence.start()))


def _blocks(text: str) -> Iterator[_Block]:
    fence, line, inside = "", 0, list[str]()
    for number, row in enumerate(text.splitlines(), 1):
        match = _FENCE.fullmatch(row)
        if not fence:
            if match and not (match["fence"][0] == "`" and "`" in match["info"]):
                fence, line, inside = match["fence"], number, []
        elif match and match["fence"].startswith(fence) and not match["info"].strip():
            yield _Block(line, textwrap.dedent("\n".join(inside)), whole=True)
            fence = ""
        else:
            inside.append(row)
    if fence:
        yield _Block(line, "\n".join(inside), whole=False)
