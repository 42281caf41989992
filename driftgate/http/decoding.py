"""The body of an answer, taken apart with care: cut off where it grows too large, and told where it cannot be read."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

_EITHER_HEADER = 32 + zlib.MAX_WBITS  # zlib's way of asking for gzip (RFC 1952) as well as zlib (RFC 1950)
_DECODED = frozenset({"gzip", "x-gzip", "deflate"})


class TooLarge(Exception):
    """A body that is larger than what may be kept."""


class Unreadable(Exception):
    """A body in a coding that was not asked for and cannot be undone; ``raw`` is what came."""

    def __init__(self, reason: str, raw: bytes) -> None:
        super().__init__(reason)
        self.raw = raw


def whole(chunks: Iterable[bytes], coding: str, most: int) -> bytes:
    """The body in these chunks. Raises TooLarge above ``most`` bytes, before or after decoding, and Unreadable.

    We ask for no coding. What nearly every client can undo is undone all the same; the rest is for nobody to read.
    """
    raw = bytearray()
    for chunk in chunks:
        raw += chunk
        if len(raw) > most:
            raise TooLarge(f"the answer is larger than {most} bytes")
    codings = [each.strip().lower() for each in coding.split(",") if each.strip().lower() not in ("", "identity")]
    if not codings:
        return bytes(raw)
    if len(codings) > 1 or codings[0] not in _DECODED:
        raise Unreadable(f"is in the content coding {', '.join(codings)}, which nobody asked for", bytes(raw))
    return _inflated(bytes(raw), codings[0], most)


def _inflated(raw: bytes, coding: str, most: int) -> bytes:
    inflate = zlib.decompressobj(_EITHER_HEADER)
    try:
        body = inflate.decompress(raw, most + 1)
    except zlib.error:
        raise Unreadable(f"is said to be in the content coding {coding}, and is not", raw) from None
    if len(body) > most:
        raise TooLarge(f"the answer is larger than {most} bytes when its {coding} is undone")
    if not inflate.eof:
        raise Unreadable(f"is in the content coding {coding}, and cut off", raw)
    return body
