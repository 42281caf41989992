"""Writes the exchanges of a record as a HAR 1.2 file, for the tools of others, without what the record keeps secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from driftgate import __version__
from driftgate.record.record import Record
from driftgate.record.rows import Body, RecordedExchange

_VERSION = "HTTP/1.1"


def render(record: Record, times: Sequence[float]) -> str:
    """The file's text. ``times`` are the seconds since 1970 at which the requests came, in the record's order."""
    entries = [_entry(row, when) for row, when in zip(record.exchanges, times, strict=True)]
    creator = {"name": "driftgate", "version": __version__}
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": entries}}, indent=1) + "\n"


def _entry(row: RecordedExchange, when: float) -> dict[str, Any]:
    request, answer = row.request, row.answer
    headers = []
    if request.credential is not None:
        scheme = "Bearer" if request.scheme is None else request.scheme
        headers.append(("Authorization", f"{scheme} ${request.credential}".lstrip()))
    media_type = "application/json" if request.media_type is None else request.media_type
    post: dict[str, Any] = {}
    if request.body is not None:
        headers.append(("Content-Type", media_type))
        post = {"postData": {"mimeType": media_type, "text": request.body.content}}
    took = answer.elapsed_ms if answer else 0
    return {
        "startedDateTime": datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds"),
        "time": took,
        "request": {
            **_message(headers, request.body),
            "method": request.method,
            "url": request.url,
            "queryString": _pairs(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)),
            **post,
        },
        "response": {
            **_message(answer.headers if answer else (), answer.body if answer else None),
            "status": answer.status if answer else 0,
            "statusText": "",
            "redirectURL": "",
            "content": _content(row),
        },
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
    }


def _message(headers: Sequence[tuple[str, str]], body: Body | None) -> dict[str, Any]:
    size = body.bytes if body else 0
    return {"httpVersion": _VERSION, "headers": _pairs(headers), "cookies": [], "headersSize": -1, "bodySize": size}


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _content(row: RecordedExchange) -> dict[str, Any]:
    body = row.answer.body if row.answer else None
    if row.answer is None or body is None:
        return {"size": 0, "mimeType": "", "text": ""}
    media_type = next((value for name, value in row.answer.headers if name.lower() == "content-type"), "")
    found: dict[str, Any] = {"size": body.bytes, "mimeType": media_type}
    if body.base64 is None:
        return {**found, "text": body.text or ""}
    return {**found, "text": base64.b64encode(body.raw()).decode(), "encoding": "base64"}
