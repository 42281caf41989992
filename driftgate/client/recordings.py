"""Reading recorded traffic of clients: VCR.py cassettes, HAR files, records of driftgate, JSON of Postman and newman.

Such files are edited, cut and filtered by their owners, and may hold keys: what cannot be read is left out, or told
without quoting it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON
from driftgate.client.call import Call
from driftgate.http.decoding import TooLarge, Unreadable, whole
from driftgate.http.exchange import Answer, media_type_of
from driftgate.judge import har
from driftgate.record.reading import read_exchanges
from driftgate.record.rows import RecordedExchange

SUFFIXES = (".yaml", ".yml", ".json", ".har", ".jsonl")
_LARGEST = 32 * 1024 * 1024  # bytes of a file
_LARGEST_BODY = 8 * 1024 * 1024

Headers = tuple[tuple[str, str], ...]


def read_calls(path: Path) -> list[Call] | None:
    """The exchanges in a file; None for a file of another kind. Raises UsageError for one that cannot be read."""
    if path.suffix == ".jsonl":
        return [_of_record(row) for row in read_exchanges(path)]
    value: Any = _value(path)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("interactions"), list):
        return list(filter(None, map(_of_cassette, value["interactions"])))
    if isinstance(_member(value, "log", "entries"), list):
        return list(filter(None, map(_of_har, value["log"]["entries"])))
    if isinstance(_member(value, "run", "executions"), list):
        return list(filter(None, map(_of_execution, value["run"]["executions"])))
    if isinstance(value.get("item"), list):
        return list(_of_items(value["item"]))
    return None


def _value(path: Path) -> JSON:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: is larger than {_LARGEST >> 20} MiB; split it")
        raw = path.read_bytes()
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read ({problem.strerror})") from None
    try:
        text = raw.decode("utf-8-sig")
        if path.suffix in (".yaml", ".yml"):
            return yamlfile.parse(text, str(path), with_bytes=True)
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: is not JSON in UTF-8, or cut off") from None


def _of_cassette(value: JSON) -> Call | None:
    """An interaction of VCR.py, whichever serializer wrote it."""
    request, response = _member(value, "request"), _member(value, "response")
    headers = tuple(_vcr_headers(_member(request, "headers")))
    status = _member(response, "status", "code")
    answer = None
    if isinstance(status, int):
        body = _vcr_body(_member(response, "body"))
        answer = _answer(status, tuple(_vcr_headers(_member(response, "headers"))), body)
    return _call(
        _member(request, "method"), _member(request, "uri"), headers, _vcr_body(_member(request, "body")), answer
    )


def _vcr_headers(value: JSON) -> Iterator[tuple[str, str]]:
    for name, given in value.items() if isinstance(value, dict) else ():
        for each in given if isinstance(given, list) else [given]:
            yield str(name), each.decode("latin-1") if isinstance(each, bytes) else str(each)


def _vcr_body(value: JSON) -> bytes:
    if isinstance(value, dict):
        if isinstance(value.get("base64_string"), str):
            return _from_base64(value["base64_string"])
        value = value.get("string")
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _of_har(value: JSON) -> Call | None:
    entry = har.read_entry(value)
    if entry is None:
        return None
    headers = tuple(_pairs(_member(value, "request", "headers"), "name"))
    # of an answer that is not there as it came, nothing can be said
    answer = None if entry.lost else entry.answer
    return _call(entry.method, entry.url.geturl(), headers, entry.body or b"", answer)


def _of_record(row: RecordedExchange) -> Call:
    request = row.request
    scheme = "Bearer" if request.scheme is None else request.scheme
    headers: Headers = (("Authorization", f"{scheme} ${request.credential}".lstrip()),) if request.credential else ()
    if request.body is not None and request.media_type != "":
        headers = (*headers, ("Content-Type", request.media_type or "application/json"))
    answer = None
    if row.answer is not None and row.answer.body is not None:
        answer = _answer(row.answer.status, row.answer.headers, row.answer.body.raw())
    found = _call(request.method, request.url, headers, request.body.raw() if request.body else b"", answer)
    assert found is not None
    return found


def _of_execution(value: JSON) -> Call | None:
    """An execution of newman's JSON reporter."""
    response = _member(value, "response")
    answer = None
    status, data = _member(response, "code"), _member(response, "stream", "data")
    if isinstance(status, int):
        body = (
            bytes(data)
            if isinstance(data, list) and all(isinstance(each, int) and 0 <= each < 256 for each in data)
            else b""
        )
        answer = _answer(status, tuple(_pairs(_member(response, "header"), "key")), body, decoded=True)
    return _of_postman(_member(value, "request"), answer)


def _of_items(items: list[JSON]) -> Iterator[Call]:
    """The examples that are saved in a Postman collection, with its folders."""
    waiting = list(items)
    while waiting:
        item = waiting.pop(0)
        nested = _member(item, "item")
        waiting = [*(nested if isinstance(nested, list) else ()), *waiting]
        saved = _member(item, "response")
        for response in saved if isinstance(saved, list) else ():
            status, text = _member(response, "code"), _member(response, "body")
            if isinstance(status, int) and isinstance(text, str):
                headers = tuple(_pairs(_member(response, "header"), "key"))
                answer = _answer(status, headers, text.encode("utf-8", "surrogatepass"), decoded=True)
                found = _of_postman(_member(response, "originalRequest") or _member(item, "request"), answer)
                if found is not None:
                    yield found


def _of_postman(request: JSON, answer: Answer | None) -> Call | None:
    headers, text = tuple(_pairs(_member(request, "header"), "key")), _member(request, "body", "raw")
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    if isinstance(_member(request, "auth", "bearer"), list) and not any(
        name.lower() == "authorization" for name, _ in headers
    ):
        headers = (*headers, ("Authorization", "Bearer of-the-collection"))
    return _call(_member(request, "method"), _postman_url(_member(request, "url")), headers, body, answer)


def _postman_url(value: JSON) -> JSON:
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("raw"), str):
        return value["raw"]
    host, path = (value.get(name) for name in ("host", "path"))
    joined = ".".join(map(str, host)) if isinstance(host, list) else str(host)
    port = f":{value['port']}" if value.get("port") else ""
    query = urlencode(list(_pairs(value.get("query"), "key")))
    steps = "/".join(map(str, path)) if isinstance(path, list) else str(path or "")
    return f"{value.get('protocol', 'https')}://{joined}{port}/{steps.lstrip('/')}" + (f"?{query}" if query else "")


def _call(method: JSON, url: JSON, headers: Headers, body: bytes, answer: Answer | None) -> Call | None:
    """The exchange, or None for one whose method or URL cannot be read."""
    if not isinstance(method, str) or not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return Call(method.upper(), origin, parts.path, parts.query, headers, body, answer)


def _answer(status: int, headers: Headers, body: bytes, *, decoded: bool = False) -> Answer | None:
    """The answer; None for one whose body cannot be read, of which nothing can be said."""
    named = {name.lower(): value for name, value in headers}
    coding = named.get("content-encoding", "")
    # clients and recorders undo a coding, and leave its header
    packed = body[:2] in (b"\x1f\x8b", b"\x78\x9c", b"\x78\x01", b"\x78\xda")
    try:
        plain = body if decoded or not packed else whole([body], coding, _LARGEST_BODY)
    except (Unreadable, TooLarge):
        return None
    return Answer(status, media_type_of(named.get("content-type", "")), headers, plain, 0.0)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def _pairs(rows: JSON, key: str) -> Iterator[tuple[str, str]]:
    for row in rows if isinstance(rows, list) else ():
        name, value = _member(row, key), _member(row, "value")
        if isinstance(name, str) and isinstance(value, str) and _member(row, "disabled") is not True:
            yield name, value


def _member(value: JSON, *keys: str) -> JSON:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
