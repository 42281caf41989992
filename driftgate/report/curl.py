"""A ``curl`` line that sends a request again, with the key as ``$API_KEY``."""

from __future__ import annotations

import shlex

from driftgate.exchange import Request


def curl(request: Request, base_url: str) -> str:
    """The request as one line for a POSIX shell; a body that is no printable text is written in ``$'…'`` escapes."""
    parts = ["curl", "-sS", "-X", request.method, shlex.quote(base_url + request.url)]
    if request.credential is not None:
        parts += ["-H", f'"Authorization: Bearer ${request.credential.name}"']
    if request.body is not None:
        parts += ["-H", shlex.quote("Content-Type: application/json"), "--data-raw", _quoted(request.body)]
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
