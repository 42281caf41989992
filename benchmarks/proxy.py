"""What ``driftgate proxy`` costs: time added to a request, and requests a second. Run by hand:
``python -m benchmarks.proxy``, which writes its figures into docs/emulators.md.

Emulator and proxy are processes of their own. Direct and proxied requests take turns, so that both see the same
machine.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from benchmarks.page import DOCS, put

ROUNDS = 2000
CONNECTIONS, SECONDS = 8, 5


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_processes:
        emulator, _ = _started(open_processes, folder, "emulate", "coze", "--json")
        facts = json.loads(emulator)
        told, pid = _started(open_processes, folder, "proxy", "--vendor=coze", f"--base-url={facts['base_url']}")
        ports = {"direct": _port(facts["base_url"]), "proxy": _port(told.split(" at ")[1].split(",")[0])}
        request = (f"/v1/conversations/{facts['conversations'][0]}", facts["api_key"])
        before = _processor_time(pid)
        times = _alternating(ports, request)
        used = _processor_time(pid) - before
        load = os.getloadavg()[0]
        rates = {name: _throughput(port, request) for name, port in ports.items()}
    text = "\n".join([*_table(times, rates), "", _how(used, load)])
    put(DOCS / "emulators.md", "figures of the proxy", text)
    print(text)
    return 0


def _table(times: dict[str, list[float]], rates: dict[str, float]) -> list[str]:
    medians = {name: statistics.median(taken) * 1000 for name, taken in times.items()}
    lines = ["| | median of a request | requests a second |", "| --- | --- | --- |"]
    lines += [f"| {name} | {medians[name]:.2f} ms | {rates[name]:.0f} |" for name in times]
    return [*lines, f"| added by the proxy | {medians['proxy'] - medians['direct']:.2f} ms | |"]


def _how(used: float, load: float) -> str:
    return (
        f"One run of {date.today()} on {os.cpu_count()} cores, load {load:.1f}: the median of {ROUNDS} renames over "
        f"one connection, and {CONNECTIONS} connections at once for {SECONDS} seconds. The proxy used "
        f"{used / ROUNDS * 1000:.2f} ms of processor time a request, with what it judged meanwhile."
    )


def _started(stack: ExitStack, folder: str, *command: str) -> tuple[str, int]:
    """Starts a command that serves, until the end; the first line that it prints, and its id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "driftgate", *command], stdout=subprocess.PIPE, text=True, cwd=folder, env=_environment()
    )
    stack.callback(process.communicate)
    stack.callback(process.terminate)
    assert process.stdout is not None
    return process.stdout.readline(), process.pid


def _processor_time(pid: int) -> float:
    """Seconds that a process has used, which say more than a clock where others use the machine too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _alternating(ports: dict[str, int], request: tuple[str, str]) -> dict[str, list[float]]:
    connections = {name: http.client.HTTPConnection("127.0.0.1", port) for name, port in ports.items()}
    times: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(ROUNDS):
        for name, connection in connections.items():
            began = time.perf_counter()
            _rename(connection, request)
            times[name].append(time.perf_counter() - began)
    return times


def _rename(connection: http.client.HTTPConnection, request: tuple[str, str]) -> None:
    path, key = request
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("PUT", path, json.dumps({"name": "A new name"}), headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def _throughput(port: int, request: tuple[str, str]) -> float:
    with multiprocessing.Pool(2) as pool:
        counts = pool.starmap(_for_a_while, [(port, request, CONNECTIONS // 2)] * 2)
    return sum(counts) / SECONDS


def _for_a_while(port: int, request: tuple[str, str], connections: int) -> int:
    import threading  # noqa: PLC0415

    until, count = time.monotonic() + SECONDS, [0] * connections

    def run(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < until:
            _rename(connection, request)
            count[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(count)


if __name__ == "__main__":
    sys.exit(main())
