"""The same five requests to the emulators of all vendors, what their answers hold, and an emulator to share."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from driftgate.emulator import Running, emulate

Asked = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True)
class Api:
    """A vendor's requests as (method, path, options of httpx), and where its answers hold what."""

    vendor: str
    prefix: str
    name: str
    updated: str

    def client(self, running: Running) -> httpx.Client:
        headers = {"Authorization": f"Bearer {running.api_key}"}
        return httpx.Client(base_url=running.base_url, headers=headers, timeout=60, trust_env=False)

    def rename(self, key: str, name: str) -> Asked:
        return {
            "dify": ("POST", f"{self.prefix}/{key}/name", {"json": {"name": name, "user": "driftgate"}}),
            "coze": ("PUT", f"{self.prefix}/{key}", {"json": {"name": name}}),
            "nuwax": ("POST", f"{self.prefix}/{key}/update", {"json": {"topic": name}}),
        }[self.vendor]

    def create(self, name: str) -> Asked:
        return {
            "dify": ("POST", "/chat-messages", {"json": {"query": name, "inputs": {}, "user": "driftgate"}}),
            "coze": ("POST", "/v1/conversation/create", {"json": {"name": name, "bot_id": "7340000000000000001"}}),
            "nuwax": ("POST", f"{self.prefix}/add", {"json": {"topic": name, "agentId": 1596}}),
        }[self.vendor]

    def list(self) -> Asked:
        return {
            "dify": ("GET", f"{self.prefix}?user=driftgate&limit=100", {}),
            "coze": ("GET", f"{self.prefix}?bot_id=7340000000000000001&page_size=50", {}),
            "nuwax": ("GET", f"{self.prefix}/list?agentId=1596&limit=100", {}),
        }[self.vendor]

    def read(self, key: str) -> Asked:
        return {
            "dify": self.list(),
            "coze": ("GET", f"/v1/conversation/retrieve?conversation_id={key}", {}),
            "nuwax": ("GET", f"{self.prefix}/{key}", {}),
        }[self.vendor]

    def delete(self, key: str) -> Asked:
        return {
            "dify": ("DELETE", f"{self.prefix}/{key}", {"json": {"user": "driftgate"}}),
            "coze": ("DELETE", f"{self.prefix}/{key}", {}),
            "nuwax": ("POST", f"{self.prefix}/{key}/delete", {}),
        }[self.vendor]

    def made(self, answer: httpx.Response) -> str:
        """The id in the answer to a create."""
        body = answer.json()
        return str(
            {
                "dify": lambda: body["conversation_id"],
                "coze": lambda: body["data"]["id"],
                "nuwax": lambda: body["data"],
            }[self.vendor]()
        )

    def shown(self, answer: httpx.Response) -> dict[str, Any]:
        """The conversation in the answer to a rename."""
        body = answer.json()
        return body if self.vendor == "dify" else body["data"]

    def listed(self, answer: httpx.Response) -> list[str]:
        """The ids in the answer to a list."""
        data = answer.json()["data"]
        rows = data["conversations"] if self.vendor == "coze" else data
        return [str(row["id"]) for row in rows]

    def succeeded(self, answer: httpx.Response) -> bool:
        if self.vendor == "dify":
            return answer.status_code in (200, 204)
        return answer.status_code == 200 and answer.json()["code"] in (0, "0000")


@contextmanager
def shared(vendor: str) -> Iterator[Running]:
    """The emulator of a vendor that all tests of this process share, as it was when it began."""
    server = _served(vendor)
    server.reset()
    yield server


@cache
def _served(vendor: str) -> Running:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(emulate(vendor))


APIS = {
    "coze": Api("coze", "/v1/conversations", "name", "updated_at"),
    "dify": Api("dify", "/conversations", "name", "updated_at"),
    "nuwax": Api("nuwax", "/api/v1/chat/conversation", "topic", "modified"),
}
