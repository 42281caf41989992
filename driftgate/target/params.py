"""Values that a target's user supplies: parameters as the contract types them, keys, and what the environment holds."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.finder import SHORTEST
from driftgate.base.secret import Secret
from driftgate.base.suggest import did_you_mean
from driftgate.contract import Contract

Value = str | int | Secret


def parameters(given: Sequence[str], contract: Contract) -> dict[str, Value]:
    """Parameters of the form KEY=VALUE, as the contract types them. Raises UsageError."""
    return typed_params(pairs(given), contract)


def pairs(params: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in params:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--param {name or text!r}: is not of the form KEY=VALUE")
        pairs[name] = value
    return pairs


def from_environment(value: Any, context: str) -> Any:
    """``$NAME`` stands for the environment variable NAME."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    found = os.environ.get(value[1:])
    if not found:
        raise UsageError(f"{context} the environment variable {value[1:]} is not set")
    return found


def typed_params(given: Mapping[str, str | int], contract: Contract) -> dict[str, Value]:
    """Parameters as the contract types them. Raises UsageError for one that it does not know."""
    typed: dict[str, Value] = {}
    for name, value in given.items():
        parameter = contract.parameter(name)
        if parameter is None:
            known = [each.name for each in contract.parameters]
            hint = did_you_mean(name, known)
            raise UsageError(
                f"--param {name}: is not a parameter of {contract.vendor}{hint}; it has {', '.join(known) or 'none'}"
            )
        if parameter.secret:
            typed[name] = secret(name.upper(), str(value))
        elif parameter.type == "integer":
            if not str(value).isdigit():
                raise UsageError(f"--param {name}={value}: is not a whole number")
            typed[name] = int(value)
        else:
            typed[name] = str(value)
    return typed


def secret(name: str, value: str) -> Secret:
    """A key, when a header can carry it. Raises UsageError."""
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise UsageError(f"{name}: holds a space, a line break or a character beyond ASCII; no key has one")
    if len(value) < SHORTEST:
        raise UsageError(
            f"{name}: has fewer than {SHORTEST} characters; so short a key could not be kept out of reports"
        )
    return Secret(name, value)
