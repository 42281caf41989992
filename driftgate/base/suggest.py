"""The name that a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)`` for a misspelt name; empty when no known name is close to it."""
    from difflib import get_close_matches  # noqa: PLC0415  # only after a mistake

    close = get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
