"""Numbers that users give: each function reads a text, and raises ValueError with what the text should have been."""

from __future__ import annotations

_LONGEST_DELAY = 60_000  # milliseconds
_LAST_PORT = 65535


def whole(text: str, *, least: int) -> int:
    """A whole number of at least ``least``. Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise ValueError(f"is not a whole number of at least {least}")
    return int(text)


def positive(text: str) -> float:
    """A number above 0. Raises ValueError."""
    number = _number(text)
    if not 0 < number < float("inf"):
        raise ValueError("is not a number above 0")
    return number


def at_least_zero(text: str) -> float:
    """A number of at least 0. Raises ValueError."""
    number = _number(text)
    if not 0 <= number < float("inf"):
        raise ValueError("is not a number of at least 0")
    return number


def milliseconds(text: str) -> float:
    """Seconds, from a number of milliseconds. Raises ValueError."""
    number = _number(text)
    if not 0 <= number <= _LONGEST_DELAY:
        raise ValueError(f"is not a number of milliseconds from 0 to {_LONGEST_DELAY}")
    return number / 1000


def port(text: str) -> int:
    """The number of a port. Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or int(text) > _LAST_PORT:
        raise ValueError(f"is not a port (0 to {_LAST_PORT})")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
