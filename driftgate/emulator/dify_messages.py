"""Messages of Dify's emulator, and their form in a blocking answer, in a stream and in a list."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from driftgate.emulator.base import JSON, Conversation

_CHUNK = 8  # characters of an answer in one event of a stream
_WORKFLOW = str(uuid.UUID("7c3e33d4-2a8b-4e5f-9b1a-d3c6e8f12345"))


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Message:
    """A question and its answer. Times are seconds since 1970."""

    conversation_id: str
    parent_id: str | None
    inputs: Mapping[str, JSON]
    query: str
    answer: str
    created: int
    id: str = field(default_factory=_new_id)


def say(conversation: Conversation, query: str, inputs: Mapping[str, JSON]) -> Message:
    """Adds a question to a conversation, with an answer in place of a model's."""
    said: list[Message] = conversation.more.setdefault("messages", [])
    conversation.updated = time.time()
    parent = said[-1].id if said else None
    message = Message(conversation.id, parent, inputs, query, f"You said: {query}", int(conversation.updated))
    said.append(message)
    return message


def listed(message: Message) -> dict[str, JSON]:
    """The message in a list of messages."""
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "parent_message_id": message.parent_id,
        "inputs": dict(message.inputs),
        "query": message.query,
        "answer": message.answer,
        "status": "normal",
        "error": None,
        "message_files": [],
        "feedback": None,
        "retriever_resources": [],
        "agent_thoughts": [],
        "created_at": message.created,
    }


def blocking(message: Message) -> dict[str, JSON]:
    """The answer to a chat message as one body."""
    return {
        "event": "message",
        "task_id": _new_id(),
        "id": _new_id(),
        "message_id": message.id,
        "conversation_id": message.conversation_id,
        "mode": "advanced-chat",
        "answer": message.answer,
        "metadata": _metadata(message),
        "created_at": message.created,
    }


def stream(message: Message) -> Iterator[bytes]:
    """The answer to a chat message as server-sent events, which on the page consist of data lines only."""
    shared = {
        "task_id": _new_id(),
        "message_id": message.id,
        "conversation_id": message.conversation_id,
        "created_at": message.created,
    }
    for event, members in _events(message):
        # ASCII, since some clients end a line at U+2028 or U+0085 too
        yield f"data: {json.dumps({'event': event, **shared, **members})}\n\n".encode()


def _events(message: Message) -> Iterator[tuple[str, dict[str, JSON]]]:
    run, began = _new_id(), {"created_at": message.created}
    ended = {**began, "finished_at": message.created, "elapsed_time": 0.0, "status": "succeeded"}
    node = {"id": _new_id(), "node_id": "llm", "node_type": "llm", "title": "LLM", "index": 1}
    workflow = {"id": run, "workflow_id": _WORKFLOW}
    tokens = _usage(message)["total_tokens"]

    def step(event: str, **data: JSON) -> tuple[str, dict[str, JSON]]:
        return event, {"workflow_run_id": run, "data": data}

    yield step("workflow_started", **workflow, **began, inputs=dict(message.inputs), reason="initial")
    yield step("node_started", **node, **began)
    for position in range(0, len(message.answer), _CHUNK):
        yield "message", {"answer": message.answer[position : position + _CHUNK]}
    yield step(
        "node_finished",
        **node,
        **ended,
        outputs={"text": message.answer},
        execution_metadata={"total_tokens": tokens},
    )
    yield "message_end", {"id": message.id, "metadata": _metadata(message)}
    yield step(
        "workflow_finished",
        **workflow,
        **ended,
        outputs={"answer": message.answer},
        error=None,
        total_tokens=tokens,
        total_steps=1,
        exceptions_count=0,
        files=[],
    )


def _metadata(message: Message) -> dict[str, JSON]:
    return {"usage": _usage(message), "retriever_resources": []}


def _usage(message: Message) -> dict[str, JSON]:
    """The usage of a model that costs nothing. A word counts as a token."""
    asked, answered = len(message.query.split()), len(message.answer.split())
    return {
        "prompt_tokens": asked,
        "prompt_unit_price": "0",
        "prompt_price_unit": "0.001",
        "prompt_price": "0",
        "completion_tokens": answered,
        "completion_unit_price": "0",
        "completion_price_unit": "0.001",
        "completion_price": "0",
        "total_tokens": asked + answered,
        "total_price": "0",
        "currency": "USD",
        "latency": 0.0,
    }
