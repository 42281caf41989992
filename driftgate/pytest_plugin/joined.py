"""Options with a path: pytest takes what follows a blank for a folder of tests, and looks for its ini file there."""

from __future__ import annotations

import os
from collections.abc import Sequence

from driftgate.run.options import TABLE


def joined(arguments: Sequence[str]) -> list[str] | None:
    """The arguments with ``--option=PATH`` for each ``--option PATH`` of driftgate's; None if there is none."""
    result: list[str] = []
    for each in arguments:
        if result and _takes_value(result[-1]) and not each.startswith("-") and os.path.exists(each):
            result[-1] += f"={each}"
        else:
            result.append(each)
    return result if len(result) < len(arguments) else None


def _takes_value(argument: str) -> bool:
    return argument in TABLE and TABLE[argument].get("action") != "store_true"
