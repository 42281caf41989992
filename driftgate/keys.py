"""Keys as the user gives them: such as a header can carry, and out of the sight of others."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftgate.contract import Contract
from driftgate.errors import UsageProblem
from driftgate.secret import Secret


def key_of(name: str, value: str) -> Secret:
    """A key, when a header can carry it. Raises UsageProblem."""
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise UsageProblem(f"{name}: holds a blank, a line break or a character beyond ASCII, which no key has")
    return Secret(name, value)


def readable_by_all(path: Path, row: Mapping[str, Any], contract: Contract) -> str:
    """A warning where a key stands in a file that every user of the machine can read; empty otherwise."""
    params = row.get("params", {})
    keys = [row.get("api_key", "$"), *(params.get(each.name, "$") for each in contract.parameters if each.secret)]
    keys += [row["proxy"]] if "@" in row.get("proxy", "") else []
    literal = [key for key in keys if not str(key).startswith("$")]
    if not literal or not path.stat().st_mode & stat.S_IROTH:
        return ""
    return f"{path.name} holds a key and every user can read it: chmod o-r {path.name}, or name a variable with $NAME"
