"""A ``curl`` line that sends a request again, with the key as ``$API_KEY``."""

from __future__ import annotations

import shlex


def curl(method: str, url: str, credential: str | None, body: bytes | None) -> str:
    """The request as one line for a POSIX shell; a body that is no printable text is written in ``$'…'`` escapes.

    ``credential`` is the name of the environment variable that holds the bearer token.
    """
    parts = ["curl", "-sS", "-X", method, shlex.quote(url)]
    if credential is not None:
        parts += ["-H", f'"Authorization: Bearer ${credential}"']
    if body is not None:
        parts += ["-H", shlex.quote("Content-Type: application/json"), "--data-raw", _quoted(body)]
    return " ".join(parts)


def _quoted(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and (text or not body):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(byte) for byte in body) + "'"


def _escaped(byte: int) -> str:
    char = chr(byte)
    return char if char.isascii() and char.isprintable() and char not in "'\\" else f"\\x{byte:02x}"
