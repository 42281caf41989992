"""Templates: JSON values in which ``${name}`` stands for a value that a run supplies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, pointer_of
from driftgate.base.secret import Secret

# what a run fills in by itself; every other placeholder is a parameter of the contract
SUPPLIED = frozenset({"name", "conversation", "status"})

_PLACEHOLDER = re.compile(r"\$\{([a-z_]+)\}")


def fill(template: JSON, values: Mapping[str, Any]) -> JSON:
    """``template`` with its placeholders replaced; one that is a whole string keeps the value's type.

    A member whose value is ``ABSENT`` is left out.
    Raises KeyError, with the placeholder's name, for a value that is missing.
    """
    if isinstance(template, str):
        whole = _PLACEHOLDER.fullmatch(template)
        if whole:
            return _open(values[whole[1]])
        return _PLACEHOLDER.sub(lambda match: str(_open(values[match[1]])), template)
    if isinstance(template, Mapping):
        filled = {key: fill(item, values) for key, item in template.items()}
        return {key: item for key, item in filled.items() if item is not ABSENT}
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    return template


def placeholders(template: JSON) -> frozenset[str]:
    """The names of all placeholders in a template."""
    if isinstance(template, str):
        return frozenset(_PLACEHOLDER.findall(template))
    if isinstance(template, Mapping):
        return frozenset().union(*map(placeholders, template.values()))
    if isinstance(template, (list, tuple)):
        return frozenset().union(*map(placeholders, template))
    return frozenset()


def pointers_with(name: str, template: JSON, pointer: str = "") -> Iterator[str]:
    """The JSON pointers of the texts of a template that hold this placeholder; of lists as a whole."""
    if isinstance(template, Mapping):
        for key, value in template.items():
            yield from pointers_with(name, value, pointer + pointer_of([key]))
    elif name in placeholders(template):
        yield pointer


def _open(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value
