"""Clients of other people's, judged by what they send and by how they act in every scenario, with their waivers.

Run it with ``tox -e clients``, or ``python -m tests.clients.judged`` where the clients are installed. It writes its tables
into docs/clients.md, and ends with 1 when a client violates what no waiver accepts, or no longer what one does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cozepy import Coze, SyncHTTPClient, TokenAuth
from dify_client import ChatClient

from driftgate.client.emulating import judge_client
from driftgate.client.playing import Play, calling
from driftgate.client.scenarios import scenarios
from driftgate.emulator import Running
from driftgate.report.result import Result

PAGE = Path(__file__).parent.parent.parent / "docs" / "clients.md"
WAIVERS = Path(__file__).with_name("waivers")
BEGIN, END = "<!-- begin of the generated table -->", "<!-- end of the generated table -->"
USER, BOT = "driftgate", "7340000000000000001"
TIME_LIMIT = 20.0

Rename = Callable[[str, str, str, str], object]


@dataclass(frozen=True)
class Client:
    """A client of somebody's. ``rename`` is None where it cannot; ``uses`` does what else it can, ``operations``."""

    vendor: str
    rename: Rename | None
    operations: str
    uses: Callable[[Running], object]


def _cozepy(base_url: str, key: str) -> Coze:
    return Coze(auth=TokenAuth(key), base_url=base_url, http_client=SyncHTTPClient(timeout=5))


def cozepy(base_url: str, key: str, conversation: str, name: str) -> None:
    _cozepy(base_url, key).conversations.update(conversation_id=conversation, name=name)


def uses_cozepy(server: Running) -> None:
    conversations = _cozepy(server.base_url, server.api_key).conversations
    made = conversations.create(bot_id=BOT, name="Trip to Bern", meta_data={"colour": "green"})
    conversations.retrieve(conversation_id=made.id)
    list(conversations.list(bot_id=BOT))
    conversations.delete(conversation_id=made.id)


def dify_python(base_url: str, key: str, conversation: str, name: str) -> None:
    if not name:
        raise NotImplementedError("it cannot ask for a generated name")
    client = ChatClient(key)
    client.base_url = base_url
    # it hands out the answer; a caller has to look at it
    client.rename_conversation(conversation, name, USER).raise_for_status()


def uses_dify_python(server: Running) -> None:
    client = ChatClient(server.api_key)
    client.base_url = server.base_url
    client.create_chat_message({}, "Where is Bern?", USER, response_mode="blocking").raise_for_status()
    client.get_conversations(USER).raise_for_status()


def dify_node(base_url: str, key: str, conversation: str, name: str) -> None:
    _node("dify_client.mjs", base_url, key, [["renameConversation", conversation, name or None, USER, not name]])


def uses_dify_node(server: Running) -> None:
    calls = [["createChatMessage", {}, "Where is Bern?", USER], ["getConversations", USER]]
    calls += [["deleteConversation", server.conversations[1], USER]]
    _node("dify_client.mjs", server.base_url, server.api_key, calls)


def uses_coze_node(server: Running) -> None:
    made = ["create", {"bot_id": BOT, "name": "Trip to Bern", "meta_data": {"colour": "green"}}]
    calls = [made, ["retrieve", server.conversations[0]], ["list", {"bot_id": BOT}]]
    _node("coze_api.mjs", server.base_url, server.api_key, calls)


def _node(name: str, base_url: str, key: str, calls: list[list[object]]) -> None:
    """Runs a script beside the packages of npm. Raises RuntimeError for the first call that failed."""
    folder = Path(os.environ["DIFY_CLIENT"]).parent.parent
    script = folder / name
    script.write_text(Path(__file__).with_name(name).read_text())
    command = ["node", str(script), json.dumps({"baseUrl": base_url, "key": key, "calls": calls})]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=2 * TIME_LIMIT)
    for answered in json.loads(done.stdout):
        if answered.get("error"):
            raise RuntimeError(answered["error"])


CLIENTS: Mapping[str, Client] = {
    "cozepy": Client("coze", cozepy, "create, retrieve, list, delete", uses_cozepy),
    "@coze/api for Node": Client("coze", None, "create, retrieve, list", uses_coze_node),
    "dify-client for Python": Client("dify", dify_python, "chat message, list", uses_dify_python),
    "dify-client for Node": Client("dify", dify_node, "chat message, list, delete", uses_dify_node),
}


def main() -> int:
    sent = ["| client | operations | violated |", "| --- | --- | --- |"]
    acted = ["| client | server | reported | violated |", "| --- | --- | --- | --- |"]
    problems: list[str] = []
    for name, client in CLIENTS.items():
        with judge_client(client.vendor) as judged:
            client.uses(judged.server)
            violated = _codes(judged.violations())
        sent.append(f"| {name} | {client.operations} | {violated} |")
        problems += [f"{name}, {client.operations}: {violated}"] if violated != "–" else []
        if client.rename:
            acted += _played(name, client.vendor, client.rename, problems)
    _write([*sent, "", *acted])
    print("\n".join([*sent, "", *acted, *problems]))
    return 1 if problems else 0


def _played(name: str, vendor: str, rename: Rename, problems: list[str]) -> Iterator[str]:
    """A row for each scenario; what no waiver accepts, and waivers that accept nothing, are problems."""
    path = WAIVERS / f"{name.replace(' ', '-')}.yaml"
    play = Play(vendor, strict=True, time_limit=TIME_LIMIT, waivers=path)
    play.through(calling(rename))
    says = {each.name: each.says for each in scenarios(vendor)}
    for line in play.lines:
        yield f"| {name} | {says[line.scenario]} (`{line.scenario}`) | {line.reported} | {_codes(line.violated)} |"
    problems += [f"{name}: {each}" for each in _problems(play.result())]


def _problems(result: Result) -> Iterator[str]:
    for row in result.record.verdicts:
        if row.verdict == "fail" and not row.waived:
            yield f"{row.requirement} is violated, and no waiver accepts it"
    yield from result.record.footer.waiver_problems


def _codes(requirements: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in requirements) or "–"


def _write(lines: list[str]) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + "\n".join([BEGIN, "", *lines, "", END]) + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
