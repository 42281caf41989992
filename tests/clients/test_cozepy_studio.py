"""Coze's own client for Python against Coze Studio as it is built: it carries out what the client then fails on."""

from __future__ import annotations

import httpx
import pytest
from cozepy import CozeAPIError
from pydantic import ValidationError

from driftgate.emulator.as_built import product


@pytest.fixture
def emulator():
    return product("coze", "studio")()


@pytest.fixture
def conversation(emulator):
    """The id of a conversation that Studio has."""
    return emulator.ready_made()[0].id


@pytest.fixture
def served(serves, emulator):
    return serves(emulator)


@pytest.fixture
def client(cozepy_for, served):
    return cozepy_for(served)


def kept_name(served, conversation):
    """The name that Studio keeps, from where it tells it and the client does not look."""
    answer = httpx.get(
        f"{served.base_url}/v1/conversation/retrieve",
        params={"conversation_id": conversation},
        headers={"Authorization": f"Bearer {served.api_key}"},
    )
    return answer.json()["ConversationData"]["name"]


def missed(failed):
    """What the client finds missing or wrong."""
    return {each["loc"]: each["type"] for each in failed.value.errors()}


def test_a_rename_is_carried_out_and_its_answer_fails_in_the_client(client, served, conversation):
    with pytest.raises(ValidationError) as failed:
        client.do("update", conversation_id=conversation, name="after")
    assert missed(failed) == {("meta_data",): "dict_type"}
    assert kept_name(served, conversation) == "after"


def test_a_name_above_the_pages_limit_is_kept(client, served, conversation):
    with pytest.raises(ValidationError):
        client.do("update", conversation_id=conversation, name="x" * 101)
    assert kept_name(served, conversation) == "x" * 101


def test_a_conversation_that_is_retrieved_fails_in_the_client(client, conversation):
    with pytest.raises(ValidationError) as failed:
        client.do("retrieve", conversation_id=conversation)
    assert missed(failed) == dict.fromkeys([("id",), ("created_at",), ("meta_data",), ("last_section_id",)], "missing")


def test_a_deleted_conversation_is_renamed_still(client, served, conversation):
    client.do("delete", conversation_id=conversation)
    with pytest.raises(ValidationError):
        client.do("update", conversation_id=conversation, name="risen")
    assert kept_name(served, conversation) == "risen"


@pytest.mark.parametrize(
    ("code", "conversation_id"), [(103000002, "7000000000000000001"), (401, "no-number"), (400, str(2**63))]
)
def test_a_refusal_is_an_error_with_studios_code_and_no_log_id(client, code, conversation_id):
    with pytest.raises(CozeAPIError) as refused:
        client.do("update", conversation_id=conversation_id, name="x")
    assert (refused.value.code, refused.value.logid) == (code, None)
    assert refused.value.msg


def test_another_account_learns_that_a_conversation_exists(cozepy_for, emulator, served, conversation):
    stranger = cozepy_for(served, emulator.other_api_key)
    codes = []
    for operation, more in (("update", {"name": "taken"}), ("retrieve", {}), ("delete", {})):
        with pytest.raises(CozeAPIError) as refused:
            stranger.do(operation, conversation_id=conversation, **more)
        codes.append(refused.value.code)
    assert codes == [103000001, 103000002, 103000002]
