"""The three files of each vendor: what is common to them is written once, and what is special is their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

VENDORS = ("cursored", "formed", "inbody", "keyed", "nested")


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(schema: Any = None, status: str = "200") -> dict[str, Any]:
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {status: {"description": "done", **content}}


def _operation(name: str, answers: Any, *, body: Any = None, media: str = "application/json", **more: Any) -> Any:
    request = {} if body is None else {"requestBody": {"required": True, "content": {media: {"schema": body}}}}
    return {"operationId": name, "responses": answers, **request, **more}


def _in_path(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _query(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in names]


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


TEXT, INTEGER = {"type": "string"}, {"type": "integer"}
TITLE = {"type": "string", "minLength": 1, "maxLength": 40}
THREAD = _object(["id"], id=TEXT, title=TEXT, owner=TEXT)
TODO = _object(["id"], id=INTEGER, title=TEXT, owner=TEXT)


def _row(slug: str, check: str, level: str = "must", **detail: Any) -> dict[str, Any]:
    return {
        "id": slug,
        "level": level,
        "says": f"{slug} holds.",
        "impact": "Clients fail.",
        "source": {"page": "page", "section": slug},
        "check": check,
        **detail,
    }


def _rows(vendor: str, *, field: str, echoes: bool = True, status: str = "200", owner: str = "/owner") -> list[Any]:
    prefix = f"{vendor}.rename"
    rows = [
        _row(f"{prefix}.required", "rejects", breaks=[{"remove": [field]}]),
        _row(f"{prefix}.at-most", "limits", field=field, at_most=40, alphabets=["ASCII", "CJK"]),
        _row(f"{prefix}.persists", "persists"),
        _row(f"{prefix}.kept", "keeps", members=[owner]),
        _row(f"{prefix}.others-kept", "keeps", others=["/id", owner]),
        _row(f"{prefix}.again", "repeats", name="former"),
        _row(f"{prefix}.status", "answers", status=[status]),
        _row(f"{prefix}.unknown-refused", "refuses", request={"conversation": "unknown"}, answer={"status": ["404"]}),
        _row(f"{prefix}.no-key-refused", "refuses", request={"credential": "none"}, answer={"status": ["401"]}),
        _row(f"{prefix}.wrong-key-refused", "refuses", request={"credential": "wrong"}, answer={"status": ["401"]}),
        _row(f"{prefix}.survives", "survives"),
        _row(f"{prefix}.plain", "observes", "may", name="plain"),
    ]
    return [*rows, _row(f"{prefix}.echoed", "echoes")] if echoes else rows


def _catalogue(vendor: str, operations: Any, rows: Any, **more: Any) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "title": vendor.title(),
        "edition": "1",
        "pages": {"page": {"title": "A page", "languages": ["en"]}},
        "outcomes": {"success": [{"status": ["2XX"]}], "refusal": [{"status": ["4XX"]}]},
        "resource": "thread",
        "conversation": {"id": "/id", "name": "/title", "unknown": "999999"},
        "operations": operations,
        "requirements": rows,
        **more,
    }


def _document(scheme: Any, paths: Any, **schemas: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "A vendor", "version": "1"},
        "security": [{"key": []}],
        "paths": paths,
        "components": {"securitySchemes": {"key": scheme}, "schemas": schemas},
    }


def _keyed() -> tuple[Any, Any]:
    """The key in a header beside another header, a merge patch that is answered with 204, and a list by offset."""
    version = {"name": "X-Version", "in": "header", "required": True, "schema": TEXT}
    listed = _object([], rows={"type": "array", "items": THREAD}, more={"type": "boolean"})
    document = _document(
        {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        {
            "/threads": {
                "parameters": [version],
                "post": _operation("create", _answer(THREAD), body=_object(["title"], title=TITLE)),
                "get": _operation("list", _answer(listed), parameters=_query("skip", "limit")),
            },
            "/threads/{id}": {
                "parameters": [_in_path("id"), version],
                "get": _operation("read", _answer(THREAD)),
                "delete": _operation("remove", _answer(status="204")),
                "patch": _operation(
                    "rename",
                    _answer(status="204"),
                    body=_object(["title"], title=TITLE),
                    media="application/merge-patch+json",
                ),
            },
        },
    )
    headers, path = {"X-Version": "2"}, {"id": "${conversation}"}
    operations = {
        "rename": {"operation": "rename", "path": path, "headers": headers, "body": {"title": "${name}"}},
        "create": {"operation": "create", "headers": headers, "body": {"title": "${name}"}, "id": "/id"},
        "read": {"operation": "read", "path": path, "headers": headers, "conversation": ""},
        "delete": {"operation": "remove", "path": path, "headers": headers},
        "list": {
            "operation": "list",
            "headers": headers,
            "items": "/rows",
            "next": {"more": "/more", "query": "skip", "offset": True},
            "size": {"query": "limit", "most": 2},
        },
    }
    rows = _rows("keyed", field="title", echoes=False, status="204")
    rows.append(_row("keyed.lifecycle.listed-once", "stateful", promise="listed-once", **{"from": "deep"}))
    return document, _catalogue("keyed", operations, rows)


def _inbody() -> tuple[Any, Any]:
    """The key in the query, the id as an integer in every body, and an envelope without data."""
    envelope = _object(["code"], code=INTEGER, data={})
    only_id = _object(["id"], id=INTEGER)
    shown = _object(["code"], code=INTEGER, data=_schema("Todo"))
    document = _document(
        {"type": "apiKey", "in": "query", "name": "key"},
        {
            "/todo/rename": {
                "post": _operation("rename", _answer(envelope), body=_object(["id", "title"], id=INTEGER, title=TITLE))
            },
            "/todo/create": {"post": _operation("create", _answer(shown), body=_object([], title=TITLE))},
            "/todo/get": {"post": _operation("read", _answer(shown), body=only_id)},
            "/todo/delete": {"post": _operation("remove", _answer(envelope), body=only_id)},
        },
        Todo=TODO,
    )
    operations = {
        "rename": {"operation": "rename", "body": {"id": "${conversation}", "title": "${name}"}},
        "create": {"operation": "create", "body": {"title": "${name}"}, "id": "/data/id"},
        "read": {"operation": "read", "body": {"id": "${conversation}"}, "conversation": "/data"},
        "delete": {"operation": "remove", "body": {"id": "${conversation}"}},
    }
    code = {"required": ["code"], "properties": {"code": {"const": 0}}}
    other = {"required": ["code"], "properties": {"code": {"not": {"const": 0}}}}
    outcomes = {
        "success": [{"status": ["2XX"], "body": code}],
        "refusal": [{"status": ["200", "4XX"], "body": other}],
        "code": "/code",
    }
    rows = _rows("inbody", field="title", echoes=False)
    for row in rows:
        row.pop("answer", None)  # the refusals come with HTTP 200
    rows.append(_row("inbody.rename.id-required", "rejects", breaks=[{"remove": ["id"]}]))
    return document, _catalogue("inbody", operations, rows, resource="todo", outcomes=outcomes)


def _nested() -> tuple[Any, Any]:
    """A title within metadata, and a search by POST whose body has the page."""
    metadata = _object([], title=TEXT, owner=TEXT)
    thread = _object(["id"], id=TEXT, metadata=metadata)
    patch = _object(["metadata"], metadata=_object(["title"], title=TITLE))
    search = _object([], page=_object([], number=INTEGER, size=INTEGER))
    found = _object([], rows={"type": "array", "items": thread}, more={"type": "boolean"})
    document = _document(
        {"type": "http", "scheme": "bearer"},
        {
            "/threads": {"post": _operation("create", _answer(thread), body=patch)},
            "/threads/search": {"post": _operation("search", _answer(found), body=search)},
            "/threads/{id}": {
                "parameters": [_in_path("id")],
                "get": _operation("read", _answer(thread)),
                "patch": _operation("rename", _answer(thread), body=patch),
                "delete": _operation("remove", _answer(status="204")),
            },
        },
    )
    path, body = {"id": "${conversation}"}, {"metadata": {"title": "${name}"}}
    operations = {
        "rename": {"operation": "rename", "path": path, "body": body, "conversation": ""},
        "create": {"operation": "create", "body": body, "id": "/id"},
        "read": {"operation": "read", "path": path, "conversation": ""},
        "delete": {"operation": "remove", "path": path},
        "list": {
            "operation": "search",
            "body": {"page": {"number": 1}},
            "items": "/rows",
            "next": {"more": "/more", "body": "/page/number", "counts": True},
            "size": {"body": "/page/size", "most": 2},
        },
    }
    rows = _rows("nested", field="/metadata/title", owner="/metadata/owner")
    rows.append(_row("nested.rename.text", "rejects", "should", breaks=[{"set": {"/metadata/title": 5}}]))
    rows.append(_row("nested.lifecycle.listed-once", "stateful", promise="listed-once", **{"from": "deep"}))
    conversation = {"id": "/id", "name": "/metadata/title", "unknown": "999999"}
    return document, _catalogue("nested", operations, rows, conversation=conversation)


def _formed() -> tuple[Any, Any]:
    """Bodies as forms, and integer ids in paths."""
    form = "application/x-www-form-urlencoded"
    body = _object(["title"], title=TITLE)
    document = _document(
        {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        {
            "/todos": {"post": _operation("create", _answer(TODO), body=body, media=form)},
            "/todos/{id}": {
                "parameters": [_in_path("id", "integer")],
                "get": _operation("read", _answer(TODO)),
                "post": _operation("rename", _answer(TODO), body=body, media=form),
                "delete": _operation("remove", _answer(status="204")),
            },
        },
    )
    path, body = {"id": "${conversation}"}, {"title": "${name}"}
    operations = {
        "rename": {"operation": "rename", "path": path, "body": body, "conversation": ""},
        "create": {"operation": "create", "body": body, "id": "/id"},
        "read": {"operation": "read", "path": path, "conversation": ""},
        "delete": {"operation": "remove", "path": path},
    }
    rows = _rows("formed", field="title")
    rows.append(_row("formed.rename.id-is-its", "answers", at="/id", schema={"const": "${conversation}"}))
    return document, _catalogue("formed", operations, rows)


def _cursored() -> tuple[Any, Any]:
    """Reads from a list by POST, whose pages follow a cursor."""
    found = _object([], rows={"type": "array", "items": THREAD}, next={"type": ["string", "null"]})
    search = _object([], cursor=TEXT, size=INTEGER)
    document = _document(
        {"type": "http", "scheme": "bearer"},
        {
            "/threads": {"post": _operation("create", _answer(THREAD), body=_object([], title=TITLE))},
            "/threads/search": {"post": _operation("search", _answer(found), body=search)},
            "/threads/{id}": {
                "parameters": [_in_path("id")],
                "put": _operation("rename", _answer(THREAD), body=_object(["title"], title=TITLE)),
                "delete": _operation("remove", _answer(status="204")),
            },
        },
    )
    path, body = {"id": "${conversation}"}, {"title": "${name}"}
    operations = {
        "rename": {"operation": "rename", "path": path, "body": body, "conversation": ""},
        "create": {"operation": "create", "body": body, "id": "/id"},
        "read": {
            "operation": "search",
            "body": {"size": 1},
            "items": "/rows",
            "next": {"cursor": "/next", "body": "cursor"},
            "size": {"body": "size", "most": 2},
        },
        "delete": {"operation": "remove", "path": path},
    }
    return document, _catalogue("cursored", operations, _rows("cursored", field="title"))


_MADE = {"cursored": _cursored, "formed": _formed, "inbody": _inbody, "keyed": _keyed, "nested": _nested}


def write(folder: Path, vendor: str) -> Path:
    """Writes the three files of a vendor below ``folder``."""
    document, catalogue = _MADE[vendor]()
    (folder / vendor).mkdir(parents=True)
    for name, value in (("contract", document), ("requirements", catalogue), ("examples", {"examples": []})):
        text = yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True)
        (folder / vendor / f"{name}.yaml").write_text(text)
    return folder


class _Plain(yaml.SafeDumper):
    """YAML without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
