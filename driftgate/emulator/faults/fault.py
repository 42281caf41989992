"""What a fault is: a lie, told by overriding one step of an emulator, and the requirements that must notice it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from driftgate.emulator.base import Emulator


class Lie(Emulator):
    """Base of the lies that any vendor's server can tell; mixed in before an emulator. Docstrings say what they do."""


def named(lie: type[Emulator], name: str, says: str) -> type[Emulator]:
    """A lie that was made from data, under its own name and with its own docstring."""
    lie.__name__, lie.__doc__ = name, says
    return lie


@dataclass(frozen=True)
class Fault:
    """One seeded violation. ``breaks`` are the requirements that fail because of it.

    All of them, but for a fault that strikes only now and then: what else fails depends on when it strikes, and may be
    any of ``strays``.
    """

    name: str
    lie: type[Emulator]
    breaks: tuple[str, ...]
    strays: tuple[str, ...] = ()

    @property
    def lived(self) -> bool:
        """Whether it shows in the lives of conversations alone, which the profile deep leads."""
        return all(each.split(".")[1] == "lifecycle" for each in self.breaks)

    @property
    def says(self) -> str:
        """What the faulty server does, in one line."""
        return " ".join((self.lie.__doc__ or "").split())


# the requirements that faults of all vendors break, by what they are about
IDS: Mapping[str, Mapping[str, str]] = {
    "dify": {
        "accepted": "dify.rename.documented-request-accepted",
        "echo": "dify.rename.name-echoed",
        "persist": "dify.rename.name-persists",
        "keep": "dify.rename.other-members-kept",
        "others": "dify.rename.other-conversations-kept",
        "same": "dify.rename.same-name-again",
        "former": "dify.rename.former-name-again",
        "in-use": "dify.rename.name-in-use-elsewhere",
        "no-5xx": "dify.rename.no-server-error",
        "unknown": "dify.rename.unknown-conversation-refused",
        "no-key": "dify.rename.credential-required",
        "wrong-key": "dify.rename.wrong-credential-refused",
        "foreign": "dify.rename.other-users-conversation-refused",
        "broken-json": "dify.rename.broken-json-refused",
        "no-body": "dify.rename.body-required",
        "text": "dify.rename.name-is-text",
        "not-null": "dify.rename.name-is-not-null",
        "200": "dify.answer.status",
        "media": "dify.answer.media-type",
        "json": "dify.answer.is-json",
        "id": "dify.answer.id-is-the-renamed-one",
        "present": "dify.answer.members-present",
        "order": "dify.answer.times-in-order",
        "name-type": "dify.answer.name-is-text",
    },
    "coze": {
        "accepted": "coze.rename.documented-request-accepted",
        "echo": "coze.rename.name-echoed",
        "persist": "coze.rename.name-persists",
        "keep": "coze.rename.other-members-kept",
        "others": "coze.rename.other-conversations-kept",
        "same": "coze.rename.same-name-again",
        "former": "coze.rename.former-name-again",
        "in-use": "coze.rename.name-in-use-elsewhere",
        "no-5xx": "coze.rename.no-server-error",
        "unknown": "coze.rename.unknown-conversation-refused",
        "no-key": "coze.rename.credential-required",
        "wrong-key": "coze.rename.wrong-credential-refused",
        "foreign": "coze.rename.other-account-refused",
        "broken-json": "coze.rename.broken-json-refused",
        "text": "coze.rename.name-is-text",
        "not-null": "coze.rename.name-is-not-null",
        "200": "coze.answer.status",
        "media": "coze.answer.media-type",
        "json": "coze.answer.is-json",
        "id": "coze.answer.id-is-the-renamed-one",
        "present": "coze.answer.members-present",
        "order": "coze.answer.times-in-order",
        "name-type": "coze.answer.name-is-text",
        "limit": "coze.rename.name-at-most-100",
    },
    "nuwax": {
        "accepted": "nuwax.rename.documented-request-accepted",
        "echo": "nuwax.rename.topic-echoed",
        "persist": "nuwax.rename.topic-persists",
        "keep": "nuwax.rename.other-members-kept",
        "others": "nuwax.rename.other-conversations-kept",
        "same": "nuwax.rename.same-topic-again",
        "former": "nuwax.rename.former-topic-again",
        "in-use": "nuwax.rename.topic-in-use-elsewhere",
        "no-5xx": "nuwax.rename.no-server-error",
        "unknown": "nuwax.rename.unknown-conversation-refused",
        "no-key": "nuwax.rename.credential-required",
        "wrong-key": "nuwax.rename.wrong-credential-refused",
        "broken-json": "nuwax.rename.broken-json-refused",
        "text": "nuwax.rename.topic-is-text",
        "200": "nuwax.answer.status",
        "media": "nuwax.answer.media-type",
        "json": "nuwax.answer.is-json",
        "id": "nuwax.answer.id-is-the-renamed-one",
        "present": "nuwax.answer.members-present",
        "order": "nuwax.answer.times-in-order",
        "name-type": "nuwax.answer.topic-type",
    },
}


def fault(vendor: str, lie: type[Emulator], breaks: str) -> Fault:
    """A fault named after its class; ``breaks`` are keys of IDS or ids, between spaces; strays behind a stroke."""
    named, strays = (
        tuple(IDS[vendor].get(word, word) for word in words.split()) for words in (*breaks.split("|"), "")[:2]
    )
    return Fault(kebab(lie.__name__), lie, named, strays)


def kebab(name: str) -> str:
    """``AnsweredButNotStored`` as ``answered-but-not-stored``, ``CutAt64`` as ``cut-at-64``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])", "-", name).lower()


def shared(vendor: str, rows: Mapping[type[Emulator], str]) -> list[Fault]:
    """Faults that any vendor can have; a row's keys that a vendor has no requirement for are left out."""
    found = []
    for lie, breaks in rows.items():
        words = [word for word in breaks.split() if word in ("|", *IDS[vendor]) or word.startswith(f"{vendor}.")]
        if words:
            found.append(fault(vendor, lie, " ".join(words)))
    return found
