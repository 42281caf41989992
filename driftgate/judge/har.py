"""HAR 1.2 files, as browsers and proxies write them: hostile, incomplete, and full of secrets."""

from __future__ import annotations

import base64
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from driftgate.base.errors import UsageError
from driftgate.base.files import bytes_of
from driftgate.base.jsonvalue import ABSENT, JSON, parse
from driftgate.http.exchange import Answer, media_type_of

LARGEST = 128 * 1024 * 1024  # bytes of a file
_LARGEST_BODY = 8 * 1024 * 1024  # bytes of one body after it was unpacked
_LONGEST_URL = 8192
_NO_CONTENT = (204, 205, 304)
_SECRET = re.compile(r"auth|cookie|token|secret|session|csrf|xsrf|api[-_]?key|password|signature", re.IGNORECASE)
_SANITISED = re.compile(rb"\[[^\]\[]{0,40}redacted\]", re.IGNORECASE)
_SHORTEST_SECRET = 8  # characters; a shorter value is a setting rather than a credential


@dataclass(frozen=True)
class Entry:
    """One entry whose request can be read. ``answer`` is None where none came; ``lost`` says what was not captured."""

    method: str
    url: SplitResult
    body: bytes | None
    bearer: str | None
    answer: Answer | None
    lost: Mapping[str, str]
    started: str | None


def read_entries(path: Path) -> list[JSON]:
    """The entries of a HAR file, unparsed. Raises UsageError, whose text quotes nothing of the file."""
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"--har {path}: is larger than {LARGEST >> 20} MiB; export fewer requests")
        raw = bytes_of(path, most=None, context="--har ")
    except OSError as problem:
        raise UsageError(f"--har {path}: cannot be read ({problem.strerror})") from None
    try:
        value = parse(raw.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        raise UsageError(f"--har {path}: is no HAR file: it is no JSON, or cut off") from None
    entries = _member(_member(value, "log"), "entries")
    if not isinstance(entries, list):
        raise UsageError(f"--har {path}: is no HAR file: it has no list log.entries")
    return entries


def read_entry(value: JSON) -> Entry | None:
    """The entry, or None for one whose method or URL cannot be read."""
    request, response = _member(value, "request"), _member(value, "response")
    method, text = _member(request, "method"), _member(request, "url")
    if not isinstance(method, str) or not isinstance(text, str) or len(text) > _LONGEST_URL:
        return None
    try:
        url = urlsplit(text)
        _ = url.hostname, url.port
    except ValueError:
        return None
    answer, lost = _answer(value, response)
    body = _member(_member(request, "postData"), "text")
    started = _member(value, "startedDateTime")
    return Entry(
        method=method.upper(),
        url=url,
        body=_encoded(body) if isinstance(body, str) else None,
        bearer=_bearer(request),
        answer=answer,
        lost=lost,
        started=started if isinstance(started, str) else None,
    )


def _answer(entry: JSON, response: JSON) -> tuple[Answer | None, dict[str, str]]:
    status = _member(response, "status")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        return None, {}  # 0: the request was blocked, aborted, or is under way
    headers = list(_pairs(_member(response, "headers")))
    content = _member(response, "content")
    types = [value for name, value in headers if name.lower() == "content-type"]
    mime_type = _member(content, "mimeType")
    if not headers and isinstance(mime_type, str):
        types = [mime_type]
    lost = {} if headers or types else {"header": "the capture does not hold the headers of an answer"}
    content_type = "".join(char for char in ", ".join(types) if char.isascii() and char.isprintable())
    encodings = {value.strip().lower() for name, value in headers if name.lower() == "content-encoding"}
    body, why = _content(content, encodings - {"identity", ""}, status)
    if why:
        lost["body"] = why
    kept = (("content-type", content_type),) if content_type else ()
    return Answer(status, media_type_of(content_type), kept, body, _seconds(_member(entry, "time"))), lost


def _content(content: JSON, encodings: set[str], status: int) -> tuple[bytes, str]:
    """The body, and why it is not as the server sent it; empty where it is."""
    text, size = _member(content, "text"), _member(content, "size")
    size = size if isinstance(size, int) and not isinstance(size, bool) else -1
    if not isinstance(text, str):
        whole = size == 0 or (size < 0 and status in _NO_CONTENT)
        return b"", "" if whole else "the capture does not hold the body of an answer"
    encoding = _member(content, "encoding")
    if not isinstance(encoding, str) or not encoding:
        body = _encoded(text)
    elif encoding.lower() == "base64":
        try:
            body = base64.b64decode(text, validate=False)
        except ValueError:
            return b"", "the capture holds the body of an answer in base64 that is broken"
    else:
        return b"", "the capture holds the body of an answer in an encoding that HAR does not know"
    body, why = _unpacked(body, encodings)
    if not why and _is_no_json(body) and len(body) < size:
        why = "the capture holds only the beginning of an answer"
    if not why and _SANITISED.search(body):
        why = "something was taken out of an answer in the capture"
    return body, why


def _unpacked(body: bytes, encodings: set[str]) -> tuple[bytes, str]:
    """A body that the capture holds as it was packed for the way."""
    if not encodings or not body or not _is_no_json(body):
        return body, ""
    if not encodings & {"gzip", "x-gzip", "deflate"}:
        return body, "" if _is_text(body) else "the capture holds the body of an answer packed"
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = unpack.decompress(body, _LARGEST_BODY)
    except zlib.error:
        return body, "" if _is_text(body) else "the capture holds the body of an answer packed"
    return plain, "" if unpack.eof else "the capture holds only the beginning of an answer"


def _is_no_json(body: bytes) -> bool:
    try:
        parse(body)
    except ValueError:
        return True
    return False


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def secrets(entries: list[JSON]) -> set[str]:
    """Every value that looks like a credential: of headers, cookies and queries, of requests and answers."""
    found: set[str] = set()
    for entry in entries:
        for side in (_member(entry, "request"), _member(entry, "response")):
            for name, value in _pairs(_member(side, "headers")):
                # HTTP/2 has a header :authority, which is the host
                if _SECRET.search(name) and not name.startswith(":"):
                    found.update(_in_header(name.lower(), value))
            found |= {value for _, value in _pairs(_member(side, "cookies"))}
            found |= {value for name, value in _pairs(_member(side, "queryString")) if _SECRET.search(name)}
        found |= set(_in_url(_member(_member(entry, "request"), "url")))
    return {value for value in map(str.strip, found) if len(value) >= _SHORTEST_SECRET}


def _in_header(name: str, value: str) -> Iterator[str]:
    if "cookie" in name:
        # what follows the first pair of a Set-Cookie are attributes
        pairs = value.split(";")[: 1 if name == "set-cookie" else None]
        yield from (pair.partition("=")[2] for pair in pairs)
        return
    scheme, _, credentials = value.partition(" ")
    yield from (value, credentials)
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(credentials).decode("utf-8", "replace").partition(":")[2]
        except ValueError:
            return


def _in_url(text: JSON) -> Iterator[str]:
    if not isinstance(text, str) or len(text) > _LONGEST_URL:
        return
    try:
        url = urlsplit(text)
        yield from (value for name, value in parse_qsl(url.query) if _SECRET.search(name))
        yield from (part for part in (url.username, url.password) if part)
    except ValueError:
        return


def _bearer(request: JSON) -> str | None:
    for name, value in _pairs(_member(request, "headers")):
        scheme, _, token = value.partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "bearer" and token.strip():
            return token.strip()
    return None


def _pairs(rows: JSON) -> Iterator[tuple[str, str]]:
    """The name and value of each row of a list that has both."""
    for row in rows if isinstance(rows, list) else ():
        name, value = _member(row, "name"), _member(row, "value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _member(value: JSON, key: str) -> JSON:
    return value.get(key, ABSENT) if isinstance(value, dict) else ABSENT


def _seconds(milliseconds: JSON) -> float:
    """A browser writes -1 for a time that it does not know."""
    known = isinstance(milliseconds, (int, float)) and 0 < milliseconds < 1e9 and math.isfinite(milliseconds)
    return milliseconds / 1000 if known else 0.0


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
