"""Small servers of the vendors, each true to its contract but for the faults that it is given."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "key-of-the-vendors-of-this-test-0123456789"
LONGEST = 40


class Server:
    """The conversations of one vendor. ``faults`` are the promises that it breaks, by their names."""

    def __init__(self, vendor: str, faults: Collection[str] = ()) -> None:
        self.vendor = vendor
        self.faults = frozenset(faults)
        self.titles: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self._ids = itertools.count(101)

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
        )

    async def _answer(self, request: Request) -> Response:
        if not self._knows(request):
            return self._refused(401)
        if self.vendor == "keyed" and request.headers.get("x-version") != "2":
            return self._refused(400)
        body = await self._body(request)
        if body is None and request.method in ("POST", "PUT", "PATCH"):
            return self._refused(400)
        role, identifier = self._role(request, body or {})
        acts: dict[str, Callable[[str, Any], Response]] = {
            "create": self._create,
            "list": self._list,
            "read": self._read,
            "rename": self._rename,
            "delete": self._delete,
        }
        asked = dict(request.query_params) if request.method == "GET" else body
        return acts[role](identifier, asked)

    def _knows(self, request: Request) -> bool:
        if "any key" in self.faults:
            return True
        given = {
            "inbody": request.query_params.get("key"),
            "keyed": request.headers.get("x-api-key"),
            "formed": request.headers.get("x-api-key"),
        }.get(self.vendor, request.headers.get("authorization", "").removeprefix("Bearer "))
        return given == KEY or ("no key" in self.faults and not given)

    async def _body(self, request: Request) -> dict[str, Any] | None:
        """The body as an object; None for one that is none, or of another media type."""
        wanted = {"formed": "application/x-www-form-urlencoded", "keyed": "application/merge-patch+json"}
        if request.method in {"GET", "DELETE"}:
            return {}
        media_type = request.headers.get("content-type", "")
        special = self.vendor == "formed" or (self.vendor == "keyed" and request.method == "PATCH")
        if special and media_type != wanted[self.vendor]:
            return None
        raw = await request.body()
        try:
            if self.vendor == "formed":
                return dict(parse_qsl(raw.decode(), keep_blank_values=True))
            value = json.loads(raw)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def _role(self, request: Request, body: dict[str, Any]) -> tuple[str, str]:
        path, method = request.path_params["path"], request.method
        if self.vendor == "inbody":
            # an id that is no integer is none
            given = body.get("id")
            identifier = str(given) if isinstance(given, int) and not isinstance(given, bool) else ""
            name = path.rpartition("/")[2]
            return {"get": "read"}.get(name, name), identifier
        parts = path.split("/")
        if parts[-1] == "search" or (len(parts) == 1 and method == "GET"):
            return "list", ""
        if len(parts) == 1:
            return "create", ""
        return {"GET": "read", "DELETE": "delete"}.get(method, "rename"), parts[1]

    # what it does

    def _create(self, _: str, body: Any) -> Response:
        identifier = str(next(self._ids))
        self.titles[identifier], self.owners[identifier] = self._title(body) or "New", "somebody"
        return self._shown(identifier)

    def _read(self, identifier: str, _: Any) -> Response:
        return self._shown(identifier) if identifier in self.titles else self._refused(404)

    def _delete(self, identifier: str, _: Any) -> Response:
        if self.titles.pop(identifier, None) is None:
            return self._refused(404)
        return JSONResponse({"code": 0, "data": True}) if self.vendor == "inbody" else Response(status_code=204)

    def _rename(self, identifier: str, body: Any) -> Response:
        title = self._title(body)
        if "crashes" in self.faults and not body:
            return Response(status_code=500)
        if title is None and "no title" in self.faults:
            title = ""
        longest = LONGEST + ("too long" in self.faults)
        if not isinstance(title, str) or (not title and "no title" not in self.faults) or len(title) > longest:
            return self._refused(400)
        if identifier not in self.titles:
            if "any id" not in self.faults:
                return self._refused(404)
            identifier = next(iter(self.titles))
        self._keep(identifier, title)
        if self.vendor == "keyed":
            return Response(status_code=200 if "other status" in self.faults else 204)
        if self.vendor == "inbody":
            return JSONResponse({"code": 0, "data": True})
        return self._shown(identifier, renamed=True)

    def _keep(self, identifier: str, title: str) -> None:
        if "forgets" not in self.faults:
            self.titles[identifier] = title[:20] if "cuts" in self.faults else title
        if "loses the owner" in self.faults:
            self.owners[identifier] = "nobody"
        if "takes the others" in self.faults:
            self.owners = {each: "nobody" if each != identifier else owner for each, owner in self.owners.items()}

    def _list(self, _: str, asked: Any) -> Response:
        ids = list(self.titles)
        asked = asked or {}
        if self.vendor == "keyed":
            start, size = int(asked.get("skip", 0)), int(asked.get("limit", 2))
        elif self.vendor == "nested":
            page = asked.get("page", {})
            size = page.get("size", 2)
            start = (page.get("number", 1) - 1) * size
        else:
            start, size = int(asked.get("cursor", "at0")[2:]), asked.get("size", 2)
        if "shows rows twice" in self.faults:
            start = max(0, start - 1)
        rows = [self._row(each) for each in ids[start : start + size]]
        more = start + size < len(ids)
        if self.vendor == "cursored":
            return JSONResponse({"rows": rows, "next": f"at{start + size}" if more else None})
        return JSONResponse({"rows": rows, "more": more})

    # how it looks

    def _title(self, body: Any) -> Any:
        if self.vendor == "nested":
            metadata = body.get("metadata")
            return metadata.get("title") if isinstance(metadata, dict) else None
        return body.get("title")

    def _row(self, identifier: str, *, renamed: bool = False) -> dict[str, Any]:
        title = self.titles[identifier]
        shown = title.upper() if renamed and "shouts" in self.faults else title
        members = {"title": shown, "owner": self.owners[identifier]}
        numbers = self.vendor in ("formed", "inbody") and "id as text" not in self.faults
        name = int(identifier) if numbers else identifier
        return {"id": name, "metadata": members} if self.vendor == "nested" else {"id": name, **members}

    def _shown(self, identifier: str, *, renamed: bool = False) -> Response:
        row = self._row(identifier, renamed=renamed)
        return JSONResponse({"code": 0, "data": row} if self.vendor == "inbody" else row)

    def _refused(self, status: int) -> Response:
        if self.vendor == "inbody":
            return JSONResponse({"code": status, "data": None})
        return JSONResponse({"why": "no"}, status)
