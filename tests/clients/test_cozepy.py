"""Coze's own client for Python, both twins, against the emulator."""

from __future__ import annotations

import pytest
from cozepy import CozeAPIError
from pydantic import ValidationError

from driftgate.emulator import coze
from driftgate.emulator.faults import faulty

BOT = "7340000000000000001"
NAMES = {"marks": 'A "name" of 50% \\ <b>\n', "CJK": "杭" * 100, "astral": "🍜" * 100, "padded": " padded "}


class Logged(coze.Coze):
    """Coze's emulator, which remembers the log ids that it gave."""

    def __init__(self):
        super().__init__()
        self.log_ids = []

    def detail(self):
        detail = super().detail()
        self.log_ids.append(detail["logid"])
        return detail


@pytest.fixture
def emulator():
    return Logged()


@pytest.fixture
def served(serves, emulator):
    return serves(emulator)


@pytest.fixture
def client(cozepy_for, served):
    return cozepy_for(served)


def test_a_conversation_that_was_made_is_read_as_it_was_made(client):
    made = client.do("create", bot_id=BOT, name="推荐杭州美食", meta_data={"uuid": "newid1234"}, connector_id="999")
    assert (made.name, made.meta_data, made.connector_id) == ("推荐杭州美食", {"uuid": "newid1234"}, "999")
    assert 10**9 < made.created_at <= made.updated_at < 10**10
    assert made.creator_id
    assert made.last_section_id
    assert client.do("retrieve", conversation_id=made.id).model_dump() == made.model_dump()


def test_a_conversation_is_made_of_nothing(client):
    made = client.do("create")
    assert (made.name, made.meta_data, made.connector_id) == ("", {}, "1024")
    assert client.do("retrieve", conversation_id=made.id).model_dump() == made.model_dump()


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_new_name_is_answered_and_seen_by_every_later_read(client, name):
    made = client.do("create", bot_id=BOT, name="before", meta_data={"uuid": "newid1234"})
    renamed = client.do("update", conversation_id=made.id, name=name)
    assert renamed.model_dump(exclude={"updated_at"}) == {**made.model_dump(exclude={"updated_at"}), "name": name}
    assert renamed.updated_at >= made.updated_at
    assert client.do("retrieve", conversation_id=made.id).model_dump() == renamed.model_dump()
    assert [each.model_dump() for each in client.pages(bot_id=BOT)[0]] == [renamed.model_dump()]


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (2, [2]), (3, [3]), (6, [3, 3]), (7, [3, 3, 1])])
def test_pages_hold_every_conversation_once_and_the_latest_first(client, count, sizes):
    made = [client.do("create", bot_id=BOT, name=f"{number}").id for number in range(count)]
    client.do("create", bot_id="another", name="another bot's")
    client.do("create", bot_id=BOT, name="another channel's", connector_id="999")
    pages = client.pages(bot_id=BOT, page_size=3)
    assert [len(page) for page in pages] == sizes
    assert [each.id for page in pages for each in page] == made[::-1]


def test_a_later_page_can_be_the_first_one_asked_for(client):
    made = [client.do("create", bot_id=BOT).id for _ in range(5)]
    assert [[each.id for each in page] for page in client.pages(bot_id=BOT, page_num=2, page_size=2)] == [
        [made[2], made[1]],
        [made[0]],
    ]


def test_a_deleted_conversation_is_gone(client):
    kept, deleted = (client.do("create", bot_id=BOT) for _ in range(2))
    client.do("delete", conversation_id=deleted.id)
    assert [each.id for each in client.pages(bot_id=BOT)[0]] == [kept.id]
    for operation in ("retrieve", "update", "clear", "delete"):
        name = {"name": "too late"} if operation == "update" else {}
        with pytest.raises(CozeAPIError) as refused:
            client.do(operation, conversation_id=deleted.id, **name)
        assert refused.value.code == 4200


def test_clearing_begins_a_section_and_changes_nothing_else(client):
    made, other = (client.do("create", bot_id=BOT, name="kept") for _ in range(2))
    sections = [client.do("clear", conversation_id=made.id) for _ in range(2)]
    assert {section.conversation_id for section in sections} == {made.id}
    assert len({made.last_section_id, other.last_section_id, *(section.id for section in sections)}) == 4
    after = client.do("retrieve", conversation_id=made.id)
    assert after.model_dump() == {**made.model_dump(), "last_section_id": sections[-1].id}


def test_an_answer_has_the_log_id_of_its_body_in_its_header(client, emulator):
    made = client.do("create", bot_id=BOT)
    assert made.response.logid == emulator.log_ids[-1]
    assert client.do("update", conversation_id=made.id, name="x").response.logid == emulator.log_ids[-1]
    assert len(set(emulator.log_ids)) == 2


@pytest.mark.parametrize(
    ("code", "operation", "arguments"),
    [
        (4000, "update", {"name": "x" * 101}),
        (4000, "update", {"name": "杭" * 101}),
        (4000, "update", {"name": None}),
        (4200, "update", {"conversation_id": "7000000000000000001", "name": "x"}),
        (4200, "retrieve", {"conversation_id": "7000000000000000001"}),
        (4000, "create", {"name": "x" * 101}),
        (4003, "create", {"meta_data": {f"key {number}": "value" for number in range(17)}}),
        (4003, "create", {"meta_data": {"k" * 65: "value"}}),
        (4003, "create", {"meta_data": {"key": "v" * 513}}),
        (4000, "create", {"meta_data": {"key": 1}}),
        (4000, "list", {"bot_id": ""}),
    ],
)
def test_a_refusal_is_an_error_with_code_reason_and_log_id(client, emulator, code, operation, arguments):
    made = client.do("create", bot_id=BOT, name="before")
    if operation in ("update", "retrieve"):
        arguments = {"conversation_id": made.id, **arguments}
    with pytest.raises(CozeAPIError) as refused:
        client.do(operation, **arguments)
    assert (refused.value.code, refused.value.logid) == (code, emulator.log_ids[-1])
    assert refused.value.msg
    assert [each.model_dump() for each in client.pages(bot_id=BOT)[0]] == [made.model_dump()]


@pytest.mark.parametrize(("key", "code"), [("pat_wrong", 4100), (coze.Coze.other_api_key, 4101)])
def test_another_token_is_refused_and_changes_nothing(cozepy_for, served, client, emulator, key, code):
    made = client.do("create", bot_id=BOT, name="before")
    for operation, more in (("update", {"name": "taken"}), ("retrieve", {}), ("clear", {}), ("delete", {})):
        with pytest.raises(CozeAPIError) as refused:
            cozepy_for(served, key).do(operation, conversation_id=made.id, **more)
        assert (refused.value.code, refused.value.logid) == (code, emulator.log_ids[-1])
    assert client.do("retrieve", conversation_id=made.id).model_dump() == made.model_dump()


def test_the_other_account_sees_no_conversation_of_this_one(cozepy_for, served, client):
    client.do("create", bot_id=BOT)
    assert cozepy_for(served, coze.Coze.other_api_key).pages(bot_id=BOT) == [[]]


@pytest.mark.parametrize(
    "fault", ["id-as-number", "answer-meta-data-null", "answer-meta-data-gone", "answer-last-section-id-gone"]
)
def test_a_successful_rename_with_a_broken_answer_fails_in_the_client(serves, cozepy_for, fault):
    client = cozepy_for(serves(faulty("coze", [fault])))
    made = client.do("create", bot_id=BOT, name="before")
    with pytest.raises(ValidationError):
        client.do("update", conversation_id=made.id, name="after")
    assert client.do("retrieve", conversation_id=made.id).name == "after"
