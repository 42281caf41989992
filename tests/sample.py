"""Which cases of a long table run each time: one of each group. The others carry the mark ``matrix``: ``tox -e matrix``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import pytest


def sample(rows: Iterable[Any], group: Callable[..., Hashable], ident: Callable[..., str | None] = lambda *_: None):
    """All rows as parameters; of those with the same ``group(*row)`` all but the first are marked.

    ``ident`` makes the id of a case. A row of one value may be given as the value.
    """
    seen: set[Hashable] = set()
    params = []
    for row in rows:
        values = row if isinstance(row, tuple) else (row,)
        key = group(*values)
        params.append(pytest.param(*values, id=ident(*values), marks=[pytest.mark.matrix] if key in seen else []))
        seen.add(key)
    return params
