"""Reading a page from a file: which form it has is found from its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from driftgate.base import yamlfile
from driftgate.base.errors import UsageProblem
from driftgate.base.jsonvalue import JSON, one_line, parse
from driftgate.docs import cells, find, joined, markdown, openapi, text
from driftgate.docs.compare import same_path
from driftgate.docs.model import CELLS, JOINED, MARKDOWN, OPENAPI, Description, Form, Page, Unreadable
from driftgate.docs.openapi import Codes

_MOST_BYTES = 16 * 2**20
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|\?xml)\b", re.IGNORECASE)
_POINTS_TO_A_DOCUMENT = re.compile(
    r"^openapi(?:-schema)?\s*:\s*[\"']?.*\b(get|put|post|delete|patch)\s+/", re.IGNORECASE | re.MULTILINE
)

Reader = Callable[[str], tuple[Form, Sequence[Description]]]


def read_page(path: Path, before: Description, codes: Codes) -> Page:
    """What a page says of the operation that ``before`` describes.

    Raises UsageProblem, in one line, for a file that is no page of that operation, or only a part of one.
    """
    content = _content(path)
    try:
        return _Reading(str(path), content, before, codes).page()
    except Unreadable as problem:
        raise UsageProblem(f"{path}: {one_line(str(problem))}") from None


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise UsageProblem(f"{path}: cannot be read ({problem.strerror})") from None
    except ValueError:
        raise UsageProblem(f"{str(path)!r}: is no name of a file") from None
    if len(raw) > _MOST_BYTES:
        raise UsageProblem(f"{path}: is larger than {_MOST_BYTES // 2**20} MiB, which no page is")
    try:
        content = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise UsageProblem(f"{path}: is not a text in UTF-8") from None
    if not content.strip():
        raise UsageProblem(f"{path}: is empty")
    if "\0" in content:
        raise UsageProblem(f"{path}: is not a text")
    return content


class _Reading:
    """One reading of one page."""

    def __init__(self, name: str, content: str, before: Description, codes: Codes) -> None:
        self.name, self.content, self.before, self.codes = name, content, before, codes

    def page(self) -> Page:
        beginning = self.content.lstrip()
        if _HTML.match(beginning):
            raise Unreadable("is HTML; save the page's Markdown, its text or its OpenAPI document instead")
        if beginning.startswith(("{", "[")):
            return self._of(OPENAPI, [self._found(self._json(), OPENAPI)])
        if markdown.is_a_document_itself(self.content):
            return self._of(OPENAPI, [self._found(yamlfile.parse(self.content, self.name), OPENAPI)])
        blocks = markdown.openapi_blocks(self.content)
        if blocks:
            return self._of(MARKDOWN, [self._in_blocks(blocks)])
        return self._in_text()

    def _of(self, form: Form, descriptions: Sequence[Description]) -> Page:
        return Page(self.name, form, tuple(descriptions))

    def _json(self) -> JSON:
        try:
            return parse(self.content.encode())
        except ValueError as problem:
            raise Unreadable(f"is not JSON ({problem}): is it cut off?") from None

    def _found(self, document: JSON, form: Form) -> Description:
        return find.find(openapi.check(document), self.before, self.codes, form)

    def _in_blocks(self, blocks: Sequence[markdown.Block]) -> Description:
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
        for form, tables in ((CELLS, cells.tables(self.content)), (JOINED, joined.tables(self.content, names))):
            if tables:
                descriptions = text.describe(self.content, tables, form, self.codes)
                first = descriptions[0]
                at_home = first.method == self.before.method and same_path(self.before, first)
                if not at_home and not find.alike(self.before, first):
                    raise find.absent(self.before, [(first.method, first.path)])
                return self._of(form, descriptions)
        if _POINTS_TO_A_DOCUMENT.search(self.content):
            raise Unreadable("only refers to an OpenAPI document; give that document")
        forms = ", ".join(form.name for form in (OPENAPI, MARKDOWN, CELLS, JOINED))
        raise Unreadable(f"describes no operation in a form that can be read ({forms}): is it cut off?")

    def _known_names(self) -> set[str]:
        answer = self.before.answers.get("success")
        bodies = [body.members for body in (self.before.request, answer) if body]
        return {pointer.rpartition("/")[2] for members in bodies for pointer in members} - {"", "*"}
