"""The emulators as something to develop against: the command, the fixture, their state, many clients at once."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgate.base.errors import UsageError
from driftgate.emulator import EMULATORS, command, emulate, start
from driftgate.emulator.as_built import PRODUCTS
from driftgate.emulator.store import Conversation, Store
from tests.emulated import APIS
from tests.harness import run_main
from tests.sample import sample

ROOT = Path(__file__).parent.parent
VENDORS = sorted(EMULATORS)

EDITIONS = [(vendor, edition) for vendor in VENDORS for edition in PRODUCTS[vendor]]

each_vendor = pytest.mark.parametrize("vendor", VENDORS)
each_edition = pytest.mark.parametrize(("vendor", "edition"), EDITIONS)


@contextmanager
def _command(*arguments, **options):
    """The command, in a process of its own that is told to stop at the end."""
    command = [sys.executable, "-m", "driftgate", "emulate", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _ended(*arguments):
    command = [sys.executable, "-m", "driftgate", "emulate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _told(process):
    return json.loads(process.stdout.readline())


# the command


def test_emulate_imports_nothing_that_only_judging_needs():
    code = "import sys; from driftgate import emulate; from driftgate.emulator import command\n"
    code += "with emulate('coze'): print('imported', *sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    imported = set(printed.partition("imported")[2].split())
    assert "uvicorn" in imported
    needless = {"pytest", "_pytest", "schemathesis", "hypothesis", "httpx", "jsonschema", "jinja2", "yaml"}
    assert imported & needless == set()


def test_the_names_of_vendors_and_editions_load_no_server():
    code = "import sys; from driftgate.emulator import EDITIONS, EMULATORS; print(*EMULATORS, *EDITIONS, *sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert printed[: len(VENDORS)] == list(VENDORS)
    assert {"'2026-07')", "'2026-generated')"} <= set(printed)
    assert {"starlette", "uvicorn", "h11", "asyncio", "jsonschema", "yaml"} & set(printed) == set()


@each_vendor
def test_the_output_as_json_is_enough_to_rename(vendor):
    with _command(vendor, "--json") as process:
        told = _told(process)
        assert set(told) == {
            "vendor",
            "base_url",
            "ready_url",
            "api_key",
            "other_keys",
            "params",
            "conversations",
            "pid",
        }
        assert told["pid"] == process.pid
        assert told["other_keys"].items() <= told["params"].items()
        assert httpx.get(told["ready_url"]).json() == {"vendor": vendor, "ready": True}
        method, path, options = APIS[vendor].rename(told["conversations"][1], "hello")
        headers = {"Authorization": f"Bearer {told['api_key']}"}
        answer = httpx.request(method, told["base_url"] + path, headers=headers, **options)
        assert APIS[vendor].shown(answer)[APIS[vendor].name] == "hello"


@pytest.mark.parametrize(
    ("vendor", "options"),
    sample(
        [*((vendor, []) for vendor in VENDORS), *((v, ["--as-built", e]) for v, e in EDITIONS)],
        lambda vendor, options: bool(options),
    ),
)
def test_the_printed_curl_line_renames(vendor, options):
    with _command(vendor, *options) as process:
        while "curl" not in (line := process.stdout.readline()):
            pass
        _, _, _, method, url, _, key, _, kind, _, body = shlex.split(line)
        headers = dict(header.split(": ") for header in (key, kind))
        answer = httpx.request(method, url, headers=headers, content=body)
    assert APIS[vendor].shown(answer)[APIS[vendor].name] == "A new name"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_what_it_is_answering(number):
    with _command("coze", "--json", "--latency", "1000") as process:
        told = _told(process)
        with httpx.Client() as client, ThreadPoolExecutor() as pool:
            method, path, options = APIS["coze"].rename(told["conversations"][0], "last")
            headers = {"Authorization": f"Bearer {told['api_key']}"}
            answer = pool.submit(client.request, method, told["base_url"] + path, headers=headers, **options)
            _wait_until_read(told["ready_url"])
            process.send_signal(number)
            assert answer.result().json()["data"]["name"] == "last"
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (0, "", "")


def _wait_until_read(ready_url):
    """Until what was sent before has been read: the server takes turns."""
    for _ in range(20):
        assert httpx.get(ready_url).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cozy"], "vendor 'cozy' has no emulator (did you mean coze?); there are coze, dify, langgraph, "),
        (["ragflow", "--list-as-built"], "--list-as-built: ragflow has no as-built editions; its emulator is made"),
        (["coze", "--fault", "no-limits"], "--fault no-limits: coze has no such fault (did you mean no-limit?)"),
        (["coze", "--host", "192.0.2.1"], "--host 192.0.2.1, --port 0: cannot be used ("),
        (["coze", "--access-log", "/"], "--access-log /: cannot be written to"),
        (["coze", "--seed-data", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["coze", "--seed-data", "/"], "/: cannot be read"),
    ],
)
def test_what_cannot_be_served_is_reported_in_one_line(arguments, told):
    process = _ended(*arguments)
    assert process.returncode == 4
    assert process.stdout == ""
    assert process.stderr.startswith("driftgate: ")
    assert process.stderr.count("\n") == 1
    assert told in process.stderr


def test_a_port_in_use_is_reported_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = _ended("coze", "--port", str(taken.getsockname()[1]))
    assert process.returncode == 4
    assert re.fullmatch(r"driftgate: --host 127\.0\.0\.1, --port \d+: cannot be used \([^()]*\)\n", process.stderr)


def test_another_host_than_loopback_is_warned_of(monkeypatch):
    monkeypatch.setattr(command, "is_loopback", lambda sock: False)
    monkeypatch.setattr(command, "server", lambda *_, **__: type("Ended", (), {"run": lambda self, sockets: None})())
    assert run_main(["emulate", "coze"]) == (
        0,
        "driftgate: warning: 127.0.0.1 is not a loopback address: other machines can reach the emulator\n",
    )


def test_the_access_log_has_a_line_for_each_request_and_no_keys(tmp_path):
    log = tmp_path / "access.log"
    with _command("dify", "--json", "--access-log", str(log)) as process:
        told = _told(process)
        key = told["api_key"]
        url = f"{told['base_url']}/conversations?user=driftgate&api_key={key}"
        httpx.get(url, headers={"Authorization": f"Bearer {key}"})
        httpx.get(f"{told['base_url']}/a%0Ab")
        lines = log.read_text(encoding="utf-8").splitlines()
    assert [re.sub(r"^\d\d:\d\d:\d\d | \d+ ms$", "", line) for line in lines] == [
        "GET /v1/conversations?user=…&api_key=… 200",
        "GET /v1/a%0Ab 404",
    ]
    with _command("dify", "--json", "--access-log") as process:
        httpx.get(f"{_told(process)['base_url']}/nothing")
        assert "GET /v1/nothing 404" in process.stderr.readline()


def test_all_options_work_together(tmp_path):
    seed, log = tmp_path / "seed.yaml", tmp_path / "log"
    seed.write_text("conversations:\n  - {name: A}\n  - {name: B, agent_id: 7}")
    options = ["--as-built=3.0", "--model-fails", "--fault=tid-as-number", f"--seed-data={seed}", f"--access-log={log}"]
    with _command("nuwax", "--json", *options) as process:
        told = _told(process)
        first, second = told["conversations"]
        with httpx.Client(base_url=told["base_url"], headers={"Authorization": told["api_key"]}) as client:
            asked = {"json": {"firstMessage": "What is the weather like?"}}
            answer = client.post(f"/api/v1/chat/conversation/{first}/update", **asked).json()
            listed = client.get("/api/v1/chat/conversation/list?agentId=7").json()
    assert answer["data"]["topic"] == "What is the weather ", "as built, and its model fails"
    assert isinstance(answer["tid"], int), "the fault"
    assert [str(row["id"]) for row in listed["data"]] == [second]
    assert len(log.read_text().splitlines()) == 2


# seed data

SEEDS = {
    "coze": "- {id: '77', name: A, bot_id: b1, meta_data: {k: v}}\n- {name: B, owner: '5'}",
    "dify": "- {id: 00000000-0000-4000-8000-000000000001, name: A, inputs: {city: Bern}, first_message: Hi}\n"
    "- {name: B, owner: somebody}",
    "nuwax": "- {id: 77, name: A, agent_id: 7}\n- {name: B, owner: 5}",
}


@each_vendor
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_an_emulator_begins_with_its_seed_data(vendor, form, tmp_path):
    path = tmp_path / f"seed.{form}"
    text = f"conversations:\n{SEEDS[vendor]}"
    path.write_text(text if form == "yaml" else json.dumps(yaml.safe_load(text)))
    with _command(vendor, "--json", "--seed-data", str(path)) as process:
        told = _told(process)
        assert len(told["conversations"]) == 1, "somebody else's conversation is not offered"
        method, url, options = APIS[vendor].rename(told["conversations"][0], "seeded")
        headers = {"Authorization": f"Bearer {told['api_key']}"}
        shown = APIS[vendor].shown(httpx.request(method, told["base_url"] + url, headers=headers, **options))
    assert shown[APIS[vendor].name] == "seeded"
    expected = {
        "coze": {"id": "77", "meta_data": {"k": "v"}},
        "dify": {"id": "00000000-0000-4000-8000-000000000001", "inputs": {"city": "Bern"}},
        "nuwax": {"id": 77, "agentId": 7},
    }
    assert expected[vendor].items() <= shown.items()


@pytest.mark.parametrize(
    ("vendor", "text", "told"),
    [
        ("coze", "", "the file: None is not of type 'object'"),
        ("coze", "conversations: {}", "/conversations: {} is not of type 'array'"),
        ("coze", "conversations: [{}]", "/conversations/0: 'name' is a required property"),
        ("coze", "conversations: [{name: A, agent_id: 1}]", "('agent_id' was unexpected)"),
        ("coze", f"conversations: [{{name: {'x' * 101}}}]", "/conversations/0/name"),
        ("coze", "conversations: [{name: A, id: '1'}, {name: B, id: '1'}]", "/conversations/1/id: 1 is used twice"),
        ("dify", "conversations: [{name: A, id: '1'}]", "/conversations/0/id: '1' does not match"),
        ("nuwax", "conversations: [{name: A, id: '1'}]", "/conversations/0/id: '1' is not of type 'integer'"),
        ("nuwax", "conversations: [{name: A, id: 99999999999999999999}]", "/conversations/0/id"),
        ("nuwax", "conversations: [{name: 2026-01-01}, {name: 1.5}]", "/conversations/1/name: 1.5 is not"),
        ("dify", "conversations: [{name: A, inputs: {x: .nan}}]", "cannot express"),
        ("dify", "conversations: [{", "seed.yaml, line 2"),
    ],
)
def test_wrong_seed_data_is_reported_in_one_line(vendor, text, told, tmp_path):
    path = tmp_path / "seed.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as problem, emulate(vendor, seed_data=path):
        pass
    assert str(problem.value).startswith(str(path))
    assert told in str(problem.value)
    assert "\n" not in str(problem.value)


def test_seed_data_that_is_no_text_or_no_json_is_reported(tmp_path):
    lone = b'{"conversations": [{"name": "\\ud800"}]}'
    for number, content in enumerate([b"{", b"\xff", b"[" * 10**5, lone, b""]):
        path = tmp_path / f"{number}.json"
        path.write_bytes(content)
        with pytest.raises(UsageError), emulate("coze", seed_data=path):
            pass


def test_a_conversation_without_an_id_gets_one_that_no_other_has():
    rows = [{"name": "A"}, {"name": "B", "id": 1545552}, {"name": "C"}]
    with emulate("nuwax", seed_data=rows) as server:
        assert [each.name for each in server.stored()] == ["A", "B", "C"]
        assert len(set(server.conversations)) == 3


def test_the_first_message_of_seed_data_is_listed():
    rows = [{"name": "A", "first_message": "Hi"}, {"name": "B"}]
    with emulate("dify", seed_data=rows) as server, APIS["dify"].client(server) as client:
        said = [
            [row["query"] for row in client.get(f"/messages?user=driftgate&conversation_id={each}").json()["data"]]
            for each in server.conversations
        ]
    assert said == [["Hi"], []]


@each_edition
def test_seed_data_of_an_edition_as_built_is_listed_from_the_newest_on(vendor, edition):
    api = APIS[vendor]
    rows = [{"name": "A"}, {"name": "B"}, {"name": "C"}]
    with emulate(vendor, as_built=edition, seed_data=rows) as server, api.client(server) as client:
        assert api.listed(_send(client, api.list())) == [*server.conversations][::-1]
        first = server.conversations[0]
        assert api.succeeded(_send(client, api.rename(first, "renamed")))
        assert server.conversation(first).name == "renamed"
        server.reset()
        assert server.conversation(first).name == "A"


# the fixture


def test_the_examples_of_the_page_run(tmp_path):
    page = (ROOT / "docs" / "emulators.md").read_text(encoding="utf-8")
    example = "".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    (tmp_path / "test_example.py").write_text(example, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert process.returncode == 0, process.stdout + process.stderr
    assert f"{example.count('def test_')} passed" in process.stdout


@each_vendor
def test_the_state_can_be_looked_at_and_reset(vendor):
    api = APIS[vendor]
    with emulate(vendor) as server, api.client(server) as client:
        first = server.conversations[0]
        before = server.conversation(first)
        _send(client, api.rename(first, "changed"))
        made = api.made(_send(client, api.create("made")))
        assert server.conversation(first).name == "changed"
        assert server.conversation(first).created == before.created
        assert [each.id for each in server.stored()] == [*server.conversations, made]
        server.reset()
        assert server.conversation(first).name == before.name
        assert [each.id for each in server.stored()] == [*server.conversations]
        with pytest.raises(KeyError):
            server.conversation(made)
        assert api.shown(_send(client, api.rename(first, "again")))[api.name] == "again"


def test_what_is_looked_at_is_a_copy():
    with emulate("coze") as server:
        server.conversation(server.conversations[0]).name = "not stored"
        assert server.conversation(server.conversations[0]).name != "not stored"


def test_a_reset_makes_a_fault_forget():
    api = APIS["coze"]
    with emulate("coze", fault=["every-second-rename-lost"]) as server, api.client(server) as client:
        for _ in range(3):
            _send(client, api.rename(server.conversations[0], "kept"))
            assert server.conversation(server.conversations[0]).name == "kept"
            server.reset()


def test_a_wrong_vendor_fault_edition_or_port_is_reported():
    with pytest.raises(UsageError, match="did you mean dify"), emulate("difi"):
        pass
    with pytest.raises(UsageError, match="did you mean no-limit"), emulate("coze", fault="no-limits"):
        pass
    with pytest.raises(UsageError, match="did you mean studio"), emulate("coze", as_built="studios"):
        pass
    with emulate("coze") as server:
        port = int(server.base_url.rpartition(":")[2])
        with pytest.raises(UsageError, match=f"port {port}"), emulate("coze", port=port):
            pass


def test_many_at_once_leave_no_port_and_no_thread_behind():
    before = threading.active_count()
    with ExitStack() as stack:
        servers = [(vendor, stack.enter_context(emulate(vendor))) for vendor in VENDORS * 3]
        with ThreadPoolExecutor(9) as pool:
            answers = list(pool.map(lambda each: _renamed(*each), servers))
        assert answers == [f"of {server.base_url}" for _, server in servers]
        for vendor, server in servers:
            assert server.conversation(server.conversations[0]).name == f"of {server.base_url}", vendor
    assert threading.active_count() == before
    for _, server in servers:
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", httpx.URL(server.base_url).port))


def _renamed(vendor, server):
    with APIS[vendor].client(server) as client:
        answer = _send(client, APIS[vendor].rename(server.conversations[0], f"of {server.base_url}"))
    return APIS[vendor].shown(answer)[APIS[vendor].name]


def test_an_emulator_ends_with_its_block_whatever_happens_there():
    with pytest.raises(ZeroDivisionError), emulate("coze") as server:
        1 / 0  # noqa: B018
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.base_url)
    with pytest.raises(RuntimeError, match="stopped"):
        server.conversation(server.conversations[0])
    server.stop()


def test_an_emulator_that_is_stopped_at_once_leaves_nothing_behind():
    before = threading.active_count()
    for _ in range(5):
        start(EMULATORS["coze"]()).stop()
    assert threading.active_count() == before


# many clients


@each_vendor
def test_concurrent_renames_are_atomic(vendor):
    api = APIS[vendor]
    names = [[f"{client} renames for the {number}. time" for number in range(30)] for client in range(8)]
    with emulate(vendor) as server, ExitStack() as stack:
        key = server.conversations[0]
        clients = [stack.enter_context(api.client(server)) for _ in names]
        first = api.shown(_send(clients[0], api.rename(key, "first")))
        bystander = server.conversation(server.conversations[1])

        def rename_all(client, own):
            return [(name, _send(client, api.rename(key, name))) for name in own]

        with ThreadPoolExecutor(len(clients)) as pool:
            answered = [pair for pairs in pool.map(rename_all, clients, names) for pair in pairs]
        assert all(api.succeeded(answer) for _, answer in answered)
        shown = [api.shown(answer) for _, answer in answered]
        assert [row[api.name] for row in shown] == [name for name, _ in answered]
        kept = {key: value for key, value in first.items() if key not in (api.name, api.updated)}
        assert all(kept.items() <= row.items() for row in shown)
        stored = server.conversation(key)
        assert stored.name in {own[-1] for own in names}, "the last of a client's own names"
        last = api.shown(_send(clients[0], api.rename(key, stored.name)))
        assert max(row[api.updated] for row in shown) <= last[api.updated]
        assert server.conversation(server.conversations[1]) == bystander


@each_vendor
def test_clients_at_once_do_not_disturb_each_other(vendor):
    api = APIS[vendor]

    def live(server, number):
        with api.client(server) as client:
            for turn in range(10):
                name = f"{number}: {turn}"
                key = api.made(_send(client, api.create(name)))
                assert api.shown(_send(client, api.rename(key, name)))[api.name] == name
                assert key in api.listed(_send(client, api.list()))
                assert _send(client, api.read(key)).status_code == 200
                assert api.succeeded(_send(client, api.delete(key)))
                assert key not in api.listed(_send(client, api.list()))

    with emulate(vendor) as server:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: live(server, number), range(6)))
        assert [each.id for each in server.stored()] == list(server.conversations)


@each_vendor
def test_no_operation_walks_through_all_conversations(vendor, monkeypatch):
    api = APIS[vendor]
    with emulate(vendor) as server, api.client(server) as client:
        monkeypatch.setattr(Store, "__iter__", lambda self: pytest.fail("walked through all conversations"))
        key = api.made(_send(client, api.create("one of many")))
        for asked in (api.rename(key, "another"), api.read(key), api.list(), api.delete(key)):
            assert api.succeeded(_send(client, asked)), asked


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["make", "rename", "move", "delete", "look", "replace"]),
            st.integers(0, 9),
            st.integers(0, 3),
        ),
        max_size=60,
    )
)
def test_lists_are_what_sorting_all_conversations_gives(steps):
    store = Store(lambda row: row.owner)
    for moment, (step, number, value) in enumerate(steps):
        key = str(number)
        if step in ("make", "replace"):
            store[key] = Conversation(key, f"owner {value % 2}", "", float(moment), float(moment))
        elif key not in store:
            continue
        elif step == "rename":
            store[key].updated = float(moment)
        elif step == "move":
            store[key].owner, store[key].created = f"owner {value % 2}", float(value)
        elif step == "delete":
            del store[key]
        _compare(store)


def _compare(store):
    rows = list(store.values())
    for owner in ("owner 0", "owner 1"):
        for order in ("created", "updated"):
            mine = sorted((getattr(row, order) for row in rows if row.owner == owner), reverse=True)
            page = store.page(owner, 0, 100, order=order)
            assert [getattr(row, order) for row in page] == mine
            assert store.page(owner, 0, 100, order=order, newest_first=False) == page[::-1]
            assert store.page(owner, 2, 3, order=order) == page[2:5]
            assert store.page(owner, 2, 3, order=order, newest_first=False) == page[::-1][2:5]
            assert [store.position(row.id, order=order) for row in page] == list(range(len(page)))
        assert list(store.newest_first(owner)) == store.page(owner, 0, 100)
        assert store.count(owner) == len(mine)


def test_a_conversation_that_is_changed_late_is_listed_in_its_place():
    store = Store(lambda row: row.owner)
    for number in range(1000):
        store[str(number)] = Conversation(str(number), "me", "", float(number), float(number))
    for number in range(1000):
        store[str(number)].updated = 5000.0 - number
    assert [row.id for row in store.page("me", 0, 3)] == ["0", "1", "2"]


# paging


def test_pages_of_a_list_make_up_the_list():
    names = [{"name": f"N{number}"} for number in range(7)]
    with emulate("dify", seed_data=names) as server, APIS["dify"].client(server) as client:
        _send(client, APIS["dify"].rename(server.conversations[2], "latest"))
        for sort_by in ("-updated_at", "updated_at", "-created_at", "created_at"):
            found, last, more = [], "", True
            while more:
                query = {"user": "driftgate", "limit": 3, "last_id": last, "sort_by": sort_by}
                page = client.get("/conversations", params=query).json()
                found += [row["name"] for row in page["data"]]
                last, more = page["data"][-1]["id"], page["has_more"]
            by_time = ["N0", "N1", "N3", "N4", "N5", "N6", "latest"]
            if "created" in sort_by:
                by_time = ["N0", "N1", "latest", "N3", "N4", "N5", "N6"]
            assert found == (by_time[::-1] if sort_by.startswith("-") else by_time), sort_by
        assert client.get("/conversations", params={"user": "x", "sort_by": "name"}).status_code == 400
        assert client.get("/conversations", params={"user": "x", "last_id": server.conversations[0]}).status_code == 404
    with emulate("coze", seed_data=names) as server, APIS["coze"].client(server) as client:
        for order, expected in (("ASC", "N4 N5"), ("DESC", "N2 N1")):
            query = {"bot_id": server.params["bot_id"], "page_num": 3, "page_size": 2, "sort_order": order}
            data = client.get("/v1/conversations", params=query).json()["data"]
            assert " ".join(row["name"] for row in data["conversations"]) == expected
            assert data["has_more"]
        query["page_num"] = 4
        assert not client.get("/v1/conversations", params=query).json()["data"]["has_more"]
    with emulate("nuwax", seed_data=names) as server, APIS["nuwax"].client(server) as client:
        query = {"agentId": 1596, "limit": 2, "lastId": server.conversations[4]}
        data = client.get("/api/v1/chat/conversation/list", params=query).json()["data"]
        assert [row["topic"] for row in data] == ["N3", "N2"]
        data = client.get("/api/v1/chat/conversation/list", params={"agentId": 1596, "topic": "5"}).json()["data"]
        assert [row["topic"] for row in data] == ["N5"]


def _send(client, asked):
    method, path, options = asked
    return client.request(method, path, **options)
