"""Prism's validation proxy, between a fixed set of rename requests and the server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.adapted import page_example, rename_only
from benchmarks.served import Subject
from benchmarks.tools.tool import MODULES, ToolFailed, text_of, without_data
from driftgate.emulator.server import listen

_WAIT = 20.0


class Prism:
    """A finding is a violation, error or warning, that the proxy reports for one of the requests: place, code, text."""

    name = "prism"
    whole = False
    setting = (
        "prism proxy --errors --validate-request=false, without the document's security (else the proxy itself answers "
        "what has no credential); nine requests: the page's example, the same again, a name of 100 and of 101 "
        "characters, no name, the name a number, the name null, an unknown id, no credential"
    )

    def version(self) -> str:
        manifest = MODULES / "@stoplight" / "prism-cli" / "package.json"
        if not manifest.exists():
            raise ToolFailed("is not installed in benchmarks/.tools")
        return str(json.loads(manifest.read_text())["version"])

    def findings(self, subject: Subject, folder: Path) -> frozenset[str]:
        document = rename_only(subject)
        document.pop("security", None)
        (folder / "contract.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        with _proxy(subject.base_url, folder) as url, httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
            return frozenset(key for request in _requests(subject) for key in _keys(client, *request))


@contextmanager
def _proxy(upstream: str, folder: Path) -> Iterator[str]:
    """The address of a proxy that is ready."""
    with listen() as free:
        port = free.getsockname()[1]
    log = folder / "prism.log"
    command = [str(MODULES / ".bin" / "prism"), "proxy", "contract.yaml", upstream, "--errors"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--validate-request=false", "-p", str(port)],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await(process, log, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def _await(process: subprocess.Popen[bytes], log: Path, folder: Path) -> None:
    end = time.monotonic() + _WAIT
    while "is listening" not in log.read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise ToolFailed(text_of(log.read_text(), folder))
        time.sleep(0.02)


def _requests(subject: Subject) -> list[tuple[str, str, str, Mapping[str, str], bytes]]:
    """(label, method, path, headers, body) of each request."""
    example = page_example(subject)
    key = subject.contract.name_pointer.rsplit("/", 1)[-1]
    bodies: dict[str, Any] = {
        "example": example,
        "example again": example,
        "100 characters": {**example, key: "n" * 100},
        "101 characters": {**example, key: "n" * 101},
        "no name": {name: value for name, value in example.items() if name != key},
        "name a number": {**example, key: 7},
        "name null": {**example, key: None},
    }
    headers = {"Content-Type": "application/json"}
    allowed = {**headers, "Authorization": f"Bearer {subject.api_key}"}
    method, known = subject.contract.rename.method, _path(subject, subject.conversation)
    return [
        *((label, method, known, allowed, json.dumps(body).encode()) for label, body in bodies.items()),
        ("unknown id", method, _path(subject, subject.contract.unknown_id), allowed, json.dumps(example).encode()),
        ("no credential", method, known, headers, json.dumps(example).encode()),
    ]


def _path(subject: Subject, conversation: str) -> str:
    head, _, tail = subject.contract.rename.url.partition("{")
    return head + conversation + tail.partition("}")[2]


def _keys(
    client: httpx.Client, label: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    try:
        answer = client.request(method, path, headers=headers, content=body)
    except httpx.HTTPError as error:
        yield f"{label}: {type(error).__name__}"
        return
    violations = json.loads(answer.headers.get("sl-violations", "[]"))
    if not violations and "stoplight.io/prism/errors" in answer.text:
        violations = [{"code": answer.json()["type"].rpartition("#")[2]}]
    for violation in violations:
        place = "/".join(map(str, violation.get("location", ())))
        yield f"{label}: {place} {violation.get('code', '')} {without_data(violation.get('message', ''))}".strip()
