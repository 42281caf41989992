"""Clients of other people's, played through every scenario. Writes its table into docs/clients.md.

Run it with ``tox -e clients``, or ``python -m tests.clients.judged`` where the clients are installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from cozepy import Coze, SyncHTTPClient, TokenAuth
from dify_client import ChatClient

from driftgate import play_client
from driftgate.client.scenarios import scenarios

PAGE = Path(__file__).parent.parent.parent / "docs" / "clients.md"
SCRIPT = Path(__file__).with_name("dify_client.mjs")
BEGIN, END = "<!-- begin of the generated table -->", "<!-- end of the generated table -->"
USER = "driftgate"
TIME_LIMIT = 20.0

Rename = Callable[[str, str, str, str], object]


def cozepy(base_url: str, key: str, conversation: str, name: str) -> None:
    client = Coze(auth=TokenAuth(key), base_url=base_url, http_client=SyncHTTPClient(timeout=5))
    client.conversations.update(conversation_id=conversation, name=name)


def dify_python(base_url: str, key: str, conversation: str, name: str) -> None:
    client = ChatClient(key)
    client.base_url = base_url
    # it hands out the answer; a caller has to look at it
    client.rename_conversation(conversation, name, USER).raise_for_status()


def dify_node(base_url: str, key: str, conversation: str, name: str) -> None:
    calls = [["renameConversation", conversation, name, USER, False]]
    folder = Path(os.environ["DIFY_CLIENT"]).parent.parent
    script = folder / SCRIPT.name
    script.write_text(SCRIPT.read_text())
    command = ["node", str(script), json.dumps({"baseUrl": base_url, "key": key, "calls": calls})]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=2 * TIME_LIMIT)
    (told,) = json.loads(done.stdout)
    if told.get("error"):
        raise RuntimeError(told["error"])


CLIENTS: Mapping[str, tuple[str, Rename]] = {
    "cozepy": ("coze", cozepy),
    "dify-client for Python": ("dify", dify_python),
    "dify-client for Node": ("dify", dify_node),
}


def main() -> int:
    lines = ["| client | scenario | violated |", "| --- | --- | --- |"]
    for client, (vendor, rename) in CLIENTS.items():
        for scenario in scenarios(vendor):
            result = play_client(vendor, rename, only=[scenario.name], time_limit=TIME_LIMIT)
            failed = [f"`{row.requirement}`" for row in result.record.verdicts if row.verdict == "fail"]
            lines.append(f"| {client} | {scenario.says} (`{scenario.name}`) | {', '.join(failed) or '–'} |")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + "\n".join([BEGIN, "", *lines, "", END]) + rest.partition(END)[2], encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
