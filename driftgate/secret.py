"""Keys that must not be seen: kept out of every repr, and taken out of every text that leaves the process."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus


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
    """Replaces every secret in a text by ``$NAME``, also when it is percent-encoded, in base64 or in another case."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        names: dict[str, str] = {}
        for secret in secrets:
            for form in forms(secret.reveal()):
                names.setdefault(form.casefold(), f"${secret.name}")
        self._names = names
        ordered = sorted(names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE) if ordered else None

    def __call__(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._names.get(match[0].casefold(), "$SECRET"), text)


def forms(value: str) -> list[str]:
    """The texts under which a value may come back from a server; values too short to be told apart are left alone."""
    if len(value) < 4:
        return []
    raw = value.encode()
    encoded = [base64.b64encode(raw), base64.urlsafe_b64encode(raw)]
    return [value, quote(value, safe=""), quote_plus(value), *(text.decode().rstrip("=") for text in encoded)]
