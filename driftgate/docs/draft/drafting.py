"""Drafts the three files of a vendor: what follows from its document, and a list of what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import one_line
from driftgate.base.resource import CONVERSATION, Resource
from driftgate.contract.problem import CATALOGUE, Problem
from driftgate.docs.draft import parameters as fill
from driftgate.docs.draft.examples import shown, with_shown
from driftgate.docs.draft.excerpt import Excerpt
from driftgate.docs.draft.members import Position, answered, conversation_in, id_in, name_in, sent
from driftgate.docs.draft.model import Draft
from driftgate.docs.draft.roles import Operation, guess, resource, subject, untold
from driftgate.docs.draft.rows import PAGE, Known, Row, requirements, slug
from driftgate.docs.draft.source import Source, read_source
from driftgate.docs.model import Description
from driftgate.docs.schema import mapping

_UNKNOWN = ("00000000-0000-4000-8000-00000000d1f7", "driftgate-unknown", "999999999", "d1f7d1f7d1f7d1f7d1f7d1f7")


def draft(vendor: str, path: Path, operation: str, name: str | None = None) -> Draft:
    """A draft from the document in a file, for the operation that renames. ``name`` points to the name in its body.

    Raises UsageError where the document has too little for a contract.
    """
    source = read_source(path, operation)
    return _Drafting(vendor, source, source.find(operation), name).draft()


@dataclass
class _Drafting:
    vendor: str
    source: Source
    rename: Operation
    name: str | None
    parameters: fill.Parameters = field(default_factory=fill.Parameters)
    not_tested: list[Row] = field(default_factory=list)

    def draft(self) -> Draft:
        roles = guess(self.source, self.rename)
        described = {role: self.source.describe(each) for role, each in roles.items()}
        name = self._name(described["rename"])
        rows, conversation, position = self._operations(described, name)
        if "items" in rows["read"]:  # a conversation is read from the list of all
            roles["read"], described["read"] = roles["list"], described["list"]
        names = {role: _operation_id(each) for role, each in described.items() if role in rows}
        excerpt = Excerpt(self.source)
        for role in rows:
            excerpt.add(*roles[role], names[role])
        title, edition = self._title()
        document = excerpt.document(title, edition, described["rename"].servers)
        for role in untold(rows):
            if role == "read" or (role == "list" and "items" in rows["read"]):
                continue
            self._untested(f"role-{role}", *_NO_ROLE[role])
        known = self._known(described["rename"], rows["rename"]["body"], name, position, document)
        for what, why in excerpt.left_out.items():
            self._untested(f"left-out-{slug(what)}", f"The document describes {what}.", why)
        self._silent(known)
        called = resource(self.rename[1])
        catalogue = {
            "vendor": self.vendor,
            "title": title,
            "edition": edition,
            "pages": {PAGE: {"title": f"{title}, OpenAPI document", "languages": ["en"]}},
            **({"parameters": self.parameters.rows} if self.parameters.rows else {}),
            "outcomes": {"success": [{"status": ["2XX"]}], "refusal": [{"status": ["4XX"]}]},
            **({} if called == CONVERSATION else {"resource": called.one}),
            "conversation": conversation,
            "operations": rows,
            "requirements": [_worded(row, called) for row in requirements(known)],
            "not_tested": [_worded(row, called) for row in self.not_tested],
        }
        made = self._checked(Draft(self.vendor, document, catalogue, {"examples": []}, {**names}))
        return with_shown(made, list(shown(described["rename"], known)))

    def _title(self) -> tuple[str, str]:
        info = mapping(self.source.document, "info")
        return one_line(str(info.get("title") or self.vendor)), one_line(str(info.get("version") or "1"))

    def _name(self, rename: Description) -> str:
        """The pointer to the name in the body of the rename."""
        members = sent(rename)
        method = f"{rename.method} {rename.path}"
        found = name_in(members) if self.name is None else self.name if self.name.startswith("/") else f"/{self.name}"
        if not members:
            raise UsageError(f"{self.source.file}: {method} describes no body, so nothing is renamed by it")
        tops = [pointer[1:] for pointer in members if pointer.count("/") == 1]
        if found is None:
            shown = ", ".join(tops) or "nothing"
            raise UsageError(
                f"{self.source.file}: no member of the body of {method} looks like a name; say which it is with "
                f"--name POINTER (the body has {shown})"
            )
        above = found
        while above not in members:
            above = above.rpartition("/")[0]
        if above != found and (not above or any(each.startswith(f"{above}/") for each in members)):
            raise UsageError(f"{self.source.file}: the body of {method} has no {found}; it has {', '.join(tops)}")
        return found

    def _operations(
        self, described: Mapping[str, Description], name: str
    ) -> tuple[dict[str, Row], dict[str, str], Position | None]:
        """The catalogue's operations, what a conversation is in their answers, and where the rename's answer has it."""
        rename = described["rename"]
        identifier = subject(rename.path or "")
        read, listed = self._reading(described, identifier, name)
        found = read or listed
        assert found is not None
        rows = {"rename": self._row(rename, name=name)}
        position = conversation_in(answered(rename), identifier, found.name)
        if position is not None and (position.id, position.name) == (found.id, found.name):
            rows["rename"]["conversation"] = position.base
        else:
            position = None
        if read is not None:
            rows["read"] = self._row(described["read"]) | {"conversation": read.base}
        if listed is not None:
            row = self._row(described["list"], is_list=True) | {"items": listed.base}
            rows["list" if read else "read"] = row | fill.paging_of(described["list"], answered(described["list"]))
        rows |= self._made(described, found, name)
        return rows, {"id": found.id, "name": found.name, "unknown": ""}, position

    def _reading(
        self, described: Mapping[str, Description], identifier: str | None, name: str
    ) -> tuple[Position | None, Position | None]:
        read = conversation_in(answered(described["read"]), identifier, name) if "read" in described else None
        listed = (
            conversation_in(answered(described["list"]), identifier, name, listed=True) if "list" in described else None
        )
        if read is None and "read" in described and not answered(described["read"]):
            read = Position("", "/id", name)
            method = f"{described['read'].method} {described['read'].path}"
            self._untested("read-answer", f"{method} answers with a conversation.", "its answer has no schema")
        if read is None and listed is None:
            looked = ", ".join(
                f"{each.method} {each.path}" for role, each in described.items() if role in ("read", "list")
            )
            raise UsageError(
                f"{self.source.file}: no operation that reads what {self.rename[0]} {self.rename[1]} renames has an id "
                f"and a name in its answer (looked at {looked or 'nothing'}); give a document that has one"
            )
        if read is not None and listed is not None and (read.id, read.name) != (listed.id, listed.name):
            self._untested("list", "The list shows the conversations.", "it has the id or the name at another position")
            listed = None
        return read, listed

    def _made(self, described: Mapping[str, Description], found: Position, name: str) -> dict[str, Row]:
        """The operations that create and delete, where a run can use them."""
        rows: dict[str, Row] = {}
        if "create" in described:
            members = answered(described["create"])
            base = conversation_in(members, found.id[1:], found.name)
            pointer = base.base + base.id if base else found.id if found.id in members else None
            above = name.rpartition("/")[0]
            taken = name in sent(described["create"]) or (above and above in sent(described["create"]))
            if pointer:
                rows["create"] = self._row(described["create"], name=name if taken else None) | {"id": pointer}
            else:
                self._untested("created-id", "Creating answers with an id.", "its answer shows no id")
        if "delete" in described:
            rows["delete"] = self._row(described["delete"])
        return rows

    def _row(self, description: Description, name: str | None = None, *, is_list: bool = False) -> Row:
        """An operation, with the templates of what is sent."""
        identifier = None if is_list else subject(description.path or "")
        row: Row = {"operation": _operation_id(description)}
        path = fill.path_of(description, identifier, self.parameters)
        row |= {"path": path} if path else {}
        for within, member in (("query", "query"), ("header", "headers")):
            given = fill.required_of(description, within, self.parameters)
            row |= {member: given} if given else {}
        members = sent(description)
        filled = {name: "${name}"} if name else {}
        in_body = (
            id_in(members)
            if name and identifier is None and not is_list and self.rename[1] == description.path
            else None
        )
        filled |= {in_body: "${conversation}"} if in_body else {}
        if members:
            body = fill.body_of(description, members, filled, self.parameters)
            row |= {"body": body} if isinstance(body, Mapping) else {}
        return row

    def _known(
        self, rename: Description, template: Row, name: str, position: Position | None, document: Mapping[str, Any]
    ) -> Known:
        method, path = self.rename
        operation = document["paths"][path][method.lower()]
        required = operation.get("requestBody", {}).get("required") is True
        has_key = bool(operation.get("security"))
        return Known(self.vendor, rename, template, name, position, required, has_key)

    def _untested(self, name: str, says: str, why: str, section: str | None = None) -> None:
        source = {"page": PAGE, "section": section} if section else {"reading": "what the document leaves open"}
        row = {"id": f"{self.vendor}.rename.{slug(name)}", "says": says, "source": source, "why": why}
        if all(each["id"] != row["id"] for each in self.not_tested):
            self.not_tested.append(row)

    def _silent(self, known: Known) -> None:
        """What the document names, and what no test can be derived from."""
        for pointer in sent(known.rename):
            if pointer.count("/") == 1 and "*" not in pointer and pointer[1:] not in known.template:
                says = f"A body can have {pointer[1:]}."
                why = "a schema does not say what it does"
                self._untested(f"member-{pointer[1:]}", says, why, f"{known.operation}, requestBody, {pointer[1:]}")
        tested = {"404", "410", *(("401", "403") if known.has_key else ())}
        for status in sorted(known.rename.statuses - tested):
            if status[0] != "2":
                why = "a document does not say which request is answered so"
                self._untested(
                    f"status-{status}", f"An answer can have status {status}.", why, f"{known.operation}, responses"
                )

    def _checked(self, made: Draft) -> Draft:
        """The draft without the rows that do not hold; these are listed as not tested, with the reason."""
        for unknown in _UNKNOWN:
            conversation = {**made.catalogue["conversation"], "unknown": unknown}
            made = replace(made, catalogue={**made.catalogue, "conversation": conversation})
            if not any(each.pointer == "/conversation/unknown" for each in made.problems()):
                break
        found = made.problems()
        bad = {int(each.pointer.split("/")[2]): each for each in found if _is_of_a_requirement(each)}
        kept = [row for index, row in enumerate(made.catalogue["requirements"]) if index not in bad]
        dropped = [
            {key: row[key] for key in ("id", "says", "source")} | {"why": str(bad[index])}
            for index, row in enumerate(made.catalogue["requirements"])
            if index in bad
        ]
        untested = [*made.catalogue["not_tested"], *dropped]
        made = replace(made, catalogue={**made.catalogue, "requirements": kept, "not_tested": untested})
        left = made.problems()
        if left:
            first = left[0]
            raise UsageError(f"{self.source.file}: no contract can be made of it: {first.file}{first.pointer}: {first}")
        return made


_NO_ROLE = {
    "list": ("The list shows conversations.", "no operation was found that lists them with their ids and names"),
    "create": (
        "A created conversation can be read.",
        "no operation was found that creates one: runs need --conversation",
    ),
    "delete": ("A deleted conversation is gone.", "no operation was found that deletes one"),
}


def _worded(row: Row, called: Resource) -> Row:
    """A row whose texts of our own call a conversation what the vendor calls it."""
    worded = dict(row)
    worded.update((key, called.worded(row[key])) for key in ("says", "impact", "why") if key in row)
    if "reading" in row["source"]:
        worded["source"] = {**row["source"], "reading": called.worded(row["source"]["reading"])}
    return worded


def _is_of_a_requirement(problem: Problem) -> bool:
    return problem.file == CATALOGUE and problem.pointer.startswith("/requirements/")


def _operation_id(description: Description) -> str:
    return description.operation_id or slug(f"{description.method} {description.path}")
