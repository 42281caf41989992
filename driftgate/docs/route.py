"""Paths of operations: the same one under other parameter names, and with other servers in front."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

_PARAMETER = re.compile(r"\$?\{([^{}/]*)\}|(?<=/):([A-Za-z_]\w*)")


def pattern(path: str) -> str:
    """A path without the names of its parameters, written ``{id}``, ``:id`` or ``${id}``."""
    return _PARAMETER.sub("{}", path.rstrip("/") or "/")


def parameters(path: str) -> list[str]:
    """The names of a path's parameters, in order."""
    return [first or second for first, second in _PARAMETER.findall(path)]


def template(path: str) -> str:
    """A path with its parameters written ``{id}``."""
    return _PARAMETER.sub(lambda match: f"{{{match[1] or match[2] or ''}}}", path)


def patterns(servers: Sequence[str], path: str) -> frozenset[str]:
    """The patterns of a path with the path of each server in front, and of the path alone."""
    return frozenset({pattern(path), *(pattern(front + path) for front in _fronts(servers))})


def _fronts(servers: Sequence[str]) -> Iterator[str]:
    for server in servers:
        try:
            yield urlsplit(server).path.rstrip("/")
        except ValueError:
            continue
