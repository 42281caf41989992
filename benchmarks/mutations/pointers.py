"""JSON pointers whose ``*`` stands for every item of a list: which ones a value has, and changing what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from driftgate.base.jsonvalue import JSON, pointer_of

EVERY = "*"

# changes one member or item, in place: its container, and its key or index there
Act = Callable[[Any, Any], None]


def pointers(value: JSON, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The pointers of all members and items of a value; that of the value itself is left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield pointer_of((*path, key))
            yield from pointers(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield pointer_of((*path, EVERY))
            yield from pointers(item, (*path, EVERY))


def tokens(pointer: str) -> list[str]:
    """The steps of a pointer."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def change(value: JSON, pointer: str, act: Act) -> None:
    """Calls ``act`` for every member and item that the pointer leads to."""
    _change(value, tokens(pointer), act)


def _change(value: JSON, steps: list[str], act: Act) -> None:
    step, rest = steps[0], steps[1:]
    keys: list[Any] = []
    if isinstance(value, dict) and step in value:
        keys = [step]
    elif isinstance(value, list) and step == EVERY:
        keys = list(reversed(range(len(value))))  # from the end, so that one that is removed moves no other
    for key in keys:
        if rest:
            _change(value[key], rest, act)
        else:
            act(value, key)
