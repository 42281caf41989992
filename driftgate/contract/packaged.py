"""Contracts in installed packages: each is named by an entry point of the group ``driftgate.contracts``."""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from driftgate.base.errors import UsageError

GROUP = "driftgate.contracts"


def packaged() -> list[Path]:
    """The folders of vendors in installed packages. Raises UsageError for an entry point that names no package."""
    found: list[Path] = []
    for entry in entry_points(group=GROUP):
        try:
            spec = find_spec(entry.value)
        except (ImportError, ValueError):
            spec = None
        folders = list(spec.submodule_search_locations or ()) if spec else []
        if not folders:
            raise UsageError(
                f"the entry point {entry.name} of {GROUP} names {entry.value}, which is no package: let it name the "
                "package whose folders are the vendors, or uninstall it"
            )
        found += map(Path, folders)
    return found
