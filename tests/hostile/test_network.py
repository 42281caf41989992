"""Requests go where they were told to go, by the way they were told to take, and nowhere else."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import re
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from itertools import product
from urllib.parse import urlsplit

import httpcore
import pytest
import trustme

from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.http.client import Budget, Client
from driftgate.http.connection import Connection, Late
from driftgate.http.exchange import Request
from driftgate.http.network import Network
from driftgate.http.retry import RetryPolicy
from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit
from tests.harness import judge_url, live_options, run_main
from tests.hostile.judging import measured, served
from tests.hostile.relay import Relay
from tests.hostile.servers import SERVERS
from tests.sample import sample

KEY = "some-key-of-a-test"


def pass_on(connection, genuine):
    connection.sendall(genuine.raw())
    return True


@pytest.fixture
def emulated():
    running = start(EMULATORS["coze"]())
    yield running
    running.stop()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def secured(emulated, authority):
    """The emulator behind TLS, with a certificate of an authority of our own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    relay = Relay(emulated.base_url, pass_on, lambda request: True, tls=context)
    yield relay
    relay.stop()


@pytest.fixture
def bundle(authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


def judged(emulated, url, *options):
    return judge_url("coze", url, ["--max-wait=0", *live_options(emulated), *options], key=emulated.api_key)


def test_a_certificate_that_nobody_vouches_for_is_inconclusive(emulated, secured):
    told = judged(emulated, secured.url)
    assert told.exit == 6, told.output
    assert "CERTIFICATE_VERIFY_FAILED" in told.output
    assert "--ca-bundle" in told.output
    assert secured.received == []


def test_a_certificate_of_our_own_is_trusted_when_asked_for(emulated, secured, bundle):
    assert judged(emulated, secured.url, f"--ca-bundle={bundle}").exit == 0


def test_a_bundle_of_the_environment_is_trusted(emulated, secured, bundle, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert judged(emulated, secured.url).exit == 0


def test_a_certificate_of_another_host_is_inconclusive(emulated, authority, bundle):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    relay = Relay(emulated.base_url, pass_on, lambda request: True, tls=context)
    told = judged(emulated, relay.url, f"--ca-bundle={bundle}")
    relay.stop()
    assert told.exit == 6, told.output
    assert relay.received == []


def test_a_run_that_verifies_nothing_says_so(emulated, secured):
    told = judged(emulated, secured.url, "--insecure", "-v")
    assert told.exit == 0, told.output
    assert "certificates are NOT VERIFIED (--insecure)" in told.output
    assert told.rows[0]["target"]["insecure"] is True


def test_a_run_without_tls_has_nothing_to_leave_unverified(emulated):
    told = judged(emulated, emulated.base_url, "--insecure")
    assert told.rows[0]["target"]["insecure"] is False


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_wrong_protocol_is_inconclusive(emulated, secured, scheme):
    port = urlsplit(secured.url if scheme == "http" else emulated.base_url).port
    told = judged(emulated, f"{scheme}://127.0.0.1:{port}", "--timeout=1")
    assert told.exit == 6, told.output
    assert told.failed() == set()


def test_a_handshake_that_never_ends_is_inconclusive(emulated):
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = judged(emulated, f"https://127.0.0.1:{server.getsockname()[1]}", "--timeout=0.4")
    assert told.exit == 6, told.output
    assert "no answer within 0.4 s" in told.output


class Forwarding(http.server.BaseHTTPRequestHandler):
    """A proxy that forwards requests, or tunnels where it is asked to CONNECT."""

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65537)
        if self.raw_requestline and self.parse_request():
            self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))
            self.close_connection = True
            self._tunnel() if self.command == "CONNECT" else self._forward()

    def _forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        asked = urllib.request.Request(self.path, body or None, kept, method=self.command)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            answer = opener.open(asked)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        told = answer.read()
        self.wfile.write(f"HTTP/1.1 {answer.status} Told\r\nContent-Type: application/json\r\n".encode())
        self.wfile.write(f"Connection: close\r\nContent-Length: {len(told)}\r\n\r\n".encode() + told)

    def _tunnel(self):
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(upstream, self.connection), daemon=True)
            back.start()
            _pump(self.connection, upstream)
            back.join()


def _pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forwarding)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_given_proxy_is_used_and_its_password_stays_secret(emulated, proxy):
    place = f"127.0.0.1:{proxy.server_port}"
    told = judged(emulated, emulated.base_url, f"--proxy=http://me:the-proxy-word@{place}", "-v")
    assert told.exit == 0, told.output
    assert len(proxy.asked) == told.requests
    assert {login for _, _, login in proxy.asked} == {"Basic " + base64.b64encode(b"me:the-proxy-word").decode()}
    assert f"through the proxy http://{place}" in told.output
    assert "the-proxy-word" not in told.output + str(told.rows)


def test_a_tunnel_leads_through_the_proxy_and_the_key_stays_inside(emulated, secured, bundle, proxy):
    told = judged(emulated, secured.url, f"--proxy=127.0.0.1:{proxy.server_port}", f"--ca-bundle={bundle}")
    assert told.exit == 0, told.output
    assert {command for command, _, _ in proxy.asked} == {"CONNECT"}


def test_a_proxy_that_refuses_is_inconclusive(emulated, secured, bundle):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_refusing, args=(server,), daemon=True).start()
        url = f"--proxy=http://127.0.0.1:{server.getsockname()[1]}"
        told = judged(emulated, secured.url, url, f"--ca-bundle={bundle}")
    assert told.exit == 6, told.output
    assert "cannot connect: 407" in told.output


def _refusing(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


def test_no_proxy_of_the_environment_stands_before_our_own_loopback(emulated, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert judged(emulated, emulated.base_url).exit == 0


@pytest.mark.parametrize(
    ("environment", "proxied"),
    [({"https_proxy": "http://p.example:1"}, True), ({"all_proxy": "p.example:1"}, True)]
    + [({"https_proxy": "http://p.example:1", "no_proxy": no}, False) for no in ("*", "api.example", ".example")]
    + [({"http_proxy": "http://p.example:1"}, False), ({}, False)],
)
def test_a_proxy_of_the_environment_is_used_where_the_environment_wants_it(environment, proxied, monkeypatch, tmp_path):
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    options = ["--vendor=coze", "--base-url=https://api.example", "--conversation=1", "--collect-only"]
    code, output = run_main(["run", *options], key=KEY)
    assert code == 0, output
    assert ("through the proxy http://p.example:1" in output) is proxied


USAGE = [
    (["--proxy=socks5://127.0.0.1:1"], "is not an http:// or https:// URL for a proxy"),
    (["--proxy=http://127.0.0.1:99999"], "Port out of range"),
    (["--proxy=http://me:the-proxy-word@127.0.0.1/x"], "carries a path"),
    (["--ca-bundle=nowhere.pem"], "--ca-bundle nowhere.pem: No such file"),
    (["--ca-bundle=."], "--ca-bundle .: Is a directory"),
    (["--ca-bundle=empty.pem"], "holds no certificate"),
    (["--ca-bundle=empty.pem", "--insecure"], "exclude each other"),
    (["--max-wait=-1"], "--max-wait -1: is not a number of at least 0"),
    (["--max-wait=soon"], "--max-wait soon"),
    (["--base-url=https://me:the-proxy-word@api.example"], "carries credentials"),
    (["--base-url=https://api.example?key=the-proxy-word"], "carries a query"),
    (["--base-url=https://api.example#the-proxy-word"], "carries a query or a fragment"),
    (["--base-url=https://api.example/\x1b[2J"], "no URL may hold"),
    (["--base-url=https://bücher.example"], "xn--"),
    (["--api-key=two\nlines"], "API_KEY: holds a space, a line break"),
]


@pytest.mark.parametrize(("options", "words"), USAGE, ids=[" ".join(options) for options, _ in USAGE])
def test_a_way_that_cannot_be_taken_is_reported_in_one_line(options, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.pem").touch()
    given = ["--vendor=coze", "--base-url=https://api.example", "--conversation=1", *options]
    code, output = run_main(["run", *given], key=KEY)
    assert code == 4, output
    assert words in output
    assert "the-proxy-word" not in output
    assert "lines" not in output or "--api-key" not in options[0]
    assert "Traceback" not in output
    assert "\x1b" not in output


def test_a_bundle_of_the_environment_that_is_not_there_is_reported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere.pem")
    code, output = run_main(["run", "--vendor=coze", "--base-url=https://api.example", "--conversation=1"], key=KEY)
    assert code == 4, output
    assert "SSL_CERT_FILE or SSL_CERT_DIR: No such file" in output


def test_a_target_of_the_file_has_a_way_of_its_own(emulated, secured, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THE_KEY", emulated.api_key)
    (tmp_path / "driftgate.toml").write_text(
        f'[targets.ours]\nvendor = "coze"\nbase_url = "{secured.url}"\napi_key = "$THE_KEY"\nca_bundle = "{bundle.name}"\n'
        f'params = {{ bot_id = "1", other_api_key = "{emulated.params["other_api_key"]}" }}\n'
    )
    code, output = run_main(["run", "--target=ours", "--max-wait=0"])
    assert code == 0, output


def test_no_redirect_leads_anywhere(emulated):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/collect"

        def redirect(connection, genuine):
            told = f"HTTP/1.1 307 Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
            connection.sendall(told.encode())
            return True

        relay = Relay(emulated.base_url, redirect, lambda request: request.method == "PUT")
        told = judged(emulated, relay.url)
        relay.stop()
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert told.exit == 1, told.output
    assert "undocumented answer: HTTP 307" in told.output


def test_a_wire_leads_to_one_place_alone():
    wire = Connection("http://127.0.0.1:9", Network())
    with pytest.raises(RuntimeError, match="may only go to"):
        wire.send(httpcore.Request("GET", "http://127.0.0.1:10/"), 1)
    wire.close()


def test_a_wire_ends_by_its_deadline_however_the_time_is_spent():
    now = [0.0]
    wire = Connection("http://127.0.0.1:9", Network(), clock=lambda: now[0])
    wire._deadline = 5.0
    assert wire.left() == 5.0
    now[0] = 5.0
    with pytest.raises(Late):
        wire.left()
    wire.close()


@pytest.mark.parametrize(
    ("vendor", "profile"),
    sample(product(sorted(EMULATORS), ("standard", "deep")), lambda vendor, profile: profile),
)
def test_a_target_is_sent_nothing_but_the_operations_of_its_contract(vendor, profile):
    running = start(EMULATORS[vendor]())
    relay = Relay(running.base_url, pass_on, lambda request: True)
    options = ["--max-wait=0", f"--profile={profile}", "--max-requests=120", *live_options(running)]
    told = judge_url(vendor, relay.url, options, key=running.api_key)
    relay.stop()
    running.stop()
    contract = load_contract(vendor)
    operations = [contract.rename, contract.read, contract.create, contract.delete]
    methods = {operation.method for operation in operations if operation}
    assert {request.method for request in relay.received} <= methods
    assert told.requests == len(relay.received)
    created = [row["answer"]["body"]["text"] for row in told.of("exchange") if row["role"] == "create"]
    deleted = [row["conversation"] for row in told.of("exchange") if row["role"] == "delete"]
    assert len(deleted) == 2
    assert all(any(conversation in answer for answer in created) for conversation in deleted)
    assert profile == "standard" or told.requests > 100


def test_an_id_that_is_no_id_of_ours_is_neither_renamed_nor_deleted(emulated):
    for made in ("..", "a" * 600, ["x"], "1\n2"):

        def names_an_id(connection, genuine, made=made):
            body = json.dumps({"code": 0, "msg": "", "data": {"id": made}})
            connection.sendall(genuine.raw(body.encode()))
            return True

        relay = Relay(emulated.base_url, names_an_id, lambda request: request.method == "POST")
        told = judged(emulated, relay.url)
        relay.stop()
        assert told.exit == 6, told.output
        assert "no conversation can be created" in told.output
        # what was made is found by its name, and deleted by an id that the list gives
        (created, listed, deleted) = relay.received
        assert [created.method, listed.method, deleted.method] == ["POST", "GET", "DELETE"]
        assert re.fullmatch(r"/v1/conversations/\d{19}", deleted.target)


def test_a_second_conversation_must_be_another_one(emulated):
    def again(connection, genuine):
        connection.sendall(genuine.raw(b'{"code": 0, "msg": "", "data": {"id": "7"}}'))
        return True

    relay = Relay(emulated.base_url, again, lambda request: request.method == "POST")
    told = judged(emulated, relay.url)
    relay.stop()
    assert told.exit == 6, told.output
    assert 'the answer names "7", which cannot be the id of a new conversation' in told.output


@pytest.mark.parametrize(
    "heavy",
    sample(
        [
            ["a-gzip-bomb"],
            ["a-hundred-megabytes-of-json", "a-gzip-bomb", "endless-body", "a-megabyte-of-small-values", "deep-json"],
        ],
        lambda heavy: None,
        lambda heavy: f"{len(heavy)}-servers",
    ),
)
def test_memory_stays_small_whatever_is_sent(heavy, tmp_path):
    with contextlib.ExitStack() as servers:
        lines = []
        for name in heavy:
            relay, running = servers.enter_context(served(SERVERS[name], "midst", "coze"))
            lines += [f"[targets.{name}]", 'vendor = "coze"', f'base_url = "{relay.url}"', 'params = { bot_id = "1" }']
        (tmp_path / "driftgate.toml").write_text("\n".join(lines))
        targets = [f"--target={name}" for name in heavy]
        arguments = [*targets, f"--report-dir={tmp_path}", "--timeout=5", "--max-wait=0", "--profile=smoke"]
        run = measured(["run", *arguments], running.api_key, directory=tmp_path)
    assert run.exit == (1 if any(SERVERS[name].midst is Exit.VIOLATES for name in heavy) else 6)
    assert all(read_record(tmp_path / f"{name}.jsonl").complete for name in heavy)
    assert run.peak < 200


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.05])
def test_a_second_answer_never_passes_for_the_next_one(emulated, seconds):
    lie = b'{"code": 0, "msg": "", "data": {"id": "1", "name": "of the second answer"}}'

    def answers_twice(connection, genuine):
        connection.sendall(genuine.raw())
        time.sleep(seconds)
        connection.sendall(genuine.raw(lie))
        return True

    relay = Relay(emulated.base_url, answers_twice, lambda request: True)
    told = judged(emulated, relay.url)
    relay.stop()
    assert told.exit in (0, 6), told.output
    assert told.failed() == set()
    assert "of the second answer" not in json.dumps(told.of("exchange"))


@pytest.mark.parametrize(
    ("raw", "more"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\r\n", True),
        (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nHTTP", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n{}", True),
        (b"HTTP/1.0 200 OK\r\n\r\n{} and all else until the end", False),
    ],
)
def test_more_bytes_than_announced_are_told(raw, more):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        outcomes = load_contract("coze").outcomes
        client = Client(url, outcomes, budget=Budget(1), timeout=5, retry=RetryPolicy(0))
        exchange = client.send(Request("rename", "PUT", "/x", b"{}"))
        client.close()
    assert (exchange.transport_error == "more bytes than announced") is more
    assert (exchange.answer is None) is more
