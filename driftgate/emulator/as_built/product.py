"""The base of the as-built editions: answers where no operation is reached, and a model that may fail."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from driftgate.emulator.base import Emulator, Handler

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

Reach = Callable[[str], Match]


class Product(Emulator):
    """Mixed in before a conforming emulator, whose steps a product then does in its own way."""

    model_fails: ClassVar[bool] = False  # the model that makes titles fails
    id_form: ClassVar[str] = "str"  # the convertor of the id in a path

    @abstractmethod
    def unrouted(self, request: Request, reach: Reach) -> Response:
        """The answer where no operation has this path, or only one of another method.

        ``reach`` tells whether a path leads to an operation, or partially, by another method.
        """

    def dress(self, answer: Response) -> Response:
        """An answer to a request that an operation has, with the headers that all of these have."""
        return answer

    def endpoints(self) -> list[tuple[str, str, Handler]]:
        return [
            (method, path.replace("{conversation}", f"{{conversation:{self.id_form}}}"), handler)
            for method, path, handler in super().endpoints()
        ]

    def routes(self) -> list[Route]:
        routes = super().routes()

        async def lost(request: Request) -> Response:
            def reach(path: str) -> Match:
                scope = {**request.scope, "path": path}
                return max((route.matches(scope)[0] for route in routes), key=lambda match: match.value)

            return self.unrouted(request, reach)

        return [*routes, Route("/{rest:path}", lost, methods=_METHODS)]

    def _guarded(self, handler: Handler) -> Handler:
        guarded = super()._guarded(handler)

        async def dressed(request: Request) -> Response:
            return self.dress(await guarded(request))

        return dressed


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
