"""What a fault is: an override of a step of an emulator, and the requirements that must notice it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftgate.emulator.base import Emulator
from driftgate.emulator.override import kebab


@dataclass(frozen=True)
class Fault:
    """One seeded violation. ``breaks`` are the requirements that fail because of it.

    A fault that strikes only now and then may break more, depending on when it strikes: any of ``strays``.
    """

    name: str
    override: type[Emulator]
    breaks: tuple[str, ...]
    strays: tuple[str, ...] = ()

    @property
    def stateful(self) -> bool:
        """Whether only the stateful test of the profile ``deep`` notices it."""
        return all(each.split(".")[1] == "lifecycle" for each in self.breaks)

    @property
    def says(self) -> str:
        """What the faulty server does, in one line."""
        return " ".join((self.override.__doc__ or "").split())


# short keys of the requirements that the faults of all vendors break
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
        "altered-key": "dify.rename.altered-credential-refused",
        "no-scheme": "dify.rename.credential-without-scheme-refused",
        "other-scheme": "dify.rename.credential-under-other-scheme-refused",
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
        "altered-key": "coze.rename.altered-credential-refused",
        "no-scheme": "coze.rename.credential-without-scheme-refused",
        "other-scheme": "coze.rename.credential-under-other-scheme-refused",
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
        "altered-key": "nuwax.rename.altered-credential-refused",
        "no-scheme": "nuwax.rename.credential-without-scheme-refused",
        "other-scheme": "nuwax.rename.credential-under-other-scheme-refused",
        "foreign": "nuwax.rename.other-account-refused",
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


def fault(vendor: str, override: type[Emulator], breaks: str) -> Fault:
    """A fault named after its class. ``breaks``: keys of IDS or full ids, between spaces; strays follow after ``|``."""
    named, strays = (
        tuple(IDS[vendor].get(word, word) for word in words.split()) for words in (*breaks.split("|"), "")[:2]
    )
    return Fault(kebab(override.__name__), override, named, strays)


def shared(vendor: str, rows: Mapping[type[Emulator], str]) -> list[Fault]:
    """Faults that any vendor can have. Keys for which a vendor has no requirement are left out."""
    found = []
    for override, breaks in rows.items():
        words = [word for word in breaks.split() if word in ("|", *IDS[vendor]) or word.startswith(f"{vendor}.")]
        if words:
            found.append(fault(vendor, override, " ".join(words)))
    return found


def names_lost(vendor: str) -> tuple[str, ...]:
    """The requirements that notice any fault of the name in the answer."""
    more = {
        "dify": ("dify.rename.auto-generate-defaults-to-false",),
        "coze": (),
        "nuwax": ("nuwax.rename.first-message-becomes-topic",),
    }
    return (IDS[vendor]["echo"], *more[vendor])


def unrecognised(vendor: str) -> str:
    """The requirements that fail when the answer to a rename is not recognised as a success."""
    more = {
        "dify": "".join(
            f" dify.rename.auto-generate-{rule}" for rule in ("defaults-to-false", "needs-no-name", "ignores-name")
        ),
        "coze": " limit",
        "nuwax": " nuwax.rename.first-message-becomes-topic nuwax.rename.first-message-or-topic",
    }
    return "accepted echo persist same former in-use" + more[vendor]
