"""How many requests a second the emulators answer, whether many conversations slow them down, and how fast they start.

Run by hand: ``python -m benchmarks.emulators``. The emulator is ``driftgate emulate`` in a process of its own. Each
client is a process too, with one connection that it keeps, and requests that it has made beforehand. Of an answer it
only looks for the end.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from driftgate.emulator import EMULATORS, start

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
OPERATIONS = ("rename", "read", "list", "create and delete")


@dataclass(frozen=True)
class Connection:
    """Requests to one emulator, as bytes."""

    vendor: str
    host: str
    key: str
    params: dict[str, Any]

    def rename(self, conversation: str, name: str) -> bytes:
        return {
            "coze": lambda: self._bytes("PUT", f"/v1/conversations/{conversation}", {"name": name}),
            "dify": lambda: self._bytes(
                "POST", f"/v1/conversations/{conversation}/name", {"name": name, "user": self.params["user"]}
            ),
            "nuwax": lambda: self._bytes("POST", f"{_NUWAX}/{conversation}/update", {"topic": name}),
        }[self.vendor]()

    def read(self, conversation: str) -> bytes:
        # Dify has no such operation: its clients ask for a page of the list that ends with the conversation
        return {
            "coze": lambda: self._bytes("GET", f"/v1/conversation/retrieve?conversation_id={conversation}"),
            "dify": lambda: self._bytes(
                "GET", f"/v1/conversations?user={self.params['user']}&limit=1&last_id={conversation}"
            ),
            "nuwax": lambda: self._bytes("GET", f"{_NUWAX}/{conversation}"),
        }[self.vendor]()

    def list(self) -> bytes:
        return {
            "coze": lambda: self._bytes("GET", f"/v1/conversations?bot_id={self.params['bot_id']}&page_size=20"),
            "dify": lambda: self._bytes("GET", f"/v1/conversations?user={self.params['user']}&limit=20"),
            "nuwax": lambda: self._bytes("GET", f"{_NUWAX}/list?agentId={self.params['agent_id']}&limit=20"),
        }[self.vendor]()

    def create(self) -> bytes:
        return {
            "coze": lambda: self._bytes("POST", "/v1/conversation/create", {"bot_id": self.params["bot_id"]}),
            "dify": lambda: self._bytes(
                "POST", "/v1/chat-messages", {"query": "a", "inputs": {}, "user": self.params["user"]}
            ),
            "nuwax": lambda: self._bytes("POST", f"{_NUWAX}/add", {"agentId": self.params["agent_id"]}),
        }[self.vendor]()

    def delete(self, conversation: str) -> bytes:
        return {
            "coze": lambda: self._bytes("DELETE", f"/v1/conversations/{conversation}"),
            "dify": lambda: self._bytes("DELETE", f"/v1/conversations/{conversation}", {"user": self.params["user"]}),
            "nuwax": lambda: self._bytes("POST", f"{_NUWAX}/{conversation}/delete"),
        }[self.vendor]()

    def made(self, answer: bytes) -> str:
        """The id in the answer to a create."""
        body = json.loads(answer.partition(b"\r\n\r\n")[2])
        data = body.get("data", body)
        return str(data.get("conversation_id", data.get("id")) if isinstance(data, dict) else data)

    def _bytes(self, method: str, target: str, body: Any = None) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {target} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.key}\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


_NUWAX = "/api/v1/chat/conversation"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendors", nargs="*", default=sorted(EMULATORS), metavar="VENDOR")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one round")
    parser.add_argument("--rounds", type=int, default=3, help="the best one counts: others may use the machine too")
    parser.add_argument("--conversations", type=int, nargs="+", default=[100, 100_000])
    given = parser.parse_args()
    print(f"{given.clients} clients, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    print("answers a second (and the processor time of the server for each)\n")
    print("| vendor | conversations | ready after | memory |", " | ".join(OPERATIONS), "|")
    print("| --- " * (4 + len(OPERATIONS)) + "|")
    for vendor in given.vendors:
        for conversations in given.conversations:
            with _served(vendor, conversations) as (facts, ready):
                wire = Connection(vendor, urlsplit(facts["base_url"]).netloc, facts["api_key"], facts["params"])
                measured = [_measured(wire, facts, operation, given) for operation in OPERATIONS]
                row = [
                    vendor,
                    f"{conversations:,}",
                    f"{ready:.2f} s",
                    _memory(facts["pid"]),
                    *measured,
                ]
            print("|", " | ".join(row), "|", flush=True)
    starts = [_start_time(vendor) for vendor in given.vendors for _ in range(5)]
    print(
        f"\nfrom the command to ready, without seed data: {statistics.median(starts):.2f} s (median of {len(starts)})"
    )
    embedded = [_embedded_time(vendor) for vendor in given.vendors for _ in range(50)]
    took = statistics.median(embedded) * 1000
    print(f"start and stop of an embedded emulator: {took:.1f} ms (median of {len(embedded)})")
    return 0


@contextmanager
def _served(vendor: str, conversations: int) -> Iterator[tuple[dict[str, Any], float]]:
    """What the emulator prints, and the seconds until it does. It ends with the block."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "seed.json"
        rows = [{"name": f"Conversation {number}"} for number in range(conversations)]
        path.write_text(json.dumps({"conversations": rows}))
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "driftgate", "emulate", vendor, "--json", "--seed-data", str(path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        ready = time.perf_counter() - began
        try:
            yield facts, ready
        finally:
            process.terminate()
            process.wait()


def _start_time(vendor: str) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "driftgate", "emulate", vendor, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    took = time.perf_counter() - began
    process.terminate()
    process.communicate()
    return took


def _embedded_time(vendor: str) -> float:
    began = time.perf_counter()
    start(EMULATORS[vendor]()).stop()
    return time.perf_counter() - began


def _memory(pid: int) -> str:
    """The memory of a process, where the system has it in /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "?"
    return f"{int(re.findall(r'VmRSS:[^0-9]+([0-9]+)', status)[0]) // 1024} MB"


def _measured(wire: Connection, facts: dict[str, Any], operation: str, given: argparse.Namespace) -> str:
    rounds = [_round(wire, facts, operation, given) for _ in range(given.rounds)]
    rate, cost = max(rate for rate, _ in rounds), min(cost for _, cost in rounds)
    return f"{rate:,.0f} ({cost * 1e6:.0f} µs)"


def _round(wire: Connection, facts: dict[str, Any], operation: str, given: argparse.Namespace) -> tuple[float, float]:
    """Answers a second to all clients together, and seconds of the server's processor for an answer."""
    context = multiprocessing.get_context("spawn")
    barrier, counts = context.Barrier(given.clients), context.Queue()
    ids = facts["conversations"]
    clients = [
        context.Process(
            target=_client,
            args=(wire, operation, _spread(ids[number :: given.clients]), given.seconds, barrier, counts),
        )
        for number in range(given.clients)
    ]
    before = _processor_time(facts["pid"])
    for client in clients:
        client.start()
    found = [counts.get(timeout=given.seconds + 60) for _ in clients]
    for client in clients:
        client.join()
    used = _processor_time(facts["pid"]) - before
    return sum(answers / took for answers, took in found), used / sum(answers for answers, _ in found)


def _processor_time(pid: int) -> float:
    """Seconds, where the system has them in /proc; else 0."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spread(ids: list[str]) -> list[str]:
    """At most some thousand of the ids, from all over them."""
    return ids[:: len(ids) // 2000 + 1]


def _client(wire: Connection, operation: str, ids: list[str], seconds: float, barrier: Any, counts: Any) -> None:
    host, _, port = wire.host.partition(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        requests = {
            "rename": lambda: [wire.rename(each, f"Renamed to {number}") for number, each in enumerate(ids)],
            "read": lambda: [wire.read(each) for each in ids],
            "list": lambda: [wire.list()],
            "create and delete": lambda: [wire.create()],
        }[operation]()
        barrier.wait()
        began, answers = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            answer = _exchange(sock, requests[answers % len(requests)])
            answers += 1
            if operation == "create and delete":
                _exchange(sock, wire.delete(wire.made(answer)))
                answers += 1
        counts.put((answers, time.perf_counter() - began))


def _exchange(sock: socket.socket, request: bytes) -> bytes:
    sock.sendall(request)
    answer = sock.recv(65536)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += sock.recv(65536)
    found = _LENGTH.search(answer, 0, end)
    whole = end + 4 + (int(found[1]) if found else 0)
    while len(answer) < whole:
        answer += sock.recv(65536)
    if answer[9:12] not in (b"200", b"204"):
        raise ValueError(answer.decode())
    return answer


if __name__ == "__main__":
    sys.exit(main())
