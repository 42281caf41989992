"""Dify's client for Python against the emulator. It hands out answers as they came, and raises nothing."""

from __future__ import annotations

import json

import httpx
import pytest
from dify_client import ChatClient

from driftgate.emulator.dify import Dify

USER = "abc-123"
UNKNOWN = "00000000-0000-4000-8000-00000000d1f7"
NAMES = {"marks": 'A "name" of 50% \\ <b>\n', "CJK": "杭" * 300, "astral": "🍜", "padded": " padded "}
SAYS = 'Über 🍜\u2028line "two"\ndata: {"event": "message_end"}\n\n'


@pytest.fixture
def served(serves):
    return serves(Dify())


@pytest.fixture
def client_of(served):
    def client_of(key):
        client = ChatClient(key)
        client.base_url = served.base_url
        return client

    return client_of


@pytest.fixture
def client(client_of, served):
    return client_of(served.api_key)


def asked(client, query="What are the specs?", **more):
    answer = client.create_chat_message(inputs={"city": "San Francisco"}, query=query, user=USER, **more)
    assert answer.status_code == 200
    return answer.json()


def listed(client, **more):
    return client.get_conversations(USER, **more).json()["data"]


def test_a_message_begins_a_conversation_and_another_one_goes_on_with_it(client):
    first = asked(client)
    second = asked(client, "And the price?", conversation_id=first["conversation_id"])
    assert (first["event"], first["mode"]) == ("message", "advanced-chat")
    assert first["answer"] == "You said: What are the specs?"
    assert second["answer"] == "You said: And the price?"
    assert second["conversation_id"] == first["conversation_id"]
    assert second["message_id"] != first["message_id"]
    usage = first["metadata"]["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] == 10
    assert [(each["id"], each["inputs"]) for each in listed(client)] == [
        (first["conversation_id"], {"city": "San Francisco"})
    ]


def test_a_conversation_is_titled_by_the_server_unless_that_is_declined(client, served):
    query = "What are the specs?"
    asked(client, query)
    [titled] = listed(client)
    body = {"inputs": {}, "query": query, "user": USER, "auto_generate_name": False}
    httpx.post(f"{served.base_url}/chat-messages", json=body, headers={"Authorization": f"Bearer {served.api_key}"})
    plain, again = listed(client)
    assert again == titled
    assert query.startswith(plain["name"])
    assert titled["name"]
    assert not query.startswith(titled["name"])


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_new_name_is_answered_and_seen_by_a_later_read(client, name):
    asked(client)
    before = listed(client)[0]
    answer = client.rename_conversation(before["id"], name, USER)
    assert answer.status_code == 200
    renamed = answer.json()
    assert {**renamed, "updated_at": 0} == {**before, "name": name, "updated_at": 0}
    assert renamed["updated_at"] >= before["updated_at"]
    assert listed(client) == [renamed]


def test_the_conversation_that_was_changed_last_is_listed_first(client):
    first, second = (asked(client)["conversation_id"] for _ in range(2))
    assert [each["id"] for each in listed(client)] == [second, first]
    client.rename_conversation(first, "renamed", USER)
    assert [each["id"] for each in listed(client)] == [first, second]
    asked(client, conversation_id=second)
    assert [each["id"] for each in listed(client)] == [second, first]


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (2, [2]), (4, [2, 2]), (5, [2, 2, 1])])
def test_pages_hold_every_conversation_once_and_the_latest_first(client, count, sizes):
    made = [asked(client)["conversation_id"] for _ in range(count)]
    client.create_chat_message({}, "somebody else's", "somebody else")
    pages = [client.get_conversations(USER, limit=2).json()]
    while pages[-1]["has_more"]:
        pages.append(client.get_conversations(USER, last_id=pages[-1]["data"][-1]["id"], limit=2).json())
    assert [(page["limit"], len(page["data"])) for page in pages] == [(2, size) for size in sizes]
    assert [each["id"] for page in pages for each in page["data"]] == made[::-1]


def streamed(answer):
    """The events of a stream, read line by line as Dify's guide has it."""
    with answer:
        lines = list(answer.iter_lines())
    assert lines[1::2] == [b""] * (len(lines) // 2)
    assert all(line.startswith(b"data: ") for line in lines[::2])
    return [json.loads(line.removeprefix(b"data: ")) for line in lines[::2]]


def test_a_stream_sends_the_answer_in_order_and_ends_as_the_page_says(client):
    answer = client.create_chat_message({"city": "Rome"}, SAYS, USER, response_mode="streaming")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = streamed(answer)
    names = [event["event"] for event in events]
    texts = [event["answer"] for event in events if event["event"] == "message"]
    assert len(texts) > 2
    assert "".join(texts) == f"You said: {SAYS}"
    assert names == [
        "workflow_started",
        "node_started",
        *["message"] * len(texts),
        "node_finished",
        "message_end",
        "workflow_finished",
    ]
    for member in ("task_id", "message_id", "conversation_id", "created_at"):
        assert len({event[member] for event in events}) == 1
    steps = [event for event in events if "data" in event]
    assert len({event["workflow_run_id"] for event in steps}) == 1
    assert [event["event"] for event in steps] == [names[0], names[1], names[-3], names[-1]]
    assert steps[0]["data"]["inputs"] == {"city": "Rome"}
    assert steps[-1]["data"]["status"] == "succeeded"
    assert events[-2]["metadata"]["usage"]["total_tokens"] == steps[-1]["data"]["total_tokens"] > 0


def test_what_was_streamed_is_what_the_messages_hold(client):
    events = streamed(client.create_chat_message({}, SAYS, USER, response_mode="streaming"))
    conversation = events[0]["conversation_id"]
    kept = client.get_conversation_messages(USER, conversation).json()["data"]
    assert [(each["id"], each["query"], each["answer"]) for each in kept] == [
        (events[0]["message_id"], SAYS, f"You said: {SAYS}")
    ]
    assert [each["id"] for each in listed(client)] == [conversation]


def test_pages_of_messages_go_back_from_the_last_one(client):
    first = asked(client, "0")
    conversation = first["conversation_id"]
    said = [first["message_id"]]
    said += [asked(client, f"{number}", conversation_id=conversation)["message_id"] for number in range(1, 5)]
    asked(client, "in another conversation")
    pages = [client.get_conversation_messages(USER, conversation, limit=2).json()]
    while pages[-1]["has_more"]:
        earliest = pages[-1]["data"][0]["id"]
        pages.append(client.get_conversation_messages(USER, conversation, first_id=earliest, limit=2).json())
    assert [[each["query"] for each in page["data"]] for page in pages] == [["3", "4"], ["1", "2"], ["0"]]
    rows = [each for page in pages[::-1] for each in page["data"]]
    assert [each["id"] for each in rows] == said
    assert [each["parent_message_id"] for each in rows] == [None, *said[:-1]]
    assert {each["conversation_id"] for each in rows} == {conversation}


def refused(answer):
    body = answer.json()
    assert body["status"] == answer.status_code
    return body["status"], body["code"], body["message"]


def test_refusals_reach_the_caller_as_the_pages_have_them(client):
    asked(client)
    conversation, gone = listed(client)[0]["id"], (404, "not_found", "Conversation Not Exists.")
    assert refused(client.rename_conversation(UNKNOWN, "x", USER)) == gone
    assert refused(client.rename_conversation(conversation, "x", "somebody else")) == gone
    assert refused(client.create_chat_message({}, "hello", USER, conversation_id=UNKNOWN)) == gone
    assert refused(client.get_conversation_messages(USER, UNKNOWN)) == gone
    assert refused(client.get_conversation_messages("somebody else", conversation)) == gone
    last = (404, "not_found", "Last Conversation Not Exists.")
    assert refused(client.get_conversations(USER, last_id=UNKNOWN)) == last
    first = (404, "not_found", "First Message Not Exists.")
    assert refused(client.get_conversation_messages(USER, conversation, first_id=UNKNOWN)) == first
    assert refused(client.rename_conversation(conversation, None, USER))[:2] == (400, "invalid_param")
    assert refused(client.get_conversation_messages(USER))[:2] == (400, "invalid_param")
    assert refused(client.create_chat_message({}, "x", USER, response_mode="later"))[:2] == (400, "invalid_param")


@pytest.mark.parametrize(
    ("key", "told"),
    [("app-wrong", (401, "unauthorized")), (Dify.other_app_key, (400, "not_chat_app"))],
)
def test_another_key_is_refused_and_changes_nothing(client_of, client, key, told):
    asked(client)
    before, other = listed(client), client_of(key)
    for answer in (
        other.rename_conversation(before[0]["id"], "taken", USER),
        other.create_chat_message({}, "hello", USER),
        other.create_chat_message({}, "hello", USER, response_mode="streaming"),
        other.get_conversations(USER),
        other.get_conversation_messages(USER, before[0]["id"]),
    ):
        assert refused(answer)[:2] == told
    assert listed(client) == before
