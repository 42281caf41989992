"""Coze's own client for Python, synchronous and asynchronous, behind one interface."""

from __future__ import annotations

import asyncio

from cozepy import AsyncCoze, AsyncHTTPClient, AsyncTokenAuth, Coze, SyncHTTPClient, TokenAuth


class Synchronous:
    def __init__(self, base_url, key):
        self._http = SyncHTTPClient()
        self._conversations = Coze(auth=TokenAuth(key), base_url=base_url, http_client=self._http).conversations

    def do(self, operation, **arguments):
        return getattr(self._conversations, operation)(**arguments)

    def pages(self, **arguments):
        return [page.items for page in self._conversations.list(**arguments).iter_pages()]

    def close(self):
        self._http.close()


class Asynchronous:
    def __init__(self, base_url, key):
        self._runner = asyncio.Runner()
        self._http = AsyncHTTPClient()
        client = AsyncCoze(auth=AsyncTokenAuth(key), base_url=base_url, http_client=self._http)
        self._conversations = client.conversations

    def do(self, operation, **arguments):
        return self._runner.run(getattr(self._conversations, operation)(**arguments))

    def pages(self, **arguments):
        async def collect():
            return [page.items async for page in (await self._conversations.list(**arguments)).iter_pages()]

        return self._runner.run(collect())

    def close(self):
        self._runner.run(self._http.aclose())
        self._runner.close()
