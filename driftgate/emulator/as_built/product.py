"""The base of the as-built editions: answers where no operation is reached, and a model that may fail."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from driftgate.emulator.base import Emulator, Handler

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class Product(Emulator):
    """Mixed in before a conforming emulator, whose steps a product then does in its own way."""

    model_fails: ClassVar[bool] = False  # the model that makes titles fails
    id_form: ClassVar[str] = "str"  # the convertor of the id in a path

    @abstractmethod
    def unrouted(self, other_method: bool) -> Response:
        """The answer where no operation has this path, or only one of another method."""

    def endpoints(self) -> list[tuple[str, str, Handler]]:
        return [
            (method, path.replace("{conversation}", f"{{conversation:{self.id_form}}}"), handler)
            for method, path, handler in super().endpoints()
        ]

    def routes(self) -> list[Route]:
        routes = super().routes()

        async def lost(request: Request) -> Response:
            return self.unrouted(any(route.matches(request.scope)[0] is Match.PARTIAL for route in routes))

        return [*routes, Route("/{rest:path}", lost, methods=_METHODS)]


class _Id(Convertor[str]):
    """Matches an id in a path, and leaves it as it is."""

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _DashedUuid(_Id):
    regex = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class _Digits(_Id):
    regex = "[0-9]+"


register_url_convertor("dashed_uuid", _DashedUuid())
register_url_convertor("digits", _Digits())


def media_type(request: Request) -> str:
    """The media type of a request's body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
