"""Checks an edition of a contract as a whole, before anything is sent: all problems of its files at once."""

from __future__ import annotations

from collections.abc import Iterator

from driftgate.contract import check_document, check_operations, check_rows, check_transport, form
from driftgate.contract.editions import Sources
from driftgate.contract.problem import CATALOGUE, ContractError, Location, Problem
from driftgate.contract.view import View


def check(sources: Sources) -> None:
    """Raises ContractError with every problem of an edition."""
    found = list(problems(sources))
    if found:
        raise ContractError(sources.folder.name, Location(sources).describe_all(found))


def problems(sources: Sources) -> Iterator[Problem]:
    """Every problem of an edition that is of the right form, but perhaps for some of its rows."""
    malformed = form.problems_of(sources)
    for found in malformed.values():
        yield from found
    view = View(sources.document, sources.catalogue, sources.examples)
    if view.catalogue["vendor"] != sources.folder.name:
        says = f"vendor {view.catalogue['vendor']!r} stands in folder {sources.folder.name!r}"
        yield Problem(CATALOGUE, "/vendor", says, "give both the same name")
    broken = list(check_document.broken(view))
    yield from broken
    view.usable = not broken
    yield from check_document.doubtful(view)
    yield from check_transport.server_problems(view)
    yield from check_operations.problems(view)
    yield from check_rows.problems(view, {file: form.bad_rows(found) for file, found in malformed.items()})
