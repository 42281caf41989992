"""Keys that must not be seen: kept out of every repr, and taken out of every text that leaves the process."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

from driftgate.base.codings import cores
from driftgate.base.finder import Finder

_SHORTEST = 4  # what is shorter cannot be told from any other text
_SHORTEST_BEGINNING = 6


class Secret:
    """A value whose text is told to nobody but the client that sends it."""

    __slots__ = ("_value", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret(${self.name})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


class Redactor:
    """Replaces every secret in a text by ``$NAME``, in whatever form a server, a log or a cut may have left it.

    The forms are those of ``codings``; also in another letter case, with anything but letters and digits in between,
    the beginning of any of these where a text was cut, and the larger part of a secret by itself. It takes time in
    proportion to the length of the text, whatever is in it.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        known = tuple((each.name, each.reveal()) for each in secrets if len(each.reveal()) >= _SHORTEST)
        self._finder = _finder(known)

    def __call__(self, text: str) -> str:
        pieces, end = [], 0
        for span in self._finder.spans(text):
            pieces += [text[end : span.start], f"${span.name}"]
            end = span.end
        return "".join([*pieces, text[end:]]) if pieces else text

    def finds(self, text: str) -> bool:
        """Whether the text holds a whole secret, in any form."""
        return any(span.whole for span in self._finder.spans(text))


@lru_cache(maxsize=16)
def _finder(known: tuple[tuple[str, str], ...]) -> Finder:
    """A finder, kept: making one costs more than finding everything in a page of text."""
    return Finder(known)


def forms(value: str) -> list[str]:
    """The usual texts under which a value may come back; values too short to be told apart are left alone."""
    if len(value) < _SHORTEST:
        return []
    digits = [core.decode() for core, _ in cores(value.encode()) if len(core) >= _SHORTEST_BEGINNING]
    for_urls = [core.replace("+", "-").replace("/", "_") for core in digits]
    return [value, quote(value, safe=""), quote_plus(value), value.encode().hex(), *digits, *for_urls]
