"""Reading an edition of a contract from its folder, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON
from driftgate.base.paths import CONTRACTS
from driftgate.base.resource import CONVERSATION, Resource
from driftgate.base.suggest import did_you_mean
from driftgate.contract import editions
from driftgate.contract.check import check
from driftgate.contract.model import (
    BEARER_TOKEN,
    JSON_TYPE,
    Contract,
    Example,
    Level,
    Loss,
    Operation,
    OtherAccount,
    Outcomes,
    Parameter,
    Predicate,
    Profile,
    Requirement,
    Untestable,
)
from driftgate.contract.openapi import find_operation, inline
from driftgate.contract.packaged import packaged
from driftgate.contract.transport import key_carrier, media_type
from driftgate.contract.view import View

_COMMON = ("id", "level", "says", "impact", "source", "check", "from", "costs")


def available(folders: Sequence[Path] = ()) -> dict[str, Path]:
    """The folder of each vendor that has a contract.

    Those in ``folders`` come first, then the built-in ones, and then those that installed packages have.
    """
    return _found((*folders, CONTRACTS, *packaged()), folders)


def vendors_in(folders: Sequence[Path]) -> dict[str, Path]:
    """The vendors in these folders alone. Raises UsageError where one is no folder."""
    return _found(folders, folders)


def _found(searched: Iterable[Path], named: Sequence[Path]) -> dict[str, Path]:
    """The vendors in these folders. Raises UsageError where a folder that the user ``named`` is none."""
    for folder in named:
        if not folder.is_dir():
            raise UsageError(f"--contracts {folder}: is not a folder (driftgate.toml may name it under contracts)")
    found: dict[str, Path] = {}
    for folder in searched:
        for catalogue in sorted(folder.glob("*/requirements.yaml")):
            found.setdefault(catalogue.parent.name, catalogue.parent)
    return dict(sorted(found.items()))


def load_contract(vendor: str, folders: Sequence[Path] = (), edition: str | None = None) -> Contract:
    """The contract of a vendor, in its current edition without the name of another.

    Raises UsageError for an unknown vendor or edition, and for files that do not hold together.
    """
    return contract_of(editions.sources(_folder(vendor, folders), edition))


def contract_of(sources: editions.Sources) -> Contract:
    """The contract that the texts of an edition give. Raises UsageError where they do not hold together."""
    check(sources)
    return _Reading(sources).contract()


def editions_of(vendor: str, folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """The names of a vendor's editions, the current one first. Raises UsageError."""
    return editions.editions(_folder(vendor, folders))


def _folder(vendor: str, folders: Sequence[Path]) -> Path:
    # looking through the installed packages takes longer than all the rest
    nearby = _found((*folders, CONTRACTS), folders)
    if vendor in nearby:
        return nearby[vendor]
    known = available(folders)
    if vendor not in known:
        hint = did_you_mean(vendor, known)
        raise UsageError(
            f"vendor {vendor!r} has no contract{hint}: there are {', '.join(known)}; a folder with others is named by "
            '--contracts DIR, or by contracts = ["DIR"] in driftgate.toml'
        )
    return known[vendor]


class _Reading:
    """One reading of an edition's texts, which have been checked."""

    def __init__(self, sources: editions.Sources) -> None:
        self.document = sources.document
        self.catalogue = sources.catalogue
        self.examples = sources.examples
        self._sources = sources
        self.parameters = tuple(Parameter(name, **row) for name, row in self.catalogue.get("parameters", {}).items())

    def contract(self) -> Contract:
        rows = self.catalogue
        operations = {role: self._operation(row) for role, row in rows["operations"].items()}
        return Contract(
            vendor=rows["vendor"],
            title=rows["title"],
            edition=rows["edition"],
            document=self.document,
            parameters=self.parameters,
            outcomes=self._outcomes(),
            id_pointer=rows["conversation"]["id"],
            name_pointer=rows["conversation"]["name"],
            unknown_id=rows["conversation"]["unknown"],
            rename=operations["rename"],
            read=operations["read"],
            create=operations.get("create"),
            delete=operations.get("delete"),
            listing=operations.get("list", operations["read"] if operations["read"].items is not None else None),
            requirements=tuple(map(self._requirement, rows["requirements"])),
            not_tested=tuple(
                Untestable(row["id"], row["says"], self._source(row["source"]), row["why"])
                for row in rows.get("not_tested", ())
            ),
            examples=tuple(map(self._example, self.examples["examples"])),
            digest=self._sources.digest,
            because=self._sources.because,
            other_account=self._other_account(),
            created_pointer=rows["conversation"].get("created"),
            integer_ids=View(self.document, self.catalogue, self.examples).integer_ids,
            resource=Resource(rows["resource"]) if "resource" in rows else CONVERSATION,
            losses=tuple(
                Loss(self._inlined(row["when"]), row["says"], row.get("costs"))
                for row in rows["conversation"].get("losses", ())
            ),
        )

    def _outcomes(self) -> Outcomes:
        rows = self.catalogue["outcomes"]
        return Outcomes(
            **{kind: self._predicates(rows.get(kind, ())) for kind in ("success", "refusal", "unavailable")},
            code=rows.get("code"),
            message=rows.get("message"),
        )

    def _predicates(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Predicate, ...]:
        return tuple(Predicate(tuple(row["status"]), self._inlined(row.get("body", True))) for row in rows)

    def _operation(self, row: Mapping[str, Any]) -> Operation:
        found = find_operation(self.document, row["operation"])
        assert found is not None, "the contract has been checked"
        method, url = found
        following = row.get("next", {})
        keys = ("path", "query", "headers", "body", "conversation", "otherwise", "items", "id", "costs")
        plain = {key: row[key] for key in keys if key in row}
        return Operation(
            row["operation"],
            method,
            url,
            **plain,
            next_more=following.get("more"),
            next_query=following.get("query", following.get("body")),
            next_counts=following.get("counts", False),
            next_offset=following.get("offset", False),
            next_cursor=following.get("cursor"),
            paged_in_body="body" in following or "body" in row.get("size", {}),
            size_query=row.get("size", {}).get("query", row.get("size", {}).get("body")),
            size_most=row.get("size", {}).get("most", 1),
            media_type=media_type(self.document, method, url) or JSON_TYPE,
            key=key_carrier(self.document, method, url) or BEARER_TOKEN,
        )

    def _other_account(self) -> OtherAccount | None:
        row = self.catalogue.get("other_account")
        return row and OtherAccount(row.get("credential"), row.get("set", {}), row.get("costs"))

    def _requirement(self, row: Mapping[str, Any]) -> Requirement:
        return Requirement(
            id=row["id"],
            level=Level(row["level"]),
            says=row["says"],
            impact=row["impact"],
            source=self._source(row["source"]),
            check=row["check"],
            profile=Profile.named(row.get("from", "standard")),
            costs=row.get("costs"),
            detail=self._inlined({key: value for key, value in row.items() if key not in _COMMON}),
        )

    def _example(self, row: Mapping[str, Any]) -> Example:
        answer = row.get("answer", {})
        return Example(
            id=row["id"],
            section=row["source"]["section"],
            request=row.get("request"),
            costs=row.get("costs"),
            status=answer.get("status"),
            answer=answer.get("body"),
        )

    def _source(self, row: Mapping[str, str]) -> str:
        """A source in one line: the page or the standard with its section, or how we came to read it so."""
        if "reading" in row:
            return f"our reading: {row['reading']}"
        if "standard" in row:
            return f"{row['standard']}, section {row['section']}"
        pages = self.catalogue["pages"]
        return f"{pages[row['page']]['title']}: {row['section']}"

    def _inlined(self, value: JSON) -> Any:
        return inline(value, self.document)
