"""A stateful server made from a contract alone."""

from __future__ import annotations

import copy
import json
import re
import shlex
import uuid
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from driftgate.base.jsonvalue import ABSENT, JSON, at, put
from driftgate.contract.model import Contract, KeyCarrier, Operation
from driftgate.contract.navigate import DeadEnd, follow, parts
from driftgate.contract.schemas import permits
from driftgate.contract.template import fill
from driftgate.contract.transport import key_carriers
from driftgate.emulator.base import Conversation, Emulator, Handler, Refused, storable, token_of, whole
from driftgate.emulator.contracted.answers import Answer, Answers
from driftgate.emulator.contracted.described import body_schema, required_parameters
from driftgate.emulator.contracted.received import Received, form_body, is_form
from driftgate.emulator.contracted.rules import Rules, group_of
from driftgate.emulator.contracted.sample import moved, sample
from driftgate.emulator.contracted.shapes import answer_schemas, conversation_schemas, echoed, times

_KEY = "key-of-the-emulator-5d1c0a7e"
_PAGE = 20
_MOST = 10**6


class Contracted(Emulator):
    """What a contract says, as a server. Where the contract is silent it takes the plainest way."""

    contract: ClassVar[Contract]

    def __init__(self) -> None:
        contract = self.contract
        self.answers = Answers(contract)
        self.rules = Rules(contract)
        self._group = group_of(contract)
        self._others = frozenset(contract.other_account.supplied) if contract.other_account else frozenset()
        secrets = [each.name for each in contract.parameters if each.secret]
        self._accounts = {self.api_key: "account", **{str(self.params[name]): name for name in secrets}}
        self._times = times(contract)
        self._echoed = echoed(contract)
        self._order = "created" if contract.created_pointer in self._times.get("sorted", ()) else "updated"
        self._shown = conversation_schemas(contract, self.answers)
        self._noun = contract.resource.one
        super().__init__()

    # requests

    async def received(self, request: Request, operation: Operation) -> Received:
        """A request as its operation describes it. Raises Refused."""
        names = _names(operation.url)
        path = {name: str(request.path_params[f"p{number}"]) for number, name in enumerate(names)}
        body: JSON = {}
        if operation.body is not None:
            raw = await request.body()
            body = self.content(raw, operation) if raw or self._needs_body(operation) else {}
        for within, name in required_parameters(self.contract, operation):
            if name not in (request.query_params if within == "query" else request.headers):
                raise Refused("invalid", f"the {within} parameter {name} is missing")
        return Received(operation, path, dict(request.query_params), dict(request.headers), body)

    def _needs_body(self, operation: Operation) -> bool:
        return operation == self.contract.rename and self.rules.body_required

    def content(self, raw: bytes, operation: Operation) -> JSON:
        """The value of a body in the operation's media type. Raises Refused."""
        if not is_form(operation):
            return self.parse(raw)
        try:
            body = form_body(raw, body_schema(self.contract, operation))
            storable(body)
        except ValueError:
            raise Refused("malformed", "the body is not a form") from None
        return body

    def caller(self, request: Request, operation: Operation) -> str:
        """The account that a request acts for, by a key in any place that the contract allows. Raises Refused."""
        carriers = list(key_carriers(self.contract.document, operation.method.lower(), operation.url))
        if not carriers:
            return "account"
        keys = (_key_in(request, carrier) for carrier in carriers)
        return self.authenticate(next((key for key in keys if key), None))

    def authenticate(self, token: str | None) -> str:
        if token is None:
            raise Refused("no key", "the request carries no key")
        if token not in self._accounts:
            raise Refused("credential", "nobody has this key")
        return self._accounts[token]

    def owned_by(self, caller: str, received: Received) -> str:
        """The owner on whose behalf a request acts: the account, and what else tells users apart."""
        more = {}
        for name in sorted(self._others):
            value = received.value(name)
            more[name] = self._given(name) if value is ABSENT else str(value)
        return json.dumps([caller, more])

    def owner(self, caller: str, body: JSON) -> str:
        return caller

    def _given(self, name: str) -> str:
        """The value of a parameter that a run has where none is supplied."""
        return str(self.params.get(name, ""))

    # the steps of a rename

    def validate(self, body: JSON) -> None:
        refusal = self.rules.refusal(body)
        if refusal:
            raise Refused(*refusal)

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        found = self.conversations.get(conversation_id)
        if found is None:
            raise Refused("unknown", f"there is no such {self._noun}")
        if found.owner != caller:
            code = "foreign" if self.answers.knows("foreign") else "unknown"
            raise Refused(code, f"the {self._noun} is not yours")
        return found

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        if self.rules.generates(body):
            return self.generated_name(conversation)
        name = self.rules.name_in(body)
        return conversation.name if name is None else name

    def generated_name(self, conversation: Conversation) -> str:
        """The name that the server makes up."""
        return f"Generated name {conversation.id}"[:40]

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        shown: JSON = copy.deepcopy(conversation.more["shown"])
        for pointer in self._times.get("updated", ()):
            shown = put(shown, pointer, moved(at(shown, pointer), conversation.updated))
        shown = put(shown, self.contract.id_pointer, self.contract.id_value(conversation.id))
        for pointer, name in self._echoed.items():
            shown = put(shown, pointer, conversation.more.get("given", {}).get(name, self._given(name)))
        found: dict[str, JSON] = put(shown, self.contract.name_pointer, conversation.name)
        return found

    async def rename(self, request: Request) -> Response:
        operation = self.contract.rename
        caller = self.caller(request, operation)
        received = await self.received(request, operation)
        self.validate(received.body)
        conversation = self.found(caller, received)
        name = self.chosen_name(received.body, conversation)
        self.store_name(conversation, name)
        return self.answered(operation, self.renamed(conversation, name))

    def found(self, caller: str, received: Received) -> Conversation:
        """The conversation that a request is about, of the caller and of all that it names. Raises Refused."""
        conversation = self.locate(self.owned_by(caller, received), self.identified(received), received.body)
        for name, value in conversation.more.get("given", {}).items():
            asked = ABSENT if name in self._others else received.value(name)
            if asked is not ABSENT and str(asked) != value:
                raise Refused("unknown", f"the {self._noun} is not of this {name}")
        return conversation

    def identified(self, received: Received) -> str:
        """The id of the conversation that a request names."""
        value = received.value("conversation")
        return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""

    # answers

    def answered(self, operation: Operation, view: JSON, at_pointer: str | None = None) -> Response:
        """The answer of a success, with the conversation where the contract has it."""
        return self.success_answer(operation, *self.success_of(operation, view, at_pointer))

    def success_of(self, operation: Operation, view: JSON, at_pointer: str | None = None) -> Answer:
        """Status and body of a success."""
        status, body = copy.deepcopy(self._success(operation))
        pointer = operation.conversation if at_pointer is None else at_pointer
        if pointer is not None:
            body = view if pointer == "" else put(body, pointer, view)
        return status, body

    def success_answer(self, operation: Operation, status: int, body: JSON) -> Response:
        """The response of a success."""
        return self.reply(status, body)

    def _success(self, operation: Operation) -> Answer:
        return self.answers.success(operation)

    def success(self, data: JSON) -> dict[str, JSON]:
        return {"data": data}

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        return self.refusal_of(self.contract.rename, refused)

    def refusal_of(self, operation: Operation, refused: Refused) -> tuple[int, dict[str, JSON]]:
        """Status and body of a refusal by an operation."""
        status, body = copy.deepcopy(self.answers.refusal(operation, refused.kind))
        pointer = self.contract.outcomes.message
        if pointer and isinstance(at(body, pointer), str):
            body = put(body, pointer, refused.reason)
        return status, body

    # the other operations

    async def create(self, request: Request) -> Response:
        operation = self.contract.create
        assert operation is not None
        caller = self.caller(request, operation)
        received = await self.received(request, operation)
        if not permits(body_schema(self.contract, operation), received.body):
            raise Refused("invalid", "the body is not as it is documented")
        name = received.value("name")
        given = {each: str(received.value(each)) for each in self._group}
        made = self._start(
            self.owned_by(caller, received),
            name if isinstance(name, str) else f"New {self._noun}",
            given,
        )
        self._take_over(made, received.body if isinstance(received.body, dict) else {})
        view = self.view(made)
        # the pointer to the id ends as the pointer to it in a conversation does, where the answer is one
        pointer = operation.id or ""
        if pointer.endswith(self.contract.id_pointer):
            return self.answered(operation, view, pointer.removesuffix(self.contract.id_pointer))
        return self.answered(operation, self.contract.id_value(made.id), pointer)

    def _take_over(self, made: Conversation, body: Mapping[str, JSON]) -> None:
        """Stores the maps in the body of a creation that conversations show, too."""
        shown = made.more["shown"]
        for name, value in body.items():
            if isinstance(value, dict) and isinstance(shown.get(name), dict):
                shown[name] = {**shown[name], **value}

    async def read(self, request: Request) -> Response:
        operation = self.contract.read
        caller = self.caller(request, operation)
        received = await self.received(request, operation)
        return self.answered(operation, self.view(self.found(caller, received)))

    async def delete(self, request: Request) -> Response:
        operation = self.contract.delete
        assert operation is not None
        caller = self.caller(request, operation)
        received = await self.received(request, operation)
        self.remove(self.found(caller, received))
        return self.answered(operation, None)

    async def list(self, request: Request) -> Response:
        operation = self.contract.listing
        assert operation is not None
        caller = self.caller(request, operation)
        received = await self.received(request, operation)
        group = self.owned_by(caller, received), tuple(str(received.value(each)) for each in sorted(self._group))
        size = self._size(received)
        begin = self._begin(received, size)
        rows = self.conversations.page(group, begin, size, order=self._order)
        end = begin + size
        more = self.conversations.count(group) > end
        status, body = copy.deepcopy(self._success(operation))
        body = put(body, operation.items or "", [self.listed(each) for each in self.on_page(rows, begin, size)])
        if operation.next_more:
            body = put(body, operation.next_more, more)
        if operation.next_cursor:
            body = put(body, operation.next_cursor, f"after-{end}" if more else self._no_cursor(operation))
        return self.success_answer(operation, status, body)

    def _size(self, received: Received) -> int:
        operation = received.operation
        if operation.size_query is None:
            return _PAGE
        asked = received.member(operation.size_query)
        most = operation.size_most
        return self.page_size(None if asked is ABSENT else str(asked), min(_PAGE, most), most)

    def _begin(self, received: Received, size: int) -> int:
        """How many rows of a list stand before the page that is asked for."""
        operation = received.operation
        value = received.member(operation.next_query) if operation.next_query else ABSENT
        if value is ABSENT or value in (None, ""):
            return 0
        if operation.next_cursor:
            return whole(str(value).removeprefix("after-"), 0, 0, _MOST)
        if operation.next_counts:
            return (whole(str(value), 1, 1, _MOST) - 1) * size
        if operation.next_offset:
            return whole(str(value), 0, 0, _MOST)
        if str(value) not in self.conversations:
            raise Refused("invalid", f"the page cannot follow an unknown {self._noun}")
        return self.conversations.position(str(value), order=self._order) + 1

    def _no_cursor(self, operation: Operation) -> JSON:
        answer = self._success(operation)[1]
        value = at(answer, operation.next_cursor or "")
        schemas = answer_schemas(self.contract, operation)
        found = follow(schemas, operation.next_cursor or "")
        kinds = [] if isinstance(found, DeadEnd) else [part.get("type", ()) for part in parts(found)]
        return None if any("null" in kind for kind in kinds if not isinstance(kind, str)) or value is None else ""

    # what it holds

    def new_id(self, number: int) -> str:
        form = self.contract.unknown_id
        if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", form):
            return str(uuid.uuid5(uuid.NAMESPACE_URL, f"driftgate:{self.vendor}:{number}"))
        if self.contract.integer_ids or form.isdigit():
            width = len(form)
            made = str(int("1" + "0" * max(width - 1, 3)) + number)
        else:
            made = uuid.uuid5(uuid.NAMESPACE_URL, f"driftgate:{self.vendor}:{number}").hex
        return made if made != form else self.new_id(number + _MOST)

    def _start(self, owner: str, name: str, given: Mapping[str, str]) -> Conversation:
        shown: JSON = sample(self._shown, self.clock())
        shown = shown if isinstance(shown, dict) else {}
        for pointer in self._times.get("created", ()):
            shown = put(shown, pointer, moved(at(shown, pointer), self.clock()))
        return self.make(owner, name, shown=shown, given=dict(given))

    def listed_under(self, conversation: Conversation) -> Hashable:
        given = conversation.more["given"]
        return conversation.owner, tuple(given[each] for each in sorted(self._group))

    @property
    def key_holder(self) -> str:
        return json.dumps(["account", {name: self._given(name) for name in sorted(self._others)}])

    def ready_made(self) -> Any:
        given = {name: self._given(name) for name in self._group}
        return [self._start(self.key_holder, f"{self._noun.capitalize()} {number}", given) for number in (1, 2)]

    def seeded(self, row: Mapping[str, JSON]) -> Conversation:
        raise NotImplementedError("seed data is described for the vendors that come with driftgate")

    # how it is reached

    def endpoints(self) -> Any:
        contract = self.contract
        reads = self.read if contract.read.items is None else self.list
        roles: tuple[tuple[Operation | None, Handler], ...] = (
            (contract.rename, self.rename),
            (contract.create, self.create),
            (contract.read, reads),
            (contract.delete, self.delete),
            (contract.listing, self.list),
        )
        found: dict[tuple[str, str], Handler] = {}
        for operation, handler in roles:
            if operation is not None:
                found.setdefault((operation.method, _route(operation.url)), self._refusing(operation, handler))
        # a fixed path comes before one with parameters that would take it, too
        return [(*key, found[key]) for key in sorted(found, key=lambda key: key[1].count("{"))]

    def _refusing(self, operation: Operation, handler: Handler) -> Handler:
        async def refusing(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as refused:
                return self.refused(operation, refused)

        return refusing

    def refused(self, operation: Operation, refused: Refused) -> Response:
        """The response of an operation that refuses a request."""
        return self.reply(*self.refusal_of(operation, refused))

    def curl(self, at_url: str, conversation_id: str) -> str:
        operation = self.contract.rename
        held = self.contract.id_value(conversation_id)
        values = {**self.params, "name": "A new name", "conversation": held}
        values |= {each.name: "…" for each in self.contract.parameters if each.name not in values}
        path = operation.url
        for name, value in fill(operation.path, values).items():
            path = path.replace(f"{{{name}}}", str(value))
        query, headers = fill(operation.query, values), fill(operation.headers, values)
        if operation.key.within == "query":
            query = {**query, operation.key.name: self.api_key}
        elif operation.key.within == "header":
            headers = {**headers, operation.key.name: self.api_key}
        else:
            headers = {**headers, "Authorization": f"Bearer {self.api_key}"}
        headers = {**headers, "Content-Type": operation.media_type}
        body = fill(operation.body, values)
        data = urlencode(body) if is_form(operation) else json.dumps(body)
        asked = f"?{urlencode(query)}" if query else ""
        options = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
        return f"curl -sS -X {operation.method} {shlex.quote(at_url + path + asked)} {options} -d {shlex.quote(data)}"


def _key_in(request: Request, carrier: KeyCarrier) -> str | None:
    if carrier.within == "bearer":
        return token_of(request)
    given = request.query_params if carrier.within == "query" else request.headers
    return given.get(carrier.name)


def emulator_of(contract: Contract) -> type[Contracted]:
    """The emulator of a contract."""
    params: dict[str, str | int] = {}
    for each in contract.parameters:
        if each.secret:
            params[each.name] = f"{_KEY}-{each.name.replace('_', '-')}"
        elif each.example is not None:
            params[each.name] = each.example
        elif each.default is None:
            params[each.name] = 1 if each.type == "integer" else f"{each.name}-of-the-emulator"
    members = {"contract": contract, "vendor": contract.vendor, "api_key": _KEY, "params": params}
    return type("EmulatorOfContract", (Contracted,), members)


def _names(url: str) -> list[str]:
    return re.findall(r"\{([^}]+)\}", url)


def _route(url: str) -> str:
    """The URL template of an operation as a route, whose parameters have names that Python allows."""
    first, *rest = re.split(r"\{[^}]+\}", url)
    return first + "".join(f"{{p{number}}}{piece}" for number, piece in enumerate(rest))
