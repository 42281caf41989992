"""The proxy passes everything on as it came, and judges both sides."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from driftgate import UsageError, read_record
from driftgate.client.call import VERDICT
from driftgate.client.judge import ClientJudge
from driftgate.client.proxying import JudgingProxy
from driftgate.contract import load_contract
from driftgate.contract.client import load_client_contract
from driftgate.emulator import EMULATORS, emulate
from driftgate.emulator.server import listen, origin
from driftgate.http.network import Network, Proxy
from driftgate.judge.exchanges import judge_exchanges
from driftgate.target.model import Target
from tests.emulated import APIS

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@contextlib.contextmanager
def proxied(vendor, base_url, folder=Path(), network=None):
    """A proxy in a thread, and the URL at which it is."""
    target = Target(vendor, load_contract(vendor), base_url, network=network or Network())
    judge = ClientJudge(load_client_contract(vendor), name=f"{vendor}-proxy", server=target)
    proxy = JudgingProxy(target, judge, folder / f"{vendor}-proxy.jsonl")
    sock, ready = listen(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(proxy.serve(sock, ready.set)), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield proxy, origin(sock)
    finally:
        proxy.stop()
        thread.join(10)


@contextlib.contextmanager
def scripted(*answers):
    """A server that answers its connections with these bytes, each in pieces, and keeps what it got."""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            for pieces in answers:
                connection, _ = server.accept()
                got.append(_request(connection))
                for piece in pieces:
                    connection.sendall(piece)
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", got
        thread.join(10)


def _request(connection):
    """The bytes of a request, with its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)|$", head, re.IGNORECASE)[1] or 0)
    chunked = b"transfer-encoding: chunked" in head.lower()
    while len(body) < length or (chunked and not body.endswith(b"\r\n0\r\n\r\n")):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def exchanged(url, request):
    """The bytes that come back for these bytes, until the connection ends."""
    address = url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=10) as connection:
        connection.sendall(request)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
        return received


@pytest.mark.parametrize("vendor", EMULATORS)
def test_both_sides_are_judged(vendor, tmp_path):
    api = APIS[vendor]
    with emulate(vendor) as server, proxied(vendor, server.base_url, tmp_path) as (proxy, url):
        path = httpx.URL(server.base_url).path.rstrip("/")
        headers = {"Authorization": f"Bearer {server.api_key}"}
        with httpx.Client(base_url=url + path, headers=headers, trust_env=False) as client:
            for method, where, of_httpx in (api.rename(server.conversations[0], "A"), api.list()):
                assert client.request(method, where, **of_httpx).status_code == 200
        result = proxy.result()
    verdicts = {row.requirement: row for row in result.record.verdicts}
    assert result.exit == 0
    assert verdicts[f"{vendor}.client.credential-sent"].verdict == "pass"
    assert verdicts[f"{vendor}.client.credential-sent"].side == "client"
    of_server = [row for row in verdicts.values() if row.side is None]
    assert sum(row.verdict == "pass" for row in of_server) > 5
    assert not [row for row in of_server if row.verdict == "fail"]


def test_a_server_that_breaks_its_contract_is_told_as_the_server(tmp_path):
    with emulate("coze", fault=["code-as-text"]) as server, proxied("coze", server.base_url, tmp_path) as (proxy, url):
        _rename(url, server)
        result = proxy.result()
    failed = [row for row in result.record.verdicts if row.verdict == "fail"]
    assert result.exit == 1
    assert {row.side for row in failed} == {None}


def _rename(url, running, **of_httpx):
    given = {"headers": {"Authorization": f"Bearer {running.api_key}"}, "json": {"name": "A"}, "trust_env": False}
    return httpx.put(f"{url}/v1/conversations/{running.conversations[0]}", **{**given, **of_httpx})


def test_requests_and_answers_pass_byte_by_byte():
    body = '{"name":  "Größe \\u4e2d" }'.encode()
    head = b"PUT /v1/conversations/1?a=%20b HTTP/1.1\r\nHost: proxy\r\nX-Odd-CASE: \xe9 b\r\nx-odd-case: c\r\n"
    answer = b"HTTP/1.1 299 Fine Indeed\r\nX-Tt-LOGID: 1\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 7\r\n\r\n[1,\n 2]"
    with scripted([answer]) as (upstream, got), proxied("coze", upstream) as (_, url):
        sent = head + b"Connection: close\r\nKeep-Alive: 5\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        received = exchanged(url, sent)
    host = upstream.removeprefix("http://").encode()
    wanted = head.replace(b"Host: proxy", b"Host: " + host) + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert got == [wanted]
    assert received.replace(b"Connection: close\r\n", b"") == answer


def test_a_stream_is_passed_on_as_it_comes():
    first, second = b"data: one\n\n", b"data: two\n\n"
    go = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            _request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + first)
            assert go.wait(10)
            connection.sendall(second)
            connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with (
            proxied("dify", f"http://127.0.0.1:{server.getsockname()[1]}") as (_, url),
            httpx.stream("POST", f"{url}/v1/chat-messages", json={}, trust_env=False) as answer,
        ):
            pieces = answer.iter_raw()
            assert next(pieces) == first
            go.set()  # only now the server sends the rest
            assert b"".join(pieces) == second
        thread.join(10)


def test_the_events_of_a_chat_message_pass_as_the_server_sends_them():
    with emulate("dify") as server, proxied("dify", server.base_url) as (_, url):
        body = {"query": "Hi", "inputs": {}, "user": "driftgate", "response_mode": "streaming"}
        headers = {"Authorization": f"Bearer {server.api_key}"}
        address = f"{url}{httpx.URL(server.base_url).path.rstrip('/')}/chat-messages"
        with httpx.stream("POST", address, json=body, headers=headers, trust_env=False) as answer:
            events = [line.partition(" ")[2] for line in answer.iter_lines() if line.startswith("data: ")]
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = [json.loads(each)["event"] for each in events]
        assert (told[0], told[-2:]) == ("workflow_started", ["message_end", "workflow_finished"])


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_bodies_of_any_bytes_pass_unchanged_both_ways(framing):
    content = bytes(range(256)) * 2048  # more than is kept to be judged, with the answer's
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (content[:70_001], content[70_001:]))
    head, body = {
        "length": (b"Content-Length: %d" % len(content), content),
        "chunked": (b"Transfer-Encoding: chunked", chunks + b"0\r\n\r\n"),
    }[framing]
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" + head + b"\r\n\r\n" + body
    with scripted([answer[:50], answer[50:]]) as (upstream, got), proxied("coze", upstream) as (_, url):
        sent = content if framing == "length" else iter([content[:70_001], content[70_001:]])
        answered = httpx.post(f"{url}/v1/files", content=sent, trust_env=False)
        assert answered.content == content
    head, _, received = got[0].partition(b"\r\n\r\n")
    assert (received if framing == "length" else _unchunked(received)) == content


def _unchunked(data):
    plain = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        plain, data = plain + data[:length], data[length + 2 :]
    return plain


def test_a_client_that_breaks_off_in_an_answer_ends_nothing_else():
    body = {"query": "Hi", "inputs": {}, "user": "driftgate", "response_mode": "streaming"}
    with emulate("dify", latency=0.2) as server, proxied("dify", server.base_url) as (proxy, url):
        base_url = url + httpx.URL(server.base_url).path.rstrip("/")
        headers = {"Authorization": f"Bearer {server.api_key}"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{base_url}/chat-messages", json=body, headers=headers, timeout=0.05, trust_env=False)
        listed = httpx.get(f"{base_url}/conversations?user=driftgate", headers=headers, trust_env=False)
        assert listed.status_code == 200
        first, second = proxy.result().record.exchanges
        assert (first.answer, second.answer.status) == (None, 200)


def test_a_redirect_is_passed_on_and_not_followed():
    answer = b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:9/v1\r\nContent-Length: 0\r\n\r\n"
    with scripted([answer]) as (upstream, _), proxied("coze", upstream) as (_, url):
        assert exchanged(url, b"GET /v1/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(answer[:26])


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/v1/conversations", "*"])
def test_a_request_for_another_server_is_not_sent(target):
    with scripted() as (upstream, got), proxied("coze", upstream) as (_, url):
        assert exchanged(url, f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()) == b""
    assert got == []


BROKEN = {
    "closes at once": [],
    "sends no HTTP": [b"SSH-2.0-OpenSSH\r\n\r\n"],
    "breaks off in the head": [b"HTTP/1.1 200 OK\r\nContent-"],
    "breaks off in the body": [b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"],
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_server_that_breaks_is_not_answered_for_and_ends_nothing_else(how):
    with emulate("coze") as server, scripted(BROKEN[how]) as (upstream, got), proxied("coze", upstream) as (_, url):
        received = exchanged(url, b"GET /v1/conversations?bot_id=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert received == b"" or b"".join(BROKEN[how]).startswith(received[:15])
        told = httpx.get(url + VERDICT, trust_env=False).json()
        assert told["targets"][0]["requests"] == 1
        assert len(got) == 1
        assert server.conversations


def test_nobody_answers_for_a_server_that_is_not_there():
    with proxied("coze", "http://127.0.0.1:9") as (_, url):
        assert exchanged(url, b"GET /v1/conversations HTTP/1.1\r\nHost: a\r\n\r\n") == b""


def test_a_client_that_hangs_holds_up_nobody_and_not_the_end():
    with emulate("coze") as server, proxied("coze", server.base_url) as (_, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as hanging:
            hanging.sendall(b"PUT /v1/conversations/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
            assert _rename(url, server).json()["code"] == 0


def test_many_requests_pass_over_one_connection():
    with emulate("coze") as server, proxied("coze", server.base_url) as (_, url):
        host, port = url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        for number in range(5):
            body = json.dumps({"name": f"Name {number}"})
            headers = {"Authorization": f"Bearer {server.api_key}", "Content-Type": "application/json"}
            connection.request("PUT", f"/v1/conversations/{server.conversations[0]}", body, headers)
            assert json.loads(connection.getresponse().read())["data"]["name"] == f"Name {number}"
        connection.close()
        assert json.loads(httpx.get(url + VERDICT, trust_env=False).text)["targets"][0]["requests"] == 5


def test_the_har_file_is_judged_like_one_of_a_browser_and_holds_no_key(tmp_path):
    with emulate("coze") as server, proxied("coze", server.base_url, tmp_path) as (proxy, url):
        _rename(url, server)
        proxy.result()
        for name in ("coze-proxy.jsonl", "coze-proxy.har"):
            assert server.api_key not in (tmp_path / name).read_text()
    assert judge_exchanges(tmp_path / "coze-proxy.har", vendor="coze").exit == 0
    assert read_record(tmp_path / "coze-proxy.jsonl").footer.requests == 1


def test_a_target_behind_another_proxy_or_without_a_server_is_refused():
    for base_url, network in ((None, Network()), ("http://a.example", Network(Proxy("http://proxy.example")))):
        target = Target("coze", load_contract("coze"), base_url, network=network)
        judge = ClientJudge(load_client_contract("coze"), name="coze-proxy", server=target)
        with pytest.raises(UsageError):
            JudgingProxy(target, judge, Path("coze-proxy.jsonl"))


def test_the_command_stands_in_front_of_a_server_until_it_is_stopped(tmp_path):
    with emulate("coze") as server:
        command = [sys.executable, "-m", "driftgate", "proxy", "--vendor=coze", f"--base-url={server.base_url}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment) as process:
            url = process.stdout.readline().split(" at ")[1].split(",")[0]
            _rename(url, server, json={"name": "x" * 101})
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "(coze.client.rename-name-at-most-100)" in output
    assert (tmp_path / "reports/proxy/coze-proxy.har").is_file()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "give --target NAME, or --base-url URL with --vendor"),
        (["--base-url=http://127.0.0.1:9"], "--base-url needs --vendor"),
        (["--target=a", "--vendor=coze"], "--vendor goes with --base-url"),
        (["--vendor=coze", "--base-url=ftp://a"], "is not an http:// or https:// URL"),
    ],
)
def test_wrong_options_are_told(options, told):
    from tests.harness import run_main  # noqa: PLC0415

    code, output = run_main(["proxy", *options])
    assert code == 4
    assert told in output
