"""What a clean run through the proxy shows: the kinds of answers, the forms of requests, and what is usual in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.mutations.messages import Call, Reader, Reply, same
from driftgate.base.jsonvalue import ABSENT, JSON, type_name
from driftgate.contract import Outcome

_LONG = 64

Exchanges = Sequence[tuple[Call, Reply]]
View = Mapping[str, Any]


@dataclass(frozen=True)
class Learned:
    """A clean run of one server.

    ``views`` are conversations as answers showed them, one of each id; ``name_members`` the members of a rename's body
    whose text the answer showed as the name; ``usual`` the values of the body's other members that came most often.
    """

    exchanges: Exchanges
    views: tuple[View, ...]
    name_members: tuple[str, ...]
    usual: Mapping[str, JSON]
    credential: str | None
    rename: Call
    refusal: Reply
    successes: Mapping[str, Reply]

    def form(self, reader: Reader, call: Call) -> str:
        """What tells a rename from others, in words: who asks, for which conversation, and the members of its body."""
        known = "unknown" if reader.conversation(call) == reader.contract.unknown_id else "known"
        credential = "no" if call.credential is None else "usual" if call.credential == self.credential else "other"
        return f"{credential} credential, {known} conversation, {self._body(call)}"

    def _body(self, call: Call) -> str:
        if not call.body:
            return "no body"
        body = call.json
        if not isinstance(body, dict):
            return "no JSON" if body is ABSENT else "no object"
        members = sorted((key, self._value(key, value)) for key, value in body.items())
        return "body {" + ", ".join(f"{key}: {value}" for key, value in members) + "}"

    def _value(self, key: str, value: JSON) -> str:
        if isinstance(value, str):
            if key in self.usual and key not in self.name_members:
                return "usual" if value == self.usual[key] else "other"
            length = "long " if len(value) > _LONG else "blank " if not value.strip() else ""
            return f"{length}text"
        return str(value).lower() if isinstance(value, bool) else type_name(value)


def learn(reader: Reader, exchanges: Exchanges) -> Learned:
    """What a clean run shows. Raises StopIteration where it has no rename that succeeded, or none that was refused."""
    told = [(call, reply, reader.outcome(reply)) for call, reply in exchanges]
    renames = [(call, reply) for call, reply, outcome in told if call.role == "rename" and outcome is Outcome.SUCCESS]
    refused = [reply for call, reply, outcome in told if call.role == "rename" and outcome is Outcome.REFUSAL]
    name_members = sorted({key for call, reply in renames for key in _named(reader, call, reply)})
    successes = {call.role: reply for call, reply, outcome in told if outcome is Outcome.SUCCESS}
    return Learned(
        exchanges,
        tuple(_views(reader, (reply for _, reply in exchanges))),
        tuple(name_members),
        _usual(call for call, _ in renames),
        Counter(call.credential for call, _ in renames).most_common(1)[0][0],
        next(call for call, reply in reversed(renames) if any(_named(reader, call, reply))),
        _most_common(refused),
        successes,
    )


def _most_common(replies: Sequence[Reply]) -> Reply:
    """The first of the refusals that came most often, told apart by their statuses."""
    status = Counter(reply.status for reply in replies).most_common(1)[0][0]
    return next(reply for reply in replies if reply.status == status)


def _named(reader: Reader, call: Call, reply: Reply) -> Iterator[str]:
    name, body = reader.answered_name(reply), call.json
    if isinstance(name, str) and isinstance(body, dict):
        yield from (key for key, value in body.items() if value == name)


def _usual(calls: Iterable[Call]) -> dict[str, JSON]:
    values: dict[str, list[JSON]] = {}
    for call in calls:
        for key, value in (call.json if isinstance(call.json, dict) else {}).items():
            values.setdefault(key, []).append(value)
    return {
        key: max(found, key=lambda value: sum(same(value, other) for other in found))
        for key, found in sorted(values.items())
    }


def _views(reader: Reader, replies: Iterable[Reply]) -> Iterator[View]:
    seen: set[str] = set()
    for reply in replies:
        for view in _views_in(reader, reply.json):
            name = str(view[reader.id_key])
            if name not in seen:
                seen.add(name)
                yield view


def _views_in(reader: Reader, value: JSON) -> Iterator[View]:
    if reader.is_view(value):
        yield value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _views_in(reader, item)
