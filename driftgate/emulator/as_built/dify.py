"""Dify as built: 1.7, which accepts any body, and 1.11, which validates the body of a rename."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.as_built.product import Product, media_type
from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.dify import Dify

_KINDS = {
    "forbidden": (403, "forbidden"),
    "method": (405, "method_not_allowed"),
    "media": (415, "unsupported_media_type"),
    "failed": (500, "unknown"),
}
_COLUMN = 255
_TRUE = {"1", "on", "t", "true", "y", "yes"}
_FALSE = {"0", "off", "f", "false", "n", "no"}


class Dify17(Product, Dify):
    """Dify 1.7: members of a body are converted, and what the database refuses is a server error."""

    id_form = "dashed_uuid"
    disabled_key = "app-emulated-key-of-a-disabled-app"

    # who is let in, in the order of the product: key, body, app

    def credential(self, request: Request) -> str | None:
        scheme, blank, _ = request.headers.get("authorization", "").partition(" ")
        if blank and scheme.lower() != "bearer":
            raise Refused("credential", "Authorization scheme must be 'Bearer'")
        return super().credential(request)

    def authenticate(self, token: str | None) -> str:
        if token == self.disabled_key:
            raise Refused("forbidden", "The API of this app is disabled.")
        return super().authenticate(token)

    async def caller(self, request: Request) -> str:
        caller = self.authenticate(self.credential(request))
        if request.method != "GET":
            kind = media_type(request)
            if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
                raise Refused("media", "Did not attempt to load JSON data: the content type is not application/json.")
            if not isinstance(self.parse(await request.body()), dict):
                raise Refused("failed", "Internal Server Error")
        self.meet(caller, await self.given(request) or {})
        self.authorize(caller)
        return caller

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user") or "DEFAULT-USER")

    def meet(self, caller: str, given: Mapping[str, JSON]) -> None:
        self.end_users.add((caller, self.owner(caller, given)))

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        return super().locate(caller, conversation_id.lower(), body)

    # what a body may hold

    def validate_user(self, body: Mapping[str, JSON]) -> None:
        """Without a user the request is DEFAULT-USER's."""

    def validate_auto_generate(self, body: Mapping[str, JSON]) -> None:
        """Any value counts as true or false."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        """Only the database checks it."""

    # what a rename does

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if not self.generates(body) and body.get("name") is None:
            raise Refused("failed", "Internal Server Error")
        return super().chosen_name(body, conversation)

    def generated_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if not conversation.first_message:
            raise Refused("invalid", "")
        conversation.more["generated"] = True
        return conversation.name if self.model_fails else _title(conversation.first_message)

    def store_name(self, conversation: Conversation, name: str) -> None:
        if len(name) > _COLUMN:
            raise Refused("failed", "Internal Server Error")
        before = conversation.updated
        super().store_name(conversation, name)
        if conversation.more.pop("generated", False):
            conversation.updated = before

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        return {**view, "introduction": conversation.more.get("introduction", view["introduction"])}

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        if refused.kind not in _KINDS:
            return super().refusal(refused)
        status, code = _KINDS[refused.kind]
        return status, {"code": code, "message": refused.reason, "status": status}

    def refusal_answer(self, refused: Refused) -> Response:
        answer = super().refusal_answer(refused)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
        return answer

    def unrouted(self, other_method: bool) -> Response:
        if other_method:
            return self.refusal_answer(Refused("method", "The method is not allowed for the requested URL."))
        page = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
        return Response(page, status_code=404, media_type="text/html")

    # creating, listing and deleting conversations

    def ready_made(self) -> list[Conversation]:
        made = super().ready_made()
        return [*made, self.make(self.key_holder, "Nobody has said anything", inputs={}, introduction=None)]

    def first_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        query = body["query"]
        if body.get("auto_generate_name", True) and query and not self.model_fails:
            return _title(query)
        return f"{query[:20]}…" if len(query) > 20 else query or "New conversation"

    async def chat(self, request: Request) -> Response:
        await self.caller(request)
        if not self.parse(await request.body()).get("user"):
            raise Refused("invalid", "Arg user must be provided.")
        return await super().chat(request)

    async def delete(self, request: Request) -> Response:
        await self.caller(request)
        found = self.conversations.get(request.path_params["conversation"].lower())
        if found is not None:
            self.remove(found)
        return Response(status_code=204)


class Dify111(Dify17):
    """Dify 1.11: the body of a rename is validated before the conversation is looked up."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        name = body.get("name")
        if not (name is None or isinstance(name, str)):
            raise Refused("invalid", _problem("name", "Input should be a valid string", "string_type", name))

    def validate_auto_generate(self, body: Mapping[str, JSON]) -> None:
        flag = body.get("auto_generate", False)
        if _flag(flag) is None:
            kind = "bool_parsing" if isinstance(flag, str | int | float) else "bool_type"
            raise Refused("invalid", _problem("auto_generate", "Input should be a valid boolean", kind, flag))

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        name = body.get("name")
        if name is None or (isinstance(name, str) and not name.strip()):
            message = "Value error, name is required when auto_generate is false"
            raise Refused("invalid", _problem("", message, "value_error", body))

    def generates(self, body: Mapping[str, JSON]) -> bool:
        return _flag(body.get("auto_generate", False)) is True


def _title(message: str) -> str:
    """The title that the emulator makes in place of a model."""
    title = f"About: {message}".replace("\n", " ")
    return f"{title[:75]}..." if len(title) > 75 else title


def _flag(value: JSON) -> bool | None:
    """A value as pydantic's lax mode reads it: true, false, or None if it refuses it."""
    word = value.lower() if isinstance(value, str) else str(int(value)) if value in (0, 1) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def _problem(where: str, message: str, kind: str, value: JSON) -> str:
    """A validation error in pydantic's form."""
    lines = ["1 validation error for ConversationRenamePayload", *([where] if where else [])]
    return "\n".join(
        [*lines, f"  {message} [type={kind}, input_value={value!r:.50}, input_type={type(value).__name__}]"]
    )
