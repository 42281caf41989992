"""Whether a target answers: one request that costs nothing and changes nothing.

Where it is refused, a second one with a wrong key tells whether that is because of the key.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.contract import Contract, Operation, Outcome
from driftgate.contract.template import fill, placeholders
from driftgate.doctor.findings import Note, Status
from driftgate.http.client import Budget, Client
from driftgate.http.exchange import Exchange, Request
from driftgate.http.retry import RetryPolicy
from driftgate.session.journal import Journal
from driftgate.session.reads import Reads
from driftgate.target.model import Target

_NOBODY = "driftgate doctor"  # a name to look for that no conversation has

_OF_KEYS = (200, 401, 403)  # some vendors refuse with 200; a path that is not there is another status

# what the network says, in the words of those who have to mend it
_PLAIN = {
    "Name or service not known": "the host {host} cannot be found (DNS)",
    "No address associated": "the host {host} cannot be found (DNS)",
    "nodename nor servname": "the host {host} cannot be found (DNS)",
    "getaddrinfo failed": "the host {host} cannot be found (DNS)",
    "name resolution": "the host {host} cannot be found (DNS)",
    "Connection refused": "nothing listens at {address}",
    "No route to host": "there is no way to {host}",
    "Network is unreachable": "there is no way to {host}",
    "CERTIFICATE_VERIFY_FAILED": "the certificate of {host} is not trusted (TLS)",
    "WRONG_VERSION_NUMBER": "{address} speaks no TLS: is it an http:// URL?",
    "record layer failure": "{address} speaks no TLS: is it an http:// URL?",
}


def probe(target: Target, timeout: float) -> tuple[Note, int]:
    """What a target answers to the cheapest request of its contract, and how many requests that took."""
    client = Client(
        target.base_url or "",
        target.contract.outcomes,
        budget=Budget(2),
        timeout=timeout,
        retry=RetryPolicy(0),
        network=target.network,
    )
    try:
        operation, request = _cheapest(Reads(target, client, Journal()))
        exchange = client.send(request)
        if exchange.outcome is Outcome.REFUSAL:
            wrong = client.send(replace(request, credential=target.wrong_key))
            note = _refused(target, operation, exchange, wrong)
        else:
            note = _judged(target, operation, exchange)
    finally:
        client.close()
    words = f"{request.method} {request.url.partition('?')[0]}: {note.text}"
    return replace(note, text=words), client.budget.used


def _cheapest(reads: Reads) -> tuple[Operation, Request]:
    """A read of a conversation that was lent; else a list; else a read of one that is not there."""
    target, contract = reads.target, reads.contract
    if target.conversations or not _listable(target):
        conversation = target.conversations[0] if target.conversations else contract.unknown_id
        if contract.read.items is None:
            return contract.read, reads.read_request(conversation)
        asked = fill(contract.read.asked, reads.values(conversation=conversation))
        return contract.read, reads.page_request("read", contract.read, conversation, asked)
    listing = contract.listing
    assert listing is not None
    return listing, reads.page_request("list", listing, None, fill(listing.asked, reads.values(name=_NOBODY)))


def _listable(target: Target) -> bool:
    listing = target.contract.listing
    return listing is not None and placeholders(dict(listing.asked)) <= {"name", *target.params}


def _judged(target: Target, operation: Operation, exchange: Exchange) -> Note:
    if exchange.answer is None:
        return _silent(_plainly(exchange.transport_error or "", target.base_url or ""))
    words = _answered(exchange)
    if exchange.outcome is Outcome.SUCCESS:
        lent = bool(target.conversations)
        return _lent(target.contract, operation, exchange, words) if lent else Note("answers", Status.OK, words)
    if exchange.json is ABSENT or exchange.outcome is Outcome.UNDOCUMENTED:
        return _silent(f"{words}: not the answer of {target.contract.title}: check the base URL")
    return _silent(words)


def _refused(target: Target, operation: Operation, exchange: Exchange, wrong: Exchange) -> Note:
    """What a refusal is about; ``wrong`` is the answer to the same request with a wrong key."""
    words = _answered(exchange)
    key = f"the key ({f'from {target.key_from}' if target.key_from else 'none is given'})"
    alike = exchange.kind == wrong.kind
    if operation.items is None and not target.conversations:
        if alike:
            return Note("answers", Status.WARNING, f"{words}, as with a wrong key: {key} may be wrong or not")
        return Note("answers", Status.OK, f"{words}, as it must for {target.contract.resource.a} that is not there")
    if exchange.json is ABSENT:
        return _silent(f"{words}, no JSON: check the base URL, {key}")
    if alike:
        url = "the base URL and " if exchange.answer and exchange.answer.status not in _OF_KEYS else ""
        return _silent(f"{words}, as with a wrong key: check {url}{key}")
    return _silent(f"{words}: check the {target.contract.resource.many} and the parameters")


def _answered(exchange: Exchange) -> str:
    took = f", in {exchange.answer.elapsed * 1000:.0f} ms" if exchange.answer else ""
    return f"{exchange.describe()}{took}"


def _silent(text: str) -> Note:
    return Note("answers", Status.NO_ANSWER, text)


def _lent(contract: Contract, operation: Operation, exchange: Exchange, words: str) -> Note:
    """Whether the answer to a read shows the conversation that was lent, by itself or on the first page of a list."""
    conversation = exchange.request.conversation
    shown = f"{contract.resource.one} {conversation}"
    if operation.items is None:
        found = at(exchange.json, operation.conversation or "")
        there = found is not ABSENT or (operation.otherwise and at(exchange.json, operation.otherwise) is not ABSENT)
    else:
        rows: JSON = at(exchange.json, operation.items)
        listed = rows if isinstance(rows, list) else []
        there = any(str(at(row, contract.id_pointer)) == conversation for row in listed)
        if not there and operation.next_more and at(exchange.json, operation.next_more) is True:
            return Note("answers", Status.OK, f"{words}; {shown} is not on the first page of its list")
    if there:
        return Note("answers", Status.OK, f"{words}, and shows {shown}")
    return _silent(f"{words}, but {shown} is not there: check its id, the key and the parameters")


def _plainly(transport_error: str, base_url: str) -> str:
    parts = urlsplit(base_url)
    for part, words in _PLAIN.items():
        if part in transport_error:
            return f"{words.format(host=parts.hostname, address=parts.netloc)}; {transport_error}"
    return transport_error
