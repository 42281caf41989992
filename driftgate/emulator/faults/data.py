"""Faults of names: changed on the way into the store, or on the way out."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote

from driftgate.emulator.base import JSON, Conversation, Emulator, Failed
from driftgate.emulator.faults.fault import Fault, shared
from driftgate.emulator.override import Override, named

Change = Callable[[str], str]


def _changed(called: str, says: str, change: Change, *, answered: bool = True) -> type[Emulator]:
    """An override that changes names before it stores them; ``answered``: the answer shows what was stored."""

    class Changed(Override):
        def store_name(self, conversation: Conversation, name: str) -> None:
            super().store_name(conversation, change(name))

        def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
            view = super().renamed(conversation, name)
            return view if answered else {**view, self.name_key: name}

    return named(Changed, called, says)


def _latin1(name: str) -> str:
    return name.encode().decode("latin-1")


def _unquoted(name: str) -> str:
    return name.replace('"', "").strip() if name.startswith('"') else name


def _bmp(name: str) -> str:
    return "".join(char for char in name if ord(char) < 0x10000)


_ROWS: list[tuple[str, str, Change]] = [
    (
        "NonAsciiDropped",
        "Drops every character that is not ASCII.",
        lambda name: name.encode("ascii", "ignore").decode(),
    ),
    (
        "QuestionMarksForNonAscii",
        "Stores a question mark for every character that is not ASCII.",
        lambda name: name.encode("ascii", "replace").decode(),
    ),
    ("Utf8ReadAsLatin1", "Reads the UTF-8 bytes of names as Latin-1.", _latin1),
    ("MarkupEscaped", "Stores names escaped for HTML.", lambda name: html.escape(name, quote=False)),
    ("MarkupStripped", "Removes markup tags from names.", lambda name: re.sub(r"<[^>]*>", "", name)),
    ("EntitiesUnescaped", "Replaces HTML entities in names.", html.unescape),
    ("BeyondBmpDropped", "Drops characters beyond the basic multilingual plane.", _bmp),
    ("QuotesStrippedAtBegin", "Removes all double quotes from a name that begins with one.", _unquoted),
    ("DoubleQuotesEscaped", "Stores a backslash before each double quote.", lambda name: name.replace('"', '\\"')),
    ("SingleQuotesDoubled", "Doubles single quotes, as for SQL.", lambda name: name.replace("'", "''")),
    ("LineBreaksFlattened", "Replaces line breaks by spaces.", lambda name: name.replace("\n", " ")),
    ("PercentUnescaped", "Decodes percent escapes in names.", unquote),
    ("PlusReadAsSpace", "Reads a plus as a space.", lambda name: name.replace("+", " ")),
    ("BackslashesDropped", "Drops backslashes.", lambda name: name.replace("\\", "")),
    ("SpacesCollapsed", "Replaces several spaces by one.", lambda name: re.sub(" +", " ", name)),
    (
        "PlaceholdersFilled",
        "Removes what looks like a placeholder, such as ${name}.",
        lambda name: re.sub(r"\$\{[^}]*\}", "", name),
    ),
    ("FragmentCutOff", "Cuts a name off at a number sign (#).", lambda name: name.partition("#")[0]),
    ("RightToLeftDropped", "Drops Hebrew and Arabic letters.", lambda name: re.sub(r"[\u0590-\u06ff]", "", name)),
    ("AccentsDropped", "Stores a plain letter instead of an accented one.", lambda name: name.replace("ö", "o")),
]


class DigitsAsNumber(Override):
    """Shows a name that consists of digits as a number."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        name = conversation.name
        return {**view, self.name_key: int(name)} if name.isascii() and name.isdigit() else view


class NullWordAsNull(Override):
    """Shows the name "null" as null."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        return {**view, self.name_key: None} if conversation.name == "null" else view


class BeyondBmpFails(Override):
    """Answers a name beyond the basic multilingual plane with HTTP 500."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if any(ord(char) > 0xFFFF for char in name):
            raise Failed("Incorrect string value")
        super().store_name(conversation, name)


# a requirement that is tested with the page's example, which has capital letters
_IN_CAPITALS = "dify.rename.auto-generate-defaults-to-false"


def faults(vendor: str) -> list[Fault]:
    # limits are tested in CJK too, and so notice what changes CJK
    cjk = ("NonAsciiDropped", "QuestionMarksForNonAscii", "Utf8ReadAsLatin1")
    changed = {
        _changed(name, says, change): "echo persist limit" if name in cjk else "echo persist"
        for name, says, change in _ROWS
    }
    read = "coze.read.name-is-text dify.read.name-is-text nuwax.read.topic-is-text"
    lower = _changed("LowerCased", "Stores names in lower case.", str.lower)
    cut = _changed("CutAt64", "Cuts names off after 64 characters.", lambda name: name[:64])
    stored_cut = _changed(
        "StoredCutAt64",
        "Answers with the whole name and stores its first 64 characters.",
        lambda name: name[:64],
        answered=False,
    )
    stored_lower = _changed(
        "StoredInLowerCase", "Answers with the name as sent and stores it in lower case.", str.lower, answered=False
    )
    return shared(
        vendor,
        {
            **changed,
            cut: "echo persist limit",
            stored_cut: "persist limit",
            stored_lower: f"persist {_IN_CAPITALS}",
            lower: f"echo persist {_IN_CAPITALS}",
            DigitsAsNumber: f"echo persist name-type {read}",
            NullWordAsNull: "echo persist name-type dify.read.name-is-text",
            BeyondBmpFails: "echo persist no-5xx",
        },
    )
