"""Keys that must not be seen: kept out of every repr, and taken out of every text that leaves the process."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import quote, quote_plus

_SHORTEST = 4  # what is shorter cannot be told from any other text
_SHORTEST_BEGINNING = 6
_LONGEST_WAY = 9  # of a character, as in &#x0041;
_CUT = "…"
_ESCAPES = frozenset("%\\&~")
_ONE_ALPHABET = str.maketrans("-_", "+/")
_IN_POINTERS = {"~": ["~0"], "/": ["~1"]}  # RFC 6901


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

    The forms: another letter case; characters, all or some, that are percent-encoded (also twice) or escaped as in
    JSON, JSON pointers, HTML or shells; hexadecimal digits; base64 and its form for URLs, by itself or inside of a
    longer text; and the beginning of any of these where a text was cut.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        # a secret that is part of another comes after it
        ordered = sorted(secrets, key=lambda secret: len(secret.reveal()), reverse=True)
        self._forms = [_forms_of(each.name, each.reveal()) for each in ordered if len(each.reveal()) >= _SHORTEST]

    def __call__(self, text: str) -> str:
        escaped = not _ESCAPES.isdisjoint(text)
        folded = _folded(text)
        for each in self._forms:
            # a search for texts is many times faster than one for patterns
            if escaped or any(needle in folded for needle in each.needles):
                text = each.plain.sub(each.name, text)
            if escaped:
                text = each.escaped.sub(each.name, text)
        # texts for people are cut with a mark, others without
        return _CUT.join(map(self._without_beginning, text.split(_CUT))) if self._forms else text

    def _without_beginning(self, text: str) -> str:
        """The text without the beginning of a secret at its end."""
        for each in self._forms:
            start = each.beginning(text)
            if start is not None:
                return text[:start] + each.name
        return text


def _folded(text: str) -> str:
    """The text without differences of letter case, and with both alphabets of base64 as one."""
    return text.casefold().translate(_ONE_ALPHABET)


def forms(value: str) -> list[str]:
    """The usual texts under which a value may come back; values too short to be told apart are left alone."""
    if len(value) < _SHORTEST:
        return []
    digits = [core for core, _ in _cores(value)]
    for_urls = [core.replace("+", "-").replace("/", "_") for core in digits]
    return [value, quote(value, safe=""), quote_plus(value), *digits, *for_urls]


class _Forms:
    """The forms of one secret, as patterns."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._ways = [re.compile(_ways(char), re.IGNORECASE) for char in value]
        self._begun = [value.casefold(), *(core.casefold() for core, _ in _cores(value))]
        digits = [_in_any_alphabet(core) + rest for core, rest in _cores(value)]
        plain = sorted([re.escape(value), re.escape(quote_plus(value)), *digits], key=len, reverse=True)
        self.needles = [_folded(form) for form in forms(value)]
        self.plain = re.compile("|".join(plain), re.IGNORECASE)
        self.escaped = re.compile("".join(map(_ways, value)), re.IGNORECASE)

    def beginning(self, text: str) -> int | None:
        """Where the beginning of the secret starts that the text ends with, if it does."""
        end = text[-_LONGEST_WAY * len(self._ways) :]
        folded = end.casefold()
        for form in self._begun:
            for length in range(min(len(form) - 1, len(folded)), _SHORTEST_BEGINNING - 1, -1):
                if folded.endswith(form[:length]):
                    return len(text) - length
        starts = range(len(end)) if not _ESCAPES.isdisjoint(end) else ()
        found = next((start for start in starts if self._runs_out(end, start)), None)
        return None if found is None else len(text) - len(end) + found

    def _runs_out(self, text: str, start: int) -> bool:
        """Whether the text is over before the secret that starts here is; an escape may be cut as well."""
        at = start
        for number, way in enumerate(self._ways):
            match = way.match(text, at)
            if match is None:
                rest = text[at:]
                cut_escape = rest[:1] in _ESCAPES and len(rest) < _LONGEST_WAY
                return number >= _SHORTEST_BEGINNING and (not rest or cut_escape)
            at = match.end()
        return False


@cache
def _forms_of(name: str, value: str) -> _Forms:
    """The forms of a secret, kept: making the patterns costs more than a whole record's use of them."""
    return _Forms(f"${name}", value)


def _cores(value: str) -> list[tuple[str, str]]:
    """Hexadecimal, and what base64 makes of a value at each of the three places where it can stand in a text.

    Each with a pattern for what is left of it behind: the digit that holds bits of what follows, or the padding.
    """
    raw = value.encode()
    cores = [(raw.hex(), "")]
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode()
        bits = 8 * (before + len(raw))
        core = coded[-(-8 * before // 6) : bits // 6]
        cores += [(core, r"[\w+/-]?=*" if bits % 6 else "")] if len(core) >= _SHORTEST_BEGINNING else []
    return cores


def _in_any_alphabet(core: str) -> str:
    alike = {"+": "(?:[-+]|%2B)", "/": r"(?:[_/]|\\/|%2F)"}
    return "".join(alike.get(char, char) for char in core)


def _ways(char: str) -> str:
    """A pattern for a character in any of the ways of writing it."""
    byte = f"{ord(char):02x}"
    percent = "".join(f"%(?:25)*{each:02x}" for each in char.encode())
    ways = [re.escape(char), percent, rf"\\+u0*{byte}", rf"\\+x{byte}", rf"\\+{re.escape(char)}"]
    ways += [f"&#0*{ord(char)};", f"&#x0*{byte};", *_IN_POINTERS.get(char, [])]
    return f"(?:{'|'.join(ways)})"
