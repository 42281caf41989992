"""Reads an operation from the tables, labels and examples in the text of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from driftgate.base.jsonvalue import JSON
from driftgate.docs import route, typescript
from driftgate.docs.model import Body, Description, Form, Member, Unreadable
from driftgate.docs.openapi import Codes, codes_in
from driftgate.docs.tables import Row, Table, labelled
from driftgate.docs.words import (
    ADDRESS_LABELS,
    ANSWER_EXAMPLES,
    CHOICE,
    CURL_EXAMPLES,
    METHOD_LABELS,
    OPTIONAL,
    PARTS,
    REQUEST_EXAMPLES,
    REQUEST_MEDIA_LABELS,
    REQUIRED,
    limits,
    numbers,
    typed,
)

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+*-]+")
_CURL_DATA = re.compile(r"--data(?:-raw|-binary)?\s+'([^']*)'")
_MOST_MEMBERS = 5000


def describe(text: str, tables: Sequence[Table], form: Form, codes: Codes) -> list[Description]:
    """What a page says in its tables, and in its TypeScript if it has any. Raises Unreadable if it is cut off."""
    page = _Text(text, tables, form, codes)
    program = typescript.described(text)
    return [page.description(), *([program] if program else [])]


class _Text:
    """A page while it is read."""

    def __init__(self, text: str, tables: Sequence[Table], form: Form, codes: Codes) -> None:
        self.text, self.form, self.codes = text, form, codes
        self.declared = typescript.interfaces(text)
        self.left = _MOST_MEMBERS
        self.parts: dict[str, Table] = {}
        self.named: dict[str, Table] = {}
        for table in tables:
            if not table.rows:
                raise Unreadable(f"has a table at line {table.line} without rows: is it cut off?")
            tables_by, key = (self.parts, PARTS[table.title]) if table.title in PARTS else (self.named, table.title)
            if key in tables_by:
                raise Unreadable(f"has a second table {table.title} at line {table.line}: one page, one operation")
            tables_by[key] = table

    def description(self) -> Description:
        server, path = self._address()
        if "answer" not in self.parts:
            raise Unreadable("has no table of the answer's members: is it cut off?")
        examples = {kind: shown for kind, shown in (("request", self._sent()), ("success", self._answered())) if shown}
        answer = {"": Member(frozenset({"object"})), **dict(self._members(self.parts["answer"], ""))}
        codes = codes_in(examples.get("success", ()), self.codes.pointer)
        return Description(
            form=self.form,
            method=self._method(),
            path=path,
            servers=(server,) if server else (),
            parameters=dict(self._parameters()),
            request=self._request(),
            answers={"success": Body(answer, self.form.aspects)},
            codes={"success": codes},
            examples=examples,
            security=self._security(),
        )

    def _method(self) -> str:
        method = labelled(self.text, METHOD_LABELS) or ""
        if method.upper() not in _METHODS:
            raise Unreadable("does not say the operation's method: is it cut off?")
        return method.upper()

    def _address(self) -> tuple[str, str]:
        """The server, if the address is a whole URL, and the path."""
        address = labelled(self.text, ADDRESS_LABELS) or ""
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        if not parts.path.startswith("/") or (parts.scheme and parts.scheme not in ("http", "https")):
            raise Unreadable("does not say the operation's address: is it cut off?")
        return (f"{parts.scheme}://{parts.netloc}" if parts.scheme else ""), route.template(parts.path)

    # the request

    def _parameters(self) -> Iterator[tuple[tuple[str, str], Member]]:
        for where in ("path", "query"):
            if where in self.parts:
                for pointer, member in self._members(self.parts[where], "", required=where == "path" or None):
                    yield (where, pointer[1:]), member
        for row in self.parts["header"].rows if "header" in self.parts else ():
            name = row.cells["name"]
            if name.lower() not in ("authorization", "content-type", "accept"):
                yield ("header", name), Member(frozenset({"string"}))

    def _security(self) -> frozenset[str]:
        for row in self.parts["header"].rows if "header" in self.parts else ():
            if row.cells["name"].lower() == "authorization":
                return frozenset(
                    {"http bearer" if "bearer" in str(row.cells).lower() else "apikey header authorization"}
                )
        return frozenset()

    def _media_types(self) -> frozenset[str]:
        media_type = labelled(self.text, REQUEST_MEDIA_LABELS) or ""
        for row in self.parts["header"].rows if "header" in self.parts else ():
            if row.cells["name"].lower() == "content-type":
                media_type = row.cells.get("value") or row.cells.get("example") or media_type
        return frozenset({media_type.lower()}) if _MEDIA_TYPE.fullmatch(media_type) else frozenset()

    def _request(self) -> Body | None:
        table = self.parts.get("body")
        if table is None:
            return None
        members = {"": Member(frozenset({"object"})), **dict(self._members(table, ""))}
        media_types = self._media_types()
        aspects = self.form.aspects | {"choices"} | ({"media types"} if media_types else set())
        choice = self._choice(table)
        for name in choice:
            member = members[f"/{name}"]
            members[f"/{name}"] = Member(member.types, False, member.limits, numbers=member.numbers)
        choices = frozenset({choice}) if choice else frozenset()
        return Body(members, aspects, media_types, choices)

    def _choice(self, table: Table) -> frozenset[str]:
        """The members of which the page requires at least one."""
        names = [row.cells["name"] for row in table.rows]
        for line in filter(CHOICE.search, self.text.splitlines()):
            named = frozenset(name for name in names if name in line)
            if len(named) > 1:
                return named
        return frozenset()

    # the members of a table

    def _members(
        self, table: Table, pointer: str, seen: tuple[str, ...] = (), *, required: bool | None = None
    ) -> Iterator[tuple[str, Member]]:
        stated = any(table.cell(row, "required") for row in table.rows)
        for row in table.rows:
            self.left -= 1
            if self.left < 0:
                raise Unreadable(f"describes more than {_MOST_MEMBERS} members")
            needed = _required(table.cell(row, "required"), row) if stated and required is None else required
            yield from self._member(table, row, pointer, needed, seen)

    def _member(
        self, table: Table, row: Row, above: str, required: bool | None, seen: tuple[str, ...]
    ) -> Iterator[tuple[str, Member]]:
        pointer = f"{above}/{row.cells['name'].replace('~', '~0').replace('/', '~1')}"
        plain, named, is_map = typed(table.cell(row, "type") or "unstated")
        named = table.cell(row, "schema") or named
        says = table.cell(row, "says")
        stated_limits, held = limits(says, plain.types or frozenset(), is_map=is_map)
        inner = self.named.get(named)
        opaque = plain.opaque and inner is None
        yield (
            pointer,
            Member(plain.types, required, {**plain.limits, **stated_limits}, opaque=opaque, numbers=numbers(says)),
        )
        items = f"{pointer}/*" if plain.types == frozenset({"array"}) else pointer
        if is_map:
            yield f"{pointer}/*", Member(None, limits=held, numbers=numbers(says))
        elif inner is not None and named not in seen:
            if items != pointer:
                yield items, Member(frozenset({"object"}))
            yield from self._members(inner, items, (*seen, named))
        elif inner is None and named and named not in self.declared:
            raise Unreadable(f"names {named} and does not describe it: is it cut off?")

    # the examples

    def _sent(self) -> tuple[JSON, ...]:
        found: list[JSON] = []
        for section in self._sections((*REQUEST_EXAMPLES, *CURL_EXAMPLES)):
            if re.search(r"^[ \t]*curl\b", section, re.MULTILINE):
                data = _CURL_DATA.search(section)
                if data is None:
                    raise Unreadable("has a curl example without the end of its data: is it cut off?")
                found.append(_json(data[1]))
            elif "{" in section:
                found.append(_json(section[section.index("{") :]))
        return tuple(value for number, value in enumerate(found) if value not in found[:number])

    def _answered(self) -> tuple[JSON, ...]:
        sections = [section for section in self._sections(ANSWER_EXAMPLES) if "{" in section]
        return tuple(_json(section[section.index("{") :]) for section in sections)

    def _sections(self, labels: Sequence[str]) -> Iterator[str]:
        """The texts below the labels, each up to the next label of an example."""
        every = (*REQUEST_EXAMPLES, *ANSWER_EXAMPLES, *CURL_EXAMPLES)
        title = re.compile(rf"^[ \t]*({'|'.join(map(re.escape, every))})[ \t]*[:：]?[ \t]*$", re.MULTILINE)
        found = list(title.finditer(self.text))
        for number, match in enumerate(found):
            if match[1] in labels:
                end = found[number + 1].start() if number + 1 < len(found) else len(self.text)
                yield self.text[match.end() : end]


def _required(cell: str, row: Row) -> bool:
    known: Mapping[str, bool] = {**REQUIRED, **OPTIONAL, "": False}
    if cell.lower() not in known:
        raise Unreadable(f"says {cell!r} at line {row.line} where it says whether a member is required")
    return known[cell.lower()]


def _json(text: str) -> JSON:
    """The JSON value at the beginning of a text."""
    decode: Callable[[str], tuple[JSON, int]] = json.JSONDecoder().raw_decode
    try:
        return decode(text)[0]
    except (ValueError, RecursionError):
        raise Unreadable("has an example that is not whole JSON: is it cut off?") from None
