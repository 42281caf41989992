"""The codings in which a server may give a key back: escapes are undone, all others are made and looked for.

A text is looked at as bytes, one for each character. Every step here takes time in proportion to the length of the
text, whatever is in it, because the text comes from a server that may be hostile.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cached_property
from html.entities import html5
from itertools import accumulate, compress

CUT = b"\xff"  # stands for the mark that texts for people are cut with
_ELLIPSIS = "…"
_FOLDED = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ+", b"abcdefghijklmnopqrstuvwxyz ")
_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyz"
_KEPT = bytes(byte in _LETTERS + CUT for byte in range(256))
_DROPPED = bytes(byte for byte in range(256) if not _KEPT[byte])
# one escape, or the beginning of one before a cut; no part of the pattern can give back more than three bytes
_ESCAPE = re.compile(
    rb"(%(?:[0-9a-f]{2}|u00[0-9a-f]{2}|[0-9a-f]?(?![^\xff]))"
    rb"|\\+(?:[0-3][0-7]{2}|[0-7]{2}|[nrtbf]|u0{2,6}[0-9a-f]{2}|u\{0*[0-9a-f]{2}\}|x[0-9a-f]{2}"
    rb"|u[0-9a-f]{0,3}(?![^\xff])|x[0-9a-f]?(?![^\xff])|)"
    rb"|&(?:\#0*[0-9]{2,3};?|\#x0*[0-9a-f]{2};?|[a-z]{2,8};|\#?x?[0-9a-f]{0,4}(?![^\xff]))"
    rb"|~(?:[01]|(?![^\xff]))"
    rb"|=(?:3d|\n|\r\n))"
)
_NAMED = {
    name.lower().encode(): char.encode().translate(_FOLDED)
    for name, char in html5.items()
    if name.endswith(";") and len(char) == 1 and char.isascii()
}
_BASE64_BITS, _BASE32_BITS = 6, 5


@dataclass(frozen=True)
class View:
    """A text in another form; ``more``: there may be escapes in it."""

    data: bytes
    more: bool

    def position(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of ``data`` stands in the text."""
        return start, end


@dataclass(frozen=True)
class _Letters(View):
    """Another view's letters and digits alone, and its cuts."""

    of: View

    @cached_property
    def _positions(self) -> list[int]:
        return list(compress(range(len(self.of.data)), self.of.data.translate(_KEPT)))

    def position(self, start: int, end: int) -> tuple[int, int]:
        return self.of.position(self._positions[start], self._positions[end - 1] + 1)


@dataclass(frozen=True)
class _Unescaped(View):
    """Another view without its escapes. ``parts`` are in turn what stands as it is, and an escape."""

    of: View
    parts: list[bytes]
    plain: list[bytes]

    @cached_property
    def _positions(self) -> list[int]:
        """Where each byte, and the end, stands in the other view."""
        starts = accumulate(map(len, self.parts), initial=0)
        found: list[int] = []
        for start, plain in zip(starts, self.plain, strict=False):
            found.extend(range(start, start + len(plain)))
        return found

    @cached_property
    def _ends(self) -> list[int]:
        """Where each byte ends in the other view: an escape is longer than what it stands for."""
        ends = accumulate(map(len, self.parts))
        found: list[int] = []
        for index, (end, plain) in enumerate(zip(ends, self.plain, strict=True)):
            found.extend([end] * len(plain) if index % 2 else range(end - len(plain) + 1, end + 1))
        return found

    def position(self, start: int, end: int) -> tuple[int, int]:
        return self.of.position(self._positions[start], self._ends[end - 1])


def view_of(text: str) -> View:
    """A text without differences of letter case; the space and its form in queries are one."""
    return View(text.replace(_ELLIPSIS, "\xff").encode("latin-1", "replace").translate(_FOLDED), True)


def letters(view: View) -> View:
    """The view without all that can stand between the characters of a key: spaces, line ends, commas, NUL."""
    return _Letters(view.data.translate(None, _DROPPED), False, view)


def letters_of(data: bytes) -> bytes:
    """The letters and digits of a text."""
    return data.translate(_FOLDED).translate(None, _DROPPED)


def unescaped(view: View) -> View | None:
    """The view with one layer of escapes undone: percent, JSON, JSON pointers, HTML, octal. None if it has none."""
    parts = _ESCAPE.split(view.data) if view.more else []
    if len(parts) <= 1:
        return None
    known: dict[bytes, bytes] = {}
    plain = list(parts)
    for index in range(1, len(parts), 2):
        escape = parts[index]
        if (stands_for := known.get(escape)) is None:
            stands_for = known[escape] = _plain(escape)
        plain[index] = stands_for
    data = b"".join(plain)
    # where escapes were only left out, those that this makes are no server's
    return None if data == view.data else _Unescaped(data, any(plain[1::2]), view, parts, plain)


def _plain(escape: bytes) -> bytes:
    """What an escape stands for; nothing for the beginning of one."""
    kind = escape[:1]
    if kind == b"\\":
        return _of_backslash(escape.lstrip(b"\\"))
    if kind == b"%":
        return _byte(escape[-2:], 16) if len(escape) > 2 else b""
    if kind == b"~":
        return {b"~0": b"~", b"~1": b"/"}.get(escape, b"")
    if kind == b"=":
        return b"=" if escape == b"=3d" else b""
    name = escape[1:].rstrip(b";")
    if name.startswith(b"#"):
        return _byte(name.lstrip(b"#x"), 16 if name[1:2] == b"x" else 10)
    # an entity that is no ASCII character stays; the beginning of one before a cut does not
    return _NAMED.get(name + b";", escape if escape.endswith(b";") else b"")


def _of_backslash(rest: bytes) -> bytes:
    if not rest:
        return b""
    if rest[:1] in (b"u", b"x"):
        return _byte(rest.strip(b"ux{}"), 16)
    # the escapes of line ends stand between characters, as line ends do
    return b" " if rest in (b"n", b"r", b"t", b"b", b"f") else _byte(rest, 8)


def _byte(digits: bytes, base: int) -> bytes:
    """The character of a number; nothing for what is none, or is no character of a key."""
    try:
        number = int(digits[-4:], base)
    except ValueError:
        return b""
    return bytes([number]).translate(_FOLDED) if number < CUT[0] else b""


@dataclass(frozen=True)
class Coded:
    """A key in a coding, its letters and digits alone. ``open_ended``: one more digit may hold bits of its end."""

    data: bytes
    open_ended: bool = False


def codings(value: str) -> list[Coded]:
    """A key in every coding that is made and looked for, and itself."""
    raw = value.encode()
    # of both byte orders, without the zero byte that stands before or behind
    wide = value.encode("utf-16-le")[:-1]
    once = [core for core, _ in cores(raw)]
    both_alphabets = dict.fromkeys([*once, *(core.translate(bytes.maketrans(b"+/", b"-_")) for core in once)])
    digits = [
        raw,
        raw[::-1],
        raw.hex().encode(),
        wide.hex().encode(),
        *(core.hex().encode() for core in once),
        *("".join(form.format(byte) for byte in raw).encode() for form in ("0x{:02x}", "{:d}", "{:03o}", "{:08b}")),
    ]
    inner = [raw, wide, raw.hex().encode(), *both_alphabets]
    coded = [Coded(letters_of(each)) for each in digits]
    coded += [Coded(letters_of(core), left) for each in inner for core, left in cores(each)]
    coded += [Coded(letters_of(core), left) for core, left in cores(raw, base32=True)]
    return list(dict.fromkeys(coded))


def cores(raw: bytes, *, base32: bool = False) -> list[tuple[bytes, bool]]:
    """What base64 makes of bytes at each place where they can stand in a text, without the digits that others share.

    Each with whether a digit behind it holds bits of the bytes as well.
    """
    bits, block, coder = (_BASE32_BITS, 5, base64.b32encode) if base32 else (_BASE64_BITS, 3, base64.b64encode)
    found = []
    for before in range(block):
        coded = coder(b"\0" * before + raw)
        end = 8 * (before + len(raw))
        found.append((coded[-(-8 * before // bits) : end // bits], end % bits > 0))
    return found
