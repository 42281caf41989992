"""Conversations: lent ones get their names back, created ones are deleted, others are never touched."""

from __future__ import annotations

import json

import pytest

from driftgate.contract import Outcome, load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.http.exchange import Answer, Exchange
from driftgate.session.journal import Journal
from driftgate.session.reads import Reads
from driftgate.target.model import Target
from tests.harness import judge_url, live_options

VENDORS = sorted(EMULATORS)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("faults", [[], ["answered-but-not-stored"], ["list-body-fails"]])
def test_given_conversations_get_their_names_back(vendor, faults):
    emulator = faulty(vendor, faults)
    lent = emulator.ready_made()
    names = {each.id: each.name for each in emulator.conversations.values()}
    running = start(emulator)
    options = [*live_options(running), *(f"--conversation={each.id}" for each in lent)]
    judged = judge_url(vendor, running.base_url, options, key=running.api_key)
    running.stop()
    assert judged.exit == (1 if faults else 0), judged.output
    assert "create" not in {row["role"] for row in judged.of("exchange")}
    assert {each.id: each.name for each in emulator.conversations.values()} == names


@pytest.mark.parametrize("vendor", VENDORS)
def test_created_conversations_are_deleted(vendor):
    emulator = EMULATORS[vendor]()
    emulator.ready_made()
    before = set(emulator.conversations)
    running = start(emulator)
    judged = judge_url(vendor, running.base_url, live_options(running), key=running.api_key)
    running.stop()
    assert judged.exit == 0
    assert set(emulator.conversations) == before


def test_a_given_conversation_that_nobody_renamed_is_left_alone():
    emulator = EMULATORS["nuwax"]()
    lent = emulator.ready_made()
    running = start(emulator)
    options = [*live_options(running), *(f"--conversation={each.id}" for each in lent)]
    judged = judge_url("nuwax", running.base_url, options, key=running.api_key)
    running.stop()
    assert judged.exit == 0
    assert lent[1].id not in {row["conversation"] for row in judged.of("exchange") if row["role"] == "rename"}
    assert lent[1].updated == lent[1].created


def test_a_requirement_that_wants_a_second_conversation_says_so():
    emulator = EMULATORS["coze"]()
    lent = emulator.ready_made()[0]
    running = start(emulator)
    judged = judge_url("coze", running.base_url, [f"--conversation={lent.id}"], key=running.api_key)
    running.stop()
    assert judged.exit == 0
    assert judged.verdicts["coze.rename.other-conversations-kept"] == "none"
    assert "supply a second --conversation" in judged.output
    assert "not fully verified (3 MUST untested)" in judged.output


def test_what_costs_money_is_asked_with_allow_cost_alone():
    emulator = EMULATORS["dify"]()
    lent = emulator.ready_made()
    running = start(emulator)
    options = ["--param=user=driftgate", *(f"--conversation={each.id}" for each in lent)]
    judged = judge_url("dify", running.base_url, options, key=running.api_key)
    running.stop()
    assert judged.exit == 0
    bodies = [row["request"]["body"].get("text", "") for row in judged.of("exchange") if row["role"] == "rename"]
    assert not any('"auto_generate": true' in body for body in bodies)
    assert judged.verdicts["dify.rename.auto-generate-ignores-name"] == "none"
    assert "supply --allow-cost" in judged.output


def test_a_conversation_is_found_on_a_later_page_of_a_list():
    emulator = EMULATORS["dify"]()
    lent = emulator.ready_made()
    for number in range(250):
        emulator.make("driftgate", f"another {number}", inputs={})
    running = start(emulator)
    options = [*live_options(running), *(f"--conversation={each.id}" for each in lent), "--max-requests=100"]
    judged = judge_url("dify", running.base_url, options, key=running.api_key)
    running.stop()
    assert judged.exit == 0, judged.output
    assert "none" not in judged.verdicts.values()


def test_what_could_not_be_restored_is_reported():
    class Stubborn(EMULATORS["coze"]):
        async def delete(self, request):
            return self.reply(200, {"code": 5000, "msg": "try later"})

    running = start(Stubborn())
    judged = judge_url("coze", running.base_url, live_options(running), key=running.api_key)
    running.stop()
    assert judged.output.count("was created and could not be deleted") == 2
    assert len(judged.rows[-1]["not_restored"]) == 3
    assert "coze.journal  restores the rest" in judged.output


class _Answering:
    """A client that has its answers ready."""

    def __init__(self, answers: list[object]) -> None:
        self.answers = answers
        self.urls: list[str] = []

    def send(self, request, *, cleaning=False) -> Exchange:
        self.urls.append(request.url)
        body = json.dumps(self.answers[len(self.urls) - 1]).encode()
        return Exchange(len(self.urls), request, Answer(200, "application/json", (), body, 0.0), Outcome.SUCCESS)


@pytest.mark.parametrize(
    ("vendor", "answers", "ids", "complete", "failed"),
    [
        ("dify", [{"data": [{"id": "a"}, {"id": "b"}], "has_more": True}, {"data": [{"id": "c"}]}], "abc", True, False),
        ("dify", [{"data": [{"id": "a"}], "has_more": True}, {"data": [], "has_more": True}], "a", True, False),
        ("dify", [{"data": None}], "", True, False),
        ("dify", [{"data": [{"id": "a"}], "has_more": True}, {"data": {}}], "a", True, True),
        ("dify", [{"data": [{"id": "a"}], "has_more": True}] * 20, "a" * 20, False, False),
        ("nuwax", [{"data": [{"id": "a"}]}], "a", True, False),
        ("nuwax", [{"data": [{"id": "a"}, {"id": "b"}]}], "ab", False, False),  # a full page may hide another one
    ],
)
def test_a_list_is_read_page_by_page_to_its_end(vendor, answers, ids, complete, failed):
    client = _Answering(answers)
    listing = Reads(Target(vendor, load_contract(vendor), None), client, Journal()).listing({"limit": 2}, size=2)
    assert "".join(row.id for row in listing.rows) == ids
    assert (listing.complete, listing.failed is not None) == (complete, failed)
    assert len(client.urls) == len(answers)
    assert all(row.exchange.request.url == client.urls[row.exchange.number - 1] for row in listing.rows)
