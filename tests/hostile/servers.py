"""Hostile servers, each a small function that answers one request; its docstring is what the server does wrong."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from driftgate.record.verdict import Exit
from tests.hostile.relay import Genuine, Strike

_DRIP = 0.02  # seconds between bytes; far below any timeout for a single read
_MARK = '"driftgate-mark"'

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202etxt.exe\u2066\r\n\b\x00"


@dataclass(frozen=True)
class HostileServer:
    """What a server does wrong, and the exit code of a run: where renames alone are struck, and where everything is."""

    name: str
    says: str
    strike: Strike
    midst: Exit
    start: Exit | Mapping[str, Exit]
    blind: bool
    closes: bool
    waits: bool

    def expected(self, position: str, vendor: str) -> Exit:
        """The exit code of a run; from the start it can depend on what the vendor makes an id of."""
        found = self.midst if position == "midst" else self.start
        return found if isinstance(found, Exit) else found[vendor]


SERVERS: dict[str, HostileServer] = {}


def hostile(
    midst: Exit,
    start: Exit | Mapping[str, Exit] = Exit.INCONCLUSIVE,
    *,
    blind: bool = False,
    closes: bool = False,
    waits: bool = False,
) -> Callable[[Strike], Strike]:
    """Puts a server into the catalogue.

    ``blind``: it answers before it has read the request, so never to renames alone. ``closes``: nobody listens any more.
    ``waits``: only the run's own timeout ends it.
    """

    def kept(strike: Strike) -> Strike:
        name = strike.__name__.replace("_", "-").strip("-")
        says = " ".join((strike.__doc__ or "").split())
        SERVERS[name] = HostileServer(name, says, strike, midst, start, blind, closes, waits)
        return strike

    return kept


# Dify's answer to a creation holds no number that its reader needs; the others are read wrong
_NUMBERS = {"coze": Exit.INCONCLUSIVE, "dify": Exit.VIOLATES, "nuwax": Exit.INCONCLUSIVE}
# members that no page forbids; the others have maps of texts, which are all read
_MORE_MEMBERS = {"coze": Exit.VIOLATES, "dify": Exit.VIOLATES, "nuwax": Exit.CONFORMS}


def _reset(connection: socket.socket) -> None:
    """Closes with a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _drip(connection: socket.socket, data: bytes) -> None:
    for number in range(len(data)):
        connection.sendall(data[number : number + 1])
        time.sleep(_DRIP)


def _for_ever(connection: socket.socket, head: bytes, piece: bytes) -> None:
    connection.sendall(head)
    while True:
        connection.sendall(piece)


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def a_faithful_server(connection: socket.socket, genuine: Genuine) -> bool:
    """Tells no lie: what the others are compared with."""
    connection.sendall(genuine.raw())
    return True


# the connection


@hostile(Exit.INCONCLUSIVE, closes=True)
def takes_no_connections(connection: socket.socket, genuine: Genuine) -> None:
    """Refuses connections."""


@hostile(Exit.INCONCLUSIVE, waits=True)
def never_answers(connection: socket.socket, genuine: Genuine) -> None:
    """Reads the request and says nothing."""
    connection.recv(1)


@hostile(Exit.INCONCLUSIVE)
def closes_without_a_word(connection: socket.socket, genuine: Genuine) -> None:
    """Reads the request and closes the connection."""


@hostile(Exit.INCONCLUSIVE)
def resets_before_the_headers(connection: socket.socket, genuine: Genuine) -> None:
    """Resets the connection before it answers."""
    _reset(connection)


@hostile(Exit.INCONCLUSIVE)
def resets_in_the_headers(connection: socket.socket, genuine: Genuine) -> None:
    """Resets the connection in the midst of the headers."""
    connection.sendall(genuine.raw()[:30])
    _reset(connection)


@hostile(Exit.INCONCLUSIVE)
def resets_after_the_headers(connection: socket.socket, genuine: Genuine) -> None:
    """Resets the connection when the headers are complete and the body is not."""
    connection.sendall(genuine.raw().partition(b"\r\n\r\n")[0] + b"\r\n\r\n{")
    _reset(connection)


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def closes_between_requests(connection: socket.socket, genuine: Genuine) -> None:
    """Closes every connection after one answer, and does not say so."""
    connection.sendall(genuine.raw())


# time


@hostile(Exit.INCONCLUSIVE, waits=True)
def drips_headers(connection: socket.socket, genuine: Genuine) -> None:
    """Sends its headers byte by byte, each in time for a timeout that is for single reads."""
    _drip(connection, genuine.raw())


@hostile(Exit.INCONCLUSIVE, waits=True)
def drips_the_body(connection: socket.socket, genuine: Genuine) -> None:
    """Sends its body byte by byte, each in time for a timeout that is for single reads."""
    head, _, body = genuine.raw().partition(b"\r\n\r\n")
    connection.sendall(head + b"\r\n\r\n")
    _drip(connection, body)


@hostile(Exit.INCONCLUSIVE, waits=True)
def continues_for_ever(connection: socket.socket, genuine: Genuine) -> None:
    """Says 100 Continue without end."""
    _for_ever(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


@hostile(Exit.INCONCLUSIVE)
def is_busy_for_an_hour(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers 429 and asks to be left alone for an hour."""
    connection.sendall(genuine.raw(status=429, more=b"Retry-After: 3600\r\n"))
    return True


@hostile(Exit.INCONCLUSIVE)
def is_always_busy(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers 429, whatever is asked."""
    connection.sendall(genuine.raw(status=429))
    return True


@hostile(Exit.INCONCLUSIVE)
def is_behind_a_broken_gateway(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers 502 with the gateway's page."""
    connection.sendall(genuine.raw(b"<html>502 Bad Gateway</html>", status=502))
    return True


# size


@hostile(Exit.INCONCLUSIVE)
def endless_headers(connection: socket.socket, genuine: Genuine) -> None:
    """Sends headers without end."""
    _for_ever(connection, b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"m" * 60 + b"\r\n")


@hostile(Exit.INCONCLUSIVE)
def a_header_of_a_megabyte(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends one header of a megabyte."""
    connection.sendall(genuine.raw(more=b"X-Long: " + b"m" * 1_000_000 + b"\r\n"))
    return True


@hostile(Exit.INCONCLUSIVE)
def endless_body(connection: socket.socket, genuine: Genuine) -> None:
    """Sends a chunked body without end."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    _for_ever(connection, head, b"10000\r\n" + b" " * 0x10000 + b"\r\n")


@hostile(Exit.INCONCLUSIVE)
def a_hundred_megabytes_of_json(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with valid JSON of 100 MB."""
    piece = b'"' + b"x" * 99_997 + b'",'
    head = genuine.raw(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % (1000 * len(piece) + 4))
    connection.sendall(head + b"[")
    for _ in range(1000):
        connection.sendall(piece)
    connection.sendall(b'""]')
    return True


@hostile(Exit.VIOLATES)
def a_megabyte_of_small_values(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with as many small values as just fit, which take most memory once they are parsed."""
    connection.sendall(genuine.raw(b"[%d," % time.monotonic_ns() + b"{}," * 349_000 + b"{}]"))
    return True


def _with_more(genuine: Genuine, more: dict[str, Any]) -> bytes:
    """The answer with more members in each of its objects."""

    def filled(value: Any) -> Any:
        return {**{key: filled(item) for key, item in value.items()}, **more} if isinstance(value, dict) else value

    return json.dumps(filled(json.loads(genuine.body)), separators=(",", ":")).encode()


@hostile(Exit.VIOLATES, _MORE_MEMBERS)
def objects_of_5000_members(connection: socket.socket, genuine: Genuine) -> bool:
    """Adds members to every object until there are very many, each of which may be wrong."""
    connection.sendall(genuine.raw(_with_more(genuine, {f"m{number}": 1 for number in range(5000)})))
    return True


@hostile(Exit.VIOLATES, _MORE_MEMBERS)
def very_long_names_of_members(connection: socket.socket, genuine: Genuine) -> bool:
    """Adds a member to every object whose name is as long as a book."""
    connection.sendall(genuine.raw(_with_more(genuine, {"m" * 200_000: 1})))
    return True


@hostile(Exit.VIOLATES)
def deep_json(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with JSON that is nested 100,000 deep."""
    connection.sendall(genuine.raw(b"[" * 100_000 + b"]" * 100_000))
    return True


@hostile(Exit.VIOLATES)
def rather_deep_json(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with JSON that a parser still takes and a walk by recursion does not."""
    connection.sendall(genuine.raw(b'{"a":' * 800 + genuine.body + b"}" * 800))
    return True


@hostile(Exit.VIOLATES)
def columns_of_brackets(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with 60 KB of JSON that are many megabytes when they are laid out to be read."""
    column = b"[" * 90 + b"1" + b"]" * 90
    connection.sendall(genuine.raw(b"[" + b",".join([column] * 330) + b"]"))
    return True


@hostile(Exit.INCONCLUSIVE)
def a_gzip_bomb(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with 200 KB of gzip that are 200 MB."""
    connection.sendall(genuine.raw(_BOMB, more=b"Content-Encoding: gzip\r\n"))
    return True


_packer = zlib.compressobj(9, zlib.DEFLATED, 31)
_BOMB = b"".join([_packer.compress(b" " * 1_000_000) for _ in range(200)]) + _packer.flush()


# codings


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def unasked_gzip(connection: socket.socket, genuine: Genuine) -> bool:
    """Compresses its answers although it was asked not to; every client can read that."""
    connection.sendall(genuine.raw(gzip.compress(genuine.body), more=b"Content-Encoding: gzip\r\n"))
    return True


@hostile(Exit.VIOLATES)
def no_gzip(connection: socket.socket, genuine: Genuine) -> bool:
    """Says that its answer is gzip, and it is not."""
    connection.sendall(genuine.raw(more=b"Content-Encoding: gzip\r\n"))
    return True


@hostile(Exit.VIOLATES)
def gzip_that_is_cut_off(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends the first half of a gzip stream as the whole."""
    packed = gzip.compress(genuine.body)
    connection.sendall(genuine.raw(packed[: len(packed) // 2], more=b"Content-Encoding: gzip\r\n"))
    return True


@hostile(Exit.VIOLATES)
def gzip_in_gzip(connection: socket.socket, genuine: Genuine) -> bool:
    """Compresses its answers twice."""
    packed = gzip.compress(gzip.compress(genuine.body))
    connection.sendall(genuine.raw(packed, more=b"Content-Encoding: gzip, gzip\r\n"))
    return True


def _coded(connection: socket.socket, genuine: Genuine, coding: bytes) -> bool:
    connection.sendall(genuine.raw(more=b"Content-Encoding: " + coding + b"\r\n"))
    return True


@hostile(Exit.VIOLATES)
def brotli(connection: socket.socket, genuine: Genuine) -> bool:
    """Says that its answer is in Brotli, which nobody asked for."""
    return _coded(connection, genuine, b"br")


@hostile(Exit.VIOLATES)
def zstandard(connection: socket.socket, genuine: Genuine) -> bool:
    """Says that its answer is in Zstandard, which nobody asked for."""
    return _coded(connection, genuine, b"zstd")


@hostile(Exit.VIOLATES)
def a_coding_of_its_own(connection: socket.socket, genuine: Genuine) -> bool:
    """Says that its answer is in a coding that nobody knows."""
    return _coded(connection, genuine, b"x-secret")


# framing


@hostile(Exit.INCONCLUSIVE)
def a_length_too_long(connection: socket.socket, genuine: Genuine) -> None:
    """Promises more bytes than it sends, and closes."""
    length = b"Content-Length: %d" % len(genuine.body)
    connection.sendall(genuine.raw().replace(length, b"Content-Length: 99999"))


@hostile(Exit.INCONCLUSIVE, waits=True)
def a_length_too_long_and_waits(connection: socket.socket, genuine: Genuine) -> None:
    """Promises more bytes than it sends, and keeps the connection open."""
    a_length_too_long(connection, genuine)
    connection.recv(1)


@hostile(Exit.INCONCLUSIVE)
def a_length_too_short(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends more bytes than it promises."""
    length = b"Content-Length: %d" % len(genuine.body)
    connection.sendall(genuine.raw().replace(length, b"Content-Length: %d" % max(1, len(genuine.body) - 5)))
    return True


@hostile(Exit.INCONCLUSIVE)
def answers_twice(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends a second answer with the first one."""
    connection.sendall(genuine.raw() + genuine.raw(b'{"code": 4000, "msg": "the second"}'))
    return True


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def answers_again_later(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends a second answer a moment later, when the next request may be under way."""
    connection.sendall(genuine.raw())
    time.sleep(0.03)
    connection.sendall(genuine.raw(b'{"code": 4000, "msg": "the second"}'))
    return True


@hostile(Exit.INCONCLUSIVE)
def two_lengths(connection: socket.socket, genuine: Genuine) -> bool:
    """Tells two lengths that differ."""
    connection.sendall(genuine.raw(more=b"Content-Length: 1\r\n"))
    return True


@hostile(Exit.INCONCLUSIVE)
def chunks_of_garbage(connection: socket.socket, genuine: Genuine) -> None:
    """Says that its body comes in chunks, and sends no lengths of chunks."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n" + genuine.body)


@hostile(Exit.INCONCLUSIVE)
def a_chunk_that_never_comes(connection: socket.socket, genuine: Genuine) -> None:
    """Promises a chunk of many bytes, and closes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n" + genuine.body)


@hostile(Exit.INCONCLUSIVE)
def http_0_9(connection: socket.socket, genuine: Genuine) -> None:
    """Answers with the body alone, as HTTP/0.9 did."""
    connection.sendall(genuine.body)


@hostile(Exit.INCONCLUSIVE, blind=True)
def another_protocol(connection: socket.socket, genuine: Genuine) -> None:
    """Greets as a mail server does."""
    connection.sendall(b"220 mail.example ESMTP\r\n")


@hostile(Exit.INCONCLUSIVE)
def a_header_without_a_name(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends a line among the headers that is none."""
    connection.sendall(genuine.raw(more=b"no header at all\r\n"))
    return True


# JSON


def _values(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _values(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_values(item, change) for item in value]
    return change(value)


def _texts(genuine: Genuine, change: Callable[[str], str]) -> bytes:
    value = _values(json.loads(genuine.body), lambda each: change(each) if isinstance(each, str) else each)
    return json.dumps(value).encode()


def _marked(genuine: Genuine, written: bytes) -> bytes:
    """The answer with these bytes where its object ends: a member more."""
    value = json.loads(genuine.body)
    return json.dumps({**value, "more": json.loads(_MARK)}).encode().replace(_MARK.encode(), written)


@hostile(Exit.VIOLATES)
def sixty_thousand_backslashes(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with 60,000 backslashes, which every search for escapes stops at."""
    connection.sendall(genuine.raw(b"\\" * 60_000))
    return True


@hostile(Exit.VIOLATES)
def half_escapes(connection: socket.socket, genuine: Genuine) -> bool:
    """Puts 60 KB of the beginnings of escapes into a member of its answer, which is JSON."""
    connection.sendall(genuine.raw(json.dumps({"message": "\\u%&#~" * 10_000}).encode()))
    return True


@hostile(Exit.VIOLATES)
def html(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with a page for people."""
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 17\r\n\r\n<html>hello</html>"[:-1]
    )
    return True


@hostile(Exit.VIOLATES)
def no_utf_8(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers in bytes that are no UTF-8."""
    connection.sendall(genuine.raw(_marked(genuine, b'"\xff\xfe"')))
    return True


@hostile(Exit.VIOLATES)
def a_byte_order_mark(connection: socket.socket, genuine: Genuine) -> bool:
    """Puts a byte order mark before its JSON."""
    connection.sendall(genuine.raw(b"\xef\xbb\xbf" + genuine.body))
    return True


@hostile(Exit.VIOLATES)
def not_a_number(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with NaN."""
    connection.sendall(genuine.raw(_marked(genuine, b"NaN")))
    return True


@hostile(Exit.VIOLATES)
def infinity(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with -Infinity."""
    connection.sendall(genuine.raw(_marked(genuine, b"-Infinity")))
    return True


@hostile(Exit.VIOLATES)
def members_given_twice(connection: socket.socket, genuine: Genuine) -> bool:
    """Gives every member twice, with different values."""
    inner = genuine.body.strip()[1:-1]
    first = b", ".join(json.dumps(key).encode() + b": []" for key in json.loads(genuine.body))
    connection.sendall(genuine.raw(b"{" + first + b", " + inner + b"}"))
    return True


@hostile(Exit.VIOLATES, _NUMBERS)
def numbers_of_10_000_digits(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with numbers that no integer type holds."""

    def marked(value: Any) -> Any:
        return json.loads(_MARK) if isinstance(value, int) and not isinstance(value, bool) else value

    text = json.dumps(_values({**json.loads(genuine.body), "more": 0}, marked)).encode()
    connection.sendall(genuine.raw(text.replace(_MARK.encode(), b"9" * 10_000)))
    return True


@hostile(Exit.VIOLATES, _NUMBERS)
def numbers_of_900_digits(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with numbers that Python takes for integers and that are too large for everything else."""

    def large(value: Any) -> Any:
        return 10**900 if isinstance(value, int) and not isinstance(value, bool) else value

    connection.sendall(genuine.raw(json.dumps(_values({**json.loads(genuine.body), "more": 0}, large)).encode()))
    return True


@hostile(Exit.VIOLATES)
def lone_surrogates(connection: socket.socket, genuine: Genuine) -> bool:
    """Puts half a surrogate pair into every text."""
    connection.sendall(genuine.raw(_texts(genuine, lambda text: text + "\ud800")))
    return True


@hostile(Exit.VIOLATES)
def nuls(connection: socket.socket, genuine: Genuine) -> bool:
    """Puts the character NUL into every text."""
    connection.sendall(genuine.raw(_texts(genuine, lambda text: text + "\x00")))
    return True


@hostile(Exit.VIOLATES)
def nul_bytes(connection: socket.socket, genuine: Genuine) -> bool:
    """Ends its answer with NUL bytes."""
    connection.sendall(genuine.raw(genuine.body + b"\x00" * 10))
    return True


def _with_members(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {**{key: _with_members(item) for key, item in value.items()}, ESCAPES: [ESCAPES]}


@hostile(Exit.VIOLATES)
def terminal_escapes(connection: socket.socket, genuine: Genuine) -> bool:
    """Puts what a terminal obeys, and what turns text around, into every text and into names of members."""
    value = _with_members(json.loads(_texts(genuine, lambda text: text + ESCAPES)))
    connection.sendall(genuine.raw(json.dumps(value).encode(), more=b"X-Title: \x9b31m\xad\r\n"))
    return True


@hostile(Exit.VIOLATES)
def refuses_in_escapes(connection: socket.socket, genuine: Genuine) -> bool:
    """Refuses everything, with codes and messages that a terminal obeys."""
    told = dict.fromkeys(("code", "message", "msg", "status", "displayCode"), ESCAPES)
    connection.sendall(genuine.raw(json.dumps({**told, "success": False}).encode(), status=400))
    return True


@hostile(Exit.VIOLATES)
def other_types(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with an object where a text was, a list where a number was, and so on."""
    swapped = {str: {"a": [1]}, int: ["x"], bool: "yes", float: {}, type(None): 0.5}
    value = _values(json.loads(genuine.body), lambda each: swapped[type(each)])
    connection.sendall(genuine.raw(json.dumps(value).encode()))
    return True


@hostile(Exit.VIOLATES)
def a_bare_value(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with null alone."""
    connection.sendall(genuine.raw(b"null"))
    return True


# statuses and headers


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def hints_first(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends 100 and 103 before its answer, which every client has to take."""
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    connection.sendall(hints + genuine.raw())
    return True


@hostile(Exit.INCONCLUSIVE)
def switches_protocols(connection: socket.socket, genuine: Genuine) -> None:
    """Answers 101, and goes on in a protocol that nobody asked for."""
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello")


def _with_status(connection: socket.socket, genuine: Genuine, status: str) -> bool:
    connection.sendall(genuine.raw(status=status))
    return True


@hostile(Exit.INCONCLUSIVE)
def status_199(connection: socket.socket, genuine: Genuine) -> None:
    """Answers with a status that only announces another answer."""
    connection.sendall(b"HTTP/1.1 199 Perhaps\r\n\r\n")


@hostile(Exit.VIOLATES)
def status_204(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with a status that has no body."""
    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    return True


@hostile(Exit.VIOLATES, Exit.VIOLATES)
def status_299(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with a success that nobody has defined."""
    return _with_status(connection, genuine, "299")


@hostile(Exit.VIOLATES)
def status_600(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with a status above all classes."""
    return _with_status(connection, genuine, "600")


@hostile(Exit.VIOLATES)
def status_999(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with the largest status there is."""
    return _with_status(connection, genuine, "999")


@hostile(Exit.INCONCLUSIVE)
def status_000(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with a status that is none."""
    return _with_status(connection, genuine, "000")


@hostile(Exit.INCONCLUSIVE)
def status_in_words(connection: socket.socket, genuine: Genuine) -> bool:
    """Answers with a word for a status."""
    return _with_status(connection, genuine, "fine")


def _redirected(connection: socket.socket, status: int, place: str) -> bool:
    told = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
    connection.sendall(told.encode())
    return True


@hostile(Exit.VIOLATES)
def redirects_in_a_circle(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends everybody back to where they came from."""
    return _redirected(connection, 307, genuine.url)


@hostile(Exit.VIOLATES)
def redirects_elsewhere(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends everybody to another origin, key and all."""
    return _redirected(connection, 308, "http://127.0.0.2:80/collect")


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def sets_cookies(connection: socket.socket, genuine: Genuine) -> bool:
    """Sets cookies, well-formed and otherwise."""
    cookies = b"Set-Cookie: a=b\r\nSet-Cookie: session=\xff; Path=/; Max-Age=x\r\nSet-Cookie: =;;=\r\n"
    connection.sendall(genuine.raw(more=cookies))
    return True


@hostile(Exit.CONFORMS, Exit.CONFORMS)
def a_thousand_headers(connection: socket.socket, genuine: Genuine) -> bool:
    """Sends a thousand headers with its answer."""
    connection.sendall(genuine.raw(more=b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(1000))))
    return True


def every() -> Iterator[tuple[HostileServer, str]]:
    """Every server in every position in which it can misbehave."""
    for each in SERVERS.values():
        yield each, "start"
        if not each.blind:
            yield each, "midst"
