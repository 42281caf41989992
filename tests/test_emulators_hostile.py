"""Whatever is sent to an emulator, it answers plainly, goes on, and has time for others."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS, dify_messages, emulate, start
from driftgate.emulator.application import LONGEST_BODY
from tests.emulated import APIS, shared
from tests.sample import sample

VENDORS = sorted(EMULATORS)
OPERATIONS = [
    (vendor, url, method)
    for vendor in VENDORS
    for url, item in load_contract(vendor).document["paths"].items()
    for method in item
]

# of invalid bodies, Schemathesis hardly makes those that are no object, or whose members are of any type
KEPT = object()
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
_MEMBERS = st.sampled_from(["name", "topic", "firstMessage", "user", "auto_generate", "query", "inputs", "meta_data"])
_ODD = [st.just(KEPT), _JSON, st.dictionaries(_MEMBERS | st.just("agentId"), _JSON)]

_BOUNDED = settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)

each_vendor = pytest.mark.parametrize("vendor", VENDORS)


def _still_renames(vendor, server):
    with APIS[vendor].client(server) as client:
        method, path, options = APIS[vendor].rename(server.conversations[0], "still there")
        return APIS[vendor].succeeded(client.request(method, path, **options))


# valid and invalid requests, made of the contract


@pytest.mark.parametrize(
    ("vendor", "url", "method", "mode"),
    sample(
        [(*each, mode) for each in OPERATIONS for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)],
        lambda vendor, url, method, mode: (vendor, mode),
    ),
)
def test_what_schemathesis_makes_of_the_contract_is_answered_as_it_says(vendor, url, method, mode):
    operation = schemathesis.openapi.from_dict(load_contract(vendor).document)[url][method]
    with shared(vendor) as server:
        known = server.conversations[0]

        @settings(_BOUNDED)
        @given(operation.as_strategy(generation_mode=mode), st.booleans(), st.booleans(), st.one_of(_ODD))
        def answered(case, of_a_known_conversation, by_its_owner, instead):
            if of_a_known_conversation and case.path_parameters:
                case.path_parameters = dict.fromkeys(case.path_parameters, known)
            if by_its_owner and isinstance(case.body, dict) and "user" in case.body:
                case.body["user"] = "driftgate"
            if mode is GenerationMode.NEGATIVE and case.media_type and instead is not KEPT:
                case.body = instead
            headers = {"Authorization": f"Bearer {server.api_key}"}
            answer = case.call(base_url=server.base_url, headers=headers, timeout=60)
            # the page gives Dify's 400 one meaning, and invalid bodies no other status
            documented = [] if answer.status_code == 400 else [response_schema_conformance]
            case.validate_response(answer, checks=[not_a_server_error, *documented])
            assert answer.status_code == 204 or answer.headers["content-type"] == [_media_type(case.body, answer)]

        answered()
        server.reset()
        assert _still_renames(vendor, server)


def _media_type(body, answer):
    streamed = answer.status_code == 200 and isinstance(body, dict) and body.get("response_mode") == "streaming"
    return "text/event-stream; charset=utf-8" if streamed else "application/json"


# what is no operation


@each_vendor
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/%00%ff%0d%0a", 404),
        ("POST", "/../../etc/passwd", 404),
        ("PATCH", "{prefix}/{key}", 405),
        ("TRACE", "{prefix}/{key}", 405),
        ("BREW", "{prefix}/{key}", 405),
        ("GET", "{prefix}//{key}/x/y/z", 404),
        ("POST", "/_driftgate/other", 404),
    ],
)
def test_what_is_no_operation_is_refused_in_the_vendors_form(vendor, method, path, status):
    api = APIS[vendor]
    with shared(vendor) as server, api.client(server) as client:
        answer = client.request(method, path.format(prefix=api.prefix, key=server.conversations[0]))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    required = {"dify": {"code", "message", "status"}, "coze": {"code", "msg", "detail"}, "nuwax": {"code", "tid"}}
    assert required[vendor] <= set(answer.json())
    assert not api.succeeded(answer)


@each_vendor
def test_a_refused_method_is_answered_with_the_allowed_ones(vendor):
    with shared(vendor) as server, APIS[vendor].client(server) as client:
        _, path, _ = APIS[vendor].rename(server.conversations[0], "x")
        answer = client.request("LINK", path)
    assert answer.status_code == 405
    assert answer.headers["allow"]


@each_vendor
def test_a_mistake_of_the_emulator_is_answered_without_its_traceback(vendor, caplog):
    class Mistaken(EMULATORS[vendor]):
        def view(self, conversation):
            raise KeyError("secret of the source")

    emulator = Mistaken()
    emulator.ready_made()
    server = start(emulator)
    with closing(_Stopping(server)), APIS[vendor].client(server) as client:
        method, path, options = APIS[vendor].rename(server.conversations[0], "x")
        answer = client.request(method, path, **options)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/json"
    assert "secret" not in answer.text
    assert "secret of the source" in caplog.text, "whoever mends the emulator is told"


class _Stopping:
    def __init__(self, server):
        self.close = server.stop


@each_vendor
def test_a_body_that_is_too_large_is_refused_before_it_is_kept(vendor):
    with shared(vendor) as server, APIS[vendor].client(server) as client:
        method, path, _ = APIS[vendor].rename(server.conversations[0], "x")
        answer = client.request(method, path, content=b" " * (LONGEST_BODY + 1))
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/json"
        assert _still_renames(vendor, server)


@each_vendor
@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\\ud800", "topic": "\\ud800", "user": "driftgate"}',
        b'{"name": NaN, "topic": NaN, "user": "driftgate"}',
        b'{"query": "x", "inputs": {"x": 1e999}, "user": "driftgate", "agentId": 1e999, "name": 1e999}',
        b'{"agentId": ' + b"9" * 5000 + b', "user": "driftgate", "name": ' + b"9" * 5000 + b"}",
        b'{"agentId": 99999999999999999999, "user": "driftgate", "meta_data": {"": 1}}',
        b'{"meta_data": [1], "name": 0, "user": "driftgate"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe\x00",
        b"",
        b"null",
        b'"text"',
    ],
)
def test_odd_json_is_no_server_error(vendor, body):
    api = APIS[vendor]
    with shared(vendor) as server, api.client(server) as client:
        key = server.conversations[0]
        for method, path, _ in (api.rename(key, "x"), api.create("x"), api.delete(key)):
            answer = client.request(method, path, content=body)
            assert answer.status_code < 500, (path, answer.text)
            json.loads(answer.content, parse_constant=pytest.fail) if answer.content else None
        _, path, _ = api.list()
        assert client.get(path).status_code == 200
        assert len(client.get(path).content) > 2


@each_vendor
@pytest.mark.parametrize(
    "query",
    [
        "limit=²&page_num=²&page_size=٣&lastId=²",
        "limit=-1&lastId=-1&page_num=0",
        "limit=9999999999999999999999",
        "&&=&",
    ],
)
def test_odd_numbers_in_a_query_are_no_server_error(vendor, query):
    with shared(vendor) as server, APIS[vendor].client(server) as client:
        _, path, _ = APIS[vendor].list()
        assert client.get(f"{path.partition('?')[0]}?{query}").status_code < 500
        assert client.get(f"{path}&{query}").status_code < 500


# what is not even HTTP

_GOOD = b"GET /_driftgate/ready HTTP/1.1\r\nHost: x\r\n\r\n"
GARBAGE = [
    b"\x00\x01\x02\xff\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: nonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 10**6 + b"\r\n\r\n",
    b"GET /" + b"x" * 10**6 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"POST /v1/chat-messages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    b"POST /v1/chat-messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /v1/chat-messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
    b"PUT /v1/conversations/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    _GOOD + b"garbage after a good request\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\ngarbage",
]


def test_bytes_that_are_no_http_disturb_nobody(caplog):
    with emulate("coze") as server:
        for garbage in GARBAGE:
            with _connected(server) as raw:
                _sent(raw, garbage)
                answered = _received(raw)
            assert b"500" not in answered.partition(b"\r\n")[0], garbage[:60]
            assert _still_renames("coze", server), garbage[:60]
            assert not _mistakes(caplog), garbage[:60]


def test_garbage_after_an_answer_disturbs_nobody(caplog):
    head = b"PUT /v1/conversations/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with emulate("coze") as server:
        with _connected(server) as raw:
            raw.sendall(head)
            answer = b""
            while not answer.endswith(b"}}"):
                answer += raw.recv(65536)
            _sent(raw, b"ZZ\r\n")
            assert _received(raw) == b"", "the one answer, which needs no body: there is no key"
        assert _still_renames("coze", server)
    assert not _mistakes(caplog)


def _mistakes(caplog):
    return [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


def test_a_connection_that_is_cut_off_anywhere_disturbs_nobody(caplog):
    body = b'{"name": "cut off"}'
    head = b"PUT /v1/conversations/7513776737285000001 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % len(body)
    whole = head + b"Authorization: Bearer pat_emulated_access_token\r\n\r\n" + body
    with emulate("coze") as server:
        for end in range(0, len(whole), 5):
            with _connected(server) as raw:
                raw.sendall(whole[:end])
        assert server.conversation(server.conversations[0]).name != "cut off"
        assert _still_renames("coze", server)
    assert not caplog.records


def test_requests_in_one_go_are_answered_in_their_order():
    with emulate("coze") as server, _connected(server) as raw:
        key = server.conversations[0]
        for number in range(50):
            body = json.dumps({"name": f"{number}"}).encode()
            head = f"PUT /v1/conversations/{key} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_key}\r\n"
            raw.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        raw.shutdown(socket.SHUT_WR)
        answers = _received(raw)
        assert [answers.index(b'"name": "%d"' % number) for number in range(50)] == sorted(
            answers.index(b'"name": "%d"' % number) for number in range(50)
        )
        assert server.conversation(key).name == "49"


def test_requests_that_never_end_leave_time_for_others():
    halves = [
        b"",
        b"PUT /v1/conv",
        b"PUT /v1/conversations/1 HTTP/1.1\r\nX-Slow: y",
        b"PUT /v1/conversations/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    ]
    with emulate("coze") as server, ExitStack() as stack:
        for _ in range(25):
            for half in halves:
                stack.enter_context(_connected(server)).sendall(half)
        assert _still_renames("coze", server)


def test_a_request_that_never_ends_does_not_keep_the_emulator_from_ending(caplog):
    before = set(threading.enumerate())  # other tests share emulators
    with ExitStack() as stack:
        with emulate("coze") as server:
            raw = stack.enter_context(_connected(server))
            head = f"PUT /v1/conversations/{server.conversations[0]} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            raw.sendall(f"{head}Authorization: Bearer {server.api_key}\r\n\r\n{{".encode())
            assert _still_renames("coze", server)
        assert _received(raw).startswith(b"HTTP/1.1 503 ")
    assert not [thread for thread in set(threading.enumerate()) - before if "emulator" in thread.name]
    assert not caplog.records, "it was not waited for until patience ended"


_ASKED = {"query": "one two three", "inputs": {}, "user": "driftgate", "response_mode": "streaming"}


def test_an_answer_that_is_streamed_comes_whole_and_leaves_no_traceback(caplog):
    with emulate("dify") as server, APIS["dify"].client(server) as client:
        for _ in range(3):
            answer = client.post("/chat-messages", json=_ASKED)
            events = [json.loads(line[6:])["event"] for line in answer.text.splitlines() if line]
            assert answer.status_code == 200
            assert (events[0], events[-1]) == ("workflow_started", "workflow_finished")
    assert not caplog.records


def test_a_client_that_goes_away_while_an_answer_is_streamed_disturbs_nobody(caplog):
    with emulate("dify") as server, APIS["dify"].client(server) as client:
        for _ in range(3):
            with client.stream("POST", "/chat-messages", json={**_ASKED, "query": "x" * 100_000}) as answer:
                next(answer.iter_raw(10))
        assert client.get("/conversations?user=driftgate").status_code == 200
    assert not caplog.records


def test_an_answer_that_is_being_streamed_is_finished_before_the_end(monkeypatch, caplog):
    monkeypatch.setattr(dify_messages, "_CHUNK", 2**16)
    asked = {**_ASKED, "query": "x" * 12_000_000}  # more than the connection holds of what nobody has read
    with emulate("dify") as server, APIS["dify"].client(server) as client, ThreadPoolExecutor() as pool:
        with client.stream("POST", "/chat-messages", json=asked) as answer:
            parts = answer.iter_raw()
            first = next(parts)
            with _connected(server) as idle:
                ended = pool.submit(server.stop)
                assert idle.recv(1) == b""  # it has begun to end: who asks nothing is hung up on
            last = first + b"".join(parts)
        ended.result()
    assert b'"event": "workflow_finished"' in last
    assert last.endswith(b"\n\n")
    assert not caplog.records


def test_the_readiness_of_an_emulator_needs_no_key_and_no_wait():
    with emulate("coze", latency=30.0) as server:
        assert httpx.get(f"{server.base_url}/_driftgate/ready").json() == {"vendor": "coze", "ready": True}


def _connected(server):
    url = httpx.URL(server.base_url)
    return socket.create_connection((url.host, url.port), timeout=30)


def _sent(raw, content):
    """Sends as much as the server takes, which may have hung up already, and no more."""
    try:
        raw.sendall(content)
        raw.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _received(raw):
    """Everything until the server hangs up."""
    found = b""
    try:
        while more := raw.recv(65536):
            found += more
    except ConnectionError:
        return found
    return found
