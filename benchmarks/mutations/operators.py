"""The operators on one member of an answer. None of them knows what the member is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from driftgate.base.jsonvalue import JSON

Operator = Callable[[Any, Any], None]

_DAY = 86_400
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*")


def null(value: JSON) -> JSON:
    return None


def retype(value: JSON) -> JSON:
    """The value as another type: a text as a number, anything else that is one value as a text, an object as a list."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() else len(value)
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return {str(number): item for number, item in enumerate(value)}
    return "null" if value is None else str(value).lower()


def empty(value: JSON) -> JSON:
    """The empty value of the same type; for null a text."""
    return "" if value is None else type(value)()


def flip(value: JSON) -> JSON:
    if isinstance(value, bool):
        return not value
    return -value if value and isinstance(value, (int, float)) else value  # minus zero is zero


def later(value: JSON) -> JSON:
    return _shifted(value, 1)


def earlier(value: JSON) -> JSON:
    return _shifted(value, -1)


def thousandfold(value: JSON) -> JSON:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value * 1000 if is_number else value


def cut(value: JSON) -> JSON:
    """The first half of a text; a list without its last item."""
    if isinstance(value, str):
        return value[: len(value) // 2]
    return value[:-1] if isinstance(value, list) else value


def recase(value: JSON) -> JSON:
    return value.swapcase() if isinstance(value, str) else value


def _shifted(value: JSON, sign: int) -> JSON:
    """A number moved by the seconds of a day, a moment by a day, a text of digits by one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + sign * _DAY
    if not isinstance(value, str):
        return value
    if value.isdecimal():
        return str(int(value) + sign)
    if _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value) + sign * timedelta(days=1)
        except ValueError:
            return value
        return moment.isoformat(timespec="milliseconds" if "." in value else "seconds")
    return value


def _on_value(function: Callable[[JSON], JSON]) -> Operator:
    def act(container: Any, key: Any) -> None:
        container[key] = function(container[key])

    return act


def remove(container: Any, key: Any) -> None:
    del container[key]


def misspell(container: Any, key: Any) -> None:
    """Gives a member a name with its last two letters swapped, or one more where it has one letter."""
    if isinstance(container, dict):
        container[f"{key[:-2]}{key[:-3:-1]}" if len(key) > 1 and key[-1] != key[-2] else f"{key}s"] = container.pop(key)


def respell(container: Any, key: Any) -> None:
    """Gives a member the name in the other style: camelCase for snake_case, else with a capital at its beginning."""
    if isinstance(container, dict):
        first, *rest = key.split("_")
        other = first + "".join(each.capitalize() for each in rest) if rest else key[:1].swapcase() + key[1:]
        container[other] = container.pop(key)


OPERATORS: Mapping[str, Operator] = {
    "remove": remove,
    **{each.__name__: _on_value(each) for each in (null, retype, empty, flip, later, earlier, thousandfold, cut)},
    "recase": _on_value(recase),
    "misspell": misspell,
    "respell": respell,
}
SWAP = "swap"  # takes the value from another answer, so that it needs more than the value
