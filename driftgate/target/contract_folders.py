"""The folders of contracts that a driftgate.toml names, for every command that takes ``--contracts``."""

from __future__ import annotations

from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.paths import TARGETS_FILE
from driftgate.target.file import content_of


def contract_folders(directory: Path) -> tuple[Path, ...]:
    """The folders under ``contracts`` in the driftgate.toml of a folder; none where there is no such file.

    What is wrong with the file is told by those who read its targets.
    """
    try:
        named = content_of(directory / TARGETS_FILE).get("contracts", ())
    except UsageError:
        return ()
    here = directory if directory != Path.cwd() else Path()
    return tuple(here / each for each in named if isinstance(each, str)) if isinstance(named, list) else ()
